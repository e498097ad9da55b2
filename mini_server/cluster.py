"""Everything in one process: API server, controllers, scheduler, hollow kubelets.

The composition root: each part is an API client over a loopback transport, and would run the same against another
API server.
"""

from __future__ import annotations

import base64
import logging
import sys
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mini_server.authn.interface import MASTERS
from mini_server.controllers.client import ControllerClient
from mini_server.controllers.context import ControllerContext
from mini_server.controllers.informers import ControllerInformers
from mini_server.controllers.manager import ControllerManager
from mini_server.controlplane.server import APIServer
from mini_server.kubelet.client import KubeletClient
from mini_server.kubelet.client import feed as feed_kubelets
from mini_server.kubelet.kubelet import HollowKubelets
from mini_server.kubelet.logs import LogKey, LogOptions
from mini_server.kubelet.node import OS_IMAGE, NodeConfig
from mini_server.kubelet.server import KubeletServer, LogSource, PodUnknown, TLSFiles
from mini_server.scheduler.client import SchedulerClient
from mini_server.scheduler.client import feed as feed_scheduler
from mini_server.scheduler.scheduler import Scheduler
from mini_server.server.loopback import LoopbackTransport
from mini_server.server.options import Options, UsageError, parse
from mini_server.server.pki import PKI
from pykubectl.client.config.kubeconfig import KubeConfig
from pykubectl.client.config.rest_config import RESTConfig
from pykubectl.client.config.writer import merge_into
from pykubectl.client.dynamic import DynamicClient, DynamicResource
from pykubectl.client.errors import ConfigError
from pykubectl.client.informers.factory import DynamicSharedInformerFactory
from pykubectl.client.record.recorder import EventBroadcaster
from pykubectl.client.resource import MERGE_PATCH
from pykubectl.client.rest import RESTClient
from pykubectl.machinery.schema import GroupVersionResource
from pykubectl.machinery.util.clock import Clock, RealClock

log = logging.getLogger(__name__)

CONTEXT = "pykubectl"
ADMIN = "kubernetes-admin"
_SYNC_TIMEOUT = 30.0
_NODES = GroupVersionResource("", "v1", "nodes")
_PODS = GroupVersionResource("", "v1", "pods")
_LEASES = GroupVersionResource("coordination.k8s.io", "v1", "leases")


@dataclass(slots=True)
class ClusterOptions:
    """Options of the API server, and how many nodes there are; where a kubeconfig is written, if anywhere."""

    server: Options = field(default_factory=Options)
    nodes: int = 1
    controllers: tuple[str, ...] = ("*",)
    kubeconfig: Path | None = None
    context: str = CONTEXT


class LateLogs:
    """A source of logs that is known later than the endpoint that serves them."""

    def __init__(self) -> None:
        self.source: LogSource | None = None

    def __call__(self, key: LogKey, options: LogOptions) -> Iterator[bytes]:
        """Reads from the source. Raises PodUnknown before there is one."""
        if self.source is None:
            raise PodUnknown(f'pod "{key.pod}" not found')
        return self.source(key, options)


