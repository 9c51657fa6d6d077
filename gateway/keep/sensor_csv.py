"""Sensors as a table of text: a supplier's list with radio keys, or a list of what hangs where.

Pure functions. Keys are sealed here and kept nowhere else; no finding says what stands in a cell, for a key may stand in a
wrong one.

    address,key,product,label,detector

`address` has 12 hex digits, parted by colons, hyphens or nothing; `key` 32 hex digits. Where a sensor hangs is told by
`detector`, or by `building`, `entrance`, `flat` and `kind` (left out: what the product watches for). Of a sensor that is known,
only `address` is needed: what is empty stays as it is, so a list that is taken again changes nothing and takes nothing down.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from drivers.sealed_key import KeyUnreadable
from gateway.detecting import StockSensor
from gateway.keep.csv_table import NoTable, read_table, rows_of, wrong_columns

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from drivers.sealed_key import SensorKeys

COLUMNS = ("address", "key", "product", "label", "detector", "building", "entrance", "flat", "kind")
ROWS_LIMIT = 20_000
"""Twice the sensors of the largest compound; so many wrong rows are listed one by one."""

LABEL_LIMIT = 40
"""Characters of what is printed on a sensor."""

_ADDRESS = re.compile(r"[0-9A-F]{12}")
_PARTS = str.maketrans("", "", ":- .")
_KEY = re.compile(r"[0-9a-fA-F]{32}")
_SPREADSHEET = "a spreadsheet spoils such numbers: make its column text"


@dataclass(frozen=True, slots=True)
class Known:
    """What a list is read against: sensors by address, the products' kinds by name, and the detectors."""

    sensors: Mapping[str, StockSensor]
    products: Mapping[str, str]
    detectors: Collection[str]


@dataclass(frozen=True, slots=True)
class SensorFile:
    """What was read, a sentence for each thing that is wrong ("row 7: ...", the header being row 1), and each address's row."""

    sensors: tuple[StockSensor, ...]
    findings: tuple[str, ...]
    rows: Mapping[str, int] = field(default_factory=dict)


def looks_like_key(text: str) -> bool:
    """Whether a text has a key in it, as people write one."""
    return _KEY.search(text.translate(_PARTS)) is not None


def read_sensors(data: bytes, keys: SensorKeys, known: Known) -> SensorFile:
    """Read a list of sensors, UTF-8 (with or without a mark in front) or GB18030, as Excel in China writes it.

    What is wrong is found, never raised. A key that is known already keeps the seal that it has.
    """
    try:
        header, rows = read_table(data, ROWS_LIMIT)
    except NoTable as wrong:
        return SensorFile((), (str(wrong),))
    if findings := _wrong_header(header):
        return SensorFile((), tuple(findings))
    return _read_rows(header, rows, _Reader(keys, known))


def _wrong_header(header: Sequence[str]) -> list[str]:
    findings = wrong_columns(header, COLUMNS, COLUMNS)
    if "address" not in header:
        findings.append("row 1: the column 'address' is missing")
    return findings


def _read_rows(header: Sequence[str], rows: Iterable[Sequence[str]], reader: _Reader) -> SensorFile:
    sensors: list[StockSensor] = []
    findings: list[str] = []
    for number, row in rows_of(header, rows, str.strip, findings):
        sensor, wrong = reader.read(row, number)
        findings += [f"row {number}: {one}" for one in wrong]
        if sensor is not None:
            sensors.append(sensor)
    return SensorFile(tuple(sensors), tuple(findings), reader.rows)


class _Reader:
    """Makes sensors of rows; what is wrong with a cell is added to `wrong`."""

    def __init__(self, keys: SensorKeys, known: Known) -> None:
        self._keys = keys
        self._known = known
        self.rows: dict[str, int] = {}
        self._hung: dict[str, int] = {}

    def read(self, row: Mapping[str, str], number: int) -> tuple[StockSensor | None, list[str]]:
        """The sensor, or all that is wrong with the row."""
        wrong: list[str] = []
        address = self._address(row["address"], number, wrong)
        before = self._known.sensors.get(address)
        product = self._product(row.get("product", ""), before, wrong)
        sealed = self._sealed(row.get("key", ""), address, before, wrong)
        label = _label(row.get("label", ""), before, wrong)
        detector = self._detector(row, product, number, wrong) or (before.detector if before else "")
        if wrong:
            return None, wrong
        return StockSensor(address, product, sealed, label, detector), wrong

    def _address(self, said: str, number: int, wrong: list[str]) -> str:
        address = said.translate(_PARTS).upper()
        if not _ADDRESS.fullmatch(address):
            wrong.append(f"the address has not 12 hex digits ({_SPREADSHEET})" if said else "no address")
            return ""
        if (first := self.rows.setdefault(address, number)) != number:
            wrong.append(f"this address stands in row {first} already")
        return address

    def _product(self, said: str, before: StockSensor | None, wrong: list[str]) -> str:
        if not said and before is not None:
            return before.product
        if said not in self._known.products:
            known = ", ".join(sorted(self._known.products))
            wrong.append(f"{'no such product' if said else 'no product'}; there are {known}")
        return said

    def _sealed(self, said: str, address: str, before: StockSensor | None, wrong: list[str]) -> str:
        """The key under its seal: the old seal where it is the old key."""
        if not said:
            if before is None or not before.sealed_key:
                wrong.append("no key")
                return ""
            return before.sealed_key
        if not _KEY.fullmatch(said):
            wrong.append(f"the key has not 32 hex digits ({_SPREADSHEET})")
            return ""
        key = bytes.fromhex(said)
        if before is not None and self._opened(before) == key:
            return before.sealed_key
        return self._keys.seal(address, key) if address else ""

    def _opened(self, sensor: StockSensor) -> bytes | None:
        try:
            return self._keys.open(sensor.address, sensor.sealed_key)
        except KeyUnreadable:
            return None  # sealed under another site key: this list mends it

    def _detector(self, row: Mapping[str, str], product: str, number: int, wrong: list[str]) -> str:
        detector, place = row.get("detector", ""), [row.get(column, "") for column in ("building", "entrance", "flat")]
        kind = row.get("kind", "") or self._known.products.get(product, "")
        if detector and any(place):
            wrong.append("either a detector or building, entrance and flat, not both")
        elif any(place) and not all(place):
            wrong.append("building, entrance and flat are given together or not at all")
        elif all(place) and kind:
            detector = "-".join((*place, kind))
        if not detector:
            return ""  # a place without a kind has no product either, and that is said
        if detector not in self._known.detectors:
            wrong.append("there is no such detector")
        elif (first := self._hung.setdefault(detector, number)) != number:
            wrong.append(f"what hangs at this detector stands in row {first} already")
        return detector


def _label(said: str, before: StockSensor | None, wrong: list[str]) -> str:
    if not said:
        return before.label if before is not None else ""
    if looks_like_key(said):
        wrong.append("the label looks like a key, and labels are shown")
    elif len(said) > LABEL_LIMIT or not said.isprintable():
        wrong.append(f"a label is at most {LABEL_LIMIT} characters that can be printed")
    return said
