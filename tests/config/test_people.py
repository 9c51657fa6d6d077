"""People, rosters and codes of grids as they are written: what is taken, and what is refused with its place."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from drivers.findings import Finding
from gateway.__main__ import app
from gateway.config.grid_codes import wrong_in_code
from gateway.config.load import ConfigError, load
from gateway.config.people import Codes, minute_of, people_rules
from gateway.duty import Reach, Shift

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.config.plan import Plan

GOOD = """\
compound: {id: c1, name: 幸福里}
channels:
  - {id: desk, kind: mqtt, host: 127.0.0.1, topic: gridpost/notices}
grids:
  - {id: c1, name: 幸福社区, level: community, code: "370102013006", team: {leader: [chen]}}
  - {id: g1, name: 第一网格, code: "370102013006001", parent: c1, team: {guard: [li]}}
  - {id: g2, name: 实验小学, code: "370102013006002", parent: c1, kind: exclusive}
people:
  - {id: zhang, name: 张三, account: u1, reach: [{channel: desk, to: zhang}]}
  - {id: li, name: 李四, reach: [{channel: desk, to: li}]}
  - {id: chen, name: 陈静, reach: [{channel: desk, to: chen}]}
departments:
  - {id: gas, name: 燃气公司, kind: gas, reach: [{channel: desk, to: gas}], answer_minutes: 20}
roster:
  - grid: g1
    shifts:
      - {name: 白班, from: "08:00", to: 20:00, person: zhang, deputy: li}
      - {name: 夜班, from: 20:00, to: "08:00", person: li}
