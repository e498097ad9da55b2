"""Containers: of a pod, with what became of them, or of a template.

Source: kubectl ``pkg/describe/describe.go`` describeContainers.
"""

from __future__ import annotations

import math
from typing import Any

from pykubectl.machinery.gostrings import quote
from pykubectl.machinery.values.quantity import Quantity, canonical
from pykubectl.printers.describe.common import NONE, date, dig, text_of
from pykubectl.printers.describe.writer import Writer

Object = dict[str, Any]


def describe_containers(
    w: Writer,
    title: str,
    containers: list[Object],
    statuses: list[Object] | None = None,
    pod: Object | None = None,
    space: str = "",
) -> None:
    """All containers of a list; ``pod`` is None for those of a template, which is indented by ``space``."""
    by_name = {status["name"]: status for status in statuses or ()}
    w.line(0, f"{space}{title}:{'' if containers else f' {NONE}'}")
    for container in containers:
        status = by_name.get(container["name"])
        w.line(1, f"{' ' if space else ''}{container['name']}:")
        _basics(w, container, status)
        _command(w, container)
        if status is not None:
            _state(w, status)
        describe_resources(w, 2, container.get("resources"))
        for name in ("liveness", "readiness", "startup"):
            if f"{name}Probe" in container:
                w.field(2, name.capitalize(), probe_text(container[f"{name}Probe"]))
        if container.get("envFrom"):
            _environment_sources(w, container["envFrom"])
        _environment(w, container, pod)
        _mounts(w, container)


def _basics(w: Writer, container: Object, status: Object | None) -> None:
    if status is not None:
        w.field(2, "Container ID", status.get("containerID", ""))
    w.field(2, "Image", container.get("image", ""))
    if status is not None:
        w.field(2, "Image ID", status.get("imageID", ""))
    for title, key in (("Port", "containerPort"), ("Host Port", "hostPort")):
        ports = [_port(port, key) for port in container.get("ports") or ()]
        w.field(2, f"{title}s" if len(ports) > 1 else title, ", ".join(ports) or NONE)
    describe_seccomp(w, dig(container, "securityContext.seccompProfile"), 2, 3)


def _port(port: Object, key: str) -> str:
    text = f"{port.get(key, 0)}/{port.get('protocol', '')}"
    return f"{text} ({port['name']})" if port.get("name") else text


def describe_seccomp(w: Writer, profile: Object | None, level: int, below: int) -> None:
    """The seccomp profile, if one is asked for."""
    if profile:
        w.field(level, "SeccompProfile", profile.get("type", ""))
        if profile.get("type") == "Localhost":
            w.field(below, "LocalhostProfile", profile.get("localhostProfile", ""))


def _command(w: Writer, container: Object) -> None:
    for title, key in (("Command", "command"), ("Args", "args")):
        if container.get(key):
            w.line(2, f"{title}:")
            for word in container[key]:
                for line in word.split("\n"):
                    w.line(3, line)


def _state(w: Writer, status: Object) -> None:
    _one_state(w, "State", status.get("state") or {})
    last = status.get("lastState") or {}
    if last.get("terminated"):
        _one_state(w, "Last State", last)
    w.field(2, "Ready", str(bool(status.get("ready"))))
    w.field(2, "Restart Count", status.get("restartCount", 0))


def _one_state(w: Writer, name: str, state: Object) -> None:
    if state.get("running") is not None:
        w.field(2, name, "Running")
        w.field(3, "Started", date(state["running"].get("startedAt")))
    elif state.get("terminated") is not None:
        _terminated(w, name, state["terminated"])
    else:
        w.field(2, name, "Waiting")
        if dig(state, "waiting.reason"):
            w.field(3, "Reason", state["waiting"]["reason"])


def _terminated(w: Writer, name: str, state: Object) -> None:
    w.field(2, name, "Terminated")
    for key in ("reason", "message"):
        if state.get(key):
            w.field(3, key.capitalize(), state[key])
    w.field(3, "Exit Code", state.get("exitCode", 0))
    if state.get("signal", 0) > 0:
        w.field(3, "Signal", state["signal"])
    w.field(3, "Started", date(state.get("startedAt")))
    w.field(3, "Finished", date(state.get("finishedAt")))


def describe_resources(w: Writer, level: int, resources: Object | None) -> None:
    """Limits and requests, each in the order of names."""
    for title in ("Limits", "Requests"):
        amounts = dig(resources, title.lower(), {})
        if amounts:
            w.line(level, f"{title}:")
        for name in sorted(amounts):
            w.field(level + 1, name, canonical(amounts[name]))


def probe_text(probe: Object) -> str:
    """What is probed, and how often."""
    attributes = (
        f"delay={probe.get('initialDelaySeconds', 0)}s timeout={probe.get('timeoutSeconds', 0)}s "
        f"period={probe.get('periodSeconds', 0)}s #success={probe.get('successThreshold', 0)} "
        f"#failure={probe.get('failureThreshold', 0)}"
    )
    return f"{_probed(probe)} {attributes}"


