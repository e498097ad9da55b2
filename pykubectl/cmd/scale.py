"""``scale``: the number of replicas.

Source: kubectl ``pkg/cmd/scale/scale.go``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pykubectl.cli.command import Command
from pykubectl.cli.errors import CommandError
from pykubectl.cli.flags import DURATION, INT, Flag
from pykubectl.cli.groups import (
    ALL,
    DRY_RUN,
    FILE_FLAGS,
    PRINT_FLAGS,
    SELECTOR,
    dry_run,
    operation,
    output_format,
    resource_builder,
)

if TYPE_CHECKING:
    from pykubectl.cli.flags import Parsed
    from pykubectl.factory.factory import Factory
    from pykubectl.visitor.info import Info


class ScaleOptions:
    """Sets the scale subresource of workloads."""

    def complete(self, factory: Factory, parsed: Parsed) -> None:
        """Takes flags and arguments."""
        self.factory = factory
        self.values, self.args = parsed.values, parsed.args
        self.mode = dry_run(self.values)

    def validate(self) -> None:
        """The number must be given."""
        if "replicas" not in self.values.changed:
            raise CommandError('required flag(s) "replicas" not set')
        if self.values["replicas"] < 0:
            raise CommandError("The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0")

    def run(self) -> int | None:
        """Scales everything. Raises Aggregate of what failed."""
        from pykubectl.printers.flags import PrintFlags

        self.printer = PrintFlags(output_format(self.values), operation("scaled", self.mode)).to_printer()
        builder = resource_builder(self.factory, self.values, self.args, every=self.values["all"])
        if not builder.continue_on_error().latest().result().visit(self._scale):
            raise CommandError("no objects passed to scale")
        return None

    def _scale(self, info: Info) -> None:
        from pykubectl.ops.scale import scale

        values = self.values
        if self.mode != "client":
            scale(
                info,
                values["replicas"],
                current=values["current-replicas"],
                version=values["resource-version"],
                dry_run=self.mode == "server",
                timeout=values["timeout"],
            )
        if self.mode == "server" and output_format(values):
            info.object.setdefault("spec", {})["replicas"] = values["replicas"]
        self.printer.print_obj(info.object, self.factory.streams.out)


COMMAND = Command(
    "scale [--resource-version=version] [--current-replicas=count] --replicas=COUNT (-f FILENAME | TYPE NAME)",
    "Set a new size for a deployment, replica set, or stateful set",
    examples="""  # Scale a replica set named 'foo' to 3
  kubectl scale --replicas=3 rs/foo

  # Scale a deployment named mysql to 3 if its current size is 2
  kubectl scale --current-replicas=2 --replicas=3 deployment/mysql""",
    flags=(
        *PRINT_FLAGS,
        *FILE_FLAGS,
        SELECTOR,
        ALL,
        DRY_RUN,
        Flag("current-replicas", kind=INT, default=-1, help="Precondition for the current size."),
        Flag("replicas", kind=INT, default=-1, help="The new desired number of replicas. Required."),
        Flag("resource-version", help="Precondition for the resource version."),
        Flag("timeout", kind=DURATION, default=0.0, help="How long to wait before giving up on a scale operation."),
    ),
    options=ScaleOptions,
)
