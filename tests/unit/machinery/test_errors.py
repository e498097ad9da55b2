"""Status errors, field errors and names in the API's words."""

from __future__ import annotations

from pykubectl.machinery import errors
from pykubectl.machinery.schema import GroupKind, GroupResource
from pykubectl.machinery.validation import field, names
from pykubectl.machinery.validation.field import Path

PODS = GroupResource("", "pods")
DEPLOYMENTS = GroupResource("apps", "deployments")


def test_not_found() -> None:
    error = errors.new_not_found(DEPLOYMENTS, "x")
    assert str(error) == 'deployments.apps "x" not found'
    assert (error.code, error.reason) == (404, "NotFound")
    assert error.status["details"] == {"name": "x", "group": "apps", "kind": "deployments"}
    assert errors.is_not_found(error)
    assert not errors.is_conflict(error)


def test_other_refusals() -> None:
    assert str(errors.new_already_exists(PODS, "x")) == 'pods "x" already exists'
    conflict = errors.new_conflict(PODS, "x", "the object has been modified")
    assert str(conflict) == 'Operation cannot be fulfilled on pods "x": the object has been modified'
    assert conflict.code == 409
    assert str(errors.new_forbidden(PODS, "x", "no")) == 'pods "x" is forbidden: no'
    assert errors.is_bad_request(errors.new_bad_request("bad"))


def test_invalid_objects_name_each_cause() -> None:
    faults = [
        field.required(Path.new("spec").child("containers"), ""),
        field.invalid(Path.new("spec").child("containers").index(0).child("name"), "A", "must be lower case"),
    ]
    error = errors.new_invalid(GroupKind("", "Pod"), "x", faults)
    assert str(error) == (
        'Pod "x" is invalid: [spec.containers: Required value, '
        'spec.containers[0].name: Invalid value: "A": must be lower case]'
    )
    assert error.code == 422
    assert [cause["field"] for cause in error.status["details"]["causes"]] == [
        "spec.containers",
        "spec.containers[0].name",
    ]


def test_statuses_come_back() -> None:
    error = errors.new_not_found(PODS, "x")
    assert errors.StatusError.from_status(error.status).status == error.status


def test_paths() -> None:
    assert str(Path.new("metadata").child("labels").key("a/b")) == "metadata.labels[a/b]"
    assert str(Path.new("spec").child("ports").index(2).child("name")) == "spec.ports[2].name"


def test_field_errors() -> None:
    path = Path.new("spec").child("type")
    assert (
        str(field.not_supported(path, "x", ["A", "B"]))
        == 'spec.type: Unsupported value: "x": supported values: "A", "B"'
    )
    assert str(field.duplicate(path, "x")) == 'spec.type: Duplicate value: "x"'
    assert str(field.forbidden(path, "may not change")) == "spec.type: Forbidden: may not change"


def test_names() -> None:
    assert names.is_dns1123_label("my-name") == []
    assert names.is_dns1123_subdomain("a.b-c.d") == []
    assert names.is_dns1035_label("9a") != []
    assert names.is_dns1123_label("a" * 64) == ["must be no more than 63 characters"]
    assert names.is_valid_label_value("a" * 64) == ["must be no more than 63 bytes"]
    assert names.is_dns1123_label("a.b") == ["must not contain dots"]
    assert names.is_relaxed_env_var_name("A B-1") == []
    assert names.is_relaxed_env_var_name("A=B") != []
    assert names.is_qualified_name("example.com/name") == []
    assert names.is_qualified_name("a/b/c")[0].startswith("a qualified name must")
    assert names.is_label_key("a/b/c")[0].startswith("a valid label key must")
    assert names.is_valid_label_value("") == []
    assert names.is_valid_label_value("-a") != []
