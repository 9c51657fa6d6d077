from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import pytest

from drivers.ble.product import air_products, load_air_product, load_air_product_file
from drivers.contract import Misconfigured
from drivers.modbus.config import ModbusConfig
from drivers.profile import ProfileError, load_profile, load_profile_file, products

if TYPE_CHECKING:
    from pathlib import Path

TOY = """\
product: toy
title: A toy
protocol: bthome
source: this test
kind: gas
interval_seconds: 20
life_years: 5
points:
  gas: {object: gas}
"""
POINT = "  gas: {object: gas}\n"


def toy(folder: Path, text: str = TOY) -> Path:
    path = folder / "toy.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def wrong(folder: Path, text: str) -> list[tuple[int, str]]:
    with pytest.raises(ProfileError) as raised:
        load_air_product_file(toy(folder, text))
    return [(finding.line, finding.what) for finding in raised.value.findings]


def test_a_product_of_a_given_folder_is_found_beside_the_shipped_ones(tmp_path: Path) -> None:
    toy(tmp_path)

    assert load_air_product("toy", [tmp_path]).title == "A toy"
    assert "toy" in air_products([tmp_path])
    assert "toy" not in air_products()


def test_a_product_that_stands_in_two_folders_is_refused_with_both_named(tmp_path: Path) -> None:
    (tmp_path / "gridpost-gas.yaml").write_text(TOY)

    with pytest.raises(ProfileError, match=rf"profiles/gridpost-gas.yaml and in {tmp_path}/gridpost-gas.yaml"):
        air_products([tmp_path])


def test_an_unknown_product_is_told_what_there_is() -> None:
    known = "bthome-smoke, gridpost-co, gridpost-gas, gridpost-heat, gridpost-smoke"

    with pytest.raises(
        ProfileError, match=rf"there is no product 'gridpost-gaz'; did you mean 'gridpost-gas'\? known: {known}$"
    ):
        load_air_product("gridpost-gaz")


def test_a_profile_that_changed_is_read_again(tmp_path: Path) -> None:
    path = toy(tmp_path)
    before = load_air_product_file(path)

    path.write_text(TOY.replace("A toy", "Another toy"))
    os.utime(path, (1, 1))

    assert (before.title, load_air_product_file(path).title) == ("A toy", "Another toy")


def test_a_file_that_is_not_there_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match="cannot be read: No such file or directory"):
        load_air_product_file(tmp_path / "toy.yaml")


def test_everything_wrong_in_all_files_is_told_at_once(tmp_path: Path) -> None:
    toy(tmp_path, TOY.replace("kind: gas", "kind: frost"))
    (tmp_path / "other.yaml").write_text(TOY.replace("{object: gas}", "{object: gaz}"))
    (tmp_path / "torn.yaml").write_text("product: torn\npoints: {")

    with pytest.raises(ProfileError) as raised:
        air_products([tmp_path])

    assert {(finding.file.rpartition("/")[2], finding.line) for finding in raised.value.findings} == {
        ("toy.yaml", 5),
        ("other.yaml", 9),
        ("torn.yaml", 3),
    }


# ------------------------------------------------------------------ two protocols in one folder


def test_each_kind_of_line_is_offered_its_own_products_only() -> None:
    assert not set(products()) & set(air_products())
    assert products(protocol="bthome") == tuple(air_products())


def test_a_modbus_line_that_names_a_sensor_is_refused_in_words() -> None:
    door = {"id": "d", "unit": 1, "product": "gridpost-smoke"}
    config = ModbusConfig.model_validate({"id": "l", "host": "127.0.0.1", "devices": [door]})

    with pytest.raises(
        Misconfigured, match="'gridpost-smoke' is for a line of Bluetooth receivers, and not for a Modbus line"
    ):
        config.build()


def test_a_file_for_the_other_kind_of_line_is_refused_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(
        ProfileError, match=re.escape("toy.yaml:3: protocol: the product 'toy' is for a line of Bluetooth")
    ):
        load_profile_file(toy(tmp_path))
    with pytest.raises(ProfileError, match="'relay-8' is for a Modbus line, and not for a line of Bluetooth receivers"):
        load_air_product("relay-8")
    with pytest.raises(ProfileError, match="'gridpost-gas' is for a line of Bluetooth receivers"):
        load_profile("gridpost-gas")


@pytest.mark.parametrize("load", [load_profile_file, load_air_product_file])
def test_a_file_of_a_protocol_that_nobody_speaks_is_refused(tmp_path: Path, load: object) -> None:
    path = toy(tmp_path, TOY.replace("bthome", "zigbee"))

    assert callable(load)
    with pytest.raises(
        ProfileError, match=r"toy.yaml:3: protocol: Input should be '(modbus|bthome)' \(found 'zigbee'\)"
    ):
        load(path)


