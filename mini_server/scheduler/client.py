"""The scheduler's Protocol over the client library, and the informers that feed it."""

from __future__ import annotations

from typing import Any

from mini_server.scheduler.scheduler import Scheduler
from pykubectl.client.cache.keys import DeletedFinalStateUnknown
from pykubectl.client.cache.shared_informer import SharedInformer
from pykubectl.client.dynamic import DynamicClient
from pykubectl.client.informers.factory import DynamicSharedInformerFactory
from pykubectl.client.record.recorder import EventBroadcaster
from pykubectl.client.resource import STRATEGIC_MERGE_PATCH
from pykubectl.client.rest import RESTClient
from pykubectl.machinery.schema import GroupVersionResource
from pykubectl.machinery.util.clock import Clock
from pykubectl.machinery.values.time import format_time

Object = dict[str, Any]

_PODS = GroupVersionResource("", "v1", "pods")
_NODES = GroupVersionResource("", "v1", "nodes")
_NAMESPACES = GroupVersionResource("", "v1", "namespaces")
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

    def delete_pod(self, pod: Object) -> None:
        """Deletes a preemption victim."""
        meta = pod["metadata"]
        self._pods.namespace(meta["namespace"]).delete(meta["name"], uid=meta["uid"])

    def set_status(self, pod: Object, condition: Object, nominated: str | None) -> None:
        """Patches the PodScheduled condition and the nominated node."""
        meta = pod["metadata"]
        now = format_time(self._clock.now())
        status: Object = {"conditions": [{**condition, "lastProbeTime": None, "lastTransitionTime": now}]}
        if nominated is not None:
            status["nominatedNodeName"] = nominated
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
