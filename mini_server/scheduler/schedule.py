"""One scheduling decision: from a pod and a snapshot to a node, or to the reasons why there is none.

Source: kubernetes ``pkg/scheduler/schedule_one.go``.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from mini_server.scheduler.framework.interface import CycleState, Pod, Snapshot, Status
from mini_server.scheduler.framework.runtime import Framework, fit_error
from mini_server.scheduler.nodeinfo import NodeInfo


@dataclass(slots=True)
class Decision:
    """The node chosen; or, with ``node`` empty, why none was, the plugins that refused, and a nomination."""

    state: CycleState
    node: str = ""
    message: str = ""
    refused_by: frozenset[str] = field(default_factory=frozenset)
    nominated: str = ""


def decide(framework: Framework, pod: Pod, snapshot: Snapshot, chance: random.Random) -> Decision:
    """Runs pre-filter to score, and post-filter where no node passes. Equal best scores are settled by ``chance``."""
    state = CycleState()
    if not snapshot.nodes:
        return Decision(state, message="no nodes available to schedule pods")
    candidates, refusal = framework.pre_filter(state, pod, snapshot)
    if refusal is not None:
        message = f"0/{len(snapshot.nodes)} nodes are available: {refusal.message}."
        return Decision(state, message=message, refused_by=frozenset([refusal.plugin]))
    fitting, refused = _filter(framework, state, pod, candidates)
    if not fitting:
        return _explain(framework, state, pod, snapshot, refused)
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
        status = framework.filter(state, pod, node)
        if status is None:
            fitting.append(node)
        else:
            refused[node.name] = status
    return fitting, refused


def _explain(
    framework: Framework, state: CycleState, pod: Pod, snapshot: Snapshot, refused: dict[str, Status]
) -> Decision:
    message = fit_error(len(snapshot.nodes), refused.values())
    result = framework.post_filter(state, pod, snapshot, refused)
    if result.status is not None and result.status.message:
        message = f"{message} {result.status.message}"
    return Decision(
        state,
        message=message,
        refused_by=frozenset(status.plugin for status in refused.values()),
        nominated=result.nominated,
    )
