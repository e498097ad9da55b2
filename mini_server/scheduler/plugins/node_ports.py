"""NodePorts: host ports are given once a node."""

from __future__ import annotations

from mini_server.scheduler.framework.interface import (
    Code,
    CycleState,
    Pod,
    PreFilterResult,
    Snapshot,
    Status,
    unschedulable,
)
from mini_server.scheduler.nodeinfo import NodeInfo, host_ports

_ANY = "0.0.0.0"


class NodePorts:
    """Source: kubernetes ``pkg/scheduler/framework/plugins/nodeports/node_ports.go``."""

    name = "NodePorts"

    def pre_filter(self, state: CycleState, pod: Pod, snapshot: Snapshot) -> PreFilterResult:
        """Nothing to do for a pod without host ports."""
        ports = list(host_ports(pod))
        if not ports:
            return PreFilterResult(status=Status(Code.SKIP))
        state[self.name] = ports
        return PreFilterResult()

    def filter(self, state: CycleState, pod: Pod, node: NodeInfo) -> Status | None:
        """Refuses a node where a port is taken, on the same address or where either side takes all of them."""
        for address, protocol, port in state[self.name]:
            for used_address, used_protocol, used_port in +node.ports:
                same = protocol == used_protocol and port == used_port
                if same and (_ANY in (address, used_address) or address == used_address):
                    return unschedulable("node(s) didn't have free ports for the requested pod ports")
        return None
