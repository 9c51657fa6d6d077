from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.contract import Fault, Kind, Point, Quality
from gateway.keep.lines import (
    BatchReader,
    Fields,
    LineForm,
    Tags,
    escape_key,
    escape_measurement,
    escape_tag,
    line_of,
    parse,
    prefix,
    quote,
)
from gateway.keep.qualities import UNHEARD, from_words, in_words
from tests.servers.influxd import Influxd

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from drivers.contract import Value

UTC_NS = 1_732_226_400_123_456_789

POINTS = (
    Point("door1.open", Kind.BOOLEAN),
    Point("supply_voltage", Kind.REAL),
    Point("ring_head", Kind.INTEGER),
    Point("door1.name", Kind.TEXT),
)
TAGS = Tags("b3", "xingfuli", "b3u1", "g1", simulated=False)

WRITABLE = st.text(st.characters(exclude_categories=["Cs", "Cc"]))
"""Text without control characters, which a line holds as spaces."""

NAMES = WRITABLE.filter(lambda text: text and "\\" not in text)


def form(tags: Tags = TAGS, points: Sequence[Point] = POINTS, product: str = "acp1-2door") -> LineForm:
    return LineForm(product, tags, Fields(points))


def written(*values: Value, faults: str = "") -> bytes:
    return form().line(range(len(values)), values, faults, UTC_NS)[0]


def test_a_line_is_what_the_design_shows() -> None:
    line, points, unwritable = form().line((0, 1, 2), (True, 13.62, 12, None), "", UTC_NS)

    assert line == (
        b"acp1-2door,building=b3,compound=xingfuli,device=b3u1,grid=g1 "
        b"door1.open=t,supply_voltage=13.62,ring_head=12i 1732226400123456789\n"
    )
    assert (points, unwritable) == (3, 0)


def test_a_simulated_compound_is_marked_in_a_last_tag() -> None:
    line, _, _ = form(TAGS._replace(simulated=True)).line((0,), (False,), "", UTC_NS)

    assert line.startswith(b"acp1-2door,building=b3,compound=xingfuli,device=b3u1,grid=g1,simulated=true door1.open=f ")


def test_only_the_points_asked_for_are_in_the_line() -> None:
    line, points, _ = form().line((2,), (True, 13.62, 12, "x"), "", UTC_NS)

    assert parse(line).fields == {"ring_head": 12}
    assert points == 1


def test_qualities_are_told_beside_the_values_and_also_alone() -> None:
    beside = parse(written(True, faults="supply_voltage bad: out of range"))
    alone = form().line((), (), "door1.open unheard", UTC_NS)

    assert beside.fields == {"door1.open": True, "faults": "supply_voltage bad: out of range"}
    assert parse(alone[0]).fields == {"faults": "door1.open unheard"}
    assert alone[1:] == (0, 0)


def test_a_whole_number_of_a_real_point_is_a_float() -> None:
    line = written(None, 13)

    assert b"supply_voltage=13.0 " in line


@pytest.mark.parametrize(
    ("index", "value"),
    [(1, math.nan), (1, math.inf), (1, -math.inf), (1, 10**400), (2, 2**63), (2, -(2**63) - 1)],
)
def test_a_number_that_no_destination_holds_is_left_out_and_counted(index: int, value: float) -> None:
    values: list[Value] = [True, 1.0, 1, "x"]
    values[index] = value

    line, points, unwritable = form().line(range(4), values, "", UTC_NS)

    assert POINTS[index].key not in parse(line).fields
    assert (points, unwritable) == (3, 1)


@pytest.mark.parametrize(("index", "value"), [(0, 1), (0, "t"), (1, True), (1, "1"), (2, True), (2, 1.0), (3, 1)])
def test_a_value_of_the_wrong_kind_never_gives_its_field_a_second_type(index: int, value: Value) -> None:
    values: list[Value] = [None] * 4
    values[index] = value

    assert form().line(range(4), values, "", UTC_NS) == (b"", 0, 1)


def test_the_whole_range_of_64_bits_is_written() -> None:
    assert b"ring_head=9223372036854775807i " in form().line((2,), (None, None, 2**63 - 1), "", UTC_NS)[0]
    assert b"ring_head=-9223372036854775808i " in form().line((2,), (None, None, -(2**63)), "", UTC_NS)[0]


def test_a_line_without_any_value_is_not_made() -> None:
    assert form().line(range(4), (None,) * 4, "", UTC_NS) == (b"", 0, 0)


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("3号楼 东", r"3号楼\ 东"),
        ("a,b=c", r"a\,b\=c"),
        ('"', '"'),
        ("tail\\", "tail/"),
        ("a\\,b", r"a/\,b"),
        ("a\nb", r"a\ b"),
        ("", "-"),
        ("\ud800", "?"),
    ],
)
def test_tags_and_keys_are_escaped(text: str, escaped: str) -> None:
    assert escape_tag(text) == escape_key(text) == escaped.encode()


@pytest.mark.parametrize(("text", "escaped"), [("a=b, c", r"a=b\,\ c"), ("#a", "-a"), ("", "-"), ("a\\", "a/")])
def test_measurements_are_escaped(text: str, escaped: str) -> None:
    assert escape_measurement(text) == escaped.encode()


@pytest.mark.parametrize(
    ("text", "quoted"),
    [('说"好"', r'"说\"好\""'), ("a\\", '"a\\\\"'), ("a\r\nb\x00c\td", '"a  b c d"'), ("", '""'), ("\udfff", '"?"')],
)
def test_strings_are_quoted_and_stay_on_their_line(text: str, quoted: str) -> None:
    assert quote(text) == quoted.encode()


