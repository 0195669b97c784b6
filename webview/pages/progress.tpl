% total = sum(part["count"] for part in progress)
<svg class="progress" viewBox="0 0 {{total}} 2" preserveAspectRatio="none" role="img" aria-label="{{t("shots.progress")}}">
% at = 0
% for part in progress:
<rect class="look-{{part["look"]}}" x="{{at}}" y="0" width="{{part["count"]}}" height="2"/>
% at += part["count"]
% end
</svg>
<ul class="tally">
% for part in progress:
<li><a href="{{link("/" + ask.project + "/shots", state=part["state"]) if part["state"] else link("/" + ask.project + "/assets", faulty=1)}}">{{state(part["look"], part["name"] or t("assets.broken"))}}</a> {{number(part["count"])}}</li>
% end
</ul>
