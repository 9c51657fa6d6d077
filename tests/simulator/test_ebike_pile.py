"""The controller of a shed, without its network."""

from __future__ import annotations

import json
from math import inf

import pytest

from drivers.mqtt.product import hasher, load_mqtt_product
from simulator.battery import worn_out
from simulator.ebike_pile import ALIVE_SECONDS
from simulator.mqtt_device import Stream
from tests.simulator.sheds import LEAD, Shed


def test_somebody_plugs_in_shows_a_tag_and_charges_once_it_is_allowed() -> None:
    shed = Shed()

    shed.pile.plug("p01", LEAD, "04A1B2C3", shed.now, scan_after=5)
    assert shed.net.port()["st"] == "connected"
    shed.wait(5)
    assert shed.net.last(Stream.ASK) == {"ask": "authorize", "tag": "04A1B2C3", "p": "p01"}
    shed.pile.answered({"re": f"q{len(shed.net.said)}", "ok": True, "why": ""}, shed.now)

    (begin,) = shed.net.events()
    assert (begin["e"], begin["p"], begin["tag"]) == ("begin", "p01", "04A1B2C3")
    assert shed.net.port() == {"st": "charging", "on": 1, "fb": 1, "sid": begin["sid"], "err": ""}
    assert shed.net.last(Stream.TELE)["a"] > 0.5


def test_a_tag_that_is_refused_charges_nothing_and_is_not_shown_again() -> None:
    shed = Shed()
    shed.pile.plug("p01", LEAD, "04A1B2C3", shed.now, scan_after=5)
    shed.wait(5)

    shed.pile.answered({"re": f"q{len(shed.net.said)}", "ok": False, "why": "unknown"}, shed.now)
    asked = len(shed.net.said)
    shed.wait(55)

    assert shed.net.port()["st"] == "connected"
    assert all(stream is not Stream.ASK for stream, _ in shed.net.said[asked:])


def test_a_tag_that_nobody_answers_is_shown_again_and_a_late_answer_counts_no_more() -> None:
    shed = Shed()
    shed.pile.plug("p01", LEAD, "04A1B2C3", shed.now, scan_after=5)
    shed.wait(5)
    first = f"q{len(shed.net.said)}"

    shed.wait(10)
    shed.pile.answered({"re": first, "ok": True}, shed.now)
    assert shed.net.events() == []

    for _ in range(20):
        shed.wait(10)
    assert sum(stream is Stream.ASK for stream, _ in shed.net.said) == 5


def test_a_port_tells_every_ten_seconds_while_it_charges_and_every_minute_while_it_does_not() -> None:
    shed = Shed()
    shed.charge("p01")
    shed.wait(60)
    said = len(shed.net.said)

    for _ in range(600):
        shed.wait(1)

    told = [data["p"] for stream, data in shed.net.said[said:] if stream is Stream.TELE]
    assert 58 <= told.count("p01") <= 62
    assert 9 <= told.count("p02") <= 11
    assert 9 <= sum(stream is Stream.STATE for stream, _ in shed.net.said[said:]) <= 11


@pytest.mark.parametrize(
    ("order", "why"),
    [
        ({"cmd": "start", "p": "p02", "sid": "s"}, "nothing plugged in"),
        ({"cmd": "start", "p": "p01", "sid": "s"}, "charging already"),
        ({"cmd": "stop", "p": "p02"}, "no session"),
        ({"cmd": "stop", "p": "p13"}, "no such port"),
        ({"cmd": "stop"}, "no such port"),
        ({"cmd": "hold", "p": []}, "no such port"),
        ({"cmd": "hold", "p": ["p01", 7]}, "no such port"),
        ({"cmd": "open", "c": "c01", "p": "p01"}, "unknown order"),
    ],
)
def test_an_order_that_makes_no_sense_is_refused_in_words(order: dict[str, object], why: str) -> None:
    shed = Shed()
    session = shed.charge()

    assert shed.pile.ordered(order, shed.now) == why
    assert shed.net.port()["sid"] == session


def test_a_stop_ends_the_session_and_says_what_it_drew() -> None:
    shed = Shed()
    session = shed.charge()
    shed.wait(3_600)

    assert shed.pile.ordered({"cmd": "stop", "p": "p01"}, shed.now) == ""

    end = shed.net.events()[-1]
    assert (end["e"], end["sid"], end["why"], end["s"]) == ("end", session, "command", 3_600)
    assert end["skwh"] == pytest.approx(LEAD.watt_hours(3_600) / 1000, abs=0.002)
    assert shed.net.port() == {"st": "finishing", "on": 0, "fb": 0, "sid": "", "err": ""}
    assert shed.net.last(Stream.TELE)["a"] == 0


def test_held_ports_stop_and_refuse_to_start_until_they_are_let_go() -> None:
    shed = Shed()
    shed.charge()

    assert shed.pile.ordered({"cmd": "hold", "p": ["p01", "p02"]}, shed.now) == ""
    assert shed.net.events()[-1]["why"] == "held"
    assert shed.pile.ordered({"cmd": "start", "p": "p01", "sid": "x"}, shed.now) == "held"

    assert shed.pile.ordered({"cmd": "unhold", "p": ["p01"]}, shed.now) == ""
    assert shed.pile.ordered({"cmd": "start", "p": "p01", "sid": "x"}, shed.now) == ""
    assert (shed.net.port()["st"], shed.net.port()["sid"]) == ("charging", "x")


def test_pulling_the_plug_ends_the_session_and_frees_the_port() -> None:
    shed = Shed()
    shed.charge()

    assert shed.pile.pull("p01", shed.now)

    assert shed.net.events()[-1]["why"] == "unplugged"
    assert shed.net.port()["st"] == "free"
    assert not shed.pile.pull("p01", shed.now)


