% rebase("page.tpl")
% base_address = "/" + ask.project
<h1><bdi>{{title_of_film}}</bdi></h1>
% if not mine:
% if photo(ask.project):
<img class="wide-picture" src="{{photo(ask.project)}}" alt="">
% end
% if description:
<p class="said" dir="auto">{{description}}</p>
% end
% if people:
<h2>{{t("home.who")}}</h2>
<ul class="faces">
% for ident in people:
<li><a href="{{here(as_=ident)}}">{{face(ident, "large")}} <bdi>{{person_name(ident)}}</bdi></a></li>
% end
</ul>
% else:
<p class="note">{{t("home.nobody")}}</p>
% end
% else:
<section id="home-now" data-refresh aria-labelledby="home-now-title">
<h2 id="home-now-title">{{t("home.now")}}</h2>
% if mine["now"]:
% one = mine["now"]
<article class="now">
<a class="now-picture" tabindex="-1" aria-hidden="true" href="{{link(base_address + "/asset/" + one["path"])}}"><img src="{{one["thumb"]}}" width="480" height="270" alt=""></a>
<div class="now-text">
<h3><a href="{{link(base_address + "/asset/" + one["path"])}}"><bdi>{{one["name"]}}</bdi></a></h3>
<p>\\
% include("asset_state.tpl", one=one)
 <span class="quiet"><bdi>{{one["type_name"]}}</bdi></span></p>
% if one["description"]:
<p class="said" dir="auto">{{one["description"]}}</p>
% end
<p class="path"><bdi>{{one["path"]}}</bdi></p>
% include("asset_problems.tpl", one=one, most=3)
% if one["support"]:
<h4>{{t("home.helpers")}}</h4>
<p>
% for ident in one["support"]:
<span class="person">{{face(ident)}} <bdi>{{person_name(ident)}}</bdi></span>
% end
</p>
% end
% if one["waited_for"]:
<h4>{{t("home.waited_for", n=one["waited_for_by"])}}</h4>
% include("asset_list.tpl", rows=one["waited_for"], whose=True)
% end
</div>
</article>
% else:
<p class="empty">{{t("home.free")}} <a href="{{link(base_address + "/assets", owner="-")}}">{{t("home.take_one")}}</a></p>
% end
</section>
<div class="columns">
<section id="home-next" data-refresh aria-labelledby="home-next-title">
<h2 id="home-next-title">{{t("home.next")}}</h2>
% if mine["next"]:
% include("asset_list.tpl", rows=mine["next"], whose=False)
% else:
<p class="quiet">{{t("home.nothing_next")}}</p>
% end
<p class="quiet"><a href="{{link(base_address + "/assets", owner=ask.person)}}">{{t("home.all_mine")}}</a>\\
% if mine["more"]:
 {{t("home.more", n=mine["more"])}}\\
% end
% if mine["finished"]:
 {{t("home.finished", n=mine["finished"])}}\\
% end
</p>
</section>
<section id="home-helps" data-refresh aria-labelledby="home-helps-title">
<h2 id="home-helps-title">{{t("home.helps")}}</h2>
% if mine["helps"]:
% include("asset_list.tpl", rows=mine["helps"], whose=True)
% else:
<p class="quiet">{{t("home.nobody_to_help")}}</p>
% end
</section>
</div>
<section aria-labelledby="home-renders-title">
<h2 id="home-renders-title">{{t("home.renders")}}</h2>
% if mine["renders"]:
% include("render_list.tpl", renders=mine["renders"])
% else:
<p class="quiet">{{t("home.no_renders")}}</p>
% end
</section>
% end
<section id="home-film" data-refresh aria-labelledby="home-film-title">
<h2 id="home-film-title">{{t("home.film")}}</h2>
% if progress:
% include("progress.tpl", progress=progress)
% end
<p><a href="{{link(base_address + "/assets")}}">{{t("home.assets", n=all)}}</a>\\
% if faulty or faults:
 <a class="problem-link" href="{{link(base_address + "/assets", faulty=1)}}">{{t("home.faulty", n=faulty + faults)}}</a>\\
% end
</p>
</section>
