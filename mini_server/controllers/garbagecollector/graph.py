"""The graph of owners and dependents, built from the metadata of every object.

Source: kubernetes ``pkg/controller/garbagecollector/graph.go`` and ``graph_builder.go``.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any

from pykubectl.machinery.schema import GroupVersionResource

Object = dict[str, Any]

ORPHAN = "orphan"
FOREGROUND = "foregroundDeletion"


@dataclass(slots=True)
class Node:
    """An object as the collector knows it; ``virtual`` ones are named as owners but have not been seen."""

    uid: str
    gvr: GroupVersionResource | None = None
    namespace: str = ""
    name: str = ""
    owners: list[Object] = field(default_factory=list)
    finalizers: frozenset[str] = frozenset()
    deleting: bool = False
    dependents: set[str] = field(default_factory=set)

    @property
    def virtual(self) -> bool:
        """Known by name only."""
        return self.gvr is None

    @property
    def waits(self) -> bool:
        """Being deleted in the foreground: it waits for its dependents."""
        return self.deleting and FOREGROUND in self.finalizers

    def blocks(self, owner: str) -> bool:
        """Whether the owner's deletion in the foreground waits for this one."""
        return any(o["uid"] == owner and o.get("blockOwnerDeletion") for o in self.owners)


class Graph:
    """Safe to use from several threads; `Node` objects it returns are copies."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._nodes: dict[str, Node] = {}

    def put(self, gvr: GroupVersionResource, obj: Object) -> list[str]:
        """An object was seen, added or changed; the owners that need not wait for it any more."""
        meta = obj["metadata"]
        with self._lock:
            node = self._nodes.setdefault(meta["uid"], Node(meta["uid"]))
            blocked = [owner["uid"] for owner in node.owners if owner.get("blockOwnerDeletion")]
            self._unlink(node)
            node.gvr = gvr
            node.namespace = meta.get("namespace", "")
            node.name = meta["name"]
            node.owners = list(meta.get("ownerReferences") or [])
            node.finalizers = frozenset(meta.get("finalizers") or [])
            node.deleting = bool(meta.get("deletionTimestamp"))
            for owner in node.owners:
                self._nodes.setdefault(owner["uid"], Node(owner["uid"])).dependents.add(node.uid)
            return [uid for uid in blocked if not node.blocks(uid)]

    def remove(self, uid: str) -> tuple[set[str], list[str]]:
        """An object is gone: its dependents, and the owners that may have waited for it."""
        with self._lock:
            node = self._nodes.get(uid)
            if node is None:
                return set(), []
            self._unlink(node)
            owners = [owner["uid"] for owner in node.owners]
            dependents = set(node.dependents)
            if dependents:
                # Dependents still name it: it stays as a virtual node until they are dealt with.
                self._nodes[uid] = Node(uid, dependents=dependents)
            else:
                del self._nodes[uid]
            return dependents, owners

    def get(self, uid: str) -> Node | None:
        """A copy of a node."""
        with self._lock:
            node = self._nodes.get(uid)
            return None if node is None else _copy(node)

    def unsettled(self, uid: str) -> bool:
        """Whether an owner of the object has not been seen where it should be, or is on its way out.

        Only then must the object be looked at.
        """
        with self._lock:
            node = self._nodes.get(uid)
            return node is not None and any(self._is_in_doubt(node, reference) for reference in node.owners)

    def _is_in_doubt(self, node: Node, reference: Object) -> bool:
        owner = self._nodes.get(reference["uid"])
        if owner is None or owner.virtual or owner.deleting:
            return True
        return owner.name != reference["name"] or owner.namespace not in ("", node.namespace)

    def dependents(self, uid: str) -> list[Node]:
        """Copies of the nodes that name the object as an owner."""
        with self._lock:
            node = self._nodes.get(uid)
            return [] if node is None else [_copy(self._nodes[d]) for d in node.dependents if d in self._nodes]

    def _unlink(self, node: Node) -> None:
        for owner in node.owners:
            owner_node = self._nodes.get(owner["uid"])
            if owner_node is None:
                continue
            owner_node.dependents.discard(node.uid)
            if owner_node.virtual and not owner_node.dependents:
                del self._nodes[owner["uid"]]


def _copy(node: Node) -> Node:
    return Node(
        node.uid,
        node.gvr,
        node.namespace,
        node.name,
        list(node.owners),
        node.finalizers,
        node.deleting,
        set(node.dependents),
    )
