"""NodeAffinity: nodeSelector and node affinity, required and preferred."""

from __future__ import annotations

from typing import Any

from mini_server.scheduler.framework.interface import (
    Code,
    CycleState,
    Pod,
    PreFilterResult,
    Snapshot,
    Status,
    unresolvable,
)
from mini_server.scheduler.framework.runtime import normalize_scores
from mini_server.scheduler.nodeinfo import NodeInfo
from pykubectl.helpers.node_affinity import matches_node_selector_term, pod_matches_node

_REASON = "node(s) didn't match Pod's node affinity/selector"


class NodeAffinity:
    """Source: kubernetes ``pkg/scheduler/framework/plugins/nodeaffinity/node_affinity.go``."""

    name = "NodeAffinity"

    def pre_filter(self, state: CycleState, pod: Pod, snapshot: Snapshot) -> PreFilterResult:
        """Narrows to named nodes where every term names one with a metadata.name field requirement."""
        required = _affinity(pod).get("requiredDuringSchedulingIgnoredDuringExecution")
        if required is None and not pod["spec"].get("nodeSelector"):
            return PreFilterResult(status=Status(Code.SKIP))
        names = _named_nodes(required)
        if names is not None and not names:
            return PreFilterResult(status=unresolvable("pod affinity terms conflict"))
        return PreFilterResult(nodes=names)

    def filter(self, state: CycleState, pod: Pod, node: NodeInfo) -> Status | None:
        """Refuses nodes that selector or required terms do not match."""
        return None if pod_matches_node(pod, node.node) else unresolvable(_REASON)

    def pre_score(self, state: CycleState, pod: Pod, nodes: list[NodeInfo]) -> Status | None:
        """Nothing to score without preferred terms."""
        preferred = _affinity(pod).get("preferredDuringSchedulingIgnoredDuringExecution")
        return None if preferred else Status(Code.SKIP)

    def score(self, state: CycleState, pod: Pod, node: NodeInfo) -> float:
        """Sum of the weights of the preferred terms that match."""
        preferred = _affinity(pod).get("preferredDuringSchedulingIgnoredDuringExecution") or []
        total: float = sum(
            term["weight"] for term in preferred if matches_node_selector_term(term.get("preference") or {}, node.node)
        )
        return total

    def normalize(self, state: CycleState, pod: Pod, scores: dict[str, float]) -> None:
        """The best matching node scores highest."""
        normalize_scores(scores)


def _affinity(pod: Pod) -> dict[str, Any]:
    return (pod["spec"].get("affinity") or {}).get("nodeAffinity") or {}


def _named_nodes(selector: dict[str, Any] | None) -> frozenset[str] | None:
    """The names that the terms' ``metadata.name In`` fields leave, None where some term leaves any name."""
    terms = (selector or {}).get("nodeSelectorTerms") or []
    names: set[str] = set()
    for term in terms:
        allowed: set[str] | None = None
        for requirement in term.get("matchFields") or []:
            if requirement["key"] == "metadata.name" and requirement["operator"] == "In":
                values = set(requirement.get("values") or [])
                allowed = values if allowed is None else allowed & values
        if allowed is None:
            return None
        names |= allowed
    return frozenset(names) if terms else None
