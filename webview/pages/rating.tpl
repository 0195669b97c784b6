% if one["rating"] is not None:
<span class="stars" role="img" aria-label="{{t("shots.rated", n=one["rating"])}}">{{"★" * one["rating"]}}{{"☆" * (5 - one["rating"])}}</span>
% end
