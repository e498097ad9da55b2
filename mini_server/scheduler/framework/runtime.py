"""Runs the plugins of a profile at the extension points they take part in.

Source: kubernetes ``pkg/scheduler/framework/runtime/framework.go``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from mini_server.scheduler.framework.interface import (
    MAX_NODE_SCORE,
    Code,
    CycleState,
    PermitResult,
    Plugin,
    Pod,
    PostFilterResult,
    Snapshot,
    Status,
    pod_priority,
    unresolvable,
)
from mini_server.scheduler.framework.waiting import WaitingPod, WaitingPods
from mini_server.scheduler.nodeinfo import NodeInfo
from pykubectl.machinery.util.clock import Clock, RealClock

# Extension points by the method that makes a plugin part of them.
POINTS = (
    "sort_key",
    "pre_enqueue",
    "pre_filter",
    "filter",
    "post_filter",
    "pre_score",
    "score",
    "reserve",
    "permit",
    "pre_bind",
    "bind",
    "post_bind",
)


@dataclass(frozen=True, slots=True)
class WeightedPlugin:
    """A plugin of a profile with the weight of its scores."""

    plugin: Plugin
    weight: int = 1


class Framework:
    """The plugins of one profile, in the profile's order at every point.

    Raises ValueError where a profile has not exactly one queue-sort plugin, or no bind plugin.
    """

    def __init__(self, profile: str, plugins: Sequence[WeightedPlugin], clock: Clock | None = None) -> None:
        self.profile = profile
        self.waiting = WaitingPods()
        self._clock = clock or RealClock()
        self._weights = {entry.plugin.name: entry.weight for entry in plugins}
        self._at: dict[str, list[Any]] = {
            point: [e.plugin for e in plugins if hasattr(e.plugin, point)] for point in POINTS
        }
        if len(self._at["sort_key"]) != 1:
            raise ValueError(f"profile {profile!r} needs exactly one queue sort plugin")
        if not self._at["bind"]:
            raise ValueError(f"profile {profile!r} needs at least one bind plugin")
        self.sort_key = self._at["sort_key"][0].sort_key

    def admits(self, pod: Pod) -> bool:
        """Whether every pre-enqueue plugin lets the pod into the active queue."""
        return all(plugin.pre_enqueue(pod) is None for plugin in self._at["pre_enqueue"])

    def pre_filter(self, state: CycleState, pod: Pod, snapshot: Snapshot) -> PreFiltered:
        """The nodes left to filter, what is to be said of the others, or a refusal of all.

        Leaves the snapshot in ``state["snapshot"]`` and remembers there which filters have nothing to say.
        """
        state["snapshot"] = snapshot
        names: frozenset[str] | None = None
        skipped: set[str] = set()
        narrowing: set[str] = set()
        for plugin in self._at["pre_filter"]:
            result = plugin.pre_filter(state, pod, snapshot)
            if result.status is not None:
                if result.status.code is not Code.SKIP:
                    return PreFiltered(refusal=_checked("PreFilter", plugin, result.status))
                skipped.add(plugin.name)
            if result.nodes is not None:
                narrowing.add(plugin.name)
                names = result.nodes if names is None else names & result.nodes
                if not names:
                    return PreFiltered(refusal=_nothing_left(narrowing))
        state["skipped filters"] = skipped
        if names is None:
            return PreFiltered(snapshot.nodes)
        nodes = [snapshot.by_name[name] for name in sorted(names) if name in snapshot.by_name]
        reason = f"node(s) didn't satisfy plugin(s) [{' '.join(sorted(narrowing))}]"
        return PreFiltered(nodes, absent=unresolvable(reason)._replace(plugin=min(narrowing)))

    def filter(self, state: CycleState, pod: Pod, node: NodeInfo) -> Status | None:
        """The first refusal of a node."""
        skipped = state.get("skipped filters", ())
        for plugin in self._at["filter"]:
            if plugin.name in skipped:
                continue
            status: Status | None = plugin.filter(state, pod, node)
            if status is not None:
                return _checked("Filter", plugin, status)
        return None

    def filter_beside_nominated(self, state: CycleState, pod: Pod, node: NodeInfo) -> Status | None:
        """As `filter`, for a node on which other pods are expected that preemption has made room for.

        ``state["nominated"]`` has them by node. The pod must fit beside those that matter no less than it, and, in case
        they never come, without them.
        """
        expected = [
            other
            for other in state.get("nominated", {}).get(node.name, ())
            if other["metadata"]["uid"] != pod["metadata"]["uid"] and pod_priority(other) >= pod_priority(pod)
        ]
        if expected:
            crowded = node.clone()
            for other in expected:
                crowded.add_pod(other)
            status = self.filter(state, pod, crowded)
            if status is not None:
                return status
        return self.filter(state, pod, node)

    def post_filter(
        self, state: CycleState, pod: Pod, snapshot: Snapshot, refused: dict[str, Status]
    ) -> PostFilterResult:
        """The first plugin that nominates a node wins; else the refusals' texts joined."""
        messages: list[str] = []
        nominated: str | None = None
        for plugin in self._at["post_filter"]:
            result: PostFilterResult = plugin.post_filter(state, pod, snapshot, refused)
            if result.status is None:
                return result
            nominated = result.nominated if nominated is None else nominated
            messages += _checked("PostFilter", plugin, result.status).reasons
        return PostFilterResult(nominated, Status(Code.UNSCHEDULABLE, tuple(messages)))

    def score(self, state: CycleState, pod: Pod, nodes: list[NodeInfo]) -> dict[str, float]:
        """Weighted total per node name."""
        totals = dict.fromkeys((node.name for node in nodes), 0.0)
        skipped = {p.name for p in self._at["pre_score"] if _is_skip(p.pre_score(state, pod, nodes))}
        for plugin in self._at["score"]:
            if plugin.name in skipped:
                continue
            scores = {node.name: plugin.score(state, pod, node) for node in nodes}
            if hasattr(plugin, "normalize"):
                plugin.normalize(state, pod, scores)
            weight = self._weights[plugin.name]
            for name, score in scores.items():
                totals[name] += weight * int(score)
        return totals

    def reserve(self, state: CycleState, pod: Pod, node: str) -> Status | None:
        """Reserves in order; a refusal takes back what was reserved."""
        status = self._first("reserve", state, pod, node)
        if status is not None:
            self.unreserve(state, pod, node)
        return status

    def unreserve(self, state: CycleState, pod: Pod, node: str) -> None:
        """Takes reservations back, last first."""
        for plugin in reversed(self._at["reserve"]):
            plugin.unreserve(state, pod, node)

    def permit(self, state: CycleState, pod: Pod, node: str) -> PermitResult:
        """A refusal; or ``Code.WAIT`` after which `wait_on_permit` must be called, with the longest time asked for."""
        timeouts: dict[str, float] = {}
        for plugin in self._at["permit"]:
            result: PermitResult = plugin.permit(state, pod, node)
            if result.status is None:
                continue
            if result.status.code is not Code.WAIT:
                return PermitResult(_checked("Permit", plugin, result.status))
            timeouts[plugin.name] = result.timeout
        if not timeouts:
            return PermitResult()
        self.waiting.add(WaitingPod(pod, timeouts, self._clock))
        return PermitResult(Status(Code.WAIT), max(timeouts.values()))

    def wait_on_permit(self, pod: Pod) -> Status | None:
        """Blocks while the pod waits; a refusal where a plugin refuses it or its time is over."""
        uid = pod["metadata"]["uid"]
        waiting = self.waiting.get(uid)
        if waiting is None:
            return None
        try:
            return waiting.wait()
        finally:
            self.waiting.remove(uid)

    def pre_bind(self, state: CycleState, pod: Pod, node: str) -> Status | None:
        """The first refusal."""
        return self._first("pre_bind", state, pod, node)

    def bind(self, state: CycleState, pod: Pod, node: str) -> Status | None:
        """Binds with the first plugin that does not skip."""
        for plugin in self._at["bind"]:
            status: Status | None = plugin.bind(state, pod, node)
            if status is None:
                return None
            if not _is_skip(status):
                reason = f'running Bind plugin "{plugin.name}": {status.message}'
                return status._replace(reasons=(reason,), plugin=plugin.name)
        return Status(Code.ERROR, ("no bind plugin took the pod",))

    def post_bind(self, state: CycleState, pod: Pod, node: str) -> None:
        """Tells everyone who wants to know."""
        for plugin in self._at["post_bind"]:
            plugin.post_bind(state, pod, node)

    def _first(self, point: str, state: CycleState, pod: Pod, node: str) -> Status | None:
        for plugin in self._at[point]:
            status: Status | None = getattr(plugin, point)(state, pod, node)
            if status is not None:
                return status._replace(plugin=plugin.name)
        return None


