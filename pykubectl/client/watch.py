"""Watches: the events of one, and one that goes on for ever.

Source of the rules: apimachinery ``pkg/watch/streamwatcher.go``, client-go ``tools/watch/{retrywatcher,until}.go``.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, Protocol, TypeVar

from pykubectl.client.errors import ConnectionError, ConnectionReset, TimeoutError
from pykubectl.client.objects import meta

if TYPE_CHECKING:
    from pykubectl.client.transport.interface import Response
    from pykubectl.machinery.util.clock import Clock

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

ADDED = "ADDED"
MODIFIED = "MODIFIED"
DELETED = "DELETED"
BOOKMARK = "BOOKMARK"
ERROR = "ERROR"


class WatchEvent(NamedTuple, Generic[T]):
    """``type`` is ADDED, MODIFIED, DELETED or BOOKMARK; a bookmark's object has a resourceVersion only."""

    type: str
    object: T


class Watch(Generic[T]):
    """The events of one watch request, in order; iterate once.

    The iteration ends when the server ends the watch, the connection breaks or ``stop`` is called, and raises
    :class:`pykubectl.machinery.errors.StatusError` for an ERROR event (410: the resourceVersion is too old).
    """

    def __init__(self, response: Response, decode: Callable[[bytes], WatchEvent[T]]) -> None:
        self._response = response
        self._decode = decode
        self._stopped = False

    def __iter__(self) -> Iterator[WatchEvent[T]]:
        try:
            for line in self._response.lines():
                if self._stopped:
                    return
                if line.strip():
                    yield self._decode(line)
        except (ConnectionReset, TimeoutError):
            return
        finally:
            self._response.close()

    def stop(self) -> None:
        """End the iteration, from any thread, also while it waits. Idempotent."""
        self._stopped = True
        self._response.close()

    def __enter__(self) -> Watch[T]:
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()


class Watcher(Protocol[T_co]):
    """What starts a watch: every resource client does."""

    def watch(
        self,
        *,
        label_selector: str = "",
        field_selector: str = "",
        resource_version: str = "",
        allow_watch_bookmarks: bool = False,
        timeout_seconds: int | None = None,
    ) -> Watch[Any]:
        """Start a watch."""


class RetryWatcher(Generic[T]):
    """A watch from a resourceVersion that is started again wherever it broke off.

    Bookmarks move the place on and are not handed out. The iteration ends by ``stop``, and raises StatusError where the
    server refuses to go on (410: list again) — for what may pass (500, 429, no connection) it waits one second, and
    longer when the server says so.
    """

    def __init__(
        self,
        watcher: Watcher[T],
        resource_version: str,
        *,
        label_selector: str = "",
        field_selector: str = "",
        clock: Clock | None = None,
    ) -> None:
        if resource_version in ("", "0"):
            raise ValueError(f'initial RV "{resource_version}" is not supported due to issues with underlying WATCH')
        if clock is None:
            from pykubectl.machinery.util.clock import RealClock

            clock = RealClock()
        self.resource_version = resource_version
        self._watcher = watcher
        self._selectors: dict[str, Any] = {"label_selector": label_selector, "field_selector": field_selector}
        self._clock = clock
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._current: Watch[T] | None = None

    def stop(self) -> None:
        """End the iteration, from any thread. Idempotent."""
        self._stop.set()
        with self._lock:
            if self._current is not None:
                self._current.stop()

    def __iter__(self) -> Iterator[WatchEvent[T]]:
        while not self._stop.is_set():
            delay = 1.0
            try:
                watch = self._start()
                for event in watch:
                    self.resource_version = meta(event.object, "resourceVersion") or self.resource_version
                    if event.type != BOOKMARK:
                        yield event
            except ConnectionError:
                pass  # no answer: the next try comes after the delay
            except Exception as error:
                delay = _retry_delay(error)
            self._clock.wait(self._stop, delay)

    def _start(self) -> Watch[T]:
        watch = self._watcher.watch(
            resource_version=self.resource_version, allow_watch_bookmarks=True, **self._selectors
        )
        with self._lock:
            self._current = watch
            if self._stop.is_set():
                watch.stop()
        return watch


def _retry_delay(error: Exception) -> float:
    """Seconds to wait after an error of the server that may pass; raises every other error again."""
    from pykubectl.machinery.errors import StatusError

    if not isinstance(error, StatusError) or error.code not in (429, 500, 504):
        raise error
    details = error.status.get("details") or {}
    return float(details.get("retryAfterSeconds") or 1)


def until(
    events: RetryWatcher[T],
    condition: Callable[[WatchEvent[T]], bool],
    timeout: float | None = None,
) -> WatchEvent[T] | None:
    """The first event that meets the condition; None where ``timeout`` (seconds) passes before one does."""
    timer = threading.Timer(timeout, events.stop) if timeout is not None else None
    if timer is not None:
        timer.daemon = True
        timer.start()
    try:
        for event in events:
            if condition(event):
                return event
        return None
    finally:
        events.stop()
        if timer is not None:
            timer.cancel()
            timer.join()
