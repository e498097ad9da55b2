"""``wait``.

Source: kubectl ``pkg/cmd/wait/wait.go``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pykubectl.cli.command import Command
from pykubectl.cli.errors import CommandError
from pykubectl.cli.flags import BOOL, DURATION, STRINGS, Flag
from pykubectl.cli.groups import (
    ALL,
    ALL_NAMESPACES,
    FIELD_SELECTOR,
    FILE_FLAGS,
    PRINT_FLAGS,
    SELECTOR,
    output_format,
    resource_builder,
)

if TYPE_CHECKING:
    from pykubectl.cli.flags import Parsed
    from pykubectl.factory.factory import Factory
    from pykubectl.visitor.info import Info


class WaitOptions:
    """Waits for a condition on one object after the other."""

    def complete(self, factory: Factory, parsed: Parsed) -> None:
        """Takes flags and arguments."""
        from pykubectl.ops.wait import parse_condition

        self.factory, self.values, self.args = factory, parsed.values, parsed.args
        wanted = self.values["for"]
        if not wanted:
            raise CommandError("unrecognized condition: []")
        self.conditions = [parse_condition(text) for text in wanted]

    def validate(self) -> None:
        """The builder says what is missing."""

    def run(self) -> int | None:
        """Raises Aggregate of what was not met. The time is for all objects together."""
        from pykubectl.ops.changes import Deadline

        self.deadline = Deadline(self.values["timeout"])
        builder = resource_builder(self.factory, self.values, self.args, every=self.values["all"])
        count = builder.continue_on_error().require_object(False).result().visit(self._wait)
        if not count and not any(condition.kind == "delete" for condition in self.conditions):
            raise CommandError("no matching resources found")
        return None

    def _wait(self, info: Info) -> None:
        from pykubectl.ops.wait import wait_for
        from pykubectl.printers.flags import PrintFlags

        for condition in self.conditions:
            if condition.kind == "create":
                # What is to be created is waited for before anything else is.
                wait_for(info, condition, self.deadline)
        for condition in self.conditions:
            obj = wait_for(info, condition, self.deadline)
            if obj is not None:
                printer = PrintFlags(output_format(self.values), condition.done).to_printer()
                printer.print_obj(obj, self.factory.streams.out)
                self.factory.streams.out.flush()


COMMAND = Command(
    "wait ([-f FILENAME] | resource.group/resource.name | resource.group [(-l label | --all)]) "
    "[--for=create|--for=delete|--for condition=available|--for=jsonpath='{}'[=value]]",
    "Wait for a specific condition on one or many resources",
    examples="""  # Wait for the pod "busybox1" to contain the status condition of type "Ready"
  kubectl wait --for=condition=Ready pod/busybox1

  # Wait for the pod "busybox1" to be deleted, with a timeout of 60s
  kubectl wait --for=delete pod/busybox1 --timeout=60s""",
    flags=(
        *PRINT_FLAGS,
        *FILE_FLAGS,
        SELECTOR,
        FIELD_SELECTOR,
        ALL,
        ALL_NAMESPACES,
        Flag("for", kind=STRINGS, array=True, help="create, delete, condition=NAME[=VALUE], jsonpath='{EXPR}'[=VALUE]"),
        Flag("local", kind=BOOL, default=False, help="Do not contact the server.", hidden=True),
        Flag("timeout", kind=DURATION, default=30.0, help="How long to wait; 0 checks once, negative waits a week."),
    ),
    options=WaitOptions,
)
