"""A small HTTP/1.1 client on sockets, for the start-up budget: no http.client, no urllib.

What it leaves to :mod:`.full`: proxies. Bodies are asked for uncompressed.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from pykubectl.client.errors import ConnectionError, ConnectionReset
from pykubectl.client.transport.address import parse_host, query_string
from pykubectl.client.transport.connection import Connection

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator, Mapping

    from pykubectl.client.transport.interface import Request

MAX_IDLE = 25
CHUNK = 65536


class LightResponse:
    """An answer on a connection, which goes back to the pool once the body was read."""

    def __init__(
        self,
        connection: Connection,
        status: int,
        headers: dict[str, str],
        has_body: bool,
        release: Callable[[Connection, bool], None],
    ) -> None:
        self.status = status
        self.headers = headers
        self._connection = connection
        self._release = release
        self._reading = threading.Lock()
        self._state = threading.Lock()
        self._done = False
        self._closed = False
        self._keep = "close" not in headers.get("connection", "").lower()
        self._body = self._pieces() if has_body else iter(())
        if not has_body:
            self._finish(True)

    def read(self) -> bytes:
        """The rest of the body."""
        return b"".join(self.chunks())

    def chunks(self) -> Iterator[bytes]:
        """Pieces as they arrive."""
        while True:
            with self._reading:
                try:
                    piece = None if self._closed else next(self._body, None)
                except BaseException:
                    self._finish(False)
                    if self._closed:
                        return
                    raise
                if piece is None:
                    self._finish(not self._closed)
                    return
            yield piece

    def lines(self) -> Iterator[bytes]:
        """Lines as they are complete."""
        rest = b""
        for piece in self.chunks():
            lines = (rest + piece).split(b"\n")
            rest = lines.pop()
            yield from lines
        if rest:
            yield rest

    def close(self) -> None:
        """Drop the answer; wakes a blocked reader."""
        with self._state:
            if self._closed or self._done:
                self._closed = True
                return
            self._closed = True
            self._connection.wake()
        if self._reading.acquire(blocking=False):
            try:
                self._finish(False)
            finally:
                self._reading.release()

    def _finish(self, complete: bool) -> None:
        with self._state:
            if self._done:
                return
            self._done = True
        self._release(self._connection, complete and self._keep and not self._closed)

    def _pieces(self) -> Iterator[bytes]:
        if self.headers.get("transfer-encoding", "").lower() == "chunked":
            return self._chunked()
        if "content-length" in self.headers:
            return self._sized(_length(self.headers["content-length"]))
        self._keep = False
        return self._until_end()

    def _sized(self, left: int) -> Iterator[bytes]:
        while left:
            piece = self._connection.read_some(min(left, CHUNK))
            if not piece:
                raise ConnectionReset("unexpected EOF")
            left -= len(piece)
            yield piece

    def _chunked(self) -> Iterator[bytes]:
        connection = self._connection
        while True:
            line = connection.readline()
            digits = line.partition(b";")[0].strip()
            if not line.endswith(b"\n"):
                raise ConnectionReset("unexpected EOF")
            if not digits or digits.strip(b"0123456789abcdefABCDEF"):
                raise ConnectionError("invalid byte in chunk length")
            size = int(digits, 16)
            if size == 0:
                connection.read_headers()
                return
            yield connection.read_exactly(size)
            connection.read_exactly(2)

    def _until_end(self) -> Iterator[bytes]:
        while piece := self._connection.read_some(CHUNK):
            yield piece


def _length(text: str) -> int:
    """Of a body. Several equal lengths are one. Raises ConnectionError for what is no number."""
    values = {value.strip() for value in text.split(",")}
    first = values.pop()
    if values or not (first.isascii() and first.isdigit()):
        from pykubectl.machinery.gostrings import quote

        raise ConnectionError(f"net/http: HTTP/1.x transport connection broken: bad Content-Length {quote(text)}")
    return int(first)


class LightTransport:
    """HTTP/1.1 to one server with a pool of kept connections; thread-safe.

    An idle connection that the server has closed is replaced once, unseen. ``headers`` are sent with each request,
    and one ``Impersonate-Group`` for each of ``groups``.
    """

    def __init__(
        self,
        host: str,
        context: ssl.SSLContext | None = None,
        server_name: str = "",
        headers: Mapping[str, str] | None = None,
        groups: list[str] | None = None,
    ) -> None:
        self.address = parse_host(host, default_tls=context is not None)
        self._context = context if self.address.scheme == "https" else None
        self._server_name = server_name
        self._headers = dict(headers or {})
        self._groups = groups or []
        self._idle: list[Connection] = []
        self._lock = threading.Lock()
        self._closed = False

    def send(self, request: Request) -> LightResponse:
        """See :class:`.interface.Transport`."""
        message = self._encode(request)
        timeout = request.timeout or None
        connection = self._take(timeout)
        try:
            return self._exchange(connection, message, request.method)
        except ConnectionReset:
            connection.close()
            # Anything but a read may have been carried out before the connection broke.
            if not connection.reused or request.method not in ("GET", "HEAD"):
                raise
        except BaseException:
            connection.close()
            raise
        # The server closed the kept connection while the request was on its way and has answered nothing.
        connection = Connection(self.address, self._context, self._server_name, timeout)
        try:
            return self._exchange(connection, message, request.method)
        except BaseException:
            connection.close()
            raise

    def close(self) -> None:
        """Close idle connections; those in use are closed after their answer."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _exchange(self, connection: Connection, message: bytes, method: str) -> LightResponse:
        connection.send(message)
        status, version, headers = connection.read_head()
        while 100 <= status < 200 and status != 101:
            status, version, headers = connection.read_head()
        if version == "HTTP/1.0":
            headers.setdefault("connection", "close")
        has_body = method != "HEAD" and status not in (204, 304) and status >= 200
        return LightResponse(connection, status, headers, has_body, self._release)

    def _take(self, timeout: float | None) -> Connection:
        while True:
            with self._lock:
                connection = self._idle.pop() if self._idle else None
            if connection is None:
                return Connection(self.address, self._context, self._server_name, timeout)
            if not connection.is_stale():
                connection.reused = True
                connection.deadline = None if timeout is None else time.monotonic() + timeout
                return connection
            connection.close()

    def _release(self, connection: Connection, keep: bool) -> None:
        if keep:
            with self._lock:
                if not self._closed and len(self._idle) < MAX_IDLE:
                    self._idle.append(connection)
                    return
        connection.close()

    def _encode(self, request: Request) -> bytes:
        target = request.path
        if request.query:
            target += f"?{query_string(request.query)}"
        headers = {"Host": self.address.host_header, **self._headers, **request.headers, "Accept-Encoding": "identity"}
        body = request.body
        if body is not None or request.method in ("POST", "PUT", "PATCH"):
            headers["Content-Length"] = str(len(body or b""))
        lines = [f"{request.method} {target} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        # A header of its own for each: servers do not split a group's name at commas.
        lines += [f"Impersonate-Group: {group}" for group in self._groups]
        for line in lines:
            if "\r" in line or "\n" in line:
                raise ValueError("net/http: invalid header field value")
        return "\r\n".join([*lines, "", ""]).encode("utf-8") + (body or b"")
