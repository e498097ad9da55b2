"""InterPodAffinity: pods that want to be near other pods, or away from them.

Source: kubernetes ``pkg/scheduler/framework/plugins/interpodaffinity``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
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
from pykubectl.machinery import labels

Object = dict[str, Any]
NamespaceLabels = Callable[[str], dict[str, str]]

_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
_PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"


class Term(NamedTuple):
    """An affinity term, made ready to match."""

    selector: labels.Selector
    namespaces: frozenset[str]
    namespace_selector: labels.Selector | None
    topology_key: str

    def matches(self, pod: Pod, namespace_labels: NamespaceLabels) -> bool:
        """Whether the term speaks of a pod."""
        namespace = pod["metadata"].get("namespace", "")
        if namespace not in self.namespaces:
            chosen = self.namespace_selector
            if chosen is None or not chosen.matches(namespace_labels(namespace)):
                return False
        return self.selector.matches(pod["metadata"].get("labels") or {})


Counts = Counter[tuple[str, str]]


class Matches(NamedTuple):
    """How often a topology (key, value) is matched: by the pod's own terms, and by those of pods already there."""

    affinity: Counts
    anti: Counts
    existing_anti: Counts


class InterPodAffinity:
    """``namespace_labels(name)`` serves terms with a namespaceSelector."""

    name = "InterPodAffinity"

    def __init__(self, namespace_labels: NamespaceLabels) -> None:
        self._namespace_labels = namespace_labels

    def pre_filter(self, state: CycleState, pod: Pod, snapshot: Snapshot) -> PreFilterResult:
        """Counts what the terms match; nothing to filter where neither this pod nor another has any."""
        affinity, anti = list(_terms(pod, "podAffinity")), list(_terms(pod, "podAntiAffinity"))
        matches = self._count(pod, affinity, anti, snapshot.nodes)
        if not affinity and not anti and not matches.existing_anti:
            return PreFilterResult(status=Status(Code.SKIP))
        state[self.name] = (affinity, anti, matches)
        return PreFilterResult()

    def filter(self, state: CycleState, pod: Pod, node: NodeInfo) -> Status | None:
        """Required affinity, required anti-affinity, and other pods' anti-affinity against this one."""
        affinity, anti, matches = state[self.name]
        snapshot: Snapshot = state["snapshot"]
        if snapshot.by_name.get(node.name) is not node:
            # One of preemption's what-ifs: the counts are not those of the snapshot.
            changed = [node if other.name == node.name else other for other in snapshot.nodes]
            matches = self._count(pod, affinity, anti, changed)
        if not self._satisfied(pod, affinity, node, matches.affinity):
            return unresolvable("node(s) didn't match pod affinity rules")
        if any(matches.anti[pair] for term in anti for pair in _pairs(term, node)):
            return unschedulable("node(s) didn't match pod anti-affinity rules")
        if any(matches.existing_anti[pair] for pair in node.labels.items()):
            return unschedulable("node(s) didn't satisfy existing pods anti-affinity rules")
        return None

    def pre_score(self, state: CycleState, pod: Pod, nodes: list[NodeInfo]) -> Status | None:
        """Sums the weights of preferred terms, the pod's own and those of the pods already there."""
        snapshot: Snapshot = state["snapshot"]
        sums: Counts = Counter()
        own = list(_weighted_terms(pod))
        for node in snapshot.nodes:
            for other in node.pods.values():
                self._add_scores(sums, own, other, node)
                self._add_scores(sums, (*_weighted_terms(other), *_hard_terms(other)), pod, node)
        if not sums:
            return Status(Code.SKIP)
        state[self.name + " scores"] = sums
        return None

    def score(self, state: CycleState, pod: Pod, node: NodeInfo) -> float:
        """What the topologies that the node is in add up to."""
        sums: Counts = state[self.name + " scores"]
        return sum(sums[pair] for pair in node.labels.items())

    def normalize(self, state: CycleState, pod: Pod, scores: dict[str, float]) -> None:
        """Spreads the scores between 0 and 100."""
        low, high = min(scores.values()), max(scores.values())
        for name, score in scores.items():
            scores[name] = MAX_NODE_SCORE * (score - low) / (high - low) if high > low else 0

    def _count(self, pod: Pod, affinity: list[Term], anti: list[Term], nodes: Iterable[NodeInfo]) -> Matches:
        matches = Matches(Counter(), Counter(), Counter())
        for node in nodes:
            for other in node.pods.values():
                # A pod is near enough only where it matches all terms at once; any one is too near for anti-affinity.
                if affinity and all(term.matches(other, self._namespace_labels) for term in affinity):
                    matches.affinity.update(pair for term in affinity for pair in _pairs(term, node))
                for term in anti:
                    if term.matches(other, self._namespace_labels):
                        matches.anti.update(_pairs(term, node))
                if _has_anti_affinity(other):
                    for term in _terms(other, "podAntiAffinity"):
                        if term.matches(pod, self._namespace_labels):
                            matches.existing_anti.update(_pairs(term, node))
        return matches

    def _satisfied(self, pod: Pod, terms: list[Term], node: NodeInfo, counts: Counts) -> bool:
        if any(term.topology_key not in node.labels for term in terms):
            return False
        if all(counts[pair] for term in terms for pair in _pairs(term, node)):
            return True
        # The first pod of a group that wants to be near itself may start anywhere.
        return not counts and all(term.matches(pod, self._namespace_labels) for term in terms)

    def _add_scores(self, sums: Counts, terms: Iterable[tuple[Term, int]], pod: Pod, node: NodeInfo) -> None:
        for term, weight in terms:
            for pair in _pairs(term, node):
                if term.matches(pod, self._namespace_labels):
                    sums[pair] += weight


