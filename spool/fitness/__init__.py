"""Is the share fit for a farm? What `render doctor` measures, on one host and together with another."""
