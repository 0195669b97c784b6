% rebase("page.tpl", title=name)
<h1><bdi>{{name}}</bdi></h1>
<div id="job-says" data-refresh>
% include("farm_trouble.tpl", trouble=trouble)
% if error:
<p class="problem"><bdi>{{error}}</bdi></p>
% elif not known:
<p class="big">{{t("farm.trouble.first")}}</p>
% else:
<p class="big">{{state(look)}} {{t("job.done_of", done=done, n=frames)}}
% if time_left_s is not None:
{{t("rendering.time_left", time=duration(time_left_s))}}
% end
</p>
% include("frame_strip.tpl", strip=strip, label=t("job.counts", done=done, failed=failed, running=running, waiting=waiting))
<ul class="strip-key">
% for look_, count in (("done", done), ("rendering", running), ("waiting", waiting), ("failed", failed)):
% if count:
<li>{{state(look_)}} {{number(count)}}</li>
% end
% end
</ul>
% if warning:
<p class="note" lang="en">{{warning}}</p>
% end
% end
</div>
% if known:
<div id="job-why" data-refresh>
% if why and (why["reasons"] or why["hosts"]):
<h2 id="job-why-title">{{t("job.why")}}</h2>
<ul class="reasons">
% for one in why["reasons"]:
<li>
% include("obstacle.tpl", one=one)
</li>
% end
</ul>
% if why["hosts"]:
<h3>{{t("job.why_hosts")}}</h3>
<ul class="reasons">
% for one in why["hosts"]:
<li>{{sign(one["look"])}}
% include("obstacle.tpl", one=one)
</li>
% end
</ul>
% if why["more"]:
<p class="quiet">{{t("job.more_chunks", n=why["more"])}}</p>
% end
% end
% end
</div>
% if film:
<section aria-labelledby="pictures-title">
<h2 id="pictures-title">{{t("job.pictures")}}</h2>
<ol class="filmstrip small-frames" id="job-film" data-refresh>
% for one in film:
<li><a href="{{one["large"]}}"><img src="{{one["small"]}}" width="160" height="90" loading="lazy" alt="{{t("job.frame_picture", frame=str(one["frame"]))}}"><span class="caption">{{one["frame"]}}</span></a></li>
% end
</ol>
</section>
% end
<div id="job-failures" data-refresh>
% if failures:
<h2 id="job-failures-title">{{t("rendering.failures")}}</h2>
<ul class="failures">
% for one in failures:
<li class="failure">
<p>{{state("failed")}} {{t("job.failed_frames", frames=one["frames"])}}
% if one["host"]:
{{t("job.last_on", host=one["host"])}}
% end
% if one["tries"]:
{{t("job.tries", n=one["tries"])}}
% end
<a href="{{here(chunk=one["chunk"])}}#job-logs">{{t("job.see_log")}}</a></p>
% include("farm_failure.tpl", one=one)
</li>
% end
</ul>
<p>{{t("job.retry")}} <code>render retry {{job}}</code></p>
% end
</div>
<section aria-labelledby="job-facts-title">
<h2 id="job-facts-title">{{t("job.facts")}}</h2>
<dl class="facts" id="job-facts" data-refresh>
% if blend:
<dt>{{t("job.blend")}}</dt><dd class="path"><bdi>{{blend}}</bdi></dd>
<dt>{{t("job.scene")}}</dt><dd><bdi>{{scene}}</bdi></dd>
% else:
<dt>{{t("job.command")}}</dt><dd class="path"><bdi>{{" ".join(command)}}</bdi></dd>
% end
<dt>{{t("rendering.frames")}}</dt><dd>{{frame_list}}</dd>
% if output:
<dt>{{t("job.output")}}</dt><dd class="path"><bdi>{{output}}</bdi></dd>
% end
% if width and height:
<dt>{{t("job.size")}}</dt><dd>{{width}} × {{height}} {{format}}</dd>
% end
<dt>{{t("rendering.owner")}}</dt><dd><bdi>{{owner}}</bdi></dd>
<dt>{{t("rendering.priority")}}</dt><dd>{{priority}}</dd>
<dt>{{t("job.sent")}}</dt><dd>{{when(sent) if sent else created}}</dd>
<dt>{{t("job.name")}}</dt><dd class="path">{{job}}</dd>
% if times:
<dt>{{t("job.mean")}}</dt><dd>{{duration(times["mean"])}}</dd>
% if times["peak_mb"]:
<dt>{{t("job.memory")}}</dt><dd>{{bytes_(round(times["peak_mb"] * 1000000))}}</dd>
% end
% if times["slowest"]:
<dt>{{t("job.slowest")}}</dt><dd>
% for slow, seconds in times["slowest"]:
{{slow}} ({{duration(seconds)}})
% end
</dd>
% end
% end
</dl>
</section>
<div id="job-chunks" data-refresh>
% if chunks["listed"] or chunks["waiting"]:
<h2 id="job-chunks-title">{{t("job.chunks")}}</h2>
% if chunks["listed"]:
<div class="table-frame" tabindex="0" role="region" aria-label="{{t("job.chunks")}}">
<table>
<thead><tr><th scope="col">{{t("rendering.frames")}}</th><th scope="col">{{t("rendering.state")}}</th><th scope="col">{{t("rendering.host")}}</th><th scope="col" class="number">{{t("job.try")}}</th></tr></thead>
<tbody>
% for one in chunks["listed"]:
<tr><th scope="row"><a href="{{here(chunk=one["name"])}}#job-logs">{{one["frames"]}}</a></th><td class="nowrap">{{state(one["look"])}}</td><td><bdi>{{one["host"]}}</bdi></td><td class="number">{{one["tries"]}}</td></tr>
% end
</tbody>
</table>
</div>
% end
% if chunks["more"]:
<p class="quiet">{{t("job.more_chunks", n=chunks["more"])}}</p>
% end
% if chunks["waiting"]:
<p>{{t("job.waiting_chunks", n=chunks["waiting"])}} {{t("job.next", frames=chunks["next"])}}</p>
% end
% end
</div>
<section aria-labelledby="job-frames-title">
<h2 id="job-frames-title">{{t("rendering.frames")}}</h2>
<div class="table-frame" tabindex="0" role="region" aria-label="{{t("rendering.frames")}}">
<table>
<thead><tr><th scope="col" class="number">{{t("job.frame")}}</th><th scope="col">{{t("rendering.state")}}</th><th scope="col">{{t("rendering.host")}}</th><th scope="col" class="number">{{t("job.time")}}</th><th scope="col" class="number">{{t("job.memory")}}</th></tr></thead>
<tbody id="job-frames" data-refresh>
% for one in rows["frames"]:
<tr><th scope="row" class="number">{{one["frame"]}}</th><td class="nowrap">{{state(one["look"])}}</td><td><bdi>{{one["host"]}}</bdi></td><td class="number">{{duration(one["seconds"]) if one["seconds"] is not None else ""}}</td><td class="number">{{bytes_(round(one["peak_mb"] * 1000000)) if one["peak_mb"] is not None else ""}}</td></tr>
% end
</tbody>
</table>
</div>
% if rows["before"] is not None or rows["after"] is not None:
<nav aria-label="{{t("job.parts")}}" class="filters">
% if rows["before"] is not None:
<a class="chip" href="{{here(**{"from": rows["before"]})}}#job-frames-title">{{t("job.before")}}</a>
% end
% if rows["after"] is not None:
<a class="chip" href="{{here(**{"from": rows["after"]})}}#job-frames-title">{{t("job.after")}}</a>
% end
</nav>
% end
</section>
<div id="job-logs" data-refresh>
<h2 id="job-logs-title">{{t("job.logs")}}</h2>
% for log in logs:
<details id="log-{{log["chunk"]}}"{{" open" if len(logs) == 1 else ""}}>
<summary>{{t("job.log_of", chunk=log["chunk"])}}</summary>
% if log["cut"]:
<p class="quiet small">{{t("job.log_cut", name=log["name"])}}</p>
% end
<pre class="log" tabindex="0" lang="en">{{log["text"]}}</pre>
</details>
% end
% if not logs:
<p class="quiet">{{t("job.no_logs")}}</p>
% end
</div>
% end
