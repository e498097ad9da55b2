"""``annotate``.

Source: kubectl ``pkg/cmd/annotate/annotate.go``.
"""

from __future__ import annotations

from pykubectl.cli.command import Command
from pykubectl.cli.groups import FIELD_MANAGER
from pykubectl.cmd.label import FLAGS, LabelOptions


class AnnotateOptions(LabelOptions):
    """As labels, but values are free."""

    field = "annotations"
    noun = "annotation"
    done, removed = "annotated", "annotated"

    tells_missing = False
    one_printer = True

    def _validate_values(self) -> None:
        """Annotations are the server's to judge."""

    def _conflict(self, key: str, value: str) -> str:
        head = "--overwrite is false but found the following declared annotation(s): "
        return f"{head}'{key}' already has a value ({value})"

    def _outcome(self, before: dict[str, str], after: dict[str, str]) -> str:
        return self.done


COMMAND = Command(
    "annotate [--overwrite] (-f FILENAME | TYPE NAME) KEY_1=VAL_1 ... KEY_N=VAL_N [--resource-version=version]",
    "Update the annotations on a resource",
    examples="""  # Update pod 'foo' with the annotation 'description' and the value 'my frontend'
  kubectl annotate pods foo description='my frontend'

  # Update pod 'foo' by removing an annotation named 'description' if it exists
  kubectl annotate pods foo description-""",
    flags=(*FLAGS, FIELD_MANAGER._replace(default="kubectl-annotate")),
    options=AnnotateOptions,
)