@pytest.mark.parametrize("load", [load_profile_file, load_air_product_file])
@pytest.mark.parametrize("text", ["- a list", "just words", "points: {", ""])
def test_a_file_that_is_no_profile_at_all_is_a_finding(tmp_path: Path, load: object, text: str) -> None:
    assert callable(load)
    with pytest.raises(ProfileError):
        load(toy(tmp_path, text))

    assert "toy" not in products([tmp_path], "bthome")


# ------------------------------------------------------------------ what can be wrong in a file


@pytest.mark.parametrize(
    ("was", "now", "line", "what"),
    [
        ("kind: gas", "kind: frost", 5, "Input should be 'smoke', 'gas', 'co' or 'heat' (found 'frost')"),
        ("kind: gas\n", "", 1, "the key 'kind' is missing"),
        ("life_years: 5", "lifeyears: 5", 7, "is not a known key; did you mean 'life_years'?"),
        ("interval_seconds: 20", "interval_seconds: 0", 6, "greater than 0"),
        ("life_years: 5", "life_years: 5\ncounter_bits: 8", 8, "Input should be 16 or 32"),
        ("life_years: 5", "life_years: 5\nweak_dbm: 10", 8, "less than or equal to 0"),
        ("life_years: 5", "life_years: 5\nraw_begins: 0x1", 8, "valid string"),
        ("life_years: 5", "life_years: 5\nraw_begins: abc", 8, "should match pattern"),
        ("life_years: 5", "life_years: 5\nlost_seconds: 59", 8, "it would be lost before it is late"),
        (
            "life_years: 5",
            "life_years: 5\npress: [buttons]",
            8,
            "there is no object 'buttons'; did you mean 'button'? known: ",
        ),
        (
            "life_years: 5",
            "life_years: 5\npress: [battery]",
            8,
            "the object battery is neither true nor false, nor the button",
        ),
        ("product: toy", "product: joy", 1, "must be the file's name, 'toy'"),
        ("{object: gas}", "{object: gaz}", 9, "there is no object 'gaz'; did you mean 'gas'? known: acceleration, "),
        ("gas: {object", "smoke: {object", 9, "a gas sensor has no point 'smoke'; known: battery, battery_low, gas, "),
        (POINT, "  tamper: {object: tamper}\n", 8, "a gas sensor tells gas or gas_level, and nothing here does"),
        ("{object: gas}", "[]", 9, "name the object that tells it"),
        ("{object: gas}", "{object: battery}", 9, "gas is true or false, and the object battery is not"),
        ("{object: gas}", "{object: text}", 9, "gas is true or false, and the object text is not"),
        ("{object: gas}", "{object: raw}", 9, "a raw object needs `at`: which byte of it"),
        (
            "{object: gas}",
            "{object: raw, at: 1}",
            9,
            "gas is true or false: a `bit` of the raw object and nothing else",
        ),
        ("{object: gas}", "{object: raw, at: 1, bit: 1, type: u8}", 9, "a `bit` of the raw object and nothing else"),
        ("{object: gas}", "{object: raw, at: 1, bit: 8}", 9, "less than or equal to 7"),
        ("{object: gas}", "{object: gas, at: 1}", 9, "at, bit, type and scale belong to the raw object"),
        ("{object: gas}", "{object: gas, scale: 2}", 9, "at, bit, type and scale belong to the raw object"),
        (POINT, POINT + "  voltage: {object: battery}\n", 10, "voltage is in V, and the object battery in %"),
        (POINT, POINT + "  voltage: {object: count}\n", 10, "voltage is in V, and the object count in no unit"),
        (POINT, POINT + "  voltage: {object: gas}\n", 10, "voltage is a number, and the object gas is not"),
        (POINT, POINT + "  voltage: [{object: voltage}, {object: voltage}]\n", 10, "a number is told by one object"),
        (POINT, POINT + "  gas_level: {object: raw, at: 1}\n", 10, "gas_level is a number: say the `type` that it has"),
        (POINT, POINT + "  gas_level: {object: raw, at: 1, type: f32}\n", 10, "Input should be 'u8', 's8'"),
        (POINT, POINT + "  gas_level: {object: raw, at: 1, type: u8, scale: 0}\n", 10, "greater than 0"),
        (POINT, POINT + "  signal: {object: raw, at: 1, type: s8}\n", 10, "a gas sensor has no point 'signal'"),
        (POINT, POINT + "  heard_by: {object: text}\n", 10, "a gas sensor has no point 'heard_by'"),
        ("points:\n" + POINT, "points: 5\n", 8, "valid dictionary"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_the_way_out(
    tmp_path: Path, was: str, now: str, line: int, what: str
) -> None:
    assert was in TOY

    found = wrong(tmp_path, TOY.replace(was, now, 1))

    assert any((where, what in said) == (line, True) for where, said in found), found


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    text = (
        TOY.replace(POINT, "  smok: {object: smoke}\n  voltage: {object: battery}\n")
        + "press: [battery]\nlost_seconds: 1\n"
    )

    found = wrong(tmp_path, text)

    assert [line for line, _ in found] == [8, 9, 10, 11, 12]
