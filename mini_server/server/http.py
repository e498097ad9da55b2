"""From ASGI to handlers and back, and the HTTP server around it.

uvicorn is the server behind the ASGI seam; a small protocol subclass adds the client certificate to a request's scope.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, cast

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from mini_server.authn.interface import Credentials
from mini_server.endpoints.request import AnyResponse, Handler, Query, Request, StreamResponse, text_response

Scope = Any
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]

# Seconds that requests under way get to end when the server stops.
GRACE = 2.0


@dataclass(frozen=True, slots=True)
class Limits:
    """What one connection may take. Source: Go's ``net/http`` with the settings of apiserver ``secure_serving.go``."""

    # Request line and headers together.
    header_bytes: int = 1 << 20
    # Of a body whose request has been answered already.
    unwanted_bytes: int = 256 << 10
    # Seconds for request line and headers, for the body that follows, and between two requests.
    header_seconds: float = 32
    body_seconds: float = 60
    idle_seconds: int = 90


class CertificateProtocol(HttpToolsProtocol):
    """Puts the peer's certificate (DER, None without one) into the scope, and keeps requests within `Limits`."""

    _certificate: bytes | None = None

    def __init__(self, *args: Any, limits: Limits, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._limits = limits
        self._in_headers = True
        self._header_bytes = self._unwanted_bytes = 0
        self._deadline: asyncio.TimerHandle | None = None
        self._deadline_of_headers = True

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        tls = transport.get_extra_info("ssl_object")
        self._certificate = None if tls is None else tls.getpeercert(binary_form=True)
        self._set_deadline()

    def connection_lost(self, exc: Exception | None) -> None:
        self._clear_deadline()
        super().connection_lost(exc)
        # The parser keeps callbacks into this object: without this every closed connection would stay in memory.
        self.parser = None  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._in_headers:
            self._header_bytes += len(data)
            if self._header_bytes > self._limits.header_bytes and not self.transport.is_closing():
                self._refuse(431, "Request Header Fields Too Large")
        # A request that has come whole, as nearly all do, needs no timer.
        if self._in_headers or self._awaits_body():
            self._set_deadline()
        else:
            self._clear_deadline()

    def _awaits_body(self) -> bool:
        return self.cycle is not None and self.cycle.more_body and not self.cycle.response_complete

    def on_body(self, body: bytes) -> None:
        if self.cycle.response_complete:
            # Refused without being read: a little more is waited for, so that the caller sees the answer.
            self._unwanted_bytes += len(body)
            if self._unwanted_bytes > self._limits.unwanted_bytes:
                self.transport.close()
        super().on_body(body)

    def on_message_begin(self) -> None:
        self._in_headers = True
        super().on_message_begin()
        self.scope["client_certificate"] = self._certificate  # type: ignore[typeddict-unknown-key]

    def on_headers_complete(self) -> None:
        self._in_headers = False
        self._header_bytes = self._unwanted_bytes = 0
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        self._refuse(400, "Bad Request")

    def _unsupported_upgrade_warning(self) -> None:
        """A request to speak another protocol is answered in this one."""

    def _refuse(self, code: int, reason: str) -> None:
        head = f"HTTP/1.1 {code} {reason}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n"
        self.transport.write(f"{head}{code} {reason}".encode())
        self.transport.close()

    def _set_deadline(self) -> None:
        if self._deadline is not None:
            if self._deadline_of_headers == self._in_headers:
                return
            self._deadline.cancel()
        seconds = self._limits.header_seconds if self._in_headers else self._limits.body_seconds
        self._deadline = self.loop.call_later(seconds, self._too_late)
        self._deadline_of_headers = self._in_headers

    def _clear_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_late(self) -> None:
        self._deadline = None
        self.transport.abort()


class Application:
    """The ASGI application over a handler. ``draining`` ends streams when the server stops."""

    def __init__(self, handler: Handler) -> None:
        self.handler = handler
        self.draining: asyncio.Event | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        body = _Body(receive)
        request = Request(
            scope["method"],
            scope["path"],
            Query(scope["query_string"].decode("latin-1")),
            _headers(scope["headers"]),
            body.chunk,
            body.gone,
        )
        request.credentials = Credentials(request.headers.get("authorization", ""), scope.get("client_certificate"))
        response = _host_fault(scope, request) or await self.handler(request)
        if isinstance(response, StreamResponse):
            await self._stream(request, response, send)
            return
        await send(_start(response, len(response.body)))
        await send({"type": "http.response.body", "body": b"" if request.method == "HEAD" else response.body})

    async def _stream(self, request: Request, response: StreamResponse, send: Send) -> None:
        await send(_start(response, None))
        # An empty part makes the headers leave before the first event does.
        await send({"type": "http.response.body", "body": b"", "more_body": True})
        ended = asyncio.ensure_future(self._ended(request))
        try:
            async for chunk in _until(response.chunks, ended):
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
        finally:
            ended.cancel()
            await _close(response.chunks)
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _ended(self, request: Request) -> None:
        """Resolves when the caller has gone or the server stops."""
        waits: list[Coroutine[Any, Any, Any]] = [_await(request.gone())]
        if self.draining is not None:
            waits.append(self.draining.wait())
        tasks = [asyncio.ensure_future(wait) for wait in waits]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()


async def _await(awaitable: Awaitable[None]) -> None:
    await awaitable


async def _until(chunks: AsyncIterator[bytes], ended: asyncio.Future[None]) -> AsyncIterator[bytes]:
    """The chunks until there are no more, or the other future resolves."""
    iterator = chunks.__aiter__()
    while True:
        following = asyncio.ensure_future(_next(iterator))
        waits: list[asyncio.Future[Any]] = [following, ended]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        if not following.done():
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)
            return
        chunk = following.result()
        if chunk is None:
            return
        yield chunk


