"""The scheduling framework: what a plugin can be, and what it is given.

A plugin is an object with a ``name`` and the methods of those extension points it takes part in; it implements no
others. Source of the points and their meaning: kubernetes ``pkg/scheduler/framework``.

Pods are plain dicts, read only for plugins. ``None`` in place of a `Status` means success.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, NamedTuple, Protocol

from mini_server.scheduler.nodeinfo import NodeInfo

Pod = dict[str, Any]

MAX_NODE_SCORE = 100


def pod_priority(pod: Pod) -> int:
    """The pod's priority, 0 where it has none."""
    return int(pod["spec"].get("priority") or 0)


class Code(Enum):
    """What an extension point says of a pod."""

    ERROR = auto()
    UNSCHEDULABLE = auto()
    # Preemption cannot help: the node, not the pods on it, is what does not fit.
    UNSCHEDULABLE_AND_UNRESOLVABLE = auto()
    WAIT = auto()
    SKIP = auto()


class Status(NamedTuple):
    """A refusal with its reasons in kube-scheduler's words; ``plugin`` is filled in by the framework."""

    code: Code
    reasons: tuple[str, ...] = ()
    plugin: str = ""

    @property
    def message(self) -> str:
        """The reasons as one text."""
        return ", ".join(self.reasons)

    @property
    def rejected(self) -> bool:
        """True where the pod does not fit now, as opposed to an error."""
        return self.code in (Code.UNSCHEDULABLE, Code.UNSCHEDULABLE_AND_UNRESOLVABLE)


def unschedulable(*reasons: str) -> Status:
    """Removing other pods could help."""
    return Status(Code.UNSCHEDULABLE, reasons)


def unresolvable(*reasons: str) -> Status:
    """Nothing that preemption can do helps."""
    return Status(Code.UNSCHEDULABLE_AND_UNRESOLVABLE, reasons)


class CycleState(dict[str, Any]):
    """Data of one scheduling cycle of one pod, by plugin name: written before filtering, read while filtering.

    The framework puts the cycle's `Snapshot` under ``"snapshot"``, and pods expected on nodes under ``"nominated"``.
    """


@dataclass(slots=True)
class Snapshot:
    """The nodes as they were when the cycle began, in a stable order."""

    nodes: list[NodeInfo] = field(default_factory=list)
    by_name: dict[str, NodeInfo] = field(default_factory=dict)

    @classmethod
    def of(cls, nodes: Iterable[NodeInfo]) -> Snapshot:
        """A snapshot over nodes that nobody changes any more."""
        ordered = list(nodes)
        return cls(ordered, {node.name: node for node in ordered})


class QueuedPod(Protocol):
    """What a queue-sort plugin sees: the pod and when it entered the queue, or came back to it (monotonic seconds)."""

    pod: Pod
    added: float


class PreFilterResult(NamedTuple):
    """Node names the pod is limited to, or None for all; and a refusal."""

    nodes: frozenset[str] | None = None
    status: Status | None = None


class PostFilterResult(NamedTuple):
    """The node nominated after preemption, or a status that says why there is none.

    ``nominated`` is empty where an earlier nomination is to be taken back, None where it is to be left as it is.
    """

    nominated: str | None = None
    status: Status | None = None


class Plugin(Protocol):
    """Every plugin has a name; the rest of its methods are those of the points below."""

    name: str


class QueueSortPlugin(Plugin, Protocol):
    """Exactly one in a profile: orders the active queue, smallest key first."""

    def sort_key(self, queued: QueuedPod) -> tuple[Any, ...]: ...


class PreEnqueuePlugin(Plugin, Protocol):
    """Holds a pod back from the active queue."""

    def pre_enqueue(self, pod: Pod) -> Status | None: ...


class PreFilterPlugin(Plugin, Protocol):
    """Looks at the pod once per cycle; may narrow the nodes. ``Code.SKIP`` leaves its filter out of the cycle."""

    def pre_filter(self, state: CycleState, pod: Pod, snapshot: Snapshot) -> PreFilterResult: ...


class FilterPlugin(Plugin, Protocol):
    """Says whether the pod may run on a node."""

    def filter(self, state: CycleState, pod: Pod, node: NodeInfo) -> Status | None: ...


class PostFilterPlugin(Plugin, Protocol):
    """Called when no node passed; may make room."""

    def post_filter(
        self, state: CycleState, pod: Pod, snapshot: Snapshot, refused: Mapping[str, Status]
    ) -> PostFilterResult: ...


class PreScorePlugin(Plugin, Protocol):
    """Looks at the nodes that passed, before they are scored."""

    def pre_score(self, state: CycleState, pod: Pod, nodes: list[NodeInfo]) -> Status | None: ...


class ScorePlugin(Plugin, Protocol):
    """Scores a node; `normalize` brings a plugin's scores into 0..MAX_NODE_SCORE."""

    def score(self, state: CycleState, pod: Pod, node: NodeInfo) -> float: ...

    def normalize(self, state: CycleState, pod: Pod, scores: dict[str, float]) -> None: ...


class ReservePlugin(Plugin, Protocol):
    """Keeps state for a chosen node; `unreserve` takes it back, must not fail and may be called twice."""

    def reserve(self, state: CycleState, pod: Pod, node: str) -> Status | None: ...

    def unreserve(self, state: CycleState, pod: Pod, node: str) -> None: ...


class PermitResult(NamedTuple):
    """A refusal, or ``Code.WAIT`` with the seconds to wait for an approval."""

    status: Status | None = None
    timeout: float = 0.0


class PermitPlugin(Plugin, Protocol):
    """Approves, refuses or delays the binding."""

    def permit(self, state: CycleState, pod: Pod, node: str) -> PermitResult: ...


class PreBindPlugin(Plugin, Protocol):
    """Work that must be done before the binding."""

    def pre_bind(self, state: CycleState, pod: Pod, node: str) -> Status | None: ...


class BindPlugin(Plugin, Protocol):
    """Binds; ``Code.SKIP`` hands the pod to the next bind plugin."""

    def bind(self, state: CycleState, pod: Pod, node: str) -> Status | None: ...


class PostBindPlugin(Plugin, Protocol):
    """Told of a binding that succeeded."""

    def post_bind(self, state: CycleState, pod: Pod, node: str) -> None: ...
