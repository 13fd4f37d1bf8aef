"""Rate limits: a fixed window of a minute per account, or per address for strangers.

Counters live in the cache of this process; behind several processes each counts its own.
"""

import time
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from ninja.throttling import BaseThrottle

from laotie.core.errors import TooManyRequests

WINDOW_SECONDS = 60


class Limit(BaseThrottle):
    """Refuses what goes beyond LAOTIE_RATE_ACCOUNT or LAOTIE_RATE_ADDRESS requests a minute."""

    def allow_request(self, request: HttpRequest) -> bool:
        """Count the request and say whether it may pass.

        Raises: TooManyRequests.
        """
        caller: Any = getattr(request, "auth", None)
        # A visitor makes up their own key, so it cannot be what they are counted by.
        if caller is not None and caller.actor.kind != "visitor":
            name, most = caller.actor.address, settings.RATE_PER_MINUTE_ACCOUNT
        else:
            name, most = str(request.META.get("REMOTE_ADDR", "")), settings.RATE_PER_MINUTE_ADDRESS
        window, passed = divmod(int(time.time()), WINDOW_SECONDS)
        key = f"limit:{name}:{window}"
        cache.add(key, 0, WINDOW_SECONDS)
        if cache.incr(key) > most:
            raise TooManyRequests(retry_after_s=WINDOW_SECONDS - passed)
        return True

    def wait(self) -> float | None:
        """Nothing more to say: the refusal carries it."""
        return None
