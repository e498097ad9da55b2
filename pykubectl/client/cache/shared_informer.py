"""A cache of one resource, shared by all who want to know about it.

Source of the rules: client-go ``tools/cache/shared_informer.go``, ``controller.go``.
"""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from pykubectl.client.cache.delta_fifo import DELETED, SYNC, Delta, DeltaFIFO, FIFOClosed
from pykubectl.client.cache.keys import DeletedFinalStateUnknown, meta_namespace_key
from pykubectl.client.cache.mutation_detector import from_environment
from pykubectl.client.cache.processor import Handler, Listener
from pykubectl.client.cache.reflector import ListerWatcher, Reflector, ReflectorStatistics
from pykubectl.client.cache.store import NAMESPACE_INDEX, Indexer, IndexFunc, namespace_index
from pykubectl.client.objects import meta

if TYPE_CHECKING:
    from pykubectl.machinery.util.clock import Clock

T = TypeVar("T")

log = logging.getLogger(__name__)


class InformerStatistics(NamedTuple):
    """What an informer holds and has done."""

    objects: int
    queued: int
    handlers: int
    reflector: ReflectorStatistics


class Registration(Generic[T]):
    """A handler's place at an informer."""

    def __init__(self, informer: SharedInformer[T], listener: Listener[T]) -> None:
        self._informer = informer
        self._listener = listener

    @property
    def has_synced(self) -> bool:
        """Whether the handler was called for everything of the initial list, and returned."""
        return self._listener.has_synced

    def remove(self) -> None:
        """No more calls; waits for the one that is running. Idempotent."""
        self._informer.remove_listener(self._listener)


