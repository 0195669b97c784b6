"""The commands `render` and `farm`."""
