"""TaintToleration: taints refuse pods, or make a node less wanted."""

from __future__ import annotations

from mini_server.scheduler.framework.interface import CycleState, Pod, Status, unresolvable
from mini_server.scheduler.framework.runtime import normalize_scores
from mini_server.scheduler.nodeinfo import NodeInfo
from pykubectl.helpers.taints import tolerates_taint

_REFUSING = ("NoSchedule", "NoExecute")


class TaintToleration:
    """Source: kubernetes ``pkg/scheduler/framework/plugins/tainttoleration/taint_toleration.go``."""

    name = "TaintToleration"

    def filter(self, state: CycleState, pod: Pod, node: NodeInfo) -> Status | None:
        """Refuses a node with a taint that the pod does not tolerate."""
        tolerations = pod["spec"].get("tolerations") or []
        for taint in node.taints:
            if taint.get("effect") in _REFUSING and not tolerates_taint(tolerations, taint):
                return unresolvable("node(s) had untolerated taint(s)")
        return None

    def score(self, state: CycleState, pod: Pod, node: NodeInfo) -> float:
        """How many PreferNoSchedule taints the pod does not tolerate."""
        tolerations = [
            t for t in pod["spec"].get("tolerations") or [] if t.get("effect", "") in ("", "PreferNoSchedule")
        ]
        total: float = sum(
            taint.get("effect") == "PreferNoSchedule" and not tolerates_taint(tolerations, taint)
            for taint in node.taints
        )
        return total

    def normalize(self, state: CycleState, pod: Pod, scores: dict[str, float]) -> None:
        """Fewest taints score highest."""
        normalize_scores(scores, reverse=True)
