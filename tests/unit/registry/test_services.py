"""What services are given, keep, and give back."""

from __future__ import annotations

from typing import Any

import pytest

from mini_server.registry.core.service import ServiceStrategy
from pykubectl.machinery.schema import GroupVersionResource
from tests.unit.endpoints.api import Answer, Api, Object

SERVICES = "/api/v1/namespaces/ns/services"
PORT = {"port": 80}


def make(api: Api, name: str = "s", query: str = "", **spec: Any) -> Answer:
    return api.post(f"{SERVICES}{query}", {"metadata": {"name": name}, "spec": {"ports": [PORT], **spec}})


def made(api: Api, name: str = "s", **spec: Any) -> Object:
    answer = make(api, name, **spec)
    assert answer.status == 201, answer.body
    found: Object = answer.obj["spec"]
    return found


def changed(api: Api, query: str = "", **spec: Any) -> Object:
    answer = api.patch(f"{SERVICES}/s{query}", {"spec": spec})
    assert answer.status == 200, answer.body
    found: Object = answer.obj["spec"]
    return found


def fault(answer: Answer) -> str:
    cause = answer.obj["details"]["causes"][0]
    return f"{cause['field']}: {cause['message']}"


def free(api: Api) -> tuple[int, int]:
    """How many addresses and ports are left."""
    strategy = api.stores.by_resource[GroupVersionResource("", "v1", "services")].strategy
    assert isinstance(strategy, ServiceStrategy)
    return strategy.free


def test_a_service_keeps_what_it_was_given(api: Api) -> None:
    spec = made(api, type="NodePort")
    assert spec["clusterIP"] == spec["clusterIPs"][0]
    put = {"metadata": {"name": "s"}, "spec": {"type": "NodePort", "ports": [PORT]}}
    kept = api.must("PUT", f"{SERVICES}/s", put)["spec"]
    assert kept["clusterIP"] == spec["clusterIP"]
    assert kept["ports"][0]["nodePort"] == spec["ports"][0]["nodePort"]


def test_ports_of_nodes_stay_with_their_names(api: Api) -> None:
    ports = [{"name": name, "port": port} for name, port in (("a", 1), ("b", 2))]
    first, second = (port["nodePort"] for port in made(api, type="NodePort", ports=ports)["ports"])
    moved = [{"name": "b", "port": 5}, {"name": "a", "port": 6, "nodePort": second}]
    spec = {"type": "NodePort", "ports": moved}
    found = api.must("PUT", f"{SERVICES}/s", {"metadata": {"name": "s"}, "spec": spec})["spec"]["ports"]
    assert found[1]["nodePort"] == second
    assert found[0]["nodePort"] not in (first, second)


def test_what_is_taken_is_taken_until_it_is_given_back(api: Api) -> None:
    spec: Object = {"type": "NodePort", "ports": [{"port": 80, "nodePort": 30080}], "clusterIP": "10.96.0.77"}
    for name in ("s", "t"):
        made(api, name, **spec)
        refused = make(api, "u", **spec)
        assert fault(refused) == (
            'spec.clusterIPs: Invalid value: ["10.96.0.77"]: failed to allocate IP 10.96.0.77: provided IP is already '
            "allocated"
        )
        api.must("DELETE", f"{SERVICES}/{name}")


@pytest.mark.parametrize(
    ("spec", "text"),
    [
        ({"clusterIP": "10.1.0.1"}, "the provided network does not match the current range"),
        ({"type": "NodePort", "ports": [{"port": 80, "nodePort": 80}]}, "The range of valid ports is 30000-32767"),
    ],
)
def test_what_is_not_the_servers_to_give(api: Api, spec: Object, text: str) -> None:
    before = free(api)
    assert text in fault(make(api, **spec))
    assert free(api) == before


def test_a_refused_service_takes_nothing(api: Api) -> None:
    made(api, type="NodePort", ports=[{"port": 80, "nodePort": 30080}])
    before = free(api)
    refused = make(api, "t", type="NodePort", ports=[{"port": 80, "nodePort": 30080}])
    assert fault(refused).endswith("provided port is already allocated")
    assert make(api, "s", type="NodePort").status == 409
    assert free(api) == before


def test_dry_runs_take_nothing(api: Api) -> None:
    made(api)
    before = free(api)
    assert make(api, "t", "?dryRun=All", type="NodePort").status == 201
    assert changed(api, "?dryRun=All", type="NodePort")["ports"][0]["nodePort"]
    assert api.request("DELETE", f"{SERVICES}/s?dryRun=All").status == 200
    put = {"metadata": {"name": "n"}, "spec": {"type": "NodePort", "ports": [PORT]}}
    assert api.request("PUT", f"{SERVICES}/n?dryRun=All", put).status == 201
    assert free(api) == before


def test_another_type_gives_back_what_it_does_not_use(api: Api) -> None:
    at_first = free(api)
    made(api, type="LoadBalancer", externalTrafficPolicy="Local", loadBalancerClass="a.b/c")
    status = {"status": {"loadBalancer": {"ingress": [{"ip": "1.2.3.4"}]}}}
    assert api.patch(f"{SERVICES}/s/status", status).status == 200
    assert free(api) == (at_first[0] - 1, at_first[1] - 2)
    spec = changed(api, type="NodePort")
    assert {"healthCheckNodePort", "loadBalancerClass", "allocateLoadBalancerNodePorts"}.isdisjoint(spec)
    assert api.must("GET", f"{SERVICES}/s")["status"] == {"loadBalancer": {}}
    assert free(api) == (at_first[0] - 1, at_first[1] - 1)
    spec = changed(api, type="ClusterIP")
    assert {"externalTrafficPolicy"}.isdisjoint(spec)
    assert "nodePort" not in spec["ports"][0]
    assert free(api) == (at_first[0] - 1, at_first[1])
    spec = changed(api, type="ExternalName", externalName="a.b")
    assert {"clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"}.isdisjoint(spec)
    assert free(api) == at_first
    spec = changed(api, type="ClusterIP", externalName=None)
    assert spec["clusterIPs"] == [spec["clusterIP"]]
    api.must("DELETE", f"{SERVICES}/s")
    assert free(api) == at_first


def test_another_port_gives_back_the_first(api: Api) -> None:
    made(api, type="NodePort")
    before = free(api)
    changed(api, ports=[{"port": 80, "nodePort": 30099}])
    assert free(api) == before


def test_what_is_asked_for_with_another_type_is_refused(api: Api) -> None:
    made(api, type="NodePort")
    refused = api.patch(f"{SERVICES}/s", {"spec": {"type": "ClusterIP", "ports": [{"port": 80, "nodePort": 30099}]}})
    assert fault(refused).startswith("spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'")


def test_the_port_that_is_asked_for_health(api: Api) -> None:
    spec = made(api, type="LoadBalancer", externalTrafficPolicy="Local")
    assert 30000 <= spec["healthCheckNodePort"] <= 32767
    assert spec["healthCheckNodePort"] != spec["ports"][0]["nodePort"]
    assert changed(api, sessionAffinity="ClientIP")["healthCheckNodePort"] == spec["healthCheckNodePort"]


def test_a_balancer_can_do_without_ports_of_nodes(api: Api) -> None:
    assert "nodePort" not in made(api, type="LoadBalancer", allocateLoadBalancerNodePorts=False)["ports"][0]
