"""Carriers behind one port: whoever brings scans of parcels, signed.

LAOTIE_CARRIERS names each carrier or tracking service with the secret it signs with; `sandbox` is always there, and
plays parcels that are delayed, lost or sent back by the ending of their number (sandbox.py).
"""

from django.conf import settings

from laotie.orders.carriers.port import Scan, read_scans
from laotie.orders.errors import UnknownCarrier

__all__ = ["Scan", "read_scans", "secret_of"]


def secret_of(carrier: str) -> str:
    """Return what a carrier signs with.

    Raises: UnknownCarrier.
    """
    secret = settings.CARRIER_SECRETS.get(carrier)
    if not secret:
        raise UnknownCarrier(carrier=carrier)
    return str(secret)
