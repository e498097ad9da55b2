"""The kubelets' Protocol over the client library, and the informer that feeds them."""

from __future__ import annotations

from typing import Any

from mini_server.kubelet.conditions import OWNED
from mini_server.kubelet.kubelet import HollowKubelets
from pykubectl.client.cache.keys import DeletedFinalStateUnknown
from pykubectl.client.cache.shared_informer import SharedInformer
from pykubectl.client.dynamic import DynamicClient
from pykubectl.client.informers.factory import DynamicSharedInformerFactory
from pykubectl.client.record.recorder import EventBroadcaster
from pykubectl.client.resource import MERGE_PATCH, STRATEGIC_MERGE_PATCH
from pykubectl.client.rest import RESTClient
from pykubectl.machinery.errors import StatusError, is_already_exists, is_not_found
from pykubectl.machinery.schema import GroupVersionResource

Object = dict[str, Any]

_PODS = GroupVersionResource("", "v1", "pods")
_NODES = GroupVersionResource("", "v1", "nodes")
_LEASES = GroupVersionResource("coordination.k8s.io", "v1", "leases")
_LEASE_NAMESPACE = "kube-node-lease"


class KubeletClient:
    """Reads and writes over REST."""

    def __init__(self, rest: RESTClient, events: EventBroadcaster) -> None:
        self._client = DynamicClient(rest)
        self._events = events

    def register_node(self, node: Object) -> None:
        """Creates the node; of one that is there the labels and the status are brought up to date."""
        nodes = self._client.resource(_NODES)
        name = node["metadata"]["name"]
        try:
            nodes.create(node)
        except StatusError as error:
            if not is_already_exists(error):
                raise
            nodes.patch(name, MERGE_PATCH, {"metadata": {"labels": node["metadata"]["labels"]}})
        self.write_node_status(name, node["status"])

    def write_node_status(self, name: str, status: Object) -> None:
        """Patches the status."""
        self._client.resource(_NODES).patch(name, STRATEGIC_MERGE_PATCH, {"status": status}, subresource="status")

    def node_conditions(self, name: str) -> list[Object]:
        """The stored conditions."""
        return self._client.resource(_NODES).get(name).get("status", {}).get("conditions") or []

    def renew_lease(self, name: str, renewed: str, seconds: int) -> None:
        """Renews the lease, or creates it."""
        leases = self._client.resource(_LEASES).namespace(_LEASE_NAMESPACE)
        spec = {"holderIdentity": name, "leaseDurationSeconds": seconds, "renewTime": renewed}
        try:
            leases.patch(name, MERGE_PATCH, {"spec": spec})
        except StatusError as error:
            if not is_not_found(error):
                raise
            meta = {"name": name, "namespace": _LEASE_NAMESPACE}
            leases.create({"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": meta, "spec": spec})

    def write_pod_status(self, pod: Object, status: Object) -> None:
        """Patches the status, of that very pod; conditions that others have written are left as they are by now."""
        meta = pod["metadata"]
        order = [{"type": condition["type"]} for condition in status["conditions"]]
        # What a condition does not have any more must be taken away by name.
        own = [{"reason": None, "message": None, **c} for c in status["conditions"] if c["type"] in OWNED]
        patch = {
            "metadata": {"uid": meta["uid"]},
            "status": {**status, "$setElementOrder/conditions": order, "conditions": own},
        }
        self._client.resource(_PODS).namespace(meta["namespace"]).patch(
            meta["name"], STRATEGIC_MERGE_PATCH, patch, subresource="status"
        )

    def delete_pod(self, pod: Object) -> None:
        """Removes the pod."""
        meta = pod["metadata"]
        pods = self._client.resource(_PODS).namespace(meta["namespace"])
        pods.delete(meta["name"], grace_period_seconds=0, uid=meta["uid"])

    def exists(self, resource: str, namespace: str, name: str, key: str | None) -> bool:
        """Whether a ConfigMap or Secret, or a key in it, is there."""
        gvr = GroupVersionResource("", "v1", resource)
        try:
            obj = self._client.resource(gvr).namespace(namespace).get(name)
        except StatusError as error:
            if is_not_found(error):
                return False
            raise
        return key is None or key in (obj.get("data") or {}) or key in (obj.get("binaryData") or {})

    def event(self, obj: Object, kind: str, reason: str, message: str, host: str) -> None:
        """Records an event."""
        self._events.recorder("kubelet", host).event(obj, kind, reason, message)


def feed(kubelets: HollowKubelets, informers: DynamicSharedInformerFactory) -> None:
    """Tells the kubelets of pods."""

    def deleted(obj: Object | DeletedFinalStateUnknown) -> None:
        kubelets.on_pod_deleted(obj.obj if isinstance(obj, DeletedFinalStateUnknown) else obj)

    pods: SharedInformer[Object] = informers.informer(_PODS)
    pods.add_event_handler(kubelets.on_pod, lambda old, new: kubelets.on_pod(new), deleted)