class PreFiltered(NamedTuple):
    """Nodes left to filter; what the nodes left out are refused with, if any were; a refusal of every node."""

    nodes: list[NodeInfo] = []  # noqa: RUF012 - never changed
    absent: Status | None = None
    refusal: Status | None = None


class PluginError(Exception):
    """A plugin failed, as opposed to having refused a pod."""


def _checked(point: str, plugin: Plugin, status: Status) -> Status:
    """The status with its plugin's name. Raises PluginError where the plugin failed."""
    if status.code is Code.ERROR:
        raise PluginError(f'running {point} plugin "{plugin.name}": {status.message}')
    return status._replace(plugin=plugin.name)


def _nothing_left(plugins: set[str]) -> Status:
    names = sorted(plugins)
    if len(names) == 1:
        return unresolvable(f"node(s) didn't satisfy plugin {names[0]}")._replace(plugin=names[0])
    reason = f"node(s) didn't satisfy plugin(s) [{' '.join(names)}] simultaneously"
    return unresolvable(reason)._replace(plugin=names[-1])


def _is_skip(status: Status | None) -> bool:
    return status is not None and status.code is Code.SKIP


def normalize_scores(scores: dict[str, float], *, reverse: bool = False) -> None:
    """Scales scores so that the highest is `MAX_NODE_SCORE`; ``reverse`` makes the highest 0 instead.

    Source: kubernetes ``pkg/scheduler/framework/plugins/helper/normalize_score.go``.
    """
    highest = max(scores.values(), default=0)
    for name, score in scores.items():
        scaled = MAX_NODE_SCORE * score // highest if highest else 0
        scores[name] = MAX_NODE_SCORE - scaled if reverse else scaled


def fit_error(nodes: int, refusals: Iterable[Status]) -> str:
    """kube-scheduler's sentence on why no node fits. Source: ``pkg/scheduler/framework/types.go`` FitError.Error."""
    counts: dict[str, int] = {}
    for status in refusals:
        for reason in status.reasons:
            counts[reason] = counts.get(reason, 0) + 1
    reasons = ", ".join(sorted(f"{count} {reason}" for reason, count in counts.items()))
    text = f"0/{nodes} nodes are available:"
    return f"{text} {reasons}." if reasons else text
