"""Pods in a Table: readiness, the status in one word, restarts.

Source: kubernetes ``pkg/printers/internalversion/printers.go`` printPod.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from mini_server.apis import cells
from mini_server.apis.column import AGE, NAME, text, wide
from pykubectl.machinery.values.time import human_duration, parse_time

Object = dict[str, Any]

_NODE_LOST = "NodeLost"


class Containers(NamedTuple):
    """What a pod's containers add up to."""

    reason: str
    ready: int
    total: int
    restarts: int
    last_restart: str | None


def pod_cells(pod: Object, now: datetime) -> list[Any]:
    """The row of a pod."""
    summary = summarize(pod)
    spec, status = pod.get("spec", {}), pod.get("status", {})
    restarts = str(summary.restarts)
    if summary.restarts and summary.last_restart:
        restarts = f"{restarts} ({human_duration(now - parse_time(summary.last_restart))} ago)"
    ips = status.get("podIPs") or []
    gates = spec.get("readinessGates") or []
    return [
        cells.name(pod),
        f"{summary.ready}/{summary.total}",
        summary.reason,
        restarts,
        cells.age_of(pod, now),
        (ips[0].get("ip") if ips else status.get("podIP")) or "<none>",
        spec.get("nodeName") or "<none>",
        status.get("nominatedNodeName") or "<none>",
        _gates(gates, status),
    ]


def _gates(gates: list[Object], status: Object) -> str:
    if not gates:
        return "<none>"
    conditions = {c["type"]: c.get("status") for c in status.get("conditions") or []}
    met = sum(conditions.get(gate["conditionType"]) == "True" for gate in gates)
    return f"{met}/{len(gates)}"


def summarize(pod: Object) -> Containers:
    """One word for the pod's state, with the numbers beside it."""
    spec, status = pod.get("spec", {}), pod.get("status", {})
    init_specs = {c["name"]: c for c in spec.get("initContainers") or []}
    sidecars = [name for name, c in init_specs.items() if c.get("restartPolicy") == "Always"]
    total = len(spec.get("containers") or []) + len(sidecars)
    reason = status.get("reason") or status.get("phase", "")
    if any(
        c["type"] == "PodScheduled" and c.get("reason") == "SchedulingGated" for c in status.get("conditions") or []
    ):
        reason = "SchedulingGated"
    init_reason, initializing, ready, restarts, last = _init(status, init_specs)
    if not initializing or _is_initialized(status):
        reason, main_ready, main_restarts, main_last = _main(status, reason)
        ready += main_ready
        if not initializing:
            sidecar_statuses = [s for s in status.get("initContainerStatuses") or [] if s["name"] in sidecars]
            restarts = main_restarts + sum(s.get("restartCount", 0) for s in sidecar_statuses)
            last = max(filter(None, (main_last, *(_last_finish(s) for s in sidecar_statuses))), default=None)
    if initializing:
        reason = init_reason
    if pod["metadata"].get("deletionTimestamp"):
        if status.get("reason") == _NODE_LOST:
            reason = "Unknown"
        elif status.get("phase") not in ("Succeeded", "Failed"):
            reason = "Terminating"
    return Containers(reason, ready, total, restarts, last)


def _is_initialized(status: Object) -> bool:
    return any(c["type"] == "Initialized" and c.get("status") == "True" for c in status.get("conditions") or [])


def _init(status: Object, specs: dict[str, Object]) -> tuple[str, bool, int, int, str | None]:
    """Reason, whether init containers are still at it, ready sidecars, restarts, last restart."""
    ready, restarts = 0, 0
    last: str | None = None
    statuses = status.get("initContainerStatuses") or []
    for index, container in enumerate(statuses):
        restarts += container.get("restartCount", 0)
        last = max(filter(None, (last, _last_finish(container))), default=None)
        state = container.get("state") or {}
        sidecar = specs.get(container["name"], {}).get("restartPolicy") == "Always"
        if "terminated" in state and state["terminated"].get("exitCode", 0) == 0:
            continue
        if sidecar and container.get("started"):
            ready += bool(container.get("ready"))
            continue
        if "terminated" in state:
            return f"Init:{_ended(state['terminated'])}", True, ready, restarts, last
        waiting = state.get("waiting") or {}
        if waiting.get("reason") and waiting["reason"] != "PodInitializing":
            return f"Init:{waiting['reason']}", True, ready, restarts, last
        return f"Init:{index}/{len(specs)}", True, ready, restarts, last
    return "", False, ready, restarts, last


def _ended(terminated: Object) -> str:
    if terminated.get("reason"):
        return str(terminated["reason"])
    if terminated.get("signal"):
        return f"Signal:{terminated['signal']}"
    return f"ExitCode:{terminated.get('exitCode', 0)}"


def _main(status: Object, reason: str) -> tuple[str, int, int, str | None]:
    ready, restarts = 0, 0
    running = False
    last: str | None = None
    for container in reversed(status.get("containerStatuses") or []):
        restarts += container.get("restartCount", 0)
        last = max(filter(None, (last, _last_finish(container))), default=None)
        state = container.get("state") or {}
        if (state.get("waiting") or {}).get("reason"):
            reason = state["waiting"]["reason"]
        elif "terminated" in state:
            reason = _ended(state["terminated"])
        elif container.get("ready") and "running" in state:
            running = True
            ready += 1
    if reason == "Completed" and running:
        is_ready = any(c["type"] == "Ready" and c.get("status") == "True" for c in status.get("conditions") or [])
        reason = "Running" if is_ready else "NotReady"
    return reason, ready, restarts, last


def _last_finish(container: Object) -> str | None:
    finished: str | None = cells.get(container, "lastState", "terminated", "finishedAt")
    return finished


_FINISHED = {
    "Succeeded": ("Succeeded", "The pod has completed successfully."),
    "Failed": ("Failed", "The pod failed."),
}


def row_conditions(pod: Object) -> list[Object]:
    """A finished pod's row is marked, so that clients can leave it out."""
    phase = pod.get("status", {}).get("phase", "")
    if phase not in _FINISHED:
        return []
    reason, message = _FINISHED[phase]
    return [{"type": "Completed", "status": "True", "reason": reason, "message": message}]


COLUMNS = (
    NAME,
    *text("Ready", "Status", "Restarts"),
    AGE,
    *wide("IP", "Node", "Nominated Node", "Readiness Gates"),
)
TABLE = {("", "pods"): (COLUMNS, pod_cells)}
