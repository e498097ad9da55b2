"""The caches that controllers share, and the lighter watches of the garbage collector.

A shared informer has two threads, and one more that tells all controllers of what happens. Resources that only the
garbage collector looks at have one thread each and no cache: their number would be most of the process else.
"""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from mini_server.controllers.context import Monitor
from pykubectl.client.cache.keys import DeletedFinalStateUnknown, meta_namespace_key
from pykubectl.client.cache.reflector import Reflector
from pykubectl.client.cache.shared_informer import SharedInformer
from pykubectl.client.cache.store import NAMESPACE_INDEX
from pykubectl.client.dynamic import DynamicClient
from pykubectl.client.informers.factory import DynamicSharedInformerFactory
from pykubectl.machinery.schema import GroupVersionResource
from pykubectl.machinery.util.clock import Clock

log = logging.getLogger(__name__)

Object = dict[str, Any]
Seen = Callable[[Object], None]


class _Handler(NamedTuple):
    on_add: Seen
    on_update: Callable[[Object, Object], None]
    on_delete: Seen


class ControllerInformer:
    """`Informer` over a shared informer of dicts; its handlers share one thread."""

    def __init__(self, informer: SharedInformer[Object]) -> None:
        self._informer = informer
        self._handlers: list[_Handler] = []

    def add_event_handler(
        self,
        on_add: Callable[[Object], None],
        on_update: Callable[[Object, Object], None],
        on_delete: Callable[[Object], None],
    ) -> None:
        """A deletion that was missed is told with the last state that is known."""
        self._handlers.append(_Handler(on_add, on_update, on_delete))
        if len(self._handlers) == 1:
            self._informer.add_event_handler(self._added, self._updated, self._deleted)

    @property
    def synced(self) -> bool:
        """Whether the cache holds everything of the first list."""
        return self._informer.has_synced

    def list(self, namespace: str = "") -> list[Object]:
        """Everything known."""
        if namespace:
            return self._informer.indexer.by_index(NAMESPACE_INDEX, namespace)
        return self._informer.indexer.list()

    def get(self, namespace: str, name: str) -> Object | None:
        """One object."""
        return self._informer.indexer.get_by_key(f"{namespace}/{name}" if namespace else name)

    def _added(self, obj: Object) -> None:
        for handler in self._handlers:
            _call(handler.on_add, obj)

    def _updated(self, old: Object, new: Object) -> None:
        for handler in self._handlers:
            _call(handler.on_update, old, new)

    def _deleted(self, obj: Object | DeletedFinalStateUnknown) -> None:
        for handler in self._handlers:
            _call(handler.on_delete, obj.obj if isinstance(obj, DeletedFinalStateUnknown) else obj)


def _call(function: Callable[..., None], *arguments: Object) -> None:
    """What one controller fails at is no other's trouble."""
    try:
        function(*arguments)
    except Exception:
        log.exception("event handler failed")


class ResourceMonitor:
    """Tells of every object of a resource, in a thread of its own; keeps of each no more than who it is."""

    def __init__(self, client: DynamicClient, gvr: GroupVersionResource, seen: Seen, gone: Seen, clock: Clock) -> None:
        self._seen = seen
        self._gone = gone
        self._known: dict[str, Object] = {}
        self._synced = threading.Event()
        name = str(gvr.group_resource)
        self._reflector: Reflector[Object] = Reflector(
            client.resource(gvr).namespace(""), self, name=name, clock=clock, rand=random.random
        )
        self._thread = threading.Thread(target=self._reflector.run, name=f"{name}-monitor", daemon=True)

    def start(self) -> None:
        """Begins to watch."""
        self._thread.start()

    @property
    def synced(self) -> bool:
        """Whether everything of the first list was told."""
        return self._synced.is_set()

    def request_stop(self) -> None:
        """Returns at once."""
        self._reflector.stop()

    def stop(self) -> None:
        """Returns when nothing more is told."""
        self._reflector.stop()
        if self._thread.is_alive():
            self._thread.join()

    # What the reflector writes to

    def add(self, obj: Object) -> None:
        """The object is new."""
        meta = obj["metadata"]
        who = {name: meta[name] for name in ("name", "namespace", "uid") if name in meta}
        self._known[meta_namespace_key(obj)] = {"metadata": who}
        _call(self._seen, obj)

    def update(self, obj: Object) -> None:
        """The object changed."""
        self.add(obj)

    def delete(self, obj: Object) -> None:
        """The object is gone."""
        self._known.pop(meta_namespace_key(obj), None)
        _call(self._gone, obj)

    def replace(self, objects: Iterable[Object]) -> None:
        """These are all the objects; an object of a known name may be another one by now."""
        current = {meta_namespace_key(obj): obj for obj in objects}
        for key, known in list(self._known.items()):
            if key not in current or current[key]["metadata"]["uid"] != known["metadata"]["uid"]:
                self.delete(known)
        for obj in current.values():
            self.add(obj)
        self._synced.set()


