"""ReplicaSets and their elders, ReplicationControllers, keep their number of pods.

Source: kubernetes ``pkg/controller/replicaset/replica_set.go``, ``replica_set_utils.go``,
``pkg/controller/replication/replication_controller.go``.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from mini_server.controllers.context import ControllerContext
from mini_server.controllers.controller import Controller, key_of, own_key, split_key
from mini_server.controllers.expectations import Expectations
from mini_server.controllers.ownership import Claims, owner_keys, resolve_controller
from mini_server.controllers.pods import (
    PodControl,
    available_in,
    create_expected,
    delete_expected,
    is_active,
    is_ready,
    is_terminating,
    new_pod,
    next_available_in,
)
from mini_server.controllers.ranking import deletion_order
from mini_server.controllers.resources import (
    PODS,
    REPLICA_SET_KIND,
    REPLICA_SETS,
    REPLICATION_CONTROLLER_KIND,
    REPLICATION_CONTROLLERS,
)
from pykubectl.helpers.owners import controller_of, is_controlled_by
from pykubectl.machinery import labels
from pykubectl.machinery.errors import is_namespace_terminating
from pykubectl.machinery.values.time import format_time

Object = dict[str, Any]

# Most pods that one sync creates or deletes.
BURST = 500


class ReplicaSetController(Controller):
    """Creates and deletes pods until as many are active as ``spec.replicas`` says."""

    name = "replicaset-controller"
    component = "replicaset-controller"
    workers = 2
    resource = REPLICA_SETS
    kind = REPLICA_SET_KIND

    def __init__(self, context: ControllerContext) -> None:
        super().__init__(context)
        self._expectations = Expectations(context.clock)
        self._recorder = context.recorder(self.component)
        self._pod_control = PodControl(context.client, self._recorder)
        self._replica_sets = self.watch(self.resource, own_key)
        self._pods = self.watch(
            PODS,
            self._keys_of_pod,
            on_add=self._pod_added,
            on_update=self._pod_updated,
            on_delete=self._pod_deleted,
        )

    def sync(self, key: str) -> None:
        """Adopts and releases pods, creates or deletes some, writes the status."""
        replica_set = self._replica_sets.get(*split_key(key))
        if replica_set is None:
            self._expectations.forget(key)
            return
        ready_to_act = self._expectations.satisfied(key)
        active = self._claim(replica_set)
        failure = None
        if ready_to_act and not replica_set["metadata"].get("deletionTimestamp"):
            failure = self._manage(key, replica_set, active)
        status = self._status(replica_set, active, failure)
        self._write_status(replica_set, status)
        self._look_again_for_availability(key, replica_set, active)
        if failure is not None:
            raise failure

    def selector(self, replica_set: Object) -> labels.Selector:
        """Which pods are wanted."""
        return labels.selector_from_label_selector(replica_set["spec"]["selector"])

    def _keys_of_pod(self, pod: Object) -> tuple[str, ...]:
        if controller_of(pod) is not None:
            return tuple(owner_keys(self.kind)(pod))
        if pod["metadata"].get("deletionTimestamp"):
            return ()
        own = pod["metadata"].get("labels") or {}
        candidates = self._replica_sets.list(pod["metadata"]["namespace"])
        return tuple(key_of(rs) for rs in candidates if own and self.selector(rs).matches(own))

    def _pod_added(self, pod: Object) -> None:
        if pod["metadata"].get("deletionTimestamp"):
            self._pod_deleted(pod)
        elif (key := self._owner_of(pod)) is not None:
            self._expectations.creation_seen(key)

    def _pod_updated(self, pod: Object) -> None:
        """A pod on its way out is replaced at once, not when its grace period is over."""
        if pod["metadata"].get("deletionTimestamp"):
            self._pod_deleted(pod)

    def _pod_deleted(self, pod: Object) -> None:
        if (key := self._owner_of(pod)) is not None:
            self._expectations.deletion_seen(key, pod["metadata"]["uid"])

    def _owner_of(self, pod: Object) -> str | None:
        """The key of the very ReplicaSet that controls a pod, not of another one of its name."""
        return resolve_controller(self._replica_sets, self.kind, pod)

    def _claim(self, replica_set: Object) -> list[Object]:
        """The active pods: others are neither adopted nor released."""
        claims = Claims(self.client, PODS, replica_set, self.resource, self.kind, self.selector(replica_set))
        pods = self._pods.list(replica_set["metadata"]["namespace"])
        return claims.claim(pod for pod in pods if is_active(pod))

    def _manage(self, key: str, replica_set: Object, active: list[Object]) -> Exception | None:
        missing = replica_set["spec"].get("replicas", 1) - len(active)
        if missing > 0:
            return self._create(key, replica_set, min(missing, BURST))
        if missing < 0:
            return self._delete(key, replica_set, active, min(-missing, BURST))
        return None

    def _create(self, key: str, replica_set: Object, count: int) -> Exception | None:
        self._expectations.expect(key, creations=count)
        pod = new_pod(replica_set["spec"]["template"], replica_set, self.kind)
        _, error = create_expected(self._expectations, key, count, lambda: self._pod_control.create(replica_set, pod))
        return None if is_namespace_terminating(error) else error

    def _delete(self, key: str, replica_set: Object, active: list[Object], count: int) -> Exception | None:
        victims = deletion_order(active, self._related(replica_set), self.clock.now())[:count]
        self._expectations.expect(key, deletions=[pod["metadata"]["uid"] for pod in victims])
        delete = partial(self._pod_control.delete, replica_set)
        return delete_expected(self._expectations, key, victims, delete)[1]

    def _related(self, replica_set: Object) -> list[Object]:
        """Active pods of all ReplicaSets with the same controller: doubled-up nodes are counted over these."""
        owner = controller_of(replica_set)
        namespace = replica_set["metadata"]["namespace"]
        siblings = {replica_set["metadata"]["uid"]}
        if owner is not None:
            siblings |= {
                rs["metadata"]["uid"]
                for rs in self._replica_sets.list(namespace)
                if (controller_of(rs) or {}).get("uid") == owner["uid"]
            }
        pods = self._pods.list(namespace)
        return [pod for pod in pods if is_active(pod) and (controller_of(pod) or {}).get("uid") in siblings]

    def _status(self, replica_set: Object, active: list[Object], failure: Exception | None) -> Object:
        template_labels = (replica_set["spec"]["template"].get("metadata") or {}).get("labels") or {}
        seconds = replica_set["spec"].get("minReadySeconds", 0)
        now = self.clock.now()
        counts = {
            "fullyLabeledReplicas": sum(_has_labels(pod, template_labels) for pod in active),
            "readyReplicas": sum(is_ready(pod) for pod in active),
            "availableReplicas": sum(available_in(pod, seconds, now) == 0 for pod in active),
        }
        status: Object = {"replicas": len(active), **{name: count for name, count in counts.items() if count}}
        status |= self.more_status(replica_set)
        status["observedGeneration"] = replica_set["metadata"].get("generation", 1)
        conditions = self._conditions(replica_set, len(active), failure)
        return {**status, "conditions": conditions} if conditions else status

    def more_status(self, replica_set: Object) -> Object:
        """Numbers that not every kind of owner tells."""
        return {"terminatingReplicas": self._count_terminating(replica_set)}

    def _count_terminating(self, replica_set: Object) -> int:
        selector = self.selector(replica_set)
        return sum(
            is_terminating(pod)
            and is_controlled_by(pod, replica_set)
            and selector.matches(pod["metadata"].get("labels") or {})
            for pod in self._pods.list(replica_set["metadata"]["namespace"])
        )

    def _conditions(self, replica_set: Object, active: int, failure: Exception | None) -> list[Object]:
        old = replica_set.get("status", {}).get("conditions") or []
        others = [c for c in old if c["type"] != "ReplicaFailure"]
        if failure is None:
            return others
        existing = [c for c in old if c["type"] == "ReplicaFailure"]
        if existing:
            return list(old)
        reason = "FailedCreate" if active < replica_set["spec"].get("replicas", 1) else "FailedDelete"
        condition = {
            "type": "ReplicaFailure",
            "status": "True",
            "reason": reason,
            "message": str(failure),
            "lastTransitionTime": format_time(self.clock.now()),
        }
        return [*others, condition]

    def _write_status(self, replica_set: Object, status: Object) -> None:
        if replica_set.get("status") != status:
            self.client.update(self.resource, {**replica_set, "status": status}, "status")

    def _look_again_for_availability(self, key: str, replica_set: Object, active: list[Object]) -> None:
        seconds = replica_set["spec"].get("minReadySeconds", 0)
        left = next_available_in(active, seconds, self.clock.now())
        if left is not None:
            self.queue.add_after(key, left)


def _has_labels(pod: Object, wanted: dict[str, str]) -> bool:
    own = pod["metadata"].get("labels") or {}
    return all(own.get(name) == value for name, value in wanted.items())


class ReplicationControllerController(ReplicaSetController):
    """The same for ReplicationControllers."""

    name = "replicationcontroller-controller"
    component = "replication-controller"
    workers = 1
    resource = REPLICATION_CONTROLLERS
    kind = REPLICATION_CONTROLLER_KIND

    def selector(self, replica_set: Object) -> labels.Selector:
        """Labels that must be equal, and nothing else."""
        return labels.selector_from_label_selector({"matchLabels": replica_set["spec"].get("selector") or {}})

    def more_status(self, replica_set: Object) -> Object:
        """None."""
        return {}
