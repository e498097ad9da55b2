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

_FAILED = "couldn't get available api versions from server"


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
        from pykubectl.client.errors import ConnectionError
        from pykubectl.machinery.errors import StatusError

        try:
            groups = discovery.server_groups()
        except ConnectionError as error:
            url = f"{self.factory.rest.config.host}/api?timeout={self.factory.rest.config.timeout or 32:g}s"
            raise CommandError(f'{_FAILED}: Get "{url}": {error.cause}') from None
        except StatusError as error:
            raise CommandError(f"{_FAILED}: {error.message}") from None
        versions = [v["groupVersion"] for g in groups for v in g["versions"]]
        for version in sorted(versions):
            self.factory.streams.print(version)
        return None


COMMAND = Command(
    "api-versions",
    'Print the supported API versions on the server, in the form of "group/version"',
    examples="  # Print the supported API versions\n  kubectl api-versions",
    options=APIVersionsOptions,
)
