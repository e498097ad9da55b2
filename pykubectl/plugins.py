"""Finding plugins: entry points, kept in an index so that looking for them costs nothing, and programs on PATH.

A plugin that cannot be loaded, or whose hook fails, is named in a warning and passed over.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pluggy import PluginManager

    from pykubectl.cli.command import Command
    from pykubectl.cli.streams import IOStreams
    from pykubectl.printers.interface import Printer

GROUP = "pykubectl"
# Plugins of this distribution: there also where it runs from a source tree that is not installed.
BUILTIN = {"cluster": "mini_server.client_plugin"}
PREFIXES = ("kubectl-", "pykubectl-")


def find_command(name: str, streams: IOStreams) -> Command | None:
    """A plugin's command."""
    return commands(streams).get(name)


def commands(streams: IOStreams) -> dict[str, Command]:
    """All commands of plugins."""
    from pykubectl.cli.command import Command

    found: dict[str, Command] = {}
    for offered in _offers("pykubectl_commands", Command, streams):
        found = {**offered, **found}
    return found


def output_formats(streams: IOStreams) -> Mapping[str, Callable[[], Printer]]:
    """All output formats of plugins."""
    found: dict[str, Callable[[], Printer]] = {}
    for offered in _offers("pykubectl_output_formats", Callable, streams):
        found = {**offered, **found}
    return found


def _offers(hook: str, kind: Any, streams: IOStreams) -> Iterator[dict[str, Any]]:
    """What each plugin's hook gives, built-in plugins first: of two things with one name the first one counts."""
    manager = _manager(streams)
    plugins = manager.list_name_plugin()
    for name, plugin in plugins:
        caller = manager.subset_hook_caller(hook, [other for _, other in plugins if other is not plugin])
        try:
            for offered in caller():
                wrong = [key for key, value in offered.items() if not isinstance(value, kind)]
                if wrong:
                    raise TypeError(f"{hook} gives {', '.join(wrong)}, which is no {kind.__name__}")
                yield offered
        except Exception as error:
            streams.warn(f"Warning: plugin {name} failed: {type(error).__name__}: {error}")


def _manager(streams: IOStreams) -> PluginManager:
    import pluggy

    from pykubectl import hookspecs

    manager = pluggy.PluginManager(GROUP)
    manager.add_hookspecs(hookspecs)
    for name, target in entry_points().items():
        try:
            manager.register(_load(target), name)
        except (Exception, SystemExit) as error:
            # Whatever a plugin does wrong must not keep people from their other commands.
            streams.warn(f"Warning: plugin {name} could not be loaded: {type(error).__name__}: {error}")
    return manager


def _load(target: str) -> Any:
    module, _, attribute = target.partition(":")
    found = __import__(module, fromlist=["_"])
    return getattr(found, attribute) if attribute else found


def entry_points() -> dict[str, str]:
    """Name -> module, from the index where it still fits what is installed."""
    fingerprint = _fingerprint()
    path = _index_path()
    try:
        with open(path, encoding="utf-8") as file:
            index = json.load(file)
        if index.get("fingerprint") == fingerprint:
            return {**BUILTIN, **index["plugins"]}
    except (OSError, ValueError, KeyError):
        # No index yet, or one that was cut short: it is made anew.
        index = None
    plugins = _scan()
    _write(path, {"fingerprint": fingerprint, "plugins": plugins})
    return {**BUILTIN, **plugins}


def _scan() -> dict[str, str]:
    from importlib.metadata import entry_points as installed

    return {point.name: point.value for point in installed(group=GROUP)}


def _fingerprint() -> str:
    """Changes when something is installed or removed: the times of the directories that packages are in."""
    parts = [sys.prefix, sys.version]
    for directory in sys.path:
        try:
            parts.append(f"{directory}@{os.stat(directory).st_mtime_ns}")
        except OSError:
            continue
    return "|".join(parts)


def _index_path() -> str:
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return os.path.join(base, "pykubectl", "plugins.json")


def _write(path: str, index: dict[str, Any]) -> None:
    temporary = f"{path}.{os.getpid()}"
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        with open(temporary, "w", encoding="utf-8") as file:
            json.dump(index, file)
        os.replace(temporary, path)
    except OSError:
        # Without an index the next run scans again: slower, and right all the same.
        return


def run_program(name: str, arguments: list[str]) -> int | None:
    """Runs ``kubectl-NAME`` or ``pykubectl-NAME`` from PATH; its exit code, None where there is no such program."""
    import shutil
    import subprocess

    for prefix in PREFIXES:
        program = shutil.which(prefix + name.replace("-", "_")) or shutil.which(prefix + name)
        if program is not None:
            return subprocess.call([program, *arguments])
    return None


def programs() -> list[str]:
    """Plugin programs on PATH, in its order."""
    found: list[str] = []
    for directory in os.environ.get("PATH", "").split(os.pathsep):
        try:
            names = sorted(os.listdir(directory or "."))
        except OSError:
            continue
        for name in names:
            path = os.path.join(directory, name)
            if name.startswith(PREFIXES) and os.access(path, os.X_OK) and not os.path.isdir(path):
                found.append(path)
    return found
