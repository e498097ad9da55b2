"""Deployments roll their pods from one template to the next by way of ReplicaSets.

Source: kubernetes ``pkg/controller/deployment/deployment_controller.go``, ``sync.go``, ``rolling.go``, ``recreate.go``.
"""

from __future__ import annotations

from typing import Any

from mini_server.controllers.context import ControllerContext
from mini_server.controllers.controller import Controller, own_key, split_key
from mini_server.controllers.deployment import revisions, rolling, status
from mini_server.controllers.deployment.revisions import HASH_LABEL
from mini_server.controllers.deployment.rolling import replicas_of
from mini_server.controllers.ownership import Claims, controller_of, controller_reference, owner_keys
from mini_server.controllers.pods import is_finished
from mini_server.controllers.resources import (
    DEPLOYMENT_KIND,
    DEPLOYMENTS,
    PODS,
    REPLICA_SET_KIND,
    REPLICA_SETS,
)
from pykubectl.machinery import labels
from pykubectl.machinery.errors import StatusError, is_already_exists, is_namespace_terminating
from pykubectl.machinery.values.time import format_time, parse_time

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
            self._write_status(deployment, replica_sets, revisions.find_new(deployment, replica_sets))
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
        meta = deployment["metadata"]

        def fresh() -> Object:
            return self.client.get(DEPLOYMENTS, meta["namespace"], meta["name"])

        claims = Claims(self.client, REPLICA_SETS, deployment, DEPLOYMENT_KIND, _selector(deployment), fresh)
        return claims.claim(self._replica_sets.list(meta["namespace"]))

    # Rolling update

    def _roll(self, deployment: Object, replica_sets: list[Object]) -> None:
        new, old = self._new_and_old(deployment, replica_sets, create=True)
        if new is None:
            return
        active_old = [rs for rs in old if replicas_of(rs) > 0]
        wanted = rolling.new_replicas(deployment, [new, *old], new)
        if replicas_of(new) > replicas_of(deployment):
            wanted = replicas_of(deployment)
        if wanted != replicas_of(new):
            self._scale(deployment, new, wanted)
            self._write_status(deployment, [new, *old], new)
            return
        smaller = rolling.scaled_down(deployment, new, active_old)
        if smaller:
            for replica_set in active_old:
                name = replica_set["metadata"]["name"]
                if name in smaller:
                    self._scale(deployment, replica_set, smaller[name])
        else:
            self._clean_up_if_complete(deployment, new, old)
        self._write_status(deployment, [new, *old], new)

    # Recreate

    def _recreate(self, deployment: Object, replica_sets: list[Object]) -> None:
        new, old = self._new_and_old(deployment, replica_sets, create=False)
        active_old = [rs for rs in old if replicas_of(rs) > 0]
        for replica_set in active_old:
            self._scale(deployment, replica_set, 0)
        if active_old or self._old_pods_running(deployment, new, old):
            self._write_status(deployment, [*([new] if new else []), *old], new)
            return
        new, old = self._new_and_old(deployment, replica_sets, create=True)
        if new is None:
            return
        if replicas_of(new) != replicas_of(deployment):
            self._scale(deployment, new, replicas_of(deployment))
        else:
            self._clean_up_if_complete(deployment, new, old)
        self._write_status(deployment, [new, *old], new)

    def _old_pods_running(self, deployment: Object, new: Object | None, old: list[Object]) -> bool:
        owners = {rs["metadata"]["uid"] for rs in old}
        pods = self._pods.list(deployment["metadata"]["namespace"])
        return any((controller_of(pod) or {}).get("uid") in owners and not is_finished(pod) for pod in pods)

    # Paused, or scaled

    def _scale_only(self, deployment: Object, replica_sets: list[Object]) -> None:
        new, old = self._new_and_old(deployment, replica_sets, create=False)
        everything = [*([new] if new else []), *old]
        active = [rs for rs in everything if replicas_of(rs) > 0]
        if len(active) <= 1:
            target = active[0] if active else new
            if target is not None and replicas_of(target) != replicas_of(deployment):
                self._scale(deployment, target, replicas_of(deployment))
            elif target is not None:
                self._annotate_size(deployment, target)
        elif (deployment["spec"].get("strategy") or {}).get("type") != "Recreate":
            sizes = rolling.proportional(deployment, everything)
            for replica_set in active:
                name = replica_set["metadata"]["name"]
                self._scale(deployment, replica_set, sizes.get(name, replicas_of(replica_set)))
        if deployment["spec"].get("paused") and new is not None:
            self._clean_up_if_complete(deployment, new, old)
        self._write_status(deployment, everything, new)

    def _note_pause(self, deployment: Object) -> bool:
        """Writes that progress is paused or resumed, so that its deadline does not run meanwhile; True if it wrote."""
        if deployment["spec"].get("progressDeadlineSeconds") is None:
            return False
        current = _condition(deployment, "Progressing")
        if current is not None and current.get("reason") == "ProgressDeadlineExceeded":
            return False
        paused_noted = current is not None and current.get("reason") == "DeploymentPaused"
        paused = bool(deployment["spec"].get("paused"))
        if paused == paused_noted:
            return False
        reason, text = (
            ("DeploymentPaused", "Deployment is paused") if paused else ("DeploymentResumed", "Deployment is resumed")
        )
        self._set_progress(deployment, status.progress_condition(reason, text, self.clock.now(), "Unknown"))
        return True

    def _set_progress(self, deployment: Object, condition: Object) -> None:
        old = deployment.get("status", {})
        others = [c for c in old.get("conditions") or [] if c["type"] != "Progressing"]
        self.client.update(DEPLOYMENTS, {**deployment, "status": {**old, "conditions": [*others, condition]}}, "status")

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
        elif create:
            new = self._create(deployment, replica_sets, number)
        if new is not None:
            self._note_revision(deployment, new)
        return new, old

    def _refresh(self, deployment: Object, new: Object, number: int) -> Object:
        current = new["metadata"].get("annotations") or {}
        wanted = revisions.annotations_for(deployment, current, number, exists=True)
        seconds = deployment["spec"].get("minReadySeconds", 0)
        if wanted == current and new["spec"].get("minReadySeconds", 0) == seconds:
            return new
        spec = {**new["spec"], "minReadySeconds": seconds}
        return self.client.update(
            REPLICA_SETS, {**new, "metadata": {**new["metadata"], "annotations": wanted}, "spec": spec}
        )

    def _create(self, deployment: Object, replica_sets: list[Object], number: int) -> Object | None:
        replica_set = self._new_replica_set(deployment, replica_sets, number)
        namespace = deployment["metadata"]["namespace"]
        try:
            created = self.client.create(REPLICA_SETS, namespace, replica_set)
        except StatusError as error:
            if is_already_exists(error):
                return self._resolve_collision(deployment, replica_set)
            if is_namespace_terminating(error):
                return None
            self._report_failed_create(deployment, replica_set, error)
            raise
        name, size = created["metadata"]["name"], replicas_of(created)
        if size:
            self._recorder.event(
                deployment, "Normal", "ScalingReplicaSet", f"Scaled up replica set {name} from 0 to {size}"
            )
        return created

    def _new_replica_set(self, deployment: Object, replica_sets: list[Object], number: int) -> Object:
        spec = deployment["spec"]
        template = spec["template"]
        digest = revisions.template_hash(template, deployment.get("status", {}).get("collisionCount"))
        meta = template.get("metadata") or {}
        template_labels = {**(meta.get("labels") or {}), HASH_LABEL: digest}
        selector = dict(spec["selector"])
        selector["matchLabels"] = {**(selector.get("matchLabels") or {}), HASH_LABEL: digest}
        replica_set: Object = {
            "apiVersion": "apps/v1",
            "kind": "ReplicaSet",
            "metadata": {
                "name": f"{deployment['metadata']['name']}-{digest}",
                "namespace": deployment["metadata"]["namespace"],
                "labels": template_labels,
                "annotations": revisions.annotations_for(deployment, {}, number, exists=False),
                "ownerReferences": [controller_reference(deployment, DEPLOYMENT_KIND)],
            },
            "spec": {
                "replicas": 0,
                "selector": selector,
                "template": {**template, "metadata": {**meta, "labels": template_labels}},
            },
        }
        if spec.get("minReadySeconds"):
            replica_set["spec"]["minReadySeconds"] = spec["minReadySeconds"]
        size = rolling.new_replicas(deployment, [*replica_sets, replica_set], replica_set)
        replica_set["spec"]["replicas"] = size
        surge, _ = rolling.fenceposts(deployment)
        replica_set["metadata"]["annotations"].update(
            revisions.replica_annotations(replicas_of(deployment), replicas_of(deployment) + surge)
        )
        return replica_set

    def _resolve_collision(self, deployment: Object, wanted: Object) -> Object | None:
        """A ReplicaSet of that name exists: it is ours and the cache lags, or the hashes collide."""
        meta = wanted["metadata"]
        existing = self.client.get(REPLICA_SETS, meta["namespace"], meta["name"])
        ours = (controller_of(existing) or {}).get("uid") == deployment["metadata"]["uid"]
        if ours and revisions.same_template(existing["spec"]["template"], deployment["spec"]["template"]):
            return existing
        old = deployment.get("status", {})
        bumped = {**old, "collisionCount": int(old.get("collisionCount") or 0) + 1}
        self.client.update(DEPLOYMENTS, {**deployment, "status": bumped}, "status")
        return None

    def _report_failed_create(self, deployment: Object, replica_set: Object, error: StatusError) -> None:
        message = f'Failed to create new replica set "{replica_set["metadata"]["name"]}": {error.message}'
        self._recorder.event(deployment, "Warning", "ReplicaSetCreateError", message)
        if deployment["spec"].get("progressDeadlineSeconds") is not None:
            self._set_progress(
                deployment,
                status.progress_condition("ReplicaSetCreateError", message, self.clock.now(), "False"),
            )

    def _note_revision(self, deployment: Object, new: Object) -> None:
        """The deployment carries the revision of its newest ReplicaSet."""
        number = (new["metadata"].get("annotations") or {}).get(revisions.REVISION)
        annotations = deployment["metadata"].get("annotations") or {}
        if number is None or annotations.get(revisions.REVISION) == number:
            return
        meta = deployment["metadata"]
        patch = {"metadata": {"annotations": {revisions.REVISION: number}}}
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

    def _annotate_size(self, deployment: Object, replica_set: Object) -> None:
        self._scale(deployment, replica_set, replicas_of(replica_set))

    def _clean_up_if_complete(self, deployment: Object, new: Object, old: list[Object]) -> None:
        """Old ReplicaSets beyond the history limit go once the rollout is complete."""
        limit = deployment["spec"].get("revisionHistoryLimit")
        current = status.counts(deployment, [new, *old], new)
        if limit is None or not status.is_complete(deployment, current):
            return
        removable = [rs for rs in old if not rs["metadata"].get("deletionTimestamp")]
        excess = len(removable) - limit
        for replica_set in sorted(removable, key=revisions.revision)[: max(0, excess)]:
            if replicas_of(replica_set) == 0 and not replica_set.get("status", {}).get("replicas"):
                meta = replica_set["metadata"]
                self.client.delete(REPLICA_SETS, meta["namespace"], meta["name"], uid=meta["uid"])

    # Status

    def _write_status(self, deployment: Object, replica_sets: list[Object], new: Object | None) -> None:
        wanted = status.counts(deployment, replica_sets, new)
        failure = next(
            (
                c.get("message", "")
                for rs in replica_sets
                for c in rs.get("status", {}).get("conditions") or []
                if c["type"] == "ReplicaFailure"
            ),
            "",
        )
        current = _with_new_replica_set_condition(deployment, new, self.clock.now())
        wanted["conditions"] = status.conditions(current, wanted, new, self.clock.now(), failure)
        if wanted != deployment.get("status"):
            self.client.update(DEPLOYMENTS, {**deployment, "status": wanted}, "status")
        self._look_again_at_deadline(deployment, wanted)

    def _look_again_at_deadline(self, deployment: Object, current: Object) -> None:
        seconds = deployment["spec"].get("progressDeadlineSeconds")
        progress = next((c for c in current["conditions"] if c["type"] == "Progressing"), None)
        if seconds is None or progress is None:
            return
        if progress["reason"] in ("NewReplicaSetAvailable", "ProgressDeadlineExceeded"):
            return
        elapsed = (self.clock.now() - parse_time(progress["lastUpdateTime"])).total_seconds()
        key = f"{deployment['metadata']['namespace']}/{deployment['metadata']['name']}"
        self.queue.add_after(key, max(1.0, seconds - elapsed + 1))


def _with_new_replica_set_condition(deployment: Object, new: Object | None, now: Any) -> Object:
    """The deployment as it would be had it been told of a ReplicaSet just created or found."""
    if new is None or deployment["spec"].get("progressDeadlineSeconds") is None:
        return deployment
    if _condition(deployment, "Progressing") is not None:
        return deployment
    name = new["metadata"]["name"]
    fresh = new["metadata"].get("creationTimestamp", "") >= format_time(now)
    reason = "NewReplicaSetCreated" if fresh else "FoundNewReplicaSet"
    verb = "Created new" if fresh else "Found new"
    condition = status.progress_condition(reason, f'{verb} replica set "{name}"', now)
    old = deployment.get("status", {})
    return {**deployment, "status": {**old, "conditions": [*(old.get("conditions") or []), condition]}}


def _condition(deployment: Object, kind: str) -> Object | None:
    for condition in deployment.get("status", {}).get("conditions") or []:
        if condition["type"] == kind:
            return dict(condition)
    return None


def _selector(deployment: Object) -> labels.Selector:
    return labels.selector_from_label_selector(deployment["spec"]["selector"])
