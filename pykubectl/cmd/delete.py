"""``delete``: by file, name, selector, or all of a type.

Source: kubectl ``pkg/cmd/delete/delete.go``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pykubectl.cli.command import Command
from pykubectl.cli.errors import CommandError
from pykubectl.cli.flags import BOOL, DURATION, INT, Flag
from pykubectl.cli.groups import (
    ALL,
    ALL_NAMESPACES,
    DRY_RUN,
    FIELD_SELECTOR,
    FILE_FLAGS,
    SELECTOR,
    dry_run,
    no_kustomize,
    resource_builder,
)

if TYPE_CHECKING:
    from pykubectl.cli.flags import Parsed
    from pykubectl.factory.factory import Factory
    from pykubectl.visitor.info import Info

_POLICIES = {
    "background": "Background",
    "foreground": "Foreground",
    "orphan": "Orphan",
    "true": "Background",
    "false": "Orphan",
}
_SCOPE_WARNING = "Warning: deleting cluster-scoped resources, not scoped to the provided namespace"
_FORCE_WARNING = (
    "Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. "
    "The resource may continue to run on the cluster indefinitely."
)


class DeleteOptions:
    """Deletes, says so, and waits until what was deleted is gone."""

    def complete(self, factory: Factory, parsed: Parsed) -> None:
        """Takes flags and arguments."""
        self.factory = factory
        self.values, self.args = parsed.values, parsed.args
        self.mode = dry_run(self.values)
        self.grace = self.values["grace-period"]
        if self.values["now"]:
            self.grace = 1
        if self.grace == 0 and not self.values["force"]:
            # kubectl gives a second instead of none, so that deletion is confirmed.
            self.grace = 1
        if self.values["force"] and self.grace < 0:
            self.grace = 0

    def validate(self) -> None:
        """Flags that exclude each other."""
        values = self.values
        no_kustomize(values)
        if values["now"] and values["grace-period"] >= 0:
            raise CommandError("--now and --grace-period cannot be specified together")
        if values["force"] and self.grace > 0:
            raise CommandError("--force and --grace-period greater than 0 cannot be specified together")
        if values["cascade"] not in _POLICIES:
            text = f'invalid cascade value ({values["cascade"]}). Must be "background", "foreground", or "orphan"'
            raise CommandError(text)
        if values["all"] and (values["selector"] or values["field-selector"]):
            raise CommandError("setting 'all' parameter but found a non empty selector. ")
        if values["output"] not in ("", "name"):
            raise CommandError(f"unexpected -o output mode: {values['output']}. We only support '-o name'")
        if values["raw"]:
            self._validate_raw()

    def _validate_raw(self) -> None:
        values = self.values
        if self.args:
            raise CommandError("arguments may not be passed when --raw is specified")
        if len(values["filename"]) > 1:
            raise CommandError("--raw can only use a single local file or stdin")
        if values["selector"] or values["recursive"]:
            raise CommandError("--raw and --recursive are mutually exclusive")

    def run(self) -> int | None:
        """Deletes everything. Raises Aggregate of what failed."""
        if self.values["raw"]:
            from pykubectl.ops.raw import send

            send(self.factory, "DELETE", self.values["raw"], self.values["filename"])
            return None
        self._run()
        return None

    def _run(self) -> None:
        from pykubectl.machinery.errors import is_not_found
        from pykubectl.ops.deletion import Deleted, wait_until_gone

        values, streams = self.values, self.factory.streams
        if values["cascade"] in ("true", "false"):
            policy = _POLICIES[values["cascade"]].lower()
            streams.warn(
                f"warning: --cascade={values['cascade']} is deprecated (boolean value) and can be replaced with "
                f"--cascade={policy}."
            )
        if values["force"] and self.grace == 0:
            streams.warn(_FORCE_WARNING)
        self.deleted: list[Deleted] = []
        self.warn_of_scope = self.factory.namespace()[1] and not values["all-namespaces"]
        builder = resource_builder(self.factory, values, self.args).select_all(values["all"])
        result = builder.continue_on_error().require_object(False).result()
        if values["ignore-not-found"] or values["all"] or values["selector"]:
            result.ignore_errors(is_not_found)
        if not result.visit(self._delete):
            streams.print("No resources found")
        streams.out.flush()
        if values["wait"] and self.mode == "none":
            wait_until_gone(self.deleted, values["timeout"])

    def _delete(self, info: Info) -> None:
        from pykubectl.machinery.errors import StatusError
        from pykubectl.ops.apply import with_context
        from pykubectl.ops.deletion import delete

        if self.warn_of_scope and not info.namespaced:
            self.factory.streams.warn(
                "Warning: deleting cluster-scoped resources, not scoped to the provided namespace"
            )
            self.warn_of_scope = False
        try:
            self.deleted.append(delete(info, self.mode, self.grace, _POLICIES[self.values["cascade"]]))
        except StatusError as error:
            raise with_context(error, info.source, "deleting") from None
        self._tell(info)

    def _tell(self, info: Info) -> None:
        if self.values["output"] == "name":
            self.factory.streams.print(info.display_name)
            return
        kind = info.mapping.kind
        shown = f"{kind.kind.lower()}.{kind.group}" if kind.group else kind.kind.lower()
        verb = "force deleted" if self.grace == 0 else "deleted"
        suffix = {"client": " (dry run)", "server": " (server dry run)"}.get(self.mode, "")
        where = f" from {info.namespace} namespace" if info.namespace else ""
        self.factory.streams.print(f'{shown} "{info.name}" {verb}{where}{suffix}')


COMMAND = Command(
    "delete ([-f FILENAME] | [-k DIRECTORY] | TYPE [(NAME | -l label | --all)])",
    "Delete resources by file names, stdin, resources and names, or by label selector",
    long="Delete resources by file names, stdin, resources and names, or by resources and label selector.\n\nOnly one "
    "type of argument may be specified: file names, resources and names, or resources and label selector.",
    examples="""  # Delete a pod using the type and name specified in pod.json
  kubectl delete -f ./pod.json

  # Delete pods and services with label name=myLabel
  kubectl delete pods,services -l name=myLabel

  # Force delete a pod on a dead node
  kubectl delete pod foo --force""",
    flags=(
        *FILE_FLAGS,
        SELECTOR,
        FIELD_SELECTOR,
        ALL,
        ALL_NAMESPACES,
        DRY_RUN,
        Flag("cascade", default="background", bare="background", help='"background", "orphan", or "foreground".'),
        Flag("force", kind=BOOL, default=False, help="Immediately remove resources from the API."),
        Flag("grace-period", kind=INT, default=-1, help="Seconds given to the resource to terminate gracefully."),
        Flag("ignore-not-found", kind=BOOL, default=False, help="Treat absent objects as deleted."),
        Flag("now", kind=BOOL, default=False, help="Signal for immediate shutdown (a grace period of 1)."),
        Flag("output", "o", help='Output mode. Use "-o name" for shorter output.'),
        Flag("raw", help="Raw URI to DELETE to the server."),
        Flag("timeout", kind=DURATION, default=0.0, help="How long to wait; 0 decides by the object's grace period."),
        Flag("wait", kind=BOOL, default=True, help="Wait for resources to be gone before returning."),
    ),
    options=DeleteOptions,
)
