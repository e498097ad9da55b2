"""Endpoints of services."""

from __future__ import annotations

from typing import Any

import pytest

from mini_server.controllers.endpoints.endpoints import EndpointsController
from mini_server.controllers.resources import ENDPOINTS, PODS, SERVICES
from tests.unit.controllers.fakes import refusing, terminating
from tests.unit.controllers.services import KEY, NAMESPACE, ServiceWorld
from tests.unit.controllers.workloads import queued

Object = dict[str, Any]

TRIGGER = "endpoints.kubernetes.io/last-change-trigger-time"


def world(labels: dict[str, str] | None = None, **spec: Any) -> ServiceWorld:
    return ServiceWorld(EndpointsController, labels, **spec)


def endpoints(of: ServiceWorld) -> Object:
    of.settle()
    return of.cluster.get(ENDPOINTS, NAMESPACE, "s")


def subsets(of: ServiceWorld) -> list[Object]:
    found: list[Object] = endpoints(of).get("subsets") or []
    return found


def listed(of: ServiceWorld) -> dict[str, list[str]]:
    """Names of pods by field, of all subsets."""
    found: dict[str, list[str]] = {}
    for subset in subsets(of):
        for field in ("addresses", "notReadyAddresses"):
            found.setdefault(field, []).extend(a["targetRef"]["name"] for a in subset.get(field, []))
    return {field: names for field, names in found.items() if names}


def test_an_address_tells_of_its_pod() -> None:
    of = world()
    pod = of.pod("p", nodeName="n")

    reference = {"kind": "Pod", "namespace": NAMESPACE, "name": "p", "uid": pod["metadata"]["uid"]}
    assert subsets(of) == [
        {
            "addresses": [{"ip": "10.0.0.1", "nodeName": "n", "targetRef": reference}],
            "ports": [{"name": "http", "port": 8080, "protocol": "TCP"}],
        }
    ]


def test_a_service_without_pods_has_endpoints_without_addresses() -> None:
    of = world()
    assert "subsets" not in endpoints(of)


@pytest.mark.parametrize(
    ("publish", "expected"),
    [
        (False, {"addresses": ["ready"], "notReadyAddresses": ["unready"]}),
        (True, {"addresses": ["ready", "unready", "leaving"]}),
    ],
)
def test_which_pods_are_listed(publish: bool, expected: dict[str, list[str]]) -> None:
    of = world(publishNotReadyAddresses=publish)
    of.pod("ready")
    of.pod("unready", ready=False)
    of.pod("leaving")
    of.terminate("leaving")
    of.pod("done", phase="Succeeded")
    of.pod("failed", phase="Failed")
    of.pod("waiting", ip="")

    assert listed(of) == expected


def test_readiness_is_followed() -> None:
    of = world()
    of.pod("p", ready=False)
    assert listed(of) == {"notReadyAddresses": ["p"]}

    of.set_ready("p", True)

    assert listed(of) == {"addresses": ["p"]}


def test_named_ports_group_the_pods() -> None:
    of = world(ports=[{"name": "http", "port": 80, "targetPort": "web", "protocol": "TCP"}])
    of.pod("a", ports=[{"name": "web", "containerPort": 8080}])
    of.pod("b", ports=[{"name": "web", "containerPort": 9090}])
    of.pod("other", ports=[{"name": "metrics", "containerPort": 1}])
    of.pod("udp", ports=[{"name": "web", "containerPort": 2, "protocol": "UDP"}])

    assert [(s["ports"][0]["port"], [a["targetRef"]["name"] for a in s["addresses"]]) for s in subsets(of)] == [
        (8080, ["a"]),
        (9090, ["b"]),
    ]


def test_a_pod_may_serve_some_of_the_ports() -> None:
    ports = [{"name": "a", "port": 1, "targetPort": "a"}, {"name": "b", "port": 2, "targetPort": "b"}]
    of = world(ports=ports)
    of.pod("both", ports=[{"name": "a", "containerPort": 1}, {"name": "b", "containerPort": 2}])
    of.pod("one", ports=[{"name": "a", "containerPort": 1}])

    assert [[port["name"] for port in subset["ports"]] for subset in subsets(of)] == [["a", "b"], ["a"]]


def test_a_named_port_of_a_sidecar() -> None:
    sidecar = {"name": "s", "restartPolicy": "Always", "ports": [{"name": "web", "containerPort": 7}]}
    of = world(ports=[{"port": 80, "targetPort": "web"}])
    of.pod("p", initContainers=[sidecar])

    assert subsets(of)[0]["ports"] == [{"port": 7, "protocol": "TCP"}]


def test_the_protocol_above_is_handed_on() -> None:
    of = world(ports=[{"port": 80, "targetPort": 80, "appProtocol": "kubernetes.io/h2c"}])
    of.pod("p")

    assert subsets(of)[0]["ports"] == [{"port": 80, "protocol": "TCP", "appProtocol": "kubernetes.io/h2c"}]


