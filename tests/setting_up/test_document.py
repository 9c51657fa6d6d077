from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from gateway.config.load import ConfigError, load
from gateway.serve.setup.asks import BackupBody
from gateway.serve.setup.keeper import EnteredWrong
from gateway.setting_up.document import document, provisional
from gateway.setting_up.draft import Draft
from gateway.setting_up.places import placed, wrong_among_steps
from gateway.setting_up.steps import keep_backup
from tests.setting_up import entering
from tests.setting_up.drafting import drafted, loaded, whole

if TYPE_CHECKING:
    from pathlib import Path


def misplaced(draft: Draft, folder: Path) -> list[tuple[str, str]]:
    """Step and field of everything that is wrong."""
    found = list(wrong_among_steps(draft))
    try:
        loaded(draft, folder)
    except ConfigError as error:
        found += placed(error.findings, draft)
    return [(each.step, each.path) for each in found]


def test_a_pattern_of_sixty_without_the_fourth_is_fifty_nine_buildings(tmp_path: Path) -> None:
    plan = loaded(whole(tmp_path / "data"), tmp_path)

    assert len(plan.buildings) == 59
    assert plan.buildings[3].name == "5号楼"
    assert plan.buildings[0].grid == "g1"
    assert [(each.name, each.units, each.floors, each.flats_per_floor) for each in plan.buildings[-2:]] == [
        ("59号楼", 2, 18, 4),
        ("会所: A", 1, 2, 4),
    ]


def test_what_was_entered_is_what_the_gateway_reads(tmp_path: Path) -> None:
    plan = loaded(whole(tmp_path / "data"), tmp_path)

    assert (plan.compound.name, plan.compound.households, plan.compound.timezone) == (
        "幸福里小区",
        3000,
        "Asia/Shanghai",
    )
    assert [grid.team for grid in plan.grids] == [{"leader": ("zhang",)}] * 2
    assert [(roster.grid, roster.shifts[1].from_) for roster in plan.rosters] == [("g1", 1200), ("g2", 1200)]
    assert plan.people[0].reach[0].to == "zhangsan"


def test_no_secret_stands_in_it(tmp_path: Path) -> None:
    draft = whole(tmp_path / "data")

    written = document(draft)

    assert "simulated-wecom-key" not in written
    assert "simulated-wecom-key" not in (tmp_path / "data" / "set-up" / "draft.json").read_text()
    assert draft.secret("chat.key").read_text() == "simulated-wecom-key\n"
    assert draft.secret("chat.key").stat().st_mode & 0o777 == 0o600


def test_of_nothing_entered_a_gateway_can_be_made(tmp_path: Path) -> None:
    draft = Draft.open(tmp_path / "data")
    path = tmp_path / "compound.yaml"
    path.write_text(provisional(draft))

    assert load(path).compound.name == loaded(draft, tmp_path).compound.name == "新小区"


def test_a_name_can_be_anything_that_people_write(tmp_path: Path) -> None:
    name = "{a: b} # 'c' - \"d\""
    draft = drafted(tmp_path / "data", compound={**entering.COMPOUND, "name": name})

    assert loaded(draft, tmp_path).compound.name == name


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"people": {"leader": ""}}, ("people", "leader")),
        ({"people": {"leader": "nobody"}}, ("people", "leader")),
        ({"people": {"roster": [{"grid": "g9", "shifts": entering.shifts()}]}}, ("people", "roster.0.grid")),
        (
            {"people": {"roster": [{"grid": "g1", "shifts": entering.shifts("wang")}]}},
            ("people", "roster.0.shifts.0.person"),
        ),
        ({"people": {"roster": [{"grid": "g1", "shifts": entering.shifts()[:1]}]}}, ("people", "roster.0.shifts")),
        ({"grids": {"grids": [{"id": "g1", "name": "一", "buildings": [4]}]}}, ("grids", "grids.0.buildings.0")),
        ({"grids": {"grids": [{"id": "g1", "name": "一", "buildings": [61]}]}}, ("grids", "grids.0.buildings.0")),
        ({"grids": {"grids": [{"id": "g1", "name": "一", "code": "1"}]}}, ("grids", "grids.0.code")),
        ({"channel": {"channels": []}}, ("people", "people.0.reach.0.channel")),
    ],
)
def test_what_is_wrong_is_said_at_its_step_and_field(
    tmp_path: Path, change: dict[str, Any], where: tuple[str, str]
) -> None:
    steps: dict[str, Any] = {
        "buildings": entering.BUILDINGS,
        "grids": entering.GRIDS,
        "people": entering.PEOPLE,
        "channel": entering.channel("http://127.0.0.1:1"),
    }
    for step, body in change.items():
        steps[step] = {**steps[step], **body}

    assert where in misplaced(drafted(tmp_path / "data", **steps), tmp_path)


