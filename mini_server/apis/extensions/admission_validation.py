"""Validation of webhooks and admission policies. Expressions are not compiled here.

Source: kubernetes ``pkg/apis/admissionregistration/validation/validation.go``, apiserver ``pkg/util/webhook``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from mini_server.apis import rules
from pykubectl.machinery.validation import field, names
from pykubectl.machinery.validation.field import ErrorList, Path

Object = dict[str, Any]

_GROUP = "admissionregistration.k8s.io"
_OPERATIONS = ("*", "CONNECT", "CREATE", "DELETE", "UPDATE")
_VERSIONS = ("v1", "v1beta1")
_POLICIES = ("Fail", "Ignore")
_MATCH = ("Equivalent", "Exact")
_SCOPES = ("*", "Cluster", "Namespaced")
_SPEC = Path.new("spec")
_URL = "https://host[/path]"
_IDENTIFIER = re.compile("[_a-zA-Z][_a-zA-Z0-9]*")


def _webhooks(obj: Object) -> ErrorList:
    faults: ErrorList = []
    seen: set[str] = set()
    for index, hook in enumerate(obj.get("webhooks") or []):
        path, name = Path.new("webhooks").index(index), hook.get("name", "")
        faults += _webhook(hook, path)
        if name and name in seen:
            faults.append(field.duplicate(path.child("name"), name))
        seen.add(name)
    return faults


def _webhook(hook: Object, path: Path) -> ErrorList:
    faults = _qualified(hook.get("name", ""), path.child("name"))
    for index, rule in enumerate(hook.get("rules") or []):
        faults += _rule(rule, path.child("rules").index(index))
    faults += rules.if_set(path.child("failurePolicy"), hook.get("failurePolicy"), _POLICIES)
    faults += rules.if_set(path.child("matchPolicy"), hook.get("matchPolicy"), _MATCH)
    effects, here = hook.get("sideEffects"), path.child("sideEffects")
    if not effects:
        faults.append(field.required(here, "must specify one of None, NoneOnDryRun"))
    else:
        faults += rules.if_set(here, effects, ("None", "NoneOnDryRun"))
    seconds = hook.get("timeoutSeconds")
    if seconds is not None and not 1 <= seconds <= 30:
        text = "the timeout value must be between 1 and 30 seconds"
        faults.append(field.invalid(path.child("timeoutSeconds"), seconds, text))
    for name in ("namespaceSelector", "objectSelector"):
        faults += rules.label_selector(hook.get(name), path.child(name))
    faults += _client(hook.get("clientConfig") or {}, path.child("clientConfig"))
    again = hook.get("reinvocationPolicy")
    faults += rules.if_set(path.child("reinvocationPolicy"), again, ("IfNeeded", "Never"))
    faults += _versions(hook.get("admissionReviewVersions") or [], path.child("admissionReviewVersions"))
    return faults + _conditions(hook.get("matchConditions") or [], path.child("matchConditions"))


def _qualified(name: str, path: Path) -> ErrorList:
    if not name:
        return [field.required(path)]
    faults = rules.told(path, name, names.is_dns1123_subdomain(name))
    if not faults and name.count(".") < 2:
        faults.append(field.invalid(path, name, "should be a domain with at least three segments separated by dots"))
    return faults


def _versions(versions: list[str], path: Path) -> ErrorList:
    if not versions:
        return [field.required(path, f"must specify one of {', '.join(_VERSIONS)}")]
    faults: ErrorList = []
    for index, version in enumerate(versions):
        if version in versions[:index]:
            faults.append(field.invalid(path.index(index), version, "duplicate version"))
        faults += rules.told(path.index(index), version, names.is_dns1035_label(version))
    if not set(versions) & set(_VERSIONS) and not faults:
        faults.append(field.invalid(path, versions, f"must include at least one of {', '.join(_VERSIONS)}"))
    return faults


def _rule(rule: Object, path: Path) -> ErrorList:
    faults: ErrorList = []
    operations, resources = rule.get("operations") or [], rule.get("resources") or []
    if not operations:
        faults.append(field.required(path.child("operations")))
    if len(operations) > 1 and "*" in operations:
        text = "if '*' is present, must not specify other operations"
        faults.append(field.invalid(path.child("operations"), operations, text))
    for index, operation in enumerate(operations):
        faults += rules.if_set(path.child("operations").index(index), operation, _OPERATIONS)
    for name, title in (("apiGroups", "API groups"), ("apiVersions", "API versions")):
        values = rule.get(name) or []
        if not values:
            faults.append(field.required(path.child(name)))
        if len(values) > 1 and "*" in values:
            text = f"if '*' is present, must not specify other {title}"
            faults.append(field.invalid(path.child(name), values, text))
        faults += [
            field.required(path.child(name).index(i)) for i, v in enumerate(values) if not v and name == "apiVersions"
        ]
    faults += _resources(resources, path.child("resources"))
    return faults + rules.if_set(path.child("scope"), rule.get("scope"), _SCOPES)


def _resources(resources: list[str], path: Path) -> ErrorList:
    if not resources:
        return [field.required(path)]
    faults: ErrorList = []
    if "*/*" in resources and len(resources) > 1:
        text = "if '*/*' is present, must not specify other resources"
        faults.append(field.invalid(path, resources, text))
    for index, resource in enumerate(resources):
        if not resource:
            faults.append(field.required(path.index(index)))
        main, slash, sub = resource.partition("/")
        if slash and sub != "*" and main != "*" and f"{main}/*" in resources:
            text = f"if '{main}/*' is present, must not specify {resource}"
            faults.append(field.invalid(path.index(index), resource, text))
    return faults


def _client(config: Object, path: Path) -> ErrorList:
    url, service = config.get("url"), config.get("service")
    if (url is None) == (service is None):
        return [field.required(path, "exactly one of url or service is required")]
    return _url(url, path.child("url")) if url is not None else client_service(service or {}, path.child("service"))


def _url(text: str, path: Path) -> ErrorList:
    form = f"; desired format: {_URL}"
    try:
        url = urlsplit(text)
    except ValueError as error:
        return [field.required(path, f"url must be a valid URL: {error}{form}")]
    faults: ErrorList = []
    if url.scheme != "https":
        faults.append(field.invalid(path, url.scheme, f"'https' is the only allowed URL scheme{form}"))
    if not url.netloc:
        faults.append(field.invalid(path, url.netloc, f"host must be specified{form}"))
    if "@" in url.netloc:
        user = url.netloc.rpartition("@")[0]
        faults.append(field.invalid(path, user, "user information is not permitted in the URL"))
    if url.fragment:
        faults.append(field.invalid(path, url.fragment, "fragments are not permitted in the URL"))
    if url.query:
        faults.append(field.invalid(path, url.query, "query parameters are not permitted in the URL"))
    return faults


def client_service(service: Object, path: Path) -> ErrorList:
    """The service that a server in the cluster is reached by."""
    faults = [field.required(path.child(name)) for name in ("name", "namespace") if not service.get(name)]
    port = service.get("port", 443)
    if names.is_valid_port_number(port):
        text = f"port is not valid: {names.is_valid_port_number(port)[0]}"
        faults.append(field.invalid(path.child("port"), port, text))
    where, value = path.child("path"), service.get("path")
    if value in (None, "/"):
        return faults
    if not value.startswith("/"):
        faults.append(field.invalid(where, value, "must start with a '/'"))
    segments = value[1:].removesuffix("/").split("/")
    for index, segment in enumerate(segments):
        if not segment:
            faults.append(field.invalid(where, value, f"segment[{index}] may not be empty"))
            continue
        faults += [
            field.invalid(where, value, f"segment[{index}]: {text}") for text in names.is_dns1123_subdomain(segment)
        ]
    return faults


def _conditions(conditions: list[Object], path: Path) -> ErrorList:
    faults: ErrorList = []
    if len(conditions) > 64:
        faults.append(field.too_many(path, len(conditions), 64))
    seen: set[str] = set()
    for index, condition in enumerate(conditions):
        here, name = path.index(index), condition.get("name", "")
        if not (condition.get("expression") or "").strip():
            faults.append(field.required(here.child("expression")))
        faults += rules.named(here.child("name"), name, names.is_qualified_name)
        if name and name in seen:
            faults.append(field.duplicate(here.child("name"), name))
        seen.add(name)
    return faults


# Policies


def _policy(obj: Object) -> ErrorList:
    spec, name = obj.get("spec") or {}, (obj.get("metadata") or {}).get("name", "")
    faults = _match_faults(spec)
    validations, annotations = spec.get("validations") or [], spec.get("auditAnnotations") or []
    if not validations and not annotations:
        text = "validations or auditAnnotations must contain at least one item"
        return faults + [field.required(_SPEC.child(key), text) for key in ("validations", "auditAnnotations")]
    for index, validation in enumerate(validations):
        faults += _validation(validation, _SPEC.child("validations").index(index))
    for index, annotation in enumerate(annotations):
        faults += _audit_annotation(annotation, name, _SPEC.child("auditAnnotations").index(index))
    return faults


def _match_faults(spec: Object) -> ErrorList:
    """What policies of both kinds have: when they apply, and to what."""
    faults = rules.if_set(_SPEC.child("failurePolicy"), spec.get("failurePolicy"), _POLICIES)
    kind = spec.get("paramKind")
    if kind is not None:
        for key in ("apiVersion", "kind"):
            faults += [] if kind.get(key) else [field.required(_SPEC.child("paramKind", key))]
    faults += _constraints(spec.get("matchConstraints"), _SPEC.child("matchConstraints"))
    faults += _conditions(spec.get("matchConditions") or [], _SPEC.child("matchConditions"))
    for index, variable in enumerate(spec.get("variables") or []):
        faults += _variable(variable, _SPEC.child("variables").index(index))
    return faults


_PATCHES = {"ApplyConfiguration": "applyConfiguration", "JSONPatch": "jsonPatch"}


def _mutating_policy(obj: Object) -> ErrorList:
    spec = obj.get("spec") or {}
    faults = _match_faults(spec)
    mutations, path = spec.get("mutations") or [], _SPEC.child("mutations")
    if not mutations:
        faults.append(field.required(path, "mutations must contain at least one item"))
    for index, mutation in enumerate(mutations):
        kind, here = mutation.get("patchType", ""), path.index(index)
        faults += rules.one_of(here.child("patchType"), kind, tuple(_PATCHES))
        for title, name in _PATCHES.items():
            given = mutation.get(name)
            if kind == title and given is None:
                text = f"must be specified when patchType is {title}"
                faults.append(field.required(here.child(name), text))
            elif kind == title and not (given.get("expression") or "").strip():
                faults.append(field.required(here.child(name, "expression"), "expression is not specified"))
            elif kind in _PATCHES and kind != title and given is not None:
                text = f"must not be specified when patchType is {kind}"
                faults.append(field.invalid(here.child(name), field.OMITTED, text))
    again = spec.get("reinvocationPolicy")
    return faults + rules.one_of(_SPEC.child("reinvocationPolicy"), again, ("IfNeeded", "Never"))


def _constraints(constraints: Object | None, path: Path) -> ErrorList:
    if constraints is None:
        return [field.required(path)]
    faults = _resource_rules(constraints, path)
    if not constraints.get("resourceRules"):
        faults.append(field.required(path.child("resourceRules")))
    return faults


def _resource_rules(constraints: Object, path: Path) -> ErrorList:
    faults = rules.if_set(path.child("matchPolicy"), constraints.get("matchPolicy"), _MATCH)
    for name in ("namespaceSelector", "objectSelector"):
        faults += rules.label_selector(constraints.get(name), path.child(name))
    for name in ("resourceRules", "excludeResourceRules"):
        for index, rule in enumerate(constraints.get(name) or []):
            faults += _rule(rule, path.child(name).index(index))
    return faults


def _variable(variable: Object, path: Path) -> ErrorList:
    name = variable.get("name", "")
    faults: ErrorList = []
    if not name:
        faults.append(field.required(path.child("name"), "name is not specified"))
    elif _IDENTIFIER.fullmatch(name) is None:
        faults.append(field.invalid(path.child("name"), name, "must be a valid CEL identifier"))
    if not (variable.get("expression") or "").strip():
        faults.append(field.required(path.child("expression"), "expression is not specified"))
    return faults


def _validation(validation: Object, path: Path) -> ErrorList:
    faults: ErrorList = []
    if not (validation.get("expression") or "").strip():
        faults.append(field.required(path.child("expression"), "expression is not specified"))
    message, where = validation.get("message", ""), path.child("message")
    if message and not message.strip():
        text = "message must be non-empty if specified"
        faults.append(field.invalid(where, message, text))
    elif "\n" in message.strip() or "\r" in message.strip():
        faults.append(field.invalid(where, message, "must not contain line breaks"))
    elif "\n" in (validation.get("expression") or "") and not message:
        faults.append(field.required(where, "message must be specified if expression contains line breaks"))
    reasons = ("Forbidden", "Invalid", "RequestEntityTooLarge", "Unauthorized")
    return faults + rules.if_set(path.child("reason"), validation.get("reason"), reasons)


def _audit_annotation(annotation: Object, name: str, path: Path) -> ErrorList:
    key = f"{name}/{annotation.get('key', '')}"
    faults = rules.told(path.child("key"), key, names.is_qualified_name(key))
    if not (annotation.get("valueExpression") or "").strip():
        faults.append(field.required(path.child("valueExpression"), "valueExpression is not specified"))
    return faults


def _binding(obj: Object) -> ErrorList:
    spec = obj.get("spec") or {}
    faults = rules.named(_SPEC.child("policyName"), spec.get("policyName", ""))
    parameters = spec.get("paramRef")
    if parameters is not None:
        faults += _parameters(parameters, _SPEC.child("paramRef"))
    if spec.get("matchResources") is not None:
        faults += _resource_rules(spec["matchResources"], _SPEC.child("matchResources"))
    if obj.get("kind") == "ValidatingAdmissionPolicyBinding":
        faults += _actions(spec.get("validationActions") or [], _SPEC.child("validationActions"))
    return faults


def _parameters(reference: Object, path: Path) -> ErrorList:
    name, selector = reference.get("name"), reference.get("selector")
    faults: ErrorList = []
    if name:
        faults += rules.told(path.child("name"), name, names.is_path_segment_name(name))
        if selector is not None:
            text = "name and selector are mutually exclusive"
            faults += [field.forbidden(path.child(key), text) for key in ("name", "selector")]
    elif selector is None:
        faults.append(field.required(path, "one of name or selector must be specified"))
    else:
        faults += rules.label_selector(selector, path.child("selector"))
    return faults + rules.one_of(
        path.child("parameterNotFoundAction"), reference.get("parameterNotFoundAction"), ("Allow", "Deny")
    )


def _actions(actions: list[str], path: Path) -> ErrorList:
    if not actions:
        return [field.required(path, "at least one validation action is required")]
    faults: ErrorList = []
    for index, action in enumerate(actions):
        faults += rules.if_set(path.index(index), action, ("Audit", "Deny", "Warn"))
        if action in actions[:index]:
            faults.append(field.duplicate(path.index(index), action))
    if {"Deny", "Warn"} <= set(actions):
        text = "must not contain both Deny and Warn (repeating the same validation failure information in the API "
        text += "response and headers serves no purpose)"
        faults.append(field.invalid(path, actions, text))
    return faults


CREATE: dict[tuple[str, str], Callable[[Object], ErrorList]] = {
    (_GROUP, "ValidatingWebhookConfiguration"): _webhooks,
    (_GROUP, "MutatingWebhookConfiguration"): _webhooks,
    (_GROUP, "ValidatingAdmissionPolicy"): _policy,
    (_GROUP, "MutatingAdmissionPolicy"): _mutating_policy,
    (_GROUP, "ValidatingAdmissionPolicyBinding"): _binding,
    (_GROUP, "MutatingAdmissionPolicyBinding"): _binding,
}
