from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.sealed_key import SensorKeys
from gateway.detecting import StockSensor
from gateway.keep.sensor_csv import COLUMNS, LABEL_LIMIT, ROWS_LIMIT, Known, SensorFile, read_sensors

KEYS = SensorKeys(b"k" * 32)
HEADER = "address,key,product,label,detector\n"
KEY = "231d39c1d7cc1ab1aee224cd096db932"
OTHER_KEY = "00112233445566778899aabbccddeeff"
MAC = "5448E68F80A5"
PRODUCTS = {"gridpost-smoke": "smoke", "gridpost-gas": "gas"}
DETECTORS = ("b3-2-501-smoke", "b3-2-501-gas", "b3-2-502-smoke")


def known(*sensors: StockSensor) -> Known:
    return Known({sensor.address: sensor for sensor in sensors}, PRODUCTS, DETECTORS)


def read(text: str, *sensors: StockSensor) -> SensorFile:
    return read_sensors(text.encode(), KEYS, known(*sensors))


def wrong(row: str, header: str = HEADER) -> list[str]:
    found = read(header + row + "\n")
    assert found.sensors == ()
    return [finding.removeprefix("row 2: ") for finding in found.findings]


@pytest.mark.parametrize("address", ["54:48:E6:8F:80:A5", "5448e68f80a5", "54-48-e6-8f-80-a5", " 5448.E68F.80A5 "])
def test_an_address_is_read_however_it_is_parted_and_its_key_is_sealed(address: str) -> None:
    found = read(f"{HEADER}{address},{KEY.upper()},gridpost-smoke,S-17,b3-2-501-smoke\n")

    assert found.findings == ()
    [sensor] = found.sensors
    assert (sensor.address, sensor.product, sensor.label, sensor.detector) == (
        MAC,
        "gridpost-smoke",
        "S-17",
        "b3-2-501-smoke",
    )
    assert KEYS.open(MAC, sensor.sealed_key) == bytes.fromhex(KEY)
    assert KEY not in repr(found).lower()


@pytest.mark.parametrize("kind", ["smoke", ""])
def test_a_place_is_told_by_its_parts_too_and_the_kind_by_the_product(kind: str) -> None:
    header = "address,key,product,building,entrance,flat,kind\n"

    found = read(f"{header}{MAC},{KEY},gridpost-smoke,b3,2,501,{kind}\n")

    assert [sensor.detector for sensor in found.sensors] == ["b3-2-501-smoke"]


def test_what_excel_writes_in_china_is_read() -> None:
    text = f"{HEADER}{MAC},{KEY},gridpost-smoke,仓库一号,\r\n,,,,\r\n"

    labels = [
        read_sensors(text.encode(encoding), KEYS, known()).sensors[0].label
        for encoding in ("utf-8", "utf-8-sig", "gb18030")
    ]

    assert labels == ["仓库一号"] * 3


def test_the_same_list_again_is_the_same_to_the_last_seal() -> None:
    text = f"{HEADER}{MAC},{KEY},gridpost-smoke,S-17,b3-2-501-smoke\n"
    first = read(text).sensors[0]

    again = read(text, first)

    assert again.sensors == (first,)


def test_another_key_is_sealed_anew() -> None:
    first = read(f"{HEADER}{MAC},{KEY},gridpost-smoke,,\n").sensors[0]

    again = read(f"{HEADER}{MAC},{OTHER_KEY},gridpost-smoke,,\n", first).sensors[0]

    assert KEYS.open(MAC, again.sealed_key) == bytes.fromhex(OTHER_KEY)


def test_a_key_that_was_sealed_under_another_site_key_is_mended_by_the_list() -> None:
    foreign = StockSensor(MAC, "gridpost-smoke", SensorKeys(b"x" * 32).seal(MAC, bytes.fromhex(KEY)))

    again = read(f"{HEADER}{MAC},{KEY},gridpost-smoke,,\n", foreign).sensors[0]

    assert KEYS.open(MAC, again.sealed_key) == bytes.fromhex(KEY)


