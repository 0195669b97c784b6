% rebase("page.tpl")
<h1>{{t("team.title")}}</h1>
% for sentence in problems:
<p class="problem" lang="en">{{sentence}}</p>
% end
% if not team:
<p class="empty">{{t("team.empty")}}</p>
% end
<div class="cards" id="team" data-refresh>
% for member in team + strangers:
<article class="card" id="person-{{member["ident"]}}">
<a class="person card-person" href="{{link("/" + ask.project + "/assets", owner=member["ident"])}}">{{face(member["ident"], "large")}} <strong><bdi>{{person_name(member["ident"])}}</bdi></strong></a>
% if member in strangers:
<p class="problem">{{t("team.stranger", ident=member["ident"])}}</p>
% end
% if member["now"]:
% one = member["now"]
<p class="card-text">{{t("team.on")}} <a href="{{link("/" + ask.project + "/asset/" + one["path"])}}"><bdi>{{one["name"]}}</bdi></a>
% include("asset_state.tpl", one=one)
</p>
% if one["support"]:
<p class="card-text small">{{t("team.helped_by")}}
% for ident in one["support"]:
<span class="person">{{face(ident)}} <bdi>{{person_name(ident)}}</bdi></span>
% end
</p>
% end
% else:
<p class="card-text quiet">{{t("team.free")}}</p>
% end
<p class="card-text small quiet">{{t("team.open", n=member["open"]) if member["open"] else ""}}
{{t("team.done", n=member["done"]) if member["done"] else ""}}</p>
</article>
% end
</div>
% if more_strangers:
<p class="problem">{{t("team.more_strangers", n=more_strangers)}}</p>
% end
% if free:
<p class="note"><a href="{{link("/" + ask.project + "/assets", owner="-")}}">{{t("team.unowned", n=free)}}</a></p>
% end
