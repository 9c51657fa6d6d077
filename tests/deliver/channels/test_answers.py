"""What counts as an answer, once each, and not when it is old."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.deliver.channels import answers
from gateway.deliver.channels.answers import HELP, NAME_THE_CAUSE, STRANGER, TOO_OLD, Answer, Answers, understood
from gateway.incident import FALSE_CAUSES
from gateway.model import Now
from tests.deliver.channels.sending import Heard


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("收到 12", Answer("ack", 12)),
        ("收到12", Answer("ack", 12)),
        ("收到", Answer("ack", None)),
        ("收到,马上去", Answer("ack", None)),
        ("收到,马上去 12。", Answer("ack", 12)),
        ("收到，马上去！", Answer("ack", None)),
        ("@值班机器人 收到 12", Answer("ack", 12)),
        (" @_user_1  收到 １２ ", Answer("ack", 12)),
        ("收到 #12!", Answer("ack", 12)),
        ("核实 12", Answer("real", 12)),
        ("核实为真火警 12", Answer("real", 12)),
        ("核实", Answer("real", None)),
        ("误报 12 做饭", Answer("false", 12, "cooking")),
        ("误报 做饭", Answer("false", None, "cooking")),
        ("误报12,设备故障", Answer("false", 12, "device_fault")),
        ("误报 12", Answer("false", 12, "")),
        ("误报 12 猫", Answer("false", 12, "")),
    ],
)
def test_an_answer_is_understood_as_people_write_it(text: str, answer: Answer) -> None:
    assert understood(text) == answer


@pytest.mark.parametrize(
    "text",
    [
        "",
        "没收到",
        "收到了吗",
        "收到 12 13",
        "收到 1234567890",
        "确认 12",
        "不是误报",
        "还没核实",
        "核实不是火警",
        "12",
        "收到 -3",
        "收到 12" + " " * 300,
    ],
)
def test_what_only_looks_like_an_answer_is_none(text: str) -> None:
    assert understood(text) is None


@given(st.text())
def test_no_text_is_too_odd_to_be_read(text: str) -> None:
    found = understood(text)

    assert found is None or found.what in ("ack", "real", "false")


def test_every_cause_of_a_false_alarm_can_be_named() -> None:
    assert set(answers.CAUSES.values()) == set(FALSE_CAUSES)


def ear(heard: Heard, utc: float = 10_000.0, *, trusted: bool = True) -> Answers:
    return Answers("ding", heard, lambda: Now("boot", 1, utc, trusted))


async def test_an_event_that_comes_twice_is_answered_once() -> None:
    heard = Heard()
    answering = ear(heard)

    first = await answering.hear("e1", 9_999.0, "zhang", "收到 12")
    again = await answering.hear("e1", 9_999.0, "zhang", "收到 12")

    assert (first, again) == ("已有人收到", None)
    assert heard.answers == [("ding", "zhang", 12, "ack")]


async def test_only_so_many_events_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "KNOWN_EVENTS", 2)
    answering = ear(Heard())

    for event in ("a", "b", "c"):
        await answering.hear(event, None, "zhang", "收到 12")

    assert await answering.hear("c", None, "zhang", "收到 12") is None
    assert await answering.hear("a", None, "zhang", "收到 12") == "已有人收到"


async def test_what_was_under_way_for_over_ten_minutes_is_not_acted_upon() -> None:
    heard = Heard()
    answering = ear(heard)

    old = await answering.hear("e1", 9_399.0, "zhang", "收到 12")
    still_good = await answering.hear("e2", 9_401.0, "zhang", "收到 12")

    assert (old, still_good) == (TOO_OLD, "已有人收到")
    assert len(heard.answers) == 1


async def test_a_clock_that_is_not_trusted_makes_no_answer_old() -> None:
    heard = Heard()

    said = await ear(heard, utc=0.0, trusted=False).hear("e1", 1e9, "zhang", "收到 12")
    later = await ear(heard, utc=2e9, trusted=False).hear("e1", 1e9, "zhang", "收到 12")

    assert said == later == "已有人收到"


async def test_talk_gets_help_and_a_false_alarm_needs_its_cause() -> None:
    heard = Heard()
    answering = ear(heard)

    assert await answering.hear("e1", None, "zhang", "你好") == HELP
    assert await answering.hear("e2", None, "zhang", "误报 12") == NAME_THE_CAUSE
    assert await answering.hear("e3", None, "", "收到 12") == STRANGER
    assert await answering.hear("e3b", None, "", "收到 12") is None
    assert await answering.hear("e4", None, "zhang", "误报 12 做饭") == "已有人收到"
    assert heard.answers == [("ding", "zhang", 12, "falsecooking")]


async def test_one_who_goes_on_talking_is_told_how_to_answer_once_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "KNOWN_TALKERS", 2)
    seconds = [0.0]
    answering = Answers("ding", Heard(), lambda: Now("boot", int(seconds[0] * 1e9), 10_000.0, trusted=True))
    told = []

    for event, at in enumerate((0.0, 1.0, 59.0, 60.0, 61.0)):
        seconds[0] = at
        told.append(await answering.hear(f"e{event}", None, "zhang", "你好"))
    for person in "abc":
        await answering.hear(person, None, person, "你好")

    assert told == [HELP, None, None, HELP, None]
    assert list(answering._helped_ns) == ["b", "c"]


@pytest.mark.parametrize("key", ["", "ack:", "ack:x", "ack:-1", "real:12", "ack:" + "9" * 5000, "ack:１２a"])
async def test_a_button_that_is_not_ours_does_nothing(key: str) -> None:
    heard = Heard()

    assert await ear(heard).pressed("e1", None, "zhang", key) == HELP
    assert heard.answers == []
