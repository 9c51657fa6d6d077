"""What is read from messages, without a socket: schemas, meters, times, transactions."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ocpp.messages import get_validator

from drivers.contract import CURSOR_LIMIT_BYTES
from drivers.ocpp import frame
from drivers.ocpp.meter import readings
from drivers.ocpp.moment import Moment, moment, rfc3339
from drivers.ocpp.oddities import masked
from drivers.ocpp.product import connector_of
from drivers.ocpp.schema import _learned, check
from drivers.ocpp.transactions import OPEN_LIMIT, Transactions

TAKEN = (
    "Authorize",
    "BootNotification",
    "DataTransfer",
    "DiagnosticsStatusNotification",
    "FirmwareStatusNotification",
    "Heartbeat",
    "MeterValues",
    "StartTransaction",
    "StatusNotification",
    "StopTransaction",
)
FIELDS = st.sampled_from(("value", "measurand", "unit", "phase", "format", "location"))
NOW = 1_795_000_000.0
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=5), below, max_size=3),
    max_leaves=8,
)


def shaped(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Mostly what the schema allows, and now and then anything."""
    match schema.get("type"):
        case "object":
            properties = {name: shaped(below) for name, below in schema.get("properties", {}).items()}
            required = set(schema.get("required", ()))
            good = st.fixed_dictionaries(
                {name: below for name, below in properties.items() if name in required},
                optional={name: below for name, below in properties.items() if name not in required},
            )
            return good | good | good | st.fixed_dictionaries({}, optional=properties) | JSON
        case "array":
            return st.lists(shaped(schema["items"]), max_size=2)
        case "integer":
            return st.integers() | st.integers() | JSON
        case _:
            word = st.sampled_from(schema["enum"]) if "enum" in schema else st.text(max_size=60)
            return word | word | word | JSON


@settings(max_examples=15, deadline=None)
@pytest.mark.parametrize("action", TAKEN)
@given(data=st.data())
def test_the_fast_check_and_the_schema_say_the_same(action: str, data: st.DataObject) -> None:
    judge = get_validator(2, action, "1.6")
    fields = data.draw(shaped(judge.schema))

    if isinstance(fields, dict):
        assert (check(action, fields) is None) is judge.is_valid(fields)


def test_the_fast_check_knows_ordinary_messages() -> None:
    value = {"value": "1", "context": "Sample.Periodic", "measurand": "Voltage", "unit": "V", "phase": "L1"}
    messages = {
        "Heartbeat": {},
        "MeterValues": {"connectorId": 1, "meterValue": [{"timestamp": "t", "sampledValue": [value]}]},
        "StatusNotification": {"connectorId": 1, "status": "Charging", "errorCode": "NoError"},
        "StartTransaction": {"connectorId": 1, "idTag": "T", "meterStart": 1, "timestamp": "t"},
        "StopTransaction": {"transactionId": 1, "meterStop": 1, "timestamp": "t", "reason": "Local"},
    }

    assert [action for action, fields in messages.items() if not _learned(action)[1](fields)] == []


@settings(max_examples=50, deadline=None)
@given(text=st.text(max_size=40) | JSON.map(json.dumps) | st.lists(JSON, max_size=6).map(json.dumps))
def test_no_text_is_too_odd_to_be_read(text: str) -> None:
    said = frame.read(text)

    assert isinstance(said, frame.Call | frame.Answered | frame.Refused | frame.Broken)
    if isinstance(said, frame.Broken) and said.answer:
        assert json.loads(said.answer)[0] == 4


@settings(max_examples=25, deadline=None)
@given(sampled=st.lists(st.dictionaries(FIELDS, JSON)))
def test_no_reading_is_too_odd(sampled: list[dict[str, Any]]) -> None:
    assert all(number is None or isinstance(number, float) for number in readings(sampled).values())