@given(
    product=NAMES.filter(lambda text: not text.startswith("#")),
    places=st.tuples(NAMES, NAMES, NAMES, NAMES),
    simulated=st.booleans(),
    keys=st.lists(NAMES.filter(lambda key: key != "faults"), min_size=4, max_size=4, unique=True),
    boolean=st.booleans(),
    real=st.floats(allow_nan=False, allow_infinity=False),
    integer=st.integers(-(2**63), 2**63 - 1),
    text=WRITABLE,
    faults=WRITABLE,
    utc_ns=st.integers(-(2**62), 2**62),
)
@settings(deadline=None)
def test_what_is_written_comes_back(
    product: str,
    places: tuple[str, str, str, str],
    simulated: bool,  # noqa: FBT001
    keys: list[str],
    boolean: bool,  # noqa: FBT001
    real: float,
    integer: int,
    text: str,
    faults: str,
    utc_ns: int,
) -> None:
    points = [
        Point(key, kind) for key, kind in zip(keys, (Kind.BOOLEAN, Kind.REAL, Kind.INTEGER, Kind.TEXT), strict=True)
    ]
    values = (boolean, real, integer, text)
    tags = Tags(*places, simulated=simulated)
    marks = {"simulated": "true"} if simulated else {}

    line, _, _ = form(tags, points, product).line(range(4), values, faults, utc_ns)

    assert line.count(b"\n") == 1
    fields: dict[str, Any] = dict(zip(keys, values, strict=True))
    parsed = parse(line)
    assert parsed.measurement == product
    assert parsed.tags == dict(zip(("building", "compound", "device", "grid"), places, strict=True)) | marks
    assert parsed.fields == fields | ({"faults": faults} if faults else {})
    assert [type(value) for value in parsed.fields.values()][:4] == [bool, float, int, str]
    assert parsed.utc_ns == utc_ns
    assert list(BatchReader().read(line)) == [(places[2], fields, faults, utc_ns, False)]


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\n",
        b"m f=t",
        b"m 1",
        b"m  1",
        b"m f= 1",
        b"m f=nan 1",
        b"m f=1_0i 1",
        b'm f="open 1',
        b'm f="a"b" 1',
        b"m,a f=t 1",
        b"m,a= f=t 1",
        b"m f=t 1\nm f=t 2",
        b"m f=t,, 1",
        b"m f=t one",
    ],
)
def test_what_nobody_here_would_write_is_refused(line: bytes) -> None:
    with pytest.raises(ValueError, match="not a line"):
        parse(line)


@given(st.binary(max_size=60))
def test_no_bytes_break_the_reader(noise: bytes) -> None:
    reader = BatchReader()

    list(reader.read(noise))

    assert reader.unreadable <= noise.count(b"\n") + 1


def test_a_batch_is_read_line_by_line_and_garbage_is_passed_over() -> None:
    house, _, _ = line_of(prefix("gridpost", {"compound": "xingfuli"}), {"samples": 3, "load": 0.5, "ok": True}, 7)
    batch = written(True, 13.62) + b"garbage\n" + house + written(False, faults="ring_head bad: no value")
    reader = BatchReader()

    told = list(reader.read(batch))

    assert told == [
        ("b3u1", {"door1.open": True, "supply_voltage": 13.62}, "", UTC_NS, False),
        ("", {"samples": 3, "load": 0.5, "ok": True}, "", 7, True),
        ("b3u1", {"door1.open": False}, "ring_head bad: no value", UTC_NS, False),
    ]
    assert reader.unreadable == 1


def test_a_reader_does_not_remember_without_end() -> None:
    reader = BatchReader()

    told = list(reader.read(b"".join(form().line((2,), (None, None, n), "", n)[0] for n in range(20_000))))

    assert [one.fields["ring_head"] for one in told] == list(range(20_000))
    assert len(reader._fields) <= 8192


def test_a_line_of_any_fields_leaves_out_what_cannot_be_held() -> None:
    head = prefix("gridpost", {"compound": "xingfuli"})

    assert line_of(head, {"a": math.nan, "b": 2**70}, 1) == (b"", 0, 2)
    assert line_of(head, {"a": math.nan, "b": "说"}, 1) == ('gridpost,compound=xingfuli b="说" 1\n'.encode(), 1, 1)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (None, "door1.open good"),
        (UNHEARD, "door1.open unheard"),
        (Fault(Quality.BAD, "out of range"), "door1.open bad: out of range"),
        (Fault(Quality.UNCERTAIN, ""), "door1.open uncertain"),
    ],
)
def test_qualities_come_back_from_their_words(fault: Fault | None, words: str) -> None:
    assert in_words("door1.open", fault) == words
    assert list(from_words(f"{words};level bad: short: wire;new odd")) == [
        ("door1.open", fault),
        ("level", Fault(Quality.BAD, "short: wire")),
        ("new", Fault(Quality.BAD, "")),
    ]


def test_a_reason_has_no_semicolon_of_its_own() -> None:
    assert in_words("a", Fault(Quality.BAD, "x;y")) == "a bad: x,y"


async def test_influxdb_holds_what_was_written(tmp_path: Path) -> None:
    odd = '号 a,b=c "d" \\ e'
    tags = Tags("3号 楼,=", "compound\\", "b3u1", "g\\,1", simulated=True)
    line, _, _ = form(tags, product="acp1 2,door=").line(range(4), (True, 0.1 + 0.2, 2**63 - 1, odd), odd, UTC_NS)

    async with Influxd(tmp_path) as server:
        await server.write(line)
        (found,) = await server.query('SELECT * FROM "acp1 2,door="')

    row = dict(zip(found["columns"], found["values"][0], strict=True))
    parsed = parse(line)
    assert row == {"time": parsed.utc_ns, **parsed.tags, **parsed.fields}
    assert row["door1.name"] == row["faults"] == odd
