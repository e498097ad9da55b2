"""Which controllers run, the controllers' client, aggregated roles."""

from __future__ import annotations

from typing import Any

import pytest

from mini_server.controllers.client import ControllerClient
from mini_server.controllers.clusterroleaggregation.controller import ClusterRoleAggregationController
from mini_server.controllers.manager import CONTROLLERS, ControllerManager, select
from mini_server.controllers.resources import CLUSTER_ROLES, CONFIG_MAPS, DEPLOYMENTS, PODS
from pykubectl.client.config.rest_config import RESTConfig
from pykubectl.client.rest import RESTClient
from pykubectl.client.transport.interface import Request, Response
from pykubectl.machinery.codecs import json
from tests.unit.controllers.fakes import FakeCluster
from tests.unit.controllers.workloads import queued

Object = dict[str, Any]


def test_all_controllers_run_where_all_are_asked_for() -> None:
    assert select(["*"]) == list(CONTROLLERS)


def test_controllers_can_be_named_and_left_out() -> None:
    assert select(["job-controller", "deployment-controller"]) == ["deployment-controller", "job-controller"]
    assert "job-controller" not in select(["*", "-job-controller"])
    assert select(["-job-controller"]) == []


@pytest.mark.parametrize("name", ["nobody", "-nobody", ""])
def test_a_controller_that_there_is_none_of_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="is not in the list of known controllers"):
        select([name])


def test_the_manager_starts_and_stops_what_was_asked_for() -> None:
    cluster = FakeCluster()
    manager = ControllerManager(cluster.context(), ["deployment-controller"])
    assert {DEPLOYMENTS, PODS} < set(cluster.informers)
    assert CONFIG_MAPS not in cluster.informers

    manager.start()
    manager.stop()


# The client


class Answer:
    """A whole answer."""

    def __init__(self, body: bytes) -> None:
        self.status = 200
        self.headers = {"content-type": "application/json"}
        self._body = body

    def read(self) -> bytes:
        return self._body

    def lines(self) -> Any:
        yield from self._body.splitlines()

    def chunks(self) -> Any:
        yield self._body

    def close(self) -> None:
        """Nothing is open."""


class Server:
    """Answers everything with one document, and remembers what was asked."""

    def __init__(self, document: Object) -> None:
        self._body = json.dumps(document)
        self.requests: list[Request] = []

    def send(self, request: Request) -> Response:
        self.requests.append(request)
        return Answer(self._body)

    def close(self) -> None:
        """Nothing is open."""


def served(document: Object) -> tuple[ControllerClient, Server]:
    server = Server(document)
    return ControllerClient(RESTClient(RESTConfig(host="https://server"), server)), server


def test_reads_and_writes_go_to_the_objects_path() -> None:
    obj = {"metadata": {"name": "c", "namespace": "ns"}}
    client, server = served(obj)

    assert client.get(CONFIG_MAPS, "ns", "c") == obj
    client.create(CONFIG_MAPS, "ns", obj)
    client.update(CONFIG_MAPS, obj)
    client.update(DEPLOYMENTS, {**obj, "metadata": {"name": "d", "namespace": "ns"}}, "status")
    client.merge_patch(CONFIG_MAPS, "ns", "c", {})
    client.strategic_patch(CONFIG_MAPS, "ns", "c", {})

    assert [(r.method, r.path, r.headers.get("Content-Type", "")) for r in server.requests] == [
        ("GET", "/api/v1/namespaces/ns/configmaps/c", ""),
        ("POST", "/api/v1/namespaces/ns/configmaps", "application/json"),
        ("PUT", "/api/v1/namespaces/ns/configmaps/c", "application/json"),
        ("PUT", "/apis/apps/v1/namespaces/ns/deployments/d/status", "application/json"),
        ("PATCH", "/api/v1/namespaces/ns/configmaps/c", "application/merge-patch+json"),
        ("PATCH", "/api/v1/namespaces/ns/configmaps/c", "application/strategic-merge-patch+json"),
    ]


def test_a_deletion_names_its_conditions() -> None:
    client, server = served({"kind": "Status", "status": "Success"})

    client.delete(CONFIG_MAPS, "ns", "c", uid="u", resource_version="7", propagation="Orphan", grace_seconds=0)

    body = json.loads(server.requests[0].body or b"")
    assert body["preconditions"] == {"uid": "u", "resourceVersion": "7"}
    assert (body["propagationPolicy"], body["gracePeriodSeconds"]) == ("Orphan", 0)


def test_a_collection_is_deleted_in_the_background() -> None:
    client, server = served({"kind": "Status", "status": "Success"})

    client.delete_collection(CONFIG_MAPS, "ns")

    (request,) = server.requests
    assert (request.method, request.path) == ("DELETE", "/api/v1/namespaces/ns/configmaps")
    assert json.loads(request.body or b"")["propagationPolicy"] == "Background"


# Aggregated roles


def rule(resource: str) -> Object:
    return {"apiGroups": [""], "resources": [resource], "verbs": ["get"]}


def add_role(cluster: FakeCluster, name: str, *rules: Object, **labels: str) -> None:
    cluster.create(CLUSTER_ROLES, "", {"metadata": {"name": name, "labels": labels}, "rules": list(rules)})


def aggregating(cluster: FakeCluster, *selectors: dict[str, str]) -> ClusterRoleAggregationController:
    controller = ClusterRoleAggregationController(cluster.context())
    chosen = {"clusterRoleSelectors": [{"matchLabels": selector} for selector in selectors]}
    cluster.create(CLUSTER_ROLES, "", {"metadata": {"name": "all"}, "aggregationRule": chosen, "rules": []})
    return controller


def rules(cluster: FakeCluster) -> list[Object]:
    found: list[Object] = cluster.get(CLUSTER_ROLES, "", "all")["rules"]
    return found


def test_rules_of_the_selected_roles_are_joined() -> None:
    cluster = FakeCluster()
    controller = aggregating(cluster, {"to": "view"}, {"to": "edit"})
    add_role(cluster, "b", rule("pods"), rule("services"), to="view")
    add_role(cluster, "a", rule("pods"), to="edit")
    add_role(cluster, "c", rule("secrets"), to="nobody")

    controller.sync("all")

    assert rules(cluster) == [rule("pods"), rule("services")]


def test_an_aggregating_role_does_not_select_itself() -> None:
    cluster = FakeCluster()
    controller = aggregating(cluster, {"to": "view"})
    own = cluster.get(CLUSTER_ROLES, "", "all")
    meta = {**own["metadata"], "labels": {"to": "view"}}
    cluster.put(CLUSTER_ROLES, {**own, "metadata": meta, "rules": [rule("nodes")]})

    controller.sync("all")

    assert rules(cluster) == []


def test_a_change_of_any_role_is_looked_at() -> None:
    cluster = FakeCluster()
    controller = aggregating(cluster, {"to": "view"})
    controller.queue.done(controller.queue.get()[0] or "")
    add_role(cluster, "a", rule("pods"), to="view")

    assert queued(controller) == ["all"]
    controller.sync("all")
    before = len(cluster.writes)
    controller.sync("all")
    assert len(cluster.writes) == before


def test_a_role_without_a_rule_to_join_by_keeps_its_own() -> None:
    cluster = FakeCluster()
    controller = ClusterRoleAggregationController(cluster.context())
    add_role(cluster, "all", rule("pods"))

    controller.sync("all")
    controller.sync("gone")

    assert rules(cluster) == [rule("pods")]
