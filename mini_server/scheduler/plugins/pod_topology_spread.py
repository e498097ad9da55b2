"""PodTopologySpread: spreads the pods of a group over zones, nodes or other topologies.

Source: kubernetes ``pkg/scheduler/framework/plugins/podtopologyspread``.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from typing import Any, NamedTuple

from mini_server.scheduler.framework.interface import (
    MAX_NODE_SCORE,
    Code,
    CycleState,
    Pod,
    PreFilterResult,
    Snapshot,
    Status,
    unresolvable,
    unschedulable,
)
from mini_server.scheduler.nodeinfo import NodeInfo
from pykubectl.helpers.node_affinity import pod_matches_node
from pykubectl.helpers.taints import tolerates_taint
from pykubectl.machinery import labels


class Constraint(NamedTuple):
    """A topology spread constraint, made ready to match."""

    key: str
    max_skew: int
    selector: labels.Selector
    min_domains: int
    honor_affinity: bool
    honor_taints: bool


class PodTopologySpread:
    """Filters on DoNotSchedule constraints, scores on ScheduleAnyway ones."""

    name = "PodTopologySpread"

    def pre_filter(self, state: CycleState, pod: Pod, snapshot: Snapshot) -> PreFilterResult:
        """Nothing to filter without hard constraints."""
        state[self.name + " snapshot"] = snapshot
        hard = _constraints(pod, "DoNotSchedule")
        if not hard:
            return PreFilterResult(status=Status(Code.SKIP))
        state[self.name] = hard
        return PreFilterResult()

    def filter(self, state: CycleState, pod: Pod, node: NodeInfo) -> Status | None:
        """Refuses a node where the pod would make the skew too large."""
        snapshot: Snapshot = state[self.name + " snapshot"]
        for constraint in state[self.name]:
            value = node.labels.get(constraint.key)
            if value is None:
                return unresolvable("node(s) didn't match pod topology spread constraints (missing required label)")
            counts = _count(constraint, pod, _with(snapshot.nodes, node))
            smallest = min(counts.values(), default=0) if len(counts) >= constraint.min_domains else 0
            itself = constraint.selector.matches(pod["metadata"].get("labels") or {})
            if counts[value] + itself - smallest > constraint.max_skew:
                return unschedulable("node(s) didn't match pod topology spread constraints")
        return None

    def pre_score(self, state: CycleState, pod: Pod, nodes: list[NodeInfo]) -> Status | None:
        """Counts the pods of each topology the candidates are in."""
        soft = _constraints(pod, "ScheduleAnyway")
        if not soft:
            return Status(Code.SKIP)
        snapshot: Snapshot = state[self.name + " snapshot"]
        state[self.name + " soft"] = [(c, _count(c, pod, snapshot.nodes)) for c in soft]
        return None

    def score(self, state: CycleState, pod: Pod, node: NodeInfo) -> float:
        """Grows with the number of pods already in the node's topologies; fewer topologies weigh less."""
        total = 0.0
        for constraint, counts in state[self.name + " soft"]:
            value = node.labels.get(constraint.key)
            if value is not None:
                total += counts[value] * math.log(len(counts) + 2) + (constraint.max_skew - 1)
        return total

    def normalize(self, state: CycleState, pod: Pod, scores: dict[str, float]) -> None:
        """The emptiest topology scores highest."""
        low, high = min(scores.values()), max(scores.values())
        for name, score in scores.items():
            scores[name] = MAX_NODE_SCORE * (high + low - score) / high if high else MAX_NODE_SCORE


def _constraints(pod: Pod, when: str) -> list[Constraint]:
    return [
        Constraint(
            entry["topologyKey"],
            entry["maxSkew"],
            _selector(entry, pod),
            entry.get("minDomains") or 1,
            entry.get("nodeAffinityPolicy", "Honor") == "Honor",
            entry.get("nodeTaintsPolicy", "Ignore") == "Honor",
        )
        for entry in pod["spec"].get("topologySpreadConstraints") or []
        if entry["whenUnsatisfiable"] == when
    ]


def _selector(entry: dict[str, Any], pod: Pod) -> labels.Selector:
    selector = entry.get("labelSelector")
    if selector is None:
        return labels.nothing()
    own = pod["metadata"].get("labels") or {}
    same = [
        {"key": key, "operator": "In", "values": [own[key]]} for key in entry.get("matchLabelKeys") or [] if key in own
    ]
    expressions = [*(selector.get("matchExpressions") or []), *same]
    return labels.selector_from_label_selector({**selector, "matchExpressions": expressions})


def _with(nodes: Iterable[NodeInfo], changed: NodeInfo) -> list[NodeInfo]:
    """The snapshot with one node as preemption's what-if has it."""
    return [changed if node.name == changed.name else node for node in nodes]


def _count(constraint: Constraint, pod: Pod, nodes: Iterable[NodeInfo]) -> Counter[str]:
    """Matching pods per topology value, zero included, over the nodes that the constraint considers."""
    namespace = pod["metadata"].get("namespace", "")
    counts: Counter[str] = Counter()
    for node in nodes:
        value = node.labels.get(constraint.key)
        if value is None or not _considered(constraint, pod, node):
            continue
        counts[value] += sum(
            other["metadata"].get("namespace", "") == namespace
            and not other["metadata"].get("deletionTimestamp")
            and constraint.selector.matches(other["metadata"].get("labels") or {})
            for other in node.pods.values()
        )
    return counts


def _considered(constraint: Constraint, pod: Pod, node: NodeInfo) -> bool:
    if constraint.honor_affinity and not pod_matches_node(pod, node.node):
        return False
    if not constraint.honor_taints:
        return True
    tolerations = pod["spec"].get("tolerations") or []
    return all(
        taint.get("effect") == "PreferNoSchedule" or tolerates_taint(tolerations, taint) for taint in node.taints
    )
