"""Errors of the client that are not answers of a server.

Texts are what kubectl prints for them (kubectl ``pkg/cmd/util/helpers.go`` StandardErrorMessage over Go's net errors).
An answer of the server that is an error is a :class:`pykubectl.machinery.errors.StatusError`.

::

    ClientError
    ├── ConfigError            kubeconfig cannot be read or used
    │   ├── InvalidConfig      what the chosen context names is unusable
    │   ├── ContextNotFound    the chosen context is in no kubeconfig
    │   └── EmptyConfigError   no configuration has been provided
    └── ConnectionError        no answer from the server
        ├── ConnectionRefused
        ├── ConnectionReset    the server closed the connection; a read may be tried again
        ├── ResponseCut        the answer began and did not end
        └── TimeoutError
"""

from __future__ import annotations


class ClientError(Exception):
    """Base of what goes wrong before a server answered. ``str()`` is the text for the user."""


class ConfigError(ClientError):
    """A kubeconfig that cannot be read, written or used.

    ``errors`` are the single reasons; kubectl prints each on a line of its own.
    """

    def __init__(self, message: str, errors: list[str] | None = None) -> None:
        super().__init__(message)
        self.errors = errors or [message]


class InvalidConfig(ConfigError):
    """Cluster or user of the chosen context are unusable (clientcmd errConfigurationInvalid)."""


class ContextNotFound(ConfigError):
    """The chosen context is in no kubeconfig (clientcmd errContextNotFound)."""

    def __init__(self, name: str) -> None:
        super().__init__(f"context was not found for specified context: {name}")


class EmptyConfigError(ConfigError):
    """No kubeconfig says where a server is (clientcmd ErrEmptyConfig)."""

    def __init__(self) -> None:
        super().__init__(
            "invalid configuration: no configuration has been provided, "
            "try setting KUBERNETES_MASTER environment variable"
        )


class ConnectionError(ClientError):
    """No answer from the server.

    ``cause`` is the text without the prefix that kubectl puts before it (``dial tcp: lookup x: no such host``),
    ``request`` what was asked (``Get "https://x/api"``; empty where that is not known).
    """

    request = ""

    def __init__(self, cause: str, message: str | None = None) -> None:
        self.cause = cause
        super().__init__(message or f"Unable to connect to the server: {cause}")


class ConnectionRefused(ConnectionError):
    """Nothing listens at ``host`` (``host:port``)."""

    def __init__(self, host: str) -> None:
        self.host = host
        super().__init__(
            f"dial tcp {host}: connect: connection refused",
            f"The connection to the server {host} was refused - did you specify the right host or port?",
        )


class ConnectionReset(ConnectionError):
    """The server closed the connection before it answered in full."""


class ResponseCut(ConnectionError):
    """The answer's body could not be read to its end (client-go ``rest/request.go`` transformResponse)."""

    def __init__(self, cause: str) -> None:
        text = f"unexpected error when reading response body. Please retry. Original error: {cause}"
        super().__init__(text, f"error: {text}")


class TimeoutError(ConnectionError):
    """The answer did not come in time."""
