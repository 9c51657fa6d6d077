from __future__ import annotations

import pytest

from gateway.charging import Reach
from gateway.model import Send
from tests.decide.chargers.sheds import MANAGER, Sheds


def dark() -> Sheds:
    """All of shed3 charges, and the mains fail; the piles live on by a battery."""
    trial = Sheds()
    for device in ("pile1", "pile2"):
        for part in ("p01", "p02"):
            trial.charge(device, part, 200.0, f"{device}{part}")
    for device in ("pile1", "pile2"):
        trial.whole(device, mains_fail=True)
    trial.obey("pile1", "pile2")
    return trial


def light(trial: Sheds) -> None:
    for device in ("pile1", "pile2"):
        trial.whole(device, mains_fail=False)


def moments(trial: Sheds, seconds: int) -> dict[str, int]:
    """When each start was sent, by command; the ports then charge."""
    sent: dict[str, int] = {}
    for second in range(1, seconds + 1):
        for each in trial.wait(1):
            if isinstance(each, Send):
                sent[f"{each.command.device}/{each.command.name}"] = second
                part = each.command.name.removesuffix(".start")
                trial.charge(each.command.device, part, 200.0, f"N{second}")
    return sent


def test_interrupted_chargings_come_back_one_by_one_within_their_time_and_each_at_its_own() -> None:
    trial = dark()
    assert trial.holds("pile1/p01") == {"mains"}
    assert {row["why"] for row in trial.rows()} == {"mains"}
    trial.wait(600)
    assert trial.sends() == []

    light(trial)
    first = moments(trial, 310)

    assert first.keys() == {f"{device}/{part}.start" for device in ("pile1", "pile2") for part in ("p01", "p02")}
    assert len(set(first.values())) == 4
    assert max(first.values()) <= 304
    again = dark()
    light(again)
    assert moments(again, 310) == first


def test_what_was_not_charging_does_not_start_with_the_mains() -> None:
    trial = Sheds()
    trial.whole("pile1", mains_fail=True)

    trial.whole("pile1", mains_fail=False)
    trial.wait(400)

    assert trial.sends() == []
    assert trial.wants == {}


def test_turns_go_on_over_a_restart() -> None:
    trial = dark()
    light(trial)
    expected = moments(dark_and_light(), 310)
    due = expected["pile1/p01.start"]
    trial.wait(due - 20)
    trial.restart(off_seconds=5)
    trial.up()
    trial.obey("pile1", "pile2")
    sent = moments(trial, 310)

    assert sent["pile1/p01.start"] == pytest.approx(15, abs=2)


def dark_and_light() -> Sheds:
    trial = dark()
    light(trial)
    return trial


def test_a_session_that_ended_with_the_mains_comes_back_where_nothing_else_tells_of_them() -> None:
    trial = Sheds()
    trial.charge("car1", "connector1", 7000.0)

    trial.end("car1", "connector1", why="mains")
    assert trial.holds("car1/connector1") == {"mains"}
    sent = moments(trial, 310)

    assert sent.keys() == {"car1/connector1.start"}


def test_a_plug_that_was_pulled_in_the_dark_starts_nothing() -> None:
    trial = dark()
    trial.port("pile1", "p01", port_state="free")

    light(trial)
    sent = moments(trial, 310)

    assert "pile1/p01.start" not in sent
    assert trial.holds("pile1/p01") == set()
    assert {"why": "mains", "resumed": False} in trial.rows("charging_return")


def test_a_start_that_is_not_heeded_is_sent_three_times() -> None:
    trial = dark()
    light(trial)

    trial.wait(400)

    assert sorted(trial.sends()) == sorted(
        3 * [f"{device}/{part}.start" for device in ("pile1", "pile2") for part in ("p01", "p02")]
    )
    assert trial.wants == {"pile1": None, "pile2": None}


def test_a_stop_outranks_a_turn() -> None:
    trial = dark()
    stop = trial.press(Reach.ROOM, "shed3", MANAGER)
    light(trial)

    trial.wait(400)
    assert trial.sends() == []
    assert trial.holds("pile1/p01") == {"stop"}
    trial.lift(stop)
    trial.wait(400)

    assert trial.sends() == []


def test_a_charger_that_is_not_back_yet_is_waited_for() -> None:
    trial = dark()
    light(trial)
    trial.wait(30)
    trial.port("pile1", "p01", unsure=["port_state"])

    trial.wait(600)
    assert "pile1/p01.start" not in trial.sends()
    trial.port("pile1", "p01")
    trial.wait(20)

    assert "pile1/p01.start" in trial.sends()
