"""A StatefulSet ``s`` on a `FakeCluster`, with its controller."""

from __future__ import annotations

from typing import Any

from mini_server.controllers.resources import PODS, STATEFUL_SETS
from mini_server.controllers.statefulset.controller import StatefulSetController
from tests.unit.controllers.fakes import FakeCluster

Object = dict[str, Any]

NAMESPACE = "default"
CLAIM = {"metadata": {"name": "data"}, "spec": {"resources": {"requests": {"storage": "1Gi"}}}}


class StatefulWorld:
    """A cluster with one StatefulSet ``s``."""

    def __init__(self, **spec: Any) -> None:
        self.cluster = FakeCluster()
        self.controller = StatefulSetController(self.cluster.context())
        body: Object = {
            "replicas": 3,
            "serviceName": "h",
            "selector": {"matchLabels": {"app": "a"}},
            "template": {"metadata": {"labels": {"app": "a"}}, "spec": {"containers": [{"name": "c", "image": "v1"}]}},
            **spec,
        }
        obj = {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "s"}, "spec": body}
        self.cluster.create(STATEFUL_SETS, NAMESPACE, obj)

    @property
    def stateful_set(self) -> Object:
        return self.cluster.get(STATEFUL_SETS, NAMESPACE, "s")

    def settle(self) -> None:
        self.cluster.settle(self.controller, "default/s")

    def pods(self) -> list[str]:
        return [pod["metadata"]["name"] for pod in self.cluster.list(PODS)]

    def images(self) -> list[str]:
        return [pod["spec"]["containers"][0]["image"] for pod in self.cluster.list(PODS)]

    def pod(self, name: str) -> Object:
        return self.cluster.get(PODS, NAMESPACE, name)

    def ready(self, *names: str) -> None:
        for name in names or self.pods():
            conditions = [{"type": "Ready", "status": "True", "lastTransitionTime": "2025-12-31T00:00:00Z"}]
            status = {"phase": "Running", "conditions": conditions}
            self.cluster.put(PODS, {**self.pod(name), "status": status})

    def grow(self) -> None:
        """Lets every pod become ready until there are all."""
        for _ in range(10):
            self.settle()
            self.ready()
        self.settle()

    def change(self, **spec: Any) -> None:
        current = self.stateful_set
        self.cluster.put(STATEFUL_SETS, {**current, "spec": {**current["spec"], **spec}})

    def set_image(self, image: str) -> None:
        template = self.stateful_set["spec"]["template"]
        self.change(template={**template, "spec": {"containers": [{"name": "c", "image": image}]}})
