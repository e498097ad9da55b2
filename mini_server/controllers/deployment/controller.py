"""Deployments roll their pods from one template to the next by way of ReplicaSets.

Source: kubernetes ``pkg/controller/deployment/deployment_controller.go``, ``sync.go``, ``rolling.go``, ``recreate.go``.
"""

from __future__ import annotations

from typing import Any

from mini_server.controllers.context import ControllerContext
from mini_server.controllers.controller import Controller, key_of, own_key, split_key
from mini_server.controllers.deletion import delete_known
from mini_server.controllers.deployment import replicasets, revisions, rolling, status
from mini_server.controllers.deployment.rolling import replicas_of
from mini_server.controllers.ownership import Claims, owner_keys
from mini_server.controllers.pods import is_finished
from mini_server.controllers.resources import (
    DEPLOYMENT_KIND,
    DEPLOYMENTS,
    PODS,
    REPLICA_SET_KIND,
    REPLICA_SETS,
)
from pykubectl.helpers.deployments import REVISION_ANNOTATION
from pykubectl.helpers.owners import controller_of, is_controlled_by
from pykubectl.machinery import labels
from pykubectl.machinery.errors import StatusError, is_already_exists, is_namespace_terminating
from pykubectl.machinery.values.time import parse_time

Object = dict[str, Any]


