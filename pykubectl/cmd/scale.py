"""``scale``: the number of replicas.

Source: kubectl ``pkg/cmd/scale/scale.go``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pykubectl.cli.command import Command
from pykubectl.cli.errors import Aggregate, CommandError
from pykubectl.cli.flags import DURATION, INT, Flag
from pykubectl.cli.groups import ALL, DRY_RUN, FILE_FLAGS, PRINT_FLAGS, SELECTOR, dry_run, operation, output_format

if TYPE_CHECKING:
    from pykubectl.cli.flags import Parsed
    from pykubectl.factory.factory import Factory


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
        from pykubectl.machinery.errors import StatusError
        from pykubectl.ops.scale import scale
        from pykubectl.printers.flags import PrintFlags

        values = self.values
        namespace, explicit = self.factory.namespace()
        builder = (
            self.factory.builder()
            .namespace(namespace, enforce=explicit)
            .selectors(values["selector"])
            .select_all(values["all"])
            .files(values["filename"], recursive=values["recursive"])
            .arguments(self.args)
        )
        printer = PrintFlags(output_format(values), operation("scaled", self.mode)).to_printer()
        errors: list[Exception] = []
        count = 0
        for info in builder.infos():
            count += 1
            try:
                obj = info.get()
                if self.mode != "client":
                    scale(
                        info,
                        values["replicas"],
                        current=values["current-replicas"],
                        version=values["resource-version"],
                        dry_run=self.mode == "server",
                    )
            except StatusError as error:
                errors.append(error)
                continue
            if self.mode == "server" and output_format(values):
                obj.setdefault("spec", {})["replicas"] = values["replicas"]
            printer.print_obj(obj, self.factory.streams.out)
        if not count and not errors:
            raise CommandError("no objects passed to scale")
        if errors:
            raise errors[0] if len(errors) == 1 else Aggregate(errors)
        return None


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
