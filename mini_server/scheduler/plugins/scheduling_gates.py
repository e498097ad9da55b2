"""SchedulingGates: a pod with gates does not enter the queue."""

from __future__ import annotations

from mini_server.scheduler.framework.interface import Pod, Status, unresolvable


class SchedulingGates:
    """Source: kubernetes ``pkg/scheduler/framework/plugins/schedulinggates/scheduling_gates.go``."""

    name = "SchedulingGates"

    def pre_enqueue(self, pod: Pod) -> Status | None:
        """Refuses while a gate is left."""
        gates = [gate["name"] for gate in pod["spec"].get("schedulingGates") or []]
        if not gates:
            return None
        return unresolvable(f"waiting for scheduling gates: [{' '.join(gates)}]")