def _pairs(term: Term, node: NodeInfo) -> list[tuple[str, str]]:
    """The term's topology on a node: one pair, or none where the node is not in it."""
    value = node.labels.get(term.topology_key)
    return [] if value is None else [(term.topology_key, value)]


def _hard_terms(pod: Pod) -> Iterator[tuple[Term, int]]:
    """Required affinity of a pod already there draws a little too (hardPodAffinityWeight 1)."""
    if pod["spec"].get("affinity"):
        for term in _terms(pod, "podAffinity"):
            yield term, 1


def _section(pod: Pod, kind: str, when: str) -> list[Object]:
    return ((pod["spec"].get("affinity") or {}).get(kind) or {}).get(when) or []


def _has_anti_affinity(pod: Pod) -> bool:
    return bool(pod["spec"].get("affinity")) and bool(_section(pod, "podAntiAffinity", _REQUIRED))


def _terms(pod: Pod, kind: str) -> Iterator[Term]:
    for term in _section(pod, kind, _REQUIRED):
        yield _term(term, pod)


def _weighted_terms(pod: Pod) -> Iterator[tuple[Term, int]]:
    if not pod["spec"].get("affinity"):
        return
    for kind, sign in (("podAffinity", 1), ("podAntiAffinity", -1)):
        for weighted in _section(pod, kind, _PREFERRED):
            yield _term(weighted["podAffinityTerm"], pod), sign * weighted["weight"]


def _term(term: Object, owner: Pod) -> Term:
    own_labels = owner["metadata"].get("labels") or {}
    selector = dict(term.get("labelSelector") or {})
    expressions = list(selector.get("matchExpressions") or [])
    for key_list, operator in (("matchLabelKeys", "In"), ("mismatchLabelKeys", "NotIn")):
        for key in term.get(key_list) or []:
            if key in own_labels:
                expressions.append({"key": key, "operator": operator, "values": [own_labels[key]]})
    namespaces = frozenset(term.get("namespaces") or [])
    namespace_selector = term.get("namespaceSelector")
    if not namespaces and namespace_selector is None:
        namespaces = frozenset([owner["metadata"].get("namespace", "")])
    return Term(
        labels.selector_from_label_selector({**selector, "matchExpressions": expressions})
        if term.get("labelSelector") is not None
        else labels.nothing(),
        namespaces,
        None if namespace_selector is None else labels.selector_from_label_selector(namespace_selector),
        term["topologyKey"],
    )
