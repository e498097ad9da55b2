"""The seam between the API clients and whatever carries bytes.

Implementations: :mod:`.light` (own HTTP/1.1 on sockets), :mod:`.full` (requests: proxies, unusual authentication), and
in-process ones of servers. One behaviour suite, ``tests/contract/test_transport.py``, runs over them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator


class Request:
    """One HTTP request.

    ``path`` is absolute and percent-encoded, without a query; ``query`` holds unencoded pairs in order. ``timeout`` is
    the number of seconds the whole exchange may take, reading the body included; None or 0 means no limit.
    """

    __slots__ = ("body", "headers", "method", "path", "query", "timeout")

    def __init__(
        self,
        method: str,
        path: str,
        query: list[tuple[str, str]] | None = None,
        headers: dict[str, str] | None = None,
        body: bytes | None = None,
        timeout: float | None = None,
    ) -> None:
        self.method = method
        self.path = path
        self.query = query if query is not None else []
        self.headers = headers if headers is not None else {}
        self.body = body
        self.timeout = timeout

    def __repr__(self) -> str:
        return f"Request({self.method} {self.path})"


class Response(Protocol):
    """One HTTP answer, whose body is read once by one of ``read``, ``lines``, ``chunks``.

    A failing read raises :class:`pykubectl.client.errors.ConnectionError`.
    """

    @property
    def status(self) -> int:
        """The status code."""

    @property
    def headers(self) -> dict[str, str]:
        """Header values by lower-case name; repeated headers are joined with ``, ``."""

    def read(self) -> bytes:
        """The whole (rest of the) body; the connection is given back."""

    def lines(self) -> Iterator[bytes]:
        """The body's lines without their newline, each as soon as it is complete."""

    def chunks(self) -> Iterator[bytes]:
        """The body in pieces, as they arrive; never empty ones."""

    def close(self) -> None:
        """Drop the answer. Idempotent; may be called by another thread, whose blocked reader then sees the end."""


class Transport(Protocol):
    """Sends requests to one server. Thread-safe."""

    def send(self, request: Request) -> Response:
        """The answer, whatever its status, as soon as its headers are there.

        Raises :class:`pykubectl.client.errors.ConnectionError` when there is none.
        """

    def close(self) -> None:
        """Close idle connections; open answers stay usable."""
