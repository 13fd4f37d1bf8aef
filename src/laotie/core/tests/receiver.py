"""A real HTTP server on loopback that answers as a test tells it to, and remembers what came."""

import contextlib
import queue
import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Received:
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """What it answers next, and what has come so far."""

    port: int = 0
    status: int = 200
    answer: bytes = b"thanks"
    headers: dict[str, str] = field(default_factory=dict)
    hangs: threading.Event | None = None  # set: not even a status comes until it is released
    drips: bool = False  # a byte now and then, without end
    floods: bool = False  # bytes without end
    received: list[Received] = field(default_factory=list)
    arrivals: queue.Queue[Received] = field(default_factory=queue.Queue)  # the same, for those who wait
    written: int = 0

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}/hook?shop=3"


class _Handler(BaseHTTPRequestHandler):
    state: Receiver
    ended: threading.Event

    def do_POST(self) -> None:
        state, length = self.state, int(self.headers["Content-Length"])
        headers = {name.lower(): value for name, value in self.headers.items()}
        state.received.append(Received(self.path, headers, self.rfile.read(length)))
        state.arrivals.put(state.received[-1])
        if state.hangs is not None:
            state.hangs.wait(30)
        with contextlib.suppress(OSError):
            self._answer()

    def _answer(self) -> None:
        state = self.state
        self.send_response(state.status)
        for name, value in state.headers.items():
            self.send_header(name, value)
        if not (state.drips or state.floods):
            self.send_header("Content-Length", str(len(state.answer)))
        self.end_headers()
        self.wfile.write(state.answer)
        while (state.drips or state.floods) and not self.ended.is_set():
            state.written += self.wfile.write(b"." if state.drips else b"." * 65_536)
            self.wfile.flush()
            if state.drips:
                time.sleep(0.01)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the base class's name
        """Say nothing."""


@contextlib.contextmanager
def receiver(*, tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """Run a receiver for the length of a `with` block."""
    state, ended = Receiver(), threading.Event()
    handler = type("Handler", (_Handler,), {"state": state, "ended": ended})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # who hangs up is no news
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    state.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield state
    finally:
        ended.set()
        if state.hangs is not None:
            state.hangs.set()
        server.shutdown()
        server.server_close()
        thread.join()
