"""What a plugin can add to pykubectl.

A plugin is a module or object that implements some of these hooks with `hookimpl` and is named by an entry point of the
group ``pykubectl``::

    [project.entry-points.pykubectl]
    tree = "pykubectl_tree.plugin"
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from pykubectl.cli.command import Command
    from pykubectl.printers.interface import Printer

hookspec = pluggy.HookspecMarker("pykubectl")
hookimpl = pluggy.HookimplMarker("pykubectl")


@hookspec
def pykubectl_commands() -> Mapping[str, Command]:
    """Commands by name. Called when a command is run that is not built in, and for help.

    Built-in names win; of two plugins with the same command the first one loaded wins.
    """
    raise AssertionError("a specification is never called")


@hookspec
def pykubectl_output_formats() -> Mapping[str, Callable[[], Printer]]:
    """Printers for ``-o NAME`` of get. Called when a format is asked for that is not built in."""
    raise AssertionError("a specification is never called")
