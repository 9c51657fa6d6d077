"""A pile without its wire: what it says, frame by frame, and what it makes of what it is told."""

from __future__ import annotations

import json
from math import inf
from random import Random
from typing import Any

import pytest

from simulator.agenda import Agenda
from simulator.ocpp_frames import Call, Failure, Frame, NotOcpp, Result, read, written
from simulator.ocpp_past import say_past
from simulator.ocpp_pile import OcppPile
from tests.simulator.sheds import CAR, EVENING

TAG = "04A1B2C3"


class Post:
    """A pile with a central system that says yes to everything, at a time that a test moves."""

    def __init__(self) -> None:
        self.now = EVENING
        self.agenda = Agenda()
        self.pile = OcppPile("pile1", Random(1), self.agenda, self.now)
        self.pile.wire = self
        self.heard: list[tuple[str, dict[str, Any]]] = []
        self.answers: dict[str, Frame] = {}
        self.transactions = 70
        self.dropped: list[float] = []
        self.accepts = True
        self.silent = False

    def drop(self, seconds: float) -> None:
        self.dropped.append(seconds)

    def restore(self, seconds: float) -> None:
        self.dropped.append(-seconds)

    def dial(self) -> None:
        self.pile.station.opened(self._take, self.now)
        self.wait(0)

    def _take(self, text: str) -> None:
        frame = read(text)
        if not isinstance(frame, Call):
            self.answers[frame.id] = frame
            return
        self.heard.append((frame.action, dict(frame.fields)))
        if not self.silent:
            self.agenda.plan(self.now, lambda now: self._reply(frame, now))

    def _reply(self, call: Call, now: float) -> None:
        accepted = {"idTagInfo": {"status": "Accepted" if self.accepts else "Invalid"}}
        fields: dict[str, Any] = {}
        match call.action:
            case "BootNotification":
                fields = {"status": "Accepted", "currentTime": "2026-11-22T11:00:00Z", "interval": 300}
            case "Authorize":
                fields = accepted
            case "StartTransaction":
                self.transactions += 1
                fields = {"transactionId": self.transactions, **accepted}
            case "StopTransaction":
                fields = accepted
        self.pile.station.received(written(Result(call.id, fields)), now)

    def wait(self, seconds: float) -> None:
        self.now += seconds
        self.agenda.advance(self.now)

    def tell(self, action: str, **fields: object) -> dict[str, Any]:
        """Send an order; returns the fields of the answer."""
        self.pile.station.received(json.dumps([2, action, action, fields]), self.now)
        answer = self.answers.pop(action)
        assert isinstance(answer, Result), answer
        self.wait(0)
        return dict(answer.fields)

    def said(self, action: str) -> list[dict[str, Any]]:
        return [fields for heard, fields in self.heard if heard == action]

    def statuses(self) -> list[str]:
        return [fields["status"] for fields in self.said("StatusNotification") if fields["connectorId"] == 1]

    def charge(self) -> None:
        self.dial()
        assert self.pile.plug("connector1", CAR, TAG, self.now, scan_after=5)
        self.wait(5)

    def amperes(self) -> float:
        return self.pile.outlet.measure(self.now).amperes


def shown(fields: dict[str, Any], measurand: str) -> str:
    (sampled,) = fields["meterValue"]
    return str(next(value["value"] for value in sampled["sampledValue"] if value["measurand"] == measurand))


def test_it_boots_before_it_says_anything_else_and_then_beats() -> None:
    post = Post()

    post.dial()
    for _ in range(90):
        post.wait(10)

    assert post.heard[0][0] == "BootNotification"
    assert [fields["connectorId"] for fields in post.said("StatusNotification")] == [0, 1]
    assert 2 <= len(post.said("Heartbeat")) <= 3


