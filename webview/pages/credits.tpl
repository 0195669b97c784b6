% rebase("page.tpl")
<article class="credits" id="credits" data-refresh>
<h1><bdi>{{title_of_film}}</bdi></h1>
% if description:
<p class="said" dir="auto">{{description}}</p>
% end
% for sentence in missing:
<p class="problem" lang="en">{{sentence}}</p>
% end
% if not roles and not others:
<p class="empty">{{t("credits.empty")}}</p>
% end
% for one in roles:
<section class="role"><h2><bdi>{{one["role"]}}</bdi></h2>
% for name in one["names"]:
<p><bdi>{{name}}</bdi></p>
% end
</section>
% end
% if others:
<section class="role"><h2>{{t("credits.others") if roles else t("credits.by")}}</h2>
% for name in others:
<p><bdi>{{name}}</bdi></p>
% end
</section>
% end
% if external:
<section class="role"><h2>{{t("credits.external")}}</h2>
% for one in external:
<p><bdi>{{one["what"]}}</bdi>\\
% if one["author"]:
, <bdi>{{one["author"]}}</bdi>\\
% end
% if one["licence"]:
, <bdi>{{one["licence"]}}</bdi>\\
% end
% if one["origin"]:
<br><span class="path small"><bdi>{{one["origin"]}}</bdi></span>\\
% end
</p>
% end
</section>
% end
% if licence:
<p class="quiet"><bdi>{{licence}}</bdi></p>
% end
</article>
<details id="credits-as-text">
<summary>{{t("credits.as_text")}}</summary>
<pre class="log" tabindex="0">{{text}}</pre>
</details>
