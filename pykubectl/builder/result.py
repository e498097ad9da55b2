"""Result: what a builder found, to be visited.

Source: cli-runtime ``pkg/resource/result.go``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from pykubectl.machinery.util.aggregate import Aggregate
from pykubectl.visitor.interface import Source, Visitor

if TYPE_CHECKING:
    from pykubectl.machinery.mapper import RESTMapping
    from pykubectl.visitor.info import Info


class Result:
    """``visit`` each object once, or take them all by ``infos``.

    ``single``: the arguments mean exactly one object. ``sources`` are the resources and objects that are asked of the
    server; None where they come from files.
    """

    def __init__(self, visitor: Visitor[Info], *, single: bool, sources: Sequence[Source] | None = None) -> None:
        self._visitor = visitor
        self._ignored: list[Callable[[Exception], bool]] = []
        self.single = single
        self.sources = sources

    def ignore_errors(self, *matches: Callable[[Exception], bool]) -> Result:
        """Errors that one of the functions accepts are not raised by visits."""
        self._ignored += matches
        return self

    def visit(self, fn: Callable[[Info], None]) -> int:
        """Calls ``fn`` with each object; how many there were. Requests are made meanwhile.

        Raises what went wrong: at once, or at the end (as an Aggregate) with the builder's ``continue_on_error``.
        """
        count = 0

        def counted(info: Info) -> None:
            nonlocal count
            count += 1
            fn(info)

        try:
            self._visitor.visit(counted)
        except Aggregate as error:
            remaining = [single for single in error.errors if not self._is_ignored(single)]
            if remaining:
                raise Aggregate(remaining) from None
        except Exception as error:
            if not self._is_ignored(error):
                raise
        return count

    def _is_ignored(self, error: Exception) -> bool:
        return any(match(error) for match in self._ignored)

    def infos(self, errors: list[Exception] | None = None) -> list[Info]:
        """All objects. With ``errors``, what went wrong goes there; else it is raised."""
        found: list[Info] = []
        try:
            self.visit(found.append)
        except Exception as error:
            if errors is None:
                raise
            errors.append(error)
        return found

    @property
    def mappings(self) -> list[RESTMapping]:
        """The resources that are asked of the server, in order."""
        return list(dict.fromkeys(source.mapping for source in self.sources or ()))