def test_one_that_is_not_accepted_yet_says_nothing_but_boots_again() -> None:
    post = Post()
    post.silent = True
    post.dial()

    post.wait(31)
    post.wait(25)

    assert {action for action, _ in post.heard} == {"BootNotification"}
    assert len(post.heard) >= 2


def test_a_car_is_authorised_charges_and_leaves() -> None:
    post = Post()
    post.charge()
    for _ in range(60):
        post.wait(10)
    assert post.pile.pull("connector1", post.now)
    post.wait(0)

    (start,), (stop,) = post.said("StartTransaction"), post.said("StopTransaction")
    assert (start["idTag"], start["connectorId"]) == (TAG, 1)
    assert (stop["transactionId"], stop["reason"]) == (71, "EVDisconnected")
    assert stop["meterStop"] - start["meterStart"] == pytest.approx(CAR.watt_hours(600), abs=2)
    assert post.statuses() == ["Available", "Preparing", "Charging", "Available"]
    values = post.said("MeterValues")
    assert 38 <= len(values) <= 44
    assert values[3]["transactionId"] == 71
    assert float(shown(values[3], "Current.Import")) > 25
    assert all(isinstance(value["value"], str) for value in values[3]["meterValue"][0]["sampledValue"])


def test_a_tag_that_is_refused_starts_nothing() -> None:
    post = Post()
    post.accepts = False
    post.charge()
    post.wait(60)

    assert post.said("StartTransaction") == []
    assert post.statuses()[-1] == "Preparing"


def test_a_transaction_that_is_refused_is_ended_at_once() -> None:
    post = Post()
    post.dial()
    post.accepts = False
    post.pile.outlet.plug(CAR, post.now)

    post.pile.begin(TAG, post.now)
    post.wait(0)

    assert post.said("StopTransaction")[0]["reason"] == "DeAuthorized"
    assert post.amperes() == 0


def test_a_remote_stop_is_accepted_and_then_done() -> None:
    post = Post()
    post.charge()

    assert post.tell("RemoteStopTransaction", transactionId=1) == {"status": "Rejected"}
    assert post.tell("RemoteStopTransaction", transactionId=71) == {"status": "Accepted"}
    assert post.amperes() > 25
    post.wait(1)

    assert post.amperes() == 0
    assert post.said("StopTransaction")[0]["reason"] == "Remote"
    last = post.said("MeterValues")[-1]
    assert "transactionId" not in last
    assert float(shown(last, "Current.Import")) == 0
    assert post.statuses()[-1] == "Finishing"


def test_one_that_only_accepts_charges_on() -> None:
    post = Post()
    post.charge()
    post.pile.accepts_only = True

    assert post.tell("RemoteStopTransaction", transactionId=71) == {"status": "Accepted"}
    assert post.tell("ChangeAvailability", connectorId=0, type="Inoperative") == {"status": "Scheduled"}
    assert post.tell("UnlockConnector", connectorId=1) == {"status": "Unlocked"}
    assert post.tell("Reset", type="Hard") == {"status": "Accepted"}
    post.wait(15)

    assert post.amperes() > 25
    assert post.said("StopTransaction") == []
    assert post.dropped == []


def test_inoperative_waits_for_the_end_of_a_transaction_and_lets_none_begin() -> None:
    post = Post()
    post.charge()

    assert post.tell("ChangeAvailability", connectorId=1, type="Inoperative") == {"status": "Scheduled"}
    assert post.statuses()[-1] == "Charging"
    post.tell("RemoteStopTransaction", transactionId=71)
    post.wait(1)
    assert post.statuses()[-1] == "Unavailable"
    assert post.tell("RemoteStartTransaction", idTag=TAG) == {"status": "Rejected"}
    post.pile.begin(TAG, post.now)
    assert post.amperes() == 0

    assert post.tell("ChangeAvailability", connectorId=1, type="Operative") == {"status": "Accepted"}
    assert post.statuses()[-1] == "Finishing"
    assert post.tell("RemoteStartTransaction", idTag=TAG) == {"status": "Accepted"}
    post.wait(1)
    assert post.statuses()[-1] == "Charging"


