% rebase("page.tpl")
<h1>{{t("shots.title")}}</h1>
% if progress:
<div id="shots-progress" data-refresh>
% include("progress.tpl", progress=progress)
</div>
% end
% if wanted_state:
<p><a class="chip" href="{{here(state=None, page=None)}}">{{t("shots.show_all")}}</a></p>
% end
% if shots:
<ol class="filmstrip" id="shots" data-refresh>
% for one in shots:
<li><a href="{{link("/" + ask.project + "/asset/" + one["path"])}}"><img src="{{one["thumb"]}}" width="480" height="270" loading="lazy" alt=""><span class="caption"><bdi>{{one["name"]}}</bdi></span></a>
<p class="shot-state">\\
% include("asset_state.tpl", one=one)
</p>
<p class="shot-facts">\\
% if one["owner"]:
{{face(one["owner"])}}
% end
% include("rating.tpl", one=one)
% for word in one["pipeline"][:5]:
<span class="chip"><bdi>{{word}}</bdi></span>
% end
</p>
% include("asset_problems.tpl", one=one, most=1)
</li>
% end
</ol>
% include("paging.tpl", part=part, key="page")
% else:
<p class="empty">{{t("shots.none") if wanted_state else t("shots.empty")}}</p>
% end
