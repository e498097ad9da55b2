"""A transport that a function answers: no sockets, no patching."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any

from pykubectl.client.transport.interface import Request


class FakeResponse:
    """An answer from bytes, or from pieces that come when they are put into ``feed`` (None ends it)."""

    def __init__(self, status: int = 200, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
        self.status = status
        self.headers = headers or {"content-type": "application/json"}
        self.feed: queue.SimpleQueue[bytes | Exception | None] = queue.SimpleQueue()
        self.closed = threading.Event()
        self._body = body
        self.streaming = False

    def read(self) -> bytes:
        """The whole body."""
        return b"".join(self.chunks())

    def chunks(self) -> Iterator[bytes]:
        """The body, then what is fed."""
        if self._body:
            body, self._body = self._body, b""
            yield body
        while self.streaming and (piece := self.feed.get()) is not None:
            if isinstance(piece, Exception):
                raise piece
            yield piece

    def lines(self) -> Iterator[bytes]:
        """Pieces must be whole lines."""
        for piece in self.chunks():
            yield from piece.splitlines()

    def close(self) -> None:
        """End the stream."""
        self.closed.set()
        self.feed.put(None)

    def event(self, kind: str, obj: dict[str, Any]) -> None:
        """Feed a watch event."""
        self.feed.put(json.dumps({"type": kind, "object": obj}).encode() + b"\n")


def json_response(value: Any, status: int = 200) -> FakeResponse:
    """An answer with a JSON body."""
    return FakeResponse(status, json.dumps(value).encode())


def stream_response() -> FakeResponse:
    """An answer that stays open until it is closed or None is fed."""
    response = FakeResponse()
    response.streaming = True
    return response


class FakeTransport:
    """Records requests and answers each with what ``handler`` returns."""

    def __init__(self, handler: Callable[[Request], FakeResponse]) -> None:
        self.requests: list[Request] = []
        self._handler = handler

    def send(self, request: Request) -> FakeResponse:
        """The handler's answer; its exceptions are raised."""
        self.requests.append(request)
        return self._handler(request)

    def close(self) -> None:
        """Nothing is kept open."""
