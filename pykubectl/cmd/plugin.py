"""``plugin list``.

Source: kubectl ``pkg/cmd/plugin/plugin.go``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pykubectl.cli.command import Command
from pykubectl.cli.errors import CommandError
from pykubectl.cli.flags import BOOL, Flag

if TYPE_CHECKING:
    from pykubectl.cli.flags import Parsed
    from pykubectl.factory.factory import Factory


class PluginListOptions:
    """Lists installed plugins and plugin programs on PATH."""

    def complete(self, factory: Factory, parsed: Parsed) -> None:
        """Takes flags."""
        self.factory, self.values = factory, parsed.values

    def validate(self) -> None:
        """Nothing can be wrong."""

    def run(self) -> int | None:
        """Raises CommandError where there are none."""
        import os

        from pykubectl.plugins import entry_points, programs

        streams = self.factory.streams
        installed, found = entry_points(), programs()
        if not installed and not found:
            raise CommandError("unable to find any kubectl plugins in your PATH")
        if installed:
            streams.print("The following plugins are installed:\n")
            for name, target in sorted(installed.items()):
                streams.print(f"{name} ({target})")
        if found:
            streams.print("\nThe following compatible plugins are available:\n")
            for path in found:
                streams.print(os.path.basename(path) if self.values["name-only"] else path)
        return None


COMMAND = Command(
    "plugin [flags]",
    "Provides utilities for interacting with plugins",
    examples="  # List all available plugins\n  kubectl plugin list",
    children={
        "list": Command(
            "plugin list [flags]",
            "List all visible plugins",
            flags=(Flag("name-only", kind=BOOL, default=False, help="Display only the name of each program."),),
            options=PluginListOptions,
        )
    },
)
