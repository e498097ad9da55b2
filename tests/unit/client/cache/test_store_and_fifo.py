from __future__ import annotations

import pytest

from pykubectl.client.cache import DeletedFinalStateUnknown, DeltaFIFO, Indexer, meta_namespace_key, split_key
from pykubectl.client.cache.delta_fifo import FIFOClosed
from tests.unit.client.cache.source import Object, obj


def popped(fifo: DeltaFIFO[Object]) -> list[tuple[str, object]]:
    taken: list[tuple[str, object]] = []
    fifo.pop(lambda deltas, initial: taken.extend((delta.type, delta.object) for delta in deltas))
    return taken


def test_keys() -> None:
    assert meta_namespace_key(obj("a", 1)) == "ns/a"
    assert meta_namespace_key(obj("a", 1, "")) == "a"
    assert split_key("ns/a") == ("ns", "a")
    assert split_key("a") == ("", "a")
    with pytest.raises(ValueError, match='unexpected key format: "a/b/c"'):
        split_key("a/b/c")


def test_index_follows_changes() -> None:
    indexer: Indexer[Object] = Indexer(indexers={"node": lambda each: [each["node"]] if each.get("node") else []})
    indexer.add(obj("a", 1, node="n1"))
    indexer.add(obj("b", 1, node="n1"))
    indexer.update(obj("a", 2, node="n2"))

    assert indexer.index_keys("node", "n1") == ["ns/b"]
    assert indexer.index_keys("node", "n2") == ["ns/a"]
    indexer.delete(obj("a", 3))
    assert indexer.list_index_values("node") == ["n1"]
    with pytest.raises(KeyError, match="Index with name nope does not exist"):
        indexer.by_index("nope", "x")
    with pytest.raises(ValueError, match="indexer conflict: node"):
        indexer.add_indexers({"node": lambda each: []})


def test_replace_drops_the_rest() -> None:
    indexer: Indexer[Object] = Indexer(indexers={"all": lambda each: ["x"]})
    indexer.add(obj("a", 1))
    indexer.replace([obj("b", 1)])

    assert indexer.list_keys() == ["ns/b"]
    assert indexer.index_keys("all", "x") == ["ns/b"]


def test_changes_of_an_object_come_together() -> None:
    fifo: DeltaFIFO[Object] = DeltaFIFO(Indexer())
    fifo.add(obj("a", 1))
    fifo.add(obj("b", 2))
    fifo.update(obj("a", 3))
    fifo.delete(obj("a", 4))
    fifo.delete(obj("a", 5))

    assert [kind for kind, _ in popped(fifo)] == ["Added", "Updated", "Deleted"]
    assert [kind for kind, _ in popped(fifo)] == ["Added"]


def test_deleting_the_unknown_is_nothing() -> None:
    fifo: DeltaFIFO[Object] = DeltaFIFO(Indexer())
    fifo.delete(obj("a", 1))

    assert len(fifo) == 0


def test_replace_deletes_what_is_missing_and_syncs_when_processed() -> None:
    known: Indexer[Object] = Indexer()
    known.add(obj("gone", 1))
    fifo: DeltaFIFO[Object] = DeltaFIFO(known)
    fifo.replace([obj("a", 2)])

    assert not fifo.has_synced
    assert popped(fifo) == [("Replaced", obj("a", 2))]
    assert not fifo.has_synced
    assert popped(fifo) == [("Deleted", DeletedFinalStateUnknown("ns/gone", obj("gone", 1)))]
    assert fifo.has_synced


def test_resync_skips_what_is_queued() -> None:
    known: Indexer[Object] = Indexer()
    known.add(obj("a", 1))
    known.add(obj("b", 1))
    fifo: DeltaFIFO[Object] = DeltaFIFO(known)
    fifo.update(obj("a", 2))
    fifo.resync()

    assert [popped(fifo)[0][0], popped(fifo)[0][0]] == ["Updated", "Sync"]


def test_closed_queue_gives_nothing() -> None:
    fifo: DeltaFIFO[Object] = DeltaFIFO(Indexer())
    fifo.add(obj("a", 1))
    fifo.close()

    with pytest.raises(FIFOClosed):
        popped(fifo)
