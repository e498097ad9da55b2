"""Requests and answers inside the server, apart from how they travel."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from mini_server.authn.interface import Credentials, UserInfo
from mini_server.endpoints.request_info import RequestInfo
from pykubectl.machinery.codecs import json
from pykubectl.machinery.errors import StatusError, new_request_entity_too_large

# Larger bodies are refused. Source: apiserver ``pkg/server/config.go`` MaxRequestBodyBytes.
MAX_BODY = 3 * 1024 * 1024
JSON = "application/json"


class Query:
    """The parameters of a URL, parsed when first asked for."""

    __slots__ = ("_values", "raw")

    def __init__(self, raw: str = "") -> None:
        self.raw = raw
        self._values: dict[str, list[str]] | None = None

    def get(self, name: str) -> str | None:
        """The first value, None where the parameter is absent."""
        if not self.raw:
            return None
        values = self._all().get(name)
        return values[0] if values else None

    def get_all(self, name: str) -> list[str]:
        """Every value, in order."""
        return self._all().get(name, []) if self.raw else []

    def _all(self) -> dict[str, list[str]]:
        if self._values is None:
            self._values = {}
            for name, value in parse_qsl(self.raw, keep_blank_values=True):
                self._values.setdefault(name, []).append(value)
        return self._values


@dataclass(slots=True)
class Request:
    """A request with what the filters have found out about it.

    ``headers`` have lower-case names. ``receive`` gives the body chunk by chunk, and b"" at its end; ``gone`` resolves
    when the caller has hung up.
    """

    method: str
    path: str
    query: Query
    headers: Mapping[str, str]
    receive: Callable[[], Awaitable[bytes]]
    gone: Callable[[], Awaitable[None]]
    credentials: Credentials = field(default_factory=Credentials)
    info: RequestInfo = field(default_factory=lambda: RequestInfo("", ""))
    user: UserInfo | None = None
    warnings: list[str] = field(default_factory=list)
    _body: bytes | None = None

    async def body(self) -> bytes:
        """The whole body. Raises a StatusError (413) where it is longer than `MAX_BODY`."""
        if self._body is None:
            chunks: list[bytes] = []
            size = 0
            while chunk := await self.receive():
                size += len(chunk)
                if size > MAX_BODY:
                    raise new_request_entity_too_large(f"limit is {MAX_BODY}")
                chunks.append(chunk)
            self._body = b"".join(chunks)
        return self._body

    def warn(self, text: str) -> None:
        """Adds a Warning header to the answer; each text once."""
        if text not in self.warnings:
            self.warnings.append(text)


@dataclass(slots=True)
class Response:
    """An answer whose body is there."""

    status: int
    body: bytes = b""
    content_type: str = JSON
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class StreamResponse:
    """An answer whose body is still to come. ``chunks`` is closed when the caller hangs up or the server stops."""

    status: int
    chunks: AsyncIterator[bytes]
    content_type: str = JSON
    headers: dict[str, str] = field(default_factory=dict)


AnyResponse = Response | StreamResponse
Handler = Callable[[Request], Awaitable[AnyResponse]]


def json_response(obj: Any, status: int = 200) -> Response:
    """An object as JSON."""
    return Response(status, json.dumps(obj) + b"\n")


def error_response(error: StatusError) -> Response:
    """A refusal as a Status object; asked to wait, the caller is told how long in a header too."""
    response = json_response(error.status, error.code or 500)
    if error.retry_after_seconds:
        response.headers["Retry-After"] = str(error.retry_after_seconds)
    return response


def text_response(text: str, status: int = 200) -> Response:
    """Plain text."""
    return Response(status, text.encode(), "text/plain; charset=utf-8")
