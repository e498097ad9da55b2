"""StatefulSets: pods with numbers and claims of their own, made, updated and removed in order.

Source: kubernetes ``pkg/controller/statefulset/stateful_set.go``, ``stateful_set_control.go``,
``stateful_pod_control.go``.
"""

from __future__ import annotations

from typing import Any

from mini_server.controllers.context import ControllerContext
from mini_server.controllers.controller import Controller, key_of, own_key, split_key
from mini_server.controllers.deletion import delete_known
from mini_server.controllers.history import History, Revisions
from mini_server.controllers.ownership import Claims, owner_keys
from mini_server.controllers.pods import is_finished, next_available_in
from mini_server.controllers.resources import (
    CLAIMS,
    CONTROLLER_REVISIONS,
    PODS,
    STATEFUL_SET_KIND,
    STATEFUL_SETS,
)
from mini_server.controllers.statefulset import identity, retention
from mini_server.controllers.statefulset.identity import ordinal_of, revision_of
from mini_server.controllers.statefulset.status import is_created, is_healthy, make_status
from pykubectl.helpers.owners import controller_of
from pykubectl.machinery import labels
from pykubectl.machinery.errors import (
    StatusError,
    is_already_exists,
    is_namespace_terminating,
    is_not_found,
    new_internal_error,
)
from pykubectl.machinery.values.intstr import scaled_value
from pykubectl.machinery.values.time import format_time

Object = dict[str, Any]


