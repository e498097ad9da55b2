"""What a pod's status becomes next: the hollow kubelet's stages, as pure functions.

A hollow kubelet runs no containers. It moves a pod through the states a real one reports, deriving each step from
the pod object and the time alone, so that a restarted kubelet goes on where the last one stopped.

A pod's annotations tell how its containers behave:

* ``hollow.pykubectl/run-seconds``: containers exit by themselves after so many seconds (a decimal number);
  without it they exit after `Timing.run` where the pod's restartPolicy is not ``Always``, and else run on.
* ``hollow.pykubectl/exit-code``: the code they exit with, 0 without it. Containers of a pod that restarts always
  exit only where one of the two annotations is present.

Order of states and texts: kubernetes ``pkg/kubelet/kubelet_pods.go``, ``pkg/kubelet/status/generate.go``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from mini_server.kubelet.conditions import pod_conditions
from pykubectl.machinery.gostrings import parse_int
from pykubectl.machinery.values.time import format_time, parse_time

Object = dict[str, Any]

RUN_SECONDS = "hollow.pykubectl/run-seconds"
EXIT_CODE = "hollow.pykubectl/exit-code"
_CENTURY = 100 * 365 * 86400.0


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds that the stages take; backoff doubles per restart up to its maximum, as upstream's."""

    create: float = 0.05
    init: float = 0.1
    run: float = 1.0
    retry: float = 5.0
    backoff: float = 10.0
    backoff_max: float = 300.0


