"""Reviews: questions about users and rights, answered and forgotten.

Source: kubernetes ``pkg/registry/authorization``, ``pkg/registry/authentication``.
"""

from __future__ import annotations

from typing import Any, Protocol

from mini_server.authn.interface import InvalidCredentials, UserInfo
from mini_server.authz.interface import Attributes, Authorizer, Decision, ResourceRule
from mini_server.endpoints.answer import answer_object
from mini_server.endpoints.decode import decode_body
from mini_server.endpoints.options import write_options
from mini_server.endpoints.request import AnyResponse, Handler, Request
from pykubectl.api.resources import Resource
from pykubectl.machinery.errors import new_bad_request, new_invalid
from pykubectl.machinery.schema import GroupKind
from pykubectl.machinery.structural.types import Type
from pykubectl.machinery.util.clock import Clock
from pykubectl.machinery.validation import field
from pykubectl.machinery.values.time import format_time

Object = dict[str, Any]


class TokenUser(Protocol):
    """Tells whose token it is."""

    def token_user(self, token: str, audiences: tuple[str, ...] = ()) -> tuple[UserInfo, tuple[str, ...]] | None:
        """The user and the audiences that match, None for nobody's."""


class Reviews:
    """Handlers of the review resources."""

    def __init__(self, authorizer: Authorizer, tokens: TokenUser, audiences: tuple[str, ...], clock: Clock) -> None:
        self._authorizer = authorizer
        self._tokens = tokens
        self._audiences = audiences
        self._clock = clock

    def handler(self, resource: Resource, type: Type) -> Handler:
        """The create handler of a review."""
        answer = {
            "SubjectAccessReview": self._access,
            "LocalSubjectAccessReview": self._access,
            "SelfSubjectAccessReview": self._self_access,
            "SelfSubjectRulesReview": self._self_rules,
            "TokenReview": self._token,
            "SelfSubjectReview": self._self,
        }[resource.kind]

        async def handle(request: Request) -> AnyResponse:
            options = write_options(request, "CreateOptions")
            review = await decode_body(request, resource.gvk, type, options.field_validation)
            review.setdefault("metadata", {})
            review.setdefault("spec", {})
            for name in ("managedFields", "creationTimestamp"):
                review["metadata"].pop(name, None)
            answer(review, request)
            return answer_object(review, request, status=201)

        return handle

    def _access(self, review: Object, request: Request) -> None:
        spec = review["spec"]
        faults = _access_faults(spec)
        if not spec.get("user") and not spec.get("groups"):
            faults.append(field.invalid("spec.user", "", "at least one of user or group must be specified"))
        if review["kind"] == "LocalSubjectAccessReview":
            review["metadata"]["namespace"] = request.info.namespace
            faults += _local_faults(review)
        else:
            faults += _metadata_faults(review["metadata"])
        if faults:
            raise new_invalid(_NO_KIND, "", faults)
        extra = {name: tuple(values) for name, values in (spec.get("extra") or {}).items()}
        user = UserInfo(spec.get("user", ""), spec.get("uid", ""), tuple(spec.get("groups") or ()), extra)
        review["status"] = self._decide(spec, user)

    def _self_access(self, review: Object, request: Request) -> None:
        faults = [*_access_faults(review["spec"]), *_metadata_faults(review["metadata"])]
        if faults:
            raise new_invalid(_NO_KIND, "", faults)
        assert request.user is not None
        review["status"] = self._decide(review["spec"], request.user)

    def _decide(self, spec: Object, user: UserInfo) -> Object:
        decision, reason = self._authorizer.authorize(_question(spec, user))
        status: Object = {"allowed": decision is Decision.ALLOW}
        if decision is Decision.DENY:
            status["denied"] = True
        return {**status, "reason": reason} if reason else status

    def _self_rules(self, review: Object, request: Request) -> None:
        namespace = review["spec"].get("namespace", "")
        if not namespace:
            raise new_bad_request("no namespace on request")
        assert request.user is not None
        rules = self._authorizer.rules_for(request.user, namespace)
        status: Object = {
            "incomplete": rules.incomplete,
            "resourceRules": [_resource_rule(rule) for rule in rules.resources],
            "nonResourceRules": [{"verbs": list(r.verbs), "nonResourceURLs": list(r.paths)} for r in rules.paths],
        }
        if rules.error:
            status["evaluationError"] = rules.error
        review |= {"metadata": {}, "spec": {}, "status": status}

    def _token(self, review: Object, request: Request) -> None:
        token = review["spec"].get("token", "")
        if not token:
            raise new_bad_request("token is required for TokenReview in authentication")
        audiences = tuple(review["spec"].get("audiences") or ())
        try:
            found = self._tokens.token_user(token, audiences)
        except InvalidCredentials as error:
            review["status"] = {"user": {}, "error": str(error)}
            return
        if found is None:
            review["status"] = {"user": {}, "error": "invalid bearer token"}
            return
        user, matching = found
        status: Object = {"authenticated": True, "user": user.as_dict()}
        if matching or self._audiences:
            status["audiences"] = list(matching or self._audiences)
        review["status"] = status

    def _self(self, review: Object, request: Request) -> None:
        assert request.user is not None
        review["metadata"]["creationTimestamp"] = format_time(self._clock.now())
        review.pop("spec", None)
        review["status"] = {"userInfo": request.user.as_dict()}


