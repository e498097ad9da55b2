"""Faults of jobs and cron jobs."""

from __future__ import annotations

from typing import Any

import pytest

from mini_server.apis.workloads import schedule
from tests.unit.apis.faults import Object, change_faults, changed, faults, lines, of_kind

LABELS = {
    "controller-uid": "u",
    "batch.kubernetes.io/controller-uid": "u",
    "job-name": "x",
    "batch.kubernetes.io/job-name": "x",
}
PODS: Object = {
    "metadata": {"labels": LABELS},
    "spec": {"restartPolicy": "Never", "containers": [{"name": "c", "image": "i"}]},
}
SELECTOR = {"matchLabels": {"batch.kubernetes.io/controller-uid": "u"}}
JOB = of_kind("batch/v1", "Job", {"completions": 1, "parallelism": 1, "selector": SELECTOR, "template": PODS})
CRON = of_kind("batch/v1", "CronJob", {"schedule": "* * * * *", "jobTemplate": {"spec": {"template": PODS}}})
CODES = {"operator": "In", "values": [1]}


def rule(**fields: Any) -> dict[str, Any]:
    return {"podFailurePolicy": {"rules": [fields]}}


def test_good_ones() -> None:
    assert faults(JOB) == []
    assert faults(CRON) == []
    assert lines(JOB, {"spec.podFailurePolicy": rule(action="Ignore", onExitCodes=CODES)["podFailurePolicy"]}) == []


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({"parallelism": -1}, "spec.parallelism: Invalid value: -1: must be greater than or equal to 0"),
        ({"selector": None}, "spec.selector: Required value"),
        ({"selector": {"matchLabels": {"a": "b"}}}, "`selector` not auto-generated"),
        ({"template.metadata.labels": {}}, "spec.template.metadata.labels[job-name]: Required value: must be 'x'"),
        ({"template.metadata.labels": {**LABELS, "job-name": "y"}}, "must be 'x'"),
        ({"completionMode": "X"}, 'supported values: "NonIndexed", "Indexed"'),
        ({"maxFailedIndexes": 1}, "when maxFailedIndexes is specified"),
        ({"backoffLimitPerIndex": 1}, "requires indexed completion mode"),
        ({"podReplacementPolicy": "X"}, 'supported values: "Failed", "TerminatingOrFailed"'),
        (
            {"template.spec.restartPolicy": "Always"},
            'spec.template.spec.restartPolicy: Required value: valid values: "',
        ),
        ({"template.spec.restartPolicy": "X"}, 'supported values: "OnFailure", "Never"'),
        ({"managedBy": "x"}, 'must be a domain-prefixed path (such as "acme.io/foo")'),
        ({"managedBy": "a.b/" + "c" * 63}, "may not be more than 63 bytes"),
        (rule(action="", onExitCodes=CODES), "spec.podFailurePolicy.rules[0].action: Required value: valid values:"),
        (rule(action="X", onExitCodes=CODES), 'supported values: "Count", "FailIndex", "FailJob", "Ignore"'),
        (rule(action="FailIndex", onExitCodes=CODES), "requires the backoffLimitPerIndex to be set"),
        (rule(action="Count"), "specifying one of OnExitCodes and OnPodConditions is required"),
        (
            rule(action="Count", onExitCodes=CODES, onPodConditions=[{"type": "a", "status": "True"}]),
            "specifying both OnExitCodes and OnPodConditions is not supported",
        ),
        (rule(action="Count", onExitCodes={"operator": "X", "values": [1]}), 'supported values: "In", "NotIn"'),
        (rule(action="Count", onExitCodes={"operator": "In", "values": []}), "at least one value is required"),
        (rule(action="Count", onExitCodes={"operator": "In", "values": [0]}), "must not be 0 for the In operator"),
        (rule(action="Count", onExitCodes={"operator": "In", "values": [2, 1]}), "must be ordered"),
        (rule(action="Count", onExitCodes={"operator": "In", "values": [1, 1]}), "values[1]: Duplicate value: 1"),
        (rule(action="Count", onExitCodes={**CODES, "containerName": "y"}), "must be one of the container or init"),
        (rule(action="Count", onPodConditions=[{"type": "", "status": "True"}]), "onPodConditions[0].type: Invalid"),
        ({"completionMode": "Indexed", "template.metadata.name": ""}, ""),
    ],
)
def test_faults_of_a_job(values: dict[str, Any], fault: str) -> None:
    found = lines(JOB, {f"spec.{name}": value for name, value in values.items()})
    assert any(fault in line for line in found) if fault else found == []


