"""A transport to an API server in the same process: requests enter the filter chain without TLS and HTTP.

Clients live in threads; each request runs in the server's event loop, and its caller waits for the answer.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import queue
from collections.abc import Callable, Iterator
from urllib.parse import quote, unquote, urlencode

from mini_server.authn.interface import UserInfo
from mini_server.endpoints.request import AnyResponse, Handler, Query, StreamResponse
from mini_server.endpoints.request import Request as ServerRequest
from pykubectl.client.errors import ConnectionError, ConnectionRefused
from pykubectl.client.transport.interface import Request, Response

# Parts of a stream that wait for a slow reader before the stream does.
_WINDOW = 256


class LoopbackTransport:
    """Speaks as one user. ``server`` gives handler and loop; before the server is ready connections are refused."""

    def __init__(
        self, handler: Callable[[], Handler | None], loop: Callable[[], asyncio.AbstractEventLoop], user: UserInfo
    ) -> None:
        self._handler = handler
        self._loop = loop
        self._user = user

    def send(self, request: Request) -> Response:
        """The answer as soon as its headers are there. Raises ConnectionError while there is no server."""
        handler = self._handler()
        if handler is None:
            raise ConnectionRefused("loopback")
        loop = self._loop()
        try:
            future = asyncio.run_coroutine_threadsafe(_call(handler, request, self._user), loop)
            answer = future.result(request.timeout or None)
        except (RuntimeError, concurrent.futures.CancelledError) as error:
            raise ConnectionError(f"the API server has stopped: {error}") from None
        if isinstance(answer, StreamResponse):
            return _Stream(answer, loop)
        return _Whole(answer.status, _headers(answer), answer.body)

    def close(self) -> None:
        """Nothing is kept open."""


async def _call(handler: Handler, request: Request, user: UserInfo) -> AnyResponse:
    body = [request.body or b""]

    async def receive() -> bytes:
        return body.pop() if body else b""

    async def gone() -> None:
        await asyncio.Event().wait()

    headers = {name.lower(): value for name, value in request.headers.items()}
    query = Query(urlencode(request.query, quote_via=quote))
    server_request = ServerRequest(request.method, unquote(request.path), query, headers, receive, gone)
    server_request.user = user
    return await handler(server_request)


def _headers(answer: AnyResponse) -> dict[str, str]:
    headers = {name.lower(): value.replace("\n", ", ") for name, value in answer.headers.items()}
    headers["content-type"] = answer.content_type
    return headers


class _Whole:
    """An answer whose body is there."""

    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.status = status
        self.headers = headers
        self._body = body

    def read(self) -> bytes:
        """The whole body."""
        return self._body

    def lines(self) -> Iterator[bytes]:
        """The body's lines."""
        yield from self._body.splitlines()

    def chunks(self) -> Iterator[bytes]:
        """The body in one piece."""
        if self._body:
            yield self._body

    def close(self) -> None:
        """Nothing to do."""


class _Stream:
    """An answer that is still being written; a task in the loop moves its parts to the reader."""

    def __init__(self, answer: StreamResponse, loop: asyncio.AbstractEventLoop) -> None:
        self.status = answer.status
        self.headers = _headers(answer)
        self._loop = loop
        self._parts: queue.Queue[bytes | None] = queue.Queue()
        self._room = asyncio.Semaphore(_WINDOW)
        self._task = asyncio.run_coroutine_threadsafe(self._pump(answer), loop)
        self._closed = False

    async def _pump(self, answer: StreamResponse) -> None:
        try:
            async for chunk in answer.chunks:
                await self._room.acquire()
                self._parts.put(chunk)
        finally:
            close = getattr(answer.chunks, "aclose", None)
            if close is not None:
                await close()
            self._parts.put(None)

    def read(self) -> bytes:
        """The whole body."""
        return b"".join(self.chunks())

    def chunks(self) -> Iterator[bytes]:
        """The parts as they come."""
        while not self._closed:
            part = self._parts.get()
            if part is None:
                return
            try:
                self._loop.call_soon_threadsafe(self._room.release)
            except RuntimeError:
                # The loop is closed: what is queued is all there will be.
                self._closed = self._parts.empty()
            yield part

    def lines(self) -> Iterator[bytes]:
        """The body's lines, each as soon as it is complete."""
        rest = b""
        for chunk in self.chunks():
            *lines, rest = (rest + chunk).split(b"\n")
            yield from lines
        if rest:
            yield rest

    def close(self) -> None:
        """Ends the stream; a blocked reader sees its end."""
        self._closed = True
        self._task.cancel()
        self._parts.put(None)
