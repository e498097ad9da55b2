"""NodeUnschedulable: cordoned nodes take only pods that tolerate it."""

from __future__ import annotations

from mini_server.scheduler.framework.interface import CycleState, Pod, Status, unresolvable
from mini_server.scheduler.nodeinfo import NodeInfo
from pykubectl.helpers.taints import tolerates_taint

_TAINT = {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}


class NodeUnschedulable:
    """Source: kubernetes ``pkg/scheduler/framework/plugins/nodeunschedulable/node_unschedulable.go``."""

    name = "NodeUnschedulable"

    def filter(self, state: CycleState, pod: Pod, node: NodeInfo) -> Status | None:
        """Refuses a node that is marked unschedulable."""
        if not node.node["spec"].get("unschedulable"):
            return None
        if tolerates_taint(pod["spec"].get("tolerations") or [], _TAINT):
            return None
        return unresolvable("node(s) were unschedulable")
