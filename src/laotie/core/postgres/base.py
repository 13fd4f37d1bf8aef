"""Django's PostgreSQL backend, except that asking whether a kept connection still lives costs no round trip.

It also remembers which hot statements the server keeps prepared, and the trip that is being put together (trips.py).
"""

import select
from typing import Any

from django.db.backends.postgresql import base

from laotie.core.postgres.trips import Trip


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection whose health check asks the kernel before it asks the server."""

    prepared: set[bytes]
    trip: Trip | None = None

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Connect; a new connection has nothing prepared."""
        self.prepared = set()
        self.trip = None
        return super().get_new_connection(conn_params)

    def is_usable(self) -> bool:
        """Say whether the connection can be used.

        A server that stopped or was killed has closed its end, and a closed end is readable. An idle connection with
        nothing to read is alive as far as anybody can know; only where something waits is the server asked.
        """
        if self.connection is None or self.connection.closed:
            return False
        waiting = select.poll()
        waiting.register(self.connection.pgconn.socket, select.POLLIN)
        return not waiting.poll(0) or super().is_usable()
