"""EndpointSlices of services."""

from __future__ import annotations

from typing import Any

import pytest

from mini_server.controllers.endpoints.endpointslice import EndpointSliceController
from mini_server.controllers.endpoints.slicing import spread
from mini_server.controllers.resources import ENDPOINT_SLICES, PODS, SERVICES
from pykubectl.machinery.errors import StatusError, new_internal_error
from tests.unit.controllers.fakes import refusing, terminating
from tests.unit.controllers.services import KEY, NAMESPACE, ServiceWorld
from tests.unit.controllers.workloads import deltas

Object = dict[str, Any]


def world(labels: dict[str, str] | None = None, **spec: Any) -> ServiceWorld:
    return ServiceWorld(EndpointSliceController, labels, **spec)


def slices(of: ServiceWorld) -> list[Object]:
    of.settle()
    return of.cluster.list(ENDPOINT_SLICES)


def names(endpoint_slice: Object) -> list[str]:
    return [endpoint["targetRef"]["name"] for endpoint in endpoint_slice["endpoints"]]


def test_a_slice_tells_of_its_pods() -> None:
    of = world({"team": "shop"})
    of.node("n", "z1")
    pod = of.pod("p", nodeName="n")

    (made,) = slices(of)

    meta = made["metadata"]
    assert meta["generateName"] == "s-"
    assert meta["labels"] == {
        "team": "shop",
        "kubernetes.io/service-name": "s",
        "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
    }
    assert meta["annotations"] == {"endpoints.kubernetes.io/last-change-trigger-time": "2026-01-01T00:00:00Z"}
    assert [(o["kind"], o["name"], o["controller"]) for o in meta["ownerReferences"]] == [("Service", "s", True)]
    assert made["addressType"] == "IPv4"
    assert made["ports"] == [{"name": "http", "port": 8080, "protocol": "TCP"}]
    assert made["endpoints"] == [
        {
            "addresses": ["10.0.0.1"],
            "conditions": {"ready": True, "serving": True, "terminating": False},
            "targetRef": {"kind": "Pod", "namespace": NAMESPACE, "name": "p", "uid": pod["metadata"]["uid"]},
            "nodeName": "n",
            "zone": "z1",
        }
    ]


@pytest.mark.parametrize("publish", [False, True])
def test_conditions_of_endpoints(publish: bool) -> None:
    of = world(publishNotReadyAddresses=publish)
    of.pod("a-ready")
    of.pod("b-unready", ready=False)
    of.pod("c-leaving")
    of.terminate("c-leaving")
    of.pod("d-lost", ready=False)
    of.terminate("d-lost")
    of.pod("done", phase="Succeeded")
    of.pod("waiting", ip="")

    conditions = [tuple(endpoint["conditions"].values()) for endpoint in slices(of)[0]["endpoints"]]

    assert conditions == [
        (True, True, False),
        (publish, False, False),
        (publish, True, True),
        (publish, False, True),
    ]


def test_a_service_without_pods_has_an_empty_slice() -> None:
    of = world()
    (made,) = slices(of)
    assert (made["endpoints"], made["ports"]) == ([], [])


def test_the_empty_slice_becomes_the_first_and_the_other_way_round() -> None:
    of = world()
    name = slices(of)[0]["metadata"]["name"]

    of.pod("p")
    (made,) = slices(of)
    assert (made["metadata"]["name"], names(made)) == (name, ["p"])
    assert made["ports"][0]["port"] == 8080

    of.cluster.delete(PODS, NAMESPACE, "p")
    (made,) = slices(of)
    assert (made["metadata"]["name"], made["endpoints"], made["ports"]) == (name, [], [])


def test_a_slice_holds_a_hundred() -> None:
    of = world()
    for number in range(250):
        of.pod(f"p{number:03}", ip=f"10.0.1.{number}")

    assert sorted(len(made["endpoints"]) for made in slices(of)) == [50, 100, 100]


def test_one_pod_less_changes_one_slice() -> None:
    of = world()
    for number in range(250):
        of.pod(f"p{number:03}", ip=f"10.0.1.{number}")
    of.settle()
    of.cluster.delete(PODS, NAMESPACE, "p000")
    before = len(of.cluster.writes)

    assert sorted(len(made["endpoints"]) for made in slices(of)) == [50, 99, 100]
    assert len(of.cluster.writes) == before + 1


def test_named_ports_make_slices_of_their_own() -> None:
    of = world(ports=[{"name": "http", "port": 80, "targetPort": "web"}])
    of.pod("a", ports=[{"name": "web", "containerPort": 8080}])
    of.pod("b", ports=[{"name": "web", "containerPort": 9090}])
    of.pod("c")

    found = {tuple(port["port"] for port in made["ports"]): names(made) for made in slices(of)}
    assert found == {(8080,): ["a"], (9090,): ["b"], (): ["c"]}


def test_a_changed_port_changes_the_slice() -> None:
    of = world()
    of.pod("p")
    name = slices(of)[0]["metadata"]["name"]

    of.change(ports=[{"name": "http", "port": 80, "targetPort": 9090, "appProtocol": "http"}])

    (made,) = slices(of)
    assert made["metadata"]["name"] == name
    assert made["ports"] == [{"name": "http", "port": 9090, "protocol": "TCP", "appProtocol": "http"}]


