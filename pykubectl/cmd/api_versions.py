"""``api-versions``.

Source: kubectl ``pkg/cmd/apiresources/apiversions.go``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pykubectl.cli.command import Command
from pykubectl.cli.errors import CommandError

if TYPE_CHECKING:
    from pykubectl.cli.flags import Parsed
    from pykubectl.factory.factory import Factory


class APIVersionsOptions:
    """Lists group versions."""

    def complete(self, factory: Factory, parsed: Parsed) -> None:
        """Takes nothing but the factory."""
        self.factory, self.args = factory, parsed.args

    def validate(self) -> None:
        """No arguments."""
        if self.args:
            raise CommandError(
                f"unexpected arguments: [{' '.join(self.args)}]\nSee 'kubectl api-versions -h' for help and examples"
            )

    def run(self) -> int | None:
        """Asks the server, whatever the cache says."""
        discovery = self.factory.discovery
        discovery.invalidate()
        versions = [v["groupVersion"] for g in discovery.server_groups() for v in g["versions"]]
        for version in sorted(versions):
            self.factory.streams.print(version)
        return None


COMMAND = Command(
    "api-versions",
    'Print the supported API versions on the server, in the form of "group/version"',
    examples="  # Print the supported API versions\n  kubectl api-versions",
    options=APIVersionsOptions,
)
