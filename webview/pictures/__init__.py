"""Thumbnails: found, made and kept, without any page waiting for them."""
