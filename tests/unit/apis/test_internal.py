"""Parts of objects in the form that messages show."""

from __future__ import annotations

from mini_server.apis import rules
from mini_server.apis.internal import difference, form, internal
from pykubectl.machinery.validation import field
from pykubectl.machinery.validation.field import Path

HERE = Path.new("x")


def test_names_and_order_are_those_of_the_type() -> None:
    shown = form("Taint", {"effect": "NoSchedule", "key": "a"})
    assert list(shown.items()) == [("Key", "a"), ("Value", ""), ("Effect", "NoSchedule"), ("TimeAdded", None)]


def test_what_is_below_has_a_form_of_its_own() -> None:
    shown = form("UpdateStrategy", {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}})
    assert shown["RollingUpdate"] == {"MaxUnavailable": None, "MaxSurge": 1}
    assert form("UpdateStrategy", {"type": "OnDelete"})["RollingUpdate"] is None


def test_lists_and_embedded_types() -> None:
    shown = form("PodTemplateSpec", {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c"}]}})
    assert shown["labels"] == {"a": "b"}
    assert [container["Name"] for container in shown["Spec"]["Containers"]] == ["c"]
    assert shown["Spec"]["InitContainers"] is None


def test_what_the_host_shares_is_in_the_security_context() -> None:
    assert form("PodSpec", {"hostNetwork": True})["SecurityContext"]["HostNetwork"] is True


def test_a_faults_value() -> None:
    fault = field.invalid("x", internal("Capabilities", {"add": ["A"]}), "wrong")
    assert str(fault) == 'x: Invalid value: {"Add":["A"],"Drop":null}: wrong'


def test_a_difference_has_only_the_lines_around_it() -> None:
    old, new = ({"containers": [{"name": "c", "image": image}]} for image in ("i", "j"))
    lines = difference("PodSpec", old, new).splitlines()
    assert '-   "Image": "i",' in lines
    assert '+   "Image": "j",' in lines
    assert len(lines) == 9
    assert difference("PodSpec", old, old) == ""


def texts(faults: field.ErrorList) -> list[str]:
    return [str(fault) for fault in faults]


def test_values_that_must_or_may_be_there() -> None:
    assert texts(rules.one_of(HERE, None, ("A",))) == ["x: Required value"]
    assert texts(rules.if_set(HERE, None, ("A",))) == []
    assert texts(rules.if_set(HERE, "", ("A",))) == ['x: Unsupported value: "": supported values: "A"']
    assert texts(rules.named(HERE, "")) == ["x: Required value"]
    assert texts(rules.if_named(HERE, "")) == []


def test_networks() -> None:
    assert rules.network(HERE, "10.0.0.1/8") == []
    assert "must not have bits set beyond the prefix length" in texts(rules.network(HERE, "10.0.0.1/8", strict=True))[0]
    for wrong in ("10.0.0.0", "10.0.0.0/33", "x/8", "10.0.0.0/-1", "fe80::1%eth0/64"):
        assert "must be a valid CIDR value" in texts(rules.network(HERE, wrong))[0], wrong
    assert rules.is_within("10.1.0.0/16", "10.0.0.0/8")
    assert not rules.is_within("10.0.0.0/8", "10.0.0.0/8")
    assert not rules.is_within("10.0.0.0/16", "fd00::/8")
    assert rules.families(["10.0.0.0/8", "fd00::1", "x"]) == [4, 6]


def test_addresses_of_other_hosts() -> None:
    assert rules.ordinary_address(HERE, "10.0.0.1") == []
    for address, part in (
        ("0.0.0.0", "may not be unspecified"),
        ("::1", "loopback range"),
        ("169.254.1.1", "link-local range"),
        ("224.0.0.1", "link-local multicast range"),
        ("x", "must be a valid IP address"),
    ):
        assert part in texts(rules.ordinary_address(HERE, address))[0]


def test_selectors() -> None:
    def wrong(**requirement: object) -> list[str]:
        return texts(rules.label_selector({"matchExpressions": [{"key": "a", **requirement}]}, HERE))

    assert wrong(operator="In", values=["b"]) == []
    assert "must be specified when `operator` is 'In' or 'NotIn'" in wrong(operator="In")[0]
    assert "may not be specified when `operator` is 'Exists'" in wrong(operator="Exists", values=["b"])[0]
    assert "not a valid selector operator" in wrong(operator="X")[0]
    assert rules.label_selector(None, HERE) == []
    assert len(rules.label_selector({"matchLabels": {"a b": "c d"}}, HERE)) == 2


def test_quantities() -> None:
    assert texts(rules.not_negative_quantity(HERE, "-1")) == [
        'x: Invalid value: "-1": must be greater than or equal to 0'
    ]
    assert texts(rules.positive_quantity(HERE, "0")) == ['x: Invalid value: "0": must be greater than zero']


def test_paths_stay_below() -> None:
    assert texts(rules.descending_path(HERE, "/a")) == ['x: Invalid value: "/a": must be a relative path']
    assert texts(rules.descending_path(HERE, "a/../b")) == ["x: Invalid value: \"a/../b\": must not contain '..'"]
    assert rules.descending_path(HERE, "a/..b") == []
