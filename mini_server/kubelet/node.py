"""The Node object of a hollow kubelet: what it registers with, and the conditions it keeps reporting.

Source of the conditions' reasons and messages: kubernetes ``pkg/kubelet/nodestatus/setters.go``.
"""

from __future__ import annotations

import platform
import uuid
from dataclasses import dataclass, field
from typing import Any

Object = dict[str, Any]

VERSION = "v1.36.2"
OS_IMAGE = "Hollow Node"

_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}

# type, status, reason, message; in the order that kubelets report them.
_CONDITIONS = (
    ("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
    ("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
    ("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
    ("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
)


@dataclass(frozen=True, slots=True)
class NodeConfig:
    """What one hollow node claims to be."""

    name: str
    index: int = 0
    address: str = "127.0.0.1"
    port: int = 10250
    cpu: str = "8"
    memory: str = "32Gi"
    pods: str = "110"
    ephemeral_storage: str = "100Gi"
    labels: dict[str, str] = field(default_factory=dict)

    @property
    def pod_cidr(self) -> str:
        """The /24 of 10.244.0.0/16 that the node's pods take their addresses from."""
        return f"10.244.{self.index % 256}.0/24"


def new_node(config: NodeConfig, now: str) -> Object:
    """The Node to create at registration, spec and status together as a kubelet sends them."""
    arch = _ARCHITECTURES.get(platform.machine(), platform.machine())
    labels = {
        "beta.kubernetes.io/arch": arch,
        "beta.kubernetes.io/os": "linux",
        "kubernetes.io/arch": arch,
        "kubernetes.io/hostname": config.name,
        "kubernetes.io/os": "linux",
        **config.labels,
    }
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": config.name, "labels": labels, "annotations": {"node.alpha.kubernetes.io/ttl": "0"}},
        "spec": {"podCIDR": config.pod_cidr, "podCIDRs": [config.pod_cidr]},
        "status": node_status(config, arch, now, []),
    }


def node_status(config: NodeConfig, arch: str, now: str, old_conditions: list[Object]) -> Object:
    """The status a kubelet reports: capacity, addresses, conditions with a fresh heartbeat."""
    capacity = {
        "cpu": config.cpu,
        "ephemeral-storage": config.ephemeral_storage,
        "memory": config.memory,
        "pods": config.pods,
    }
    return {
        "addresses": [
            {"type": "InternalIP", "address": config.address},
            {"type": "Hostname", "address": config.name},
        ],
        "allocatable": capacity,
        "capacity": capacity,
        "conditions": node_conditions(now, old_conditions),
        "daemonEndpoints": {"kubeletEndpoint": {"Port": config.port}},
        "nodeInfo": _node_info(config, arch),
    }


def node_conditions(now: str, old: list[Object]) -> list[Object]:
    """Healthy conditions heard of just now; transition times are kept where the status did not change."""
    before = {c["type"]: c for c in old}
    return [
        {
            "type": kind,
            "status": status,
            "lastHeartbeatTime": now,
            "lastTransitionTime": before[kind]["lastTransitionTime"]
            if before.get(kind, {}).get("status") == status
            else now,
            "reason": reason,
            "message": message,
        }
        for kind, status, reason, message in _CONDITIONS
    ] + [c for c in old if c["type"] not in {row[0] for row in _CONDITIONS}]


def _node_info(config: NodeConfig, arch: str) -> Object:
    machine = uuid.uuid5(uuid.NAMESPACE_DNS, config.name)
    return {
        "architecture": arch,
        "bootID": str(uuid.uuid5(machine, "boot")),
        "containerRuntimeVersion": "hollow://0.1.0",
        "kernelVersion": platform.release(),
        "kubeProxyVersion": "",
        "kubeletVersion": VERSION,
        "machineID": machine.hex,
        "operatingSystem": "linux",
        "osImage": OS_IMAGE,
        "systemUUID": str(machine),
    }
