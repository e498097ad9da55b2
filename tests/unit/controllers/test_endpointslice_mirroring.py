"""Endpoints written by hand, and their mirror."""

from __future__ import annotations

from typing import Any

import pytest

from mini_server.controllers.endpoints.mirroring import EndpointSliceMirroringController
from mini_server.controllers.resources import ENDPOINT_SLICES, ENDPOINTS, SERVICES
from tests.unit.controllers.services import KEY, NAMESPACE, ServiceWorld
from tests.unit.controllers.workloads import deltas

Object = dict[str, Any]

PORTS = [{"name": "db", "port": 5432, "protocol": "TCP"}]


class World(ServiceWorld):
    """A service ``s`` without a selector, and its Endpoints."""

    def __init__(self, *subsets: Object, selector: Any = None, **metadata: Any) -> None:
        super().__init__(EndpointSliceMirroringController, selector=selector)
        meta = {"name": "s", **metadata}
        body = {"apiVersion": "v1", "kind": "Endpoints", "metadata": meta, "subsets": list(subsets)}
        self.cluster.create(ENDPOINTS, NAMESPACE, body)

    def slices(self) -> list[Object]:
        self.settle()
        return self.cluster.list(ENDPOINT_SLICES)

    def write(self, *subsets: Object) -> None:
        current = self.cluster.get(ENDPOINTS, NAMESPACE, "s")
        self.cluster.put(ENDPOINTS, {**current, "subsets": list(subsets)})


def subset(*ips: str, unready: tuple[str, ...] = (), ports: Any = PORTS) -> Object:
    found: Object = {"addresses": [{"ip": ip} for ip in ips], "ports": ports}
    return {**found, "notReadyAddresses": [{"ip": ip} for ip in unready]} if unready else found


def test_endpoints_are_mirrored() -> None:
    annotations = {"own": "x", "endpoints.kubernetes.io/last-change-trigger-time": "2026-01-01T00:00:00Z"}
    world = World(subset("1.2.3.4", unready=("1.2.3.5",)), labels={"team": "shop"}, annotations=annotations)

    (made,) = world.slices()

    meta = made["metadata"]
    assert meta["labels"] == {
        "team": "shop",
        "kubernetes.io/service-name": "s",
        "endpointslice.kubernetes.io/managed-by": "endpointslicemirroring-controller.k8s.io",
    }
    assert meta["annotations"] == {"own": "x"}
    assert (meta["ownerReferences"][0]["kind"], meta["ownerReferences"][0]["name"]) == ("Endpoints", "s")
    assert (made["addressType"], made["ports"]) == ("IPv4", PORTS)
    assert made["endpoints"] == [
        {"addresses": ["1.2.3.4"], "conditions": {"ready": True}},
        {"addresses": ["1.2.3.5"], "conditions": {"ready": False}},
    ]


def test_what_is_known_of_an_address_is_handed_on() -> None:
    reference = {"kind": "Pod", "name": "p", "namespace": "ns", "uid": "u"}
    address = {"ip": "1.2.3.4", "hostname": "h", "nodeName": "n", "targetRef": reference}
    world = World({"addresses": [address], "ports": PORTS})
    (endpoint,) = world.slices()[0]["endpoints"]
    assert (endpoint["hostname"], endpoint["nodeName"], endpoint["targetRef"]) == ("h", "n", reference)


def test_families_and_ports_have_slices_of_their_own() -> None:
    other = [{"name": "web", "port": 80, "protocol": "TCP"}]
    world = World(subset("1.2.3.4", "fd00::1"), subset("1.2.3.4", ports=other))
    found = {(made["addressType"], made["ports"][0]["name"]): len(made["endpoints"]) for made in world.slices()}
    assert found == {("IPv4", "db"): 1, ("IPv6", "db"): 1, ("IPv4", "web"): 1}


def test_changes_are_followed() -> None:
    world = World(subset("1.2.3.4"))
    name = world.slices()[0]["metadata"]["name"]

    world.write(subset("1.2.3.9"))
    (made,) = world.slices()
    assert (made["metadata"]["name"], made["endpoints"][0]["addresses"]) == (name, ["1.2.3.9"])

    world.write()
    assert world.slices() == []


@pytest.mark.parametrize(
    "metadata",
    [
        {"labels": {"endpointslice.kubernetes.io/skip-mirror": "true"}},
        {"annotations": {"control-plane.alpha.kubernetes.io/leader": "{}"}},
        {"selector": {"app": "a"}},
    ],
)
def test_some_are_not_mirrored(metadata: Object) -> None:
    assert World(subset("1.2.3.4"), **metadata).slices() == []


def test_a_service_that_gets_a_selector_loses_its_mirror() -> None:
    world = World(subset("1.2.3.4"))
    assert len(world.slices()) == 1

    world.change(selector={"app": "a"})

    assert world.slices() == []


def test_without_a_service_there_is_none() -> None:
    world = World(subset("1.2.3.4"))
    world.cluster.delete(SERVICES, NAMESPACE, "s")
    assert world.slices() == []
    world.cluster.delete(ENDPOINTS, NAMESPACE, "s")
    assert world.slices() == []


def test_a_lagging_cache_makes_nothing_twice() -> None:
    world = World(subset("1.2.3.4"))
    go_on = deltas(ENDPOINT_SLICES, world.cluster)
    world.controller.sync(KEY)
    world.controller.sync(KEY)
    go_on()
    assert len(world.slices()) == 1