class DeploymentController(Controller):
    """Keeps one ReplicaSet per template and moves the replicas to the newest."""

    name = "deployment-controller"
    workers = 2

    def __init__(self, context: ControllerContext) -> None:
        super().__init__(context)
        self._recorder = context.recorder(self.name)
        self._deployments = self.watch(DEPLOYMENTS, own_key)
        self._replica_sets = self.watch(REPLICA_SETS, self._keys_of_replica_set)
        self._pods = context.informer(PODS)
        self._pods.add_event_handler(lambda pod: None, lambda old, new: None, self._pod_deleted)

    def sync(self, key: str) -> None:
        """One step of a deployment."""
        deployment = self._deployments.get(*split_key(key))
        if deployment is None:
            return
        deployment = dict(deployment)
        replica_sets = self._claim(deployment)
        if deployment["metadata"].get("deletionTimestamp"):
            new, old = self._new_and_old(deployment, replica_sets, create=False)
            self._write(deployment, status.calculate(deployment, _all(new, old), new, self.clock.now()))
            return
        if self._note_pause(deployment):
            return
        if deployment["spec"].get("paused") or rolling.is_scaling(deployment, replica_sets):
            self._scale_only(deployment, replica_sets)
            return
        if (deployment["spec"].get("strategy") or {}).get("type") == "Recreate":
            self._recreate(deployment, replica_sets)
        else:
            self._roll(deployment, replica_sets)

    def _keys_of_replica_set(self, replica_set: Object) -> list[str]:
        if controller_of(replica_set) is not None:
            return list(owner_keys(DEPLOYMENT_KIND)(replica_set))
        own = replica_set["metadata"].get("labels") or {}
        namespace = replica_set["metadata"]["namespace"]
        return [
            f"{namespace}/{d['metadata']['name']}"
            for d in self._deployments.list(namespace)
            if own and _selector(d).matches(own)
        ]

    def _pod_deleted(self, pod: Object) -> None:
        """A Recreate deployment waits for its old pods to go."""
        for rs_key in owner_keys(REPLICA_SET_KIND)(pod):
            replica_set = self._replica_sets.get(*split_key(rs_key))
            for key in owner_keys(DEPLOYMENT_KIND)(replica_set) if replica_set else ():
                self.queue.add(key)

    def _claim(self, deployment: Object) -> list[Object]:
        selector = _selector(deployment)
        claims = Claims(self.client, REPLICA_SETS, deployment, DEPLOYMENTS, DEPLOYMENT_KIND, selector)
        return claims.claim(self._replica_sets.list(deployment["metadata"]["namespace"]))

    # Rolling update

    def _roll(self, deployment: Object, replica_sets: list[Object]) -> None:
        new, old = self._new_and_old(deployment, replica_sets, create=True)
        if new is None:
            return
        wanted = min(replicas_of(deployment), rolling.new_replicas(deployment, [new, *old], new))
        if wanted != replicas_of(new):
            self._scale(deployment, new, wanted)
        elif not self._shrink(deployment, new, old):
            self._clean_up_if_complete(deployment, old)
        self._write_rollout_status(deployment, new, old)

    def _shrink(self, deployment: Object, new: Object, old: list[Object]) -> bool:
        """Takes replicas from the old ReplicaSets as far as availability lets it; True where it did."""
        active = [rs for rs in old if replicas_of(rs) > 0]
        sizes = rolling.scaled_down(deployment, new, active)
        for replica_set in active:
            name = replica_set["metadata"]["name"]
            if name in sizes:
                self._scale(deployment, replica_set, sizes[name])
        return bool(sizes)

    # Recreate

    def _recreate(self, deployment: Object, replica_sets: list[Object]) -> None:
        new, old = self._new_and_old(deployment, replica_sets, create=False)
        active_old = [rs for rs in old if replicas_of(rs) > 0]
        for replica_set in active_old:
            self._scale(deployment, replica_set, 0)
        if active_old or self._old_pods_running(deployment, old):
            self._write_rollout_status(deployment, new, old)
            return
        if new is None:
            new, old = self._new_and_old(deployment, replica_sets, create=True)
        if new is None:
            return
        self._scale(deployment, new, replicas_of(deployment))
        self._clean_up_if_complete(deployment, old)
        self._write_rollout_status(deployment, new, old)

    def _old_pods_running(self, deployment: Object, old: list[Object]) -> bool:
        if any(rs.get("status", {}).get("replicas") for rs in old):
            return True
        owners = {rs["metadata"]["uid"] for rs in old}
        pods = self._pods.list(deployment["metadata"]["namespace"])
        return any((controller_of(pod) or {}).get("uid") in owners and not is_finished(pod) for pod in pods)

    # Paused, or scaled

    def _scale_only(self, deployment: Object, replica_sets: list[Object]) -> None:
        new, old = self._new_and_old(deployment, replica_sets, create=False)
        self._resize(deployment, new, old)
        if deployment["spec"].get("paused"):
            self._clean_up(deployment, old)
        self._write(deployment, status.calculate(deployment, _all(new, old), new, self.clock.now()))

    def _resize(self, deployment: Object, new: Object | None, old: list[Object]) -> None:
        """Brings ``spec.replicas`` to the ReplicaSets without going on with the rollout."""
        target = replicasets.active_or_latest(new, old)
        if target is not None:
            self._scale(deployment, target, replicas_of(deployment))
            return
        active = [rs for rs in _all(new, old) if replicas_of(rs) > 0]
        if replicasets.is_saturated(deployment, new):
            for replica_set in old:
                self._scale(deployment, replica_set, 0)
        elif (deployment["spec"].get("strategy") or {}).get("type") != "Recreate":
            sizes = rolling.proportional(deployment, active)
            for replica_set in active:
                name = replica_set["metadata"]["name"]
                self._scale(deployment, replica_set, sizes.get(name, replicas_of(replica_set)))

    def _note_pause(self, deployment: Object) -> bool:
        """Writes that progress is paused or resumed, so that its deadline does not run meanwhile; True if it wrote."""
        if status.deadline_of(deployment) is None:
            return False
        current = status.condition_of(status.conditions_of(deployment), status.PROGRESSING)
        if current is not None and current.get("reason") == status.TIMED_OUT:
            return False
        paused_noted = current is not None and current.get("reason") == status.PAUSED
        paused = bool(deployment["spec"].get("paused"))
        if paused == paused_noted:
            return False
        reason = status.PAUSED if paused else status.RESUMED
        text = "Deployment is paused" if paused else "Deployment is resumed"
        self._note_progress(deployment, "Unknown", reason, text)
        self._write(deployment, deployment["status"])
        return True

    def _note_progress(self, deployment: Object, condition_status: str, reason: str, message: str) -> None:
        """Sets the Progressing condition of the copy at hand, where there is a deadline; `_write` stores it."""
        if status.deadline_of(deployment) is None:
            return
        wanted = status.condition(status.PROGRESSING, condition_status, reason, message, self.clock.now())
        conditions = status.set_condition(status.conditions_of(deployment), wanted)
        deployment["status"] = {**deployment.get("status", {}), "conditions": conditions}

    # ReplicaSets

    def _new_and_old(
        self, deployment: Object, replica_sets: list[Object], *, create: bool
    ) -> tuple[Object | None, list[Object]]:
        """The ReplicaSet of the current template, brought up to date or created, and all others."""
        new = revisions.find_new(deployment, replica_sets)
        old = [rs for rs in replica_sets if new is None or rs["metadata"]["uid"] != new["metadata"]["uid"]]
        number = revisions.max_revision(old) + 1
        if new is not None:
            new = self._refresh(deployment, new, number)
            if status.condition_of(status.conditions_of(deployment), status.PROGRESSING) is None:
                text = f'Found new replica set "{new["metadata"]["name"]}"'
                self._note_progress(deployment, "True", "FoundNewReplicaSet", text)
        elif create:
            new = self._create(deployment, replica_sets, number)
        if new is not None:
            self._note_revision(deployment, new)
        return new, old

    def _refresh(self, deployment: Object, new: Object, number: int) -> Object:
        current = new["metadata"].get("annotations") or {}
        wanted = revisions.annotations_for(deployment, current, number)
        seconds = deployment["spec"].get("minReadySeconds", 0)
        if wanted == current and new["spec"].get("minReadySeconds", 0) == seconds:
            return new
        spec = {**new["spec"], "minReadySeconds": seconds}
        return self.client.update(
            REPLICA_SETS, {**new, "metadata": {**new["metadata"], "annotations": wanted}, "spec": spec}
        )

    def _create(self, deployment: Object, replica_sets: list[Object], number: int) -> Object | None:
        replica_set = replicasets.make_new(deployment, replica_sets, number)
        try:
            created = self.client.create(REPLICA_SETS, deployment["metadata"]["namespace"], replica_set)
        except StatusError as error:
            if is_already_exists(error):
                return self._resolve_collision(deployment, replica_set)
            if not is_namespace_terminating(error):
                self._report_failed_create(deployment, replica_set, error)
            raise
        name, size = created["metadata"]["name"], replicas_of(created)
        if size:
            message = f"Scaled up replica set {name} from 0 to {size}"
            self._recorder.event(deployment, "Normal", "ScalingReplicaSet", message)
        self._note_progress(deployment, "True", "NewReplicaSetCreated", f'Created new replica set "{name}"')
        return created

    def _resolve_collision(self, deployment: Object, wanted: Object) -> Object | None:
        """A ReplicaSet of that name exists: it is ours and the cache lags, or the hashes collide."""
        meta = wanted["metadata"]
        existing = self.client.get(REPLICA_SETS, meta["namespace"], meta["name"])
        ours = is_controlled_by(existing, deployment)
        if ours and revisions.same_template(existing["spec"]["template"], deployment["spec"]["template"]):
            return existing
        old = deployment.get("status", {})
        bumped = {**old, "collisionCount": int(old.get("collisionCount") or 0) + 1}
        self.client.update(DEPLOYMENTS, {**deployment, "status": bumped}, "status")
        return None

    def _report_failed_create(self, deployment: Object, replica_set: Object, error: StatusError) -> None:
        message = f'Failed to create new replica set "{replica_set["metadata"]["name"]}": {error.message}'
        self._recorder.event(deployment, "Warning", "ReplicaSetCreateError", message)
        self._note_progress(deployment, "False", "ReplicaSetCreateError", message)
        self._write(deployment, deployment.get("status", {}))

    def _note_revision(self, deployment: Object, new: Object) -> None:
        """The deployment carries the revision of its newest ReplicaSet."""
        number = (new["metadata"].get("annotations") or {}).get(REVISION_ANNOTATION)
        annotations = deployment["metadata"].get("annotations") or {}
        if number is None or annotations.get(REVISION_ANNOTATION) == number:
            return
        meta = deployment["metadata"]
        patch = {"metadata": {"annotations": {REVISION_ANNOTATION: number}}}
        stored = self.client.merge_patch(DEPLOYMENTS, meta["namespace"], meta["name"], patch)
        # `sync` works on a copy of its own; what it writes next must carry the new resource version.
        deployment["metadata"] = stored["metadata"]

    def _scale(self, deployment: Object, replica_set: Object, size: int) -> None:
        surge, _ = rolling.fenceposts(deployment)
        noted = revisions.replica_annotations(replicas_of(deployment), replicas_of(deployment) + surge)
        annotations = replica_set["metadata"].get("annotations") or {}
        before = replicas_of(replica_set)
        if before == size and all(annotations.get(k) == v for k, v in noted.items()):
            return
        name = replica_set["metadata"]["name"]
        updated = {
            **replica_set,
            "metadata": {**replica_set["metadata"], "annotations": {**annotations, **noted}},
            "spec": {**replica_set["spec"], "replicas": size},
        }
        self.client.update(REPLICA_SETS, updated)
        if before != size:
            direction = "up" if size > before else "down"
            message = f"Scaled {direction} replica set {name} from {before} to {size}"
            self._recorder.event(deployment, "Normal", "ScalingReplicaSet", message)

    def _clean_up_if_complete(self, deployment: Object, old: list[Object]) -> None:
        if status.is_complete(deployment, deployment.get("status", {})):
            self._clean_up(deployment, old)

    def _clean_up(self, deployment: Object, old: list[Object]) -> None:
        """Old ReplicaSets beyond the history limit go."""
        for replica_set in replicasets.removable(deployment, old):
            delete_known(self.client, REPLICA_SETS, replica_set)

    # Status

    def _write_rollout_status(self, deployment: Object, new: Object | None, old: list[Object]) -> None:
        wanted = status.of_rollout(deployment, _all(new, old), new, self.clock.now())
        self._write(deployment, wanted)
        self._look_again_at_deadline(deployment, wanted)

    def _write(self, deployment: Object, wanted: Object) -> None:
        """Stores a status that is not the one stored."""
        stored = self._deployments.get(*split_key(key_of(deployment)))
        if stored is None or wanted != stored.get("status"):
            self.client.update(DEPLOYMENTS, {**deployment, "status": wanted}, "status")

    def _look_again_at_deadline(self, deployment: Object, current: Object) -> None:
        seconds = status.deadline_of(deployment)
        progress = status.condition_of(current["conditions"], status.PROGRESSING)
        if seconds is None or progress is None or progress["reason"] in (status.COMPLETED, status.TIMED_OUT):
            return
        elapsed = (self.clock.now() - parse_time(progress["lastUpdateTime"])).total_seconds()
        self.queue.add_after(key_of(deployment), max(1.0, seconds - elapsed + 1))


def _all(new: Object | None, old: list[Object]) -> list[Object]:
    return old if new is None else [new, *old]


def _selector(deployment: Object) -> labels.Selector:
    return labels.selector_from_label_selector(deployment["spec"]["selector"])
