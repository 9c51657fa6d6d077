from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.contract import Answer, Command
from drivers.mqtt.product import AskSaid, Outgoing, load_mqtt_product, mqtt_products

OWN = "v1/garden/b1/charger/pile-1"
UNTIL = 1795251605.75


def order(product: str, name: str, own: str = OWN, **arguments: Any) -> Outgoing:
    command = Command(65_541, "pile-1", name, arguments, 0)
    return load_mqtt_product(product).order(command, 65_541, UNTIL, own)


def body(outgoing: Outgoing) -> Any:
    return json.loads(outgoing.payload)


def test_an_order_names_its_part_its_number_and_until_when_it_counts() -> None:
    opened = order("gridpost-locker-60", "c07.open")

    assert opened == Outgoing(
        topic=f"{OWN}/cmd",
        payload=b'{"cmd":"open","c":"c07","n":65541,"until":1795251605}',
        qos=1,
        expiry_seconds=5,
        correlation=b"65541",
        await_ack=True,
        confirm={"c07.open": True},
        within_seconds=3,
    )


def test_orders_are_as_their_makers_want_them() -> None:
    assert body(order("gridpost-ebike-12", "p03.start")) == {
        "cmd": "start", "p": "p03", "sid": "g65541", "n": 65541, "until": 1795251605,
    }  # fmt: skip
    assert body(order("ebike-ports-bits", "p03.start", minutes=90)) == {"t": "on", "port": 3, "mins": 90, "mid": 65541}
    assert body(order("ebike-ports-bits", "p12.start")) == {"t": "on", "port": 12, "mins": 720, "mid": 65541}
    boxes = order("parcel-boxes-json", "c24.open", "L9")
    assert (boxes.topic, body(boxes)["data"], body(boxes)["expire"]) == ("locker/L9/down", {"boxNo": 24}, 1795251605750)
    lock = order("lock-board-sites", "l02.open", "1015")
    assert (lock.topic, lock.payload, lock.await_ack) == ("device/lock/1015/2/unlock", b"{}", False)
    socket = order("tasmota-socket", "socket1.stop", "shed")
    assert (socket.topic, socket.payload, socket.confirm) == ("cmnd/shed/POWER", b"OFF", {"socket1.on": False})
    node = order("homie-charger-4", "port4.start", "homie/c1")
    assert (node.topic, node.payload) == ("homie/c1/port4/on/set", b"true")


@pytest.mark.parametrize(
    ("product", "name", "arguments", "why"),
    [
        ("gridpost-locker-60", "c61.open", {}, "gridpost-locker-60 takes no command c61.open"),
        ("gridpost-locker-60", "c07.explode", {}, "gridpost-locker-60 takes no command c07.explode"),
        ("gridpost-locker-60", "c07.open", {"part": "c08"}, "c07.open takes no argument part"),
        ("ebike-ports-bits", "p03.start", {"minutes": 0}, "minutes must be from 1 to 720 min"),
        ("ebike-ports-bits", "p03.start", {"minutes": float("nan")}, "minutes must be from 1 to 720 min"),
        ("ebike-ports-bits", "p03.start", {"minutes": "90"}, "minutes must be a number"),
        ("ebike-ports-bits", "p03.start", {"minutes": True}, "minutes must be a number"),
        ("ebike-ports-bits", "p03.start", {"minutes": {"$id": 1}}, "minutes must be a number"),
    ],
)
def test_what_may_not_be_said_is_refused_in_a_sentence(
    product: str, name: str, arguments: dict[str, Any], why: str
) -> None:
    with pytest.raises(ValueError, match=f"^{why}$"):
        order(product, name, **arguments)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Answer(allowed=True, why="", body={"part": "c07"}), {"re": "m5", "ok": True, "c": "c07", "why": ""}),
        (Answer(allowed=False, why="no such code"), {"re": "m5", "ok": False, "c": "", "why": "no such code"}),
        (Answer(allowed=False, why="x" * 999), {"re": "m5", "ok": False, "c": "", "why": "x" * 200}),
        (Answer(allowed=True, why="", body={"part": '","ok":true'}), {"re": "m5", "ok": True, "c": "", "why": ""}),
    ],
)
def test_an_answer_repeats_what_was_asked_and_names_a_known_part_or_none(answer: Answer, said: dict[str, Any]) -> None:
    ask = AskSaid("pickup", {"code": "0011223344556677"}, f"{OWN}/answer", "m5", 1)

    outgoing = load_mqtt_product("gridpost-locker-60").answer(ask, answer)

    assert (outgoing.topic, outgoing.qos, outgoing.expiry_seconds) == (f"{OWN}/answer", 1, 10)
    assert (body(outgoing), outgoing.correlation) == (said, b"m5")


def test_a_maker_may_want_a_refusal_in_other_words() -> None:
    product = load_mqtt_product("ebike-ports-json")
    ask = AskSaid("authorize", {"part": "p02", "tag": "0011223344556677"}, "charger/868120/down", "x-9", 0)

    assert body(product.answer(ask, Answer(allowed=True, why=""))) == {
        "cmd": "card_ack", "msgId": "x-9", "port": 2, "result": "0",
    }  # fmt: skip
    assert body(product.answer(ask, Answer(allowed=False, why="blocked")))["result"] == "1"


