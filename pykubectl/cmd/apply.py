"""``apply``: what files say becomes what the cluster has.

Source: kubectl ``pkg/cmd/apply/apply.go``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pykubectl.cli.command import Command
from pykubectl.cli.errors import CommandError
from pykubectl.cli.flags import BOOL, DURATION, INT, STRINGS, Flag
from pykubectl.cli.groups import (
    ALL,
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

Object = dict[str, Any]


class ApplyOptions:
    """Client-side apply, one object after the other; errors of single objects come at the end."""

    def complete(self, factory: Factory, parsed: Parsed) -> None:
        """Takes flags."""
        self.factory = factory
        self.values, self.args = parsed.values, parsed.args
        self.mode = dry_run(self.values)
        self.validation = field_validation(self.values)
        self.output = output_format(self.values)

    def validate(self) -> None:
        """There must be files, and nothing that this version has not."""
        no_kustomize(self.values)
        if self.args:
            raise CommandError(
                f"Unexpected args: [{' '.join(self.args)}]\nSee 'kubectl apply -h' for help and examples"
            )
        if not self.values["filename"]:
            raise CommandError("must specify one of -f and -k")
        values = self.values
        if values["server-side"] and self.mode == "client":
            text = "--dry-run=client doesn't work with --server-side (did you mean --dry-run=server instead?)"
            raise CommandError(text)
        if values["force-conflicts"] and not values["server-side"]:
            raise CommandError("--force-conflicts only works with --server-side")
        if values["force"] and values["server-side"]:
            raise CommandError("--force cannot be used with --server-side")
        if values["force"] and self.mode == "server":
            raise CommandError("--dry-run=server cannot be used with --force")
        for flag in ("server-side", "prune", "subresource"):
            if values[flag]:
                raise CommandError(f"--{flag} is not part of this version")

    def run(self) -> int | None:
        """Applies everything. Raises Aggregate of what failed."""
        self.applied: list[Object] = []
        try:
            count = resource_builder(self.factory, self.values).continue_on_error().result().visit(self._apply)
        finally:
            self._print_list()
        if not count:
            raise CommandError("no objects passed to apply")
        return None

    def _apply(self, info: Info) -> None:
        from pykubectl.machinery.errors import StatusError
        from pykubectl.ops.apply import apply, with_context

        values = self.values
        warn = self.factory.streams.warn
        try:
            done = apply(info, self.mode, self.validation, values["field-manager"], values["overwrite"], warn)
        except StatusError as error:
            raise with_context(error, info.source) from None
        if self.output in ("", "name"):
            suffix = f" {operation(done, self.mode)}" if not self.output else ""
            self.factory.streams.print(f"{info.display_name}{suffix}")
        else:
            self.applied.append(info.object)

    def _print_list(self) -> None:
        if not self.applied:
            return
        from pykubectl.machinery.gojson import Struct
        from pykubectl.printers.flags import PrintFlags

        printer = PrintFlags(self.output, show_managed_fields=self.values["show-managed-fields"]).to_printer()
        several = Struct(kind="List", apiVersion="v1", metadata={}, items=self.applied)
        printer.print_obj(self.applied[0] if len(self.applied) == 1 else several, self.factory.streams.out)


COMMAND = Command(
    "apply (-f FILENAME | -k DIRECTORY) [flags]",
    "Apply a configuration to a resource by file name or stdin",
    long="Apply a configuration to a resource by file name or stdin. The resource name must be specified. This "
    "resource will be created if it doesn't exist yet.\n\nJSON and YAML formats are accepted.",
    examples="""  # Apply the configuration in pod.json to a pod
  kubectl apply -f ./pod.json

  # Apply the JSON passed into stdin to a pod
  cat pod.json | kubectl apply -f -""",
    flags=(
        *PRINT_FLAGS,
        *FILE_FLAGS,
        SELECTOR,
        ALL,
        DRY_RUN,
        FIELD_MANAGER._replace(default="kubectl-client-side-apply"),
        VALIDATE,
        Flag("cascade", default="background", bare="background", help='"background", "orphan", or "foreground".'),
        Flag("force", kind=BOOL, default=False, help="Delete and create again where a patch fails."),
        Flag("force-conflicts", kind=BOOL, default=False, help="Server-side apply forces changes against conflicts."),
        Flag("grace-period", kind=INT, default=-1, help="Seconds given to resources that are replaced."),
        Flag("openapi-patch", kind=BOOL, default=True, help="Use the schema to calculate the difference."),
        Flag("overwrite", kind=BOOL, default=True, help="Resolve conflicts in favour of the modified configuration."),
        Flag("prune", kind=BOOL, default=False, help="Not part of this version."),
        Flag("prune-allowlist", kind=STRINGS, array=True, help="Not part of this version."),
        Flag("server-side", kind=BOOL, default=False, help="Not part of this version."),
        Flag("subresource", help="Not part of this version."),
        Flag("timeout", kind=DURATION, default=0.0, help="How long to wait before giving up on a delete."),
        Flag("wait", kind=BOOL, default=False, help="Wait for resources to be gone before returning."),
    ),
    options=ApplyOptions,
)
