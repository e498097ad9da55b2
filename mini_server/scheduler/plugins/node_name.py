"""NodeName: a pod that names its node fits only there."""

from __future__ import annotations

from mini_server.scheduler.framework.interface import CycleState, Pod, Status, unresolvable
from mini_server.scheduler.nodeinfo import NodeInfo


class NodeName:
    """Source: kubernetes ``pkg/scheduler/framework/plugins/nodename/node_name.go``."""

    name = "NodeName"

    def filter(self, state: CycleState, pod: Pod, node: NodeInfo) -> Status | None:
        """Refuses other nodes than the named one."""
        wanted = pod["spec"].get("nodeName")
        if wanted and wanted != node.name:
            return unresolvable("node(s) didn't match the requested node name")
        return None
