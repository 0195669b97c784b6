% if part["pages"] > 1:
<nav class="paging" aria-label="{{t("assets.pages")}}">
<ul>
% if part["page"] > 1:
<li><a rel="prev" href="{{here(**{key: part["page"] - 1})}}">{{t("assets.previous")}}</a></li>
% end
% before = 0
% for page in sorted({1, part["pages"], *range(max(1, part["page"] - 3), min(part["pages"], part["page"] + 3) + 1)}):
% if page > before + 1:
<li aria-hidden="true">…</li>
% end
% before = page
<li><a href="{{here(**{key: page})}}"\\
% if page == part["page"]:
 aria-current="page"\\
% end
>{{number(page)}}</a></li>
% end
% if part["page"] < part["pages"]:
<li><a rel="next" href="{{here(**{key: part["page"] + 1})}}">{{t("assets.next")}}</a></li>
% end
</ul>
</nav>
% end
