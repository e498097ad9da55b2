"""From kubeconfigs and overrides (flags) to the configuration of a client.

Source of the rules: client-go ``tools/clientcmd/{client_config,merged_client_builder,overrides}.go``.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from pykubectl.client.config.kubeconfig import KubeConfig, LoadingRules
from pykubectl.client.config.rest_config import RESTConfig
from pykubectl.client.config.validation import EMPTY_CLUSTER, cluster_errors, user_errors
from pykubectl.client.errors import ConfigError, ContextNotFound, EmptyConfigError, InvalidConfig

if TYPE_CHECKING:
    from collections.abc import Mapping

EXEC_EXTENSION = "client.authentication.k8s.io/exec"
SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"
INVALID_TIMEOUT = (
    "Invalid timeout value. Timeout must be a single integer in seconds, or an integer followed by a corresponding "
    "time unit (e.g. 1s | 2m | 3h)"
)


class Overrides:
    """What flags say instead of the files; empty values say nothing.

    ``timeout`` is a text: seconds, or a duration with units. ``default_server`` is used where no cluster is found.
    """

    __slots__ = (
        "as_groups",
        "as_uid",
        "as_user_extra",
        "certificate_authority",
        "certificate_authority_data",
        "client_certificate",
        "client_key",
        "cluster",
        "context",
        "default_server",
        "disable_compression",
        "impersonate",
        "insecure_skip_tls_verify",
        "namespace",
        "password",
        "proxy_url",
        "server",
        "timeout",
        "tls_server_name",
        "token",
        "user",
        "username",
    )

    def __init__(
        self,
        *,
        context: str = "",
        cluster: str = "",
        user: str = "",
        namespace: str = "",
        server: str = "",
        default_server: str = "",
        certificate_authority: str = "",
        certificate_authority_data: str = "",
        insecure_skip_tls_verify: bool = False,
        tls_server_name: str = "",
        disable_compression: bool = False,
        proxy_url: str = "",
        token: str = "",
        username: str = "",
        password: str = "",
        client_certificate: str = "",
        client_key: str = "",
        impersonate: str = "",
        as_uid: str = "",
        as_groups: list[str] | None = None,
        as_user_extra: Mapping[str, list[str]] | None = None,
        timeout: str = "",
    ) -> None:
        self.context = context
        self.cluster = cluster
        self.user = user
        self.namespace = namespace
        self.server = server
        self.default_server = default_server
        self.certificate_authority = certificate_authority
        self.certificate_authority_data = certificate_authority_data
        self.insecure_skip_tls_verify = insecure_skip_tls_verify
        self.tls_server_name = tls_server_name
        self.disable_compression = disable_compression
        self.proxy_url = proxy_url
        self.token = token
        self.username = username
        self.password = password
        self.client_certificate = client_certificate
        self.client_key = client_key
        self.impersonate = impersonate
        self.as_uid = as_uid
        self.as_groups = as_groups or []
        self.as_user_extra = as_user_extra or {}
        self.timeout = timeout


class ClientConfig:
    """Reads kubeconfigs once, when first asked, and answers what a client needs."""

    def __init__(
        self,
        rules: LoadingRules | None = None,
        overrides: Overrides | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self.env: Mapping[str, str] = os.environ if env is None else env
        self.rules = rules or LoadingRules(env=self.env)
        self.overrides = overrides or Overrides()
        self._raw: KubeConfig | None = None

    def raw_config(self) -> KubeConfig:
        """The merged files, without overrides. Raises ConfigError."""
        if self._raw is None:
            self._raw = self.rules.load()
        return self._raw

    def rest_config(self) -> RESTConfig:
        """The configuration of a client. Raises ConfigError; EmptyConfigError where nothing names a server."""
        raw = self.raw_config()
        user = self.user(raw)
        context = self.context(raw)
        cluster = self.cluster(raw)
        if not raw.clusters and not raw.contexts and self._only_defaults(cluster, user) and self._in_cluster_possible():
            return self._in_cluster()
        self.confirm_usable(raw)
        return _rest_config(cluster, user, context, self.overrides.timeout)

    def namespace(self) -> tuple[str, bool]:
        """The namespace to work in, and whether a flag set it. Raises ConfigError."""
        if self.overrides.namespace:
            return self.overrides.namespace, True
        raw = self.raw_config()
        if not raw.clusters and not raw.contexts and self._in_cluster_possible():
            return self._in_cluster_namespace(), False
        try:
            self.confirm_usable(raw)
        except EmptyConfigError:
            return "default", False
        return self.context(raw).get("namespace") or "default", False

    def confirm_usable(self, raw: KubeConfig) -> None:
        """Raises ConfigError with all that is wrong with the chosen context, user and cluster."""
        errors = []
        name = self.context_name(raw)
        if name and name not in raw.contexts:
            raise ContextNotFound(name)
        context = self._merged_context(raw)
        user_name, cluster_name = context.get("user") or "", context.get("cluster") or ""
        errors.extend(user_errors(user_name, self._merged_user(raw, user_name)))
        if self.overrides.cluster and cluster_name not in raw.clusters:
            errors.append(f'no server found for cluster "{cluster_name}"')
        else:
            errors.extend(cluster_errors(cluster_name, self._merged_cluster(raw, cluster_name)))
        if errors == [EMPTY_CLUSTER]:
            raise EmptyConfigError
        if errors:
            text = errors[0] if len(errors) == 1 else f"[{', '.join(dict.fromkeys(errors))}]"
            raise InvalidConfig(f"invalid configuration: {text}", errors)

    def context_name(self, raw: KubeConfig) -> str:
        """The flag's context, else the files' current one."""
        return self.overrides.context or raw.current_context

    def context(self, raw: KubeConfig) -> dict[str, Any]:
        """The context with overrides. Raises ConfigError where the flag names one that does not exist."""
        name = self.overrides.context
        if name and name not in raw.contexts:
            raise ConfigError(f'context "{name}" does not exist')
        return self._merged_context(raw)

    def user(self, raw: KubeConfig) -> dict[str, Any]:
        """The user with overrides. Raises ConfigError where the flag names one that does not exist."""
        name = self.overrides.user or self._merged_context(raw).get("user") or ""
        if self.overrides.user and name not in raw.users:
            raise ConfigError(f'auth info "{name}" does not exist')
        return self._merged_user(raw, name)

    def cluster(self, raw: KubeConfig) -> dict[str, Any]:
        """The cluster with overrides. Raises ConfigError where the flag names one that does not exist."""
        name = self.overrides.cluster or self._merged_context(raw).get("cluster") or ""
        if self.overrides.cluster and name not in raw.clusters:
            raise ConfigError(f'cluster "{name}" does not exist')
        return self._merged_cluster(raw, name)

    def _merged_context(self, raw: KubeConfig) -> dict[str, Any]:
        flags = {
            "cluster": self.overrides.cluster,
            "user": self.overrides.user,
            "namespace": self.overrides.namespace,
        }
        return _merge(raw.contexts.get(self.context_name(raw), {}), flags)

    def _merged_user(self, raw: KubeConfig, name: str) -> dict[str, Any]:
        flags = self.overrides
        given = {
            "token": flags.token,
            "username": flags.username,
            "password": flags.password,
            "as": flags.impersonate,
            "as-uid": flags.as_uid,
            "as-groups": flags.as_groups,
            "as-user-extra": flags.as_user_extra,
        }
        merged = _merge(raw.users.get(name, {}), given)
        if flags.client_key:
            merged.update({"client-key": flags.client_key, "client-key-data": ""})
        if flags.client_certificate:
            merged.update({"client-certificate": flags.client_certificate, "client-certificate-data": ""})
        return merged

    def _merged_cluster(self, raw: KubeConfig, name: str) -> dict[str, Any]:
        flags = self.overrides
        given = {
            "server": flags.server,
            "proxy-url": flags.proxy_url,
            "disable-compression": flags.disable_compression,
        }
        defaults = {"server": flags.default_server} if flags.default_server else {}
        merged = _merge(_merge(defaults, raw.clusters.get(name, {})), given)
        if flags.insecure_skip_tls_verify or flags.certificate_authority or flags.certificate_authority_data:
            merged["insecure-skip-tls-verify"] = flags.insecure_skip_tls_verify
            merged["certificate-authority"] = flags.certificate_authority
            merged["certificate-authority-data"] = flags.certificate_authority_data
        if flags.tls_server_name or flags.server:
            merged["tls-server-name"] = flags.tls_server_name
        return merged

    def _only_defaults(self, cluster: dict[str, Any], user: dict[str, Any]) -> bool:
        given = {key: value for key, value in cluster.items() if value}
        return not any(user.values()) and given in ({}, {"server": self.overrides.default_server})

    def _in_cluster_possible(self) -> bool:
        env = self.env
        return bool(
            env.get("KUBERNETES_SERVICE_HOST")
            and env.get("KUBERNETES_SERVICE_PORT")
            and os.path.isfile(f"{SERVICE_ACCOUNT}/token")
        )

    def _in_cluster(self) -> RESTConfig:
        config = in_cluster_config(self.env)
        config.namespace = self._in_cluster_namespace()
        return config

    def _in_cluster_namespace(self) -> str:
        if self.env.get("POD_NAMESPACE"):
            return self.env["POD_NAMESPACE"]
        try:
            with open(f"{SERVICE_ACCOUNT}/namespace", encoding="utf-8") as file:
                return file.read().strip() or "default"
        except OSError:
            return "default"


def load(explicit: str = "", overrides: Overrides | None = None, env: Mapping[str, str] | None = None) -> RESTConfig:
    """The configuration that kubectl would use. Raises ConfigError.

    ``explicit`` is the path of a ``--kubeconfig``; ``env`` stands in for the process's environment.
    """
    return ClientConfig(LoadingRules(explicit, env), overrides, env).rest_config()


def in_cluster_config(env: Mapping[str, str] | None = None) -> RESTConfig:
    """The configuration of a client that runs in a Pod (client-go ``rest.InClusterConfig``). Raises ConfigError."""
    env = os.environ if env is None else env
    host, port = env.get("KUBERNETES_SERVICE_HOST"), env.get("KUBERNETES_SERVICE_PORT")
    if not host or not port:
        raise ConfigError(
            "unable to load in-cluster configuration, "
            "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT must be defined"
        )
    token_file = f"{SERVICE_ACCOUNT}/token"
    try:
        with open(token_file, encoding="utf-8") as file:
            token = file.read()
    except OSError as error:
        raise ConfigError(f"open {token_file}: {(error.strerror or str(error)).lower()}") from error
    ca_file = f"{SERVICE_ACCOUNT}/ca.crt"
    return RESTConfig(
        f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}",
        ca_file=ca_file if os.path.exists(ca_file) else "",
        token=token,
        token_file=token_file,
    )


def parse_timeout(text: str) -> float:
    """Seconds of ``--request-timeout``. Raises ConfigError for what is no duration."""
    if text.isascii() and text.isdigit():
        return float(text)
    from pykubectl.machinery.values.duration import parse_duration

    try:
        return parse_duration(text)
    except ValueError:
        raise ConfigError(INVALID_TIMEOUT) from None


def _merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    return {**base, **{key: value for key, value in over.items() if value}}


def _rest_config(cluster: dict[str, Any], user: dict[str, Any], context: dict[str, Any], timeout: str) -> RESTConfig:
    config = RESTConfig(
        cluster.get("server") or "",
        namespace=context.get("namespace") or "default",
        proxy_url=cluster.get("proxy-url") or "",
        disable_compression=bool(cluster.get("disable-compression")),
        timeout=parse_timeout(timeout) if timeout else 0.0,
        impersonate=user.get("as") or "",
        impersonate_uid=user.get("as-uid") or "",
        impersonate_groups=user.get("as-groups"),
        impersonate_extra=user.get("as-user-extra"),
    )
    if _is_tls(config.host):
        _add_user(config, user, cluster)
        config.ca_data = _bytes(cluster, "certificate-authority-data")
        config.ca_file = "" if config.ca_data else cluster.get("certificate-authority") or ""
        config.insecure = bool(cluster.get("insecure-skip-tls-verify"))
        config.tls_server_name = cluster.get("tls-server-name") or ""
        if config.insecure and (config.ca_data or config.ca_file):
            raise ConfigError("specifying a root certificates file with the insecure flag is not allowed")
    return config


def _is_tls(host: str) -> bool:
    """Credentials go only to servers reached by TLS (client-go ``rest.IsConfigTransportTLS``)."""
    return host.lower().startswith("https://")


def _add_user(config: RESTConfig, user: dict[str, Any], cluster: dict[str, Any]) -> None:
    config.token = user.get("token") or ""
    config.token_file = user.get("tokenFile") or ""
    if config.token_file and not config.token:
        try:
            with open(config.token_file, encoding="utf-8") as file:
                config.token = file.read()
        except OSError as error:
            raise ConfigError(f"open {config.token_file}: {(error.strerror or str(error)).lower()}") from error
    config.client_certificate_data = _bytes(user, "client-certificate-data")
    config.client_certificate_file = user.get("client-certificate") or ""
    config.client_key_data = _bytes(user, "client-key-data")
    config.client_key_file = user.get("client-key") or ""
    config.username = user.get("username") or ""
    config.password = user.get("password") or ""
    config.auth_provider = user.get("auth-provider")
    config.exec = user.get("exec")
    for extension in cluster.get("extensions") or []:
        if extension.get("name") == EXEC_EXTENSION:
            config.exec_cluster_config = extension.get("extension")


def _bytes(entry: dict[str, Any], field: str) -> bytes:
    text = entry.get(field)
    if not text:
        return b""
    import binascii

    try:
        return binascii.a2b_base64("".join(text.split()), strict_mode=True)
    except ValueError as error:
        raise ConfigError(f"invalid configuration: {field}: illegal base64 data ({error})") from error
