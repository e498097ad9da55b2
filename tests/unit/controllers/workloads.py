"""A Deployment or ReplicaSet ``d`` on a `FakeCluster`, with the controllers that bring it to life."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mini_server.controllers.controller import Controller, key_of
from mini_server.controllers.deployment.controller import DeploymentController
from mini_server.controllers.replicaset.controller import ReplicaSetController
from mini_server.controllers.resources import DEPLOYMENTS, PODS, REPLICA_SETS
from pykubectl.machinery.schema import GroupVersionResource
from pykubectl.machinery.values.time import format_time
from tests.unit.controllers.fakes import FakeCluster

Object = dict[str, Any]

NAMESPACE = "default"
KEY = f"{NAMESPACE}/d"


def template(image: str = "v1", **labels: str) -> Object:
    """A pod template with the label that everything here selects by."""
    return {
        "metadata": {"labels": {"app": "a", **labels}},
        "spec": {"containers": [{"name": "c", "image": image}]},
    }


def workload(kind: str, **spec: Any) -> Object:
    """A Deployment or ReplicaSet."""
    body: Object = {"replicas": 3, "selector": {"matchLabels": {"app": "a"}}, "template": template(), **spec}
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": "d"}, "spec": body}


class PodWorld:
    """What tests of pods' owners share."""

    def __init__(self) -> None:
        self.cluster = FakeCluster()

    def pods(self) -> list[Object]:
        """All pods."""
        return self.cluster.list(PODS)

    def set_ready(self, pod: Object, ready: bool = True) -> None:
        """Runs a pod and sets its readiness, since now."""
        since = format_time(self.cluster.clock.now())
        condition = {"type": "Ready", "status": "True" if ready else "False", "lastTransitionTime": since}
        self.cluster.put(PODS, {**pod, "status": {"phase": "Running", "conditions": [condition]}})

    def ready(self, *names: str) -> None:
        """Makes pods ready, all where none is named."""
        for pod in self.pods():
            if not names or pod["metadata"]["name"] in names:
                self.set_ready(pod)

    def finish(self, pod: Object, phase: str = "Succeeded") -> None:
        """Ends a pod."""
        self.cluster.put(PODS, {**pod, "status": {"phase": phase}})


class OwnerWorld(PodWorld):
    """One object ``d`` of ``resource``, with the controller that makes its pods."""

    resource: GroupVersionResource
    controller: Controller

    @property
    def owner(self) -> Object:
        return self.cluster.get(self.resource, NAMESPACE, "d")

    @property
    def status(self) -> Object:
        status: Object = self.owner["status"]
        return status

    def change(self, **spec: Any) -> None:
        current = self.owner
        self.cluster.put(self.resource, {**current, "spec": {**current["spec"], **spec}})

    def settle(self) -> None:
        self.cluster.settle(self.controller, KEY)


class DeploymentWorld(PodWorld):
    """One Deployment, its ReplicaSets, both controllers."""

    def __init__(self, **spec: Any) -> None:
        super().__init__()
        self.deployments = DeploymentController(self.cluster.context())
        self.replica_sets = ReplicaSetController(self.cluster.context())
        strategy = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}
        body = {"strategy": strategy, "revisionHistoryLimit": 10, "progressDeadlineSeconds": 600, **spec}
        self.cluster.create(DEPLOYMENTS, NAMESPACE, workload("Deployment", **body))

    @property
    def deployment(self) -> Object:
        return self.cluster.get(DEPLOYMENTS, NAMESPACE, "d")

    @property
    def status(self) -> Object:
        status: Object = self.deployment["status"]
        return status

    def condition(self, kind: str) -> tuple[str, str]:
        """Status and reason."""
        found = next(c for c in self.status["conditions"] if c["type"] == kind)
        return found["status"], found["reason"]

    def change(self, **spec: Any) -> None:
        current = self.deployment
        self.cluster.put(DEPLOYMENTS, {**current, "spec": {**current["spec"], **spec}})

    def roll_out(self, image: str) -> None:
        """Asks for another image, a little later than what was before."""
        self.cluster.clock.advance(1)
        self.change(template=template(image))

    def settle(self) -> None:
        """Both controllers, until there is nothing left to do."""
        for _ in range(100):
            before = len(self.cluster.writes)
            self.deployments.sync(KEY)
            for replica_set in self.cluster.list(REPLICA_SETS):
                self.replica_sets.sync(key_of(replica_set))
            if len(self.cluster.writes) == before:
                return
        raise AssertionError("the controllers do not come to rest")

    def complete(self) -> None:
        """The rollout goes through to its end."""
        for _ in range(20):
            self.settle()
            if all(self.is_ready(pod) for pod in self.pods()):
                return
            self.ready()
        raise AssertionError("the rollout does not end")

    @staticmethod
    def is_ready(pod: Object) -> bool:
        conditions = pod["status"].get("conditions") or []
        return any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)

    def sizes(self) -> dict[str, int]:
        """Wanted replicas by image, of ReplicaSets that have any."""
        sets = self.cluster.list(REPLICA_SETS)
        return {image_of(rs): rs["spec"]["replicas"] for rs in sets if rs["spec"]["replicas"]}

    def replica_set(self, image: str) -> Object:
        return next(rs for rs in self.cluster.list(REPLICA_SETS) if image_of(rs) == image)


def image_of(replica_set: Object) -> str:
    """What the template runs."""
    image: str = replica_set["spec"]["template"]["spec"]["containers"][0]["image"]
    return image


def deltas(informer_of: GroupVersionResource, cluster: FakeCluster) -> Callable[[], None]:
    """Stops an informer; the function returned lets it catch up and go on."""
    informer = cluster.informer(informer_of)
    informer.frozen = True

    def go_on() -> None:
        informer.frozen = False
        informer.catch_up()

    return go_on


def queued(controller: Controller) -> list[str]:
    """What waits in a controller's queue, which is shut down with that."""
    controller.queue.shut_down()
    keys = []
    while (key := controller.queue.get()[0]) is not None:
        keys.append(key)
        controller.queue.done(key)
    return keys
