"""docs/add-a-sensor.md: its profile is saved, checked by its command, and reads the maker's example."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.ciphers.aead import AESCCM

from drivers.ble.bthome import MIC_BYTES, Verdict, decode
from drivers.ble.kinds import GROUPS
from drivers.ble.product import air_products, load_air_product
from tests.docs.page import ROOT, Reader, Saved, Typed, steps

if TYPE_CHECKING:
    from pathlib import Path

PAGE = ROOT / "docs" / "add-a-sensor.md"
EXAMPLE = re.compile(
    r"address (?P<address>[0-9A-F:]{17}), under the key (?P<key>[0-9a-f]{32}), [^\n]+\n\n +(?P<data>[0-9a-f]+)\n"
)


def test_a_reader_of_the_page_has_a_sensor_product_that_reads_the_makers_example(tmp_path: Path) -> None:
    told = EXAMPLE.search(PAGE.read_text(encoding="utf-8"))
    assert told is not None
    cipher = AESCCM(bytes.fromhex(told["key"]), tag_length=MIC_BYTES)
    address = bytes.fromhex(told["address"].replace(":", ""))

    with Reader(tmp_path, {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "200"}, {}) as reader:
        for step in steps(PAGE):
            if isinstance(step, Saved):
                reader.save(step)
            else:
                reader.type(step)
    product = load_air_product("yg-3", [tmp_path / "my-profiles"])
    packet = decode(bytes.fromhex(told["data"]), address, cipher, keyed=True)

    assert (packet.verdict, packet.counter) == (Verdict.OK, 4711)
    points = {
        GROUPS["smoke"][group].points[index].key: value for (group, index), value in product.take(packet.values).items()
    }
    assert points == {
        "smoke": True, "temperature": 34.0, "tamper": False, "problem": False, "test": False, "battery": 65.0,
        "voltage": 2.872,
    }  # fmt: skip
    assert (product.alarm_claimed(packet.values), product.pressed(packet.values)) == ("smoke", False)
    assert product.lost_seconds == 3600


def test_the_page_has_one_product_that_is_not_shipped_and_one_command() -> None:
    done = list(steps(PAGE))

    assert [step.name for step in done if isinstance(step, Saved)] == ["my-profiles/yg-3.yaml", "compound.yaml"]
    assert [step.command for step in done if isinstance(step, Typed)] == ["gridpost check compound.yaml"]
    assert "yg-3" not in air_products()


def test_the_page_lists_the_points_of_each_kind() -> None:
    page = PAGE.read_text(encoding="utf-8")
    of_all = re.search(r"All detectors know (.+?), and besides:", page, re.DOTALL)
    assert of_all is not None
    common = set(re.findall(r"`(\w+)`", of_all[1]))

    for kind, groups in GROUPS.items():
        row = re.search(rf"^\| {kind} \| (.+) \|$", page, re.MULTILINE)
        assert row is not None, kind
        known = {point.key for group in groups for point in group.points} - {"signal", "heard_by"}
        assert set(re.findall(r"`(\w+)`", row[1])) | common == known