def test_each_family_has_slices() -> None:
    of = world(ipFamilies=["IPv4", "IPv6"])
    pod = of.pod("dual")
    of.cluster.put(PODS, {**pod, "status": {**pod["status"], "podIPs": [{"ip": "10.0.0.1"}, {"ip": "fd00::1"}]}})
    of.pod("four")

    found = {made["addressType"]: [e["addresses"] for e in made["endpoints"]] for made in slices(of)}
    assert found == {"IPv4": [["10.0.0.1"], ["10.0.0.2"]], "IPv6": [["fd00::1"]]}


def test_a_family_given_up_loses_its_slices() -> None:
    of = world(ipFamilies=["IPv4", "IPv6"])
    assert len(slices(of)) == 2

    of.change(ipFamilies=["IPv4"])

    assert [made["addressType"] for made in slices(of)] == ["IPv4"]


def test_a_headless_service_is_marked_and_gives_host_names() -> None:
    of = world(clusterIP="None", ports=[])
    of.pod("p", hostname="h", subdomain="s")

    (made,) = slices(of)

    assert made["metadata"]["labels"]["service.kubernetes.io/headless"] == ""
    assert made["endpoints"][0]["hostname"] == "h"
    assert made["ports"] == []


@pytest.mark.parametrize("spec", [{"selector": None}, {"type": "ExternalName"}])
def test_services_that_select_nothing_have_no_slices(spec: Object) -> None:
    of = world(**spec)
    of.pod("p")
    assert slices(of) == []


def test_slices_of_others_are_left_alone() -> None:
    of = world()
    labels = {"kubernetes.io/service-name": "s", "endpointslice.kubernetes.io/managed-by": "someone"}
    theirs = {"metadata": {"name": "theirs", "labels": labels}, "addressType": "IPv4", "endpoints": []}
    of.cluster.create(ENDPOINT_SLICES, NAMESPACE, theirs)
    of.pod("p")

    found = slices(of)

    assert len(found) == 2
    assert of.cluster.get(ENDPOINT_SLICES, NAMESPACE, "theirs")["endpoints"] == []


def test_a_lagging_cache_makes_nothing_twice() -> None:
    of = world()
    of.pod("p")
    go_on = deltas(ENDPOINT_SLICES, of.cluster)
    of.controller.sync(KEY)

    of.controller.sync(KEY)
    assert len(of.cluster.list(ENDPOINT_SLICES)) == 1

    go_on()
    assert len(slices(of)) == 1


def test_a_failed_creation_is_tried_again() -> None:
    of = world()
    of.cluster.refuse = refusing("create", "endpointslices", lambda gvr, obj: new_internal_error("no"))
    with pytest.raises(StatusError):
        of.controller.sync(KEY)

    of.cluster.refuse = lambda verb, gvr, obj: None

    assert len(slices(of)) == 1


def test_a_namespace_that_goes_away_is_nothing_to_tell(caplog: pytest.LogCaptureFixture) -> None:
    of = world()
    of.cluster.refuse = refusing("create", "endpointslices", terminating)

    of.controller.process(KEY)

    assert not caplog.records


def test_labels_of_the_service_are_followed() -> None:
    of = world({"team": "shop"})
    of.settle()
    meta = {**of.service["metadata"], "labels": {"team": "stock"}}
    of.cluster.put(SERVICES, {**of.service, "metadata": meta})

    assert slices(of)[0]["metadata"]["labels"]["team"] == "stock"


def test_a_slice_deleted_by_others_is_made_again() -> None:
    of = world()
    of.pod("p")
    of.cluster.delete(ENDPOINT_SLICES, NAMESPACE, slices(of)[0]["metadata"]["name"])

    (made,) = slices(of)

    assert names(made) == ["p"]


# Spreading


def endpoint(number: int, ready: bool = True) -> Object:
    return {"addresses": [f"10.0.0.{number}"], "conditions": {"ready": ready}}


def stored(*numbers: int) -> Object:
    return {"endpoints": [endpoint(number) for number in numbers]}


def test_new_endpoints_go_to_slices_that_change_anyway() -> None:
    first, second = stored(1, 2), stored(3, 4)

    plan = spread([first, second], [endpoint(1), endpoint(3), endpoint(4), endpoint(5)])

    assert plan.update == [(first, [endpoint(1), endpoint(5)])]
    assert plan.keep == [second]


def test_else_to_the_fullest_that_has_room() -> None:
    first, second = stored(1), stored(2, 3)

    plan = spread([first, second], [endpoint(number) for number in range(1, 5)])

    assert plan.update == [(second, [endpoint(2), endpoint(3), endpoint(4)])]


def test_an_endpoint_that_changed_stays_where_it_is() -> None:
    first = stored(1, 2)

    plan = spread([first], [endpoint(1, ready=False), endpoint(2)])

    assert plan.update == [(first, [endpoint(1, ready=False), endpoint(2)])]
    assert not plan.create


def test_a_slice_that_nothing_is_left_of_goes() -> None:
    first, second = stored(1), stored(2)

    plan = spread([first, second], [endpoint(2)])

    assert plan.delete == [first]
    assert plan.keep == [second]
