% rebase("page.tpl")
% first_down = ("priority", "rating", "changed")
<h1>{{t("assets.title")}}</h1>
<form class="asset-filter" method="get" action="{{ask.path}}" role="search">
% if ask.person:
<input type="hidden" name="as" value="{{ask.person}}">
% end
% if ask.get("lang"):
<input type="hidden" name="lang" value="{{ask.get("lang")}}">
% end
% if ask.get("sort"):
<input type="hidden" name="sort" value="{{ask.get("sort")}}">
% end
<p class="field"><label for="filter-find">{{t("assets.find")}}</label>
<input id="filter-find" type="search" name="find" value="{{wanted["find"]}}" maxlength="200" autocomplete="off"></p>
% for key, choices, everything in (("type", types, t("assets.any_type")), ("state", states, t("assets.any_state")), ("owner", owners, t("assets.any_owner"))):
<p class="field"><label for="filter-{{key}}">{{t("assets." + key)}}</label>
<select id="filter-{{key}}" name="{{key}}">
<option value="">{{everything}}</option>
% for choice in choices:
<option value="{{choice["ident"]}}"\\
% if choice["ident"] == wanted[key]:
 selected\\
% end
>{{choice["name"] or t("assets.nobody")}} ({{number(choice["count"])}})</option>
% end
</select></p>
% end
<label class="tick"><input type="checkbox" name="faulty" value="1"\\
% if wanted["faulty"]:
 checked\\
% end
> {{t("assets.only_faulty")}}</label>
<button type="submit">{{t("assets.show")}}</button>
% if any(wanted[key] for key in ("find", "type", "state", "owner", "faulty")):
<a class="chip" href="{{here(find=None, type=None, state=None, owner=None, faulty=None, page=None)}}">{{t("assets.show_all")}}</a>
% end
</form>
<p id="assets-count" data-refresh aria-live="polite">{{t("assets.count", n=part["total"], all=number(all))}}\\
% if part["pages"] > 1:
 {{t("assets.part", first=number(part["first"]), last=number(part["last"]))}}\\
% end
</p>
% if rows:
<div class="table-frame" tabindex="0" role="region" aria-label="{{t("assets.title")}}">
<table class="assets">
<thead><tr>
% for column in ("name", "type", "state", "owner", "priority", "rating", "changed"):
% if column != "priority" or with_priority:
% sorted_now = wanted["sort"] == column
% turned = ("" if wanted["down"] else "-") if sorted_now else ("-" if column in first_down else "")
<th scope="col"\\
% if column in ("priority", "rating"):
 class="number"\\
% end
% if sorted_now:
 aria-sort="{{"descending" if wanted["down"] else "ascending"}}"\\
% end
><a id="sort-{{column}}" href="{{here(sort=turned + column, page=None)}}">{{t("assets." + column)}}</a></th>
% end
% end
</tr></thead>
<tbody id="assets-rows" data-refresh>
% for one in rows:
<tr>
<th scope="row"><a href="{{link("/" + ask.project + "/asset/" + one["path"])}}"><bdi>{{one["name"]}}</bdi></a></th>
<td><bdi>{{one["type_name"]}}</bdi></td>
<td>\\
% include("asset_state.tpl", one=one)
</td>
<td>\\
% if one["owner"]:
<span class="person">{{face(one["owner"])}} <bdi>{{person_name(one["owner"])}}</bdi></span>\\
% end
</td>
% if with_priority:
<td class="number">{{one["priority_name"]}}</td>
% end
<td class="number">\\
% include("rating.tpl", one=one)
</td>
<td class="nowrap">{{when(one["changed"]) if one["changed"] is not None else ""}}</td>
</tr>
% if one["problems"]:
<tr class="problems"><td colspan="{{7 if with_priority else 6}}">
% include("asset_problems.tpl", one=one, most=3)
</td></tr>
% end
% end
</tbody>
</table>
</div>
% else:
<p class="empty">{{t("assets.none") if all else t("assets.empty")}}</p>
% end
% include("paging.tpl", part=part, key="page")
% if faults:
<section id="assets-faults" data-refresh aria-labelledby="assets-faults-title">
<h2 id="assets-faults-title">{{t("assets.faults", n=faults_part["total"])}}</h2>
<ul class="faults">
% for fault in faults:
<li class="problem" lang="en"><span class="path"><bdi>{{fault["path"]}}</bdi></span> {{fault["text"]}}</li>
% end
</ul>
% include("paging.tpl", part=faults_part, key="faults")
</section>
% end
