"""Which description a kind has. A family's module is imported when one of its kinds is asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from pykubectl.printers.describe.common import Reader
from pykubectl.printers.describe.writer import Writer

Object = dict[str, Any]
Describe = Callable[[Writer, Object, Reader], None]


class Describer(NamedTuple):
    """Where a description is, the version of the object it reads, and whether events follow."""

    module: str
    function: str
    version: str = "v1"
    events: bool = True

    def load(self) -> Describe:
        """The function."""
        found: Describe = getattr(__import__(f"{__package__}.{self.module}", fromlist=["_"]), self.function)
        return found


GENERIC = Describer("generic", "describe", version="")

_CORE: dict[str, Describer] = {
    "ConfigMap": Describer("access", "config_map"),
    "Endpoints": Describer("services", "endpoints"),
    "LimitRange": Describer("policies", "limit_range", events=False),
    "Namespace": Describer("policies", "namespace", events=False),
    "Node": Describer("nodes", "node"),
    "PersistentVolume": Describer("storage", "persistent_volume"),
    "PersistentVolumeClaim": Describer("storage", "persistent_volume_claim"),
    "Pod": Describer("pods", "pod"),
    "ReplicationController": Describer("workloads", "replication_controller"),
    "ResourceQuota": Describer("policies", "resource_quota", events=False),
    "Secret": Describer("access", "secret", events=False),
    "Service": Describer("services", "service"),
    "ServiceAccount": Describer("access", "service_account"),
}
_RBAC = "rbac.authorization.k8s.io"
DESCRIBERS: dict[tuple[str, str], Describer] = {
    **{("", kind): describer for kind, describer in _CORE.items()},
    ("apps", "DaemonSet"): Describer("workloads", "daemon_set"),
    ("apps", "Deployment"): Describer("workloads", "deployment"),
    ("apps", "ReplicaSet"): Describer("workloads", "replica_set"),
    ("apps", "StatefulSet"): Describer("workloads", "stateful_set"),
    ("autoscaling", "HorizontalPodAutoscaler"): Describer("autoscalers", "horizontal_pod_autoscaler", version="v2"),
    ("batch", "CronJob"): Describer("workloads", "cron_job"),
    ("batch", "Job"): Describer("workloads", "job"),
    ("discovery.k8s.io", "EndpointSlice"): Describer("services", "endpoint_slice"),
    ("networking.k8s.io", "IPAddress"): Describer("services", "ip_address"),
    ("networking.k8s.io", "Ingress"): Describer("services", "ingress"),
    ("networking.k8s.io", "IngressClass"): Describer("services", "ingress_class"),
    ("networking.k8s.io", "NetworkPolicy"): Describer("network_policies", "network_policy", events=False),
    ("networking.k8s.io", "ServiceCIDR"): Describer("services", "service_cidr"),
    ("policy", "PodDisruptionBudget"): Describer("policies", "pod_disruption_budget"),
    (_RBAC, "ClusterRole"): Describer("access", "role", events=False),
    (_RBAC, "ClusterRoleBinding"): Describer("access", "role_binding", events=False),
    (_RBAC, "Role"): Describer("access", "role", events=False),
    (_RBAC, "RoleBinding"): Describer("access", "role_binding", events=False),
    ("scheduling.k8s.io", "PriorityClass"): Describer("policies", "priority_class"),
    ("storage.k8s.io", "CSINode"): Describer("storage", "csi_node"),
    ("storage.k8s.io", "StorageClass"): Describer("storage", "storage_class"),
    ("storage.k8s.io", "VolumeAttributesClass"): Describer("storage", "volume_attributes_class"),
}


def description(obj: Object, reader: Reader, describer: Describer, *, show_events: bool) -> str:
    """The whole text about an object. Raises StatusError of what could not be read."""
    w = Writer()
    describer.load()(w, obj, reader)
    if show_events and describer.events:
        from pykubectl.printers.describe.events import describe_events, events_of

        describe_events(w, events_of(obj, reader), reader)
    return w.text()
