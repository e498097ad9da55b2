"""PodDisruptionBudgets are told how many of their pods may be evicted now.

Source: kubernetes ``pkg/controller/disruption/disruption.go``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from mini_server.controllers.context import ControllerContext
from mini_server.controllers.controller import Controller, key_of, own_key, split_key
from mini_server.controllers.deployment.rolling import replicas_of
from mini_server.controllers.pods import is_ready
from mini_server.controllers.resources import (
    BUDGETS,
    DEPLOYMENTS,
    PODS,
    REPLICA_SETS,
    REPLICATION_CONTROLLERS,
    STATEFUL_SETS,
)
from pykubectl.helpers.owners import controller_of
from pykubectl.machinery import labels
from pykubectl.machinery.schema import GroupVersionKind
from pykubectl.machinery.values.intstr import scaled_value
from pykubectl.machinery.values.time import format_time, parse_time

Object = dict[str, Any]

# A pod that was to be evicted and has not begun to go by then is counted again.
DELETION_TIMEOUT = 120.0
CONDITION = "DisruptionAllowed"
_UNMANAGED = (
    "Pods selected by this PodDisruptionBudget (selector: {}) were found to be unmanaged. As a result, the status of "
    "the PDB cannot be calculated correctly, which may result in undefined behavior. To account for these pods "
    'please set ".spec.minAvailable" field of the PDB to an integer value.'
)
_SCALED = {
    ("apps", "Deployment"): DEPLOYMENTS,
    ("apps", "ReplicaSet"): REPLICA_SETS,
    ("apps", "StatefulSet"): STATEFUL_SETS,
    ("", "ReplicationController"): REPLICATION_CONTROLLERS,
}


class UnknownScaleError(Exception):
    """How many pods there should be cannot be told."""


class Expected(NamedTuple):
    """How many pods there should be, and how many of them healthy."""

    pods: int
    healthy: int


class DisruptionController(Controller):
    """Keeps the status of each PodDisruptionBudget."""

    name = "disruption-controller"
    component = "controllermanager"

    def __init__(self, context: ControllerContext) -> None:
        super().__init__(context)
        self._recorder = context.recorder(self.component)
        self._budgets = self.watch(BUDGETS, own_key)
        self._pods = self.watch(PODS, self._keys_of_pod)
        self._scaled = {kind: context.informer(gvr) for kind, gvr in _SCALED.items()}

    def sync(self, key: str) -> None:
        """Counts; where that cannot be done nothing may be evicted."""
        budget = self._budgets.get(*split_key(key))
        if budget is None:
            return
        pods = [pod for pod in self._pods.list(budget["metadata"]["namespace"]) if _selects(budget, pod)]
        if not pods:
            self._recorder.event(budget, "Normal", "NoPods", "No matching pods found")
        try:
            expected = self._expected(budget, pods)
        except UnknownScaleError as error:
            text = f"Failed to calculate the number of expected pods: {error}"
            self._recorder.event(budget, "Warning", "CalculateExpectedPodCountFailed", text)
            old = budget.get("status") or {}
            self._write(budget, {**old, "disruptionsAllowed": 0}, "SyncFailed", str(error))
            return
        self._write_counts(key, budget, pods, expected)

    def _keys_of_pod(self, pod: Object) -> list[str]:
        budgets = self._budgets.list(pod["metadata"]["namespace"])
        return [key_of(budget) for budget in budgets if _selects(budget, pod)]

    # What there should be

    def _expected(self, budget: Object, pods: Sequence[Object]) -> Expected:
        spec = budget["spec"]
        if (most := spec.get("maxUnavailable")) is not None:
            count = self._scale(budget, pods)
            return Expected(count, max(0, count - scaled_value(most, count, round_up=True)))
        least = spec.get("minAvailable", 0)
        if isinstance(least, int):
            return Expected(len(pods), least)
        count = self._scale(budget, pods)
        return Expected(count, scaled_value(least, count, round_up=True))

    def _scale(self, budget: Object, pods: Sequence[Object]) -> int:
        """The sizes of all that control the pods."""
        sizes: dict[str, int] = {}
        unmanaged = False
        for pod in pods:
            reference = controller_of(pod)
            if reference is None:
                unmanaged = True
            elif reference["uid"] not in sizes:
                owner = self._top(pod["metadata"]["namespace"], reference)
                sizes[reference["uid"]] = 0 if owner is None or owner[0] in sizes else owner[1]
                if owner is not None:
                    sizes.setdefault(owner[0], 0)
        if unmanaged:
            selector = labels.selector_from_label_selector(budget["spec"].get("selector"))
            self._recorder.event(budget, "Warning", "UnmanagedPods", _UNMANAGED.format(selector))
        return sum(sizes.values())

    def _top(self, namespace: str, reference: Object) -> tuple[str, int] | None:
        """Who decides on the number of pods, by uid, and the number; None where nobody does any more."""
        gvk = GroupVersionKind.from_api_version(reference["apiVersion"], reference["kind"])
        informer = self._scaled.get((gvk.group, gvk.kind))
        if informer is None:
            what = f"{gvk.kind.lower()}s.{gvk.group}".rstrip(".")
            raise UnknownScaleError(f"{what} does not implement the scale subresource")
        owner = informer.get(namespace, reference["name"])
        if owner is None or owner["metadata"]["uid"] != reference["uid"]:
            return None
        above = controller_of(owner)
        if above is not None and (gvk.kind, above["kind"]) == ("ReplicaSet", "Deployment"):
            return self._top(namespace, above)
        return str(owner["metadata"]["uid"]), replicas_of(owner)

    # What there is

    def _write_counts(self, key: str, budget: Object, pods: Sequence[Object], expected: Expected) -> None:
        disrupted = self._disrupted(key, budget, pods)
        staying = [pod for pod in pods if not pod["metadata"].get("deletionTimestamp")]
        healthy = sum(is_ready(pod) for pod in staying if pod["metadata"]["name"] not in disrupted)
        # With no pods at all nothing is allowed: the first that appear are safe before they are counted.
        allowed = max(0, healthy - expected.healthy) if expected.pods > 0 else 0
        status: Object = {
            "currentHealthy": healthy,
            "desiredHealthy": expected.healthy,
            "expectedPods": expected.pods,
            "disruptionsAllowed": allowed,
            "observedGeneration": budget["metadata"].get("generation", 1),
        }
        if disrupted:
            status["disruptedPods"] = disrupted
        status["conditions"] = (budget.get("status") or {}).get("conditions") or []
        self._write(budget, status, "SufficientPods" if allowed else "InsufficientPods", "")

    def _disrupted(self, key: str, budget: Object, pods: Sequence[Object]) -> dict[str, str]:
        """Pods that were evicted and are still to go, with the time of that."""
        now = self.clock.now()
        waiting: dict[str, str] = {}
        by_name = {pod["metadata"]["name"]: pod for pod in pods}
        for name, time in ((budget.get("status") or {}).get("disruptedPods") or {}).items():
            pod = by_name.get(name)
            if pod is None or pod["metadata"].get("deletionTimestamp"):
                continue
            left = (parse_time(time) + timedelta(seconds=DELETION_TIMEOUT) - now).total_seconds()
            if left <= 0:
                text = f"Pod was expected by PDB {key} to be deleted but it wasn't"
                self._recorder.event(pod, "Warning", "NotDeleted", text)
                continue
            waiting[name] = time
            self.queue.add_after(key, left)
        return waiting

    def _write(self, budget: Object, status: Object, reason: str, message: str) -> None:
        condition = {
            "type": CONDITION,
            "status": "True" if reason == "SufficientPods" else "False",
            "reason": reason,
            "message": message,
            "observedGeneration": status.get("observedGeneration", 0),
        }
        conditions = _with_condition(status.get("conditions") or [], condition, format_time(self.clock.now()))
        wanted = {**status, "conditions": conditions}
        if wanted != budget.get("status"):
            self.client.update(BUDGETS, {**budget, "status": wanted}, "status")


def _with_condition(conditions: Sequence[Object], wanted: Object, now: str) -> list[Object]:
    """The list with a condition set; its time changes with its status only."""
    old = next((c for c in conditions if c["type"] == wanted["type"]), None)
    since = old["lastTransitionTime"] if old is not None and old["status"] == wanted["status"] else now
    others = [c for c in conditions if c["type"] != wanted["type"]]
    given = {field: value for field, value in wanted.items() if value != 0}
    return [*others, {**given, "lastTransitionTime": since}]


def _selects(budget: Object, pod: Object) -> bool:
    """No selector selects nothing, an empty one everything."""
    selector = labels.selector_from_label_selector(budget["spec"].get("selector"))
    return selector.matches(pod["metadata"].get("labels") or {})