"""
EVERY_DAY = frozenset(range(7))


def _load(tmp_path: Path, text: str) -> Plan:
    path = tmp_path / "compound.yaml"
    path.write_text(text, "utf-8")
    return load(path)


def _findings(tmp_path: Path, text: str) -> list[str]:
    with pytest.raises(ConfigError) as wrong:
        _load(tmp_path, text)
    return [str(finding).removeprefix(f"{tmp_path}/") for finding in wrong.value.findings]


def test_what_is_right_becomes_people_teams_and_shifts(tmp_path: Path) -> None:
    rules = people_rules(_load(tmp_path, GOOD))

    assert [person.id for person in rules.persons] == ["zhang", "li", "chen"]
    assert rules.persons[0].reach == (Reach("desk", "zhang"),)
    assert rules.persons[0].account == "u1"
    assert rules.teams == {"c1": {"leader": ("chen",)}, "g1": {"guard": ("li",)}}
    assert rules.shifts["g1"] == (
        Shift("g1-1", "g1", "白班", EVERY_DAY, 480, 720, "zhang", "li"),
        Shift("g1-2", "g1", "夜班", EVERY_DAY, 1200, 720, "li", ""),
    )
    assert (rules.grids["g2"].kind, rules.grids["g2"].parent, rules.grids["c1"].level) == (
        "exclusive",
        "c1",
        "community",
    )
    assert (rules.departments["gas"].answer_minutes, rules.channels) == (20, frozenset({"desk"}))


def test_a_configuration_without_people_needs_no_leader(tmp_path: Path) -> None:
    plan = _load(tmp_path, "compound: {id: c1, name: a}\ngrids:\n  - {id: g1, name: b}\n")

    assert people_rules(plan).tops == ("g1",)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (", reach: [{channel: desk, to: li}]", "", "compound.yaml:10: people[1].reach: 'li' cannot be reached"),
        ("desk, to: li", "pigeon, to: li", "compound.yaml:10: people[1].reach[0].channel: there is no channel 'pigeon'"),
        ("[{channel: desk, to: gas}]", "[]", "compound.yaml:13: departments[0].reach: 'gas' cannot be reached"),
        ("id: li,", "id: zhang,", "compound.yaml:10: people[1]: people 'zhang' is there twice (first: "),
        ("id: li, name: 李四,", "id: li, name: 李四, account: u1,", "people[1].account: account 'u1' is there twice"),
        ("to: 20:00, person: zhang", "to: 20:00", "compound.yaml:17: roster[0].shifts[0]: the key 'person' is missing"),
        ("to: 20:00, person: zhang", "to: 20:00, person: ''", "compound.yaml:17: roster[0].shifts[0].person: a shift has a"),
        ("person: zhang", "person: wang", "compound.yaml:17: roster[0].shifts[0].person: there is no person 'wang'"),
        ("deputy: li", "deputy: wang", "compound.yaml:17: roster[0].shifts[0].deputy: there is no person 'wang'"),
        ("deputy: li", "deputy: zhang", "roster[0].shifts: shift '白班': nobody stands in for himself"),
        ('to: "08:00"', "to: 07:30", "roster[0].shifts: nobody is on duty from mon 07:30 to mon 08:00"),
        ('to: "08:00"', "to: 08:30", "roster[0].shifts: two shifts run at once from mon 08:00 to mon 08:30"),
        ("夜班, from", "夜班, days: [mon], from", "nobody is on duty from tue 20:00 to wed 08:00"),
        ('from: "08:00"', "from: noon", "roster[0].shifts[0].from: is not a time of day such as 08:00 (found 'noon')"),
        ("- grid: g1", "- grid: g9", "compound.yaml:15: roster[0].grid: there is no grid 'g9'"),
        ("guard: [li]", "guard: [wang]", "compound.yaml:6: grids[1].team.guard: there is no person 'wang'"),
        ("guard: [li]", "duty: [li]", "grids[1].team.duty: is no role of a team: it follows from the roster"),
        ("leader: [chen]", "desk: [chen]", "compound.yaml:6: grids[1]: has no leader, nor has any above it"),
        ("parent: c1, kind", "kind", "compound.yaml:7: grids[2]: has no leader, nor has any above it"),
        ("parent: c1, kind", "parent: g9, kind", "compound.yaml:7: grids[2].parent: there is no grid 'g9'"),
        ("level: community", "parent: g1, level: community", "grids[0].parent: its parents lead back to itself"),
        ("370102013006001", "37010201300600", "'37010201300600' is no code of a grid: it does not fit ^\\d{15}$"),
        ("370102013006002", "370102013007002", "does not begin with '370102013006', the code of its parent"),
        ("370102013006001", "990102013006001", "grids[1].code: 990102 is no county: there is no province 99"),
        ("people:", "codes: {patterns: {grid: '['}}\npeople:", "codes.patterns: grid: '[' is no pattern"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_its_place(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in GOOD

    found = _findings(tmp_path, GOOD.replace(old, new, 1))

    assert any(said in finding for finding in found), found


def test_a_roster_stands_once(tmp_path: Path) -> None:
    again = "  - grid: g1\n    shifts: [{name: x, from: '00:00', to: '24:00', person: li}]\n"

    assert any("the roster of 'g1' is there twice" in finding for finding in _findings(tmp_path, GOOD + again))


@pytest.mark.parametrize(
    ("said", "minute"), [("08:00", 480), ("8:05", 485), ("00:00", 0), ("24:00", 1440), (1200, 1200), (0, 0)]
)
def test_a_time_of_day_is_read_as_yaml_gives_it(said: str | int, minute: int) -> None:
    assert minute_of(said) == minute


@pytest.mark.parametrize("said", ["24:01", "08:60", "8", "-1:00", True, 1441, 8.5, None, "８:00:00"])
def test_what_is_no_time_of_day_is_refused(said: object) -> None:
    with pytest.raises(ValueError, match="is not a time of day"):
        minute_of(said)


@pytest.mark.parametrize(
    ("patterns", "level", "code", "parent", "wrong"),
    [
        ({}, "grid", "370102013006001", "370102013006", ""),
        ({}, "grid", "", "370102013006", ""),
        ({}, "street", "370102013", "370102", ""),
        ({}, "block", "free text", "", ""),
        ({}, "grid", "370102000006001", "", "000 is no street"),
        ({}, "grid", "370102600006001", "", "600 is no street"),
        ({}, "grid", "370102013000001", "", "000 is no community"),
        ({"grid": r"^\d{14}$"}, "grid", "37010201300601", "370102013006", ""),
        ({"grid": r"^\d{20}$"}, "grid", "01020337010201300601", "370102013006", ""),
        ({"grid": r"^\d{20}$"}, "grid", "01020337010201300601", "370102013007", "does not begin with '370102013007'"),
        ({"grid": r"^[A-Z]\d{3}$"}, "grid", "A001", "", ""),
        ({"block": r"^B"}, "block", "C", "", "no code of a block"),
    ],
)  # fmt: skip
def test_a_code_fits_its_level_its_numbers_and_its_parent(
    patterns: dict[str, str], level: str, code: str, parent: str, wrong: str
) -> None:
    found = list(wrong_in_code(Codes(patterns=patterns), level, code, parent))

    assert wrong in "".join(found)
    assert bool(found) is bool(wrong)


def test_numbers_may_be_left_unchecked() -> None:
    assert list(wrong_in_code(Codes(check_numbers=False), "grid", "990102000000001", "370102013006")) == []


def test_a_warning_is_printed_and_check_is_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = _load(tmp_path, GOOD)
    warned = replace(plan, warnings=(Finding("compound.yaml", 2, "channels", "nothing rings"),))
    monkeypatch.setattr("gateway.commands.check.load", lambda *_, **__: warned)

    result = CliRunner().invoke(app, ["check", str(plan.path)])

    assert result.exit_code == 0
    assert "compound.yaml:2: channels: nothing rings (warning)" in result.stderr