async def _next(iterator: AsyncIterator[bytes]) -> bytes | None:
    return await anext(iterator, None)


async def _close(chunks: AsyncIterator[bytes]) -> None:
    close = getattr(chunks, "aclose", None)
    if close is not None:
        await close()


class _Body:
    """A request's body, and its caller's presence, from the ASGI messages."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._complete = False
        self._gone = False

    async def chunk(self) -> bytes:
        """The next part; empty at the end."""
        while not self._complete:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                self._complete = self._gone = True
                return b""
            self._complete = not message.get("more_body", False)
            if message.get("body"):
                return bytes(message["body"])
        return b""

    async def gone(self) -> None:
        """Waits until the caller hangs up; what is left of the body is thrown away."""
        while not self._gone:
            message = await self._receive()
            self._gone = message["type"] == "http.disconnect"


def _host_fault(scope: Scope, request: Request) -> AnyResponse | None:
    host = request.headers.get("host")
    if host is None and scope["http_version"] == "1.1":
        return text_response("400 Bad Request: missing required Host header", 400)
    if host is not None and "\n" in host:
        return text_response("400 Bad Request: too many Host headers", 400)
    return None


def _headers(raw: list[tuple[bytes, bytes]]) -> dict[str, str]:
    """By lower-case name; repeated ones are joined by a line break, which no header can contain."""
    headers: dict[str, str] = {}
    repeated: dict[str, list[str]] = {}
    for name, value in raw:
        key, text = name.decode("latin-1"), value.decode("latin-1")
        if key in headers:
            repeated.setdefault(key, [headers[key]]).append(text)
        else:
            headers[key] = text
    for key, values in repeated.items():
        headers[key] = "\n".join(values)
    return headers


def _start(response: AnyResponse, length: int | None) -> dict[str, Any]:
    headers = [(b"content-type", response.content_type.encode("latin-1"))]
    if length is not None:
        headers.append((b"content-length", str(length).encode()))
    for name, value in response.headers.items():
        headers += [(name.encode("latin-1"), line.encode("utf-8")) for line in value.split("\n")]
    return {"type": "http.response.start", "status": response.status, "headers": headers}


def listen(address: str, port: int) -> socket.socket:
    """A listening socket. Raises OSError where the port is taken or not ours to take."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address, port))
        listener.listen(2048)
    except OSError:
        listener.close()
        raise
    listener.setblocking(False)
    return listener


class HTTPServer:
    """Serves an application over TLS in the running event loop."""

    def __init__(
        self, application: Application, listener: socket.socket, tls: ssl.SSLContext, limits: Limits | None = None
    ) -> None:
        self._application = application
        self._listener = listener
        limits = limits or Limits()
        # What callers send that is no HTTP is their affair, and nothing to fill a log with.
        logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
        config = uvicorn.Config(
            application,
            http=cast(Any, functools.partial(CertificateProtocol, limits=limits)),
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            # Nobody in front of this server may say who a caller is.
            proxy_headers=False,
            timeout_keep_alive=limits.idle_seconds,
            h11_max_incomplete_event_size=None,
        )
        config.load()
        config.ssl = tls
        config.loaded = True
        self._server = uvicorn.Server(config)
        # The process's signals are its main program's affair.
        self._server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]

    async def serve(self) -> None:
        """Answers until `stop` is called from the same loop."""
        self._application.draining = asyncio.Event()
        await self._server.serve(sockets=[self._listener])

    @property
    def started(self) -> bool:
        """Connections are accepted."""
        return self._server.started

    async def stop(self) -> None:
        """Ends streams, gives other requests a moment, then drops every connection."""
        if self._application.draining is not None:
            self._application.draining.set()
        self._server.should_exit = True
        state = self._server.server_state
        deadline = asyncio.get_running_loop().time() + GRACE
        while state.tasks and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(0.01)
        for connection in list(state.connections):
            # An orderly TLS goodbye would wait for callers that hold idle connections open.
            connection.transport.abort()
        self._server.force_exit = True