def _probed(probe: Object) -> str:
    if "exec" in probe:
        return f"exec {text_of(probe['exec'].get('command') or [])}"
    if "httpGet" in probe:
        return f"http-get {_url(probe['httpGet'])}"
    if "tcpSocket" in probe:
        return f"tcp-socket {probe['tcpSocket'].get('host', '')}:{probe['tcpSocket']['port']}"
    if "grpc" in probe:
        return f"grpc <pod>:{probe['grpc']['port']} {probe['grpc'].get('service', '')}"
    return "unknown"


def _url(action: Object) -> str:
    from urllib.parse import quote as quote_path

    host = action.get("host", "")
    path = quote_path(action.get("path", ""), safe="/$&+,:;=@!*'()~")
    slash = "/" if path and not path.startswith("/") else ""
    return f"{action.get('scheme', '').lower()}://{f'[{host}]' if ':' in host else host}:{action['port']}{slash}{path}"


def _environment_sources(w: Writer, sources: list[Object]) -> None:
    w.line(2, "Environment Variables from:")
    for source in sources:
        kind, reference = "", {}
        if "configMapRef" in source:
            kind, reference = "ConfigMap", source["configMapRef"]
        elif "secretRef" in source:
            kind, reference = "Secret", source["secretRef"]
        prefix = f" with prefix '{source['prefix']}'" if source.get("prefix") else ""
        optional = text_of(bool(reference.get("optional")))
        w.line(3, f"{reference.get('name', '')}\t{kind}{prefix}\tOptional: {optional}")


def _environment(w: Writer, container: Object, pod: Object | None) -> None:
    variables = container.get("env") or []
    w.line(2, f"Environment:{'' if variables else f'{chr(9)}{NONE}'}")
    for variable in variables:
        name, source = variable["name"], variable.get("valueFrom")
        if source is None:
            first, *others = (variable.get("value") or "").split("\n")
            w.field(3, name, first)
            for line in others:
                w.line(3, f"\t{line}")
        elif "fieldRef" in source:
            reference = source["fieldRef"]
            value = field_value(pod, reference["fieldPath"]) if pod else ""
            w.field(3, name, f"{value} ({reference.get('apiVersion', '')}:{reference['fieldPath']})")
        elif "resourceFieldRef" in source:
            resource = source["resourceFieldRef"]["resource"]
            value = resource_value(source["resourceFieldRef"], container)
            if value == "0" and resource in ("limits.cpu", "limits.memory"):
                value = "node allocatable"
            w.field(3, name, f"{value} ({resource})")
        elif "secretKeyRef" in source:
            w.field(3, name, _key_text(source["secretKeyRef"], "in secret"))
        elif "configMapKeyRef" in source:
            w.field(3, name, _key_text(source["configMapKeyRef"], "of config map"))


def _key_text(reference: Object, where: str) -> str:
    optional = text_of(bool(reference.get("optional")))
    return f"<set to the key '{reference['key']}' {where} '{reference.get('name', '')}'>\tOptional: {optional}"


def field_value(pod: Object, path: str) -> str:
    """What a ``fieldRef`` gives, for the two fields that kubectl's scheme can select by; empty for all others.

    Source: apimachinery ``pkg/runtime/scheme.go`` ConvertFieldLabel, kubectl ``pkg/util/fieldpath/fieldpath.go``.
    """
    if path in ("metadata.name", "metadata.namespace"):
        return str(pod["metadata"].get(path.removeprefix("metadata."), ""))
    return ""


def resource_value(reference: Object, container: Object) -> str:
    """What a ``resourceFieldRef`` gives: the amount in units of the divisor, rounded up; empty for other resources.

    Source: kubectl ``pkg/util/resource/resource.go`` ExtractContainerResourceValue.
    """
    kind, _, name = reference["resource"].partition(".")
    if name not in ("cpu", "memory", "ephemeral-storage") and not name.startswith("hugepages-"):
        return ""
    amount = Quantity.parse(dig(container, f"resources.{kind}", {}).get(name, "0"))
    divisor = Quantity.parse(reference.get("divisor") or "0")
    if divisor.is_zero:
        divisor = Quantity.of(1)
    if name == "cpu":
        return str(math.ceil(amount.milli_value() / divisor.milli_value()))
    return str(math.ceil(amount.value() / divisor.value()))


def _mounts(w: Writer, container: Object) -> None:
    mounts, devices = container.get("volumeMounts") or [], container.get("volumeDevices") or []
    none = "" if mounts else f"\t{NONE}"
    w.line(2, f"Mounts:{none}")
    for mount in sorted(mounts, key=lambda m: m["mountPath"]):
        flags = "ro" if mount.get("readOnly") else "rw"
        if mount.get("subPath"):
            flags += f",path={quote(mount['subPath'])}"
        w.line(3, f"{mount['mountPath']} from {mount['name']} ({flags})")
    if devices:
        w.line(2, f"Devices:{none}")
        for device in sorted(devices, key=lambda d: d["devicePath"]):
            w.line(3, f"{device['devicePath']} from {device['name']}")