def test_what_is_left_out_of_a_known_sensor_stays_as_it_is() -> None:
    hanging = StockSensor(MAC, "gridpost-smoke", KEYS.seal(MAC, bytes.fromhex(KEY)), "S-17", "b3-2-501-smoke")

    found = read(f"address\n{MAC}\n", hanging)

    assert found.sensors == (hanging,)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (f",{KEY},gridpost-smoke,,", ["no address"]),
        (f"5.44E+11,{KEY},gridpost-smoke,,", ["the address has not 12 hex digits (a spreadsheet spoils such numbers"]),
        (f"{MAC},,gridpost-smoke,,", ["no key"]),
        (f"{MAC},{KEY}00,gridpost-smoke,,", ["the key has not 32 hex digits (a spreadsheet"]),
        (f"{MAC},{KEY[:-2]}zz,gridpost-smoke,,", ["the key has not 32 hex digits (a spreadsheet"]),
        (f"{MAC},{KEY},,,", ["no product; there are gridpost-gas, gridpost-smoke"]),
        (f"{MAC},{KEY},shelly,,", ["no such product; there are gridpost-gas, gridpost-smoke"]),
        (f"{MAC},{KEY},gridpost-smoke,{KEY},", ["the label looks like a key, and labels are shown"]),
        (f"{MAC},{KEY},gridpost-smoke,my {KEY[:16]}-{KEY[16:]},", ["the label looks like a key, and labels are shown"]),
        (f"{MAC},{KEY},gridpost-smoke,{'长' * (LABEL_LIMIT + 1)},", ["a label is at most 40 characters"]),
        (f"{MAC},{KEY},gridpost-smoke,,b9-9-999-smoke", ["there is no such detector"]),
        (f"{MAC},{KEY},gridpost-smoke,,,more", ["6 cells under 5 columns"]),
        (
            f"nonsense,{KEY}1,shelly,,nowhere",
            ["the address", "no such product", "the key", "there is no such detector"],
        ),
    ],
)
def test_every_thing_that_is_wrong_with_a_row_is_said(row: str, said: list[str]) -> None:
    found = wrong(row)

    assert len(found) == len(said)
    assert all(finding.startswith(start) for finding, start in zip(found, said, strict=True)), found


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (
            f"{MAC},{KEY},gridpost-smoke,b3-2-501-smoke,b3,2,501",
            "either a detector or building, entrance and flat, not both",
        ),
        (f"{MAC},{KEY},gridpost-smoke,,b3,,501", "building, entrance and flat are given together or not at all"),
    ],
)
def test_a_place_is_told_in_one_way_and_whole(row: str, said: str) -> None:
    assert wrong(row, "address,key,product,detector,building,entrance,flat\n") == [said]


def test_an_address_and_a_place_stand_in_one_row_each() -> None:
    rows = [
        f"{MAC},{KEY},gridpost-smoke,,b3-2-501-smoke",
        f"{MAC.lower()},{KEY},gridpost-smoke,,",
        f"A4C138000001,{KEY},gridpost-smoke,,b3-2-501-smoke",
    ]

    found = read(HEADER + "\n".join(rows))

    assert found.findings == (
        "row 3: this address stands in row 2 already",
        "row 4: what hangs at this detector stands in row 2 already",
    )
    assert found.rows == {MAC: 2, "A4C138000001": 4}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\xff\xff\xff", "the file is text in neither UTF-8 nor GB18030"),
        (b"", "row 1: the column 'address' is missing"),
        (b'address\n"54', "the file is no table of commas: unexpected end of data"),
        (b"address,address\n", "row 1: the column 'address' stands twice"),
        (f"{MAC},{KEY}\n".encode(), "row 1: column 1 has none of the names address, key"),
        (b"address\n" + b"x\n" * (ROWS_LIMIT + 1), f"the file has more than {ROWS_LIMIT} rows: part it"),
    ],
)
def test_what_is_no_list_of_sensors_is_said(data: bytes, said: str) -> None:
    found = read_sensors(data, KEYS, known())

    assert found.sensors == ()
    assert found.findings[0].startswith(said)
    assert KEY not in "".join(found.findings)


_CELL = st.one_of(
    st.sampled_from([KEY, KEY.upper(), f'"{KEY}', MAC, "gridpost-smoke", "b3-2-501-smoke", "b3", "2", "501", ""]),
    st.text(max_size=12),
)


@settings(max_examples=100, deadline=None)
@given(
    header=st.permutations(COLUMNS),
    rows=st.lists(st.lists(_CELL, max_size=10), max_size=4),
)
def test_no_finding_ever_says_a_key_wherever_it_stood(header: list[str], rows: list[list[str]]) -> None:
    text = "\n".join([",".join(header), *(",".join(row) for row in rows)])

    found = read(text)

    assert KEY not in "".join(found.findings).lower()
    assert KEY not in repr(found.sensors).lower()
