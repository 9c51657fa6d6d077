"""One-time links: used up in the transaction that takes the alarm, and remembered as long as that matters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.actor import Actor, Role
from gateway.decide.spent_links import SpentLinks
from gateway.linking import TakeByLink, WrongLinks
from gateway.model import AckAlarm, Now, Outcome, Recorded, Refused, Remember

if TYPE_CHECKING:
    from collections.abc import Sequence

ZHANG = Actor("zhang", "张三", Role.STAFF, way="link")
NOON = Now("boot", 0, 1_000_000.0, trusted=True)
LINK = TakeByLink(ZHANG, 12, "mark", NOON.utc + 3600)


def later(seconds: float, *, trusted: bool = True) -> Now:
    return Now("boot", int(seconds * 1e9), NOON.utc + seconds, trusted)


class Desk:
    """Takes alarms, or says why not."""

    def __init__(self) -> None:
        self.taken: list[AckAlarm] = []
        self.refuses = ""

    def take(self, act: AckAlarm, _now: Now) -> Sequence[Outcome]:
        if self.refuses:
            return [Refused(act, self.refuses, "no")]
        self.taken.append(act)
        return [Recorded("taken", str(act.number), {})]


def test_the_alarm_is_taken_and_the_link_used_up_in_one_step() -> None:
    desk = Desk()

    out = SpentLinks({}, desk.take).act(LINK, NOON)

    assert desk.taken == [AckAlarm(ZHANG, 12)]
    assert out == [Recorded("taken", "12", {}), Remember("link:mark", LINK.until_utc)]


@pytest.mark.parametrize("restarted", [False, True])
def test_a_used_link_is_refused_and_recorded_also_after_a_restart(restarted: bool) -> None:  # noqa: FBT001
    desk = Desk()
    links = SpentLinks({}, desk.take)
    *_, remember = links.act(LINK, NOON)
    assert isinstance(remember, Remember)
    if restarted:
        links = SpentLinks({remember.key: remember.value, "other": 1}, desk.take)

    refused, recorded = links.act(LINK, later(60))

    assert (isinstance(refused, Refused), len(desk.taken)) == (True, 1)
    assert getattr(refused, "code", "") == "link_spent"
    assert recorded == Recorded("link_refused", "12", {"why": "this link was used already", "count": 1}, "zhang")


def test_an_old_link_is_refused_and_a_refused_alarm_uses_none_up() -> None:
    desk = Desk()
    links = SpentLinks({}, desk.take)

    old = links.act(LINK, later(3601))
    desk.refuses = "grid"
    not_allowed = links.act(LINK, NOON)
    desk.refuses = ""
    good = links.act(LINK, NOON)

    assert getattr(old[0], "code", "") == "link_expired"
    assert getattr(not_allowed[0], "code", "") == "grid"
    assert isinstance(good[-1], Remember)


def test_used_links_are_forgotten_when_they_are_too_old_anyway_by_a_clock_that_is_believed() -> None:
    links = SpentLinks({}, Desk().take)
    links.act(LINK, NOON)

    assert links.checkpoint(later(3600)) == []
    assert links.checkpoint(later(7200, trusted=False)) == []
    assert links.checkpoint(later(3601)) == [Remember("link:mark", None)]
    assert "mark" not in links
    assert getattr(links.act(LINK, later(3602))[0], "code", "") == "link_expired"


def test_wrong_links_leave_one_row_with_how_many_there_were() -> None:
    out = SpentLinks({}, Desk().take).act(WrongLinks(ZHANG, 250, "its signature is wrong"), NOON)

    assert out == [Recorded("link_refused", "", {"why": "its signature is wrong", "count": 250})]
