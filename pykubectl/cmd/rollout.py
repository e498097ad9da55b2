"""``rollout``: status, history, restart, undo, pause, resume.

Source: kubectl ``pkg/cmd/rollout``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pykubectl.cli.command import Command
from pykubectl.cli.errors import CommandError
from pykubectl.cli.flags import BOOL, DURATION, INT, Flag
from pykubectl.cli.groups import (
    DRY_RUN,
    FILE_FLAGS,
    PRINT_FLAGS,
    SELECTOR,
    dry_run,
    operation,
    output_format,
    resource_builder,
)
from pykubectl.machinery.util.aggregate import flattened, raise_all
from pykubectl.visitor.steps import EagerVisitorList

if TYPE_CHECKING:
    from pykubectl.builder.builder import Builder
    from pykubectl.cli.flags import Parsed
    from pykubectl.factory.factory import Factory
    from pykubectl.visitor.info import Info


_MANAGED_BY_APPLY = (
    "Warning: resource {} was previously managed with 'kubectl apply'. Rolling back will not update the "
    "kubectl.kubernetes.io/last-applied-configuration annotation, which may cause unexpected behavior on future "
    "'kubectl apply' operations. Consider using 'kubectl apply' with your previous configuration file instead."
)


class RolloutOptions:
    """What all of them share: which objects they are about."""

    def complete(self, factory: Factory, parsed: Parsed) -> None:
        """Takes flags and arguments."""
        self.factory = factory
        self.values, self.args = parsed.values, parsed.args

    def validate(self) -> None:
        """An object must be named."""
        if not self.args and not self.values["filename"]:
            raise CommandError("required resource not specified")

    def builder(self) -> Builder:
        """A builder over the arguments."""
        return resource_builder(self.factory, self.values, self.args, every=True).latest()

    def run(self) -> int | None:
        """Does it for every object. Raises Aggregate of what failed."""
        raise AssertionError("each subcommand has its own")


class StatusOptions(RolloutOptions):
    """Follows rollouts to their end."""

    def validate(self) -> None:
        """No negative revision."""
        super().validate()
        _check_revision(self.values["revision"])

    def run(self) -> int | None:
        """Prints each step."""
        from pykubectl.ops.rollout import follow

        streams = self.factory.streams
        if not self.builder().continue_on_error().result().visit(lambda info: follow(info, streams, self.values)):
            streams.warn(f"No resources found in {self.factory.namespace()[0]} namespace.")
        return None


class HistoryOptions(RolloutOptions):
    """Lists revisions, or shows one."""

    def validate(self) -> None:
        """No negative revision."""
        super().validate()
        _check_revision(self.values["revision"])

    def run(self) -> int | None:
        """Prints the history of each object, or in another format the objects of all revisions, or of one."""
        from pykubectl.ops.revisions import objects
        from pykubectl.printers.flags import PrintFlags

        output, out = output_format(self.values), self.factory.streams.out
        if not output:
            self.builder().continue_on_error().result().visit(self._print_history)
            return None
        printer = PrintFlags(output, template=self.values["template"]).to_printer()

        def print_objects(info: Info) -> None:
            for obj in objects(info, self.values["revision"]):
                printer.print_obj(obj, out)

        self.builder().continue_on_error().result().visit(print_objects)
        return None

    def _print_history(self, info: Info) -> None:
        from pykubectl.ops.revisions import history

        revision = self.values["revision"]
        text = history(info, revision)
        shown = f"with revision #{revision}" if revision else ""
        self.factory.streams.print(f"{info.display_name} {shown}\n{text}")


def _check_revision(revision: int) -> None:
    if revision < 0:
        raise CommandError(f"revision must be a positive integer: {revision}")


class _Change(RolloutOptions):
    done = ""

    def run(self) -> int | None:
        """Patches each object. Raises Aggregate of what failed."""
        errors: list[Exception] = []
        infos = self.builder().continue_on_error().result().infos(errors)
        if not infos and not errors:
            self.factory.streams.warn(f"No resources found in {self.factory.namespace()[0]} namespace.")
        # What can't be read is told before what can't be changed.
        try:
            EagerVisitorList(infos).visit(self._change)
        except Exception as error:
            errors += flattened(error)
        raise_all(errors)
        return None

    def _change(self, info: Info) -> None:
        from pykubectl.ops.rollout import change

        change(self.done, info)
        self._say(info, self.done)

    def _say(self, info: Info, done: str) -> None:
        from pykubectl.printers.flags import PrintFlags

        printer = PrintFlags(output_format(self.values), done, template=self.values["template"]).to_printer()
        printer.print_obj(info.object, self.factory.streams.out)


class RestartOptions(_Change):
    """Starts all pods anew."""

    done = "restarted"


class UndoOptions(_Change):
    """Goes back to an earlier revision."""

    def complete(self, factory: Factory, parsed: Parsed) -> None:
        """Takes flags and arguments."""
        super().complete(factory, parsed)
        self.mode = dry_run(self.values)

    def _change(self, info: Info) -> None:
        from pykubectl.helpers.annotations import LAST_APPLIED
        from pykubectl.ops.revisions import undo

        if LAST_APPLIED in (info.object["metadata"].get("annotations") or {}):
            shown = f"{info.mapping.resource.resource}/{info.name}"
            self.factory.streams.warn(_MANAGED_BY_APPLY.format(shown))
        self._say(info, operation(undo(info, self.values["to-revision"], self.mode), self.mode))


class PauseOptions(_Change):
    """Stops a rollout where it is."""

    done = "paused"


class ResumeOptions(_Change):
    """Goes on with a rollout."""

    done = "resumed"


_COMMON = (*FILE_FLAGS, SELECTOR)

COMMAND = Command(
    "rollout SUBCOMMAND",
    "Manage the rollout of a resource",
    long="Manage the rollout of one or many resources: deployments, daemonsets, statefulsets.",
    examples="""  # Check the rollout status of a deployment
  kubectl rollout status deployment/foo

  # Roll back to the previous deployment
  kubectl rollout undo deployment/abc""",
    children={
        "history": Command(
            "rollout history (TYPE NAME | TYPE/NAME) [flags]",
            "View rollout history",
            examples="  kubectl rollout history deployment/abc",
            flags=(
                *_COMMON,
                *PRINT_FLAGS,
                Flag("revision", kind=INT, default=0, help="See the details of a revision."),
            ),
            options=HistoryOptions,
        ),
        "pause": Command(
            "rollout pause RESOURCE",
            "Mark the provided resource as paused",
            examples="  kubectl rollout pause deployment/nginx",
            flags=(*_COMMON, *PRINT_FLAGS),
            options=PauseOptions,
        ),
        "restart": Command(
            "rollout restart RESOURCE",
            "Restart a resource",
            examples="  kubectl rollout restart deployment/nginx",
            flags=(*_COMMON, *PRINT_FLAGS),
            options=RestartOptions,
        ),
        "resume": Command(
            "rollout resume RESOURCE",
            "Resume a paused resource",
            examples="  kubectl rollout resume deployment/nginx",
            flags=(*_COMMON, *PRINT_FLAGS),
            options=ResumeOptions,
        ),
        "status": Command(
            "rollout status (TYPE NAME | TYPE/NAME) [flags]",
            "Show the status of the rollout",
            examples="  kubectl rollout status deployment/nginx",
            flags=(
                *_COMMON,
                Flag("revision", kind=INT, default=0, help="Pin to a specific revision."),
                Flag("timeout", kind=DURATION, default=0.0, help="How long to wait; 0 never gives up."),
                Flag("watch", "w", BOOL, True, "Watch the status of the rollout until it's done."),
            ),
            options=StatusOptions,
        ),
        "undo": Command(
            "rollout undo (TYPE NAME | TYPE/NAME) [flags]",
            "Undo a previous rollout",
            examples="  kubectl rollout undo deployment/abc --to-revision=3",
            flags=(
                *_COMMON,
                *PRINT_FLAGS,
                DRY_RUN,
                Flag("to-revision", kind=INT, default=0, help="The revision to roll back to; 0: the last."),
            ),
            options=UndoOptions,
        ),
    },
)
