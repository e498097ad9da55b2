"""``version``.

Source: kubectl ``pkg/cmd/version/version.go``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pykubectl.cli.command import Command
from pykubectl.cli.errors import CommandError
from pykubectl.cli.flags import BOOL, Flag

if TYPE_CHECKING:
    from pykubectl.cli.flags import Parsed
    from pykubectl.factory.factory import Factory

# The kubectl whose behaviour this program follows.
CLIENT = {"major": "1", "minor": "36", "gitVersion": "v1.36.4"}
KUSTOMIZE = "v5.8.1"


class VersionOptions:
    """Prints the client's version and the server's."""

    def complete(self, factory: Factory, parsed: Parsed) -> None:
        """Takes flags."""
        self.factory = factory
        self.values, self.args = parsed.values, parsed.args

    def validate(self) -> None:
        """No arguments, a known format."""
        if self.args:
            raise CommandError(f"extra arguments: [{' '.join(self.args)}]")
        if self.values["output"] not in ("", "json", "yaml"):
            raise CommandError("--output must be 'yaml' or 'json'")

    def run(self) -> int | None:
        """Prints; without a server the client's part comes first, then the error."""
        info: dict[str, Any] = {"clientVersion": CLIENT, "kustomizeVersion": KUSTOMIZE}
        failure: Exception | None = None
        if not self.values["client"]:
            try:
                info["serverVersion"] = self.factory.live_discovery.server_version()
            except Exception as error:
                failure = error
        self._print(info)
        if failure is not None:
            self.factory.streams.out.flush()
            raise failure
        return None

    def _print(self, info: dict[str, Any]) -> None:
        streams = self.factory.streams
        if self.values["output"] == "json":
            import json

            streams.print(json.dumps(info, indent=2))
        elif self.values["output"] == "yaml":
            from pykubectl.machinery.codecs import yaml

            streams.out.write(yaml.dumps(info))
        else:
            streams.print(f"Client Version: {CLIENT['gitVersion']}")
            streams.print(f"Kustomize Version: {KUSTOMIZE}")
            if "serverVersion" in info:
                streams.print(f"Server Version: {info['serverVersion']['gitVersion']}")


COMMAND = Command(
    "version [flags]",
    "Print the client and server version information",
    long="Print the client and server version information for the current context.",
    examples="  # Print the client and server versions for the current context\n  kubectl version",
    flags=(
        Flag("client", kind=BOOL, default=False, help="If true, shows client version only (no server required)."),
        Flag("output", "o", help="One of 'yaml' or 'json'."),
    ),
    options=VersionOptions,
)
