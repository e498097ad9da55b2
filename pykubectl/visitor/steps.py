"""Steps over visitors: lists of them, decoration, filters.

Source: cli-runtime ``pkg/resource/visitor.go``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Generic

from pykubectl.machinery.util.aggregate import Aggregate
from pykubectl.visitor.interface import T, Visitor

if TYPE_CHECKING:
    from pykubectl.machinery.labels import Selector as LabelSelector
    from pykubectl.visitor.decoding import Document
    from pykubectl.visitor.info import Info


class VisitorError(Exception):
    """An object that a step refuses; the text is kubectl's."""


class VisitorList(Generic[T]):
    """One visitor after the other; the first error ends it."""

    def __init__(self, visitors: Sequence[Visitor[T]]) -> None:
        self._visitors = visitors

    def visit(self, fn: Callable[[T], None]) -> None:
        """Raises the first error."""
        for visitor in self._visitors:
            visitor.visit(fn)


class EagerVisitorList(Generic[T]):
    """One visitor after the other, whatever goes wrong in one of them or with a thing that is visited."""

    def __init__(self, visitors: Sequence[Visitor[T]]) -> None:
        self._visitors = visitors

    def visit(self, fn: Callable[[T], None]) -> None:
        """Raises an Aggregate of what went wrong at the end, of a single error too."""
        errors: list[Exception] = []
        for visitor in self._visitors:
            _visit_all(visitor, fn, errors)
        if errors:
            raise Aggregate(errors)


class ContinueOnError(Generic[T]):
    """Every thing is visited, whatever goes wrong with one of them."""

    def __init__(self, visitor: Visitor[T]) -> None:
        self._visitor = visitor

    def visit(self, fn: Callable[[T], None]) -> None:
        """Raises the error, or an Aggregate of all, at the end."""
        errors: list[Exception] = []
        _visit_all(self._visitor, fn, errors)
        if len(errors) == 1:
            raise errors[0]
        if errors:
            raise Aggregate(errors)


def _visit_all(visitor: Visitor[T], fn: Callable[[T], None], errors: list[Exception]) -> None:
    _collect(errors, lambda: visitor.visit(lambda thing: _collect(errors, lambda: fn(thing))))


def _collect(errors: list[Exception], run: Callable[[], None]) -> None:
    try:
        run()
    except BrokenPipeError:
        # Nobody reads any more: there is no sense in going on.
        raise
    except Exception as error:
        errors.append(error)


class Mapped:
    """From what a manifest says to an Info with the server's resource."""

    def __init__(self, visitor: Visitor[Document], mapper: Callable[[Document], Info]) -> None:
        self._visitor = visitor
        self._mapper = mapper

    def visit(self, fn: Callable[[Info], None]) -> None:
        """Raises what the mapper raises of kinds that the server has not."""
        self._visitor.visit(lambda document: fn(self._mapper(document)))


class Decorated:
    """Each object goes through functions first, which may change or refuse it."""

    def __init__(self, visitor: Visitor[Info], *decorators: Callable[[Info], None]) -> None:
        self._visitor = visitor
        self._decorators = decorators

    def visit(self, fn: Callable[[Info], None]) -> None:
        """Raises what a decorator raises."""

        def decorated(info: Info) -> None:
            for decorator in self._decorators:
                decorator(info)
            fn(info)

        self._visitor.visit(decorated)


class Filtered:
    """Only the objects that a function accepts."""

    def __init__(self, visitor: Visitor[Info], accepts: Callable[[Info], bool]) -> None:
        self._visitor = visitor
        self._accepts = accepts

    def visit(self, fn: Callable[[Info], None]) -> None:
        """As `Visitor`."""

        def filtered(info: Info) -> None:
            if self._accepts(info):
                fn(info)

        self._visitor.visit(filtered)


def set_namespace(namespace: str) -> Callable[[Info], None]:
    """Gives objects without a namespace this one."""

    def decorator(info: Info) -> None:
        if info.namespaced and not info.namespace:
            info.move(namespace)

    return decorator


def require_namespace(namespace: str) -> Callable[[Info], None]:
    """As `set_namespace`, and refuses objects of another namespace with a `VisitorError`."""
    put = set_namespace(namespace)

    def decorator(info: Info) -> None:
        put(info)
        if info.namespaced and info.namespace != namespace:
            raise VisitorError(
                f'the namespace from the provided object "{info.namespace}" does not match the namespace '
                f"\"{namespace}\". You must pass '--namespace={info.namespace}' to perform this operation."
            )

    return decorator


def retrieve_latest(info: Info) -> None:
    """Reads the object anew, but for one without a name. Raises StatusError."""
    if info.name:
        info.get()


def retrieve_lazy(info: Info) -> None:
    """Reads an object that is not known yet. Raises StatusError."""
    if info.obj is None:
        info.get()


def by_labels(selector: LabelSelector) -> Callable[[Info], bool]:
    """Accepts objects with such labels."""

    def accepts(info: Info) -> bool:
        labels: dict[str, Any] = ((info.obj or {}).get("metadata") or {}).get("labels") or {}
        return selector.matches(labels)

    return accepts
