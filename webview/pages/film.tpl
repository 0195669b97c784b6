% rebase("page.tpl")
<h1><bdi>{{title_of_film}}</bdi></h1>
% if newest:
<video class="movie" controls preload="metadata" src="{{newest["address"]}}"></video>
<p><bdi class="path">{{newest["name"]}}</bdi> <span class="quiet">{{when(newest["changed"])}}, {{bytes_(newest["size"])}}</span></p>
% else:
<p class="empty">{{t("film.none", pattern=pattern)}}</p>
% end
% if description:
<p class="said" dir="auto">{{description}}</p>
% end
<div id="film-facts" data-refresh>
% if progress:
<h2>{{t("film.progress")}}</h2>
% include("progress.tpl", progress=progress)
% end
% for name in unplayable:
<p class="problem">{{t("film.unplayable", path=name)}}</p>
% end
% if movies:
<h2>{{t("film.all")}}</h2>
<ul class="asset-list">
% for one in movies:
<li><a class="asset-name" href="{{one["address"]}}"><bdi>{{one["name"]}}</bdi></a> <span class="quiet small">{{when(one["changed"])}}, {{bytes_(one["size"])}}</span></li>
% end
</ul>
% end
</div>
<p><a href="{{link("/" + ask.project + "/credits")}}">{{t("credits.title")}}</a></p>
