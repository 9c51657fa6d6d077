"""`gridpost rules`: the table in force, and what would happen when."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from gateway.__main__ import app
from gateway.commands.explaining.stories import STORIES
from tests.decide.fires.quarter import COMPOUND

if TYPE_CHECKING:
    from pathlib import Path


def said(*words: str, code: int = 0) -> list[str]:
    """What is printed, line by line."""
    run = CliRunner().invoke(app, ["rules", *words])
    assert run.exit_code == code, run.output
    return run.output.splitlines()


def at(lines: list[str], what: str) -> list[int]:
    """When something of that sort happened, in seconds."""
    pattern = re.compile(rf"^ *([+-]\d+) s  {what}")
    return [int(found[1]) for line in lines if (found := pattern.match(line))]


def test_the_stories_are_listed() -> None:
    assert [line.split()[0] for line in said("explain")] == list(STORIES)


def test_an_unknown_story_is_refused_and_the_others_are_named() -> None:
    lines = said("explain", "--story", "flood", code=2)

    assert lines[0] == "there is no story 'flood'"
    assert len(lines) == 1 + len(STORIES)


def test_a_kitchen_that_nobody_answers_calls_more_people_at_a_minute_and_opens_doors_at_three() -> None:
    lines = said("explain", "--story", "kitchen-smoke")

    assert at(lines, "P2 alarm +smoke") == [0]
    assert at(lines, "P1 alarm +smoke") == [60]
    assert at(lines, "doors") == at(lines, "charging") == at(lines, "switch") == [180]
    assert any("because the same detector still shows smoke" in line for line in lines)


def test_a_fire_in_the_stairwell_opens_doors_with_the_second_smoke() -> None:
    lines = said("explain", "--story", "stairwell-fire")

    assert at(lines, "doors") == [40]
    assert "b1u1 opens door1   (because fire_confirmed)" in "".join(lines)


def test_gas_moves_nothing() -> None:
    lines = said("explain", "--story", "gas-leak")

    assert at(lines, "P1 alarm") == [30, 30]
    assert not at(lines, "(doors|charging|switch)")
    assert any("Nothing electrical is switched in that flat" in line for line in lines)


def test_a_battery_that_burns_stops_its_room_and_opens_the_doors_of_its_building() -> None:
    lines = said("explain", "--story", "charging-fire")

    assert at(lines, "charging") == at(lines, "doors") == [0]
    assert any("because fire_confirmed, charging_fire" in line for line in lines)


def test_a_power_cut_opens_nothing_and_is_over_when_the_mains_are_back() -> None:
    lines = said("explain", "--story", "power-cut-3am")

    assert not at(lines, "(doors|charging|switch)")
    assert any("mains_fail" in line and "is over" in line for line in lines)


def test_a_story_is_played_in_the_compound_that_is_given(tmp_path: Path) -> None:
    path = tmp_path / "compound.yaml"
    path.write_text(COMPOUND, "utf-8")

    lines = said("explain", "--story", "stairwell-fire", "--config", str(path))

    assert "d1 opens door1   (because fire_confirmed)" in "".join(lines)
    assert any(re.search(r"people +zhang by board   \(because \w+ smoke\)", line) for line in lines)


def test_a_compound_that_has_nobody_for_a_part_says_so(tmp_path: Path) -> None:
    path = tmp_path / "compound.yaml"
    path.write_text("compound: {id: c1, name: 小区}\nbuildings: [{id: b1, name: 1号楼}]\n", "utf-8")

    [line] = said("explain", "--story", "gas-leak", "--config", str(path), code=2)

    assert (
        line
        == "no building of this configuration has a gas detector in a flat: the story gas-leak cannot be played there"
    )


@pytest.mark.parametrize("command", [["show"], ["explain", "--story", "gas-leak"]])
def test_a_wrong_configuration_is_refused_as_check_does(tmp_path: Path, command: list[str]) -> None:
    path = tmp_path / "compound.yaml"
    path.write_text("compound: {id: c1, name: 小区}\neffects: {gas: {release: building}}\n", "utf-8")

    lines = said(*command, "--config", str(path), code=2)

    assert any("effects.gas.release: gas: gas releases no door" in line for line in lines)


def test_the_table_in_force_is_printed_with_what_the_site_wrote_over_it(tmp_path: Path) -> None:
    path = tmp_path / "compound.yaml"
    path.write_text(COMPOUND, "utf-8")

    lines = said("show", "--config", str(path))

    assert "fire_panel" in lines
    assert any("releases the escape doors of the building" in line and "lift1 relay1.switch" in line for line in lines)
    assert any("nothing by itself: people are told" in line for line in lines)
