"""The pages of a film: made from the index, and drawn by the templates of the same names."""

from webview.film_pages import asset, assets, credits, film, home, shots, team

PAGES = (home.PAGE, team.PAGE, assets.PAGE, shots.PAGE, asset.PAGE, credits.PAGE, film.PAGE)
PLAIN = (film.PLAIN,)
