% signs = sum(run[1] for run in strip)
<svg class="strip" viewBox="0 0 {{signs or 1}} 1" preserveAspectRatio="none" role="img" aria-label="{{label}}">
% at = 0
% looks = {"done": "done", "running": "rendering", "waiting": "waiting", "failed": "failed"}
% for word, count in strip:
<rect class="look-{{looks[word]}}" x="{{at}}" y="0" width="{{count}}" height="1"/>
% at += count
% end
</svg>
