from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from gateway.charging import DropTags, PutTags, Reach, Tag
from gateway.model import Recorded, Refused
from tests.decide.bench_of_rules import START
from tests.decide.chargers.sheds import MANAGER, STAFF, VIEWER, Sheds

if TYPE_CHECKING:
    from gateway.actor import Actor

WANG, LI, OLD, BLOCKED = "00000000000000aa", "00000000000000bb", "00000000000000cc", "00000000000000dd"
TAGS = (
    Tag(WANG, "王"),
    Tag(LI, "李", until_utc=START.utc + 3600),
    Tag(OLD, "旧", until_utc=START.utc - 1),
    Tag(BLOCKED, "停", blocked=True),
)


def tagged() -> Sheds:
    """Sheds where four tags are known."""
    trial = Sheds()
    trial.take(PutTags(MANAGER, TAGS, "开卡"))
    return trial


@pytest.mark.parametrize(
    ("tag", "why"),
    [
        (WANG, ""),
        (LI, ""),
        (OLD, "this tag has expired"),
        (BLOCKED, "this tag is blocked"),
        ("00000000000000ee", "this tag is not known"),
        ("", "this tag is not known"),
    ],
)
def test_a_tag_charges_when_it_is_known_not_blocked_and_not_expired(tag: str, why: str) -> None:
    trial = tagged()

    answer = trial.ask("pile1", tag)

    assert (answer.allowed, answer.why) == (not why, why)


def test_a_tag_expires_and_without_a_clock_nobody_knows_whether_it_has() -> None:
    trial = tagged()
    trial.wait(3600)
    assert not trial.ask("pile1", LI).allowed

    other = tagged()
    other.restart(reboot=True, trusted=False)
    other.up()

    assert not other.ask("pile1", LI).allowed
    assert other.ask("pile1", WANG).allowed


def test_a_blocked_tag_is_recorded_without_a_name() -> None:
    trial = tagged()

    trial.ask("pile1", BLOCKED)
    trial.ask("pile1", OLD)

    assert trial.rows("charging_refused") == [{"tag": BLOCKED, "part": "p01", "why": "this tag is blocked"}]


def test_where_a_port_is_held_nobody_charges() -> None:
    trial = tagged()
    trial.press(Reach.PORT, "pile1/p01")

    assert not trial.ask("pile1", WANG, "p01").allowed
    assert trial.ask("pile1", WANG, "p02").allowed
    assert trial.ask("pile1", WANG, "").allowed
    trial.press(Reach.CHARGER, "pile1")
    assert not trial.ask("pile1", WANG, "").allowed
    assert not trial.ask("pile1", WANG, "p77").allowed


def test_where_a_room_draws_what_it_may_nobody_begins() -> None:
    trial = tagged()
    trial.charge("pile1", "p01", 1000.0, tag=LI)

    assert not trial.ask("pile2", WANG).allowed
    assert trial.ask("pile3", WANG).allowed


def test_who_charges_may_show_the_tag_again_to_end_it() -> None:
    trial = tagged()
    trial.charge("pile1", "p01", 1000.0, tag=WANG)

    assert trial.ask("pile1", WANG).allowed
    assert not trial.ask("pile1", LI).allowed


def test_tags_survive_a_restart() -> None:
    trial = tagged()

    trial.restart(reboot=True)

    assert tuple(trial.judge.chargers.tags.values()) == TAGS


def test_dropped_tags_are_forgotten() -> None:
    trial = tagged()

    out = trial.take(DropTags(MANAGER, (WANG, OLD), "搬走"))

    assert [each.body for each in out if isinstance(each, Recorded)] == [{"dropped": 2, "reason": "搬走"}]
    assert trial.judge.chargers.tags.keys() == {LI, BLOCKED}
    assert f"charging_tag:{WANG}" not in trial.disk


@pytest.mark.parametrize(
    ("actor", "tags", "reason", "code"),
    [
        (STAFF, TAGS, "x", "role"),
        (VIEWER, TAGS, "x", "role"),
        (MANAGER, TAGS, " ", "reason_needed"),
        (MANAGER, (Tag("王的卡"),), "x", "tag_invalid"),
        (MANAGER, (Tag("00000000000000AA"),), "x", "tag_invalid"),
        (MANAGER, (Tag(WANG), Tag(WANG)), "x", "tag_invalid"),
        (MANAGER, (Tag(WANG, until_utc=-1),), "x", "tag_invalid"),
        (MANAGER, (Tag(WANG, "长" * 65),), "x", "tag_invalid"),
        (MANAGER, tuple(Tag(f"{number:016x}") for number in range(20_001)), "x", "too_many"),
    ],
)
def test_tags_that_cannot_be_taken_change_nothing(actor: Actor, tags: tuple[Tag, ...], reason: str, code: str) -> None:
    trial = Sheds()

    out = trial.take(PutTags(actor, tags, reason))

    assert [each.code for each in out if isinstance(each, Refused)] == [code]
    assert len(out) == 1
    assert trial.judge.chargers.tags == {}


def test_unknown_tags_are_not_dropped_and_neither_are_the_others() -> None:
    trial = tagged()

    out = trial.take(DropTags(MANAGER, (WANG, "00000000000000ee"), "x"))

    assert [each.code for each in out if isinstance(each, Refused)] == ["tag_unknown"]
    assert WANG in trial.judge.chargers.tags


def test_where_anybody_may_charge_only_a_blocked_tag_is_refused() -> None:
    trial = tagged()
    shed = replace(trial.rules.rooms["shed3"], anybody=True)
    trial.judge.adopt(replace(trial.rules, rooms={**trial.rules.rooms, "shed3": shed}), trial.now)

    answers = {tag: trial.ask("pile1", tag).allowed for tag in (WANG, OLD, "00000000000000ee", "", BLOCKED)}

    assert answers == {WANG: True, OLD: True, "00000000000000ee": True, "": True, BLOCKED: False}
    assert not trial.ask("pile3", "00000000000000ee").allowed  # another room
