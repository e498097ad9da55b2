"""The controller manager: which controllers there are, and their common life.

Source: kubernetes ``cmd/kube-controller-manager``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from mini_server.controllers.clusterroleaggregation.controller import ClusterRoleAggregationController
from mini_server.controllers.context import ControllerContext
from mini_server.controllers.controller import Controller
from mini_server.controllers.cronjob.controller import CronJobController
from mini_server.controllers.daemonset.controller import DaemonSetController
from mini_server.controllers.deployment.controller import DeploymentController
from mini_server.controllers.disruption.controller import DisruptionController
from mini_server.controllers.endpoints.endpoints import EndpointsController
from mini_server.controllers.endpoints.endpointslice import EndpointSliceController
from mini_server.controllers.endpoints.mirroring import EndpointSliceMirroringController
from mini_server.controllers.garbagecollector.controller import GarbageCollector
from mini_server.controllers.job.controller import JobController
from mini_server.controllers.namespace.controller import NamespaceController
from mini_server.controllers.podgc.controller import PodGarbageCollector
from mini_server.controllers.replicaset.controller import ReplicaSetController, ReplicationControllerController
from mini_server.controllers.serviceaccount.controller import RootCACertPublisher, ServiceAccountController
from mini_server.controllers.statefulset.controller import StatefulSetController
from mini_server.controllers.ttlafterfinished.controller import TTLAfterFinishedController
from mini_server.controllers.volumeprotection.controller import (
    AttributesClassProtectionController,
    ClaimProtectionController,
    VolumeProtectionController,
)

# Every controller, in the order they are started.
CONTROLLERS: dict[str, Callable[[ControllerContext], Controller]] = {
    controller.name: controller
    for controller in (
        ServiceAccountController,
        RootCACertPublisher,
        ClusterRoleAggregationController,
        NamespaceController,
        EndpointsController,
        EndpointSliceController,
        EndpointSliceMirroringController,
        ReplicaSetController,
        ReplicationControllerController,
        DeploymentController,
        StatefulSetController,
        DaemonSetController,
        JobController,
        TTLAfterFinishedController,
        CronJobController,
        DisruptionController,
        GarbageCollector,
        PodGarbageCollector,
        ClaimProtectionController,
        VolumeProtectionController,
        AttributesClassProtectionController,
    )
}


def select(names: Iterable[str]) -> list[str]:
    """The controllers that ``--controllers`` means: ``*`` for all, ``-name`` to leave one out.

    Raises ValueError on a name that there is none of.
    """
    wanted = list(names)
    for name in wanted:
        if name != "*" and name.removeprefix("-") not in CONTROLLERS:
            raise ValueError(f'"{name.removeprefix("-")}" is not in the list of known controllers')
    everything = "*" in wanted
    return [n for n in CONTROLLERS if f"-{n}" not in wanted and (everything or n in wanted)]


class ControllerManager:
    """The selected controllers over one context. Informers are started by whoever owns them, between the two steps.

    Building the controllers registers their handlers; `start` begins to work, once the informers have synced.
    """

    def __init__(self, context: ControllerContext, names: Iterable[str] = ("*",)) -> None:
        self._controllers = [CONTROLLERS[name](context) for name in select(names)]

    def start(self) -> None:
        """Starts every controller's workers."""
        for controller in self._controllers:
            controller.start()

    def stop(self) -> None:
        """Ends them; returns when no sync is under way any more."""
        for controller in self._controllers:
            controller.stop()
