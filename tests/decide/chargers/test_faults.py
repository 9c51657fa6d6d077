from __future__ import annotations

import pytest

from tests.decide.chargers.sheds import Sheds


@pytest.mark.parametrize(
    ("kind", "body", "why"),
    [
        ("command_retained", {"topic": "v1/x/cmd"}, "v1/x/cmd"),
        ("identity_doubted", {"what": "two connections with one name"}, "two connections with one name"),
        ("messages_lost", {"from": 7, "to": 9, "why": "the broker was gone"}, "7 to 9 never came: the broker was gone"),
        ("messages_lost", {"from": 7, "to": 9}, "7 to 9"),
    ],
)
@pytest.mark.parametrize("device", ["pile1", "locker1", "board"])
def test_what_happens_on_the_network_is_an_alarm_of_any_device(
    kind: str, body: dict[str, object], why: str, device: str
) -> None:
    trial = Sheds()

    trial.event(device, kind, body)

    assert trial.standing(kind) == {device: "E"}
    assert why in trial.alarms[f"{kind}@{device}"].why


def test_a_port_that_reports_a_fault_is_an_alarm_until_it_says_otherwise() -> None:
    trial = Sheds()

    trial.port("pile1", "p01", port_state="fault", port_error="relay")
    assert trial.standing("charger_fault") == {"pile1/p01": "B"}
    assert trial.alarms["charger_fault@pile1/p01"].why == "relay"
    trial.restart()
    trial.up()
    trial.port("pile1", "p01", port_state="free", port_error="", unsure=["port_state"])
    assert trial.standing("charger_fault") == {"pile1/p01": "B"}
    trial.port("pile1", "p01")

    assert trial.standing("charger_fault") == {"pile1/p01": "D"}
    assert trial.raised("charger_fault") == ["pile1/p01"]


def test_an_error_event_of_a_whole_charger_stands_until_it_says_that_there_is_none() -> None:
    trial = Sheds()

    trial.event("pile1", "charger_error", part="", code="OtherError", info="door open", offline=False)
    assert trial.standing("charger_fault") == {"pile1": "B"}
    assert trial.alarms["charger_fault@pile1"].why == "OtherError: door open"
    trial.event("pile1", "charger_error", part="", code="NoError", info="")

    assert trial.standing("charger_fault") == {"pile1": "D"}


def test_an_error_that_is_told_late_is_history() -> None:
    trial = Sheds()

    trial.event("pile1", "charger_error", part="p01", code="GroundFailure", offline=True)

    assert trial.standing("charger_fault") == {}


def test_no_error_is_no_error() -> None:
    trial = Sheds()

    trial.port("pile1", "p01", port_error="NoError")

    assert trial.standing("charger_fault") == {}
