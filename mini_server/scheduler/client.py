"""The scheduler's Protocol over the client library, and the informers that feed it."""

from __future__ import annotations

from typing import Any

from mini_server.scheduler.scheduler import Scheduler
from pykubectl.client.cache.keys import DeletedFinalStateUnknown
from pykubectl.client.cache.shared_informer import SharedInformer
from pykubectl.client.cache.store import NAMESPACE_INDEX
from pykubectl.client.dynamic import DynamicClient
from pykubectl.client.informers.factory import DynamicSharedInformerFactory
from pykubectl.client.record.recorder import EventBroadcaster
from pykubectl.client.resource import STRATEGIC_MERGE_PATCH
from pykubectl.client.rest import RESTClient
from pykubectl.machinery import labels
from pykubectl.machinery.errors import StatusError, is_not_found
from pykubectl.machinery.schema import GroupVersionResource
from pykubectl.machinery.util.clock import Clock
from pykubectl.machinery.values.time import format_time

Object = dict[str, Any]

_PODS = GroupVersionResource("", "v1", "pods")
_NODES = GroupVersionResource("", "v1", "nodes")
_NAMESPACES = GroupVersionResource("", "v1", "namespaces")
_SERVICES = GroupVersionResource("", "v1", "services")
_OWNERS = {
    "ReplicaSet": GroupVersionResource("apps", "v1", "replicasets"),
    "StatefulSet": GroupVersionResource("apps", "v1", "statefulsets"),
}
_BUDGETS = GroupVersionResource("policy", "v1", "poddisruptionbudgets")


class SchedulerClient:
    """Writes over REST, reads from informers."""

    def __init__(
        self, rest: RESTClient, informers: DynamicSharedInformerFactory, events: EventBroadcaster, clock: Clock
    ) -> None:
        self._pods = DynamicClient(rest).resource(_PODS)
        self._clock = clock
        self._recorder = events.recorder("default-scheduler")
        self._namespaces = informers.informer(_NAMESPACES)
        self._budgets = informers.informer(_BUDGETS)
        self._services = informers.informer(_SERVICES)
        self._owners = {kind: informers.informer(gvr) for kind, gvr in _OWNERS.items()}

    def bind(self, pod: Object, node: str) -> None:
        """Posts a Binding."""
        meta = pod["metadata"]
        binding = {
            "apiVersion": "v1",
            "kind": "Binding",
            "metadata": {"name": meta["name"], "namespace": meta["namespace"], "uid": meta["uid"]},
            "target": {"kind": "Node", "name": node},
        }
        self._pods.namespace(meta["namespace"]).raw("POST", meta["name"], "binding", body=binding)

    def evict(self, pod: Object, condition: Object) -> None:
        """Writes the condition and deletes the pod; one that is gone already is fine."""
        meta = pod["metadata"]
        try:
            self.set_status(pod, condition, None)
            self._pods.namespace(meta["namespace"]).delete(meta["name"], uid=meta["uid"])
        except StatusError as error:
            if not is_not_found(error):
                raise

    def set_status(self, pod: Object, condition: Object, nominated: str | None) -> None:
        """Patches a condition and the nominated node; an empty one is taken back."""
        meta = pod["metadata"]
        now = format_time(self._clock.now())
        status: Object = {"conditions": [{**condition, "lastProbeTime": None, "lastTransitionTime": now}]}
        if nominated is not None:
            status["nominatedNodeName"] = nominated or None
        patch = {"metadata": {"uid": meta["uid"]}, "status": status}
        self._pods.namespace(meta["namespace"]).patch(meta["name"], STRATEGIC_MERGE_PATCH, patch, subresource="status")

    def event(self, pod: Object, kind: str, reason: str, message: str) -> None:
        """Records an event."""
        self._recorder.event(pod, kind, reason, message)

    def budgets(self) -> list[Object]:
        """All PodDisruptionBudgets."""
        return self._budgets.indexer.list()

    def namespace_labels(self, name: str) -> dict[str, str]:
        """A namespace's labels."""
        namespace = self._namespaces.indexer.get_by_key(name)
        return {} if namespace is None else namespace["metadata"].get("labels") or {}

    def group_of(self, pod: Object) -> labels.Selector:
        """Source: kubernetes ``pkg/scheduler/framework/plugins/helper/spread.go`` DefaultSelector."""
        own, namespace = pod["metadata"].get("labels") or {}, pod["metadata"]["namespace"]
        wanted: dict[str, str] = {}
        for service in self._services.indexer.by_index(NAMESPACE_INDEX, namespace):
            selector = service["spec"].get("selector") or {}
            if selector and all(own.get(key) == value for key, value in selector.items()):
                wanted.update(selector)
        expressions: list[Object] = []
        for owner in pod["metadata"].get("ownerReferences") or []:
            informer = self._owners.get(owner["kind"]) if owner.get("controller") else None
            found = informer.indexer.get_by_key(f"{namespace}/{owner['name']}") if informer is not None else None
            if found is not None and (selector := found["spec"].get("selector")):
                wanted.update(selector.get("matchLabels") or {})
                expressions += selector.get("matchExpressions") or []
        if not wanted and not expressions:
            return labels.nothing()
        return labels.selector_from_label_selector({"matchLabels": wanted, "matchExpressions": expressions})


def feed(scheduler: Scheduler, informers: DynamicSharedInformerFactory) -> None:
    """Tells the scheduler of pods and nodes."""

    def state(obj: Object | DeletedFinalStateUnknown) -> Object:
        return obj.obj if isinstance(obj, DeletedFinalStateUnknown) else obj

    pods: SharedInformer[Object] = informers.informer(_PODS)
    pods.add_event_handler(
        scheduler.on_pod,
        lambda old, new: scheduler.on_pod(new),
        lambda obj: scheduler.on_pod_deleted(state(obj)),
    )
    nodes: SharedInformer[Object] = informers.informer(_NODES)
    nodes.add_event_handler(
        scheduler.on_node,
        lambda old, new: scheduler.on_node(new),
        lambda obj: scheduler.on_node_deleted(state(obj)),
    )