class StatefulSetController(Controller):
    """One pod per number: ``OrderedReady`` waits for each before the next, ``Parallel`` does not."""

    name = "statefulset-controller"

    def __init__(self, context: ControllerContext) -> None:
        super().__init__(context)
        self._recorder = context.recorder(self.name)
        self._sets = self.watch(STATEFUL_SETS, own_key)
        self._pods = self.watch(PODS, self._keys_of_pod)
        self._claims = context.informer(CLAIMS)
        revisions = self.watch(CONTROLLER_REVISIONS, owner_keys(STATEFUL_SET_KIND))
        self._history = History(self.client, revisions, STATEFUL_SET_KIND, "controller.kubernetes.io/hash")

    def sync(self, key: str) -> None:
        """Adopts and releases pods, takes the next steps, writes the status."""
        stateful_set = self._sets.get(*split_key(key))
        if stateful_set is None:
            return
        pods = self._claim(stateful_set)
        revisions = self._history.sync(stateful_set)
        update = revisions.update["metadata"]["name"]
        current = stateful_set.get("status", {}).get("currentRevision") or update
        if revisions.named(current) is None:
            current = update
        work = _Work(self, stateful_set, pods, revisions, current)
        try:
            if not stateful_set["metadata"].get("deletionTimestamp"):
                work.run()
        finally:
            self._write_status(stateful_set, work, revisions)
        live = {current, update, *(revision_of(pod) for pod in pods)}
        self._history.truncate(stateful_set, revisions, live)

    def _keys_of_pod(self, pod: Object) -> tuple[str, ...]:
        if controller_of(pod) is not None:
            return tuple(owner_keys(STATEFUL_SET_KIND)(pod))
        if pod["metadata"].get("deletionTimestamp"):
            return ()
        own = pod["metadata"].get("labels") or {}
        candidates = self._sets.list(pod["metadata"]["namespace"])
        return tuple(key_of(s) for s in candidates if own and _selector(s).matches(own) and _is_member(s, pod))

    def _claim(self, stateful_set: Object) -> list[Object]:
        selector = _selector(stateful_set)
        claims = Claims(self.client, PODS, stateful_set, STATEFUL_SETS, STATEFUL_SET_KIND, selector)
        pods = self._pods.list(stateful_set["metadata"]["namespace"])
        return claims.claim(pod for pod in pods if _is_member(stateful_set, pod))

    def _write_status(self, stateful_set: Object, work: _Work, revisions: Revisions) -> None:
        update = revisions.update["metadata"]["name"]
        now = self.clock.now()
        status = make_status(stateful_set, work.pods(), work.current, update, revisions.collisions, now)
        if stateful_set.get("status") != status:
            self.client.update(STATEFUL_SETS, {**stateful_set, "status": status}, "status")
        seconds = stateful_set["spec"].get("minReadySeconds", 0)
        left = next_available_in(work.pods(), seconds, now)
        if left is not None:
            self.queue.add_after(key_of(stateful_set), left)

    # Writes

    def create_pod(self, stateful_set: Object, pod: Object) -> Object:
        """Creates what claims a pod lacks, then the pod."""
        try:
            self.create_claims(stateful_set, pod)
            created = self.client.create(PODS, stateful_set["metadata"]["namespace"], pod)
        except StatusError as error:
            if not (is_already_exists(error) or is_namespace_terminating(error)):
                self._tell(stateful_set, "create", f"Pod {pod['metadata']['name']}", error)
            raise
        self._tell(stateful_set, "create", f"Pod {pod['metadata']['name']}")
        return created

    def create_claims(self, stateful_set: Object, pod: Object) -> None:
        """Creates those of the pod's claims that are not there."""
        namespace = stateful_set["metadata"]["namespace"]
        for claim in identity.claims(stateful_set, ordinal_of(pod)):
            name = claim["metadata"]["name"]
            current = self._claims.get(namespace, name) or self._stored_claim(namespace, name)
            if current is None:
                self.client.create(CLAIMS, namespace, claim)
                what = f"create Claim {name} Pod {pod['metadata']['name']}"
                text = f"{what} in StatefulSet {stateful_set['metadata']['name']} success"
                self._recorder.event(stateful_set, "Normal", "SuccessfulCreate", text)
            elif current["metadata"].get("deletionTimestamp"):
                raise new_internal_error(f"pvc {name} is being deleted")

    def _stored_claim(self, namespace: str, name: str) -> Object | None:
        """Past the cache, which may not have it yet."""
        try:
            return self.client.get(CLAIMS, namespace, name)
        except StatusError as error:
            if not is_not_found(error):
                raise
        return None

    def delete_pod(self, stateful_set: Object, pod: Object) -> None:
        """Deletes a pod; one that is gone already is fine."""
        what = f"Pod {pod['metadata']['name']}"
        try:
            deleted = delete_known(self.client, PODS, pod)
        except StatusError as error:
            self._tell(stateful_set, "delete", what, error)
            raise
        if deleted:
            self._tell(stateful_set, "delete", what)

    def relabel(self, pod: Object) -> None:
        """Gives a pod its identity back."""
        meta = pod["metadata"]
        own = {identity.NAME_LABEL: meta["name"], identity.INDEX_LABEL: str(ordinal_of(pod))}
        patch = {"metadata": {"uid": meta["uid"], "labels": own}}
        self.client.merge_patch(PODS, meta["namespace"], meta["name"], patch)

    def claims_of(self, stateful_set: Object, pod: Object) -> list[Object]:
        """Those of the pod's claims that are there."""
        namespace, ordinal = stateful_set["metadata"]["namespace"], ordinal_of(pod)
        templates = stateful_set["spec"].get("volumeClaimTemplates") or []
        names = [identity.claim_name(stateful_set, template, ordinal) for template in templates]
        return [claim for name in names if (claim := self._claims.get(namespace, name)) is not None]

    def tend_claims(self, stateful_set: Object, pod: Object) -> None:
        """Lets the pod's claims go with whom the StatefulSet says."""
        for claim in self.claims_of(stateful_set, pod):
            owners = retention.corrected_owners(claim, stateful_set, pod)
            if owners is not None:
                meta = claim["metadata"]
                wanted = {"uid": meta["uid"], "resourceVersion": meta["resourceVersion"]}
                patch = {"metadata": {**wanted, "ownerReferences": owners or None}}
                self.client.merge_patch(CLAIMS, meta["namespace"], meta["name"], patch)

    def _tell(self, stateful_set: Object, verb: str, what: str, error: StatusError | None = None) -> None:
        text = f"{verb} {what} in StatefulSet {stateful_set['metadata']['name']}"
        if error is None:
            self._recorder.event(stateful_set, "Normal", f"Successful{verb.title()}", f"{text} successful")
        else:
            message = f"{text} failed error: {error.message}"
            self._recorder.event(stateful_set, "Warning", f"Failed{verb.title()}", message)