class SharedInformer(Generic[T]):
    """Keeps ``indexer`` equal to the resource and tells handlers of every change.

    * The indexer is updated before handlers hear of a change; it may be ahead of what a handler is told.
    * A handler sees each object's changes in order. Some may be left out: only the last state is promised.
    * ``transform`` changes each object before it is stored and given out (it may work in place); deleted ones too.
    * Handlers run in a thread of their own each: a slow one delays nobody else. A handler added to a running informer
      is first told of everything held.
    * Objects given out are shared: **never change them**. ``KUBE_CACHE_MUTATION_DETECTOR=true`` checks it at shutdown.
    * A deletion missed while the watch was down is told with a
      :class:`~pykubectl.client.cache.keys.DeletedFinalStateUnknown`.
    * ``run`` blocks until the event is set; when it returns, all threads of the informer have ended. Handlers are not
      called for what is still waiting for them then.
    """

    def __init__(
        self,
        lister_watcher: ListerWatcher[T],
        *,
        name: str = "informer",
        resync: float = 0.0,
        indexers: Mapping[str, IndexFunc[T]] | None = None,
        label_selector: str = "",
        field_selector: str = "",
        streaming_list: bool = False,
        transform: Callable[[T], T] | None = None,
        clock: Clock | None = None,
        rand: Callable[[], float] = random.random,
    ) -> None:
        if clock is None:
            from pykubectl.machinery.util.clock import RealClock

            clock = RealClock()
        self.name = name
        self.resync_period = resync
        self.indexer: Indexer[T] = Indexer(meta_namespace_key, {NAMESPACE_INDEX: namespace_index, **(indexers or {})})
        self._clock: Clock = clock
        self._fifo: DeltaFIFO[T] = DeltaFIFO(self.indexer, on_synced=self._announce, transform=transform)
        self._reflector: Reflector[T] = Reflector(
            lister_watcher,
            self._fifo,
            name=name,
            label_selector=label_selector,
            field_selector=field_selector,
            streaming_list=streaming_list,
            clock=clock,
            rand=rand,
        )
        self._detector = from_environment(name)
        self._listeners: list[Listener[T]] = []
        # Held while changes are given out, so that a handler joining late misses nothing and hears nothing twice.
        self._giving_out = threading.RLock()
        self._synced_or_stopped = threading.Event()
        self._threads: list[threading.Thread] = []
        self._stop = threading.Event()
        self._started = False
        self._announced = False

    def add_event_handler(
        self,
        on_add: Callable[[T], object] | None = None,
        on_update: Callable[[T, T], object] | None = None,
        on_delete: Callable[[T | DeletedFinalStateUnknown], object] | None = None,
        *,
        resync: bool = True,
    ) -> Registration[T]:
        """Call these for every change from now on, and ``on_add`` for what is held already.

        ``resync``: whether updates without a change, which a resync period brings, are wanted.
        """
        listener = Listener(Handler(on_add, on_update, on_delete), self.name, resync)
        with self._giving_out:
            if self._stop.is_set():
                raise RuntimeError(f"handler was not added to shared informer {self.name} because it has stopped")
            for obj in self.indexer.list():
                listener.add(obj)
            if self._announced:
                listener.mark_initial_list()
            self._listeners.append(listener)
            if self._started:
                listener.start()
        return Registration(self, listener)

    def remove_listener(self, listener: Listener[T]) -> None:
        """Used by :class:`Registration`."""
        with self._giving_out:
            if listener not in self._listeners:
                return
            self._listeners.remove(listener)
        listener.stop()

    def add_indexers(self, indexers: Mapping[str, IndexFunc[T]]) -> None:
        """Add indices; also while running."""
        self.indexer.add_indexers(indexers)

    @property
    def has_synced(self) -> bool:
        """Whether the indexer holds everything of the first list. Handlers may not have been told yet."""
        return self._fifo.has_synced

    def wait_for_sync(self, timeout: float | None = None) -> bool:
        """Block until ``has_synced``; False where ``timeout`` (seconds) passes or the informer stops first."""
        self._synced_or_stopped.wait(timeout)
        return self.has_synced

    @property
    def last_sync_resource_version(self) -> str:
        """The resourceVersion the informer has got to."""
        return self._reflector.last_sync_resource_version

    def run(self, stop: threading.Event) -> None:
        """Start, block until ``stop`` is set, shut down."""
        self.start()
        stop.wait()
        self.shutdown()

    def start(self) -> None:
        """Start the informer's threads and return at once. Idempotent."""
        with self._giving_out:
            if self._started or self._stop.is_set():
                return
            self._started = True
            for listener in self._listeners:
                listener.start()
            self._spawn(self._process_loop, "process")
            self._spawn(self._reflector.run, "reflector")
            if self.resync_period > 0:
                self._spawn(self._resync_loop, "resync")

    def request_stop(self) -> None:
        """Tell the informer's threads to end; returns at once. Idempotent."""
        self._stop.set()
        self._reflector.stop()
        self._fifo.close()
        self._synced_or_stopped.set()

    def shutdown(self) -> None:
        """Stop and wait for all threads. Idempotent. Raises CacheMutated where the detector found a change."""
        self.request_stop()
        with self._giving_out:
            threads = [*self._threads]
        for thread in threads:
            if thread is not threading.current_thread():
                thread.join()
        with self._giving_out:
            listeners, self._listeners = self._listeners, []
        for listener in listeners:
            listener.stop()
        if self._detector is not None:
            self._detector.check()

    def statistics(self) -> InformerStatistics:
        """A snapshot of the counts."""
        return InformerStatistics(
            len(self.indexer), len(self._fifo), len(self._listeners), self._reflector.statistics()
        )

    def _spawn(self, target: Callable[[], None], role: str) -> None:
        thread = threading.Thread(target=target, name=f"{self.name}-{role}", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _process_loop(self) -> None:
        while True:
            try:
                self._fifo.pop(self._handle_deltas)
            except FIFOClosed:
                return
            except Exception:
                # An index function that fails on one object must not end the informer for all others.
                log.exception("%s: a change could not be stored", self.name)

    def _resync_loop(self) -> None:
        while not self._clock.wait(self._stop, self.resync_period):
            self._fifo.resync()

    def _handle_deltas(self, deltas: list[Delta[T]], in_initial_list: bool) -> None:
        with self._giving_out:
            for delta in deltas:
                self._handle(delta)

    def _announce(self) -> None:
        # Lock order, here and wherever both are taken: the queue's, then this one.
        with self._giving_out:
            self._announced = True
            for listener in self._listeners:
                listener.mark_initial_list()
        self._synced_or_stopped.set()

    def _handle(self, delta: Delta[T]) -> None:
        obj = delta.object
        if isinstance(obj, DeletedFinalStateUnknown):
            self.indexer.delete(obj.obj)
            for listener in self._listeners:
                listener.delete(obj)
        elif delta.type == DELETED:
            self.indexer.delete(obj)
            for listener in self._listeners:
                listener.delete(obj)
        else:
            self._store(delta.type, obj)

    def _store(self, change: str, obj: T) -> None:
        old = self.indexer.get(obj)
        self.indexer.add(obj)
        if self._detector is not None and change != SYNC:
            self._detector.add(obj)
        if old is None:
            for listener in self._listeners:
                listener.add(obj)
            return
        unchanged = meta(old, "resourceVersion") == meta(obj, "resourceVersion")
        for listener in self._listeners:
            if listener.wants_sync or not unchanged:
                listener.update(old, obj)
