"""Pods that preemption has made room for, by the node they are expected on.

Source: kubernetes ``pkg/scheduler/backend/queue/nominator.go``.
"""

from __future__ import annotations

from threading import Lock
from typing import Any

Pod = dict[str, Any]


class Nominator:
    """Safe to use from several threads; a pod is nominated to one node at a time."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._pods: dict[str, tuple[str, Pod]] = {}

    def set(self, pod: Pod, node: str) -> None:
        """The pod is expected on a node; on none where that is empty."""
        uid = pod["metadata"]["uid"]
        with self._lock:
            if node:
                self._pods[uid] = (node, pod)
            else:
                self._pods.pop(uid, None)

    def remove(self, uid: str) -> None:
        """The pod is gone, or has come to some node."""
        with self._lock:
            self._pods.pop(uid, None)

    def by_node(self) -> dict[str, list[Pod]]:
        """The expected pods of each node that has any."""
        found: dict[str, list[Pod]] = {}
        with self._lock:
            for node, pod in self._pods.values():
                found.setdefault(node, []).append(pod)
        return found
