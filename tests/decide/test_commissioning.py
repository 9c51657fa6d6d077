from __future__ import annotations

from dataclasses import replace

import pytest

from drivers.contract import Link
from gateway.actor import Actor, Role
from gateway.installing import AcceptSerial, BeginCommissioning, SignCommissioning
from gateway.model import Recorded, Refused
from tests.decide.town import INSTALLER, PEOPLE, Town, controller, town

ELSEWHERE = Actor("u3", "孙", Role.INSTALLER, frozenset({"g2"}))
ALL = ("link", "serial", "bond", "contact", "exit_request", "card", "pulse", "fire_release")


def begun(trial: Town | None = None) -> Town:
    trial = trial or Town()
    trial.found("c1", serial="7")
    trial.say("c1")
    trial.take(BeginCommissioning(INSTALLER, "c1"))
    return trial


def ticked(trial: Town, part: str = "door1") -> set[str]:
    return {check for check, at in trial.judge.commissioning.records["c1"].doors[part].items() if at is not None}


def go_through(trial: Town, part: str) -> None:
    """What an installer does at a door."""
    for meaning in ("door_open", "door_exit_request", "door_fire_released"):
        trial.say("c1", {f"{part}.{meaning}": True})
        trial.say("c1", {f"{part}.{meaning}": False})
    trial.event("c1", "granted", {"part": part})
    trial.wait(2)
    trial.ask(INSTALLER, name=f"{part}.unlock")
    trial.say("c1", {f"{part}.relay_on": True, f"{part}.door_unlocked": True})
    trial.event("c1", "remote_unlock", {"part": part, "ref": trial.sent()[-1]})
    trial.say("c1", {f"{part}.relay_on": False, f"{part}.door_unlocked": False})


def test_link_and_serial_are_ticked_by_what_is_there_already() -> None:
    trial = begun()

    assert ticked(trial) == ticked(trial, "door2") == {"link", "serial"}
    assert trial.judge.commissioning.records["c1"].serial == "7"


@pytest.mark.parametrize(("link", "serial", "expected"), [(Link.LOST, "7", set()), (Link.UP, "9", {"link"})])
def test_and_only_by_that(link: Link, serial: str, expected: set[str]) -> None:
    trial = Town(town(c1=controller("c1", "b1", ["door1"], serial="7")))
    trial.found("c1", link, serial)

    trial.take(BeginCommissioning(INSTALLER, "c1"))

    assert ticked(trial) == expected
    trial.found("c1", serial="7")
    assert ticked(trial) == (expected if link is Link.UP and expected == set() else {"link", "serial"})


@pytest.mark.parametrize(
    ("said", "check"),
    [
        ([("door_unlocked", True), ("door_unlocked", False)], "bond"),
        ([("door_open", True), ("door_open", False)], "contact"),
        ([("door_exit_request", True)], "exit_request"),
        ([("door_fire_released", True)], "fire_release"),
    ],
)
@pytest.mark.parametrize("restart", [False, True])
def test_a_check_is_ticked_by_the_value_itself_at_its_time(
    said: list[tuple[str, bool]], check: str, *, restart: bool
) -> None:
    trial = begun()
    for number, (meaning, value) in enumerate(said):
        assert check not in ticked(trial)
        if restart and number:
            trial.restart()
        trial.wait(1)
        trial.say("c1", {f"door1.{meaning}": value})

    assert ticked(trial) == {"link", "serial", check}
    assert ticked(trial, "door2") == {"link", "serial"}
    assert trial.judge.commissioning.records["c1"].doors["door1"][check] == trial.now.utc


@pytest.mark.parametrize(
    ("kind", "part", "expected"),
    [
        ("granted", "door1", ({"door1"})),
        ("denied_unknown", "door2", ({"door2"})),
        ("card_shown", "", ({"door1", "door2"})),
        ("opened", "door1", set()),
        ("granted", "door9", set()),
    ],
)
def test_a_card_is_ticked_where_it_was_shown(kind: str, part: str, expected: set[str]) -> None:
    trial = begun()

    trial.event("c1", kind, {"part": part})

    assert {part for part in ("door1", "door2") if "card" in ticked(trial, part)} == expected


def test_a_pulse_is_our_own_unlock_reported_by_the_door_and_the_relay_seen() -> None:
    trial = begun()
    trial.ask(INSTALLER)
    trial.event("c1", "remote_unlock", {"part": "door1", "ref": 99})
    trial.say("c1", {"door1.relay_on": True})
    assert "pulse" not in ticked(trial), "that was somebody else"

    trial.event("c1", "remote_unlock", {"part": "door1", "ref": 1})

    assert "pulse" in ticked(trial)
    assert "pulse" not in ticked(trial, "door2")


def test_where_a_product_tells_no_events_the_relay_after_our_unlock_is_the_pulse() -> None:
    mute = controller("c1", "b1", ["door1"])
    points = {meaning: where for meaning, where in mute.points.items() if meaning != "ring_head"}
    trial = begun(Town(town(c1=replace(mute, points=points))))
    trial.say("c1", {"door1.relay_on": True})
    assert "pulse" not in ticked(trial)
    trial.say("c1", {"door1.relay_on": False})

    trial.ask(INSTALLER)
    trial.say("c1", {"door1.relay_on": True})

    assert "pulse" in ticked(trial)


