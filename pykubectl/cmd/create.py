"""``create -f``: new objects from files.

Source: kubectl ``pkg/cmd/create/create.go``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pykubectl.cli.command import Command
from pykubectl.cli.errors import CommandError
from pykubectl.cli.flags import BOOL, Flag
from pykubectl.cli.groups import (
    DRY_RUN,
    FIELD_MANAGER,
    FILE_FLAGS,
    PRINT_FLAGS,
    SELECTOR,
    VALIDATE,
    dry_run,
    field_validation,
    no_kustomize,
    operation,
    output_format,
    resource_builder,
)

if TYPE_CHECKING:
    from pykubectl.cli.flags import Parsed
    from pykubectl.factory.factory import Factory
    from pykubectl.visitor.info import Info

# What kubectl makes of flags alone.
_BY_FLAGS = frozenset(
    (
        *("clusterrole", "clusterrolebinding", "configmap", "cm", "cronjob", "cj", "deployment", "deploy", "ingress"),
        *("ing", "job", "namespace", "ns", "poddisruptionbudget", "pdb", "priorityclass", "pc", "quota", "role"),
        *("resourcequota", "rolebinding", "secret", "service", "svc", "serviceaccount", "sa", "token"),
    )
)


class CreateOptions:
    """Creates what files say."""

    def complete(self, factory: Factory, parsed: Parsed) -> None:
        """Takes flags."""
        self.factory = factory
        self.values, self.args = parsed.values, parsed.args
        self.mode = dry_run(self.values)
        self.validation = field_validation(self.values)
        self.output = output_format(self.values)

    def validate(self) -> None:
        """There must be files."""
        values = self.values
        no_kustomize(values)
        if self.args and self.args[0] in _BY_FLAGS and not values["filename"]:
            text = f"create {self.args[0]} is not part of this version: create it from a file with -f"
            raise CommandError(text)
        if self.args:
            text = f"Unexpected args: [{' '.join(self.args)}]\nSee 'kubectl create -h' for help and examples"
            raise CommandError(text)
        if values["edit"]:
            raise CommandError("--edit is not part of this version")
        if not values["filename"]:
            raise CommandError("must specify one of -f and -k")
        if values["raw"]:
            self._validate_raw()

    def _validate_raw(self) -> None:
        values = self.values
        if len(values["filename"]) != 1:
            raise CommandError("--raw can only use a single local file or stdin")
        if values["filename"][0].startswith(("http://", "https://")):
            raise CommandError("--raw cannot read from a url")
        if values["recursive"]:
            raise CommandError("--raw and --recursive are mutually exclusive")
        if values["selector"]:
            raise CommandError("--raw and --selector (-l) are mutually exclusive")
        if values["output"]:
            raise CommandError("--raw and --output are mutually exclusive")

    def run(self) -> int | None:
        """Creates everything. Raises Aggregate of what failed."""
        from pykubectl.printers.flags import PrintFlags

        if self.values["raw"]:
            from pykubectl.ops.raw import send

            send(self.factory, "POST", self.values["raw"], self.values["filename"])
            return None
        done = operation("created", self.mode)
        flags = PrintFlags(self.output, done, show_managed_fields=self.values["show-managed-fields"])
        self.printer = flags.to_printer()
        if not resource_builder(self.factory, self.values).continue_on_error().result().visit(self._create):
            raise CommandError("no objects passed to create")
        return None

    def _create(self, info: Info) -> None:
        from pykubectl.machinery.errors import StatusError
        from pykubectl.ops.apply import with_context, with_last_applied

        obj = with_last_applied(info.object) if self.values["save-config"] else info.object
        if self.mode != "client":
            try:
                obj = info.client.create(
                    obj,
                    dry_run="All" if self.mode == "server" else "",
                    field_manager=self.values["field-manager"],
                    field_validation=self.validation,
                )
            except StatusError as error:
                raise with_context(error, info.source) from None
        self.printer.print_obj(obj, self.factory.streams.out)


COMMAND = Command(
    "create -f FILENAME [flags]",
    "Create a resource from a file or from stdin",
    long="Create a resource from a file or from stdin.\n\nJSON and YAML formats are accepted.",
    examples="""  # Create a pod using the data in pod.json
  kubectl create -f ./pod.json

  # Create a pod based on the JSON passed into stdin
  cat pod.json | kubectl create -f -""",
    flags=(
        *PRINT_FLAGS,
        *FILE_FLAGS,
        SELECTOR,
        DRY_RUN,
        FIELD_MANAGER._replace(default="kubectl-create"),
        VALIDATE,
        Flag("edit", kind=BOOL, default=False, help="Edit the resource before creating it; not part of this version."),
        Flag("raw", help="Raw URI to POST to the server."),
        Flag("save-config", kind=BOOL, default=False, help="Save the configuration in the object's annotation."),
        Flag("windows-line-endings", kind=BOOL, default=False, help="Only relevant if --edit=true."),
    ),
    options=CreateOptions,
)
