"""The factory: from flags and kubeconfig to clients, mapper and builder. Everything is made when first asked for.

Source: kubectl ``pkg/cmd/util/factory.go``, cli-runtime ``pkg/genericclioptions/config_flags.go``.
"""

from __future__ import annotations

import os
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from pykubectl.builder.builder import Builder
    from pykubectl.cli.flags import Values
    from pykubectl.cli.streams import IOStreams
    from pykubectl.client.config.client_config import ClientConfig
    from pykubectl.client.config.kubeconfig import LoadingRules
    from pykubectl.client.config.rest_config import RESTConfig
    from pykubectl.client.discovery.cached import CachedDiscoveryClient
    from pykubectl.client.discovery.client import DiscoveryClient
    from pykubectl.client.rest import RESTClient
    from pykubectl.client.transport.interface import Transport
    from pykubectl.machinery.mapper import RESTMapper

DEFAULT_SERVER = "http://localhost:8080"


class Factory:
    """One per run of a command; `close` it, or use it as a context manager."""

    def __init__(self, values: Values, streams: IOStreams, transport: Transport | None = None) -> None:
        self.values = values
        self.streams = streams
        self._transport = transport
        self.warnings = 0

    @classmethod
    def standard(cls, **flags: str) -> Factory:
        """For programs: the streams of the process, and kubectl's global flags by name (``request_timeout="10s"``).

        Raises TypeError on a flag that there is none of.
        """
        from pykubectl.cli.flags import Values
        from pykubectl.cli.global_flags import GLOBAL_FLAGS
        from pykubectl.cli.streams import IOStreams

        values = Values(GLOBAL_FLAGS)
        for name, value in flags.items():
            flag = name.replace("_", "-")
            if flag not in values:
                raise TypeError(f"unknown flag: --{flag}")
            values[flag] = value
            values.changed.add(flag)
        return cls(values, IOStreams.standard())

    @cached_property
    def loading_rules(self) -> LoadingRules:
        """Which kubeconfig files count."""
        from pykubectl.client.config.kubeconfig import LoadingRules

        return LoadingRules(self.values.get("kubeconfig") or "")

    @cached_property
    def client_config(self) -> ClientConfig:
        """Kubeconfig and flags together."""
        from pykubectl.client.config.client_config import ClientConfig, Overrides

        get = self.values.get
        overrides = Overrides(
            context=get("context") or "",
            cluster=get("cluster") or "",
            user=get("user") or "",
            namespace=get("namespace") or "",
            server=get("server") or "",
            default_server=os.environ.get("KUBERNETES_MASTER") or DEFAULT_SERVER,
            certificate_authority=get("certificate-authority") or "",
            insecure_skip_tls_verify=bool(get("insecure-skip-tls-verify")),
            tls_server_name=get("tls-server-name") or "",
            disable_compression=bool(get("disable-compression")),
            token=get("token") or "",
            username=get("username") or "",
            password=get("password") or "",
            client_certificate=get("client-certificate") or "",
            client_key=get("client-key") or "",
            impersonate=get("as") or "",
            as_uid=get("as-uid") or "",
            as_groups=get("as-group") or [],
            as_user_extra=_extra(get("as-user-extra") or []),
            timeout=get("request-timeout") or "",
        )
        return ClientConfig(self.loading_rules, overrides)

    @cached_property
    def rest_config(self) -> RESTConfig:
        """Where the server is and who we are. Raises ConfigError."""
        return self.client_config.rest_config()

    def namespace(self) -> tuple[str, bool]:
        """The namespace to work in, and whether a flag named it."""
        return self.client_config.namespace()

    @cached_property
    def rest(self) -> RESTClient:
        """The client; warnings of the server go to standard error."""
        from pykubectl.client.rest import RESTClient

        if self._transport is not None:
            return RESTClient(self.rest_config, self._transport, self._warn)
        return RESTClient.for_config(self.rest_config, self._warn)

    @cached_property
    def discovery(self) -> CachedDiscoveryClient:
        """Discovery, with kubectl's cache on disk."""
        from pykubectl.client.discovery.cached import CachedDiscoveryClient
        from pykubectl.client.discovery.client import DiscoveryClient

        env: dict[str, str] = dict(os.environ)
        if self.values.get("cache-dir"):
            env["KUBECACHEDIR"] = self.values["cache-dir"]
        return CachedDiscoveryClient.for_env(DiscoveryClient(self.rest), env)

    @cached_property
    def live_discovery(self) -> DiscoveryClient:
        """Discovery that always asks the server."""
        from pykubectl.client.discovery.client import DiscoveryClient

        return DiscoveryClient(self.rest)

    @cached_property
    def mapper(self) -> RESTMapper:
        """Names of resources and kinds; a name that is not found is looked up once more with fresh discovery."""
        from pykubectl.machinery.mapper import RESTMapper

        def load(fresh: bool) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
            if fresh:
                self.discovery.invalidate()
            return self.discovery.server_groups_and_resources()

        return RESTMapper(load)

    def builder(self) -> Builder:
        """A builder over this factory's clients."""
        from pykubectl.builder.builder import Builder

        return Builder(lambda: self.rest, lambda: self.mapper, self.streams)

    def close(self) -> None:
        """Closes the connections that were made. One that was given stays open."""
        if self._transport is None and "rest" in self.__dict__:
            self.rest.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _warn(self, code: int, agent: str, text: str) -> None:
        self.warnings += 1
        self.streams.warn(f"Warning: {text}")


def _extra(pairs: list[str]) -> dict[str, list[str]]:
    """``key=value`` entries as the values of each key; what is no pair is left out."""
    found: dict[str, list[str]] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if equals:
            found.setdefault(key, []).append(value)
    return found