def test_where_no_relay_is_to_be_seen_the_doors_report_is_the_pulse() -> None:
    blind = controller("c1", "b1", ["door1"])
    doors = {
        part: replace(door, points={meaning: at for meaning, at in door.points.items() if meaning != "relay_on"})
        for part, door in blind.doors.items()
    }
    trial = begun(Town(town(c1=replace(blind, doors=doors))))

    trial.ask(INSTALLER)
    trial.event("c1", "remote_unlock", {"part": "door1", "ref": 1})

    assert "pulse" in ticked(trial)


def test_a_door_has_only_the_checks_that_its_product_can_show() -> None:
    bare = controller("c1", "b1", ["door1"], wants=())
    doors = {"door1": replace(bare.doors["door1"], points={"door_unlocked": (0, 4)})}
    trial = Town(town(c1=replace(bare, doors=doors, commands={}, points={})))

    trial.take(BeginCommissioning(INSTALLER, "c1"))

    assert tuple(trial.judge.commissioning.records["c1"].doors["door1"]) == ("link", "bond", "card")


def test_bad_values_tick_nothing() -> None:
    trial = begun()
    trial.say("c1", {"door1.door_open": True})
    trial.found("c1", Link.LOST)

    trial.take(BeginCommissioning(INSTALLER, "c1"))

    assert ticked(trial) == set()


def test_a_record_whose_checks_are_all_ticked_is_signed_and_stays() -> None:
    trial = begun()
    go_through(trial, "door1")
    go_through(trial, "door2")
    assert trial.judge.commissioning.records["c1"].open == ()

    out = trial.take(SignCommissioning(INSTALLER, "c1"))
    trial.restart()

    (recorded,) = [o for o in out if isinstance(o, Recorded)]
    assert (recorded.kind, recorded.subject, recorded.actor) == ("commissioned", "c1", "installer")
    assert recorded.body["open"] == []
    record = trial.judge.commissioning.records["c1"]
    assert set(record.doors["door1"]) == set(ALL)
    assert (record.signed_by, record.signed_utc, record.note) == ("installer", trial.now.utc, "")


def test_after_it_is_signed_nothing_ticks_any_more() -> None:
    trial = begun()
    trial.take(SignCommissioning(INSTALLER, "c1", "no exit button at all"))
    before = trial.judge.commissioning.records["c1"]

    go_through(trial, "door1")

    assert trial.judge.commissioning.records["c1"] == before
    assert before.note == "no exit button at all"


def test_what_is_open_needs_a_note_and_is_listed() -> None:
    trial = begun()
    go_through(trial, "door1")

    (refused,) = trial.take(SignCommissioning(INSTALLER, "c1", " "))

    assert isinstance(refused, Refused)
    assert refused.code == "checks_open"
    assert refused.details == tuple(f"door2/{check}" for check in ALL[2:])


def test_beginning_anew_unticks_everything_and_opens_a_signed_record() -> None:
    trial = begun()
    go_through(trial, "door1")
    trial.take(SignCommissioning(INSTALLER, "c1", "x"))

    trial.take(BeginCommissioning(INSTALLER, "c1"))

    assert ticked(trial) == {"link", "serial"}
    assert trial.judge.commissioning.records["c1"].signed_utc is None


@pytest.mark.parametrize("role", list(Role))
def test_only_who_installs_commissions(role: Role) -> None:
    trial = begun()

    for act in (BeginCommissioning(PEOPLE[role], "c1"), SignCommissioning(PEOPLE[role], "c1", "x")):
        codes = [o.code for o in trial.take(act) if isinstance(o, Refused)]
        assert codes == ([] if role in (Role.INSTALLER, Role.ADMINISTRATOR) else ["role"])


@pytest.mark.parametrize(
    ("act", "code"),
    [
        (BeginCommissioning(ELSEWHERE, "c1"), "grid"),
        (BeginCommissioning(INSTALLER, "nowhere"), "device_unknown"),
        (BeginCommissioning(INSTALLER, "s1"), "no_doors"),
        (SignCommissioning(ELSEWHERE, "c1"), "grid"),
        (SignCommissioning(INSTALLER, "nowhere"), "device_unknown"),
        (SignCommissioning(INSTALLER, "c2"), "not_begun"),
        (SignCommissioning(INSTALLER, "c3"), "signed_already"),
    ],
)
def test_what_cannot_be_commissioned_is_refused_with_its_reason(
    act: BeginCommissioning | SignCommissioning, code: str
) -> None:
    trial = begun()
    trial.take(BeginCommissioning(INSTALLER, "c3"))
    trial.take(SignCommissioning(INSTALLER, "c3", "x"))

    (refused,) = trial.take(act)

    assert isinstance(refused, Refused)
    assert (refused.code, bool(refused.why)) == (code, True)


def test_a_replaced_controller_shows_its_serial_anew() -> None:
    trial = begun()
    trial.take(AcceptSerial(INSTALLER, "c1", "8", "lightning"))
    trial.take(BeginCommissioning(INSTALLER, "c1"))
    assert ticked(trial) == {"link"}

    trial.found("c1", serial="8")

    assert ticked(trial) == {"link", "serial"}
    assert trial.judge.commissioning.records["c1"].serial == "8"