# Upstream's internal types have lost their kind when they are looked at.
_NO_KIND = GroupKind("authorization.k8s.io", "")


def _access_faults(spec: Object) -> list[field.FieldError]:
    resource, path = spec.get("resourceAttributes"), spec.get("nonResourceAttributes")
    text = "cannot be specified in combination with resourceAttributes"
    if resource is not None and path is not None:
        return [field.invalid("spec.nonResourceAttributes", _shown(path), text)]
    if resource is None and path is None:
        text = "exactly one of nonResourceAttributes or resourceAttributes must be specified"
        return [field.invalid("spec.resourceAttributes", None, text)]
    return []


def _metadata_faults(metadata: Object) -> list[field.FieldError]:
    return [field.invalid("metadata", metadata, "must be empty")] if metadata else []


def _local_faults(review: Object) -> list[field.FieldError]:
    faults: list[field.FieldError] = []
    metadata, spec = review["metadata"], review["spec"]
    if metadata.keys() - {"namespace"}:
        faults.append(field.invalid("metadata", metadata, "must be empty except for namespace"))
    asked, path = spec.get("resourceAttributes"), spec.get("nonResourceAttributes")
    if asked is not None and asked.get("namespace", "") != metadata["namespace"]:
        where = "spec.resourceAttributes.namespace"
        faults.append(field.invalid(where, asked.get("namespace", ""), "must match metadata.namespace"))
    if path is not None:
        faults.append(field.invalid("spec.nonResourceAttributes", _shown(path), "disallowed on this kind of request"))
    return faults


def _shown(path: Object) -> Object:
    """As Go writes the internal type, which has no names for JSON."""
    return {"Path": path.get("path", ""), "Verb": path.get("verb", "")}


def _question(spec: Object, user: UserInfo) -> Attributes:
    path = spec.get("nonResourceAttributes")
    if path is not None:
        return Attributes(user, path.get("verb", ""), resource_request=False, path=path.get("path", ""))
    asked = spec["resourceAttributes"]
    return Attributes(
        user,
        asked.get("verb", ""),
        asked.get("namespace", ""),
        asked.get("group", ""),
        asked.get("version", ""),
        asked.get("resource", ""),
        asked.get("subresource", ""),
        asked.get("name", ""),
        fields=_exact_fields(asked.get("fieldSelector") or {}),
    )


def _exact_fields(selector: Object) -> dict[str, str]:
    return {
        requirement.get("key", ""): requirement["values"][0]
        for requirement in selector.get("requirements") or []
        if requirement.get("operator") == "In" and len(requirement.get("values") or []) == 1
    }


def _resource_rule(rule: ResourceRule) -> Object:
    shown: Object = {"verbs": list(rule.verbs), "apiGroups": list(rule.api_groups), "resources": list(rule.resources)}
    return {**shown, "resourceNames": list(rule.resource_names)} if rule.resource_names else shown
