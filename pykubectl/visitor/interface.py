"""What passes objects on.

Source: cli-runtime ``pkg/resource/interfaces.go``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from pykubectl.client.watch import WatchEvent
    from pykubectl.machinery.mapper import RESTMapping
    from pykubectl.visitor.info import Info

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Visitor(Protocol[T_co]):
    """A source of things, or a step over a source. To be visited once: some sources are read meanwhile."""

    def visit(self, fn: Callable[[T_co], None]) -> None:
        """Calls ``fn`` with one after the other. What ``fn`` raises ends the visit, unless a step collects it."""


class Source(Protocol):
    """A visitor of the objects of one resource of the server, or of a single one of them."""

    @property
    def mapping(self) -> RESTMapping:
        """The resource."""

    def visit(self, fn: Callable[[Info], None]) -> None:
        """As `Visitor`."""

    def watch(self) -> Iterable[WatchEvent[dict[str, Any]]]:
        """The changes since it was visited, until the server ends the watch. Raises StatusError, ConnectionError."""
