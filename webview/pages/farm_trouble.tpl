% if trouble:
<p class="problem">{{t("farm.trouble." + trouble["word"], text=trouble["text"], cure=trouble["cure"], time=when(trouble["since"]))}}</p>
% end
