"""A Service ``s`` with pods behind it on a `FakeCluster`."""

from __future__ import annotations

from typing import Any

from mini_server.controllers.context import ControllerContext
from mini_server.controllers.controller import Controller
from mini_server.controllers.resources import NODES, PODS, SERVICES
from pykubectl.machinery.values.time import format_time
from tests.unit.controllers.fakes import FakeCluster

Object = dict[str, Any]

NAMESPACE = "default"
KEY = f"{NAMESPACE}/s"


class ServiceWorld:
    """Pods are given by name; their addresses are counted up."""

    def __init__(self, make: type[Controller], labels: dict[str, str] | None = None, **spec: Any) -> None:
        self.cluster = FakeCluster()
        context: ControllerContext = self.cluster.context()
        self.controller = make(context)
        self._addresses = iter(range(1, 1000))
        body = {
            "clusterIP": "10.96.0.9",
            "selector": {"app": "a"},
            "ports": [{"name": "http", "port": 80, "targetPort": 8080, "protocol": "TCP"}],
            **spec,
        }
        meta: Object = {"name": "s", **({"labels": labels} if labels else {})}
        service = {"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": body}
        self.cluster.create(SERVICES, NAMESPACE, service)

    @property
    def service(self) -> Object:
        return self.cluster.get(SERVICES, NAMESPACE, "s")

    def settle(self) -> None:
        self.cluster.settle(self.controller, KEY)

    def change(self, **spec: Any) -> None:
        current = self.service
        self.cluster.put(SERVICES, {**current, "spec": {**current["spec"], **spec}})

    def node(self, name: str, zone: str) -> None:
        meta = {"name": name, "labels": {"topology.kubernetes.io/zone": zone}}
        self.cluster.create(NODES, "", {"metadata": meta})

    def pod(
        self,
        name: str,
        *,
        ready: bool = True,
        phase: str = "Running",
        ip: str | None = None,
        ports: list[Object] | None = None,
        **spec: Any,
    ) -> Object:
        """A pod behind the service."""
        container = {"name": "c", **({"ports": ports} if ports else {})}
        address = f"10.0.0.{next(self._addresses)}" if ip is None else ip
        status: Object = {"phase": phase, "conditions": [self._readiness(ready)]}
        if address:
            status |= {"podIP": address, "podIPs": [{"ip": address}]}
        meta = {"name": name, "labels": {"app": "a"}}
        body = {"metadata": meta, "spec": {"containers": [container], **spec}, "status": status}
        return self.cluster.create(PODS, NAMESPACE, body)

    def set_ready(self, name: str, ready: bool) -> None:
        pod = self.cluster.get(PODS, NAMESPACE, name)
        self.cluster.put(PODS, {**pod, "status": {**pod["status"], "conditions": [self._readiness(ready)]}})

    def _readiness(self, ready: bool) -> Object:
        since = format_time(self.cluster.clock.now())
        return {"type": "Ready", "status": "True" if ready else "False", "lastTransitionTime": since}

    def terminate(self, name: str) -> None:
        """The pod is on its way out."""
        self.cluster.mark_deleted(PODS, self.cluster.get(PODS, NAMESPACE, name))
