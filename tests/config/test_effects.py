"""The table of cause and effect: what a site may add, and what `check` refuses with its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.config.alarm_rules import rules_of
from gateway.config.effects import shipped
from gateway.config.load import ConfigError, load
from gateway.decide.fires.table import HowFar, Kind, Switch

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.decide.rules import Rules

GOOD = """\
compound: {id: c1, name: 幸福里}
buildings: [{id: b1, name: 1号楼}]
lines:
  - id: l1
    host: 127.0.0.1
    devices:
      - {id: d1, product: acp1-2door, unit: 1, building: b1, name: 大门, doors: {escape: true, lock: fail_safe}}
      - {id: lift, product: relay-8, unit: 2, building: b1, name: 电梯}
      - {id: fan, product: relay-8, unit: 3, building: b1, entrance: "1", flat: "501", name: 501 排风}
rules:
  pump_smoke: {points: [lift/input1.on], priority: 1, latching: true}
"""


def rules(tmp_path: Path, more: str = "") -> Rules:
    path = tmp_path / "compound.yaml"
    path.write_text(GOOD + more, "utf-8")
    plan = load(path)
    return rules_of(plan, {line: driver.devices for line, driver in plan.drivers.items()})


def findings(tmp_path: Path, more: str) -> list[str]:
    """What is wrong, as `line: key: what`."""
    with pytest.raises(ConfigError) as wrong:
        rules(tmp_path, more)
    return [str(finding).removeprefix(f"{tmp_path}/compound.yaml:") for finding in wrong.value.findings]


def test_what_is_shipped_releases_for_a_panel_and_for_a_confirmed_fire_alone(tmp_path: Path) -> None:
    table = rules(tmp_path)

    releases = {rule for row in table.fires.rows if row.release for rule in row.when}
    assert releases == {"fire_input", "fire_confirmed"}
    assert table.facts["fire_confirmed"].releases
    assert not table.facts["systemic_alarm"].releases
    watched = table.devices["d1"].groups[0].watched
    assert {rule.name for each in watched for rule in each.rules if rule.releases} <= {"fire_input"}
    assert table.fires.standing_seconds == 180


def test_shipped_rows_say_what_they_are_about() -> None:
    assert all(row["note"] for row in shipped().values())


def test_every_rule_is_evidence_of_what_its_meaning_says(tmp_path: Path) -> None:
    kinds = rules(tmp_path, "  frost: {meaning: detector_temperature, low: 2}\n").fires.kinds

    assert (kinds["smoke"], kinds["hot"], kinds["co_dose"], kinds["gas_rising"]) == (
        Kind.SMOKE, Kind.HEAT, Kind.CO, Kind.GAS,
    )  # fmt: skip
    assert kinds["fire_input"] is Kind.PANEL
    assert {"frost", "pump_smoke", "door_forced"}.isdisjoint(kinds)


def test_a_site_adds_effects_to_a_shipped_row_and_rows_of_its_own(tmp_path: Path) -> None:
    table = rules(
        tmp_path,
        "effects:\n"
        "  fire_panel: {switch: [{device: lift, command: relay1.switch, arguments: {on: true}}]}\n"
        "  pumps: {when: [pump_smoke], release: building, stop_charging: building}\n",
    )

    rows = {row.name: row for row in table.fires.rows}
    assert rows["fire_panel"].switch == (Switch("lift", "relay1.switch", {"on": True}, repeatable=True),)
    assert rows["fire_panel"].release
    assert rows["pumps"].stop_charging is HowFar.BUILDING
    lift = table.devices["lift"]
    assert [rule.releases for group in lift.groups for each in group.watched for rule in each.rules] == [True]


def test_a_device_in_a_flat_is_known_by_its_flat(tmp_path: Path) -> None:
    table = rules(tmp_path)

    assert table.devices["fan"].household == "b1-1-501"
    assert table.devices["lift"].household == ""


def test_a_site_may_say_that_no_single_detector_confirms(tmp_path: Path) -> None:
    assert rules(tmp_path, "fires: {standing_seconds: null}\n").fires.standing_seconds is None


ROW = "effects:\n  "
SWITCH = "{device: lift, command: relay1.switch, arguments: {on: true}}"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("fire_panel: {release: none}", "13: effects.fire_panel.release: a fire releases the doors of its building"),
        ("fire_confirmed: {release: none}", "13: effects.fire_confirmed.release: a fire releases the doors"),
        ("fire_panel: {when: [pump_smoke]}", "13: effects.fire_panel.when: this row is about fire_input"),
        ("one: {when: [no_such]}", "13: effects.one.when: there is no rule 'no_such'"),
        ("one: {note: nothing}", "13: effects.one: the key 'when' is missing"),
        ("one: {when: []}", "13: effects.one.when: "),
        ("one: {when: [co], hold: shut}", "13: effects.one.hold: is not a known key"),
        ("one: {when: [co], switch: [{device: nobody, command: x}]}", "effects.one.switch[0].device: there is no device"),
        ("one: {when: [co], switch: [{device: lift, command: fly}]}", "lift (relay-8) takes no command 'fly'; it takes:"),
        ("one: {when: [co], switch: [{device: lift, command: relay1.switch}]}", "the argument 'on' of relay1.switch is m"),
        (
            "one: {when: [co], switch: [{device: lift, command: relay1.switch, arguments: {on: true, for: 3}}]}",
            "the argument 'for' of relay1.switch is not known",
        ),
        ("one: {when: [co], switch: [{device: d1, command: lockdown, arguments: {on: true}}]}", "never holds a door shut"),
        ("one: {when: [co], switch: [{device: d1, command: door1.unlock}]}", "never holds a door shut"),
        ("gas: {release: building}", "13: effects.gas.release: gas: gas releases no door, a lock may spark"),
        ("gas: {stop_charging: room}", "13: effects.gas.stop_charging: gas: gas switches no charger"),
        (
            "gas: {switch: [{device: fan, command: relay1.switch, arguments: {on: true}}]}",
            "fan stands in flat 501: nothing electrical is switched in a flat because of gas",
        ),
        ("one: {when: [smoke], release: building}", "13: effects.one.release: smoke releases doors, so its priority is 1"),
        ("fire_prealarm: {release: building}", "13: effects.fire_prealarm.release: heat releases doors, so its priority"),
        ("one: {when: [door_fire_released], release: building}", "releases doors, so it is latching: a person ends"),
    ],
)  # fmt: skip
def test_what_may_not_be_is_refused_with_its_place(tmp_path: Path, more: str, said: str) -> None:
    found = findings(tmp_path, f"{ROW}{more}\n")

    assert any(said in each for each in found), found


@pytest.mark.parametrize("delay", ["on_delay_seconds: 5", "priority: 2", "latching: false"])
def test_a_rule_that_would_hold_a_fire_release_back_is_refused_where_it_is_written(tmp_path: Path, delay: str) -> None:
    [found] = findings(tmp_path, f"  fire_input: {{{delay}}}\n")

    assert found.startswith(f"12: rules.fire_input.{delay.partition(':')[0]}: ")


@pytest.mark.parametrize(
    ("rule", "key"),
    [
        ("fire_input: {when: false}", "when"),
        ("fire_input: {meaning: door_open}", "meaning"),
        ("smoke: {enabled: false}", "enabled"),
        ("gas: {on_delay_seconds: 61}", "on_delay_seconds"),
    ],
)
def test_what_says_fire_or_gas_is_neither_switched_off_nor_put_off_nor_turned_round(
    tmp_path: Path, rule: str, key: str
) -> None:
    name = rule.partition(":")[0]
    found = findings(tmp_path, f"  {rule}\n")

    assert any(each.startswith(f"12: rules.{name}.{key}: ") for each in found), found


@pytest.mark.parametrize(
    "more",
    [
        f"  moved: {{points: [lift/relay1.on], priority: 3}}\neffects:\n  one: {{when: [moved], switch: [{SWITCH}]}}\n",
        (
            "  first: {points: [lift/relay1.on]}\n  second: {points: [fan/relay1.on]}\neffects:\n"
            "  one: {when: [first], switch: [{device: fan, command: relay1.switch, arguments: {on: true}}]}\n"
            f"  two: {{when: [second], switch: [{SWITCH}]}}\n"
        ),
    ],
)
def test_a_loop_of_effects_is_refused(tmp_path: Path, more: str) -> None:
    found = findings(tmp_path, more)

    assert all("is a loop: what it switches is watched by rules that make it switch (" in each for each in found)
    assert len(found) == more.count("when:")


def test_a_switch_beside_the_input_that_causes_it_is_no_loop(tmp_path: Path) -> None:
    table = rules(tmp_path, f"effects:\n  pumps: {{when: [pump_smoke], release: building, switch: [{SWITCH}]}}\n")

    assert any(row.name == "pumps" for row in table.fires.rows)


@pytest.mark.parametrize("seconds", ["30", "901", "soon"])
def test_how_long_a_detector_stands_before_it_confirms_has_limits(tmp_path: Path, seconds: str) -> None:
    [found] = findings(tmp_path, f"fires: {{standing_seconds: {seconds}}}\n")

    assert found.startswith("12: fires.standing_seconds: ")


def test_what_rules_used_to_say_is_said_by_the_table_now(tmp_path: Path) -> None:
    found = findings(tmp_path, "  pump_heat: {points: [lift/input2.on], priority: 1, latching: true, releases: true}\n")

    assert any("rules.pump_heat.releases: is not a known key" in each for each in found)
