"""What a client has to know to reach one server as one user.

Source of the fields: client-go ``rest/config.go`` Config and TLSClientConfig.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


class RESTConfig:
    """A server's address, how to trust it, and who the client is.

    * ``host``: ``https://1.2.3.4:6443``, optionally with a path; without a scheme see ``default_tls``.
    * ``*_data`` are PEM bytes and win over the files of the same name.
    * ``token_file`` wins over ``token``, and is read again each minute.
    * ``exec``: the ``exec`` object of a kubeconfig user; ``exec_cluster_config``: the cluster's extension
      ``client.authentication.k8s.io/exec``.
    * ``impersonate_extra``: values by key. ``timeout``: seconds, 0 is none.
    * ``namespace``: the context's namespace, ``default`` where it has none.
    """

    __slots__ = (
        "auth_provider",
        "ca_data",
        "ca_file",
        "client_certificate_data",
        "client_certificate_file",
        "client_key_data",
        "client_key_file",
        "disable_compression",
        "exec",
        "exec_cluster_config",
        "host",
        "impersonate",
        "impersonate_extra",
        "impersonate_groups",
        "impersonate_uid",
        "insecure",
        "namespace",
        "password",
        "proxy_url",
        "timeout",
        "tls_server_name",
        "token",
        "token_file",
        "user_agent",
        "username",
    )

    def __init__(
        self,
        host: str = "",
        *,
        ca_data: bytes = b"",
        ca_file: str = "",
        client_certificate_data: bytes = b"",
        client_certificate_file: str = "",
        client_key_data: bytes = b"",
        client_key_file: str = "",
        token: str = "",
        token_file: str = "",
        username: str = "",
        password: str = "",
        exec: dict[str, Any] | None = None,
        exec_cluster_config: Any = None,
        auth_provider: dict[str, Any] | None = None,
        impersonate: str = "",
        impersonate_uid: str = "",
        impersonate_groups: list[str] | None = None,
        impersonate_extra: Mapping[str, list[str]] | None = None,
        namespace: str = "default",
        insecure: bool = False,
        tls_server_name: str = "",
        proxy_url: str = "",
        disable_compression: bool = False,
        timeout: float = 0.0,
        user_agent: str = "",
    ) -> None:
        self.host = host
        self.ca_data = ca_data
        self.ca_file = ca_file
        self.client_certificate_data = client_certificate_data
        self.client_certificate_file = client_certificate_file
        self.client_key_data = client_key_data
        self.client_key_file = client_key_file
        self.token = token
        self.token_file = token_file
        self.username = username
        self.password = password
        self.exec = exec
        self.exec_cluster_config = exec_cluster_config
        self.auth_provider = auth_provider
        self.impersonate = impersonate
        self.impersonate_uid = impersonate_uid
        self.impersonate_groups = impersonate_groups or []
        self.impersonate_extra = impersonate_extra or {}
        self.namespace = namespace
        self.insecure = insecure
        self.tls_server_name = tls_server_name
        self.proxy_url = proxy_url
        self.disable_compression = disable_compression
        self.timeout = timeout
        self.user_agent = user_agent

    def __repr__(self) -> str:
        return f"RESTConfig(host={self.host!r}, namespace={self.namespace!r})"

    @property
    def default_tls(self) -> bool:
        """Whether a host without a scheme is spoken to by TLS: where something here is about TLS.

        Source: client-go ``rest/url_utils.go`` DefaultServerUrlFor.
        """
        trusted = self.ca_data or self.ca_file or self.insecure
        return bool(trusted or self.client_certificate_data or self.client_certificate_file)

    def copy(self, **changes: Any) -> RESTConfig:
        """The same configuration with some fields changed."""
        return RESTConfig(**({name: getattr(self, name) for name in self.__slots__} | changes))
