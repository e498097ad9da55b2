"""One scheduling decision: from a pod and a snapshot to a node, or to the reasons why there is none.

Source: kubernetes ``pkg/scheduler/schedule_one.go``.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from mini_server.scheduler.framework.interface import CycleState, Pod, Snapshot, Status
from mini_server.scheduler.framework.runtime import Framework, fit_error
from mini_server.scheduler.nodeinfo import NodeInfo

NO_NODES = "no nodes available to schedule pods"

# Node name -> pods that preemption has made room for there and that have not come yet.
Nominated = Mapping[str, Iterable[Pod]]


@dataclass(slots=True)
class Decision:
    """The node chosen; or, with ``node`` empty, why none was, the plugins that refused, and a nomination.

    ``nominated`` is None where an earlier nomination is to be left as it is, empty where it is to be taken back.
    """

    state: CycleState
    node: str = ""
    message: str = ""
    refused_by: frozenset[str] = field(default_factory=frozenset)
    nominated: str | None = None


def decide(
    framework: Framework, pod: Pod, snapshot: Snapshot, chance: random.Random, nominated: Nominated | None = None
) -> Decision:
    """Runs pre-filter to score, and post-filter where no node passes. Equal best scores are settled by ``chance``.

    Raises PluginError where a plugin fails.
    """
    state = CycleState()
    if not snapshot.nodes:
        return Decision(state, message=NO_NODES)
    candidates = framework.pre_filter(state, pod, snapshot)
    if candidates.refusal is not None:
        refused = {node.name: candidates.refusal for node in snapshot.nodes}
        message = f"0/{len(snapshot.nodes)} nodes are available: {candidates.refusal.message}."
        return _explain(framework, state, pod, snapshot, refused, message)
    fitting, refused = _filter(framework, state, pod, candidates.nodes, nominated or {})
    if not fitting:
        if candidates.absent is not None:
            refused = {**{node.name: candidates.absent for node in snapshot.nodes}, **refused}
        return _explain(framework, state, pod, snapshot, refused, fit_error(len(snapshot.nodes), refused.values()))
    if len(fitting) == 1:
        return Decision(state, node=fitting[0].name)
    scores = framework.score(state, pod, fitting)
    best = max(scores.values())
    return Decision(state, node=chance.choice([name for name, score in scores.items() if score == best]))


def _filter(
    framework: Framework, state: CycleState, pod: Pod, candidates: list[NodeInfo], nominated: Nominated
) -> tuple[list[NodeInfo], dict[str, Status]]:
    fitting: list[NodeInfo] = []
    refused: dict[str, Status] = {}
    for node in candidates:
        status = _filter_with_nominated(framework, state, pod, node, nominated.get(node.name, ()))
        if status is None:
            fitting.append(node)
        else:
            refused[node.name] = status
    return fitting, refused


def _filter_with_nominated(
    framework: Framework, state: CycleState, pod: Pod, node: NodeInfo, nominated: Iterable[Pod]
) -> Status | None:
    """The pod must fit both beside the pods nominated to the node and, in case they never come, without them."""
    expected = [
        other
        for other in nominated
        if other["metadata"]["uid"] != pod["metadata"]["uid"] and _priority(other) >= _priority(pod)
    ]
    if expected:
        crowded = node.clone()
        for other in expected:
            crowded.add_pod(other)
        status = framework.filter(state, pod, crowded)
        if status is not None:
            return status
    return framework.filter(state, pod, node)


def _priority(pod: Pod) -> int:
    return int(pod["spec"].get("priority") or 0)


def _explain(
    framework: Framework, state: CycleState, pod: Pod, snapshot: Snapshot, refused: dict[str, Status], message: str
) -> Decision:
    result = framework.post_filter(state, pod, snapshot, refused)
    if result.status is not None and result.status.message:
        message = f"{message} {result.status.message}"
    plugins = frozenset(status.plugin for status in refused.values())
    return Decision(state, message=message, refused_by=plugins, nominated=result.nominated)
