"""Pods and nodes for scheduler tests, and plugins run as the framework runs them."""

from __future__ import annotations

from typing import Any

from mini_server.scheduler.framework.interface import CycleState, Snapshot, Status
from mini_server.scheduler.nodeinfo import NodeInfo

Object = dict[str, Any]


def make_pod(name: str = "p", *, node: str = "", labels: dict[str, str] | None = None, **spec: Any) -> Object:
    """A pod of one container; ``requests`` are that container's, everything else goes into the spec."""
    requests = spec.pop("requests", None)
    namespace = spec.pop("namespace", "default")
    container: Object = {"name": "c", "image": "nginx"}
    if requests:
        container["resources"] = {"requests": requests}
    pod: Object = {
        "metadata": {"name": name, "namespace": namespace, "uid": f"uid-{name}", "labels": labels or {}},
        "spec": {"containers": [container], **spec},
        "status": {},
    }
    if node:
        pod["spec"]["nodeName"] = node
    return pod


def make_node(
    name: str = "n1", *, labels: dict[str, str] | None = None, taints: list[Object] | None = None, **allocatable: str
) -> Object:
    """A node of 4 cpu, 8Gi memory and 110 pods unless ``allocatable`` says otherwise."""
    spec: Object = {"taints": taints} if taints else {}
    return {
        "metadata": {"name": name, "labels": {"kubernetes.io/hostname": name, **(labels or {})}},
        "spec": spec,
        "status": {"allocatable": {"cpu": "4", "memory": "8Gi", "pods": "110", **allocatable}},
    }


def make_info(node: Object, *pods: Object) -> NodeInfo:
    """A node with pods on it."""
    info = NodeInfo(node)
    for pod in pods:
        info.add_pod(pod)
    return info


def snapshot(*nodes: NodeInfo) -> Snapshot:
    """The nodes as one cycle sees them."""
    return Snapshot.of(nodes)


def run_filter(plugin: Any, pod: Object, *nodes: NodeInfo) -> dict[str, Status | None]:
    """What a plugin says of each node: pre-filter, then filter unless that skipped."""
    everything = snapshot(*nodes)
    state = CycleState(snapshot=everything)
    if hasattr(plugin, "pre_filter"):
        result = plugin.pre_filter(state, pod, everything)
        if result.status is not None:
            refused = result.status if result.status.rejected else None
            return dict.fromkeys((node.name for node in nodes), refused)
    return {node.name: plugin.filter(state, pod, node) for node in nodes}


def run_score(plugin: Any, pod: Object, *nodes: NodeInfo) -> dict[str, float] | None:
    """A plugin's normalized scores, None where it has nothing to say."""
    everything = snapshot(*nodes)
    state = CycleState(snapshot=everything)
    if hasattr(plugin, "pre_filter"):
        plugin.pre_filter(state, pod, everything)
    if hasattr(plugin, "pre_score") and plugin.pre_score(state, pod, list(nodes)) is not None:
        return None
    scores: dict[str, float] = {node.name: plugin.score(state, pod, node) for node in nodes}
    if hasattr(plugin, "normalize"):
        plugin.normalize(state, pod, scores)
    return scores