@dataclass(frozen=True, slots=True)
class Missing:
    """A ConfigMap or Secret a container needs and that is not there; ``volume`` is False for environment references."""

    message: str
    volume: bool


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the kubelet knows beside the pod: addresses, the time, and absent references."""

    now: datetime
    host_ip: str
    pod_ip: Callable[[], str]
    missing: Callable[[Object], Missing | None]
    timing: Timing = field(default_factory=Timing)
    has_image: Callable[[str], bool] = lambda image: False


class Event(NamedTuple):
    """An event of a step: Normal or Warning, reason, message; and the container it is about, as a field path."""

    kind: str
    reason: str
    message: str
    field_path: str = ""


@dataclass(slots=True)
class Step:
    """One step: the status to write (None: unchanged), whether to remove the pod, and when to look again (seconds).

    ``images`` are those that the step has pulled.
    """

    status: Object | None = None
    delete: bool = False
    after: float | None = None
    events: list[Event] = field(default_factory=list)
    logs: list[tuple[str, str]] = field(default_factory=list)
    images: list[str] = field(default_factory=list)


def next_step(pod: Object, around: Surroundings) -> Step:
    """The step a pod takes now. Reads ``pod`` only."""
    status = pod.get("status") or {}
    if pod["metadata"].get("deletionTimestamp"):
        return _terminate(pod, around)
    if status.get("phase") in ("Succeeded", "Failed"):
        return Step()
    if not status.get("startTime"):
        return _accept(pod, around)
    return _advance(pod, around)


def _accept(pod: Object, around: Surroundings) -> Step:
    """The kubelet has seen the pod: addresses, start time, every container waiting."""
    containers = _Containers.of(pod)
    reason = "PodInitializing" if containers.init else "ContainerCreating"
    step = Step(after=around.timing.create)
    init = [_waiting(c, "PodInitializing") for c in containers.init]
    main = [_waiting(c, reason) for c in containers.main]
    step.status = _status(pod, around, "Pending", init, main)
    return step


def _advance(pod: Object, around: Surroundings) -> Step:
    containers = _Containers.of(pod)
    step = Step()
    if not containers.any_started() and (missing := around.missing(pod)) is not None:
        return _wait_for_reference(pod, around, containers, missing)
    init, initialized = _advance_init(containers, around, step)
    main = containers.main_statuses
    if initialized:
        main = [_advance_container(c, s, containers, around, step) for c, s in containers.pairs()]
    phase = _phase(containers.restart_policy, main) if initialized else "Pending"
    if phase in ("Succeeded", "Failed"):
        init = [_stop_sidecar(s, around.now) for s in init]
    status = _status(pod, around, phase, init, main, pod_ip=around.pod_ip())
    if status != pod.get("status"):
        step.status = status
    return step


def _advance_init(containers: _Containers, around: Surroundings, step: Step) -> tuple[list[Object], bool]:
    """Runs init containers one after the other; True when each has done its part."""
    statuses = list(containers.init_statuses)
    for index, (spec, status) in enumerate(zip(containers.init, statuses)):
        sidecar = spec.get("restartPolicy") == "Always"
        if "terminated" in status["state"] or (sidecar and "running" in status["state"]):
            continue
        if "waiting" in status["state"]:
            statuses[index] = _running(spec, status, containers, around, step, ready=sidecar)
            step.after = around.timing.init
            return statuses, False
        statuses[index] = _terminated(status, around.now, 0, ready=True)
    return statuses, True


def _advance_container(
    spec: Object, status: Object, containers: _Containers, around: Surroundings, step: Step
) -> Object:
    state = status["state"]
    if "terminated" in state:
        return status
    if "waiting" in state:
        wait = _backoff_left(status, around)
        if wait > 0:
            _look_again(step, wait)
            return status
        started = _running(spec, status, containers, around, step, ready=True)
        _look_again(step, containers.lifetime(around.timing))
        return started
    lifetime = containers.lifetime(around.timing)
    if lifetime is None:
        return status
    left = (_time(state["running"]["startedAt"]) + timedelta(seconds=lifetime) - around.now).total_seconds()
    if left > 0:
        _look_again(step, left)
        return status
    return _exit(spec, status, containers, around, step)


def _exit(spec: Object, status: Object, containers: _Containers, around: Surroundings, step: Step) -> Object:
    code = containers.exit_code
    ended = _terminated(status, around.now, code, ready=False)
    restarts = containers.restart_policy == "Always" or (containers.restart_policy == "OnFailure" and code != 0)
    if not restarts:
        return ended
    delay = _backoff(ended["restartCount"], around.timing)
    if delay == 0:
        _look_again(step, containers.lifetime(around.timing))
        return _running(spec, {**ended, "lastState": ended["state"]}, containers, around, step, ready=True)
    step.events.append(Event("Warning", "BackOff", _backoff_event(spec, containers), containers.field_path(spec)))
    _look_again(step, delay)
    message = f"back-off {_go_seconds(delay)} restarting failed container={spec['name']} pod={containers.full_name}"
    return {
        **ended,
        "started": False,
        "state": {"waiting": {"reason": "CrashLoopBackOff", "message": message}},
        "lastState": ended["state"],
    }


def _wait_for_reference(pod: Object, around: Surroundings, containers: _Containers, missing: Missing) -> Step:
    """A reference is absent: volumes keep the pod creating, environment references are a configuration error."""
    step = Step(after=around.timing.retry)
    main = containers.main_statuses
    if missing.volume:
        step.events.append(Event("Warning", "FailedMount", missing.message))
    else:
        path = containers.field_path(containers.main[0])
        step.events.append(Event("Warning", "Failed", f"Error: {missing.message}", path))
        main = [_waiting(c, "CreateContainerConfigError", missing.message) for c in containers.main]
    status = _status(pod, around, "Pending", containers.init_statuses, main)
    if status != pod.get("status"):
        step.status = status
    return step


def _terminate(pod: Object, around: Surroundings) -> Step:
    """A deleted pod: containers stop, the final status is written, then the object goes."""
    status = pod.get("status") or {}
    running = [s for s in _all_statuses(status) if "running" in s["state"]]
    if not running:
        return Step(delete=True)
    step = Step(after=0.0)
    path = _Containers.of(pod).field_path
    step.events = [Event("Normal", "Killing", f"Stopping container {s['name']}", path(s)) for s in running]
    init = [_stop_sidecar(s, around.now) for s in status.get("initContainerStatuses") or []]
    main = [_stop(s, around.now) for s in status.get("containerStatuses") or []]
    phase = _phase("Never", main)
    step.status = _status(pod, around, phase, init, main, pod_ip=status.get("podIP", ""))
    return step


def _status(
    pod: Object, around: Surroundings, phase: str, init: list[Object], main: list[Object], pod_ip: str = ""
) -> Object:
    """The whole status, keeping what others wrote (conditions of theirs, resize, nominated node ...)."""
    old = pod.get("status") or {}
    status = {**old, "phase": phase}
    status["observedGeneration"] = pod["metadata"].get("generation", 1)
    status.setdefault("startTime", format_time(around.now))
    status.setdefault("hostIP", around.host_ip)
    status.setdefault("hostIPs", [{"ip": around.host_ip}])
    if pod_ip:
        status["podIP"] = pod_ip
        status["podIPs"] = [{"ip": pod_ip}]
    if init:
        status["initContainerStatuses"] = init
    status["containerStatuses"] = main
    status["conditions"] = pod_conditions(pod, status, format_time(around.now))
    return status


def _phase(restart_policy: str, statuses: list[Object]) -> str:
    """Pod phase from its main containers. Source: kubernetes ``pkg/kubelet/kubelet_pods.go`` getPhase."""
    states = [s["state"] for s in statuses]
    if any("running" in s for s in states):
        return "Running"
    if all("terminated" in s for s in states):
        if restart_policy == "Always":
            return "Running"
        failed = any(s["terminated"]["exitCode"] != 0 for s in states)
        return "Failed" if failed and restart_policy == "Never" else "Running" if failed else "Succeeded"
    if any(s.get("lastState") for s in statuses):
        return "Running"
    return "Pending"


@dataclass(slots=True)
class _Containers:
    """A pod's containers with their statuses, and how they behave."""

    pod: Object
    init: list[Object]
    main: list[Object]
    init_statuses: list[Object]
    main_statuses: list[Object]

    @classmethod
    def of(cls, pod: Object) -> _Containers:
        spec = pod["spec"]
        status = pod.get("status") or {}
        init = spec.get("initContainers") or []
        main = spec["containers"]
        return cls(
            pod,
            init,
            main,
            _matching(init, status.get("initContainerStatuses") or []),
            _matching(main, status.get("containerStatuses") or []),
        )

    @property
    def uid(self) -> str:
        return str(self.pod["metadata"].get("uid", ""))

    @property
    def full_name(self) -> str:
        meta = self.pod["metadata"]
        return f"{meta['name']}_{meta.get('namespace', '')}({self.uid})"

    def field_path(self, container: Object) -> str:
        """Where a container stands in the pod, as events name it."""
        init = any(entry["name"] == container["name"] for entry in self.init)
        return f"spec.{'initContainers' if init else 'containers'}{{{container['name']}}}"

    @property
    def restart_policy(self) -> str:
        return str(self.pod["spec"].get("restartPolicy", "Always"))

    @property
    def exit_code(self) -> int:
        try:
            return parse_int(self._annotations().get(EXIT_CODE, "0")) & 0xFF
        except ValueError:
            return 1

    def lifetime(self, timing: Timing) -> float | None:
        """Seconds a container runs before it exits by itself; None: it runs until it is stopped."""
        annotations = self._annotations()
        if (text := annotations.get(RUN_SECONDS)) is not None:
            return _seconds(text, timing.run)
        if self.restart_policy == "Always" and EXIT_CODE not in annotations:
            return None
        return timing.run

    def pairs(self) -> Iterator[tuple[Object, Object]]:
        return zip(self.main, self.main_statuses)

    def any_started(self) -> bool:
        return any(
            "waiting" not in s["state"] or s.get("lastState") for s in (*self.init_statuses, *self.main_statuses)
        )

    def _annotations(self) -> dict[str, str]:
        return self.pod["metadata"].get("annotations") or {}


