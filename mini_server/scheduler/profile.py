"""The default profile: which plugins, in which order, with which weights. This list is the only place that says so.

Source: kubernetes ``pkg/scheduler/apis/config/v1/default_plugins.go``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from mini_server.scheduler.framework.interface import Plugin, Pod
from mini_server.scheduler.framework.runtime import Framework, WeightedPlugin
from mini_server.scheduler.plugins.balanced_allocation import BalancedAllocation
from mini_server.scheduler.plugins.default_binder import DefaultBinder
from mini_server.scheduler.plugins.default_preemption import DefaultPreemption
from mini_server.scheduler.plugins.image_locality import ImageLocality
from mini_server.scheduler.plugins.inter_pod_affinity import InterPodAffinity
from mini_server.scheduler.plugins.node_affinity import NodeAffinity
from mini_server.scheduler.plugins.node_name import NodeName
from mini_server.scheduler.plugins.node_ports import NodePorts
from mini_server.scheduler.plugins.node_resources_fit import NodeResourcesFit
from mini_server.scheduler.plugins.node_unschedulable import NodeUnschedulable
from mini_server.scheduler.plugins.pod_topology_spread import PodTopologySpread
from mini_server.scheduler.plugins.queue_sort import PrioritySort
from mini_server.scheduler.plugins.scheduling_gates import SchedulingGates
from mini_server.scheduler.plugins.taint_toleration import TaintToleration
from pykubectl.machinery.labels import Selector
from pykubectl.machinery.util.clock import Clock

DEFAULT_SCHEDULER = "default-scheduler"


@dataclass(frozen=True, slots=True)
class Handle:
    """What plugins may ask of the scheduler: writes to the API server and lists from its informers."""

    post_binding: Callable[[Pod, str], None]
    evict: Callable[[Pod, Pod, str], None]
    budgets: Callable[[], Iterable[dict[str, Any]]]
    namespace_labels: Callable[[str], dict[str, str]]
    group_of: Callable[[Pod], Selector]
    framework: Callable[[], Framework]


Factory = Callable[[Handle], Plugin]

# Plugin name -> factory and score weight; built-in and third-party plugins are registered alike.
REGISTRY: dict[str, tuple[Factory, int]] = {
    "SchedulingGates": (lambda handle: SchedulingGates(), 1),
    "PrioritySort": (lambda handle: PrioritySort(), 1),
    "NodeUnschedulable": (lambda handle: NodeUnschedulable(), 1),
    "NodeName": (lambda handle: NodeName(), 1),
    "TaintToleration": (lambda handle: TaintToleration(), 3),
    "NodeAffinity": (lambda handle: NodeAffinity(), 2),
    "NodePorts": (lambda handle: NodePorts(), 1),
    "NodeResourcesFit": (lambda handle: NodeResourcesFit(), 1),
    "PodTopologySpread": (lambda handle: PodTopologySpread(handle.group_of), 2),
    "InterPodAffinity": (lambda handle: InterPodAffinity(handle.namespace_labels), 2),
    "DefaultPreemption": (lambda handle: DefaultPreemption(handle.framework, handle.evict, handle.budgets), 1),
    "NodeResourcesBalancedAllocation": (lambda handle: BalancedAllocation(), 1),
    "ImageLocality": (lambda handle: ImageLocality(), 1),
    "DefaultBinder": (lambda handle: DefaultBinder(handle.post_binding), 1),
}


def new_framework(handle: Handle, clock: Clock, profile: str = DEFAULT_SCHEDULER) -> Framework:
    """The framework of the default profile."""
    plugins = [WeightedPlugin(factory(handle), weight) for factory, weight in REGISTRY.values()]
    return Framework(profile, plugins, clock)
