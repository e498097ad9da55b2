"""Hands committed changes to watches: in order, without gaps, and never more than a watcher can hold.

Everything here runs in the event loop. `Hub.publish` is called by the store in the same callback that resolves the
writers, so a sink has seen a change before its writer goes on.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence

from mini_server.kv.interface import Event, Sink, StoreClosed, StoreError, WatchOverflow

BACKLOG = 10_000


class HubWatch:
    """One watch. While its history is being read, what happens meanwhile waits in ``_held``."""

    def __init__(
        self, hub: Hub, prefix: str, first: int, sink: Sink | None, release: Callable[[], None] | None, *, held: bool
    ) -> None:
        self.prefix = prefix
        self._hub = hub
        self._first = first
        self._sink = sink
        self._release = release
        self._held: list[Event] | None = [] if held else None
        self._batches: deque[Sequence[Event]] = deque()
        self._unread = 0
        self._waiter: asyncio.Future[None] | None = None
        self._ended: StoreError | None = None
        self._cancelled = False

    @property
    def revision(self) -> int:
        """Where the hub is; before the history has been delivered, where the watch starts."""
        return self._hub.revision if self._held is None else self._first - 1

    def deliver(self, events: Sequence[Event]) -> None:
        """Takes changes of the watch's prefix, in order."""
        if self._first > self._hub.revision:
            events = [event for event in events if event.kv.mod_revision >= self._first]
        if self._held is not None:
            self._held.extend(events)
        elif events:
            self._take(events)

    def replay(self, history: Sequence[Event]) -> None:
        """Delivers the history, then what was held back."""
        held, self._held = self._held or [], None
        if not self._cancelled and (history or held):
            self._take([*history, *held], bounded=False)

    def _take(self, events: Sequence[Event], *, bounded: bool = True) -> None:
        if self._sink is not None:
            self._sink(events)
            return
        if bounded and self._unread + len(events) > self._hub.backlog:
            self.end(WatchOverflow(f"watch of {self.prefix}: more than {self._hub.backlog} events unread"))
            return
        self._batches.append(events)
        self._unread += len(events)
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def end(self, error: StoreError) -> None:
        """Ends the watch with an error, which the reader sees at once."""
        self.cancel()
        self._ended = error

    def cancel(self) -> None:
        """Ends the watch; what is unread is dropped."""
        self._cancelled = True
        self._batches.clear()
        self._unread = 0
        self._hub.forget(self)
        if self._release is not None:
            self._release()
            self._release = None
        self._wake()

    def __aiter__(self) -> HubWatch:
        return self

    async def __anext__(self) -> Sequence[Event]:
        while not self._batches:
            if self._ended is not None:
                raise self._ended
            if self._cancelled:
                raise StopAsyncIteration
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        batch = self._batches.popleft()
        self._unread -= len(batch)
        return batch


class Hub:
    """The watches of a store, found by prefix."""

    def __init__(self, revision: int, backlog: int = BACKLOG) -> None:
        self.revision = revision
        self.backlog = backlog
        self._closed = False
        # length of prefix -> prefix -> watches: an event asks once per length, however many watches there are.
        self._watches: dict[int, dict[str, dict[HubWatch, None]]] = {}

    def open(self, prefix: str, first: int, sink: Sink | None, release: Callable[[], None] | None = None) -> HubWatch:
        """Registers a watch; from this moment on it misses nothing. Events before now need a `HubWatch.replay`.

        ``release`` is called once when the watch ends.
        """
        if self._closed:
            raise StoreClosed("the store is closed")
        held = 0 < first <= self.revision
        watch = HubWatch(self, prefix, first or self.revision + 1, sink, release, held=held)
        self._watches.setdefault(len(prefix), {}).setdefault(prefix, {})[watch] = None
        return watch

    def forget(self, watch: HubWatch) -> None:
        """Takes a watch out."""
        same_length = self._watches.get(len(watch.prefix), {})
        same_prefix = same_length.get(watch.prefix, {})
        same_prefix.pop(watch, None)
        if not same_prefix:
            same_length.pop(watch.prefix, None)
        if not same_length:
            self._watches.pop(len(watch.prefix), None)

    def publish(self, events: Sequence[Event]) -> None:
        """Delivers committed changes, oldest first."""
        if not events:
            return
        batches: dict[HubWatch, list[Event]] = {}
        for event in events:
            key = event.kv.key
            for length, prefixes in self._watches.items():
                for watch in prefixes.get(key[:length], ()):
                    batches.setdefault(watch, []).append(event)
        for watch, batch in batches.items():
            watch.deliver(batch)
        self.revision = events[-1].kv.mod_revision

    def close(self) -> None:
        """Ends every watch with StoreClosed."""
        self._closed = True
        watches = [watch for prefixes in self._watches.values() for group in prefixes.values() for watch in group]
        for watch in watches:
            watch.end(StoreClosed("the store is closed"))
