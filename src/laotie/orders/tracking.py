"""Tracking numbers are personal: with one, anybody reads at the carrier where somebody lives.

They are encrypted at rest and found by a keyed hash.
"""

from laotie.core.ids import keyed_hash


def hash_tracking_number(number: str) -> str:
    """Return the hash by which a tracking number is found, however it is spaced and capitalised."""
    return keyed_hash("tracking", "".join(number.split()).upper())
