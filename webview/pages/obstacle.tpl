<span class="said">{{t("obstacle." + one["code"], **one["words"]) if one["known"] else one["text"]}}</span>
% if one["cure"]:
<span class="quiet">{{t("remedy." + one["code"], **one["words"]) if one["known"] else one["cure"]}}</span>
% end
