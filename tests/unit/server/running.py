"""The HTTP server with a handler of a few lines, and callers that write what they like to it."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from mini_server.endpoints.filters.basics import with_recovery
from mini_server.endpoints.request import AnyResponse, Request, StreamResponse, json_response
from mini_server.server.http import Application, HTTPServer, Limits, listen
from mini_server.server.pki import PKI
from mini_server.server.tls import server_context

TIMEOUT = 20.0


class Echo:
    """Says what was asked. ``/refuse`` does not read the body, ``/stream`` has no end, ``/held`` waits."""

    def __init__(self) -> None:
        self.streams_closed = threading.Event()
        self.reached = threading.Event()
        self.released: asyncio.Event | None = None

    async def __call__(self, request: Request) -> AnyResponse:
        if request.path == "/refuse":
            return json_response({"refused": True}, 403)
        if request.path == "/stream":
            return StreamResponse(200, self._chunks())
        if request.path == "/held":
            self.released = asyncio.Event()
            self.reached.set()
            await self.released.wait()
        body = await request.body()
        credentials = request.credentials
        return json_response(
            {
                "method": request.method,
                "path": request.path,
                "query": request.query.raw,
                "headers": dict(request.headers),
                "body": body.decode("latin-1"),
                "authorization": credentials.authorization,
                "certificate": credentials.certificate is not None,
            }
        )

    async def _chunks(self) -> AsyncIterator[bytes]:
        try:
            yield b"first\n"
            await asyncio.Event().wait()
        finally:
            self.streams_closed.set()


class Running:
    """A server in a thread; a context manager that leaves nothing behind."""

    def __init__(self, directory: Path, limits: Limits | None = None) -> None:
        self.pki = PKI(directory / "pki")
        self.echo = Echo()
        self._limits = limits
        self._listener = listen("127.0.0.1", 0)
        self.port = int(self._listener.getsockname()[1])
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._main()))
        self.loop: asyncio.AbstractEventLoop
        self._server: HTTPServer

    async def _main(self) -> None:
        pair = self.pki.serving("apiserver", ["127.0.0.1"])
        tls = server_context(pair, self.pki.ca.certificate)
        self.loop = asyncio.get_running_loop()
        self._server = HTTPServer(Application(with_recovery(self.echo)), self._listener, tls, self._limits)
        serving = asyncio.ensure_future(self._server.serve())
        while not self._server.started:
            await asyncio.sleep(0.001)
        self._ready.set()
        await serving

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(TIMEOUT)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Ends the server and waits for it; may be called again."""
        if self._thread.is_alive():
            asyncio.run_coroutine_threadsafe(self._server.stop(), self.loop)
            self._thread.join(TIMEOUT)
        assert not self._thread.is_alive()
        self._listener.close()

    def release(self) -> None:
        """Lets ``/held`` answer."""
        assert self.echo.released is not None
        self.loop.call_soon_threadsafe(self.echo.released.set)

    def connect(self, *, client: tuple[Path, Path] | None = None) -> Connection:
        """A connection; ``client``: paths of certificate and key."""
        context = ssl.create_default_context(cafile=str(self.pki.ca.certificate))
        if client is not None:
            context.load_cert_chain(*client)
        plain = socket.create_connection(("127.0.0.1", self.port), TIMEOUT)
        try:
            return Connection(context.wrap_socket(plain, server_hostname="127.0.0.1"))
        except BaseException:
            plain.close()
            raise


class Answer:
    """Status, headers (lower-case names) and body of one answer."""

    def __init__(self, head: bytes, body: bytes) -> None:
        status, *lines = head.decode("latin-1").split("\r\n")
        self.status = int(status.split(" ")[1])
        self.headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        self.body = body

    @property
    def obj(self) -> Any:
        """The body as JSON."""
        from pykubectl.machinery.codecs import json

        return json.loads(self.body)


class Connection:
    """Bytes out, answers in; a context manager."""

    def __init__(self, sock: ssl.SSLSocket) -> None:
        self.sock = sock
        self._rest = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.sock.close()

    def send(self, data: str | bytes) -> None:
        """Sends all of it."""
        self.sock.sendall(data.encode() if isinstance(data, str) else data)

    def ask(self, text: str, *headers: str, body: str = "") -> Answer:
        """One request and its answer; ``text``: method and target."""
        lines = [f"{text} HTTP/1.1", "Host: x", *headers, "", ""]
        self.send("\r\n".join(lines) + body)
        return self.answer(empty=text.startswith("HEAD "))

    def answer(self, *, empty: bool = False) -> Answer:
        """The next answer. Raises EOFError where the server hangs up instead."""
        head = self.until(b"\r\n\r\n")
        found = Answer(head.removesuffix(b"\r\n\r\n"), b"")
        if found.status == 100 or empty:
            return found
        if "content-length" in found.headers:
            found.body = self._exactly(int(found.headers["content-length"]))
        else:
            found.body = self.rest()
        return found

    def until(self, mark: bytes) -> bytes:
        """What comes up to a mark, and the mark."""
        while mark not in self._rest:
            self._receive()
        found, _, self._rest = self._rest.partition(mark)
        return found + mark

    def _exactly(self, size: int) -> bytes:
        while len(self._rest) < size:
            self._receive()
        found, self._rest = self._rest[:size], self._rest[size:]
        return found

    def rest(self) -> bytes:
        """Everything until the server hangs up."""
        try:
            while True:
                self._receive()
        except EOFError:
            found, self._rest = self._rest, b""
            return found

    def is_closed(self) -> bool:
        """Waits for the server to hang up."""
        return self.rest() == b""

    def _receive(self) -> None:
        try:
            data = self.sock.recv(65536)
        except (ConnectionError, ssl.SSLError):
            data = b""
        if not data:
            raise EOFError
        self._rest += data