@pytest.mark.parametrize(
    ("sampled", "expected"),
    [
        ([{"value": "1234"}], {"energy": 1.234}),
        ([{"value": "1.5", "measurand": "Energy.Active.Import.Register", "unit": "kWh"}], {"energy": 1.5}),
        ([{"value": "7.2", "measurand": "Power.Active.Import", "unit": "kW"}], {"power": 7200.0}),
        ([{"value": "7200", "measurand": "Power.Active.Import"}], {"power": 7200.0}),
        ([{"value": "212", "measurand": "Temperature", "unit": "Fahrenheit"}], {"temperature": 100.0}),
        ([{"value": "300.15", "measurand": "Temperature", "unit": "K"}], {"temperature": 27.0}),
        ([{"value": "41", "measurand": "Temperature", "unit": "Celcius"}], {"temperature": 41.0}),
        (
            [
                {"value": "41", "measurand": "Temperature", "location": "Outlet"},
                {"value": "39", "measurand": "Temperature", "location": "Body"},
                {"value": "99", "measurand": "Temperature", "location": "EV"},
            ],
            {"temperature": 41.0},
        ),
        (
            [
                {"value": v, "measurand": "Current.Import", "phase": p}
                for v, p in (("10", "L1"), ("12", "L2"), ("3", "N"))
            ],
            {"current": 12.0},
        ),
        (
            [{"value": v, "measurand": "Power.Active.Import", "phase": p} for v, p in (("10", "L1"), ("12", "L2"))],
            {"power": 22.0},
        ),
        (
            [{"value": v, "measurand": "Voltage", "phase": p} for v, p in (("221", "L1-N"), ("400", "L1-L2"))],
            {"voltage": 221.0},
        ),
        (
            [
                {"value": "5", "measurand": "Current.Import", "phase": "L1"},
                {"value": "6", "measurand": "Current.Import"},
            ],
            {"current": 6.0},
        ),
        ([{"value": "abc", "measurand": "Voltage"}], {"voltage": None}),
        ([{"value": "inf", "measurand": "Voltage"}], {"voltage": None}),
        ([{"value": "5", "measurand": "Voltage", "unit": "A"}], {"voltage": None}),
        ([{"value": "AB12", "format": "SignedData"}], {}),
        ([{"value": "5", "measurand": "RPM"}], {}),
    ],
)
def test_readings_are_in_our_units(sampled: list[dict[str, Any]], expected: dict[str, float | None]) -> None:
    assert readings(sampled) == expected


def test_times_are_read_as_chargers_write_them_and_believed_only_where_they_can_be_true() -> None:
    now = rfc3339(NOW)

    assert moment(now, NOW) == Moment(NOW, wrong=False, old=False)
    assert moment(now.replace("Z", "+00:00"), NOW) == moment(now, NOW)
    assert moment(now.removesuffix("Z"), NOW) == moment(now, NOW)
    assert moment(rfc3339(NOW - 121), NOW) == Moment(NOW - 121, wrong=False, old=True)
    assert moment(rfc3339(NOW + 121), NOW) == Moment(None, wrong=True, old=False)
    assert moment("1970-01-01T00:00:00Z", NOW) == Moment(None, wrong=True, old=False)
    assert moment("0001-01-01T00:00:00+14:00", NOW) in (None, Moment(None, wrong=True, old=False))
    assert moment("yesterday", NOW) is None


def test_a_full_cursor_is_far_under_its_limit_and_is_read_back_whole() -> None:
    transactions = Transactions()
    for number in range(500):
        begun = transactions.begin(1, "f" * 16, number, NOW, f"{number:016x}", "Accepted", NOW)
        if number % 3 == 0:
            transactions.end(begun.number, f"{number:016x}")
    cursor = transactions.cursor()

    assert len(json.dumps(cursor, separators=(",", ":"))) < CURSOR_LIMIT_BYTES / 4
    assert transactions.open == OPEN_LIMIT
    assert Transactions(json.loads(json.dumps(cursor))).cursor() == cursor


@pytest.mark.parametrize("now_utc", [0.0, NOW, time.time(), 9e11])
def test_numbers_fit_32_bits_whatever_the_clock_says(now_utc: float) -> None:
    transactions = Transactions()
    numbers = [transactions.begin(1, "", 0, 0.0, str(n), "Accepted", now_utc).number for n in range(5)]

    assert numbers == sorted(set(numbers))
    assert 0 < numbers[0] <= numbers[-1] < 2**31


def test_tags_and_passwords_are_masked() -> None:
    said = '[2,"1","X",{"idTag":"ABC","parentIdTag": "DEF"}] {"id_tag=GHI" {"key":"AuthorizationKey","value":"JKL"}'

    assert not any(secret in masked(said) for secret in ("ABC", "DEF", "GHI", "JKL"))


@pytest.mark.parametrize(
    ("part", "number"), [("connector1", 1), ("connector2", 2), ("connector3", None), ("1", None), ("connector٣", None)]
)
def test_parts_are_named_as_they_are_numbered(part: str, number: int | None) -> None:
    assert connector_of(part, 2) == number
