"""Runs a test over every object store: straight and cached, each over every key-value store."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from mini_server.kv.interface import KV
from mini_server.storage.cacher.cacher import Cacher
from mini_server.storage.interface import (
    Attributes,
    Object,
    Predicate,
    StorageEvent,
    Store,
    Watcher,
    default_attributes,
)
from mini_server.storage.store import KVStore
from pykubectl.machinery import fields, labels
from pykubectl.machinery.schema import GroupResource
from pykubectl.machinery.util.clock import FakeClock
from tests.contract.kv_support import IMPLEMENTATIONS, TIME_LIMIT

PODS = "/registry/pods/"
EMPTY_POD: Object = {"apiVersion": "v1", "kind": "Pod"}


def pod_attributes(obj: Object) -> Attributes:
    """As the server selects pods, with the one field these tests use."""
    base = default_attributes(obj)
    return Attributes(base.labels, {**base.fields, "spec.nodeName": (obj.get("spec") or {}).get("nodeName", "")})


def straight(kv: KV) -> Store:
    return KVStore(kv, GroupResource("", "pods"), PODS, pod_attributes, EMPTY_POD)


def cached(kv: KV) -> Store:
    store = KVStore(kv, GroupResource("", "pods"), PODS, pod_attributes, EMPTY_POD)
    return Cacher(store, index_fields=("spec.nodeName",), freshness_seconds=0)


STORES: dict[str, Callable[[KV], Store]] = {"store": straight, "cacher": cached}
StoreTest = Callable[[Store, KV], Awaitable[None]]


def every_store(test: StoreTest) -> Callable[[str, str, Path], None]:
    """Makes a test of ``async def test(store, kv)``."""

    @pytest.mark.parametrize("kind", STORES)
    @pytest.mark.parametrize("implementation", IMPLEMENTATIONS)
    def run(implementation: str, kind: str, tmp_path: Path) -> None:
        async def main() -> None:
            kv = IMPLEMENTATIONS[implementation](tmp_path, FakeClock())
            try:
                await asyncio.wait_for(test(STORES[kind](kv), kv), TIME_LIMIT)
            finally:
                await kv.close()

        asyncio.run(main())

    run.__name__ = test.__name__
    run.__doc__ = test.__doc__
    return run


async def forget_history(store: Store, kv: KV) -> None:
    """Old revisions can be read no more."""
    await kv.compact(kv.revision)
    if isinstance(store, Cacher):
        store.forget_history()


def key_of(name: str, namespace: str = "ns") -> str:
    return f"{PODS}{namespace}/{name}"


def pod(name: str, namespace: str = "ns", **spec: Any) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace, "uid": f"uid-{name}"},
        "spec": spec,
    }


def labelled(name: str, namespace: str = "ns", **pod_labels: str) -> Object:
    obj = pod(name, namespace)
    obj["metadata"]["labels"] = pod_labels
    return obj


async def create(store: Store, *names: str, namespace: str = "ns") -> None:
    for name in names:
        await store.create(key_of(name, namespace), pod(name, namespace))


def selecting(label_selector: str = "", field_selector: str = "") -> Predicate:
    return Predicate(labels.parse(label_selector), fields.parse(field_selector), pod_attributes)


async def take(watcher: Watcher, count: int) -> list[StorageEvent]:
    """The next events of a watch."""
    return [await anext(watcher) for _ in range(count)]


def told(events: list[StorageEvent]) -> list[tuple[str, str, int]]:
    """Events as (type, name, resource version in the object)."""
    return [
        (event.type, event.item.obj["metadata"].get("name", ""), int(event.item.obj["metadata"]["resourceVersion"]))
        for event in events
    ]
