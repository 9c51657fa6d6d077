from __future__ import annotations

import pytest

from gateway.decide.permits.slots import Slots
from gateway.decide.privacy.forgetting import NO_CREDENTIAL, nobodys, without
from gateway.model import NANOSECONDS, Now, Remember
from gateway.permit import Credential, Permit, RevokeHousehold, Standing
from tests.decide.permits.gatehouse import MANAGER, Gatehouse, permit

NOW = Now("boot-1", NANOSECONDS, 1_000_000.0, trusted=True)
DAY = 86_400


def test_a_permit_that_is_nobodys_keeps_its_id_and_its_doors_and_says_no_more() -> None:
    one = Permit(
        "p7", "aa", "张三", "b1-1-101", "00000000000000a1", Credential.CARD, ("u1",), "days", 5.0, 9.0,
        Standing.BLOCKED, visitor=True, note="电话 1381",
    )  # fmt: skip

    assert nobodys(one) == Permit(
        "p7", "", "", "", NO_CREDENTIAL, Credential.CARD, ("u1",), "days", 5.0, 9.0, Standing.REVOKED, visitor=True
    )


@pytest.mark.parametrize(
    ("text", "left"),
    [("张三家漏水", "〔…〕家漏水"), ("张三丰和张三", "〔…〕和〔…〕"), ("李四", "李四"), ("", "")],
)
def test_names_are_taken_out_of_a_text_the_longer_one_first(text: str, left: str) -> None:
    assert without(text, {"张三", "张三丰"}) == left


@pytest.mark.parametrize(
    ("name", "text", "left"),
    [
        ("Ann", "Anniversary of Ann", "Anniversary of 〔…〕"),
        ("Ann", "为Ann开门, ann", "为〔…〕开门, ann"),
        ("李", "李建国", "李建国"),
        ("李", "李", "〔…〕"),
        ("administrator", "the administrator asked", "the administrator asked"),
        ("signed in", "signed in", "signed in"),
        ("〔…", "〔…〕家", "〔…〕家"),
    ],
)
def test_a_name_is_meant_where_it_is_a_word_of_its_own(name: str, text: str, left: str) -> None:
    assert without(text, {name}) == left


def test_a_turn_is_told_as_passages_are_named() -> None:
    slots = Slots("u1")
    slots.take("p1", 1, NOW)
    slots.leave("p1", NOW._replace(utc=NOW.utc + 10))
    slots.take("p2", 1, NOW._replace(utc=NOW.utc + 40 * DAY))

    first, second = list(slots.turns("p1")), list(slots.turns("p2"))

    assert [(turn.index, turn.since_utc, turn.until_utc) for turn in first] == [(0, 0.0, NOW.utc + 40 * DAY)]
    assert [(turn.index, turn.since_utc, turn.until_utc) for turn in second] == [(0, NOW.utc + 40 * DAY, 0.0)]
    assert slots.at(0, NOW.utc + 40 * DAY - 1) == "p1"
    assert slots.at(0, NOW.utc + 40 * DAY) == "p2"


def test_a_household_of_which_all_are_forgotten_stands_in_no_task_any_more() -> None:
    house = Gatehouse()
    house.put(permit(1, name="张三"), permit(2, name="李四"))
    house.act(RevokeHousehold(MANAGER, "b1-1-101", "张三一家搬走"))
    first, second = house.permits.household("b1-1-101")

    house.keep(house.permits.erase([first]))
    [task] = house.permits.tasks.values()
    assert (task.household, task.reason) == ("b1-1-101", "〔…〕一家搬走")

    house.keep(house.permits.erase([second]))
    [task] = house.permits.tasks.values()
    assert task.household == ""


def test_who_is_forgotten_stays_forgotten_after_a_restart_and_stands_nowhere_in_memory() -> None:
    house = Gatehouse()
    house.put(permit(1, name="张三", person="aa11"), permit(2, name="李四"))
    house.act(RevokeHousehold(MANAGER, "b1-1-101", "搬走"))
    gone = next(each for each in house.permits.permits.values() if each.name == "张三")

    out = house.permits.erase([gone])
    house.keep(out)
    house.start()

    assert all(isinstance(each, Remember) for each in out)
    assert "张三" not in str(house.disk)
    assert gone.credential not in str(house.disk)
    assert house.permits.permits[gone.id] == nobodys(gone)
