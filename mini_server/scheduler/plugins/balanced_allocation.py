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
        """Higher, the less the shares differ with the pod than without it; 50 where nothing changes."""
        requests: Resources = state[self.name]
        with_pod = _evenness(node, requests)
        without = _evenness(node, None)
        return MAX_NODE_SCORE / 2 + (with_pod - without) * MAX_NODE_SCORE / 2


def _evenness(node: NodeInfo, extra: Resources | None) -> float:
    """1 minus the standard deviation of the resources' used shares."""
    shares = []
    for name in _SCORED:
        capacity = node.allocatable[name]
        if capacity:
            used = node.requested[name] + (extra[name] if extra else 0)
            shares.append(min(1.0, used / capacity))
    if len(shares) != 2:
        return 1.0
    return 1.0 - abs(shares[0] - shares[1]) / 2