@pytest.mark.parametrize(("trouble", "what"), [("leak", "leak"), ("burn", "temperature"), ("heavy", "overcurrent")])
def test_the_hardware_cuts_what_nobody_else_did(trouble: str, what: str) -> None:
    shed = Shed()
    shed.charge()
    socket = shed.pile.socket("p01")

    match trouble:
        case "leak":
            socket.leak_milliamperes = 34
        case "burn":
            socket.burn(60, 600, 60, shed.now)
        case _:
            for _ in range(20):
                socket.plug(LEAD, shed.now)
    shed.pile.touch("p01", shed.now)
    for _ in range(60):
        shed.wait(1)

    assert [event["e"] for event in shed.net.events()] == ["begin", "trip", "end"]
    assert shed.net.events()[1]["what"] == what
    assert shed.net.port()["st"] == "fault"
    assert shed.net.port()["on"] == 0


def test_a_session_ends_by_itself_when_the_battery_is_full_and_at_the_longest_after_fourteen_hours() -> None:
    full, never = Shed(), Shed()
    full.charge()
    never.charge(charge=worn_out(LEAD))

    for _ in range(15 * 60):
        full.wait(60)
        never.wait(60)

    assert full.net.events()[-1]["why"] == "full"
    assert never.net.events()[-1]["why"] == "cap"
    assert never.net.events()[-1]["s"] == pytest.approx(14 * 3_600, abs=90)


def test_a_second_battery_and_a_fire_are_told_within_a_second() -> None:
    shed = Shed()
    shed.charge()
    before = shed.net.last(Stream.TELE)["w"]

    assert shed.pile.plug_more("p01", LEAD, shed.now)
    assert shed.net.last(Stream.TELE)["w"] > before + 100

    shed.pile.socket("p01").burn(9, 600, 4, shed.now)
    shed.pile.touch("p01", shed.now)
    told = len(shed.net.said)
    for _ in range(60):
        shed.wait(1)
    warm = [data["st_c"] for stream, data in shed.net.said[told:] if stream is Stream.TELE and data["p"] == "p01"]
    assert len(warm) >= 7
    assert warm == sorted(warm)


def test_a_sturdy_controller_outlives_a_short_failure_of_the_mains_and_goes_on() -> None:
    shed = Shed(sturdy=True)
    session = shed.charge()

    shed.pile.feed(shed.now, mains=False)
    assert shed.net.last(Stream.STATE)["mains"] is False
    assert (shed.net.port()["st"], shed.net.port()["fb"]) == ("paused", 0)
    shed.wait(ALIVE_SECONDS - 5)
    shed.pile.feed(shed.now, mains=True)
    shed.wait(ALIVE_SECONDS)

    assert (shed.net.port()["st"], shed.net.port()["sid"]) == ("charging", session)
    assert shed.net.away == []


@pytest.mark.parametrize("sturdy", [True, False])
def test_after_a_long_failure_it_boots_anew_and_says_which_sessions_were_cut(sturdy: bool) -> None:  # noqa: FBT001 - a case
    shed = Shed(sturdy=sturdy)
    session = shed.charge()

    shed.pile.feed(shed.now, mains=False)
    shed.wait(ALIVE_SECONDS if sturdy else 0)
    assert shed.net.away == [inf]
    said = len(shed.net.said)
    shed.wait(600)
    assert len(shed.net.said) == said
    assert shed.pile.ordered({"cmd": "stop", "p": "p01"}, shed.now) == "no power"

    shed.pile.feed(shed.now, mains=True)

    assert shed.net.restarts == 1
    assert (shed.net.events()[-1]["sid"], shed.net.events()[-1]["why"]) == (session, "mains")
    shed.pile.born(shed.now)
    assert shed.net.port() == {"st": "finishing", "on": 0, "fb": 0, "sid": "", "err": ""}


def test_one_that_only_accepts_goes_on_charging() -> None:
    shed = Shed()
    session = shed.charge()
    shed.pile.accepts_only = True

    assert shed.pile.ordered({"cmd": "hold", "p": ["p01"]}, shed.now) == ""
    shed.wait(30)

    assert shed.net.last(Stream.TELE)["p"]
    assert shed.pile.ports["p01"].session == session
    assert shed.pile.socket("p01").measure(shed.now).amperes > 0.5


def test_a_bike_that_was_there_before_is_found_charging_or_done() -> None:
    shed = Shed()

    shed.pile.found("p01", LEAD, "04A1B2C3", shed.now - 7_200, shed.now)
    shed.pile.found("p02", LEAD, "04A1B2C3", shed.now - 50_000, shed.now)
    shed.pile.born(shed.now)

    assert shed.net.port("p01")["st"] == "charging"
    assert shed.pile.ports["p01"].drawn_kilowatt_hours == pytest.approx(LEAD.watt_hours(7_200) / 1000)
    assert shed.net.port("p02")["st"] == "finishing"


def test_the_shipped_product_reads_all_that_it_says() -> None:
    shed = Shed()
    product = load_mqtt_product("gridpost-ebike-12")
    shed.charge()
    shed.pile.socket("p01").leak_milliamperes = 40
    shed.pile.touch("p01", shed.now)
    shed.pile.pull("p01", shed.now)

    hash_tag = hasher(bytes(32), "shed1-pile")

    for number, (stream, data) in enumerate(shed.net.said, start=1):
        envelope = {"v": 1, "id": f"x{number}", "ts": "2026-11-22T11:00:00.000Z", "seq": number, "boot": 3, "q": "ok"}
        said = json.dumps({**envelope, "d": data}).encode()
        read = product.read(f"t/{stream.value}", "t", said, hash_tag)
        assert read.rejected == "", data
        assert read.readings or read.events or read.asks, data