def test_a_building_in_two_grids_is_said_at_the_second(tmp_path: Path) -> None:
    grids = {"grids": [{"id": each, "name": each, "buildings": [1]} for each in ("g1", "g2")]}

    found = misplaced(drafted(tmp_path / "data", buildings=entering.BUILDINGS, grids=grids), tmp_path)

    assert found == [("grids", "grids.1.buildings.0")]


@pytest.mark.parametrize(
    ("exceptions", "where"),
    [
        ([{"number": 61}], "exceptions.0.number"),
        ([{"number": 5}, {"number": 7}, {"number": 5, "floors": 3}], "exceptions.2.number"),
        ([{"number": 7, "name": "2号楼"}], "exceptions.0.name"),
        ([{"number": 2, "name": "3号楼"}, {"number": 3, "units": 3}], "exceptions.0.name"),
        ([{"number": 5, "name": "会所"}, {"number": 7, "name": "会所"}], "exceptions.1.name"),
        ([{"number": number, "left_out": True} for number in range(1, 61)], "exceptions.59.number"),
    ],
)
def test_buildings_that_make_no_sense_are_said_at_their_exception(
    tmp_path: Path, exceptions: list[dict[str, Any]], where: str
) -> None:
    draft = drafted(tmp_path / "data", buildings={**entering.BUILDINGS, "exceptions": exceptions})

    assert misplaced(draft, tmp_path) == [("buildings", where)]


def test_a_name_is_said_beside_the_exception_that_gives_it(tmp_path: Path) -> None:
    exceptions = [{"number": 7}, {"number": 7, "name": "2号楼"}]
    draft = drafted(tmp_path / "data", buildings={**entering.BUILDINGS, "exceptions": exceptions})

    assert misplaced(draft, tmp_path) == [("buildings", "exceptions.1.number"), ("buildings", "exceptions.1.name")]


def test_the_name_of_one_that_is_left_out_is_free(tmp_path: Path) -> None:
    exceptions = [
        {"number": 4, "left_out": True, "name": "会所"},
        {"number": 60, "name": "4号楼"},
        {"number": 7, "name": "会所"},
    ]
    draft = drafted(tmp_path / "data", buildings={**entering.BUILDINGS, "exceptions": exceptions})

    assert misplaced(draft, tmp_path) == []


def test_no_file_of_the_house_is_named_to_people(tmp_path: Path) -> None:
    grids = {"grids": [{"id": "g1", "name": name} for name in ("一", "二")]}
    draft = drafted(tmp_path / "data", grids=grids)

    with pytest.raises(ConfigError) as caught:
        loaded(draft, tmp_path)

    assert "'g1' is there twice" in [each.why for each in placed(caught.value.findings, draft)]


@pytest.mark.parametrize("folder", ["data", "data/copies", "data/../data/copies", ".", "a\x00b"])
def test_a_backup_lies_neither_in_nor_above_the_data(tmp_path: Path, folder: str) -> None:
    data = tmp_path / "data"
    draft = Draft.open(data)
    body = {"folder": str(tmp_path / folder), "same_disk_allowed": True}

    with pytest.raises(EnteredWrong) as caught:
        keep_backup(BackupBody.model_validate(body).model_dump(mode="json"), draft, "gridpost-key-1:x")

    assert [(each.path, each.code) for each in caught.value.fields] == [("folder", "value_error")]
    assert list((data / "secrets").iterdir()) == []


def test_a_backup_has_one_place_and_a_password_with_its_name(tmp_path: Path) -> None:
    draft = Draft.open(tmp_path)

    found = []
    for body in ({}, {"folder": "/a", "url": "https://b"}, {"url": "https://b", "username": "c"}, {"url": "ftp://b"}):
        with pytest.raises(EnteredWrong) as caught:
            keep_backup(BackupBody.model_validate(body).model_dump(mode="json"), draft, "gridpost-key-1:x")
        found.append([each.path for each in caught.value.fields])

    assert found == [["folder"], ["folder"], ["password"], ["url"]]


def test_a_draft_outlives_whoever_entered_it(tmp_path: Path) -> None:
    whole(tmp_path)

    again = Draft.open(tmp_path)

    assert again.entered("compound") == entering.COMPOUND
    again.skip("compound")
    assert Draft.open(tmp_path).is_skipped("compound")
    assert Draft.open(tmp_path).entered("compound") is None


def test_a_damaged_draft_is_begun_anew(tmp_path: Path) -> None:
    whole(tmp_path)
    (tmp_path / "set-up" / "draft.json").write_text("{")

    assert Draft.open(tmp_path).entered("compound") is None
