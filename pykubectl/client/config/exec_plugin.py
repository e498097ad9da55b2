"""Credential plugins: programs that print a token or a certificate.

Source of the rules and texts: client-go ``plugin/pkg/client/auth/exec/exec.go``.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from pykubectl.client.errors import ConnectionError

if TYPE_CHECKING:
    from pykubectl.client.config.rest_config import RESTConfig
    from pykubectl.machinery.util.clock import Clock

INFO_VARIABLE = "KUBERNETES_EXEC_INFO"
GROUP = "client.authentication.k8s.io/"
_NOT_INSTALLED = """\
It looks like you are trying to use a client-go credential plugin that is not installed.

To learn more about this feature, consult the documentation available at:
      https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins"""


class Credentials(NamedTuple):
    """What a plugin gave; empty texts where it gave nothing. ``expires`` is aware, None for never."""

    token: str
    certificate: str
    key: str
    expires: datetime | None


class ExecPlugin:
    """Runs the plugin of a configuration when its last credentials have expired or were refused. Thread-safe."""

    def __init__(self, config: RESTConfig, clock: Clock | None = None) -> None:
        if clock is None:
            from pykubectl.machinery.util.clock import RealClock

            clock = RealClock()
        self._config = config
        self._plugin: dict[str, Any] = config.exec or {}
        self._clock = clock
        self._lock = threading.Lock()
        self._current: Credentials | None = None

    def credentials(self) -> Credentials:
        """Credentials that are valid now. Raises ConnectionError where the plugin fails."""
        with self._lock:
            current = self._current
            if current is None or (current.expires is not None and self._clock.now() >= current.expires):
                current = self._run()
                self._current = current
            return current

    def forget(self, refused: Credentials) -> None:
        """The server refused these credentials: run the plugin at the next request, unless it was run meanwhile."""
        with self._lock:
            if self._current == refused:
                self._current = None

    def _run(self) -> Credentials:
        from pykubectl.machinery.codecs import json

        program = self._plugin["command"]
        interactive = self._interactive()
        env = {**os.environ, **{item["name"]: item.get("value") or "" for item in self._plugin.get("env") or []}}
        env[INFO_VARIABLE] = json.dumps(self._info(interactive)).decode()
        stdin = None if interactive else subprocess.DEVNULL
        command = [program, *(self._plugin.get("args") or [])]
        try:
            done = subprocess.run(command, env=env, stdin=stdin, stdout=subprocess.PIPE, check=False)
        except OSError as error:
            if isinstance(error, FileNotFoundError) and os.sep not in program:
                raise failure(self._not_found()) from None
            raise failure(f"exec: fork/exec {program}: {(error.strerror or str(error)).lower()}") from error
        if done.returncode:
            raise failure(f"exec: executable {program} failed with exit code {done.returncode}")
        return _credentials(_decoded(done.stdout), self._plugin["apiVersion"])

    def _interactive(self) -> bool:
        mode = self._plugin.get("interactiveMode") or "IfAvailable"
        terminal = sys.stdin is not None and sys.stdin.isatty()
        if mode == "Always" and not terminal:
            raise failure("exec plugin cannot support interactive mode: standard input is not a terminal")
        return mode != "Never" and terminal

    def _info(self, interactive: bool) -> dict[str, Any]:
        spec: dict[str, Any] = {"interactive": interactive}
        if self._plugin.get("provideClusterInfo"):
            spec["cluster"] = self._cluster()
        return {"kind": "ExecCredential", "apiVersion": self._plugin["apiVersion"], "spec": spec}

    def _cluster(self) -> dict[str, Any]:
        import base64

        config = self._config
        ca = config.ca_data
        cluster = {
            "server": config.host,
            "tls-server-name": config.tls_server_name,
            "insecure-skip-tls-verify": config.insecure,
            "certificate-authority-data": base64.b64encode(ca).decode() if ca else "",
            "proxy-url": config.proxy_url,
            "config": config.exec_cluster_config,
        }
        return {key: value for key, value in cluster.items() if value}

    def _not_found(self) -> str:
        text = f"exec: executable {self._plugin['command']} not found"
        hint = self._plugin.get("installHint")
        return f"{text}\n\n{_NOT_INSTALLED}\n\n{hint}" if hint else f"{text}\n\n{_NOT_INSTALLED}"


def failure(text: str) -> ConnectionError:
    """Why there are no credentials."""
    return ConnectionError(f"getting credentials: {text}")


def _decoded(printed: bytes) -> dict[str, Any]:
    """What a plugin printed, JSON or YAML. Raises ConnectionError where it is no ExecCredential."""
    from pykubectl.client.config.kubeconfig import not_a_mapping
    from pykubectl.machinery.codecs import json, yaml

    is_json = printed.lstrip().startswith(b"{")
    try:
        answer = json.loads(printed) if is_json else yaml.loads(printed)
    except ValueError as error:
        prefix = "couldn't get version/kind; json parse error: " if is_json else ""
        raise failure(f"decoding stdout: {prefix}{error}") from error
    if not isinstance(answer, dict):
        raise failure(f"decoding stdout: {not_a_mapping(answer)}")
    version, kind = answer.get("apiVersion") or f"{GROUP}__internal", answer.get("kind") or "ExecCredential"
    if kind != "ExecCredential" or not str(version).startswith(GROUP):
        scheme = "pkg/client/auth/exec/exec.go:64"
        raise failure(f'decoding stdout: no kind "{kind}" is registered for version "{version}" in scheme "{scheme}"')
    return {**answer, "apiVersion": version}


def _credentials(answer: dict[str, Any], api_version: str) -> Credentials:
    if answer["apiVersion"] != api_version:
        raise failure(
            f"exec plugin is configured to use API version {api_version}, "
            f"plugin returned version {answer['apiVersion']}"
        )
    status = answer.get("status")
    if status is None:
        raise failure("exec plugin didn't return a status field")
    if not isinstance(status, dict):
        from pykubectl.client.config.kubeconfig import json_kind

        where = f"ExecCredential.status of type {api_version.removeprefix(GROUP)}.ExecCredentialStatus"
        raise failure(f"decoding stdout: json: cannot unmarshal {json_kind(status)} into Go struct field {where}")
    token = status.get("token") or ""
    certificate, key = status.get("clientCertificateData") or "", status.get("clientKeyData") or ""
    if not (token or certificate or key):
        raise failure("exec plugin didn't return a token or cert/key pair")
    if bool(certificate) != bool(key):
        raise failure("exec plugin returned only certificate or key, not both")
    return Credentials(token, certificate, key, _expiration(status.get("expirationTimestamp")))


def _expiration(text: str | None) -> datetime | None:
    if not text:
        return None
    from pykubectl.machinery.values.time import parse_time

    try:
        return parse_time(text)
    except (TypeError, ValueError) as error:
        layout = "2006-01-02T15:04:05Z07:00"
        raise failure(
            f'decoding stdout: parsing time "{text}" as "{layout}": cannot parse "{text}" as "2006"'
        ) from error