def _matching(specs: list[Object], statuses: list[Object]) -> list[Object]:
    by_name = {s["name"]: s for s in statuses}
    return [by_name.get(spec["name"]) or _waiting(spec, "ContainerCreating") for spec in specs]


def _all_statuses(status: Object) -> list[Object]:
    return [*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])]


def _waiting(spec: Object, reason: str, message: str = "") -> Object:
    waiting = {"reason": reason, **({"message": message} if message else {})}
    return {
        "name": spec["name"],
        "image": spec.get("image", ""),
        "imageID": "",
        "ready": False,
        "started": False,
        "restartCount": 0,
        "state": {"waiting": waiting},
        "lastState": {},
    }


def _running(
    spec: Object, status: Object, containers: _Containers, around: Surroundings, step: Step, *, ready: bool
) -> Object:
    image = spec.get("image", "")
    restarts = status["restartCount"] + (1 if status.get("lastState") else 0)
    identity = hashlib.sha256(f"{containers.uid}/{spec['name']}/{restarts}".encode()).hexdigest()
    path = containers.field_path(spec)
    step.events += _pull(spec, path, around, step)
    step.events += [
        Event("Normal", "Created", "Container created", path),
        Event("Normal", "Started", "Container started", path),
    ]
    command = " ".join([*(spec.get("command") or []), *(spec.get("args") or [])]) or "the image's own"
    step.logs.append((spec["name"], f"hollow container started: image {image}, command {command}"))
    return {
        **status,
        "image": image,
        "imageID": "hollow://sha256:" + hashlib.sha256(image.encode()).hexdigest(),
        "containerID": "hollow://" + identity,
        "ready": ready,
        "started": True,
        "restartCount": restarts,
        "state": {"running": {"startedAt": format_time(around.now)}},
    }


