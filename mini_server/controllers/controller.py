"""The shape all controllers share: informers feed a work queue of keys, workers sync one key at a time.

Source of the pattern: client-go's workqueue example and kubernetes ``pkg/controller``.
"""

from __future__ import annotations

import logging
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from typing import Any

from mini_server.controllers.context import ControllerContext, Informer
from pykubectl.client.workqueue import RateLimitingQueue
from pykubectl.machinery.errors import (
    StatusError,
    is_already_exists,
    is_conflict,
    is_namespace_terminating,
    is_not_found,
)
from pykubectl.machinery.schema import GroupVersionResource

log = logging.getLogger(__name__)

Object = dict[str, Any]
Keys = Callable[[Object], Iterable[str]]


class Controller(ABC):
    """Subclasses set ``name``, watch resources in ``__init__`` and implement `sync`.

    A key is synced by one worker at a time; a failed sync is tried again with growing delays. `start` does not block,
    `stop` waits until the syncs under way have ended.
    """

    name: str
    workers = 1

    def __init__(self, context: ControllerContext) -> None:
        self.context = context
        self.client = context.client
        self.clock = context.clock
        self.queue: RateLimitingQueue[str] = RateLimitingQueue(clock=context.clock, name=self.name)
        self._threads: list[threading.Thread] = []

    @abstractmethod
    def sync(self, key: str) -> None:
        """Brings what the key names closer to what is wanted. Raises StatusError to be tried again."""

    def watch(
        self,
        gvr: GroupVersionResource,
        keys: Keys,
        *,
        on_add: Callable[[Object], None] | None = None,
        on_update: Callable[[Object], None] | None = None,
        on_delete: Callable[[Object], None] | None = None,
    ) -> Informer:
        """Queues ``keys(obj)`` on each change, of the old and the new object; the hooks are called before."""
        informer = self.context.informer(gvr)

        def enqueue(*objects: Object) -> None:
            for key in {key for obj in objects for key in keys(obj)}:
                self.queue.add(key)

        def added(obj: Object) -> None:
            if on_add is not None:
                on_add(obj)
            enqueue(obj)

        def updated(old: Object, new: Object) -> None:
            if on_update is not None:
                on_update(new)
            enqueue(old, new)

        def deleted(obj: Object) -> None:
            if on_delete is not None:
                on_delete(obj)
            enqueue(obj)

        informer.add_event_handler(added, updated, deleted)
        return informer

    def start(self) -> None:
        """Starts the workers."""
        for number in range(self.workers):
            thread = threading.Thread(target=self._work, name=f"{self.name}-{number}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def stop(self) -> None:
        """Ends the workers."""
        self.queue.shut_down()
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        while True:
            key, shutdown = self.queue.get()
            if shutdown or key is None:
                return
            try:
                self.process(key)
            finally:
                self.queue.done(key)

    def process(self, key: str) -> None:
        """One sync with its consequences for the queue."""
        try:
            self.sync(key)
        except StatusError as error:
            if is_namespace_terminating(error):
                # Nothing can be created there until the namespace is gone, and the object with it.
                log.debug("%s: %s: %s", self.name, key, error.message)
                self.queue.forget(key)
                return
            if not (is_conflict(error) or is_not_found(error) or is_already_exists(error)):
                log.warning("%s: %s: %s", self.name, key, error.message)
            self.queue.add_rate_limited(key)
        except Exception:
            # A controller outlives the trouble of one object.
            log.exception("%s: %s", self.name, key)
            self.queue.add_rate_limited(key)
        else:
            self.queue.forget(key)


def key_of(obj: Object) -> str:
    """``namespace/name``, or the name alone of an object without namespace."""
    meta = obj["metadata"]
    namespace = meta.get("namespace")
    return f"{namespace}/{meta['name']}" if namespace else str(meta["name"])


def own_key(obj: Object) -> tuple[str]:
    """For `Controller.watch`: the object's own key."""
    return (key_of(obj),)


def split_key(key: str) -> tuple[str, str]:
    """Namespace (empty where there is none) and name of a key."""
    namespace, _, name = key.rpartition("/")
    return namespace, name
