"""A local web server that behaves as each test wants: as a platform's store, or as an attacker's."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class MediaServer:
    """What a running server answers, with what it was asked.

    Attributes:
        port: On 127.0.0.1.
        answers: By path, without the query.
        asked: Path with query, headers by lower-case name, of each request in order.
    """

    port: int = 0
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        """Return the URL of a path on this server, under any host name."""
        return f"http://{host}:{self.port}{path}"

    @property
    def paths(self) -> list[str]:
        """The paths asked for, in order."""
        return [path for path, _ in self.asked]


@contextmanager
def running_media_server() -> Iterator[MediaServer]:
    """Yield a server on a free port of loopback; end it afterwards."""
    state = MediaServer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            """Answer as the test wants."""
            state.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
            self.close_connection = True
            with suppress(BrokenPipeError, ConnectionResetError):  # the client leaves, as many tests want
                state.answers.get(self.path.partition("?")[0], status(404))(self)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as in the parent
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        state.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield state
        finally:
            server.shutdown()
            thread.join()


def body(data: bytes, claimed: int | None = None, code: int = 200, **headers: str) -> Answer:
    """Answer with a body; `claimed` is a content-length that may lie; `_` in header names is `-`."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(code)
        handler.send_header("content-length", str(len(data) if claimed is None else claimed))
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(data)

    return answer


def status(code: int, **headers: str) -> Answer:
    """Answer with a status."""
    return body(b"", None, code, **headers)


def redirect(location: str, code: int = 302) -> Answer:
    """Send the client elsewhere."""
    return status(code, location=location)


def endless(chunk: bytes, most_bytes: int) -> Answer:
    """Answer with chunks, of no claimed length, until the client has had enough or `most_bytes` are sent."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("transfer-encoding", "chunked")
        handler.end_headers()
        for _ in range(most_bytes // len(chunk)):
            handler.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
        handler.wfile.write(b"0\r\n\r\n")

    return answer


def drip_body(seconds: float) -> Answer:
    """Answer at once, then send a byte of the body every 50 ms for so long."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("content-length", "1000000")
        handler.end_headers()
        _drip(handler, b"x", seconds)

    return answer


def drip_headers(seconds: float) -> Answer:
    """Send a header that never ends, a byte every 50 ms for so long."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nx-slow: ")
        _drip(handler, b"x", seconds)

    return answer


def in_turn(*answers: Answer) -> Answer:
    """Answer differently each time; the last one stays."""
    left = list(answers)

    def answer(handler: BaseHTTPRequestHandler) -> None:
        (left.pop(0) if len(left) > 1 else left[0])(handler)

    return answer


def _drip(handler: BaseHTTPRequestHandler, byte: bytes, seconds: float) -> None:
    for _ in range(int(seconds / 0.05)):
        handler.wfile.write(byte)
        handler.wfile.flush()
        time.sleep(0.05)