@pytest.mark.parametrize(("cluster_ip", "listed_pods"), [("None", {"addresses": ["p"]}), ("10.96.0.9", {})])
def test_only_headless_services_may_have_no_ports(cluster_ip: str, listed_pods: dict[str, list[str]]) -> None:
    of = world(clusterIP=cluster_ip, ports=[])
    of.pod("p")

    assert listed(of) == listed_pods
    assert all("ports" not in subset for subset in subsets(of))


def test_labels_of_the_service_and_of_the_controller() -> None:
    of = world({"team": "shop"}, clusterIP="None")
    assert endpoints(of)["metadata"]["labels"] == {
        "team": "shop",
        "endpoints.kubernetes.io/managed-by": "endpoint-controller",
        "service.kubernetes.io/headless": "",
    }

    meta = {key: value for key, value in of.service["metadata"].items() if key != "labels"}
    of.cluster.put(SERVICES, {**of.service, "metadata": meta})
    assert "team" not in endpoints(of)["metadata"]["labels"]


def test_a_host_name_needs_the_service_as_its_subdomain() -> None:
    of = world(clusterIP="None")
    of.pod("a", hostname="a", subdomain="s")
    of.pod("b", hostname="b", subdomain="else")

    assert [address.get("hostname") for address in subsets(of)[0]["addresses"]] == ["a", None]


def test_the_family_of_the_service_chooses_the_address() -> None:
    of = world(ipFamilies=["IPv6"])
    pod = of.pod("dual")
    of.cluster.put(PODS, {**pod, "status": {**pod["status"], "podIPs": [{"ip": "10.0.0.1"}, {"ip": "fd00::1"}]}})
    of.pod("four")

    assert [address["ip"] for address in subsets(of)[0]["addresses"]] == ["fd00::1"]


@pytest.mark.parametrize("spec", [{"selector": None}, {"selector": {}}, {"type": "ExternalName"}])
def test_endpoints_that_others_write_are_left_alone(spec: Object) -> None:
    of = world(**spec)
    theirs = {"metadata": {"name": "s"}, "subsets": [{"addresses": [{"ip": "1.2.3.4"}]}]}
    of.cluster.create(ENDPOINTS, NAMESPACE, theirs)
    of.pod("p")

    assert subsets(of) == theirs["subsets"]


@pytest.mark.parametrize("selector", [{"app": "a"}, None])
def test_endpoints_go_with_their_service(selector: Any) -> None:
    of = world(selector=selector)
    if selector is None:
        of.cluster.create(ENDPOINTS, NAMESPACE, {"metadata": {"name": "s"}})
    of.settle()
    of.cluster.delete(SERVICES, NAMESPACE, "s")
    assert KEY in queued(of.controller)

    of.settle()

    assert of.cluster.names(ENDPOINTS) == []


@pytest.mark.parametrize(("labels", "seen"), [({}, False), ({"endpoints.kubernetes.io/managed-by": "x"}, True)])
def test_endpoints_that_never_had_a_service_are_looked_at_where_they_were_made_here(
    labels: dict[str, str], seen: bool
) -> None:
    of = world()
    of.cluster.create(ENDPOINTS, NAMESPACE, {"metadata": {"name": "lock", "labels": labels}})
    assert (f"{NAMESPACE}/lock" in queued(of.controller)) is seen


def test_what_led_to_a_change_is_dated() -> None:
    of = world()
    assert endpoints(of)["metadata"]["annotations"] == {TRIGGER: "2026-01-01T00:00:00Z"}

    of.cluster.clock.advance(5)
    of.pod("p")
    assert endpoints(of)["metadata"]["annotations"] == {TRIGGER: "2026-01-01T00:00:05Z"}

    of.cluster.delete(PODS, NAMESPACE, "p")
    assert endpoints(of)["metadata"]["annotations"] == {}


def test_a_change_that_is_none_is_not_written() -> None:
    of = world()
    pod = of.pod("p")
    of.settle()
    before = len(of.cluster.writes)

    of.cluster.put(PODS, {**pod, "metadata": {**pod["metadata"], "annotations": {"note": "n"}}})
    of.settle()

    assert len(of.cluster.writes) == before


def test_a_namespace_that_goes_away_is_nothing_to_tell(caplog: pytest.LogCaptureFixture) -> None:
    of = world()
    of.cluster.refuse = refusing("create", "endpoints", terminating)

    of.controller.process(KEY)

    assert not caplog.records
    assert of.controller.queue.num_requeues(KEY) == 0


def test_a_pod_is_a_matter_of_services_that_select_it() -> None:
    of = world()
    other = {"metadata": {"name": "other"}, "spec": {"selector": {"app": "b"}}}
    of.cluster.create(SERVICES, NAMESPACE, other)
    of.cluster.create(SERVICES, "elsewhere", {**other, "spec": {"selector": {"app": "a"}}})
    while len(of.controller.queue):
        of.controller.queue.done(of.controller.queue.get()[0] or "")

    of.pod("p")

    assert queued(of.controller) == [KEY]
