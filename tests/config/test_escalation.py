"""Escalation as written: what is in force, what is refused with its place, and what is only warned of."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import pytest

from gateway.config.alarm_rules import rules_of
from gateway.config.channels import AnyChannel
from gateway.config.escalation import WAY_OF, shipped
from gateway.config.load import ConfigError, load
from gateway.model import Alarm, Place, Priority

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.config.plan import Plan

GOOD = """\
compound: {id: c1, name: 幸福里}
grids:
  - id: g1
    name: 第一网格
    code: "370102013006008"
    team: {leader: [zhao], property: [sun]}
buildings:
  - {id: b1, name: 1号楼, grid: g1}
channels:
  - {id: bot, kind: dingtalk, token: {file: TOKEN}, secret: {file: TOKEN}}
  - {id: sms, kind: sms_modem, path: /dev/ttyUSB2}
people:
  - {id: zhang, name: 张三, reach: [{channel: bot, to: "13800000001"}, {channel: sms, to: "13800000001"}]}
  - {id: zhao, name: 赵六, reach: [{channel: bot, to: "13800000002"}]}
  - {id: sun, name: 孙七, reach: [{channel: sms, to: "13800000003"}]}
roster:
  - grid: g1
    shifts:
      - {name: 白班, from: "08:00", to: "20:00", person: zhang}
      - {name: 夜班, from: "20:00", to: "08:00", person: zhang}
escalation:
  - name: kitchens
    priority: 2
    rules: [smoke]
    steps:
      - {to: [duty], by: [chat, sms]}
      - {after_seconds: 30, to: [leader, "person:sun"], by: all}
    again: {every_seconds: 60, times: 3}
"""


def loaded(tmp_path: Path, text: str = GOOD) -> Plan:
    token = tmp_path / "token"
    token.write_text("0123456789abcdef")
    path = tmp_path / "compound.yaml"
    path.write_text(text.replace("TOKEN", str(token)), encoding="utf-8")
    return load(path)


def findings(tmp_path: Path, old: str, new: str) -> list[str]:
    assert old in GOOD
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, GOOD.replace(old, new))
    return [str(finding).removeprefix(f"{tmp_path}/") for finding in caught.value.findings]


def alarm(rule: str, priority: Priority) -> Alarm:
    place = Place("b1", grid="g1")
    return Alarm(1, f"{rule}@d1", rule, "d1", "d1", priority, place, active=True, acked=False, latched=False)


def test_people_without_a_grid_have_no_role_and_are_told_of_nothing(tmp_path: Path) -> None:
    head, _, rest = GOOD.partition("grids:\n")
    people = rest.partition("buildings:\n")[2].partition("roster:\n")[0].replace(", grid: g1", "")

    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, f"{head}buildings:\n{people}")

    assert "every alarm ends at nobody" in str(caught.value)


def test_own_policies_come_before_the_shipped_ones(tmp_path: Path) -> None:
    rules = rules_of(loaded(tmp_path), {}).escalation

    kitchen, forced = rules.policy_for(alarm("smoke", Priority.P2)), rules.policy_for(alarm("door_forced", Priority.P2))

    assert kitchen is not None
    assert forced is not None
    assert (kitchen.name, forced.name) == ("kitchens", "safety")
    assert [kitchen.after_seconds(index) for index in range(kitchen.last + 1)] == [0, 30, 90, 150, 210]
    assert kitchen.step(0).by == {"chat", "sms"}
    assert kitchen.step(1).by == frozenset()
    assert {name: (each.way, each.personal) for name, each in rules.channels.items()} == {
        "bot": ("chat", True),
        "sms": ("sms", True),
    }


def test_a_policy_of_a_shipped_name_takes_its_place(tmp_path: Path) -> None:
    rules = rules_of(loaded(tmp_path, GOOD.replace("name: kitchens", "name: safety")), {}).escalation

    assert [policy.name for policy in rules.policies] == ["safety", "record", "life", "degraded", "upkeep"]


def test_what_is_shipped_is_the_table_of_the_domain() -> None:
    record, life, safety, degraded, upkeep = shipped()

    assert [(step.after_seconds, step.to) for step in life.steps] == [
        (0, ("duty", "deputy", "guard", "site")),
        (60, ("leader",)),
        (120, ("property", "community")),
        (180, ("all",)),
    ]
    assert all(step.by == () for step in life.steps)
    assert [(step.after_seconds, step.by) for step in safety.steps[:3]] == [
        (0, ("chat",)),
        (120, ("sms",)),
        (300, ("chat",)),
    ]
    assert [step.after_seconds for step in degraded.steps] == [0, 1800]
    assert upkeep.weekly is not None
    assert "site" not in record.words  # no siren sounds for a disk


def test_every_kind_of_channel_has_its_way() -> None:
    union, _ = get_args(AnyChannel)
    kinds = {get_args(config.model_fields["kind"].annotation)[0] for config in get_args(union)}

    assert kinds == WAY_OF.keys()


@pytest.mark.parametrize(
    ("old", "new", "finding"),
    [
        ("rules: [smoke]", "rules: [smok]", "there is no rule 'smok'"),
        ("rules: [smoke]", "grids: [g9]", "there is no grid 'g9'"),
        ("rules: [smoke]", "buildings: [b9]", "there is no building 'b9'"),
        ("person:sun", "person:sunn", "'person:sunn' is nobody that there is"),
        ('[leader, "person:sun"]', "[janitor]", "'janitor' is nobody that there is"),
        ('[leader, "person:sun"]', '["channel:bot"]', "'channel:bot' is nobody that there is"),
        ('[leader, "person:sun"]', "[guard]", "policy 'kitchens' ends at nobody in grid 'g1'"),
        ("after_seconds: 30", "after_seconds: 0", "each step comes later than the one before it"),
        ("priority: 2\n    rules: [smoke]", "priority: 1\n    weekly: {}", "give either steps or weekly"),
        ("{to: [duty], by: [chat, sms]}", "{to: [duty], by: pigeon}", "steps[0].by: Input should be"),
        ("every_seconds: 60", "every_seconds: 5", "again.every_seconds: "),
    ],
)
def test_what_is_wrong_is_refused_with_its_place(tmp_path: Path, old: str, new: str, finding: str) -> None:
    found = findings(tmp_path, old, new)

    assert any(finding in each for each in found), found
    assert all(each.startswith("compound.yaml:") for each in found)


def test_a_p1_that_waits_is_refused(tmp_path: Path) -> None:
    late = "priority: 1\n    steps:\n      - {after_seconds: 5, to: [duty]}"
    old = GOOD[GOOD.index("priority: 2") : GOOD.index("    again:")]

    assert any("a P1 is told at once" in each for each in findings(tmp_path, old, f"{late}\n"))


def test_a_p1_that_rings_nobody_and_depends_on_one_channel_is_warned_of(tmp_path: Path) -> None:
    chat_only = GOOD.replace(', {channel: sms, to: "13800000001"}', "")

    two, one = loaded(tmp_path).warnings, loaded(tmp_path, chat_only).warnings

    assert [str(warning).split(": ", 1)[1] for warning in two if "rings" in str(warning)]
    assert not [warning for warning in two if "single" in str(warning)]
    assert [warning for warning in one if "single channel: bot" in str(warning)]


def test_without_people_nothing_is_asked_of_an_escalation_but_that_it_is_meant(tmp_path: Path) -> None:
    plan = loaded(tmp_path, "compound: {id: c1, name: 幸福里}\nbuildings:\n  - {id: b1, name: 1号楼}\n")

    assert ["nobody is told of any" in str(warning) for warning in plan.warnings] == [True]
