"""Who may do what, and what is kept for programs: roles, bindings, service accounts, config maps, secrets.

Source: kubectl ``pkg/describe/describe.go``, ``pkg/util/rbac/rbac.go``.
"""

from __future__ import annotations

from binascii import a2b_base64
from typing import Any, NamedTuple

from pykubectl.printers.describe.common import NONE, Reader, dig, header, metadata, rows, text_of
from pykubectl.printers.describe.writer import Writer

Object = dict[str, Any]


class _Rule(NamedTuple):
    """Verbs on one resource of one group, or on one path."""

    group: str | None
    resource: str
    url: str
    name: str | None


def role(w: Writer, obj: Object, reader: Reader) -> None:
    """A Role or ClusterRole: one line for each resource and name."""
    header(w, obj, namespace=False)
    metadata(w, obj)
    w.line(0, "PolicyRule:")
    rows(w, 1, "Resources|Non-Resource URLs|Resource Names|Verbs", _rule_lines(obj.get("rules") or []))


def _rule_lines(rules: list[Object]) -> list[tuple[str, ...]]:
    simple: dict[_Rule, list[str]] = {}
    urls: list[tuple[_Rule, str]] = []
    for rule in rules:
        for group in rule.get("apiGroups") or ():
            for resource in rule.get("resources") or ():
                for name in rule.get("resourceNames") or (None,):
                    verbs = simple.setdefault(_Rule(group, resource, "", name), [])
                    verbs += [verb for verb in rule["verbs"] if verb not in verbs]
        urls += [
            (_Rule(None, "", url, None), verb) for url in rule.get("nonResourceURLs") or () for verb in rule["verbs"]
        ]
    pairs = [(rule, [verb]) for rule, verb in urls] + list(simple.items())
    return [_rule_line(rule, verbs) for rule, verbs in sorted(pairs, key=_go_text)]


def _go_text(pair: tuple[_Rule, list[str]]) -> str:
    """A PolicyRule as Go prints it, which is the order that upstream sorts by."""
    rule, verbs = pair
    groups = [] if rule.group is None else [rule.group]
    lists = (verbs, groups, [rule.resource] if rule.resource else [], [rule.name] if rule.name is not None else [])
    names = ("Verbs", "APIGroups", "Resources", "ResourceNames")
    fields = "".join(f"{name}:[{' '.join(values)}]," for name, values in zip(names, lists, strict=True))
    return f"&PolicyRule{{{fields}NonResourceURLs:[{rule.url}],}}"


def _rule_line(rule: _Rule, verbs: list[str]) -> tuple[str, ...]:
    base, slash, subresource = rule.resource.partition("/")
    resource = f"{base}.{rule.group}" if rule.group else base
    names = "" if rule.name is None else rule.name
    return f"{resource}{slash}{subresource}", f"[{rule.url}]", f"[{names}]", text_of(verbs)


def role_binding(w: Writer, obj: Object, reader: Reader) -> None:
    """A RoleBinding or ClusterRoleBinding."""
    header(w, obj, namespace=False)
    metadata(w, obj)
    w.line(0, "Role:")
    w.field(1, "Kind", dig(obj, "roleRef.kind", ""))
    w.field(1, "Name", dig(obj, "roleRef.name", ""))
    w.line(0, "Subjects:")
    subjects = obj.get("subjects") or ()
    rows(w, 1, "Kind|Name|Namespace", ((s["kind"], s["name"], s.get("namespace", "")) for s in subjects))


def service_account(w: Writer, obj: Object, reader: Reader) -> None:
    """A ServiceAccount."""
    header(w, obj)
    metadata(w, obj)
    title = "Image pull secrets:"
    names = [secret["name"] for secret in obj.get("imagePullSecrets") or ()]
    for number, name in enumerate(names or [NONE]):
        w.line(0, f"{' ' * len(title) if number else title}\t{name}")


def config_map(w: Writer, obj: Object, reader: Reader) -> None:
    """A ConfigMap with its text; of binary data the size."""
    header(w, obj)
    metadata(w, obj)
    w.write(0, "\nData\n====\n")
    for key, value in sorted((obj.get("data") or {}).items()):
        w.write(0, f"{key}:\n----\n{value}\n\n")
    w.write(0, "\nBinaryData\n====\n")
    for key, value in sorted((obj.get("binaryData") or {}).items()):
        w.line(0, f"{key}: {_size(value)} bytes")
    w.write(0, "\n")


def secret(w: Writer, obj: Object, reader: Reader) -> None:
    """A Secret: sizes, not values, but for a service account's token."""
    kind = obj.get("type", "")
    header(w, obj)
    metadata(w, obj)
    w.write(0, f"\nType:\t{kind}\n")
    w.write(0, "\nData\n====\n")
    for key, value in sorted((obj.get("data") or {}).items()):
        if key == "token" and kind == "kubernetes.io/service-account-token":
            w.field(0, key, a2b_base64(value).decode(errors="replace"))
        else:
            w.field(0, key, f"{_size(value)} bytes")


def _size(encoded: str | None) -> int:
    return len(a2b_base64(encoded or ""))
