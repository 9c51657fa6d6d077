"""docs/add-a-mqtt-device.md and docs/mqtt-devices.md: what they show is saved, checked by its command, and read."""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING

from drivers.contract import Command
from drivers.mqtt.product import hasher, load_mqtt_product, mqtt_products
from drivers.vocabulary import MEANINGS
from tests.docs.page import ROOT, Reader, Saved, Typed, steps

if TYPE_CHECKING:
    from pathlib import Path

PAGE = ROOT / "docs" / "add-a-mqtt-device.md"
SCHEMA = ROOT / "docs" / "mqtt-devices.md"
MESSAGES = re.compile(r'^    (\{"msg".+\})$', re.MULTILINE)
OWN = "868120040001"


def test_a_reader_of_the_page_has_a_product_that_reads_the_makers_examples(tmp_path: Path) -> None:
    report, finish = MESSAGES.findall(PAGE.read_text(encoding="utf-8"))

    with Reader(tmp_path, {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "200"}, {}) as reader:
        for step in steps(PAGE):
            if isinstance(step, Saved):
                reader.save(step)
            else:
                reader.type(step)
    product = load_mqtt_product("lc-4", [tmp_path / "my-profiles"])
    keys = {place: key for key, place in product.places.items()}
    reported, finished = (
        product.read(f"lc/{OWN}/up", OWN, message.encode(), hasher(b"k", "shed1-pile")) for message in (report, finish)
    )

    assert {keys[group, index]: value for group, index, value in reported.readings} == {
        "temperature": 31.5, "p1.state": "charging", "p1.on": True, "p1.power": 312.5, "p1.current": 1.41,
        "p2.state": "free", "p2.on": False, "p2.power": 0.0, "p2.current": 0.0,
    }  # fmt: skip
    assert reported.at_utc == finished.at_utc == 1795251600.0
    assert finished.events[0].body == {
        "part": "p1", "session": "g5", "why": "command", "kwh": 0.83, "seconds": 5400.0, "offline": False,
    }  # fmt: skip
    assert (
        product.read(f"lc/{OWN}/up", OWN, b'{"msg":"done","no":65541,"err":0}', hasher(b"k", "d")).acks[0].id == 65541
    )
    assert product.read(f"lc/{OWN}/will", OWN, b"dead", hasher(b"k", "d")).alive is False
    off = product.order(Command(65541, "d", "p1.stop", {}, 0), 65541, 0.0, OWN)
    assert (off.topic, off.payload) == (f"lc/{OWN}/down", b'{"msg":"off","n":1,"no":65541}')


def test_the_page_has_one_product_that_is_not_shipped_and_one_command() -> None:
    done = list(steps(PAGE))

    assert [step.name for step in done if isinstance(step, Saved)] == ["my-profiles/lc-4.yaml", "compound.yaml"]
    assert [step.command for step in done if isinstance(step, Typed)] == ["gridpost check compound.yaml"]
    assert "lc-4" not in mqtt_products()


def test_the_meanings_that_the_page_lists_exist_and_the_shipped_products_use_no_others_of_their_parts() -> None:
    listed = set(
        re.findall(
            r"`(\w+)`", "".join(re.findall(r"^\| a \w+ \| (.+) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE))
        )
    )
    groups = [group for product in mqtt_products().values() for group in product.device("d").groups]

    assert listed <= MEANINGS
    assert {point.meaning for group in groups for point in group.points if point.place} - {""} <= listed


def test_every_message_that_the_schema_shows_is_read_by_the_product_that_it_is_for() -> None:
    locker, charger = SCHEMA.read_text(encoding="utf-8").partition("## A locker")[2].split("## A charger")
    read = 0
    for part, name, own in ((locker, "gridpost-locker-60", "v1/l"), (charger, "gridpost-ebike-12", "v1/c")):
        product = load_mqtt_product(name)
        for stream, shown in (
            *re.findall(r"^\| `(event|ask)` \| `(\{.+?\})`", part, re.MULTILINE),
            *(
                ("tele" if '"p":"p01","v"' in shown else "state", shown)
                for shown in re.findall(r"^    (\{.+\})$", part, re.MULTILINE)
            ),
        ):
            whole = {
                "v": 1,
                "id": "i",
                "ts": "2026-11-21T09:00:00Z",
                "seq": 1,
                "boot": 1,
                "q": "ok",
                "d": json.loads(shown),
            }
            said = product.read(f"{own}/{stream}", own, json.dumps(whole).encode(), hasher(b"k", "d"))

            assert not said.rejected, shown
            assert said.readings or said.events or said.asks, shown
            read += 1

    assert read == 12


def test_every_order_that_the_schema_shows_is_what_is_published() -> None:
    page = SCHEMA.read_text(encoding="utf-8")
    locker, charger = load_mqtt_product("gridpost-locker-60"), load_mqtt_product("gridpost-ebike-12")
    until = 1795251605.0
    published = [
        locker.order(Command(65541, "d", "c07.open", {}, 0), 65541, until, "t").payload,
        charger.order(Command(65541, "d", "p03.start", {}, 0), 65541, until, "t").payload,
        charger.order(Command(65542, "d", "p03.stop", {}, 0), 65542, until, "t").payload,
        charger.want("charging_off", {"parts": ["p01", "p02"]}, "t", 7)[0].payload,
    ]

    assert [f"`{payload.decode()}`" for payload in published if f"`{payload.decode()}`" not in page] == []