def test_a_remote_start_waits_a_minute_for_a_plug() -> None:
    post = Post()
    post.dial()

    assert post.tell("RemoteStartTransaction", idTag="REMOTE") == {"status": "Accepted"}
    post.wait(30)
    post.pile.plug("connector1", CAR, TAG, post.now)
    post.wait(5)

    assert post.said("StartTransaction")[0]["idTag"] == "REMOTE"


def test_a_reset_ends_the_transaction_and_the_connection() -> None:
    post = Post()
    post.charge()

    assert post.tell("Reset", type="Soft") == {"status": "Accepted"}
    post.wait(1)
    post.wait(2)

    assert post.said("StopTransaction")[0]["reason"] == "SoftReset"
    assert len(post.dropped) == 1


@pytest.mark.parametrize("what", ["BootNotification", "Heartbeat", "StatusNotification", "MeterValues"])
def test_what_is_triggered_is_said(what: str) -> None:
    post = Post()
    post.dial()
    before = len(post.said(what))

    assert post.tell("TriggerMessage", requestedMessage=what) == {"status": "Accepted"}
    post.wait(0)

    assert len(post.said(what)) == before + 1
    assert post.tell("TriggerMessage", requestedMessage="Weather") == {"status": "NotImplemented"}


def test_its_configuration_can_be_read_and_where_it_may_be_changed() -> None:
    post = Post()
    post.dial()

    read_ = post.tell("GetConfiguration", key=["HeartbeatInterval", "NumberOfConnectors", "Colour"])
    assert read_["unknownKey"] == ["Colour"]
    assert [entry["readonly"] for entry in read_["configurationKey"]] == [False, True]
    assert len(post.tell("GetConfiguration")["configurationKey"]) > 5

    assert post.tell("ChangeConfiguration", key="MeterValueSampleInterval", value="5") == {"status": "Accepted"}
    assert post.tell("ChangeConfiguration", key="MeterValueSampleInterval", value="soon") == {"status": "Rejected"}
    assert post.tell("ChangeConfiguration", key="NumberOfConnectors", value="2") == {"status": "Rejected"}
    assert post.tell("ChangeConfiguration", key="Colour", value="red") == {"status": "NotSupported"}
    assert post.pile.sample_seconds == 5


def test_what_it_does_not_know_is_an_error_of_the_specification() -> None:
    post = Post()
    post.dial()

    post.pile.station.received('[2,"x","Dance",{}]', post.now)

    answer = post.answers["x"]
    assert isinstance(answer, Failure)
    assert answer.code == "NotImplemented"


def test_slow_answers_come_late_and_never_in_another_connection() -> None:
    post = Post()
    post.dial()
    post.pile.station.slow_seconds = 40

    post.pile.station.received('[2,"a","ClearCache",{}]', post.now)
    post.wait(39)
    assert "a" not in post.answers
    post.wait(1)
    assert "a" in post.answers

    post.pile.station.received('[2,"b","ClearCache",{}]', post.now)
    post.pile.station.closed()
    post.dial()
    post.wait(60)
    assert "b" not in post.answers


def test_what_happens_without_a_network_is_said_later_with_its_old_times() -> None:
    post = Post()
    post.pile.plug("connector1", CAR, TAG, post.now)
    post.wait(5)
    assert post.amperes() > 25
    for _ in range(12):
        post.wait(10)
    post.pile.pull("connector1", post.now)
    post.wait(3_600)

    post.dial()

    said = [action for action, _ in post.heard]
    assert said[0] == "BootNotification"
    kept = [action for action in said if action in ("StartTransaction", "MeterValues", "StopTransaction")]
    assert kept[0] == "StartTransaction"
    assert kept[-1] == "StopTransaction"
    assert len(kept) >= 9
    (start,), (stop,) = post.said("StartTransaction"), post.said("StopTransaction")
    assert start["timestamp"].startswith("2026-11-22T11:00:05")
    assert stop["transactionId"] == 71


