"""What the scheduler knows of nodes and of the pods on them, ahead of the API server by its own assumptions.

A pod that has been given a node is *assumed* there at once, so that the next pod sees the room it takes while its
binding is still on the way. The informer's word confirms or overrules an assumption; a failed binding forgets it.
Source: kubernetes ``pkg/scheduler/backend/cache/cache.go``.
"""

from __future__ import annotations

from threading import Lock
from typing import Any

from mini_server.scheduler.framework.interface import Snapshot
from mini_server.scheduler.nodeinfo import NodeInfo

Object = dict[str, Any]


class Cache:
    """Safe to use from several threads. Pods and nodes given to it must not be changed afterwards."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._nodes: dict[str, NodeInfo] = {}
        self._node_of: dict[str, str] = {}
        self._assumed: set[str] = set()
        self._clones: dict[str, NodeInfo] = {}

    def set_node(self, node: Object) -> bool:
        """A node was added or changed; whether in something that decides where pods fit."""
        name = node["metadata"]["name"]
        with self._lock:
            known = self._nodes.get(name)
            matters = known is None or _what_matters(known.node) != _what_matters(node)
            self._info(name).set_node(node)
        return matters

    def remove_node(self, name: str) -> None:
        """A node is gone; it is kept without its object while pods on it are known."""
        with self._lock:
            info = self._nodes.get(name)
            if info is None:
                return
            self._clones.pop(name, None)
            info.remove_node()
            if not info.pods:
                del self._nodes[name]

    def assume(self, pod: Object, node: str) -> None:
        """Counts a pod in on a node before the API server says so. Raises ValueError where it is known already."""
        uid = pod["metadata"]["uid"]
        with self._lock:
            if uid in self._node_of:
                raise ValueError(f"pod {pod['metadata']['name']} is in the cache, so can't be assumed")
            self._place({**pod, "spec": {**pod["spec"], "nodeName": node}}, node)
            self._assumed.add(uid)

    def forget(self, uid: str) -> None:
        """Takes an assumption back; does nothing where the informer has confirmed it meanwhile."""
        with self._lock:
            if uid in self._assumed:
                self._remove(uid)

    def set_pod(self, pod: Object) -> bool:
        """The informer's word on a pod with a node: added, confirmed, or changed.

        True where the pod is new there, or has other labels than before.
        """
        uid, node = pod["metadata"]["uid"], pod["spec"]["nodeName"]
        with self._lock:
            old = self._pod(uid) if uid not in self._assumed else None
            self._remove(uid)
            self._place(pod, node)
        return old is None or old["metadata"].get("labels") != pod["metadata"].get("labels")

    def remove_pod(self, uid: str) -> bool:
        """A pod with a node is gone or has finished; whether it took room here, be it by an assumption."""
        with self._lock:
            known = uid in self._node_of
            self._remove(uid)
            return known

    def is_assumed(self, uid: str) -> bool:
        """True between `assume` and the informer's word."""
        with self._lock:
            return uid in self._assumed

    def snapshot(self) -> Snapshot:
        """The nodes as they are now, by name. Clones are shared between snapshots until their node changes."""
        with self._lock:
            for name in sorted(self._nodes):
                if name not in self._clones and self._nodes[name].node:
                    self._clones[name] = self._nodes[name].clone()
            return Snapshot.of(self._clones[name] for name in sorted(self._clones))

    def _pod(self, uid: str) -> Object | None:
        node = self._node_of.get(uid)
        return None if node is None else self._nodes[node].pods.get(uid)

    def _info(self, name: str) -> NodeInfo:
        """The node's record, about to be changed."""
        self._clones.pop(name, None)
        return self._nodes.setdefault(name, NodeInfo())

    def _place(self, pod: Object, node: str) -> None:
        self._info(node).add_pod(pod)
        self._node_of[pod["metadata"]["uid"]] = node

    def _remove(self, uid: str) -> None:
        self._assumed.discard(uid)
        node = self._node_of.pop(uid, None)
        if node is None:
            return
        info = self._info(node)
        info.remove_pod(uid)
        if not info.node and not info.pods:
            del self._nodes[node]


def _what_matters(node: Object) -> tuple[object, ...]:
    """What the plugins look at: not the heartbeats."""
    status = node.get("status", {})
    labels = node.get("metadata", {}).get("labels")
    return labels, node.get("spec"), status.get("allocatable"), status.get("images")
