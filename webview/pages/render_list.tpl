<div class="table-frame" tabindex="0" role="region" aria-label="{{t("asset.renders")}}">
<table>
<thead><tr><th scope="col">{{t("asset.job")}}</th><th scope="col">{{t("assets.state")}}</th><th scope="col" class="number">{{t("asset.frames_done")}}</th><th scope="col" class="number">{{t("asset.frames_failed")}}</th><th scope="col">{{t("asset.sent")}}</th></tr></thead>
<tbody id="renders" data-refresh>
% for job in renders:
<tr>
<td><a href="{{link("/job/" + job["job"])}}"><bdi>{{job["name"]}}</bdi></a></td>
<td>{{state(job["look"])}}</td>
<td class="number">{{t("asset.of", done=number(job["done"]), all=number(job["frames"]))}}</td>
<td class="number">{{number(job["failed"]) if job["failed"] else ""}}</td>
<td class="nowrap">{{when(job["sent"]) if job["sent"] else ""}}</td>
</tr>
% end
</tbody>
</table>
</div>