class _Pending:
    """A monitor that is asked for before anything is started: it is a handler of an informer where there is one."""

    def __init__(self, gvr: GroupVersionResource, seen: Seen, gone: Seen) -> None:
        self.gvr = gvr
        self.seen = seen
        self.gone = gone
        self.target: ControllerInformer | ResourceMonitor | None = None

    @property
    def synced(self) -> bool:
        return self.target is not None and self.target.synced

    def stop(self) -> None:
        if isinstance(self.target, ResourceMonitor):
            self.target.stop()


class ControllerInformers:
    """What `ControllerContext` offers of informers and monitors.

    Controllers ask for them while they are built; then comes `start`, before the informers of the factory are started.
    """

    def __init__(self, factory: DynamicSharedInformerFactory, client: DynamicClient, clock: Clock) -> None:
        self._factory = factory
        self._client = client
        self._clock = clock
        self._informers: dict[GroupVersionResource, ControllerInformer] = {}
        self._lock = threading.Lock()
        self._pending: list[_Pending] = []
        self._monitors: list[ResourceMonitor] = []
        self._started = False

    def informer(self, gvr: GroupVersionResource) -> ControllerInformer:
        """The same one for the same resource."""
        if gvr not in self._informers:
            if self._started:
                raise RuntimeError(f"the informers have been started without {gvr.group_resource}")
            self._informers[gvr] = ControllerInformer(self._factory.informer(gvr))
        return self._informers[gvr]

    def monitor(self, gvr: GroupVersionResource, seen: Seen, gone: Seen) -> Monitor:
        """Tells of all objects, from `start` on."""
        with self._lock:
            if self._started:
                return self._begin(gvr, seen, gone)
            self._pending.append(_Pending(gvr, seen, gone))
            return self._pending[-1]

    def start(self) -> None:
        """Begins what was asked for so far."""
        with self._lock:
            self._started = True
            for pending in self._pending:
                if pending.gvr in self._informers:
                    pending.target = self._informers[pending.gvr]
                    pending.target.add_event_handler(pending.seen, _newest(pending.seen), pending.gone)
                else:
                    pending.target = self._begin(pending.gvr, pending.seen, pending.gone)
            self._pending.clear()

    def stop(self) -> None:
        """Ends the monitors; the factory's informers are its own matter."""
        with self._lock:
            monitors, self._monitors = self._monitors, []
        # First wake them all, then wait: they end side by side.
        for monitor in monitors:
            monitor.request_stop()
        for monitor in monitors:
            monitor.stop()

    def _begin(self, gvr: GroupVersionResource, seen: Seen, gone: Seen) -> ResourceMonitor:
        monitor = ResourceMonitor(self._client, gvr, seen, gone, self._clock)
        self._monitors.append(monitor)
        monitor.start()
        return monitor


def _newest(seen: Seen) -> Callable[[Object, Object], None]:
    return lambda old, new: seen(new)
