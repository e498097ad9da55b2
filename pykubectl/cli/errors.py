"""Errors to exit codes, in kubectl's words.

Source: kubectl ``pkg/cmd/util/helpers.go`` CheckErr, StandardErrorMessage.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pykubectl.cli.streams import IOStreams

# What no command raises to say something to the user.
_OWN_FAULTS = (AssertionError, AttributeError, IndexError, KeyError, NameError, TypeError)


class CommandError(Exception):
    """A fault of the command line or of what it names; printed after ``error: ``."""


class UsageError(CommandError):
    """A wrong command line; says where help is. ``command`` is the full name, such as ``kubectl get``."""

    def __init__(self, message: str, command: str = "") -> None:
        super().__init__(f"{message}\nSee '{command} --help' for usage." if command else message)


class Exit(Exception):
    """Ends the command with a code; everything has been said."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def report(error: Exception, streams: IOStreams) -> int:
    """Prints an error; the exit code."""
    if isinstance(error, Exit):
        return error.code
    from pykubectl.machinery.util.aggregate import Aggregate

    if isinstance(error, Aggregate) and len(error.errors) == 1:
        error = error.errors[0]
    if isinstance(error, Aggregate):
        for entry in error.errors:
            streams.warn(message(entry, alone=False))
        return 1
    from pykubectl.client.errors import ConfigError, ContextNotFound

    if isinstance(error, ContextNotFound):
        streams.warn(f"Error in configuration: {error}")
        return 1
    if isinstance(error, ConfigError):
        streams.warn(_config_message(error))
        return 1
    # As kubectl, a text that ends its own line gets no second end.
    streams.warn(message(error).removesuffix("\n"))
    return 1


def message(error: Exception, *, alone: bool = True) -> str:
    """The text of one error; among several, kubectl says less of each."""
    from pykubectl.client.errors import ClientError, ConfigError
    from pykubectl.client.errors import ConnectionError as NoConnection
    from pykubectl.machinery.errors import StatusError

    if isinstance(error, StatusError):
        return _invalid_message(error) if alone and error.reason == "Invalid" else _status_message(error)
    if isinstance(error, NoConnection):
        return str(error)
    if isinstance(error, (ConfigError, ClientError)):
        return f"error: {error}"
    if isinstance(error, OSError) and error.filename is None and error.strerror:
        # Errors of connections have types of their own: what is left is the terminal, or the file in its place.
        return f"error: write /dev/stdout: {error.strerror.lower()}"
    if isinstance(error, RecursionError):
        return "error: exceeded max depth"
    if isinstance(error, _OWN_FAULTS):
        return f"error: internal error: {type(error).__name__}: {error} (PYKUBECTL_TRACEBACK=1 shows where)"
    text = str(error) or type(error).__name__
    return text if text.startswith("error: ") or not alone else f"error: {text}"


def _config_message(error: object) -> str:
    from pykubectl.client.errors import ConfigError, InvalidConfig

    assert isinstance(error, ConfigError)
    if len(error.errors) == 1:
        return f"error: {error.errors[0]}"
    if isinstance(error, InvalidConfig):
        return "Error in configuration: \n" + "\n".join(f"* {text}" for text in error.errors)
    return "\n".join(error.errors)


def _status_message(error: object) -> str:
    from pykubectl.machinery.errors import StatusError

    assert isinstance(error, StatusError)
    if error.reason == "Unauthorized":
        return f"error: You must be logged in to the server ({error.message})"
    if error.reason:
        return f"Error from server ({error.reason}): {error.message}"
    return f"Error from server: {error.message}"


def _invalid_message(error: object) -> str:
    """``The Deployment "x" is invalid: ...`` with one line for each of several faults."""
    from pykubectl.machinery.errors import StatusError
    from pykubectl.machinery.gostrings import quote

    assert isinstance(error, StatusError)
    kind, name = error.details.get("kind", ""), error.details.get("name", "")
    head = f"The {kind} {quote(name)} is invalid" if kind or name else "The request is invalid"
    # The same fault may be told twice; a set would lose the order.
    faults = list(dict.fromkeys(f"{cause.get('field', '')}: {cause.get('message', '')}" for cause in error.causes))
    if not faults:
        return head if kind or name or not error.message else f"{head}: {error.message}"
    if len(faults) == 1:
        return f"{head}: {faults[0]}"
    return head + ": \n" + "\n".join(f"* {fault}" for fault in faults)
