"""DefaultPreemption: makes room for a pod by evicting pods of lower priority.

Source: kubernetes ``pkg/scheduler/framework/preemption/preemption.go`` and ``plugins/defaultpreemption``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mini_server.scheduler.framework.interface import (
    Code,
    CycleState,
    Pod,
    PostFilterResult,
    Snapshot,
    Status,
    pod_priority,
    unresolvable,
    unschedulable,
)
from mini_server.scheduler.framework.runtime import Framework, fit_error
from mini_server.scheduler.nodeinfo import NodeInfo
from pykubectl.machinery import labels

Object = dict[str, Any]

_NO_VICTIMS = "No preemption victims found for incoming pod"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A node and the pods that would have to go, most important first."""

    node: str
    victims: tuple[Pod, ...]
    violations: int


class DefaultPreemption:
    """Evicts as few and as unimportant pods as it can.

    ``evict(victim, preemptor)`` deletes a pod; ``budgets()`` lists PodDisruptionBudgets; ``framework()`` gives the
    profile, whose filters judge the what-if.
    """

    name = "DefaultPreemption"

    def __init__(
        self,
        framework: Callable[[], Framework],
        evict: Callable[[Pod, Pod, str], None],
        budgets: Callable[[], Iterable[Object]],
    ) -> None:
        self._framework = framework
        self._evict = evict
        self._budgets = budgets

    def post_filter(
        self, state: CycleState, pod: Pod, snapshot: Snapshot, refused: Mapping[str, Status]
    ) -> PostFilterResult:
        """Chooses a node and evicts the victims there, or says why that would not help."""
        if (reason := self._ineligible(pod, snapshot, refused)) is not None:
            return PostFilterResult(status=unschedulable(f"preemption: {reason}"))
        candidates: list[Candidate] = []
        hopeless: list[Status] = []
        budgets = list(self._budgets())
        for node in snapshot.nodes:
            status = refused.get(node.name)
            if status is None or status.code is not Code.UNSCHEDULABLE:
                hopeless.append(unschedulable("Preemption is not helpful for scheduling"))
                continue
            found = self._dry_run(state, pod, node, budgets)
            if isinstance(found, Candidate):
                candidates.append(found)
            else:
                hopeless.append(found)
        if not candidates:
            message = fit_error(len(snapshot.nodes), hopeless)
            return PostFilterResult("", unschedulable(f"preemption: {message}"))
        best = min(candidates, key=_cost)
        for victim in best.victims:
            # One that is leaving already need not be told again.
            if not victim["metadata"].get("deletionTimestamp"):
                self._evict(victim, pod, best.node)
        return PostFilterResult(nominated=best.node)

    def _ineligible(self, pod: Pod, snapshot: Snapshot, refused: Mapping[str, Status]) -> str | None:
        if pod["spec"].get("preemptionPolicy") == "Never":
            return "not eligible due to preemptionPolicy=Never."
        name = pod.get("status", {}).get("nominatedNodeName", "")
        node, status = snapshot.by_name.get(name), refused.get(name)
        if node is None or (status is not None and status.code is Code.UNSCHEDULABLE_AND_UNRESOLVABLE):
            return None
        if any(_is_leaving(other) and pod_priority(other) < pod_priority(pod) for other in node.pods.values()):
            return "not eligible due to a terminating pod on the nominated node."
        return None

    def _dry_run(self, state: CycleState, pod: Pod, node: NodeInfo, budgets: list[Object]) -> Candidate | Status:
        """The fewest victims on a node, or why even evicting all of lower priority does not help."""
        framework = self._framework()
        trial = node.clone()
        potential = [p for p in node.pods.values() if pod_priority(p) < pod_priority(pod)]
        if not potential:
            return unresolvable(_NO_VICTIMS)
        for victim in potential:
            trial.remove_pod(victim["metadata"]["uid"])
        if (status := framework.filter_beside_nominated(state, pod, trial)) is not None:
            return status
        violating, harmless = _split_by_budget(sorted(potential, key=_importance), budgets)
        victims: list[Pod] = []
        violations = 0
        for group, counts in ((violating, True), (harmless, False)):
            for victim in group:
                # Give each pod its place back, the most important first, as long as the new one still fits.
                trial.add_pod(victim)
                if framework.filter_beside_nominated(state, pod, trial) is not None:
                    trial.remove_pod(victim["metadata"]["uid"])
                    victims.append(victim)
                    violations += counts
        if not victims:
            # What is in the way are pods nominated to the node, which cannot be evicted.
            return unresolvable(_NO_VICTIMS)
        return Candidate(node.name, tuple(sorted(victims, key=_importance)), violations)


def _is_leaving(pod: Pod) -> bool:
    """Being deleted to make room for another pod."""
    if not pod["metadata"].get("deletionTimestamp"):
        return False
    conditions = pod.get("status", {}).get("conditions") or []
    return any(c["type"] == "DisruptionTarget" and c.get("reason") == "PreemptionByScheduler" for c in conditions)


def _started(pod: Pod) -> str:
    return str(pod.get("status", {}).get("startTime") or pod["metadata"].get("creationTimestamp") or "")


def _importance(pod: Pod) -> tuple[int, str]:
    """Sorts the most important pod first: higher priority, then longer running."""
    return -pod_priority(pod), _started(pod)


def _cost(candidate: Candidate) -> tuple[Any, ...]:
    """Upstream's order of preferences between nodes (pickOneNodeForPreemption)."""
    priorities = [pod_priority(victim) for victim in candidate.victims]
    latest_start = min(_started(v) for v in candidate.victims if pod_priority(v) == max(priorities))
    return (
        candidate.violations,
        max(priorities),
        sum(priority + 2**31 for priority in priorities),
        len(priorities),
        _Reversed(latest_start),
        candidate.node,
    )


class _Reversed(str):
    """A text that sorts the other way round."""

    __slots__ = ()

    def __lt__(self, other: str) -> bool:
        return str.__gt__(self, other)


def _split_by_budget(pods: list[Pod], budgets: list[Object]) -> tuple[list[Pod], list[Pod]]:
    """Pods whose eviction would break a budget, and the others; each eviction uses a budget up."""
    budgets = [{"status": {}, **budget} for budget in budgets]
    allowed = {id(b): int(b["status"].get("disruptionsAllowed") or 0) for b in budgets}
    violating: list[Pod] = []
    harmless: list[Pod] = []
    for pod in pods:
        breaks = False
        for budget in budgets:
            # A pod that the API server is evicting already was counted there.
            if not _covers(budget, pod) or pod["metadata"]["name"] in (budget["status"].get("disruptedPods") or {}):
                continue
            allowed[id(budget)] -= 1
            breaks = breaks or allowed[id(budget)] < 0
        (violating if breaks else harmless).append(pod)
    return violating, harmless


def _covers(budget: Object, pod: Pod) -> bool:
    """Unlike for evictions, an empty selector and a pod without labels match nothing."""
    own, selector = pod["metadata"].get("labels"), budget["spec"].get("selector")
    if budget["metadata"].get("namespace") != pod["metadata"].get("namespace") or not own or selector is None:
        return False
    parsed = labels.selector_from_label_selector(selector)
    return not parsed.empty and parsed.matches(own)
