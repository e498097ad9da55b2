"""What makes a cluster or user unusable.

Source of the rules and texts: client-go ``tools/clientcmd/validation.go``.
"""

from __future__ import annotations

from typing import Any

EMPTY_CLUSTER = "cluster has no server defined"


def file_error(path: str) -> str:
    """Why the file cannot be read, in Go's words; empty where it can."""
    try:
        with open(path, "rb"):
            return ""
    except OSError as error:
        return f"open {path}: {(error.strerror or str(error)).lower()}"


def cluster_errors(name: str, cluster: dict[str, Any]) -> list[str]:
    """What is wrong with a cluster; only :data:`EMPTY_CLUSTER` where nothing is set at all."""
    if not any(cluster.values()):
        return [EMPTY_CLUSTER]
    errors = []
    if not cluster.get("server"):
        errors.append(f'no server found for cluster "{name}"' if name else "default cluster has no server defined")
    proxy = cluster.get("proxy-url")
    if proxy:
        reason = proxy_error(proxy)
        if reason:
            errors.append(f'invalid \'proxy-url\' "{proxy}" for cluster "{name}": {reason}')
    ca = cluster.get("certificate-authority")
    if ca and cluster.get("certificate-authority-data"):
        errors.append(
            f"certificate-authority-data and certificate-authority are both specified for {name}. "
            "certificate-authority-data will override."
        )
    if ca and (reason := file_error(ca)):
        errors.append(f"unable to read certificate-authority {ca} for {name} due to {reason}")
    return errors


def proxy_error(proxy: str) -> str:
    """Why this is no proxy's URL; empty where it is one."""
    scheme = proxy.partition("://")[0]
    if scheme in ("http", "https", "socks5"):
        return ""
    return f'unsupported scheme "{scheme if "://" in proxy else ""}", must be http, https, or socks5'


def user_errors(name: str, user: dict[str, Any]) -> list[str]:
    """What is wrong with a user."""
    errors = []
    methods = []
    if user.get("token"):
        methods.append("token")
    if user.get("username") or user.get("password"):
        methods.append("basicAuth")
    if user.get("client-certificate") or user.get("client-certificate-data"):
        errors.extend(_certificate_errors(name, user))
    if user.get("exec"):
        errors.extend(_exec_errors(name, user, user["exec"]))
    if len(methods) > 1:
        errors.append(
            f"more than one authentication method found for {name}; found [{' '.join(methods)}], only one is allowed"
        )
    if not user.get("as") and (user.get("as-uid") or user.get("as-groups") or user.get("as-user-extra")):
        errors.append(f"requesting uid, groups or user-extra for {name} without impersonating a user")
    return errors


def _certificate_errors(name: str, user: dict[str, Any]) -> list[str]:
    errors = []
    certificate, key = user.get("client-certificate"), user.get("client-key")
    if certificate and user.get("client-certificate-data"):
        errors.append(
            f"client-cert-data and client-cert are both specified for {name}. client-cert-data will override."
        )
    if key and user.get("client-key-data"):
        errors.append(f"client-key-data and client-key are both specified for {name}; client-key-data will override")
    if not key and not user.get("client-key-data"):
        errors.append(
            f"client-key-data or client-key must be specified for {name} to use the clientCert authentication method."
        )
    if certificate and (reason := file_error(certificate)):
        errors.append(f"unable to read client-cert {certificate} for {name} due to {reason}")
    if key and (reason := file_error(key)):
        errors.append(f"unable to read client-key {key} for {name} due to {reason}")
    return errors


def _exec_errors(name: str, user: dict[str, Any], plugin: dict[str, Any]) -> list[str]:
    errors = []
    if user.get("auth-provider"):
        errors.append(f"authProvider cannot be provided in combination with an exec plugin for {name}")
    if not plugin.get("command"):
        errors.append(f"command must be specified for {name} to use exec authentication plugin")
    if not plugin.get("apiVersion"):
        errors.append(f"apiVersion must be specified for {name} to use exec authentication plugin")
    if any(not (variable or {}).get("name") for variable in plugin.get("env") or []):
        errors.append(f"env variable name must be specified for {name} to use exec authentication plugin")
    mode = plugin.get("interactiveMode") or default_interactive_mode(plugin)
    if not mode:
        errors.append(f"interactiveMode must be specified for {name} to use exec authentication plugin")
    elif mode not in ("Never", "IfAvailable", "Always"):
        errors.append(f'invalid interactiveMode for {name}: "{mode}"')
    return errors


def default_interactive_mode(plugin: dict[str, Any]) -> str:
    """The v1beta1 API defaults to IfAvailable; v1 requires the field."""
    return "IfAvailable" if plugin.get("apiVersion") == "client.authentication.k8s.io/v1beta1" else ""
