"""Objects that a cluster begins with, apart from RBAC and flow control.

Source: kubernetes ``pkg/controlplane/controller``, ``pkg/controlplane/apiserver/aggregator.go``,
``pkg/registry/scheduling/rest``.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from pykubectl.api.resources import GROUPS
from pykubectl.machinery.values.time import format_time

Object = dict[str, Any]

NAMESPACES = ("kube-system", "kube-public", "kube-node-lease", "default")
AUTHENTICATION = "extension-apiserver-authentication"
_LEGACY_TOKENS = "kube-apiserver-legacy-service-account-token-tracking"

# The place of a group among the others, and of its versions among themselves: larger comes first.
_GROUP_PRIORITIES = {
    "": 18000,
    "apps": 17800,
    "events.k8s.io": 17750,
    "authentication.k8s.io": 17700,
    "authorization.k8s.io": 17600,
    "autoscaling": 17500,
    "batch": 17400,
    "certificates.k8s.io": 17300,
    "networking.k8s.io": 17200,
    "policy": 17100,
    "rbac.authorization.k8s.io": 17000,
    "storage.k8s.io": 16800,
    "apiextensions.k8s.io": 16700,
    "admissionregistration.k8s.io": 16700,
    "scheduling.k8s.io": 16600,
    "coordination.k8s.io": 16500,
    "node.k8s.io": 16300,
    "discovery.k8s.io": 16200,
    "resource.k8s.io": 16200,
    "flowcontrol.apiserver.k8s.io": 16100,
}
_VERSION_PRIORITIES = {("", "v1"): 1, ("autoscaling", "v2"): 30, ("flowcontrol.apiserver.k8s.io", "v1"): 21}
_VERSION_PRIORITY = 15
# The aggregation layer serves its own group and needs no APIService for it.
_UNREGISTERED = "apiregistration.k8s.io"


def first_address(cidr: str) -> str:
    """The service address of the API server: the first of the range."""
    network = ipaddress.ip_network(cidr)
    return str(network.network_address + 1)


def priority_classes() -> list[Object]:
    """The two classes of system pods."""
    texts = {
        "system-cluster-critical": (
            2_000_000_000,
            "Used for system critical pods that must run in the cluster, but can be moved to another node if "
            "necessary.",
        ),
        "system-node-critical": (
            2_000_001_000,
            "Used for system critical pods that must not be moved from their current node.",
        ),
    }
    return [
        {"metadata": {"name": name}, "value": value, "description": text, "preemptionPolicy": "PreemptLowerPriority"}
        for name, (value, text) in texts.items()
    ]


def config_maps(client_ca: str, now: datetime) -> list[Object]:
    """For extension API servers the CA of client certificates; since when tokens without an end are watched."""
    return [
        {"metadata": {"name": AUTHENTICATION, "namespace": "kube-system"}, "data": {"client-ca-file": client_ca}},
        {"metadata": {"name": _LEGACY_TOKENS, "namespace": "kube-system"}, "data": {"since": f"{now:%Y-%m-%d}"}},
    ]


def api_services(now: datetime) -> Iterator[Object]:
    """One per group version that this server serves itself."""
    for group, versions in GROUPS.items():
        if group == _UNREGISTERED:
            continue
        for version in versions:
            spec: Object = {
                "groupPriorityMinimum": _GROUP_PRIORITIES[group],
                "version": version,
                "versionPriority": _VERSION_PRIORITIES.get((group, version), _VERSION_PRIORITY),
            }
            if group:
                spec["group"] = group
            metadata = {
                "name": f"{version}.{group}",
                "labels": {"kube-aggregator.kubernetes.io/automanaged": "onstart"},
            }
            condition = _condition("Available", now, "Local", "Local APIServices are always available")
            yield {"metadata": metadata, "spec": spec, "status": {"conditions": [condition]}}


def service_cidr(cidr: str, now: datetime) -> Object:
    """The range of service addresses."""
    condition = _condition("Ready", now, "", "Kubernetes default Service CIDR is ready")
    return {"metadata": {"name": "kubernetes"}, "spec": {"cidrs": [cidr]}, "status": {"conditions": [condition]}}


def _condition(type: str, now: datetime, reason: str, message: str) -> Object:
    return {
        "type": type,
        "status": "True",
        "lastTransitionTime": format_time(now),
        "reason": reason,
        "message": message,
    }


def service(address: str, port: int) -> Object:
    """The service that leads to the API server."""
    labels = {"component": "apiserver", "provider": "kubernetes"}
    return {
        "metadata": {"name": "kubernetes", "namespace": "default", "labels": labels},
        "spec": {
            "type": "ClusterIP",
            "clusterIP": address,
            "clusterIPs": [address],
            "ipFamilies": [_family(address)],
            "ipFamilyPolicy": "SingleStack",
            "internalTrafficPolicy": "Cluster",
            "sessionAffinity": "None",
            "ports": [{"name": "https", "port": 443, "protocol": "TCP", "targetPort": port}],
        },
    }


def endpoints(address: str, port: int) -> Object:
    """Where the API server is reached."""
    return {
        "metadata": {
            "name": "kubernetes",
            "namespace": "default",
            "labels": {"endpointslice.kubernetes.io/skip-mirror": "true"},
        },
        "subsets": [{"addresses": [{"ip": address}], "ports": _ports(port)}],
    }


def endpoint_slice(address: str, port: int) -> Object:
    """The same in the newer form."""
    return {
        "metadata": {
            "name": "kubernetes",
            "namespace": "default",
            "labels": {"kubernetes.io/service-name": "kubernetes"},
        },
        "addressType": _family(address),
        "endpoints": [{"addresses": [address], "conditions": {"ready": True}}],
        "ports": _ports(port),
    }


def _ports(port: int) -> list[Object]:
    return [{"name": "https", "port": port, "protocol": "TCP"}]


def _family(address: str) -> str:
    return "IPv6" if ":" in address else "IPv4"
