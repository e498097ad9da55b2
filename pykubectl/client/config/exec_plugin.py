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

from pykubectl.client.errors import ClientError

if TYPE_CHECKING:
    from pykubectl.client.config.rest_config import RESTConfig
    from pykubectl.machinery.util.clock import Clock

INFO_VARIABLE = "KUBERNETES_EXEC_INFO"
GROUP = "client.authentication.k8s.io/"


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
        """Credentials that are valid now. Raises ClientError where the plugin fails."""
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

        command = [self._plugin["command"], *(self._plugin.get("args") or [])]
        interactive = self._interactive()
        env = {**os.environ, **{item["name"]: item.get("value") or "" for item in self._plugin.get("env") or []}}
        env[INFO_VARIABLE] = json.dumps(self._info(interactive)).decode()
        stdin = None if interactive else subprocess.DEVNULL
        try:
            done = subprocess.run(command, env=env, stdin=stdin, stdout=subprocess.PIPE, check=False)
        except FileNotFoundError:
            raise _failure(self._not_found()) from None
        except OSError as error:
            raise _failure(f"exec: {error.strerror or error}".lower()) from error
        if done.returncode:
            raise _failure(f"exec: executable {self._plugin['command']} failed with exit code {done.returncode}")
        try:
            answer = json.loads(done.stdout)
        except ValueError as error:
            raise _failure(f"decoding stdout: couldn't get version/kind; json parse error: {error}") from error
        return _credentials(answer, self._plugin["apiVersion"])

    def _interactive(self) -> bool:
        mode = self._plugin.get("interactiveMode") or "IfAvailable"
        terminal = sys.stdin is not None and sys.stdin.isatty()
        if mode == "Always" and not terminal:
            raise _failure("exec plugin cannot support interactive mode: standard input is not a terminal")
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
        return f"{text}\n\n{hint}" if hint else text


def _failure(text: str) -> ClientError:
    return ClientError(f"Unable to connect to the server: getting credentials: {text}")


def _credentials(answer: Any, api_version: str) -> Credentials:
    if not isinstance(answer, dict) or not str(answer.get("apiVersion", "")).startswith(GROUP):
        raise _failure("decoding stdout: no ExecCredential was printed")
    if answer["apiVersion"] != api_version:
        raise _failure(
            f"exec plugin is configured to use API version {api_version}, "
            f"plugin returned version {answer['apiVersion']}"
        )
    status = answer.get("status")
    if not isinstance(status, dict):
        raise _failure("exec plugin didn't return a status field")
    token = status.get("token") or ""
    certificate, key = status.get("clientCertificateData") or "", status.get("clientKeyData") or ""
    if not (token or certificate or key):
        raise _failure("exec plugin didn't return a token or cert/key pair")
    if bool(certificate) != bool(key):
        raise _failure("exec plugin returned only certificate or key, not both")
    return Credentials(token, certificate, key, _expiration(status.get("expirationTimestamp")))


def _expiration(text: str | None) -> datetime | None:
    if not text:
        return None
    from pykubectl.machinery.values.time import parse_time

    try:
        return parse_time(text)
    except (TypeError, ValueError) as error:
        raise _failure(f"decoding stdout: {error}") from error
