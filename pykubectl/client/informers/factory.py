"""One informer per kind, shared by all parts of a program.

Source of the rules: client-go ``informers/factory.go``, ``dynamic/dynamicinformer/informer.go``.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from pykubectl.client.cache.lister import Lister
from pykubectl.client.cache.shared_informer import SharedInformer
from pykubectl.machinery.schema import GroupVersionResource

if TYPE_CHECKING:
    from pykubectl.client.dynamic import DynamicClient
    from pykubectl.client.resource import ResourceClient
    from pykubectl.machinery.util.clock import Clock

T = TypeVar("T")


class TypedClient(Protocol):
    """What gives resource clients by class: a Clientset."""

    def resource(self, cls: type[T], namespace: str = "") -> ResourceClient[T, Any]:
        """The resource of the class."""


class _Factory:
    """Starts, awaits and stops a set of informers."""

    def __init__(self, namespace: str, resync: float, clock: Clock | None) -> None:
        self.namespace = namespace
        self.resync = resync
        self._clock = clock
        self._lock = threading.Lock()
        self._informers: dict[Any, SharedInformer[Any]] = {}
        self._started: set[Any] = set()
        self._waiter: threading.Thread | None = None
        self._stopped = False

    def _get(self, key: Any, client: ResourceClient[Any, Any], label_selector: str, field_selector: str) -> Any:
        if key not in self._informers:
            self._informers[key] = SharedInformer(
                client,
                name=str(client.gvr.group_resource),
                resync=self.resync,
                label_selector=label_selector,
                field_selector=field_selector,
                clock=self._clock,
            )
        return self._informers[key]

    def start(self, stop: threading.Event) -> None:
        """Start the informers that are not running yet; returns at once. They are shut down when ``stop`` is set."""
        with self._lock:
            if self._stopped:
                return
            fresh = [informer for key, informer in self._informers.items() if key not in self._started]
            self._started.update(self._informers)
            if self._waiter is None:
                self._waiter = threading.Thread(target=self._wait, args=(stop,), name="informer-factory", daemon=True)
                self._waiter.start()
        for informer in fresh:
            informer.start()

    def wait_for_cache_sync(self, timeout: float | None = None) -> bool:
        """Block until every started informer holds its first list; False where ``timeout`` (seconds) passes first."""
        deadline = None if timeout is None else time.monotonic() + timeout
        with self._lock:
            informers = [self._informers[key] for key in self._started]
        for informer in informers:
            left = None if deadline is None else max(0.0, deadline - time.monotonic())
            if not informer.wait_for_sync(left):
                return False
        return True

    def shutdown(self) -> None:
        """Stop all informers and wait for their threads. Idempotent; nothing can be started afterwards.

        The thread that waits for ``stop`` ends once that is set.
        """
        with self._lock:
            self._stopped = True
            informers = [self._informers[key] for key in self._started]
        # First wake them all, then wait: they end side by side.
        for informer in informers:
            informer.request_stop()
        for informer in informers:
            informer.shutdown()

    def _wait(self, stop: threading.Event) -> None:
        stop.wait()
        self.shutdown()

    def join(self) -> None:
        """Wait until everything has ended; call after ``stop`` is set."""
        if self._waiter is not None and self._waiter is not threading.current_thread():
            self._waiter.join()


class SharedInformerFactory(_Factory):
    """Informers of typed objects: ``factory.informer(core_v1.Pod)`` gives the same one each time."""

    def __init__(
        self, clientset: TypedClient, namespace: str = "", resync: float = 0.0, clock: Clock | None = None
    ) -> None:
        super().__init__(namespace, resync, clock)
        self._clientset = clientset

    def informer(self, cls: type[T], *, label_selector: str = "", field_selector: str = "") -> SharedInformer[T]:
        """The informer of the class's resource in the factory's namespace; one per class and selectors."""
        key = (cls, label_selector, field_selector)
        with self._lock:
            client = self._clientset.resource(cls, self.namespace)
            informer: SharedInformer[T] = self._get(key, client, label_selector, field_selector)
            return informer

    def lister(self, cls: type[T]) -> Lister[T]:
        """Reads the class's informer (which exists from now on)."""
        informer = self.informer(cls)
        return Lister(informer.indexer, self._clientset.resource(cls).gvr.group_resource)


class DynamicSharedInformerFactory(_Factory):
    """Informers of dicts, by resource."""

    def __init__(
        self, client: DynamicClient, namespace: str = "", resync: float = 0.0, clock: Clock | None = None
    ) -> None:
        super().__init__(namespace, resync, clock)
        self._client = client

    def informer(
        self, gvr: GroupVersionResource, *, label_selector: str = "", field_selector: str = ""
    ) -> SharedInformer[dict[str, Any]]:
        """The informer of the resource in the factory's namespace; one per resource and selectors."""
        key = (gvr, label_selector, field_selector)
        with self._lock:
            client = self._client.resource(gvr).namespace(self.namespace)
            informer: SharedInformer[dict[str, Any]] = self._get(key, client, label_selector, field_selector)
            return informer
