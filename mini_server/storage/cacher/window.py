"""Recent changes of a resource: what a watch that comes back can be told.

Source: apiserver ``pkg/storage/cacher/watch_cache_history.go`` (events are kept for at least 75 seconds, where they
are not too many).
"""

from __future__ import annotations

from collections import deque

from mini_server.storage import encoding
from mini_server.storage.interface import EventType, StorageEvent
from mini_server.storage.item import Item

FRESH_SECONDS = 75.0
MIN_EVENTS = 100
MAX_EVENTS = 10_000
MAX_BYTES = 32 << 20


class CacheEvent:
    """One change. What watchers are told of it is made once and shared by all of them."""

    __slots__ = ("_told", "item", "key", "prev", "revision", "time")

    def __init__(self, key: str, revision: int, item: Item | None, prev: Item | None, time: float) -> None:
        self.key = key
        self.revision = revision
        self.item = item
        self.prev = prev
        self.time = time
        self._told: dict[EventType, StorageEvent] = {}

    @property
    def size(self) -> int:
        """Bytes that are alive because of it: the object, and the line it is sent as."""
        return 2 * len(self.item.raw) if self.item is not None else 0

    def told(self, kind: EventType) -> StorageEvent | None:
        """The change for a watcher whose selection makes it an ADDED, MODIFIED or DELETED."""
        event = self._told.get(kind)
        if event is None:
            item = self.item if kind != "DELETED" else self._gone()
            if item is None:
                return None
            event = self._told[kind] = StorageEvent(kind, item)
        return event

    def _gone(self) -> Item | None:
        """The last state with the resource version of its end."""
        if self.prev is None:
            return None
        return Item(self.key, encoding.restamp(self.prev.raw, self.revision), self.revision)


class Window:
    """Changes after `floor`, oldest first."""

    def __init__(self, floor: int) -> None:
        self.floor = floor
        self._events: deque[CacheEvent] = deque()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._events)

    def append(self, event: CacheEvent) -> None:
        """Takes a change and forgets what is too old or too much."""
        self._events.append(event)
        self._bytes += event.size
        while len(self._events) > MIN_EVENTS and self._over(event.time):
            oldest = self._events.popleft()
            self._bytes -= oldest.size
            self.floor = oldest.revision

    def _over(self, now: float) -> bool:
        too_much = len(self._events) > MAX_EVENTS or self._bytes > MAX_BYTES
        return too_much or self._events[0].time < now - FRESH_SECONDS

    def after(self, revision: int) -> list[CacheEvent]:
        """Changes after a revision, which must not be below the floor."""
        recent: list[CacheEvent] = []
        for event in reversed(self._events):
            if event.revision <= revision:
                break
            recent.append(event)
        recent.reverse()
        return recent
