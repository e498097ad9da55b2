"""NodeResourcesBalancedAllocation: prefers nodes whose cpu and memory fill up evenly."""

from __future__ import annotations

from mini_server.scheduler.framework.interface import MAX_NODE_SCORE, Code, CycleState, Pod, Status
from mini_server.scheduler.nodeinfo import NodeInfo
from mini_server.scheduler.resources import Resources, pod_requests

_SCORED = ("cpu", "memory")


class BalancedAllocation:
    """Source: kubernetes ``pkg/scheduler/framework/plugins/noderesources/balanced_allocation.go``."""

    name = "NodeResourcesBalancedAllocation"

    def pre_score(self, state: CycleState, pod: Pod, nodes: list[NodeInfo]) -> Status | None:
        """A pod that requests neither resource balances nothing."""
        requests = pod_requests(pod)
        if not any(requests[name] for name in _SCORED):
            return Status(Code.SKIP)
        state[self.name] = requests
        return None

    def score(self, state: CycleState, pod: Pod, node: NodeInfo) -> float:
        """50..100: the higher, the more evenly the node is used with the pod than without it; 75 for no change."""
        requests: Resources = state[self.name]
        change = _evenness(node, requests) - _evenness(node, None)
        return MAX_NODE_SCORE // 2 + (MAX_NODE_SCORE // 2 + change) // 2


def _evenness(node: NodeInfo, extra: Resources | None) -> int:
    """0..100: 100 minus the standard deviation of the resources' used shares."""
    shares = []
    for name in _SCORED:
        capacity = node.allocatable[name]
        if capacity:
            used = node.requested[name] + (extra[name] if extra else 0)
            shares.append(min(1.0, used / capacity))
    deviation = abs(shares[0] - shares[1]) / 2 if len(shares) == 2 else 0.0
    return int((1.0 - deviation) * MAX_NODE_SCORE)
