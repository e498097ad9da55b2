"""Lists a resource, watches it, and keeps a store equal to it.

Source of the rules: client-go ``tools/cache/reflector.go``, ``apimachinery/pkg/util/wait/backoff.go``.
"""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, Protocol, TypeVar

from pykubectl.client.cache.keys import meta_namespace_key
from pykubectl.client.errors import ConnectionError
from pykubectl.client.objects import annotation, meta
from pykubectl.client.watch import ADDED, BOOKMARK, DELETED, MODIFIED, Watch, WatchEvent

if TYPE_CHECKING:
    from pykubectl.machinery.util.clock import Clock

T = TypeVar("T")
T_contra = TypeVar("T_contra", contravariant=True)

INITIAL_EVENTS_END = "k8s.io/initial-events-end"
# Seconds; each watch asks for a random time between one and two of these.
MIN_WATCH_TIMEOUT = 300

log = logging.getLogger(__name__)


class ListerWatcher(Protocol[T]):
    """What is reflected: every resource client, or any object with these two."""

    def list(
        self, *, label_selector: str = "", field_selector: str = "", resource_version: str = "", limit: int = 0
    ) -> Any:
        """A list: a dict with ``items``, or an object with ``items`` and ``metadata``."""

    def watch(
        self,
        *,
        label_selector: str = "",
        field_selector: str = "",
        resource_version: str = "",
        resource_version_match: str = "",
        allow_watch_bookmarks: bool = False,
        send_initial_events: bool | None = None,
        timeout_seconds: int | None = None,
    ) -> Watch[T]:
        """A watch."""


class ReflectorStore(Protocol[T_contra]):
    """Where a reflector writes: a DeltaFIFO, an Indexer."""

    def add(self, obj: T_contra) -> None:
        """The object is new."""

    def update(self, obj: T_contra) -> None:
        """The object changed."""

    def delete(self, obj: T_contra) -> None:
        """The object is gone."""

    def replace(self, objects: Iterable[T_contra]) -> None:
        """These are all the objects."""


class Backoff:
    """Delays that grow from 0.8 s to 30 s, each lengthened by a random part of itself.

    Two quiet minutes start them anew, and so does ``reset``.
    """

    def __init__(self, clock: Clock, rand: Callable[[], float] = random.random) -> None:
        self._clock = clock
        self._rand = rand
        self._delay = 0.8
        self._last = 0.0

    def reset(self) -> None:
        """The next delay is the shortest again."""
        self._delay = 0.8

    def next(self) -> float:
        """Seconds to wait now."""
        now = self._clock.monotonic()
        if now - self._last > 120.0:
            self._delay = 0.8
        self._last = now
        delay, self._delay = self._delay, min(self._delay * 2.0, 30.0)
        return delay * (1.0 + self._rand())


class ReflectorStatistics(NamedTuple):
    """Counts since the reflector was made."""

    lists: int
    watches: int
    short_watches: int
    events: int
    last_resource_version: str


class _Restart(Exception):
    """The watch cannot go on from where it is; list again."""


