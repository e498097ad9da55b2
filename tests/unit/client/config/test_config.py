from __future__ import annotations

import stat
from pathlib import Path

import pytest

pytest.importorskip("pykubectl.machinery.codecs.yaml")

from pykubectl.client.config import ClientConfig, LoadingRules, Overrides, load
from pykubectl.client.config.writer import KubeConfigWriter
from pykubectl.client.errors import ConfigError, EmptyConfigError

FIRST = """\
apiVersion: v1
kind: Config
current-context: one
clusters:
- name: c  # kept
  cluster: {server: "https://first:6443", certificate-authority: ca.crt}
users:
- name: u
  user: {token: t1}
contexts:
- name: one
  context: {cluster: c, user: u, namespace: n1}
extra-field: 1
"""
SECOND = FIRST.replace("first", "second").replace("current-context: one", "current-context: two").replace("n1", "n2")


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    (tmp_path / "ca.crt").write_text("x")
    first, second = tmp_path / "first", tmp_path / "second"
    first.write_text(FIRST)
    second.write_text(SECOND + "- name: two\n  context: {cluster: c, user: u}\n".replace("- name: two", ""))
    second.write_text(SECOND.replace("extra-field: 1\n", "- name: two\n  context: {cluster: c, user: u}\n"))
    return first, second


def env(*paths: Path) -> dict[str, str]:
    return {"KUBECONFIG": ":".join(str(path) for path in paths), "HOME": "/nonexistent"}


def test_first_file_wins_and_paths_are_resolved(files: tuple[Path, Path]) -> None:
    config = load(env=env(*files))

    assert (config.host, config.namespace, config.token) == ("https://first:6443", "n1", "t1")
    assert config.ca_file == str(files[0].parent / "ca.crt")


def test_context_flag_finds_entries_of_any_file(files: tuple[Path, Path]) -> None:
    config = load(overrides=Overrides(context="two", server="https://x", namespace="z"), env=env(*files))

    assert (config.host, config.namespace) == ("https://x", "z")


@pytest.mark.parametrize(
    ("overrides", "text"),
    [
        (Overrides(context="x"), 'context "x" does not exist'),
        (Overrides(cluster="x"), 'cluster "x" does not exist'),
        (Overrides(user="x"), 'auth info "x" does not exist'),
    ],
)
def test_unknown_names(files: tuple[Path, Path], overrides: Overrides, text: str) -> None:
    with pytest.raises(ConfigError) as raised:
        load(overrides=overrides, env=env(*files))
    assert str(raised.value) == text


def test_missing_and_broken_files(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file or directory"):
        load(str(tmp_path / "none"), env={"HOME": "/nonexistent"})
    broken = tmp_path / "broken"
    broken.write_text("a: [b\n")
    with pytest.raises(ConfigError, match=f'error loading config file "{broken}": '):
        load(str(broken), env={"HOME": "/nonexistent"})


def test_reasons_are_given_one_by_one(tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_text(FIRST.replace("{token: t1}", "{token: t, username: u}"))

    with pytest.raises(ConfigError) as raised:
        load(str(path), env={"HOME": "/nonexistent"})
    assert raised.value.errors == [
        "more than one authentication method found for u; found [token basicAuth], only one is allowed",
        f"unable to read certificate-authority {tmp_path}/ca.crt for c due to "
        f"open {tmp_path}/ca.crt: no such file or directory",
    ]


def test_no_config_at_all(tmp_path: Path) -> None:
    with pytest.raises(EmptyConfigError):
        load(env={"HOME": str(tmp_path)})
    default = Overrides(default_server="http://localhost:8080")
    assert load(overrides=default, env={"HOME": str(tmp_path)}).host == "http://localhost:8080"


def test_writer_keeps_what_it_does_not_know(files: tuple[Path, Path]) -> None:
    rules = LoadingRules(env=env(files[0]))
    KubeConfigWriter(rules).set_entry("users", "new", {"token": "t"})
    KubeConfigWriter(rules).set_current_context("new")
    KubeConfigWriter(rules).rename_context("one", "uno")

    text = files[0].read_text()
    assert "# kept" in text
    assert "extra-field: 1" in text
    assert stat.S_IMODE(files[0].stat().st_mode) == 0o600
    raw = ClientConfig(rules).raw_config()
    assert (raw.current_context, sorted(raw.users), [*raw.contexts]) == ("new", ["new", "u"], ["uno"])
    assert not files[0].with_name("first.lock").exists()


def test_paths_are_left_as_they_are_written_for_who_writes_them_back(files: tuple[Path, Path]) -> None:
    rules = LoadingRules(env=env(*files))

    assert rules.as_written().load().clusters["c"]["certificate-authority"] == "ca.crt"
    assert rules.load().clusters["c"]["certificate-authority"] == str(files[0].parent / "ca.crt")


def test_fields_that_say_nothing_or_that_nobody_knows_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_text(
        "clusters: [{name: c, cluster: {server: https://h, odd: 1, insecure-skip-tls-verify: false, proxy-url: ''}}]\n"
        "users: [{name: u, user: {token: null, username: x}}]\n"
    )
    config = LoadingRules(str(path)).load()

    assert (config.clusters, config.users) == ({"c": {"server": "https://h"}}, {"u": {"username": "x"}})


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (
            "clusters: [{name: x, cluster: {server: 5}}]",
            "number into Go struct field Cluster.clusters.cluster.server of",
        ),
        (
            'clusters: [{name: x, cluster: {insecure-skip-tls-verify: "yes"}}]',
            "string into Go struct field Cluster.clusters.cluster.insecure-skip-tls-verify of type bool",
        ),
        (
            "users: [{name: x, user: {token: [1], as-groups: g}}]",
            r"string into Go struct field AuthInfo.users.user.as-groups of type \[\]string",
        ),
        (
            "contexts: [{name: x, context: {namespace: 5}}]",
            "number into Go struct field Context.contexts.context.namespace of type string",
        ),
        ("kind: Foo\napiVersion: v2", 'no kind "Foo" is registered for version "v2" in scheme "k8s.io/client-go'),
    ],
)
def test_values_of_another_type_are_named(tmp_path: Path, text: str, fault: str) -> None:
    path = tmp_path / "config"
    path.write_text(text)

    with pytest.raises(ConfigError, match=fault):
        LoadingRules(str(path)).load()
