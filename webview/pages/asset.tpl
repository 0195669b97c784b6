% rebase("page.tpl", title=it["name"])
% base_address = "/" + ask.project
<h1><bdi>{{it["name"]}}</bdi></h1>
<div id="asset-state" data-refresh>
<p class="big">\\
% include("asset_state.tpl", one=it)
 <bdi class="quiet">{{it["type_name"]}}</bdi>
% include("rating.tpl", one=it)
</p>
% include("asset_problems.tpl", one=it, most=50)
% if cycle:
<p class="problem">{{t("asset.cycle")}}
% for path in cycle:
<a href="{{link(base_address + "/asset/" + path)}}"><bdi>{{path}}</bdi></a>
% end
</p>
% end
</div>
<div class="columns">
<figure class="asset-picture" id="asset-picture" data-refresh>
<img src="{{thumb}}" width="480" height="270" alt="{{t("asset.picture_of", name=it["name"])}}">
% if no_picture:
<figcaption class="quiet small">{{t("picture." + no_picture)}}</figcaption>
% end
</figure>
<div id="asset-facts" data-refresh>
% if description:
<p class="said" dir="auto">{{description}}</p>
% end
<dl class="facts">
<dt>{{t("asset.file")}}</dt><dd class="path"><bdi>{{it["path"]}}</bdi></dd>
<dt>{{t("assets.owner")}}</dt><dd>\\
% if it["owner"]:
<span class="person">{{face(it["owner"])}} <bdi>{{person_name(it["owner"])}}</bdi></span>\\
% else:
{{t("assets.nobody")}}\\
% end
</dd>
% if it["support"]:
<dt>{{t("asset.support")}}</dt><dd>
% for ident in it["support"]:
<span class="person">{{face(ident)}} <bdi>{{person_name(ident)}}</bdi></span>
% end
% if it["more_support"]:
{{t("asset.more", n=it["more_support"])}}
% end
</dd>
% end
% if it["priority"] is not None:
<dt>{{t("assets.priority")}}</dt><dd>{{it["priority_name"]}}\\
% if own_priority != it["priority"]:
 <span class="quiet">{{t("asset.raised", own=own_priority_name)}}</span>\\
% end
</dd>
% end
% if it["pipeline"]:
<dt>{{t("asset.pipeline")}}</dt><dd>
% for word in it["pipeline"]:
<bdi>{{word}}</bdi>
% end
</dd>
% end
% if is_shot:
<dt>{{t("asset.rendered")}}</dt><dd>{{t("asset.rendered_final") if final else t("asset.rendered_yes")}}</dd>
% end
% if creator:
<dt>{{t("asset.creator")}}</dt><dd><bdi>{{person_name(creator)}}</bdi></dd>
% end
% if blend:
<dt>{{t("assets.changed")}}</dt><dd>{{when(blend["changed"])}}</dd>
<dt>{{t("asset.size")}}</dt><dd>{{bytes_(blend["size"])}}</dd>
% end
% if budget:
<dt>{{t("asset.budget")}}</dt>
% end
% for one in budget:
<dd><bdi>{{one["state"]}}</bdi>: {{duration(one["minutes"] * 60)}}</dd>
% end
</dl>
</div>
</div>
<section aria-labelledby="asset-times-title">
<h2 id="asset-times-title">{{t("asset.times")}}</h2>
<div id="asset-times" data-refresh>
% if times:
<p>{{t("asset.mean", time=duration(times["mean"]), n=times["frames"])}} {{t("asset.total", time=duration(times["total"]))}}</p>
% if chart["bars"]:
<svg class="bars" viewBox="0 0 {{chart["width"]}} {{chart["height"] + 24}}" role="img" aria-label="{{t("asset.chart", first=str(chart["bars"][0]["first"]), last=str(chart["bars"][-1]["last"]), time=duration(chart["top"]))}}">
% for bar in chart["bars"]:
<rect class="bar{{" look-failed" if bar["slow"] else ""}}" x="{{bar["x"]}}" y="{{bar["y"]}}" width="{{bar["width"]}}" height="{{bar["height"]}}"><title>{{t("asset.bar", frames=str(bar["first"]) if bar["first"] == bar["last"] else "%d–%d" % (bar["first"], bar["last"]), time=duration(bar["seconds"]))}}</title></rect>
% end
<text class="axis" x="0" y="{{chart["height"] + 18}}">{{chart["bars"][0]["first"]}}</text>
<text class="axis" x="{{chart["width"]}}" y="{{chart["height"] + 18}}" text-anchor="end">{{chart["bars"][-1]["last"]}}</text>
</svg>
% end
<h3>{{t("asset.slowest")}}</h3>
<ol class="slowest">
% for number_of_frame, seconds in times["slowest"]:
<li>{{t("asset.slow_frame", frame=str(number_of_frame), time=duration(seconds))}}</li>
% end
</ol>
% else:
<p class="quiet">{{t("asset.no_times")}}</p>
% end
</div>
</section>
<div class="columns">
<section id="asset-uses" data-refresh aria-labelledby="asset-uses-title">
<h2 id="asset-uses-title">{{t("asset.uses")}}</h2>
% if uses:
% include("asset_list.tpl", rows=uses, whose=True)
% if more_uses:
<p class="quiet">{{t("asset.more", n=more_uses)}}</p>
% end
% else:
<p class="quiet">{{t("asset.uses_nothing")}}</p>
% end
</section>
<section id="asset-used-by" data-refresh aria-labelledby="asset-used-by-title">
<h2 id="asset-used-by-title">{{t("asset.used_by")}}</h2>
% if used_by:
% include("asset_list.tpl", rows=used_by, whose=True)
% if more_used_by:
<p class="quiet">{{t("asset.more", n=more_used_by)}}</p>
% end
% else:
<p class="quiet">{{t("asset.used_by_nothing")}}</p>
% end
</section>
</div>
<section aria-labelledby="asset-history-title">
<h2 id="asset-history-title">{{t("asset.history")}}</h2>
% if renders:
<h3>{{t("asset.renders")}}</h3>
% include("render_list.tpl", renders=renders)
% if more_renders:
<p class="quiet">{{t("asset.more", n=more_renders)}}</p>
% end
% end
<div id="asset-checkpoints" data-refresh>
% if no_checkpoints:
<p class="problem">{{t("asset.no_checkpoints", text=no_checkpoints)}}</p>
% end
% if checkpoints:
<h3>{{t("asset.checkpoints")}}</h3>
<ol class="history">
% for one in checkpoints:
<li>{{when(one["at"]) if one["at"] is not None else one["stamp"]}} <span class="quiet">{{bytes_(one["size"])}}</span> <code>{{one["command"]}}</code></li>
% end
</ol>
% if more_checkpoints:
<p class="quiet">{{t("asset.more", n=more_checkpoints)}}</p>
% end
% elif not renders:
<p class="quiet">{{t("asset.no_history")}}</p>
% end
</div>
</section>
<details id="asset-commands">
<summary>{{t("asset.how_to_change")}}</summary>
<p>{{t("asset.type_this")}}</p>
<ul class="commands">
% for command in commands:
<li><code>{{command}}</code></li>
% end
</ul>
</details>