class Cluster:
    """`start` returns when everything runs and the nodes are registered; `stop` leaves no thread behind."""

    def __init__(self, options: ClusterOptions, clock: Clock | None = None) -> None:
        self.options = options
        self._clock = clock or RealClock()
        self.server = APIServer(options.server, self._clock)
        self._stopping: list[Callable[[], None]] = []
        self._stop = threading.Event()

    def start(self) -> None:
        """Raises what `APIServer.start` and `APIServer.wait_ready` raise; what was begun is stopped then."""
        self.server.start()
        self._stopping.append(self.server.stop)
        try:
            self.server.wait_ready(60)
            self._start_clients()
            if self.options.kubeconfig is not None:
                write_kubeconfig(self.options.kubeconfig, self.server.url, self.server.pki, self.options.context)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stops in the reverse order of the start. May be called again."""
        self._stop.set()
        while self._stopping:
            self._stopping.pop()()

    def rest(self, user: str) -> RESTClient:
        """A client in this process, as a user with all rights."""
        transport = LoopbackTransport(
            lambda: self.server.handler, lambda: self.server.loop, self.server.loopback_user(user)
        )
        return RESTClient(RESTConfig(host="https://loopback"), transport)

    def _start_clients(self) -> None:
        rest = self.rest("system:kube-controller-manager")
        retire_nodes(DynamicClient(rest), {node.name for node in self._nodes(0)})
        events = EventBroadcaster(DynamicClient(rest), self._clock)
        events.start()
        self._stopping.append(events.shutdown)
        informers = DynamicSharedInformerFactory(DynamicClient(rest), clock=self._clock)
        watches = ControllerInformers(informers, DynamicClient(rest), self._clock)
        manager = self._controllers(rest, watches, events)
        scheduler = Scheduler(SchedulerClient(rest, informers, events, self._clock), self._clock)
        feed_scheduler(scheduler, informers)
        kubelets = self._kubelets(events)
        feed_kubelets(kubelets, informers)
        watches.start()
        self._stopping.append(watches.stop)
        informers.start(self._stop)
        self._stopping.append(informers.shutdown)
        if not informers.wait_for_cache_sync(_SYNC_TIMEOUT):
            raise TimeoutError("the informers did not sync with the API server")
        for part in (manager, scheduler, kubelets):
            part.start()
            self._stopping.append(part.stop)

    def _controllers(
        self, rest: RESTClient, watches: ControllerInformers, events: EventBroadcaster
    ) -> ControllerManager:
        root_ca = self.server.pki.ca_pem.decode()
        client = ControllerClient(rest)
        context = ControllerContext(client, watches.informer, watches.monitor, events.recorder, self._clock, root_ca)
        return ControllerManager(context, self.options.controllers)

    def _kubelets(self, events: EventBroadcaster) -> HollowKubelets:
        """The nodes, and the one endpoint that all of them share."""
        pair = self.server.pki.serving("kubelet", ["localhost", "127.0.0.1"])
        ca = str(self.server.pki.ca.certificate)
        # The nodes name the endpoint's port, and the endpoint reads the nodes' logs: it is opened first, filled last.
        logs = LateLogs()
        endpoint = KubeletServer(TLSFiles(str(pair.certificate), str(pair.key), ca), logs)
        endpoint.start()
        self._stopping.append(endpoint.stop)
        client = KubeletClient(self.rest("system:kubelet"), events)
        kubelets = HollowKubelets(client, self._clock, self._nodes(endpoint.port))
        logs.source = kubelets.read_logs
        return kubelets

    def _nodes(self, port: int) -> list[NodeConfig]:
        return [NodeConfig(f"node-{n + 1}", n, port=port) for n in range(self.options.nodes)]


def retire_nodes(client: DynamicClient, kept: Collection[str]) -> None:
    """Removes hollow nodes that are not ``kept``, and their pods: a smaller cluster has no kubelets for them."""
    nodes, pods = client.resource(_NODES), client.resource(_PODS)
    for node in nodes.list()["items"]:
        name = node["metadata"]["name"]
        if name in kept or node["status"].get("nodeInfo", {}).get("osImage") != OS_IMAGE:
            continue
        for pod in pods.list(field_selector=f"spec.nodeName={name}")["items"]:
            _retire_pod(pods.namespace(pod["metadata"]["namespace"]), pod)
        client.resource(_LEASES).namespace("kube-node-lease").delete(name)
        nodes.delete(name)


def _retire_pod(pods: DynamicResource, pod: dict[str, Any]) -> None:
    """As the collector of pods does where the node is gone: a Job's pod has to fail before it goes.

    Source: kubernetes ``pkg/controller/podgc/gc_controller.go`` markFailedAndDeletePodWithCondition.
    """
    name = pod["metadata"]["name"]
    if pod["status"].get("phase") not in ("Succeeded", "Failed"):
        pods.patch(name, MERGE_PATCH, {"status": {"phase": "Failed"}}, subresource="status")
    pods.delete(name, grace_period_seconds=0)


def write_kubeconfig(path: Path, url: str, pki: PKI, context: str) -> None:
    """Adds cluster, user and context to a kubeconfig, and makes the context current. Raises ConfigError."""
    pair = pki.client("admin", ADMIN, (MASTERS,))
    cluster = {"server": url, "certificate-authority-data": _base64(pki.ca_pem)}
    user = {
        "client-certificate-data": _base64(pair.certificate.read_bytes()),
        "client-key-data": _base64(pair.key.read_bytes()),
    }
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        raise ConfigError(f"open {path}: not a directory") from error
    except OSError as error:
        raise ConfigError(f"open {path}: {(error.strerror or str(error)).lower()}") from error
    added = KubeConfig()
    added.clusters[context], added.users[context] = cluster, user
    added.contexts[context] = {"cluster": context, "user": context}
    added.current_context = context
    # In one step: who waits for the file never sees a part of it.
    merge_into(str(path), added)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


_OWN_FLAGS = ("nodes", "controllers", "kubeconfig", "context")


def parse_cluster(arguments: Sequence[str]) -> ClusterOptions:
    """Options of ``mini-server all``: the API server's, and its own. Raises UsageError."""
    own: dict[str, str] = {}
    rest: list[str] = []
    words = list(arguments)
    while words:
        word = words.pop(0)
        name, equals, value = word.removeprefix("--").partition("=")
        if not word.startswith("--") or name not in _OWN_FLAGS:
            rest.append(word)
            continue
        if not equals:
            if not words:
                raise UsageError(f"flag needs an argument: --{name}")
            value = words.pop(0)
        own[name] = value
    options = ClusterOptions(parse(rest))
    if "nodes" in own:
        if not own["nodes"].isdigit():
            raise UsageError(f'invalid argument "{own["nodes"]}" for "--nodes" flag: not a number')
        options.nodes = int(own["nodes"])
    if "controllers" in own:
        options.controllers = tuple(own["controllers"].split(","))
    if "kubeconfig" in own:
        options.kubeconfig = Path(own["kubeconfig"])
    options.context = own.get("context", options.context)
    return options


def run(arguments: Sequence[str], wait: Callable[[], None]) -> int:
    """``mini-server all``: runs until ``wait`` returns."""
    options = parse_cluster(arguments)
    cluster = Cluster(options)
    cluster.start()
    try:
        sys.stdout.write(f"serving on {cluster.server.url}\n")
        sys.stdout.flush()
        wait()
    finally:
        cluster.stop()
    return 0
