% rebase("page.tpl")
<h1>{{t("rendering.title")}}</h1>
<div id="farm-says" data-refresh>
% include("farm_trouble.tpl", trouble=trouble)
% if not farm:
<p class="empty">{{t("rendering.no_farm")}}</p>
% elif not seen:
<p class="big">{{t("farm.trouble.first")}}</p>
% else:
<p class="big">{{t("rendering.says." + sentence["key"], n=sentence["hosts"])}}
% if sentence["frames"]:
{{t("rendering.frames_left", n=sentence["frames"])}}
% end
% if sentence["time_left_s"]:
{{t("rendering.time_left", time=duration(sentence["time_left_s"]))}}
% end
</p>
% end
% if unread:
<p class="note">{{t("rendering.unread", n=unread)}}</p>
% end
</div>
% if farm:
<section aria-labelledby="jobs-title">
<h2 id="jobs-title">{{t("rendering.jobs")}}</h2>
<div class="table-frame farm" tabindex="0" role="region" aria-label="{{t("rendering.jobs")}}">
<table>
<thead><tr>
<th scope="col">{{t("rendering.job")}}</th><th scope="col">{{t("rendering.state")}}</th><th scope="col" class="frames">{{t("rendering.frames")}}</th>
<th scope="col" class="number">{{t("rendering.done")}}</th><th scope="col" class="number">{{t("rendering.left")}}</th>
<th scope="col">{{t("rendering.on")}}</th><th scope="col">{{t("rendering.owner")}}</th><th scope="col" class="number">{{t("rendering.priority")}}</th>
</tr></thead>
<tbody id="farm-jobs" data-refresh>
% for job in jobs:
<tr>
<th scope="row"><a href="{{link("/job/" + job["job"])}}"><bdi>{{job["name"]}}</bdi></a> <span class="small quiet">{{job["job"][-4:]}}</span>
% if job["warning"]:
<span class="small quiet" lang="en">{{job["warning"]}}</span>
% end
</th>
<td class="nowrap">{{state(job["look"])}}</td>
% if job["broken"]:
<td colspan="6" class="small" lang="en">{{t("rendering.broken")}} <bdi>{{job["broken"]}}</bdi></td>
% else:
<td class="frames">
% include("frame_strip.tpl", strip=job["strip"], label=t("job.counts", done=job["done"], failed=job["failed"], running=job["running"], waiting=job["waiting"]))
</td>
<td class="number">{{t("asset.of", done=number(job["done"]), all=number(job["frames"]))}}</td>
<td class="number nowrap">{{duration(job["time_left_s"]) if job["time_left_s"] is not None else ""}}</td>
<td><bdi>{{", ".join(job["hosts"])}}</bdi></td>
<td><bdi>{{job["owner"]}}</bdi></td>
<td class="number">{{job["priority"]}}</td>
% end
</tr>
% end
% if not jobs:
<tr><td colspan="8" class="quiet">{{t("rendering.no_jobs")}}</td></tr>
% end
</tbody>
</table>
</div>
<p class="quiet" id="farm-more" data-refresh>
% for word, count in more.items():
{{t("rendering.more." + word, n=count)}}
% end
</p>
</section>
<div id="farm-failures" data-refresh>
% if failures:
<h2 id="failures-title">{{t("rendering.failures")}}</h2>
<ul class="failures">
% for one in failures:
<li class="failure">
<p>{{state("failed")}} <a href="{{link("/job/" + one["job"], chunk=one["chunk"])}}"><bdi>{{one["name"]}}</bdi></a>
{{t("job.failed_frames", frames=one["frames"])}}
% if one["host"]:
{{t("job.last_on", host=one["host"])}}
% end
</p>
% include("farm_failure.tpl", one=one)
</li>
% end
</ul>
% if more_failures > 0:
<p class="quiet">{{t("rendering.more_failures", n=more_failures)}}</p>
% end
% end
</div>
<section aria-labelledby="hosts-title">
<h2 id="hosts-title">{{t("rendering.hosts")}}</h2>
<div class="table-frame farm" tabindex="0" role="region" aria-label="{{t("rendering.hosts")}}">
<table>
<thead><tr>
<th scope="col">{{t("rendering.host")}}</th><th scope="col">{{t("rendering.state")}}</th><th scope="col">{{t("rendering.renders")}}</th>
<th scope="col" class="number">{{t("rendering.memory")}}</th><th scope="col" class="number">{{t("rendering.free")}}</th>
<th scope="col" class="number">{{t("rendering.swap")}}</th><th scope="col">{{t("rendering.blender")}}</th>
</tr></thead>
<tbody id="farm-hosts" data-refresh>
% for host in hosts:
<tr>
<th scope="row"><bdi>{{host["host"]}}</bdi></th>
<td>{{state(host["look"], t("host." + host["state"]) if host["known"] else host["state"])}}
% if host["silent_since"]:
{{t("rendering.since", time=when(host["silent_since"]))}}
% end
% for one in host["obstacles"]:
<br><span class="small quiet">{{t("obstacle." + one["code"], **one["words"]) if one["known"] else one["text"]}}</span>
% end
% if host["unfit"]:
<span class="small">{{state("failed", t("rendering.unfit"))}}</span>
% end
</td>
<td>
% for slot in host["frames_now"]:
<a href="{{link("/job/" + str(slot["job"]))}}"><bdi>{{str(slot["job"]).split("-", 2)[-1]}}</bdi></a>{{"" if slot["frame"] is None else " " + str(slot["frame"])}}
% end
</td>
<td class="number nowrap">{{bytes_(host["memory_mb"] * 1000000) if isinstance(host["memory_mb"], int) else ""}}</td>
<td class="number nowrap">{{bytes_(host["memory_free_mb"] * 1000000) if isinstance(host["memory_free_mb"], int) else ""}}</td>
<td class="number nowrap">{{bytes_(host["swap_used_mb"] * 1000000) if isinstance(host["swap_used_mb"], int) else ""}}</td>
<td><bdi>{{", ".join(host["blender"])}}</bdi></td>
</tr>
% end
% if not hosts:
<tr><td colspan="7" class="quiet">{{t("rendering.says.no_hosts")}}</td></tr>
% end
</tbody>
</table>
</div>
</section>
% end
