"""The demo market: a small believable world for the first look."""
