"""The read-only web page: comes with the assets."""
