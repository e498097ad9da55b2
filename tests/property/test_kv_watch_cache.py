"""Who lists and then watches knows what who lists later knows; pages of a list belong to one moment."""

from __future__ import annotations

import asyncio
from typing import Any, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from mini_server.kv.memory import MemoryKV
from mini_server.storage.cacher.cacher import Cacher
from mini_server.storage.interface import Object, Predicate, Store, Watcher
from mini_server.storage.item import Item
from mini_server.storage.store import KVStore
from pykubectl.machinery import fields, labels
from pykubectl.machinery.errors import StatusError
from pykubectl.machinery.schema import GroupResource
from tests.contract.storage_support import EMPTY_POD, PODS, key_of, pod_attributes

PREDICATES = (
    Predicate(get_attrs=pod_attributes),
    Predicate(labels.parse("app=web"), fields.everything(), pod_attributes),
    Predicate(labels.everything(), fields.parse("spec.nodeName=n1"), pod_attributes),
    Predicate(labels.parse("app!=web"), fields.parse("metadata.name=b"), pod_attributes),
)
PREFIXES = (PODS, f"{PODS}ns/", f"{PODS}other/", key_of("a"))


class Write(NamedTuple):
    kind: str
    name: str
    namespace: str
    app: str
    node: str


class Look(NamedTuple):
    """A list followed by a watch (``paged``: the list by pages), or a watch with initial events."""

    prefix: str
    predicate: Predicate
    paged: bool
    initial: bool


WRITES = st.builds(
    Write,
    st.sampled_from(["put", "put", "put", "delete"]),
    st.sampled_from(["a", "b", "c"]),
    st.sampled_from(["ns", "other"]),
    st.sampled_from(["web", "db"]),
    st.sampled_from(["", "n1", "n2"]),
)
LOOKS = st.builds(Look, st.sampled_from(PREFIXES), st.sampled_from(PREDICATES), st.booleans(), st.booleans())


def desired(write: Write) -> Object:
    metadata = {"name": write.name, "namespace": write.namespace, "labels": {"app": write.app}}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"nodeName": write.node}}


async def do(store: Store, write: Write) -> None:
    key = key_of(write.name, write.namespace)
    if write.kind == "put":
        await store.guaranteed_update(key, lambda item: desired(write), ignore_not_found=True)
        return
    try:
        await store.delete(key)
    except StatusError as error:
        assert error.code == 404


class Follower:
    """Keeps a copy of a selection by list and watch, as an informer does."""

    def __init__(self, store: Store, look: Look) -> None:
        self._store = store
        self._look = look
        self._copy: dict[tuple[str, str], bytes] = {}
        self._revision = 0
        self._watcher: Watcher
        # The first page of a list whose other pages are read at the end, and what it must give then.
        self._first_page: Any = None
        self._expected: list[bytes] = []

    async def begin(self) -> None:
        prefix, predicate, paged, initial = self._look
        result = await self._store.list(prefix, predicate)
        if paged and prefix.endswith("/"):
            self._expected = [item.raw for item in result.items]
            self._first_page = await self._store.list(prefix, predicate, limit=1)
        if initial:
            self._watcher = await self._store.watch(prefix, predicate, send_initial_events=True, bookmarks=True)
            return
        for item in result.items:
            self._keep(item)
        self._revision = result.revision
        self._watcher = await self._store.watch(prefix, predicate, str(result.revision))

    @staticmethod
    def _name(item: Item) -> tuple[str, str]:
        return item.obj["metadata"]["namespace"], item.obj["metadata"]["name"]

    def _keep(self, item: Item) -> None:
        self._copy[self._name(item)] = item.raw

    async def check(self) -> None:
        """Reads what is queued and compares with a list of now."""
        result = await self._store.list(self._look.prefix, self._look.predicate)
        self._watcher.finish()  # type: ignore[attr-defined]
        synced = not self._look.initial
        async for event in self._watcher:
            revision = int(event.item.obj["metadata"]["resourceVersion"])
            assert revision == event.item.revision
            if synced:
                assert revision > self._revision
            self._revision = max(revision, self._revision)
            name = self._name(event.item) if event.type != "BOOKMARK" else ("", "")
            match event.type:
                case "BOOKMARK":
                    synced = True
                case "ADDED":
                    assert name not in self._copy
                    self._keep(event.item)
                case "MODIFIED":
                    assert name in self._copy
                    self._keep(event.item)
                case "DELETED":
                    del self._copy[name]
        assert synced
        assert sorted(self._copy.values()) == sorted(item.raw for item in result.items)
        await self._check_pages()

    async def _check_pages(self) -> None:
        if self._first_page is None:
            return
        raws = [item.raw for item in self._first_page.items]
        token = self._first_page.continue_token
        while token:
            page = await self._store.list(self._look.prefix, self._look.predicate, limit=2, continue_token=token)
            assert page.revision == self._first_page.revision
            raws += [item.raw for item in page.items]
            token = page.continue_token
        assert raws == self._expected


@given(st.lists(WRITES | LOOKS, max_size=30))
@settings(deadline=None, max_examples=150)
def test_lists_watches_and_pages_agree(steps: list[Write | Look]) -> None:
    async def main() -> None:
        kv = MemoryKV()
        store = KVStore(kv, GroupResource("", "pods"), PODS, pod_attributes, EMPTY_POD)
        cacher = Cacher(store, index_fields=("spec.nodeName",), freshness_seconds=0)
        followers = []
        for step in steps:
            if isinstance(step, Write):
                await do(cacher, step)
                continue
            follower = Follower(cacher, step)
            await follower.begin()
            followers.append(follower)
        for follower in followers:
            await follower.check()
        assert cacher.statistics().watchers == 0
        straight = await store.list(PODS)
        cached = await cacher.list(PODS)
        assert [item.raw for item in cached.items] == [item.raw for item in straight.items]
        assert cached.revision == straight.revision

    asyncio.run(main())
