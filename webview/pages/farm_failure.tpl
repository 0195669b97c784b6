<p><strong>{{t("reason." + one["code"]) if one["code"] else t("job.no_reason")}}</strong></p>
% if one["text"]:
<p class="small" lang="en"><bdi>{{one["text"]}}</bdi></p>
% end
% if one["code"]:
<p>{{t("cure." + one["code"])}}</p>
% end
