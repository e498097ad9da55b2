"""Faults of services and of the addresses behind them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.apis.faults import Object, change_faults, changed, faults, lines, of_kind, status_faults

SERVICE = of_kind("v1", "Service", {"ports": [{"port": 80}], "selector": {"a": "b"}})
BALANCER = changed(SERVICE, "spec.type", "LoadBalancer")


def test_good_services() -> None:
    assert faults(SERVICE) == []
    assert faults(BALANCER) == []
    assert faults(of_kind("v1", "Service", {"type": "ExternalName", "externalName": "a.example.com."})) == []
    assert faults(of_kind("v1", "Service", {"clusterIP": "None"})) == []


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({"ports": None}, "spec.ports: Required value"),
        ({"type": "X"}, 'spec.type: Unsupported value: "X": supported values: "ClusterIP", "ExternalName"'),
        ({"ports": [{"port": 0}]}, "spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive"),
        ({"ports": [{"port": 1}, {"port": 2}]}, "spec.ports[0].name: Required value"),
        ({"ports": [{"port": 1, "name": "A"}]}, 'spec.ports[0].name: Invalid value: "A": a lowercase RFC 1123 label'),
        ({"ports": [{"port": 1, "name": "a"}, {"port": 2, "name": "a"}]}, 'ports[1].name: Duplicate value: "a"'),
        ({"ports": [{"port": 1, "protocol": "X"}]}, 'supported values: "SCTP", "TCP", "UDP"'),
        ({"ports": [{"port": 1, "targetPort": "1"}]}, "must contain at least one letter"),
        ({"ports": [{"port": 1, "appProtocol": "_"}]}, "spec.ports[0].appProtocol: Invalid value"),
        ({"ports": [{"port": 1, "nodePort": 3}]}, "nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"),
        ({"ports": [{"port": 1, "name": "a"}, {"port": 1, "name": "b"}]}, "spec.ports[1]: Duplicate value: "),
        ({"selector": {"a b": "c"}}, "spec.selector: Invalid value"),
        ({"sessionAffinity": "X"}, 'supported values: "ClientIP", "None"'),
        (
            {"sessionAffinity": "ClientIP", "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 86401}}},
            "must be greater than 0 and less than 86400",
        ),
        ({"clusterIP": "x"}, "must be a valid IP address"),
        ({"clusterIPs": ["10.0.0.1", "None"]}, "'None' must be the first and only value"),
        ({"clusterIPs": ["10.0.0.1", "fd00::1", "fd00::2"]}, "may only hold up to 2 values"),
        ({"clusterIP": "10.0.0.1", "clusterIPs": ["10.0.0.2"]}, "first value must match `clusterIP`"),
        ({"ipFamilies": ["X"]}, 'spec.ipFamilies[0]: Unsupported value: "X"'),
        ({"ipFamilies": ["IPv4", "IPv4"]}, 'spec.ipFamilies[1]: Duplicate value: "IPv4"'),
        ({"ipFamilyPolicy": "X"}, 'supported values: "PreferDualStack", "RequireDualStack", "SingleStack"'),
        ({"externalIPs": ["127.0.0.1"]}, "spec.externalIPs[0]: Invalid value"),
        ({"loadBalancerSourceRanges": ["10.0.0.0/8"]}, "may only be used when `type` is 'LoadBalancer'"),
        ({"loadBalancerClass": "a"}, "spec.loadBalancerClass: Forbidden"),
        ({"externalTrafficPolicy": "Local"}, "may only be set for externally-accessible services"),
        ({"internalTrafficPolicy": "X"}, 'spec.internalTrafficPolicy: Unsupported value: "X"'),
        ({"healthCheckNodePort": 3}, "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy`"),
        ({"trafficDistribution": "X"}, 'supported values: "PreferClose", "PreferSameNode", "PreferSameZone"'),
        ({"type": "NodePort", "clusterIP": "None"}, "may not be set to 'None' for NodePort services"),
        ({"type": "ExternalName"}, "spec.externalName: Required value"),
        (
            {"type": "ExternalName", "externalName": "a", "clusterIP": "10.0.0.1"},
            "spec.clusterIPs: Forbidden: may not be set for ExternalName services",
        ),
    ],
)
def test_faults_of_a_service(values: dict[str, Any], fault: str) -> None:
    found = lines(SERVICE, {f"spec.{name}": value for name, value in values.items()})
    assert any(fault in line for line in found), found


def test_a_service_keeps_its_address_until_it_is_a_mere_name() -> None:
    old = changed(changed(SERVICE, "spec.clusterIP", "10.0.0.1"), "spec.clusterIPs", ["10.0.0.1"])
    new = changed(changed(SERVICE, "spec.clusterIP", "10.0.0.2"), "spec.clusterIPs", ["10.0.0.2"])
    assert change_faults(old, old) == []
    assert change_faults(old, new) == ['spec.clusterIPs[0]: Invalid value: ["10.0.0.2"]: may not change once set']
    assert change_faults(old, of_kind("v1", "Service", {"type": "ExternalName", "externalName": "a"})) == []


def test_the_class_of_a_balancer_stays() -> None:
    old, new = (changed(BALANCER, "spec.loadBalancerClass", name) for name in ("a.b/c", "a.b/d"))
    assert change_faults(old, new) == ['spec.loadBalancerClass: Invalid value: "a.b/d": may not change once set']
    assert change_faults(old, SERVICE) == []


@pytest.mark.parametrize(
    ("service", "entry", "fault"),
    [
        (BALANCER, {"ip": "1.2.3.4"}, ""),
        (BALANCER, {"hostname": "a.example.com"}, ""),
        (BALANCER, {"ip": "x"}, "status.loadBalancer.ingress[0].ip: Invalid value"),
        (BALANCER, {"hostname": "1.2.3.4"}, "must be a DNS name, not an IP address"),
        (BALANCER, {"hostname": "a_b"}, "a lowercase RFC 1123 subdomain must consist of"),
        (SERVICE, {"ip": "1.2.3.4"}, "may only be used when `spec.type` is 'LoadBalancer'"),
    ],
)
def test_addresses_of_a_balancer(service: Object, entry: Object, fault: str) -> None:
    found = status_faults(service, {**service, "status": {"loadBalancer": {"ingress": [entry]}}})
    assert any(fault in line for line in found) if fault else found == []


def endpoints(*subsets: Object) -> Object:
    return {"apiVersion": "v1", "kind": "Endpoints", "metadata": {"name": "x"}, "subsets": list(subsets)}


@pytest.mark.parametrize(
    ("subset", "fault"),
    [
        ({"addresses": [{"ip": "1.2.3.4"}], "ports": [{"port": 1}]}, ""),
        ({}, "subsets[0]: Required value: must specify `addresses` or `notReadyAddresses`"),
        ({"addresses": [{"ip": "x"}]}, "subsets[0].addresses[0].ip: Invalid value"),
        ({"addresses": [{"ip": "1.2.3.4", "hostname": "A"}]}, "subsets[0].addresses[0].hostname: Invalid value"),
        ({"notReadyAddresses": [{"ip": "1.2.3.4", "nodeName": "A"}]}, "notReadyAddresses[0].nodeName: Invalid value"),
        ({"addresses": [{"ip": "1.2.3.4"}], "ports": [{"port": 1}, {"port": 2}]}, "ports[0].name: Required value"),
        ({"addresses": [{"ip": "1.2.3.4"}], "ports": [{"port": 70000}]}, "must be between 1 and 65535"),
    ],
)
def test_endpoints(subset: Object, fault: str) -> None:
    found = faults(endpoints(subset))
    assert any(fault in line for line in found) if fault else found == []
