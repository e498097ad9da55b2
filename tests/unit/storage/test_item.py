"""Bytes first: items, encoding, leases."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mini_server.kv.memory import MemoryKV
from mini_server.storage import encoding
from mini_server.storage.interface import default_attributes
from mini_server.storage.item import DecodedObjects, Item
from mini_server.storage.lease_manager import LeaseManager
from pykubectl.machinery.util.clock import FakeClock

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(["resourceVersion", "metadata", "data", '"resourceVersion":""', "a"])
OBJECTS = st.fixed_dictionaries(
    {"apiVersion": st.text(), "kind": st.text(), "metadata": st.dictionaries(NAMES, JSON, max_size=4)},
    optional={"data": st.dictionaries(NAMES, JSON, max_size=3), "spec": JSON},
)


@given(OBJECTS, st.integers(1, 2**60), st.integers(1, 2**60))
def test_stored_bytes_are_the_object_with_its_revision(obj: dict[str, Any], revision: int, later: int) -> None:
    stored = encoding.encode(obj)
    expected = {**obj, "metadata": {**obj["metadata"], "resourceVersion": str(revision)}}
    raw = encoding.stamp(stored, revision)
    assert json.loads(raw) == expected == encoding.with_revision(obj, revision)
    assert encoding.restamp(raw, later) == encoding.stamp(stored, later)


@given(OBJECTS)
def test_equal_objects_have_equal_bytes(obj: dict[str, Any]) -> None:
    turned = {name: obj[name] for name in reversed(obj)}
    turned["metadata"] = {name: obj["metadata"][name] for name in reversed(obj["metadata"])}
    assert encoding.encode(turned) == encoding.encode(obj)


def test_stored_bytes_take_no_more_memory_than_they_need() -> None:
    stored = encoding.encode({"metadata": {"name": "x" * 100}})
    assert sys.getsizeof(stored) < len(stored) + 64


def test_an_object_without_metadata() -> None:
    assert encoding.stamp(encoding.encode({}), 3) == b'{"apiVersion":"","kind":"","metadata":{"resourceVersion":"3"}}'


def test_an_item_is_decoded_when_asked_and_only_the_last_few_stay_so() -> None:
    decoded = DecodedObjects(limit=2)
    items = [Item(f"/{i}", b'{"n":%d}' % i, i, decoded=decoded) for i in range(3)]
    first = items[0].obj
    assert items[0].obj is first
    assert [items[1].obj, items[2].obj] == [{"n": 1}, {"n": 2}]
    assert items[0]._obj is None
    assert items[0].obj == first and items[0].obj is not first
    assert items[2].copy() is not items[2].obj


def test_attributes() -> None:
    obj = {"metadata": {"name": "a", "namespace": "n", "labels": {"x": "y"}}}
    assert default_attributes(obj) == ({"x": "y"}, {"metadata.name": "a", "metadata.namespace": "n"})
    assert default_attributes({"metadata": {"name": "a"}}) == ({}, {"metadata.name": "a"})
    item = Item("/a", json.dumps(obj).encode(), 1)
    assert item.attributes(default_attributes) is item.attributes(default_attributes)


def test_leases_are_shared_for_a_while() -> None:
    async def main() -> None:
        now = [0.0]
        kv = MemoryKV(FakeClock())
        leases = LeaseManager(kv, lambda: now[0])
        assert [await leases.lease(3600) for _ in range(3)] == [1, 1, 1]
        assert await leases.lease(60) == 2
        now[0] = 4.0
        assert await leases.lease(60) == 3
        assert [await leases.lease(60) for _ in range(1000)][-2:] == [3, 4]

    asyncio.run(main())


@pytest.mark.parametrize("text", ["ü", "\U0001f600", 'a"b\\c'])
def test_texts_survive(text: str) -> None:
    raw = encoding.stamp(encoding.encode({"metadata": {"name": text}}), 1)
    assert json.loads(raw)["metadata"]["name"] == text