class _Work:
    """The steps of one sync. `pods` tells what there is afterwards."""

    def __init__(
        self,
        controller: StatefulSetController,
        stateful_set: Object,
        pods: list[Object],
        revisions: Revisions,
        current: str,
    ) -> None:
        self._controller = controller
        self._set = stateful_set
        self._revisions = revisions
        self._spec = stateful_set["spec"]
        self.current = current
        self._update = str(revisions.update["metadata"]["name"])
        self._ordered: bool = self._spec.get("podManagementPolicy", "OrderedReady") == "OrderedReady"
        wanted = identity.ordinals(stateful_set)
        by_ordinal = {ordinal_of(pod): pod for pod in pods}
        self._replicas = [by_ordinal.get(n) or self._new(n) for n in wanted]
        surplus = [pod for pod in pods if ordinal_of(pod) not in wanted]
        self._condemned = sorted(surplus, key=ordinal_of, reverse=True)

    def pods(self) -> list[Object]:
        """Those that stay, then those that are too many."""
        return [*self._replicas, *self._condemned]

    def run(self) -> None:
        """First every replica, then the surplus, then the update; in order, each waits for the one before."""
        stops = (self._stops_at_replica(n) for n in range(len(self._replicas)))
        # In parallel every replica is seen to, in order none after the first that must be waited for.
        if any(stops if self._ordered else list(stops)):
            return
        for pod in self._condemned:
            self._controller.tend_claims(self._set, pod)
        stops = (self._stops_at_condemned(pod) for pod in self._condemned)
        if any(stops if self._ordered else list(stops)):
            return
        if (self._spec.get("updateStrategy") or {}).get("type", "RollingUpdate") != "OnDelete":
            self._roll()

    def _new(self, ordinal: int) -> Object:
        """A pod to be made: of the current revision below the partition, of the update's else."""
        revision = self._revisions.update
        if self._is_of_current(ordinal):
            revision = self._revisions.named(self.current) or revision
        template = {key: value for key, value in revision["data"]["spec"]["template"].items() if key != "$patch"}
        return identity.make_pod(self._set, template, revision["metadata"]["name"], ordinal)

    def _is_of_current(self, ordinal: int) -> bool:
        strategy = self._spec.get("updateStrategy") or {}
        if strategy.get("type", "RollingUpdate") != "RollingUpdate":
            return False
        start = identity.ordinals(self._set).start
        rolling = strategy.get("rollingUpdate")
        if rolling is None:
            return bool(ordinal < start + int(self._set.get("status", {}).get("currentReplicas") or 0))
        return bool(ordinal < start + int(rolling.get("partition") or 0))

    def _is_healthy(self, pod: Object) -> bool:
        return is_healthy(pod, self._spec.get("minReadySeconds", 0), self._controller.clock.now())

    def _stops_at_replica(self, index: int) -> bool:
        """Brings one replica forward; True where nothing more is to be done before that has shown."""
        pod = self._replicas[index]
        if is_finished(pod):
            if not pod["metadata"].get("deletionTimestamp"):
                self._controller.delete_pod(self._set, pod)
            return True
        if not is_created(pod):
            if self._has_stale_claim(pod):
                return True
            self._replicas[index] = self._controller.create_pod(self._set, pod)
            return bool(self._ordered)
        if pod["status"]["phase"] == "Pending":
            self._controller.create_claims(self._set, pod)
        if self._ordered and not self._is_healthy(pod):
            return True
        if not identity.identity_matches(self._set, pod):
            self._controller.relabel(pod)
        self._controller.tend_claims(self._set, pod)
        return False

    def _has_stale_claim(self, pod: Object) -> bool:
        if not retention.deletes_when_scaled(self._set):
            return False
        return any(retention.is_stale(claim, pod) for claim in self._controller.claims_of(self._set, pod))

    def _stops_at_condemned(self, pod: Object) -> bool:
        """Removes a pod that is one too many; in order only while no other pod is in trouble."""
        if pod["metadata"].get("deletionTimestamp"):
            return self._ordered
        if self._ordered and not self._is_healthy(pod) and pod is not self._first_unhealthy():
            return True
        self._controller.delete_pod(self._set, pod)
        return True

    def _first_unhealthy(self) -> Object | None:
        """The unhealthy pod with the lowest number."""
        return next((pod for pod in sorted(self.pods(), key=ordinal_of) if not self._is_healthy(pod)), None)

    def _roll(self) -> None:
        """Deletes pods of other revisions from the highest number down to the partition, so many at a time."""
        rolling = (self._spec.get("updateStrategy") or {}).get("rollingUpdate") or {}
        budget = max(1, scaled_value(rolling.get("maxUnavailable", 1), len(self._replicas), round_up=False))
        for index in reversed(range(int(rolling.get("partition") or 0), len(self._replicas))):
            pod = self._replicas[index]
            if revision_of(pod) != self._update and not pod["metadata"].get("deletionTimestamp"):
                self._controller.delete_pod(self._set, pod)
                # The status must not count it any more: what comes in its place goes by those numbers.
                leaving = {**pod["metadata"], "deletionTimestamp": format_time(self._controller.clock.now())}
                self._replicas[index] = {**pod, "metadata": leaving}
            elif self._is_healthy(pod):
                continue
            budget -= 1
            if budget == 0:
                return


def _selector(stateful_set: Object) -> labels.Selector:
    return labels.selector_from_label_selector(stateful_set["spec"]["selector"])


def _is_member(stateful_set: Object, pod: Object) -> bool:
    return bool(identity.parent_and_ordinal(pod)[0] == stateful_set["metadata"]["name"])
