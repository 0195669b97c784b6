% for sentence in one["problems"][:most]:
<p class="problem" lang="en">{{sentence}}</p>
% end
% if len(one["problems"]) > most:
<p class="small quiet">{{t("assets.more_problems", n=len(one["problems"]) - most)}}</p>
% end
