"""Which resource has a strategy of its own; all others have the generic one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mini_server.apis.core.service_validation import remote_endpoints
from mini_server.apis.extensions.networking_validation import remote_slice
from mini_server.registry.apps.daemonset import DaemonSetStrategy
from mini_server.registry.apps.deployment import DeploymentStrategy
from mini_server.registry.batch.job import JobStrategy
from mini_server.registry.certificates.signing_request import SigningRequestStrategy
from mini_server.registry.core.endpoints import EndpointsStrategy
from mini_server.registry.core.event import EventStrategy
from mini_server.registry.core.limitrange import LimitRangeStrategy
from mini_server.registry.core.namespace import NamespaceStrategy
from mini_server.registry.core.node import NodeStrategy
from mini_server.registry.core.pod import PodStrategy
from mini_server.registry.core.service import ServiceStrategy
from mini_server.registry.core.volume import VolumeStrategy
from mini_server.registry.extensions.apiservice import APIServiceStrategy
from mini_server.registry.extensions.definition import DefinitionStrategy
from mini_server.registry.strategy import Strategy
from pykubectl.api.resources import Resource


@dataclass(frozen=True, slots=True)
class RegistryConfig:
    """What strategies need of the server's configuration."""

    service_cidr: str = "10.96.0.0/16"
    node_ports: tuple[int, int] = (30000, 32767)
    event_ttl: int = 3600


_SPECIAL: dict[tuple[str, str], Callable[[Resource, RegistryConfig], Strategy]] = {
    ("", "pods"): lambda resource, config: PodStrategy(resource),
    ("", "namespaces"): lambda resource, config: NamespaceStrategy(resource),
    ("", "services"): lambda resource, config: ServiceStrategy(resource, config.service_cidr, config.node_ports),
    ("", "endpoints"): lambda resource, config: EndpointsStrategy(resource, remote_endpoints),
    ("discovery.k8s.io", "endpointslices"): lambda resource, config: EndpointsStrategy(resource, remote_slice),
    ("", "events"): lambda resource, config: EventStrategy(resource),
    ("", "nodes"): lambda resource, config: NodeStrategy(resource),
    ("", "persistentvolumes"): lambda resource, config: VolumeStrategy(resource),
    ("", "limitranges"): lambda resource, config: LimitRangeStrategy(resource),
    ("apiextensions.k8s.io", "customresourcedefinitions"): lambda resource, config: DefinitionStrategy(resource),
    ("apiregistration.k8s.io", "apiservices"): lambda resource, config: APIServiceStrategy(resource),
    ("apps", "deployments"): lambda resource, config: DeploymentStrategy(resource),
    ("apps", "daemonsets"): lambda resource, config: DaemonSetStrategy(resource),
    ("batch", "jobs"): lambda resource, config: JobStrategy(resource),
    ("certificates.k8s.io", "certificatesigningrequests"): lambda resource, config: SigningRequestStrategy(resource),
}


def strategy_for(resource: Resource, config: RegistryConfig) -> Strategy:
    """The strategy of a resource."""
    factory = _SPECIAL.get((resource.group, resource.plural))
    return Strategy(resource) if factory is None else factory(resource, config)
