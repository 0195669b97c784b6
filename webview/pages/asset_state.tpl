% if one["broken"]:
{{state("failed", t("assets.broken"))}}\\
% else:
{{state(one["look"], one["state_name"])}}\\
% end
