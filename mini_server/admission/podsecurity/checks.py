"""The single checks of the Pod Security Standards.

Source: ``k8s.io/pod-security-admission/policy``; texts and their order are upstream's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sized
from typing import Any, NamedTuple

from pykubectl.machinery.gostrings import quote

Object = dict[str, Any]


class Fault(NamedTuple):
    """What a pod violates, and by what."""

    reason: str
    detail: str


class Check(NamedTuple):
    """A check from a minor version on; ``replaces`` names those of the baseline that it makes needless."""

    look: Callable[[Object, int], Fault | None]
    since: int = 0
    replaces: str = ""


_ANNOTATION = "container.apparmor.security.beta.kubernetes.io/"
_CAPABILITIES = frozenset(
    ("AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE")
) | {"SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"}
_PROFILES = frozenset(("RuntimeDefault", "Localhost"))
_SELINUX_TYPES = frozenset(("", "container_t", "container_init_t", "container_kvm_t"))
# Minor version -> the sysctls that are safe since then.
_SYSCTLS = {
    0: (
        *("kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.tcp_syncookies"),
        *("net.ipv4.ping_group_range", "net.ipv4.ip_unprivileged_port_start"),
    ),
    27: ("net.ipv4.ip_local_reserved_ports",),
    29: (
        *("net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_fin_timeout"),
        *("net.ipv4.tcp_keepalive_intvl", "net.ipv4.tcp_keepalive_probes"),
    ),
    32: ("net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem"),
}
_VOLUMES = frozenset(
    (
        "configMap",
        "csi",
        "downwardAPI",
        "emptyDir",
        "ephemeral",
        "image",
        "persistentVolumeClaim",
        "projected",
        "secret",
    )
)


def containers(pod: Object) -> Iterator[Object]:
    """All containers, those that begin first."""
    for field in ("initContainers", "containers", "ephemeralContainers"):
        yield from pod["spec"].get(field) or []


def _context(container: Object) -> Object:
    return container.get("securityContext") or {}


def _pod_context(pod: Object) -> Object:
    return pod["spec"].get("securityContext") or {}


def _quoted(values: Iterable[str]) -> str:
    return ", ".join(quote(value) for value in values)


def _word(found: Sized, one: str, several: str) -> str:
    """The word for as many as were found."""
    return one if len(found) == 1 else several


def _named(found: list[str], one: str = "container") -> str:
    """``container "a"``, ``containers "a", "b"``."""
    return f"{_word(found, one, f'{one}s')} {_quoted(found)}"


def _setters(pod: bool, found: list[str]) -> str:
    """``pod and container "a"``."""
    return " and ".join([*(["pod"] if pod else []), *([_named(found)] if found else [])])


def _where(pod: Object, holds: Callable[[Object], bool]) -> list[str]:
    """Names of the containers of which something holds."""
    return [container.get("name", "") for container in containers(pod) if holds(container)]


def _is_windows(pod: Object, version: int) -> bool:
    return version >= 25 and (pod["spec"].get("os") or {}).get("name") == "windows"


def _has_own_users(pod: Object, version: int) -> bool:
    """A user namespace of its own, where being root means little."""
    return version >= 35 and pod["spec"].get("hostUsers") is False


# Baseline


def _app_armor(pod: Object, version: int) -> Fault | None:
    def profile(context: Object) -> str:
        return str((context.get("appArmorProfile") or {}).get("type", ""))

    values: set[str] = set()
    bad_pod = _forbidden(profile(_pod_context(pod)), values)
    found = _where(pod, lambda container: _forbidden(profile(_context(container)), values))
    annotations = (pod.get("metadata") or {}).get("annotations") or {}
    old = sorted(
        f"{key}={quote(value)}"
        for key, value in annotations.items()
        if key.startswith(_ANNOTATION) and value not in ("", "runtime/default") and not value.startswith("localhost/")
    )
    if not (values or old):
        return None
    parts = []
    if values:
        parts.append(f"{_setters(bad_pod, found)} must not set AppArmor profile type to {_quoted(sorted(values))}")
    if old:
        parts.append(f"{_word(old, 'annotation', 'annotations')} {', '.join(old)}")
    many = len(values) + len(old) > 1
    return Fault("forbidden AppArmor profiles" if many else "forbidden AppArmor profile", "; ".join(parts))


def _forbidden(value: str, values: set[str]) -> bool:
    """Whether a profile is set to another one than those that confine; remembers it then."""
    if not value or value in _PROFILES:
        return False
    values.add(value)
    return True


def _added(container: Object, allowed: frozenset[str], found: set[str]) -> bool:
    more = set((_context(container).get("capabilities") or {}).get("add") or []) - allowed
    found |= more
    return bool(more)


def _capabilities(pod: Object, version: int) -> Fault | None:
    more: set[str] = set()
    found = _where(pod, lambda container: _added(container, _CAPABILITIES, more))
    if not found:
        return None
    text = f"{_named(found)} must not include {_quoted(sorted(more))} in securityContext.capabilities.add"
    return Fault("non-default capabilities", text)


def _host_namespaces(pod: Object, version: int) -> Fault | None:
    found = [f"{name}=true" for name in ("hostNetwork", "hostPID", "hostIPC") if pod["spec"].get(name)]
    return Fault("host namespaces", ", ".join(found)) if found else None


def _host_paths(pod: Object, version: int) -> Fault | None:
    found = [volume["name"] for volume in pod["spec"].get("volumes") or [] if "hostPath" in volume]
    return Fault("hostPath volumes", _named(found, "volume")) if found else None


def _host_ports(pod: Object, version: int) -> Fault | None:
    ports: set[int] = set()

    def uses(container: Object) -> bool:
        own = {port["hostPort"] for port in container.get("ports") or [] if port.get("hostPort")}
        ports.update(own)
        return bool(own)

    found = _where(pod, uses)
    if not found:
        return None
    what = _word(ports, "hostPort", "hostPorts")
    use = _word(found, "uses", "use")
    return Fault(what, f"{_named(found)} {use} {what} {', '.join(str(port) for port in sorted(ports))}")


def _handlers(container: Object) -> Iterator[Object]:
    for name in ("livenessProbe", "readinessProbe", "startupProbe"):
        yield container.get(name) or {}
    for name in ("postStart", "preStop"):
        yield (container.get("lifecycle") or {}).get(name) or {}


def _probe_hosts(pod: Object, version: int) -> Fault | None:
    hosts: set[str] = set()

    def uses(container: Object) -> bool:
        own = {
            host
            for handler in _handlers(container)
            for way in ("httpGet", "tcpSocket")
            if (host := (handler.get(way) or {}).get("host"))
        }
        hosts.update(own)
        return bool(own)

    found = _where(pod, uses)
    if not found:
        return None
    what = _word(hosts, "probe or lifecycle host", "probe or lifecycle hosts")
    use = _word(found, "uses", "use")
    return Fault(what, f"{_named(found)} {use} {what} {_quoted(sorted(hosts))}")


def _privileged(pod: Object, version: int) -> Fault | None:
    found = _where(pod, lambda container: bool(_context(container).get("privileged")))
    return Fault("privileged", f"{_named(found)} must not set securityContext.privileged=true") if found else None


def _proc_mount(pod: Object, version: int) -> Fault | None:
    values: set[str] = set()

    def sets(container: Object) -> bool:
        value = _context(container).get("procMount") or "Default"
        if value != "Default":
            values.add(value)
        return bool(value != "Default")

    found = _where(pod, sets)
    if not found:
        return None
    return Fault("procMount", f"{_named(found)} must not set securityContext.procMount to {_quoted(sorted(values))}")


def _proc_mount_of_own_users(pod: Object, version: int) -> Fault | None:
    return None if _has_own_users(pod, version) else _proc_mount(pod, version)


def _selinux(pod: Object, version: int) -> Fault | None:
    types: set[str] = set()
    set_fields: set[str] = set()
    allowed = _SELINUX_TYPES | ({"container_engine_t"} if version >= 31 else set())

    def bad(context: Object) -> bool:
        options = context.get("seLinuxOptions") or {}
        type, fields = options.get("type", ""), {name for name in ("user", "role") if options.get(name)}
        if type not in allowed:
            types.add(type)
        set_fields.update(fields)
        return type not in allowed or bool(fields)

    bad_pod = bad(_pod_context(pod))
    found = _where(pod, lambda container: bad(_context(container)))
    if not (bad_pod or found):
        return None
    parts = [_named(sorted(types), "type")] if types else []
    parts += [f"{name} may not be set" for name in ("user", "role") if name in set_fields]
    text = f"{_setters(bad_pod, found)} set forbidden securityContext.seLinuxOptions: {'; '.join(parts)}"
    return Fault("seLinuxOptions", text)


def _seccomp_type(context: Object) -> str:
    return str((context.get("seccompProfile") or {}).get("type", ""))


def _seccomp(pod: Object, version: int) -> Fault | None:
    values: set[str] = set()
    bad_pod = _forbidden(_seccomp_type(_pod_context(pod)), values)
    found = _where(pod, lambda container: _forbidden(_seccomp_type(_context(container)), values))
    if not values:
        return None
    text = f"must not set securityContext.seccompProfile.type to {_quoted(sorted(values))}"
    return Fault("seccompProfile", f"{_setters(bad_pod, found)} {text}")


def _sysctls(pod: Object, version: int) -> Fault | None:
    allowed = {name for since, names in _SYSCTLS.items() if version >= since for name in names}
    found = [entry["name"] for entry in _pod_context(pod).get("sysctls") or [] if entry["name"] not in allowed]
    return Fault("forbidden sysctls", ", ".join(sorted(found))) if found else None


def _host_process(pod: Object, version: int) -> Fault | None:
    def sets(context: Object) -> bool:
        return bool((context.get("windowsOptions") or {}).get("hostProcess"))

    bad_pod, found = sets(_pod_context(pod)), _where(pod, lambda container: sets(_context(container)))
    if not (bad_pod or found):
        return None
    text = "must not set securityContext.windowsOptions.hostProcess=true"
    return Fault("hostProcess", f"{_setters(bad_pod, found)} {text}")


# Restricted


def _escalation(pod: Object, version: int) -> Fault | None:
    if _is_windows(pod, version):
        return None
    found = _where(pod, lambda container: _context(container).get("allowPrivilegeEscalation") is not False)
    text = "must set securityContext.allowPrivilegeEscalation=false"
    return Fault("allowPrivilegeEscalation != false", f"{_named(found)} {text}") if found else None


def _few_capabilities(pod: Object, version: int) -> Fault | None:
    if _is_windows(pod, version):
        return None
    more: set[str] = set()
    keeps = _where(
        pod, lambda container: "ALL" not in ((_context(container).get("capabilities") or {}).get("drop") or [])
    )
    adds = _where(pod, lambda container: _added(container, frozenset(("NET_BIND_SERVICE",)), more))
    parts = [f'{_named(keeps)} must set securityContext.capabilities.drop=["ALL"]'] if keeps else []
    if adds:
        parts.append(f"{_named(adds)} must not include {_quoted(sorted(more))} in securityContext.capabilities.add")
    return Fault("unrestricted capabilities", "; ".join(parts)) if parts else None


def _volumes(pod: Object, version: int) -> Fault | None:
    found: list[str] = []
    types: set[str] = set()
    for volume in pod["spec"].get("volumes") or []:
        own = volume.keys() - {"name"} - _VOLUMES
        types |= own
        if own:
            found.append(volume["name"])
    if not found:
        return None
    use = _word(found, "uses", "use")
    what = _word(types, "restricted volume type", "restricted volume types")
    return Fault("restricted volume types", f"{_named(found, 'volume')} {use} {what} {_quoted(sorted(types))}")


def _non_root(pod: Object, version: int) -> Fault | None:
    if _has_own_users(pod, version):
        return None
    of_pod = _pod_context(pod).get("runAsNonRoot")
    explicit = _where(pod, lambda container: _context(container).get("runAsNonRoot") is False)
    silent = _where(pod, lambda container: _context(container).get("runAsNonRoot") is None and not of_pod)
    # A pod may say no where each of its containers says yes.
    bad_pod = of_pod is False and bool(silent)
    if bad_pod or explicit:
        text = f"{_setters(bad_pod, explicit)} must not set securityContext.runAsNonRoot=false"
    elif silent:
        text = f"pod or {_named(silent)} must set securityContext.runAsNonRoot=true"
    else:
        return None
    return Fault("runAsNonRoot != true", text)


def _root_user(pod: Object, version: int) -> Fault | None:
    if _has_own_users(pod, version):
        return None
    bad_pod = _pod_context(pod).get("runAsUser") == 0
    found = _where(pod, lambda container: _context(container).get("runAsUser") == 0)
    return Fault("runAsUser=0", f"{_setters(bad_pod, found)} must not set runAsUser=0") if bad_pod or found else None


def _seccomp_chosen(pod: Object, version: int) -> Fault | None:
    if _is_windows(pod, version):
        return None
    explicit = _seccomp(pod, version)
    if explicit is not None or _seccomp_type(_pod_context(pod)):
        return explicit
    silent = _where(pod, lambda container: not _seccomp_type(_context(container)))
    text = 'must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"'
    return Fault("seccompProfile", f"pod or {_named(silent)} {text}") if silent else None


BASELINE = {
    "appArmorProfile": Check(_app_armor),
    "capabilities": Check(_capabilities),
    "hostNamespaces": Check(_host_namespaces),
    "hostPathVolumes": Check(_host_paths),
    "hostPorts": Check(_host_ports),
    "hostProbesAndhostLifecycle": Check(_probe_hosts, since=34),
    "privileged": Check(_privileged),
    "procMount": Check(_proc_mount_of_own_users),
    "seLinuxOptions": Check(_selinux),
    "seccompProfile": Check(_seccomp, since=19),
    "sysctls": Check(_sysctls),
    "windowsHostProcess": Check(_host_process),
}
RESTRICTED = {
    "allowPrivilegeEscalation": Check(_escalation, since=8),
    "capabilities": Check(_few_capabilities, since=22, replaces="capabilities"),
    "procMount": Check(_proc_mount, replaces="procMount"),
    "restrictedVolumes": Check(_volumes, replaces="hostPathVolumes"),
    "runAsNonRoot": Check(_non_root),
    "runAsUser": Check(_root_user, since=23),
    "seccompProfile": Check(_seccomp_chosen, since=19, replaces="seccompProfile"),
}
