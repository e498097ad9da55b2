"""The API server: everything put together, with a life of its own in a thread of its own."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import socket
import ssl
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from mini_server.admission.guards import CreationByUpdate, Escalation
from mini_server.admission.interface import AdmissionContext, Plugin
from mini_server.admission.privileged import NoPrivileged
from mini_server.authn.interface import AUTHENTICATED, MASTERS, UserInfo
from mini_server.authn.serviceaccount import ServiceAccountTokens
from mini_server.authn.tokenfile import TokenFile
from mini_server.authn.union import RequestAuthenticator
from mini_server.authz.interface import Authorizer
from mini_server.authz.node import NodeAuthorizer
from mini_server.authz.node_graph import Graph
from mini_server.authz.rbac import RBACAuthorizer
from mini_server.authz.union import AlwaysAllow, AlwaysDeny, UnionAuthorizer
from mini_server.controlplane.bootstrap import Surroundings, bootstrap
from mini_server.controlplane.initial_objects import first_address
from mini_server.controlplane.rbac_policy import NODE_RULES
from mini_server.controlplane.stores import CachedGraph, CachedRBAC, CacheReader, Stores
from mini_server.endpoints.discovery import Discovery
from mini_server.endpoints.handlers.reviews import Reviews
from mini_server.endpoints.installer import APIHandlers, Services
from mini_server.endpoints.kubelet_client import ClientFiles, KubeletClient
from mini_server.endpoints.openapi import OpenAPI
from mini_server.endpoints.request import Handler
from mini_server.kv.interface import KV
from mini_server.kv.maintenance import Maintenance
from mini_server.kv.registry import KVOptions
from mini_server.kv.registry import builtin as builtin_stores
from mini_server.plugins import admission_registry, installed_plugins
from mini_server.registry.strategies import RegistryConfig
from mini_server.server.chain import build_chain, build_core
from mini_server.server.health import Health
from mini_server.server.http import Application, HTTPServer, listen
from mini_server.server.metrics import Metrics
from mini_server.server.openid import OpenID
from mini_server.server.options import Options
from mini_server.server.pki import PKI, KeyPair, api_server_hosts
from mini_server.server.tls import server_context, unreadable
from pykubectl.machinery.schema import GroupVersionResource
from pykubectl.machinery.util.clock import Clock, RealClock

if TYPE_CHECKING:
    from pluggy import PluginManager

log = logging.getLogger(__name__)


class APIServer:
    """`start` returns when the server listens, `wait_ready` when it answers, `stop` when it is gone.

    Raises OSError where the port is taken or the data directory cannot be had, StoreError on a store that cannot be
    opened, ValueError on options and files that do not fit and on plugins that cannot be loaded. ``plugins`` are those
    installed where none are given.
    """

    def __init__(self, options: Options, clock: Clock | None = None, plugins: PluginManager | None = None) -> None:
        self.options = options
        self._admission = admission_registry(plugins or installed_plugins())
        self._clock = clock or RealClock()
        self._ready = threading.Event()
        self._stopped = threading.Event()
        self._stop_asked = threading.Event()
        self._failure: BaseException | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._http: HTTPServer | None = None
        self._thread = threading.Thread(target=self._run, name="apiserver", daemon=True)
        self.handler: Handler | None = None
        self.pki: PKI
        self.port = 0

    # Life

    def start(self) -> None:
        """Opens the store and the port, then works in a thread of its own."""
        options = self.options
        options.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        # The store first: it holds the directory's lock, and what follows writes there.
        self._kv: KV = builtin_stores().open(
            options.storage_backend, KVOptions(data_dir=options.data_dir, clock=self._clock)
        )
        with contextlib.ExitStack() as undo:
            undo.callback(lambda: asyncio.run(self._kv.close()))
            self.pki = self._made_pki(options.cert_dir or options.data_dir / "pki")
            self._token_file = _tokens_of(options.token_auth_file)
            self._listener = self._listen()
            undo.callback(self._listener.close)
            self.port = int(self._listener.getsockname()[1])
            self._tls = self._tls_context()
            undo.pop_all()
        self._thread.start()

    def _made_pki(self, directory: Path) -> PKI:
        try:
            return PKI(directory, self._clock)
        except OSError as error:
            raise ValueError(f"certificate directory {directory} cannot be used: {error.strerror}") from None

    def _listen(self) -> socket.socket:
        address, port = self.options.bind_address, self.options.secure_port
        try:
            return listen(address, port)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise
            reason = (error.strerror or str(error)).lower()
            text = f"failed to create listener: failed to listen on {address}:{port}: bind: {reason}"
            raise ValueError(text) from None

    def wait_ready(self, timeout: float) -> None:
        """Raises what made the server fail, or TimeoutError."""
        if not self._ready.wait(timeout):
            raise TimeoutError(f"the API server was not ready after {timeout:.0f} s")
        if self._failure is not None:
            raise self._failure

    def stop(self) -> None:
        """Ends requests and watches, closes the store. May be called at any time, and again."""
        self._stop_asked.set()
        loop, http = self._loop, self._http
        if loop is not None and http is not None and self._thread.is_alive():
            stopping = http.stop()
            try:
                asyncio.run_coroutine_threadsafe(stopping, loop)
            except RuntimeError:
                # The loop has ended meanwhile.
                stopping.close()
        if self._thread.ident is not None:
            self._thread.join()

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The event loop that handlers run in."""
        assert self._loop is not None
        return self._loop

    @property
    def url(self) -> str:
        """Where it is reached."""
        host = self.options.bind_address
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
        return f"https://[{host}]:{self.port}" if ":" in host else f"https://{host}:{self.port}"

    def client(self, name: str, user: str, groups: tuple[str, ...] = ()) -> KeyPair:
        """A client certificate signed by the cluster's CA."""
        return self.pki.client(name, user, groups)

    def _run(self) -> None:
        try:
            with asyncio.Runner(loop_factory=_loop_factory()) as runner:
                runner.run(self._main())
        except BaseException as error:
            self._failure = error
            if not isinstance(error, Exception):
                raise
            if self._ready.is_set():
                log.exception("the API server has failed")
        finally:
            self._ready.set()
            self._stopped.set()

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        maintenance = Maintenance(self._kv, self._clock)
        kubelets = self._kubelet_client()
        stores = Stores(self._kv, self._clock, self._registry_config())
        try:
            await stores.start()
            maintenance.start()
            await bootstrap(stores.by_resource, self._surroundings(), self._clock)
            stores.forget_history()
            application = Application(self._build(stores, kubelets))
            self._http = HTTPServer(application, self._listener, self._tls)
            if self._stop_asked.is_set():
                return
            serving = asyncio.ensure_future(self._http.serve())
            while not self._http.started and not serving.done():
                await asyncio.sleep(0.005)
            self._ready.set()
            await serving
        finally:
            await maintenance.stop()
            await stores.close()
            await kubelets.close()
            await self._kv.close()
            self._listener.close()

    # Composition

    def _build(self, stores: Stores, kubelets: KubeletClient) -> Handler:
        options = self.options
        tokens = self._tokens(stores)
        authenticator = RequestAuthenticator(
            token_file=self._token_file,
            service_accounts=tokens,
            anonymous=options.anonymous_auth,
            audiences=tokens.audiences,
            clock=self._clock,
        )
        rbac = RBACAuthorizer(CachedRBAC(stores))
        authorizer = UnionAuthorizer([self._authorizer(mode, rbac, stores) for mode in options.authorization_mode])
        admission = self._admission.chain(
            AdmissionContext(CacheReader(stores), authorizer),
            options.enable_admission_plugins,
            options.disable_admission_plugins,
            self._guards(authorizer, rbac),
        )
        handlers = APIHandlers(
            Services(
                stores.by_resource,
                admission,
                self._clock,
                Reviews(authorizer, authenticator, tokens.audiences, self._clock),
                tokens,
                kubelets,
            )
        )
        metrics = Metrics()
        health = Health({"etcd": lambda: True, "poststarthook/rbac/bootstrap-roles": lambda: True}, self._is_serving)
        address = f"{self._advertised()}:{self.port}"
        openid = OpenID(tokens, f"https://{address}")
        core = build_core(handlers, Discovery(address), OpenAPI(), openid, health, metrics)
        self.handler = build_chain(core, authenticator, authorizer, metrics, authenticated=True)
        return build_chain(core, authenticator, authorizer, metrics)

    def _guards(self, authorizer: Authorizer, rbac: RBACAuthorizer) -> list[Plugin]:
        guards: list[Plugin] = [Escalation(authorizer, rbac), CreationByUpdate(authorizer)]
        return guards if self.options.allow_privileged else [*guards, NoPrivileged()]

    def _is_serving(self) -> bool:
        return self._ready.is_set() and not self._stopped.is_set()

    def _authorizer(self, mode: str, rbac: RBACAuthorizer, stores: Stores) -> Authorizer:
        makers: dict[str, Callable[[], Authorizer]] = {
            "RBAC": lambda: rbac,
            "Node": lambda: NodeAuthorizer(Graph(CachedGraph(stores)), NODE_RULES),
            "AlwaysAllow": AlwaysAllow,
            "AlwaysDeny": AlwaysDeny,
        }
        return makers[mode]()

    def _tokens(self, stores: Stores) -> ServiceAccountTokens:
        options = self.options

        def uid_of(resource: str, namespace: str, name: str) -> str | None:
            obj = stores.peek(GroupVersionResource("", "v1", resource), namespace, name)
            return None if obj is None else str(obj["metadata"]["uid"])

        key = options.service_account_signing_key_file or self.pki.signing_key("sa")
        audiences = options.api_audiences or (options.service_account_issuer,)
        try:
            return ServiceAccountTokens(key, options.service_account_issuer, audiences, self._clock, uid_of)
        except OSError as error:
            raise unreadable(error, key) from None

    def _registry_config(self) -> RegistryConfig:
        options = self.options
        return RegistryConfig(options.service_cluster_ip_range, options.service_node_port_range, options.event_ttl)

    def _surroundings(self) -> Surroundings:
        client_ca = (self.options.client_ca_file or self.pki.ca.certificate).read_text()
        return Surroundings(self.options.service_cluster_ip_range, self._advertised(), self.port, client_ca)

    def _kubelet_client(self) -> KubeletClient:
        pair = self.client("apiserver-kubelet-client", "kube-apiserver-kubelet-client", (MASTERS,))
        return KubeletClient(ClientFiles(pair.certificate, pair.key, self.pki.ca.certificate))

    def _advertised(self) -> str:
        if self.options.advertise_address:
            return self.options.advertise_address
        address = self.options.bind_address
        return "127.0.0.1" if address in ("0.0.0.0", "::", "::1") else address

    def _tls_context(self) -> ssl.SSLContext:
        options = self.options
        if options.tls_cert_file is not None and options.tls_private_key_file is not None:
            pair = KeyPair(options.tls_cert_file, options.tls_private_key_file)
        else:
            hosts = api_server_hosts(self._advertised(), first_address(options.service_cluster_ip_range))
            pair = self.pki.serving("apiserver", hosts)
        return server_context(pair, options.client_ca_file or self.pki.ca.certificate)

    def loopback_user(self, name: str, groups: tuple[str, ...] = (MASTERS,)) -> UserInfo:
        """A user for clients in this process."""
        return UserInfo(name, groups=(*groups, AUTHENTICATED))


def _tokens_of(path: Path | None) -> TokenFile | None:
    """Raises ValueError where the file cannot be read, or is none of tokens."""
    if path is None:
        return None
    try:
        return TokenFile.load(path)
    except OSError as error:
        raise unreadable(error, path) from None


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:  # Windows
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory
