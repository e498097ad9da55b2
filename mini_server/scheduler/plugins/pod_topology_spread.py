"""PodTopologySpread: spreads the pods of a group over zones, nodes or other topologies.

Source: kubernetes ``pkg/scheduler/framework/plugins/podtopologyspread``.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable
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

HARD, SOFT = "DoNotSchedule", "ScheduleAnyway"
HOSTNAME = "kubernetes.io/hostname"
_REASON = "node(s) didn't match pod topology spread constraints"

# What holds for a pod without constraints of its own, over the pods of its services and controllers: (key, maxSkew).
_DEFAULTS = (("kubernetes.io/hostname", 3), ("topology.kubernetes.io/zone", 5))


class Constraint(NamedTuple):
    """A topology spread constraint, made ready to match."""

    key: str
    max_skew: int
    selector: labels.Selector
    min_domains: int = 1
    honor_affinity: bool = True
    honor_taints: bool = False


class Soft(NamedTuple):
    """What scoring needs: constraints with their counts and weights, and the nodes that lack a topology."""

    parts: list[tuple[Constraint, Counter[str], float]]
    ignored: frozenset[str]


class PodTopologySpread:
    """Filters on DoNotSchedule constraints, scores on ScheduleAnyway ones.

    ``group_of(pod)`` gives the selector of the services and controllers that a pod belongs to, for the defaults.
    """

    name = "PodTopologySpread"

    def __init__(self, group_of: Callable[[Pod], labels.Selector] = lambda pod: labels.nothing()) -> None:
        self._group_of = group_of

    def pre_filter(self, state: CycleState, pod: Pod, snapshot: Snapshot) -> PreFilterResult:
        """Counts the pods of each topology; nothing to filter without hard constraints."""
        hard = _constraints(pod, HARD)
        if not hard:
            return PreFilterResult(status=Status(Code.SKIP))
        state[self.name] = hard
        state[self.name + " counts"] = _count_all(hard, pod, snapshot.nodes)
        return PreFilterResult()

    def filter(self, state: CycleState, pod: Pod, node: NodeInfo) -> Status | None:
        """Refuses a node where the pod would make the skew too large."""
        hard: list[Constraint] = state[self.name]
        own = pod["metadata"].get("labels") or {}
        for constraint, counts in zip(hard, self._counts(state, pod, node)):
            value = node.labels.get(constraint.key)
            if value is None:
                return unresolvable(f"{_REASON} (missing required label)")
            smallest = min(counts.values(), default=0) if len(counts) >= constraint.min_domains else 0
            if counts[value] + constraint.selector.matches(own) - smallest > constraint.max_skew:
                return unschedulable(_REASON)
        return None

    def _counts(self, state: CycleState, pod: Pod, node: NodeInfo) -> list[Counter[str]]:
        """The cycle's counts; counted anew where the node is not the snapshot's but one of preemption's what-ifs."""
        snapshot: Snapshot = state["snapshot"]
        counts: list[Counter[str]] = state[self.name + " counts"]
        if snapshot.by_name.get(node.name) is node:
            return counts
        changed = [node if other.name == node.name else other for other in snapshot.nodes]
        return _count_all(state[self.name], pod, changed)

    def pre_score(self, state: CycleState, pod: Pod, nodes: list[NodeInfo]) -> Status | None:
        """Counts the pods of each topology that the candidates are in."""
        defaulted = not pod["spec"].get("topologySpreadConstraints")
        soft = self._defaults(pod) if defaulted else _constraints(pod, SOFT)
        if not soft:
            return Status(Code.SKIP)
        # The defaults hold too for nodes without a zone.
        ignored = frozenset() if defaulted else frozenset(n.name for n in nodes if not _has_keys(n, soft))
        scored = [node for node in nodes if node.name not in ignored]
        snapshot: Snapshot = state["snapshot"]
        everywhere = snapshot.nodes if defaulted else [n for n in snapshot.nodes if _has_keys(n, soft)]
        parts = []
        for constraint in soft:
            values = {node.labels.get(constraint.key, "") for node in scored}
            size = len(scored) if constraint.key == HOSTNAME else len(values)
            counts = _count(constraint, pod, [n for n in everywhere if n.labels.get(constraint.key, "") in values])
            parts.append((constraint, counts, math.log(size + 2)))
        state[self.name + " soft"] = Soft(parts, ignored)
        return None

    def score(self, state: CycleState, pod: Pod, node: NodeInfo) -> float:
        """Grows with the number of pods already in the node's topologies; fewer topologies weigh less."""
        soft: Soft = state[self.name + " soft"]
        if node.name in soft.ignored:
            return 0
        total = 0.0
        for constraint, counts, weight in soft.parts:
            value = node.labels.get(constraint.key)
            if value is not None:
                total += counts[value] * weight + (constraint.max_skew - 1)
        return math.floor(total + 0.5)

    def normalize(self, state: CycleState, pod: Pod, scores: dict[str, float]) -> None:
        """The emptiest topology scores highest, a node without the topology 0."""
        soft: Soft = state[self.name + " soft"]
        counted = [score for name, score in scores.items() if name not in soft.ignored]
        low, high = min(counted, default=0), max(counted, default=0)
        for name, score in scores.items():
            if name in soft.ignored:
                scores[name] = 0
            else:
                scores[name] = MAX_NODE_SCORE * (high + low - score) // high if high else MAX_NODE_SCORE

    def _defaults(self, pod: Pod) -> list[Constraint]:
        group = self._group_of(pod)
        if group.empty or group.matches_nothing:
            return []
        return [Constraint(key, skew, group) for key, skew in _DEFAULTS]


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


def _has_keys(node: NodeInfo, constraints: Iterable[Constraint]) -> bool:
    return all(constraint.key in node.labels for constraint in constraints)


def _count_all(constraints: list[Constraint], pod: Pod, nodes: Iterable[NodeInfo]) -> list[Counter[str]]:
    """One count per constraint, over the nodes that are in a topology of every one of them."""
    eligible = [node for node in nodes if _has_keys(node, constraints)]
    return [_count(constraint, pod, eligible) for constraint in constraints]


def _count(constraint: Constraint, pod: Pod, nodes: Iterable[NodeInfo]) -> Counter[str]:
    """Matching pods per topology value, zero included, over the nodes that the constraint considers."""
    namespace = pod["metadata"].get("namespace", "")
    counts: Counter[str] = Counter()
    for node in nodes:
        if not _considered(constraint, pod, node):
            continue
        counts[node.labels.get(constraint.key, "")] += sum(
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
