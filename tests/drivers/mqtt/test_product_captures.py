"""What devices of each shipped product send, and what it says: a line of `captures/<product>.jsonl` is a message."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from drivers.contract import Fault
from drivers.mqtt.product import MqttProduct, Said, load_mqtt_product, mqtt_products

CAPTURES = Path(__file__).with_name("captures")
OWN = "west/pile-7"


def in_clear(what: str, clear: str) -> str:
    """Shows where something was hashed, and that it was hashed once."""
    return f"<{what} {clear}>"


def cases() -> list[Any]:
    return [
        pytest.param(file.stem, json.loads(line), id=f"{file.stem}-{number}")
        for file in sorted(CAPTURES.glob("*.jsonl"))
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
    ]


def told(product: MqttProduct, said: Said) -> dict[str, Any]:
    """What was said, in the words of a capture; only what differs from saying nothing."""
    keys = {place: key for key, place in product.places.items()}
    points = {keys[group, index]: v.why if isinstance(v, Fault) else v for group, index, v in said.readings}
    whole: dict[str, Any] = {
        "points": points,
        "events": [[event.kind, dict(event.body)] for event in said.events],
        "asks": [[ask.kind, dict(ask.body), ask.reply_topic, ask.correlation] for ask in said.asks],
        "acks": [[ack.id, ack.ok, ack.why, ack.part] for ack in said.acks],
        "alive": said.alive,
        "boot": said.boot,
        "seq": said.seq,
        "at_utc": said.at_utc,
        "estimated": said.estimated,
        "clock_wrong": said.clock_wrong,
        "rejected": said.rejected,
    }
    said_something = {key for key, value in whole.items() if value not in ({}, [], None, "", False)}
    return {key: value for key, value in whole.items() if key in said_something or (key == "alive" and value is False)}


@pytest.mark.parametrize(("name", "case"), cases())
def test_a_message_says_what_stands_beside_it(name: str, case: dict[str, Any]) -> None:
    product = load_mqtt_product(name)
    case = json.loads(json.dumps(case).replace("{own}", OWN))
    topic = case.pop("topic")
    payload = case.pop("text") if "text" in case else json.dumps(case.pop("payload"), ensure_ascii=False)

    said = product.read(topic, OWN, payload.encode(), in_clear)

    assert told(product, said) == case
    assert all(event.at_utc == said.at_utc for event in said.events)


def test_every_shipped_product_has_captures_in_which_each_of_its_messages_comes() -> None:
    products = mqtt_products()

    assert {file.stem for file in CAPTURES.glob("*.jsonl")} == set(products)
    for name, product in products.items():
        text = (CAPTURES / f"{name}.jsonl").read_text(encoding="utf-8")
        heard = {key.split(".")[-1] for line in text.splitlines() for key in json.loads(line).get("points", ())}
        told_by_messages = {key.split(".")[-1] for key in product.places} - {"clock_wrong"}
        if name != "homie-charger-4":  # one topic for each point: a few stand for all
            assert heard == told_by_messages, name
