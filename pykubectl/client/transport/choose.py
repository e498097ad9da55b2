"""The transport for a configuration."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pykubectl.client.errors import ConfigError
from pykubectl.client.transport.address import parse_host
from pykubectl.client.transport.auth import ExecTransport, TokenFile, TokenFileTransport, static_headers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pykubectl.client.config.rest_config import RESTConfig
    from pykubectl.client.transport.interface import Transport


def new_transport(config: RESTConfig, env: Mapping[str, str] | None = None) -> Transport:
    """The light transport; the full one where a proxy is in the way. Raises ConfigError for unusable credentials."""
    if config.auth_provider:
        name = config.auth_provider.get("name", "")
        raise ConfigError(f'no Auth Provider found for name "{name}"')
    env = os.environ if env is None else env
    if config.exec and not config.token and not config.username:
        from pykubectl.client.config.exec_plugin import ExecPlugin

        return ExecTransport(ExecPlugin(config), lambda chain, key: _with_certificate(config, chain, key, env))
    if config.token_file:
        return TokenFileTransport(_base(config, env), TokenFile(config.token_file, config.token))
    return _base(config, env)


def _with_certificate(config: RESTConfig, certificate: str, key: str, env: Mapping[str, str]) -> Transport:
    if not certificate:
        return _base(config, env)
    from pykubectl.client.config.exec_plugin import failure

    config = config.copy(client_certificate_data=certificate.encode(), client_key_data=key.encode())
    try:
        return _base(config, env)
    except ConfigError as error:
        raise failure(f"failed parsing client key/certificate: {error}") from error


def _base(config: RESTConfig, env: Mapping[str, str]) -> Transport:
    headers = static_headers(config)
    if config.token_file:
        headers.pop("Authorization", None)
    context = None
    if parse_host(config.host, config.default_tls).scheme == "https":
        from pykubectl.client.transport.tls import make_context

        context = make_context(config)
    if _proxied(config, env):
        from pykubectl.client.transport.full import FullTransport

        return FullTransport(config, context, headers, env)
    from pykubectl.client.transport.light import LightTransport

    return LightTransport(config.host, context, config.tls_server_name, headers, config.impersonate_groups)


def _proxied(config: RESTConfig, env: Mapping[str, str]) -> bool:
    """Whether a proxy may be in the way; Go never uses one for this machine itself."""
    if config.proxy_url:
        return True
    host = parse_host(config.host).host
    if host == "localhost" or host.startswith("127.") or host == "::1":
        return False
    return any(env.get(name) for name in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"))
