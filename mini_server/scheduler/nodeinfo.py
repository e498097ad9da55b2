"""A node with the pods on it and the sums the plugins ask for.

Source: kubernetes ``pkg/scheduler/framework/types.go`` NodeInfo, Resource.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from mini_server.scheduler.resources import Resources, non_zero_requests, pod_requests, resources_of

Object = dict[str, Any]


class NodeInfo:
    """A node's object, its pods by uid, and what they request.

    Owned by the cache, which alone changes it; a snapshot holds clones.
    """

    __slots__ = ("allocatable", "node", "non_zero_requested", "pods", "ports", "requested")

    def __init__(self, node: Object | None = None) -> None:
        self.node: Object = node or {}
        self.pods: dict[str, Object] = {}
        self.requested: Resources = Counter()
        self.non_zero_requested: Resources = Counter()
        self.ports: Counter[tuple[str, str, int]] = Counter()
        self.allocatable: Resources = Counter()
        if node is not None:
            self.set_node(node)

    @property
    def name(self) -> str:
        """The node's name; empty while only pods of it are known."""
        return str(self.node["metadata"]["name"]) if self.node else ""

    @property
    def labels(self) -> dict[str, str]:
        """The node's labels."""
        return self.node.get("metadata", {}).get("labels") or {}

    @property
    def taints(self) -> list[Object]:
        """The node's taints."""
        return self.node.get("spec", {}).get("taints") or []

    def set_node(self, node: Object) -> None:
        """Takes a new version of the node object."""
        self.node = node
        self.allocatable = resources_of(node.get("status", {}).get("allocatable") or {})

    def remove_node(self) -> None:
        """The node object is gone while pods on it may still be known."""
        self.node = {}
        self.allocatable = Counter()

    def add_pod(self, pod: Object) -> None:
        """Counts a pod in."""
        self.pods[pod["metadata"]["uid"]] = pod
        self._count(pod, 1)

    def remove_pod(self, uid: str) -> None:
        """Counts a pod out; does nothing for one that is not here."""
        pod = self.pods.pop(uid, None)
        if pod is not None:
            self._count(pod, -1)

    def clone(self) -> NodeInfo:
        """A copy whose sums can be changed; pod and node objects are shared."""
        copy = NodeInfo()
        copy.node = self.node
        copy.pods = dict(self.pods)
        copy.requested = Counter(self.requested)
        copy.non_zero_requested = Counter(self.non_zero_requested)
        copy.ports = Counter(self.ports)
        copy.allocatable = self.allocatable
        return copy

    def _count(self, pod: Object, sign: int) -> None:
        for total, amounts in (
            (self.requested, pod_requests(pod)),
            (self.non_zero_requested, non_zero_requests(pod)),
        ):
            for name, amount in amounts.items():
                total[name] += sign * amount
        for port in host_ports(pod):
            self.ports[port] += sign


def host_ports(pod: Object) -> Iterable[tuple[str, str, int]]:
    """Host address, protocol and port of each host port the pod's containers claim."""
    sidecars = (c for c in pod["spec"].get("initContainers") or [] if c.get("restartPolicy") == "Always")
    for container in (*sidecars, *pod["spec"]["containers"]):
        for port in container.get("ports") or []:
            if port.get("hostPort"):
                yield port.get("hostIP") or "0.0.0.0", port.get("protocol") or "TCP", port["hostPort"]
