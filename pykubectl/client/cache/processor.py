"""Handing an informer's notifications to its handlers.

Source of the rules: client-go ``tools/cache/shared_informer.go`` sharedProcessor, processorListener.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, Generic, NamedTuple, TypeVar

from pykubectl.client.cache.keys import DeletedFinalStateUnknown

T = TypeVar("T")

log = logging.getLogger(__name__)


class Handler(NamedTuple, Generic[T]):
    """What to call; None where nobody cares."""

    on_add: Callable[[T], object] | None = None
    on_update: Callable[[T, T], object] | None = None
    on_delete: Callable[[T | DeletedFinalStateUnknown], object] | None = None


class Listener(Generic[T]):
    """One handler, its thread and the notifications waiting for it (any number: the informer never waits).

    Calls come in the informer's order, one at a time. An exception of the handler is logged and the next call follows.
    """

    def __init__(self, handler: Handler[T], name: str, wants_sync: bool) -> None:
        self.handler = handler
        self.wants_sync = wants_sync
        self._queue: SimpleQueue[tuple[Callable[..., object], tuple[Any, ...]] | None] = SimpleQueue()
        self._initial_done = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"{name}-handler", daemon=True)
        self._started = False
        self._stopped = False

    def start(self) -> None:
        """Start calling. Idempotent."""
        if not self._started:
            self._started = True
            self._thread.start()

    def add(self, obj: T) -> None:
        """Notify of a new object."""
        if self.handler.on_add is not None:
            self._queue.put((self.handler.on_add, (obj,)))

    def update(self, old: T, new: T) -> None:
        """Notify of a change."""
        if self.handler.on_update is not None:
            self._queue.put((self.handler.on_update, (old, new)))

    def delete(self, obj: T | DeletedFinalStateUnknown) -> None:
        """Notify of a deletion."""
        if self.handler.on_delete is not None:
            self._queue.put((self.handler.on_delete, (obj,)))

    def mark_initial_list(self) -> None:
        """What was queued so far is the initial list."""
        self._queue.put((self._initial_done.set, ()))

    @property
    def has_synced(self) -> bool:
        """Whether the handler has seen the whole initial list."""
        return self._initial_done.is_set()

    def stop(self) -> None:
        """End the thread after the call that is running, and wait for it (unless the handler itself calls this)."""
        self._stopped = True
        self._queue.put(None)
        if self._started and threading.current_thread() is not self._thread:
            self._thread.join()

    def __len__(self) -> int:
        return self._queue.qsize()

    def _run(self) -> None:
        while (call := self._queue.get()) is not None and not self._stopped:
            function, arguments = call
            try:
                function(*arguments)
            except Exception:
                log.exception("event handler failed")
