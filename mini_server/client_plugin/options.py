"""What the commands around a cluster have in common."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mini_server.client_plugin.state import State, default_data_dir
from pykubectl.cli.errors import CommandError

if TYPE_CHECKING:
    from pykubectl.cli.flags import Parsed
    from pykubectl.factory.factory import Factory


class ClusterCommand:
    """Flags and the data directory; no arguments."""

    def complete(self, factory: Factory, parsed: Parsed) -> None:
        """Takes flags."""
        self.factory, self.values, self.args = factory, parsed.values, parsed.args
        self.data_dir = Path(self.values["data-dir"] or default_data_dir()).resolve()
        self.state = State(self.data_dir)

    def validate(self) -> None:
        """No arguments."""
        if self.args:
            raise CommandError(f"unexpected arguments: {' '.join(self.args)}")

    def command(self, verb: str) -> str:
        """A command line about the same cluster, to be shown."""
        return f"pykubectl {verb} --data-dir {self.data_dir}" if self.values["data-dir"] else f"pykubectl {verb}"