def test_the_parts_that_are_meant_are_held_and_the_others_released() -> None:
    product = load_mqtt_product("gridpost-ebike-12")

    held = product.want("charging_off", {"parts": ["p12", "p01"]}, OWN, 9)

    assert [body(each) for each in held] == [
        {"cmd": "hold", "p": ["p01", "p12"], "n": 9},
        {"cmd": "unhold", "p": [f"p{number:02}" for number in range(2, 12)], "n": 9},
    ]
    assert product.shown("charging_off", {"parts": ["p12", "p01"]}) == {"p01.on": False, "p12.on": False}
    assert product.again_seconds("charging_off") == 2


@pytest.mark.parametrize(
    ("level", "cmds"),
    [(True, ["hold"]), (None, ["unhold"]), ({"parts": []}, ["unhold"]), ({"parts": ["p05"]}, ["hold", "unhold"])],
)
def test_all_or_none_may_be_held(level: Any, cmds: list[str]) -> None:
    product = load_mqtt_product("gridpost-ebike-12")

    out = product.want("charging_off", level, OWN, 9)

    assert [body(each)["cmd"] for each in out] == cmds
    assert (product.shown("charging_off", level) == {}) == (cmds == ["unhold"])


def test_a_charger_that_takes_one_port_at_a_time_is_told_port_by_port() -> None:
    product = load_mqtt_product("ebike-ports-json")

    out = product.want("charging_off", {"parts": ["p02", "p10"]}, "868120", 9)

    assert [body(each) for each in out] == [{"cmd": "stop", "port": port, "msgId": 9} for port in (2, 10)]
    assert product.want("charging_off", None, "868120", 9) == ()


@pytest.mark.parametrize("level", [False, "p01", {"parts": "p01"}, {"parts": ["p13"]}, {"doors": ["p01"]}, ["p01"], 1])
def test_a_level_that_cannot_be_reached_is_refused(level: Any) -> None:
    product = load_mqtt_product("gridpost-ebike-12")

    with pytest.raises(ValueError, match=r"takes \{\"parts\": \[\.\.\.\]\} or true|has no part 'p13'"):
        product.want("charging_off", level, OWN, 9)
    with pytest.raises(ValueError, match="gridpost-locker-60 cannot hold charging_off"):
        load_mqtt_product("gridpost-locker-60").want("charging_off", level, OWN, 9)


TALKER = """\
product: talker
title: A charger with a display
protocol: mqtt
source: this test
parts: {port: {p01: {}}}
messages: {state: {topic: "{topic}/state", part: {group: port, path: $only}}, ack: {topic: "{topic}/ack"}}
points: [{key: "{port}.on", from: state, path: "on", kind: boolean}]
acks: [{from: ack, id: n}]
commands:
  "{port}.show":
    arguments:
      text: {kind: text}
      colour: {kind: text, choices: [red, green], default: red}
      bright: {kind: boolean, default: true}
    publish:
      topic: "{topic}/$part/show"
      json: {show: $text, say: "say $text for $$5 on $part", colour: $colour, bright: $bright}
    acknowledged: true
"""


@pytest.fixture
def talker(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("profiles")
    (folder / "talker.yaml").write_text(TALKER, encoding="utf-8")
    return load_mqtt_product("talker", [folder])


@pytest.mark.parametrize(
    "text", ['","cmd":"open', '"}', "\\", "$part", "$id", "${id}", "快递", "</script>", "p01/+/#", "a" * 40, ""]
)
def test_a_text_is_never_more_than_a_text(talker: Any, text: str) -> None:
    outgoing = talker.order(Command(5, "d", "p01.show", {"text": text}, 0), 5, UNTIL, "$own/$part")

    assert outgoing.topic == "$own/$part/p01/show"
    assert body(outgoing) == {"show": text, "say": f"say {text} for $5 on p01", "colour": "red", "bright": True}


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ({}, "text must be a text of at most 40 printable characters"),
        ({"text": "a" * 41}, "text must be a text of at most 40 printable characters"),
        ({"text": "a\x00"}, "text must be a text of at most 40 printable characters"),
        ({"text": "\ud800"}, "text must be a text of at most 40 printable characters"),
        ({"text": 5}, "text must be a text of at most 40 printable characters"),
        ({"text": "", "colour": "blue"}, "colour must be one of red, green"),
        ({"text": "", "bright": 1}, "bright must be true or false"),
    ],
)
def test_arguments_are_of_their_kind(talker: Any, arguments: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=f"^{why}$"):
        talker.order(Command(5, "d", "p01.show", arguments, 0), 5, UNTIL, OWN)


@settings(max_examples=40, deadline=None)
@given(part=st.text(max_size=12), why=st.text(max_size=300), correlation=st.text(max_size=64) | st.integers())
def test_whatever_is_answered_is_one_json_object_with_its_own_keys(part: str, why: str, correlation: str | int) -> None:
    ask = AskSaid("pickup", {}, f"{OWN}/answer", correlation, 1)

    outgoing = mqtt_products()["gridpost-locker-60"].answer(ask, Answer(allowed=True, why=why, body={"part": part}))

    assert body(outgoing) == {"re": correlation, "ok": True, "c": "", "why": why[:200]}