class Reflector(Generic[T]):
    """Keeps ``store`` equal to the resource until it is stopped.

    It lists from the server's cache (resourceVersion 0), or with ``streaming_list`` has the watch send the state first;
    then it watches with bookmarks, goes on from the last resourceVersion whenever a watch ends, and lists again when
    that is too old (410). Failures wait a growing, jittered time and never end it. One thread calls ``run``; ``stop``
    may be called from any other and wakes it also out of a waiting watch. The store gets objects in the server's order.
    """

    def __init__(
        self,
        lister_watcher: ListerWatcher[T],
        store: ReflectorStore[T],
        *,
        name: str = "",
        label_selector: str = "",
        field_selector: str = "",
        streaming_list: bool = False,
        clock: Clock | None = None,
        rand: Callable[[], float] = random.random,
    ) -> None:
        if clock is None:
            from pykubectl.machinery.util.clock import RealClock

            clock = RealClock()
        self.name = name
        self._source = lister_watcher
        self._store = store
        self._selectors: dict[str, Any] = {"label_selector": label_selector, "field_selector": field_selector}
        self._streaming_list = streaming_list
        self._clock = clock
        self._rand = rand
        self._backoff = Backoff(clock, rand)
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._watch: Watch[T] | None = None
        self._resource_version = ""
        self._unavailable = False
        self._counts = {"lists": 0, "watches": 0, "short_watches": 0, "events": 0}

    @property
    def last_sync_resource_version(self) -> str:
        """The resourceVersion up to which the store has everything; empty before the first list."""
        return self._resource_version

    def statistics(self) -> ReflectorStatistics:
        """A snapshot of the counts."""
        return ReflectorStatistics(last_resource_version=self._resource_version, **self._counts)

    def run(self) -> None:
        """List and watch until ``stop``; blocks."""
        while not self._stop.is_set():
            try:
                self.list_and_watch()
            except Exception as error:
                if self._stop.is_set():
                    return
                log.warning("%s: failed to list or watch: %s", self.name, error)
            self._clock.wait(self._stop, self._backoff.next())

    def stop(self) -> None:
        """End ``run``. Idempotent."""
        self._stop.set()
        with self._lock:
            if self._watch is not None:
                self._watch.stop()

    def list_and_watch(self) -> None:
        """List once, then watch until that can go on no more (or ``stop``)."""
        if not (self._streaming_list and self._initial_watch()):
            self._list()
        while not self._stop.is_set():
            try:
                self._watch_once()
            except _Restart:
                return

    def _list(self) -> None:
        answer = self._list_from(self._relist_version())
        self._counts["lists"] += 1
        items, version = _contents(answer)
        self._store.replace(items)
        self._resource_version = version
        self._unavailable = False

    def _list_from(self, version: str) -> Any:
        from pykubectl.machinery.errors import StatusError

        try:
            return self._source.list(resource_version=version, **self._selectors)
        except StatusError as error:
            if not _is_too_old(error) and not _is_too_large(error):
                raise
            # Only the newest state can be had: ask for that, past the server's cache.
            self._unavailable = True
            return self._source.list(resource_version="", **self._selectors)

    def _relist_version(self) -> str:
        return "" if self._unavailable else self._resource_version or "0"

    def _initial_watch(self) -> bool:
        """Fill the store from a watch that sends the state first. False where the server cannot do that."""
        from pykubectl.machinery.errors import StatusError

        found: dict[str, T] = {}
        try:
            watch = self._open(resource_version_match="NotOlderThan", send_initial_events=True, resource_version="")
        except StatusError as error:
            if error.code in (400, 422):
                self._streaming_list = False
                return False
            raise
        events = iter(watch)
        for event in events:
            if event.type == BOOKMARK:
                if annotation(event.object, INITIAL_EVENTS_END) == "true":
                    self._resource_version = meta(event.object, "resourceVersion")
                    self._store.replace(found.values())
                    self._counts["lists"] += 1
                    self._unavailable = False
                    # The same iterator: what was read together with the bookmark waits in it.
                    self._consume(events)
                    return True
            elif event.type == DELETED:
                found.pop(meta_namespace_key(event.object), None)
            else:
                found[meta_namespace_key(event.object)] = event.object
        raise ConnectionError("the watch ended before the initial events did")

    def _watch_once(self) -> None:
        from pykubectl.machinery.errors import StatusError

        started = self._clock.monotonic()
        before = self._counts["events"]
        try:
            self._consume(iter(self._open(resource_version=self._resource_version)))
        except ConnectionError:
            # The server may be about to come back: the place in the stream is still good.
            self._pause()
            return
        except StatusError as error:
            if _is_too_old(error):
                # The new list is asked to be no older than the place reached: a server that lags would go back in time.
                raise _Restart from error
            if error.code in (429, 500):
                self._pause()
                return
            log.warning("%s: watch failed: %s", self.name, error)
            raise _Restart from error
        if self._clock.monotonic() - started < 1.0 and self._counts["events"] == before and not self._stop.is_set():
            self._counts["short_watches"] += 1
            self._pause()

    def _open(self, **options: Any) -> Watch[T]:
        timeout = int(MIN_WATCH_TIMEOUT * (1.0 + self._rand()))
        self._counts["watches"] += 1
        watch = self._source.watch(allow_watch_bookmarks=True, timeout_seconds=timeout, **self._selectors, **options)
        with self._lock:
            self._watch = watch
            if self._stop.is_set():
                watch.stop()
        return watch

    def _consume(self, events: Iterator[WatchEvent[T]]) -> None:
        for event in events:
            if self._stop.is_set():
                return
            self._counts["events"] += 1
            self._handle(event)

    def _handle(self, event: WatchEvent[T]) -> None:
        if event.type == ADDED:
            self._store.add(event.object)
        elif event.type == MODIFIED:
            self._store.update(event.object)
        elif event.type == DELETED:
            self._store.delete(event.object)
        elif event.type != BOOKMARK:
            log.warning("%s: unknown watch event %r", self.name, event.type)
            return
        self._resource_version = meta(event.object, "resourceVersion") or self._resource_version
        # The server is well: should it go away once more, it need not be spared. (client-go waits for two quiet
        # minutes, and so for up to a minute after a server that was restarted a few times in a row.)
        self._backoff.reset()

    def _pause(self) -> None:
        self._clock.wait(self._stop, self._backoff.next())


def _contents(answer: Any) -> tuple[list[Any], str]:
    """Items and resourceVersion of a list, a dict or a typed one."""
    if isinstance(answer, dict):
        return answer.get("items") or [], (answer.get("metadata") or {}).get("resourceVersion") or ""
    return answer.items, answer.metadata.resource_version or ""


def _is_too_old(error: Any) -> bool:
    return error.code == 410 or error.reason in ("Expired", "Gone")


def _is_too_large(error: Any) -> bool:
    """The server's cache has not reached the version yet (apimachinery ``errors.IsTooLargeResourceVersion``)."""
    causes = (error.status.get("details") or {}).get("causes") or []
    return any(cause.get("reason") == "ResourceVersionTooLarge" for cause in causes)
