"""Shapes that no shipped product has, or has alone: how messages are told apart, and how they name their parts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from drivers.mqtt.product import NOTHING, MqttProduct, Said, load_mqtt_product

if TYPE_CHECKING:
    from pathlib import Path

HEAD = (
    "product: toy\ntitle: A toy\nprotocol: mqtt\nsource: this test\nparts: {port: {a: {number: 7}, b: {number: 9}}}\n"
)


def toy(folder: Path, text: str) -> MqttProduct:
    (folder / "toy.yaml").write_text(HEAD + text, encoding="utf-8")
    return load_mqtt_product("toy", [folder])


def read(product: MqttProduct, topic: str, data: Any) -> Said:
    return product.read(topic, "own", json.dumps(data).encode(), lambda *_: "")


def points(product: MqttProduct, said: Said) -> dict[str, Any]:
    keys = {place: key for key, place in product.places.items()}
    return {keys[group, index]: value for group, index, value in said.readings}


def test_the_first_kind_of_message_that_fits_counts_and_no_other(tmp_path: Path) -> None:
    product = toy(
        tmp_path,
        """\
messages:
  hot: {topic: "{topic}/up", qos: 0, when: {kind.name: hot}}
  cold: {topic: "{topic}/up", qos: 1, when: {kind: cold, v: 2}}
  rest: {topic: "{topic}/up", qos: 0}
points:
  - {key: hot, from: hot, path: t}
  - {key: cold, from: cold, path: t}
  - {key: rest, from: rest, path: t}
""",
    )

    assert points(product, read(product, "own/up", {"kind": {"name": "hot"}, "t": 1})) == {"hot": 1.0}
    assert points(product, read(product, "own/up", {"kind": "cold", "v": 2, "t": 1})) == {"cold": 1.0}
    assert points(product, read(product, "own/up", {"kind": "cold", "v": 3, "t": 1})) == {"rest": 1.0}
    assert points(product, read(product, "own/up", {"t": 1})) == {"rest": 1.0}
    assert read(product, "own/up", [1]).rejected == "t: where t should be is no object"
    assert product.subscriptions("own") == (("own/up", 1),)


@pytest.mark.parametrize(
    ("part", "data"),
    [
        ("path: $position", [[1, 2], [3, 4]]),
        ("path: $key", {"a": [1, 2], "b": [3, 4]}),
        ("path: $key, by: number", {"7": [1, 2], "009": [3, 4]}),
        ('path: "[2]"', [[1, 2, "a"], [3, 4, "b"]]),
        ('path: "[2]", by: number', {"x": [1, 2, 7], "y": [3, 4, "9"]}),
    ],
)
def test_items_name_their_parts_in_many_ways(tmp_path: Path, part: str, data: Any) -> None:
    product = toy(
        tmp_path,
        f"""\
messages: {{all: {{topic: "{{topic}}/all", each: list, part: {{group: port, {part}}}}}}}
points:
  - {{key: "{{port}}.x", from: all, path: "[0]"}}
  - {{key: "{{port}}.y", from: all, path: "[1]"}}
""",
    )

    assert points(product, read(product, "own/all", {"list": data})) == {"a.x": 1.0, "a.y": 2.0, "b.x": 3.0, "b.y": 4.0}
    assert read(product, "own/all", {}) == Said()
    assert read(product, "own/all", {"list": None}) == Said()


@pytest.mark.parametrize(
    ("part", "data", "why"),
    [
        ("path: $position", [1, 2, 3], "names a part that the product does not have"),
        ("path: $key", [1], "has no list of parts where one should be"),
        ("path: $key", {"a": 1, "A": 2}, "names a part that the product does not have"),
        ("path: $key, by: number", {"7": 1, "07": 2}, "names a part twice"),
        ("path: $key, by: number", {"7" * 7: 1}, "names a part that the product does not have"),
        ("path: $key, by: number", {"٧": 1}, "names a part that the product does not have"),
        ('path: "n"', [{"n": True}], "names a part that the product does not have"),
        ('path: "n", by: number', [{"n": 7.0}], "names a part that the product does not have"),
        ('path: "n"', [{}], "names no part"),
        ('path: "n"', [7], "n: where n should be is no object"),
    ],
)
def test_items_that_name_no_part_of_the_product_are_refused(tmp_path: Path, part: str, data: Any, why: str) -> None:
    product = toy(
        tmp_path,
        f"""\
messages: {{all: {{topic: "{{topic}}/all", each: list, part: {{group: port, {part}}}}}}}
points: [{{key: "{{port}}.x", from: all}}]
""",
    )

    assert read(product, "own/all", {"list": data}).rejected == why


def test_a_message_of_all_parts_at_once_has_a_path_for_each(tmp_path: Path) -> None:
    product = toy(
        tmp_path,
        """\
messages: {all: {topic: "{topic}/all"}}
points:
  - {key: "{port}.name", from: all, path: "by.{port}.x"}
  - {key: "{port}.number", from: all, path: "port{number}"}
  - {key: "{port}.index", from: all, path: "list[{index}][0]"}
  - {key: "{port}.bit", from: all, path: bits, bit: "{number}"}
""",
    )

    said = read(product, "own/all", {"by": {"b": {"x": 1}}, "port7": 2, "list": [[3]], "bits": 1 << 9})

    assert points(product, said) == {"b.name": 1.0, "a.number": 2.0, "a.index": 3.0, "a.bit": False, "b.bit": True}


@pytest.mark.parametrize(
    "topic",
    [
        "device/lock/1015/info",
        "device/lock/1015//info",
        "device/lock/1015/2/3/info",
        "device/lock/10150/2/info",
        "lock/1015/2/info",
    ],
)
def test_a_level_of_a_topic_is_one_level(topic: str) -> None:
    product = load_mqtt_product("lock-board-sites")

    assert product.read(topic, "1015", b'{"status":1}', lambda *_: "") is NOTHING


def test_a_level_that_is_no_part_is_refused() -> None:
    product = load_mqtt_product("lock-board-sites")

    said = product.read("device/lock/1015/25/info", "1015", b'{"status":1}', lambda *_: "")

    assert said.rejected == "names a part that the product does not have"


def test_an_acknowledgement_without_a_number_names_its_part(tmp_path: Path) -> None:
    product = toy(
        tmp_path,
        """\
messages: {done: {topic: "{topic}/done", part: {group: port, path: p}}}
points: [{key: x, from: done, path: x}]
acks: [{from: done}]
""",
    )

    (ack,) = read(product, "own/done", {"p": "b"}).acks

    assert (ack.id, ack.ok, ack.why, ack.part) == (None, True, "", "b")


def test_a_product_without_an_envelope_on_some_topics_reads_those_as_they_are(tmp_path: Path) -> None:
    product = toy(
        tmp_path,
        """\
envelope: {boot: boot, seq: seq, data: d}
messages: {plain: {topic: "{topic}/plain", envelope: false}, wrapped: {topic: "{topic}/wrapped"}}
points: [{key: x, from: plain, path: x, also: [{from: wrapped, path: x}]}]
""",
    )

    assert read(product, "own/plain", {"x": 1}) == Said(readings=((0, 0, 1.0),))
    assert read(product, "own/wrapped", {"boot": "b", "seq": 3, "d": {"x": 1}}) == Said(
        readings=((0, 0, 1.0),), boot="b", seq=3
    )
    assert read(product, "own/wrapped", {"x": 1}).rejected == "has no d"
