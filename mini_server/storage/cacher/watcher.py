"""A watch served from the cache.

Source: apiserver ``pkg/storage/cacher/cache_watcher.go``.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable

from mini_server.storage.cacher.window import CacheEvent
from mini_server.storage.interface import GetAttributes, Predicate, StorageEvent
from mini_server.storage.item import Item
from mini_server.storage.watcher import TRANSITIONS
from pykubectl.machinery.errors import StatusError

# What a watcher may leave unread before it is ended; its client watches again.
BACKLOG = 10_000
# Events of one batch: bounds the bytes that are joined for one write.
_BATCH = 500


class CacheWatcher:
    """A `Watcher` whose events are pushed by the cache in the event loop."""

    def __init__(
        self,
        prefix: str,
        predicate: Predicate,
        get_attrs: GetAttributes,
        forget: Callable[[CacheWatcher], None],
        *,
        after: int = 0,
        bookmarks: bool = False,
        backlog: int = BACKLOG,
    ) -> None:
        self.prefix = prefix
        self.predicate = predicate
        self.bookmarks = bookmarks
        # A watch may ask for a revision that has not been reached.
        self._after = after
        self.timers: list[asyncio.TimerHandle] = []
        self._get_attrs = get_attrs
        self._forget = forget
        self._backlog = backlog
        self._everything = predicate.empty
        self._initial: deque[StorageEvent] = deque()
        self._events: deque[StorageEvent] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._ended = False
        self._error: StatusError | None = None

    # -- the cache's side

    def begin(self, events: Iterable[StorageEvent]) -> None:
        """What is told first, however much it is."""
        self._initial.extend(events)

    def catch_up(self, changes: Iterable[CacheEvent]) -> None:
        """Changes from before the watch was opened."""
        told = (self._told(change) for change in changes)
        self._initial.extend(event for event in told if event is not None)

    def change(self, change: CacheEvent) -> None:
        """A change of an object below the watch's prefix."""
        event = self._told(change) if change.revision > self._after else None
        if event is not None:
            self.push(event)

    def push(self, event: StorageEvent) -> None:
        """Queues an event, or ends a watch that does not keep up."""
        if self._ended:
            return
        if len(self._events) >= self._backlog:
            self.cancel()
            return
        self._events.append(event)
        self._wake()

    def fail(self, error: StatusError) -> None:
        """Ends the watch; the reader gets the error after what is queued."""
        self._error = error
        self._end()

    def finish(self) -> None:
        """Ends the watch after what is queued."""
        self._end()

    def _told(self, change: CacheEvent) -> StorageEvent | None:
        kind = TRANSITIONS.get((self._selects(change.prev), self._selects(change.item)))
        return change.told(kind) if kind is not None else None

    def _selects(self, item: Item | None) -> bool:
        if item is None:
            return False
        return self._everything or self.predicate.matches(item.attributes(self._get_attrs))

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _end(self) -> None:
        if not self._ended:
            self._ended = True
            for timer in self.timers:
                timer.cancel()
            self._forget(self)
        self._wake()

    # -- the reader's side

    async def batch(self) -> list[StorageEvent]:
        """The events there are, at least one; empty at the end."""
        while True:
            queue = self._initial or self._events
            if queue:
                return [queue.popleft() for _ in range(min(len(queue), _BATCH))]
            if self._error is not None:
                error, self._error = self._error, None
                raise error
            if self._ended:
                return []
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter

    def __aiter__(self) -> CacheWatcher:
        return self

    async def __anext__(self) -> StorageEvent:
        if not (self._initial or self._events):
            batch = await self.batch()
            if not batch:
                raise StopAsyncIteration
            # Put back in front: nothing else runs in between.
            self._initial.extendleft(reversed(batch))
        return (self._initial or self._events).popleft()

    def cancel(self) -> None:
        """Ends the watch; what is unread is dropped."""
        self._initial.clear()
        self._events.clear()
        self._error = None
        self._end()
