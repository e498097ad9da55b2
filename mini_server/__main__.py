"""``mini-server COMMAND``."""

from __future__ import annotations

import logging
import signal
import sys
import threading
from collections.abc import Callable, Sequence

from mini_server import libraries
from mini_server.kv.interface import StoreError
from mini_server.server import options as server_options

HELP = """A Kubernetes 1.36 control plane in one process.

Usage:
  mini-server COMMAND [flags]

Commands:
  all         API server, controllers, scheduler and hollow kubelets
  apiserver   the API server alone

Use "mini-server COMMAND --help" for a command's flags.
"""


def entrypoint() -> int:
    """The console script."""
    return main(sys.argv[1:])


def main(arguments: Sequence[str]) -> int:
    """Runs a command; faults are one line on standard error and exit code 1."""
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        sys.stdout.write(HELP)
        return 0
    command, rest = COMMANDS.get(arguments[0]), arguments[1:]
    if command is None:
        sys.stderr.write(f'Error: unknown command "{arguments[0]}" for "mini-server"\n')
        return 1
    if text := libraries.missing():
        sys.stderr.write(f"error: {text}\n")
        return 1
    try:
        return command(rest)
    except server_options.UsageError as error:
        sys.stderr.write(f"Error: {error}\n")
    except (StoreError, ValueError) as error:
        sys.stderr.write(f"error: {error}\n")
    except OSError as error:
        where = f" {error.filename}" if error.filename else ""
        sys.stderr.write(f"error: {error.strerror or error}{where}\n")
    return 1


_stop = threading.Event()


def catch_signals() -> None:
    """From now on SIGINT and SIGTERM end the program in an orderly way, also while it starts."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: _stop.set())


def wait_for_signal() -> None:
    """Blocks until SIGINT or SIGTERM."""
    catch_signals()
    _stop.wait()


def _logging(verbosity: int) -> None:
    level = logging.INFO if verbosity >= 2 else logging.WARNING
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")


def _api_server(arguments: Sequence[str]) -> int:
    if "--help" in arguments or "-h" in arguments:
        sys.stdout.write(server_options.usage())
        return 0
    options = server_options.parse(arguments)
    catch_signals()
    _logging(options.verbosity)
    from mini_server.controlplane.server import APIServer

    server = APIServer(options)
    try:
        server.start()
    except OSError as error:
        raise _explained(error, options) from None
    try:
        server.wait_ready(60)
        sys.stdout.write(f"serving on {server.url}\n")
        sys.stdout.flush()
        wait_for_signal()
    finally:
        server.stop()
    return 0


def _explained(error: OSError, options: server_options.Options) -> OSError | ValueError:
    """What could not be had: the port or the directory."""
    import errno

    if error.errno == errno.EADDRINUSE:
        address = f"{options.bind_address}:{options.secure_port}"
        return ValueError(f"failed to create listener: failed to listen on {address}: bind: address already in use")
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST):
        return ValueError(f"data directory {options.data_dir} cannot be used: {error.strerror}")
    return error


def _all(arguments: Sequence[str]) -> int:
    from mini_server.cluster import run

    catch_signals()
    return run(arguments, wait_for_signal)


COMMANDS: dict[str, Callable[[Sequence[str]], int]] = {"all": _all, "apiserver": _api_server}

if __name__ == "__main__":
    sys.exit(entrypoint())
