<ul class="asset-list">
% for one in rows:
% if one.get("there", True):
<li>
<a class="asset-name" href="{{link("/" + ask.project + "/asset/" + one["path"])}}"><bdi>{{one["name"]}}</bdi></a>
<span class="quiet small"><bdi>{{one["type_name"]}}</bdi></span>
% if whose and one["owner"]:
<span class="person small">{{face(one["owner"])}} <bdi>{{person_name(one["owner"])}}</bdi></span>
% end
% include("asset_state.tpl", one=one)
</li>
% else:
<li><span class="asset-name path"><bdi>{{one["path"]}}</bdi></span> {{state("failed", t("asset.not_in_the_film"))}}</li>
% end
% end
</ul>