def test_indexed_pods_have_names_too() -> None:
    job = changed(changed(JOB, "spec.completionMode", "Indexed"), "spec.completions", 5)
    job = changed(job, "metadata.name", "a" * 63)
    assert any("will not able to create pod with invalid DNS label: aaa" in line for line in faults(job))


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        ("spec.completions", 3, "spec.completions: Invalid value: 3: field is immutable"),
        ("spec.completionMode", "Indexed", 'spec.completionMode: Invalid value: "Indexed": field is immutable'),
        ("spec.template.spec.containers.0.image", "j", "spec.template: Invalid value: "),
        ("spec.selector", {"matchLabels": {"job-name": "x"}}, "spec.selector: Invalid value: "),
        ("spec.managedBy", "a.b/c", 'spec.managedBy: Invalid value: "a.b/c": field is immutable'),
        ("spec.podFailurePolicy", {"rules": []}, "spec.podFailurePolicy: Invalid value: "),
        ("spec.parallelism", 3, ""),
        ("spec.suspend", True, ""),
    ],
)
def test_most_of_a_job_stays(path: str, value: Any, fault: str) -> None:
    found = change_faults(JOB, changed(JOB, path, value))
    assert any(line.startswith(fault) for line in found) if fault else found == []


def test_where_the_pods_of_a_waiting_job_run_may_change() -> None:
    waiting = changed(JOB, "spec.suspend", True)
    assert change_faults(waiting, changed(waiting, "spec.template.spec.nodeSelector", {"a": "b"})) == []
    found = change_faults(waiting, changed(waiting, "spec.template.spec.containers.0.image", "j"))
    assert [line.partition(": ")[0] for line in found] == ["spec.template.spec"]
    started = changed(waiting, "status", {"startTime": "2026-01-01T00:00:00Z"})
    assert change_faults(started, changed(started, "spec.template.spec.nodeSelector", {"a": "b"})) != []


def test_an_indexed_job_grows_with_its_parallelism() -> None:
    job = changed(changed(JOB, "spec.completionMode", "Indexed"), "spec.completions", 1)
    grown = changed(changed(job, "spec.completions", 2), "spec.parallelism", 2)
    assert change_faults(job, grown) == []
    found = change_faults(job, changed(job, "spec.completions", 2))
    assert found == ["spec.completions: Invalid value: 2: can only be modified in tandem with spec.parallelism"]


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({"schedule": ""}, "spec.schedule: Required value"),
        ({"schedule": "x"}, 'spec.schedule: Invalid value: "x": expected exactly 5 fields, found 1: [x]'),
        ({"schedule": "TZ=UTC * * * * *"}, "cannot use TZ or CRON_TZ in schedule, use timeZone field instead"),
        ({"timeZone": ""}, "timeZone must be nil or non-empty string"),
        ({"timeZone": "Local"}, "timeZone must be an explicit time zone"),
        ({"timeZone": "Mars/Base"}, "unknown time zone Mars/Base"),
        ({"timeZone": "../etc"}, "unknown time zone ../etc"),
        ({"timeZone": "Europe/Berlin"}, ""),
        ({"concurrencyPolicy": "X"}, 'supported values: "Allow", "Forbid", "Replace"'),
        ({"startingDeadlineSeconds": -1}, "spec.startingDeadlineSeconds: Invalid value: -1"),
        ({"failedJobsHistoryLimit": -1}, "spec.failedJobsHistoryLimit: Invalid value: -1"),
        ({"jobTemplate.spec.selector": SELECTOR}, "`selector` will be auto-generated"),
        ({"jobTemplate.spec.manualSelector": True}, 'supported values: "nil", "false"'),
        ({"jobTemplate.spec.template.spec.restartPolicy": "Always"}, "spec.jobTemplate.spec.template.spec.restart"),
    ],
)
def test_faults_of_a_cron_job(values: dict[str, Any], fault: str) -> None:
    found = lines(CRON, {f"spec.{name}": value for name, value in values.items()})
    assert any(fault in line for line in found) if fault else found == []


def test_only_new_cron_jobs_have_short_names() -> None:
    long = changed(CRON, "metadata.name", "a" * 53)
    assert faults(long) == [f'metadata.name: Invalid value: "{"a" * 53}": must be no more than 52 characters']
    assert change_faults(long, long) == []


@pytest.mark.parametrize(
    "text",
    [
        "* * * * *",
        "*/5 0-23/2 1,15 jan-Dec MON-fri",
        "? ? ? ? 0",
        "@hourly",
        "@every 1h30m",
        "CRON_TZ=UTC 0 0 1 1 *",
        "0,,5 * * * *",
    ],
)
def test_right_schedules(text: str) -> None:
    assert schedule.complaint(text) == ""


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("* * * *", "expected exactly 5 fields, found 4: [* * * *]"),
        ("60 * * * *", "end of range (60) above maximum (59): 60"),
        ("* * 0 * *", "beginning of range (0) below minimum (1): 0"),
        ("5-1 * * * *", "beginning of range (5) beyond end of range (1): 5-1"),
        ("1-2-3 * * * *", "too many hyphens: 1-2-3"),
        ("1/2/3 * * * *", "too many slashes: 1/2/3"),
        ("*/0 * * * *", "step of range should be a positive number: */0"),
        ("a * * * *", 'failed to parse int from a: strconv.Atoi: parsing "a": invalid syntax'),
        ("*/-1 * * * *", "negative number (-1) not allowed: -1"),
        ("@never", "unrecognized descriptor: @never"),
        ("@every soon", 'failed to parse duration @every soon: time: invalid duration "soon"'),
    ],
)
def test_what_is_wrong_with_a_schedule(text: str, complaint: str) -> None:
    assert schedule.complaint(text) == complaint
