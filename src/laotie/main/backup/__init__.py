"""`laotie backup` and `laotie restore`: the market on disk, taken while it sells, and brought back in another place."""
