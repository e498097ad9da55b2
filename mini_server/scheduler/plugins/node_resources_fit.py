"""NodeResourcesFit: requests must fit into what is left; emptier nodes score higher (LeastAllocated)."""

from __future__ import annotations

from mini_server.scheduler.framework.interface import (
    MAX_NODE_SCORE,
    CycleState,
    Pod,
    PreFilterResult,
    Snapshot,
    Status,
    unresolvable,
    unschedulable,
)
from mini_server.scheduler.nodeinfo import NodeInfo
from mini_server.scheduler.resources import Resources, non_zero_requests, pod_requests

_SCORED = ("cpu", "memory")


class NodeResourcesFit:
    """Source: kubernetes ``pkg/scheduler/framework/plugins/noderesources/fit.go`` and ``least_allocated.go``."""

    name = "NodeResourcesFit"

    def pre_filter(self, state: CycleState, pod: Pod, snapshot: Snapshot) -> PreFilterResult:
        """Computes the pod's requests once."""
        state[self.name] = pod_requests(pod)
        return PreFilterResult()

    def filter(self, state: CycleState, pod: Pod, node: NodeInfo) -> Status | None:
        """Names every resource that is short; more than the whole node has is beyond preemption's help."""
        wanted: Resources = state[self.name]
        short = [
            name for name, amount in wanted.items() if amount and amount > node.allocatable[name] - node.requested[name]
        ]
        if not short:
            return None
        reasons = tuple(
            "Too many pods" if name == "pods" else f"Insufficient {name}" for name in sorted(short, key=_order)
        )
        if any(name != "pods" and wanted[name] > node.allocatable[name] for name in short):
            return unresolvable(*reasons)
        return unschedulable(*reasons)

    def pre_score(self, state: CycleState, pod: Pod, nodes: list[NodeInfo]) -> Status | None:
        """Computes what the pod counts as once."""
        state[self.name + " score"] = non_zero_requests(pod)
        return None

    def score(self, state: CycleState, pod: Pod, node: NodeInfo) -> float:
        """Mean free share of cpu and memory after the pod, 0..100."""
        wanted: Resources = state[self.name + " score"]
        scores = []
        for name in _SCORED:
            capacity = node.allocatable[name]
            if not capacity:
                continue
            used = node.non_zero_requested[name] + wanted[name]
            scores.append(max(0, (capacity - used) * MAX_NODE_SCORE // capacity))
        return sum(scores) // len(scores) if scores else 0


def _order(name: str) -> tuple[int, str]:
    """Upstream's order of reasons: pods, cpu, memory, ephemeral-storage, then the others by name."""
    known = ("pods", "cpu", "memory", "ephemeral-storage")
    return (known.index(name) if name in known else len(known), name)
