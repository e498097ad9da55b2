"""InterPodAffinity: pods that want to be near other pods, or away from them.

Source: kubernetes ``pkg/scheduler/framework/plugins/interpodaffinity``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
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


class InterPodAffinity:
    """``namespace_labels(name)`` serves terms with a namespaceSelector."""

    name = "InterPodAffinity"

    def __init__(self, namespace_labels: NamespaceLabels) -> None:
        self._namespace_labels = namespace_labels

    def pre_filter(self, state: CycleState, pod: Pod, snapshot: Snapshot) -> PreFilterResult:
        """Remembers the pod's terms; counting happens per candidate so that preemption's what-ifs stay true."""
        state[self.name] = (
            list(_terms(pod, "podAffinity")),
            list(_terms(pod, "podAntiAffinity")),
            snapshot,
        )
        has_existing = any(_has_anti_affinity(p) for node in snapshot.nodes for p in node.pods.values())
        if not has_existing and not state[self.name][0] and not state[self.name][1]:
            return PreFilterResult(status=Status(Code.SKIP))
        return PreFilterResult()

    def filter(self, state: CycleState, pod: Pod, node: NodeInfo) -> Status | None:
        """Required affinity, required anti-affinity, and other pods' anti-affinity against this one."""
        affinity, anti, snapshot = state[self.name]
        if not all(self._satisfied(term, pod, node, snapshot, affinity) for term in affinity):
            return unresolvable("node(s) didn't match pod affinity rules")
        if any(self._domain_has(term, node, snapshot) for term in anti):
            return unschedulable("node(s) didn't match pod anti-affinity rules")
        if self._unwelcome(pod, node, snapshot):
            return unschedulable("node(s) didn't satisfy existing pods anti-affinity rules")
        return None

    def pre_score(self, state: CycleState, pod: Pod, nodes: list[NodeInfo]) -> Status | None:
        """Sums the weights of preferred terms, the pod's own and those of the pods already there."""
        snapshot: Snapshot = state[self.name][2]
        sums: Counts = Counter()
        own = list(_weighted_terms(pod))
        for node in snapshot.nodes:
            for other in node.pods.values():
                self._add_scores(sums, own, other, node)
                self._add_scores(sums, _weighted_terms(other), pod, node)
        if not sums:
            return Status(Code.SKIP)
        state[self.name + " scores"] = sums
        return None

    def score(self, state: CycleState, pod: Pod, node: NodeInfo) -> float:
        """What the topologies that the node is in add up to."""
        sums: Counts = state[self.name + " scores"]
        return sum(weight for (key, value), weight in sums.items() if node.labels.get(key) == value)

    def normalize(self, state: CycleState, pod: Pod, scores: dict[str, float]) -> None:
        """Spreads the scores between 0 and 100."""
        low, high = min(scores.values()), max(scores.values())
        for name, score in scores.items():
            scores[name] = MAX_NODE_SCORE * (score - low) / (high - low) if high > low else 0

    def _add_scores(
        self, sums: Counts, terms: Iterator[tuple[Term, int]] | list[tuple[Term, int]], pod: Pod, node: NodeInfo
    ) -> None:
        for term, weight in terms:
            value = node.labels.get(term.topology_key)
            if value is not None and term.matches(pod, self._namespace_labels):
                sums[term.topology_key, value] += weight

    def _satisfied(self, term: Term, pod: Pod, node: NodeInfo, snapshot: Snapshot, all_terms: list[Term]) -> bool:
        if term.topology_key not in node.labels:
            return False
        if self._domain_has(term, node, snapshot):
            return True
        # The first pod of a group that wants to be near itself may start anywhere.
        nowhere = not any(self._matches_on(t, other) for t in all_terms for other in snapshot.nodes)
        return nowhere and all(t.matches(pod, self._namespace_labels) for t in all_terms)

    def _domain_has(self, term: Term, node: NodeInfo, snapshot: Snapshot) -> bool:
        value = node.labels.get(term.topology_key)
        if value is None:
            return False
        others = (n for n in snapshot.nodes if n.name != node.name and n.labels.get(term.topology_key) == value)
        return any(self._matches_on(term, member) for member in (node, *others))

    def _matches_on(self, term: Term, node: NodeInfo) -> bool:
        return any(term.matches(pod, self._namespace_labels) for pod in node.pods.values())

    def _unwelcome(self, pod: Pod, node: NodeInfo, snapshot: Snapshot) -> bool:
        others = (n for n in snapshot.nodes if n.name != node.name)
        for member in (node, *others):
            for existing in member.pods.values():
                if not _has_anti_affinity(existing):
                    continue
                for term in _terms(existing, "podAntiAffinity"):
                    value = member.labels.get(term.topology_key)
                    same = value is not None and node.labels.get(term.topology_key) == value
                    if same and term.matches(pod, self._namespace_labels):
                        return True
        return False


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