def test_an_answer_that_never_comes_lets_a_transaction_be_said_again_and_the_rest_be_dropped() -> None:
    post = Post()
    post.dial()
    post.silent = True
    post.pile.outlet.plug(CAR, post.now)
    post.pile.begin(TAG, post.now)

    for _ in range(3):
        post.wait(30)

    starts = post.said("StartTransaction")
    assert len(starts) >= 2
    assert all(start == starts[0] for start in starts)


def test_a_transaction_that_was_under_way_when_the_connection_broke_is_said_again() -> None:
    post = Post()
    post.dial()
    post.silent = True
    post.pile.outlet.plug(CAR, post.now)
    post.pile.begin(TAG, post.now)
    post.pile.station.closed()
    post.silent = False

    post.dial()

    first, again = post.said("StartTransaction")
    assert first == again
    assert post.pile.transaction is not None
    assert post.pile.transaction.id == 71


def test_a_past_transaction_and_one_that_is_said_twice() -> None:
    post = Post()
    post.dial()
    say_past(post.pile, TAG, 7_200, 3_600, post.now)
    post.wait(0)
    assert post.said("StartTransaction")[0]["timestamp"].startswith("2026-11-22T09:00:00")
    assert post.said("StopTransaction")[0]["transactionId"] == 71

    post.pile.starts_twice = True
    post.pile.plug("connector1", CAR, TAG, post.now)
    post.wait(5)
    twice = post.said("StartTransaction")[1:]
    assert len(twice) == 2
    assert twice[0] == twice[1]


def test_a_hot_car_is_told_of_early_and_a_very_hot_one_stops_by_itself() -> None:
    post = Post()
    post.charge()
    before = len(post.said("MeterValues"))

    post.pile.outlet.burn(12, 900, 4, post.now)
    post.pile.touch("connector1", post.now)
    post.wait(0)
    assert len(post.said("MeterValues")) > before
    for _ in range(600):
        post.wait(1)

    assert post.said("StatusNotification")[-1]["errorCode"] == "HighTemperature"
    assert post.amperes() == 0


def test_a_welded_relay_shows_in_its_meter_after_the_stop() -> None:
    post = Post()
    post.charge()
    post.pile.outlet.weld(post.now, welded=True)

    post.tell("RemoteStopTransaction", transactionId=71)
    for _ in range(40):
        post.wait(1)

    last = post.said("MeterValues")[-1]
    assert "transactionId" not in last
    assert float(shown(last, "Current.Import")) > 25


def test_without_mains_it_is_gone_and_says_afterwards_what_was_lost() -> None:
    post = Post()
    post.charge()

    post.pile.feed(post.now, mains=False)
    assert post.dropped == [inf]
    assert post.said("StopTransaction") == []
    assert post.amperes() == 0
    post.wait(300)

    post.pile.feed(post.now, mains=True)
    assert post.dropped[-1] < 0
    post.dial()
    assert post.said("StopTransaction")[0]["reason"] == "PowerLoss"
    assert post.amperes() == 0


def test_a_sloppy_one_breaks_the_schema() -> None:
    post = Post()
    post.pile.sloppy = True
    post.charge()

    value = post.said("MeterValues")[0]["meterValue"][0]["sampledValue"][4]
    assert value["unit"] == "Celcius"
    assert isinstance(value["value"], float)


@pytest.mark.parametrize("text", ["", "{}", "[]", '[2,"a","B"]', "[3,4,{}]", '[9,"a",{}]', '[4,"a","b"]', b"\xff\xfe"])
def test_what_is_no_frame_is_passed_over(text: str | bytes) -> None:
    post = Post()
    post.dial()

    with pytest.raises(NotOcpp):
        read(text)
    post.pile.station.received(text, post.now)
