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
    state = CycleState(nominated=nominated or {})
    if not snapshot.nodes:
        return Decision(state, message=NO_NODES, nominated="")
    candidates = framework.pre_filter(state, pod, snapshot)
    if candidates.refusal is not None:
        refused = {node.name: candidates.refusal for node in snapshot.nodes}
        message = f"0/{len(snapshot.nodes)} nodes are available: {candidates.refusal.message}."
        return _explain(framework, state, pod, snapshot, refused, message)
    fitting, refused = _filter(framework, state, pod, candidates.nodes)
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
    framework: Framework, state: CycleState, pod: Pod, candidates: list[NodeInfo]
) -> tuple[list[NodeInfo], dict[str, Status]]:
    fitting: list[NodeInfo] = []
    refused: dict[str, Status] = {}
    for node in candidates:
        status = framework.filter_beside_nominated(state, pod, node)
        if status is None:
            fitting.append(node)
        else:
            refused[node.name] = status
    return fitting, refused


def _explain(
    framework: Framework, state: CycleState, pod: Pod, snapshot: Snapshot, refused: dict[str, Status], message: str
) -> Decision:
    result = framework.post_filter(state, pod, snapshot, refused)
    if result.status is not None and result.status.message:
        message = f"{message} {result.status.message}"
    plugins = frozenset(status.plugin for status in refused.values())
    return Decision(state, message=message, refused_by=plugins, nominated=result.nominated)