def _pull(spec: Object, path: str, around: Surroundings, step: Step) -> list[Event]:
    """Images come to a node with the first container that wants them; ``Never`` finds every image there."""
    image, policy = spec.get("image", ""), spec.get("imagePullPolicy", "IfNotPresent")
    if policy != "Always" and (policy == "Never" or image in step.images or around.has_image(image)):
        text = f'Container image "{image}" already present on machine and can be accessed by the pod'
        return [Event("Normal", "Pulled", text, path)]
    step.images.append(image)
    pulled = f'Successfully pulled image "{image}" in 0s (0s including waiting). Image size: 0 bytes.'
    return [
        Event("Normal", "Pulling", f'Pulling image "{image}"', path),
        Event("Normal", "Pulled", pulled, path),
    ]


def _terminated(status: Object, now: datetime, code: int, *, ready: bool) -> Object:
    started = status["state"].get("running", {}).get("startedAt") or format_time(now)
    ended = {
        "exitCode": code,
        "reason": "Error" if code else "Completed",
        "startedAt": started,
        "finishedAt": format_time(now),
        "containerID": status.get("containerID", ""),
    }
    return {**status, "ready": ready, "started": False, "state": {"terminated": ended}}


def _stop(status: Object, now: datetime) -> Object:
    return _terminated(status, now, 0, ready=False) if "running" in status["state"] else status


def _stop_sidecar(status: Object, now: datetime) -> Object:
    return _terminated(status, now, 0, ready=True) if "running" in status["state"] else status


def _backoff(restarts: int, timing: Timing) -> float:
    """Seconds before the next start of a container that was restarted so often; the first one is not delayed."""
    return min(timing.backoff * 2.0 ** (restarts - 1), timing.backoff_max) if restarts else 0.0


def _backoff_left(status: Object, around: Surroundings) -> float:
    """Seconds until a crashed container may start again; 0 for one that has not run yet."""
    ended = (status.get("lastState") or {}).get("terminated")
    if not ended:
        return 0.0
    due = _time(ended["finishedAt"]) + timedelta(seconds=_backoff(status["restartCount"], around.timing))
    return (due - around.now).total_seconds()


def _backoff_event(spec: Object, containers: _Containers) -> str:
    return f"Back-off restarting failed container {spec['name']} in pod {containers.full_name}"


def _look_again(step: Step, after: float | None) -> None:
    if after is not None:
        step.after = after if step.after is None else min(step.after, after)


def _seconds(text: str, default: float) -> float:
    try:
        seconds = float(text)
    except ValueError:
        return default
    # Not a number is no time either; what outlasts a century need not be told apart.
    return min(max(0.0, seconds), _CENTURY) if seconds == seconds else default


def _go_seconds(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}m{rest}s" if minutes else f"{rest}s"


def _time(text: str) -> datetime:
    return parse_time(text)
