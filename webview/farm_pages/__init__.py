"""The pages of the farm: made from the last snapshot of it, and drawn by the templates of the same names."""

from webview.farm_pages import health, job, metrics, pictures, rendering

PAGES = (rendering.PAGE, job.PAGE)
PLAIN = (*pictures.PLAIN, health.PLAIN, metrics.PLAIN)
