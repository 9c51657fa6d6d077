from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.credential import tag_hash
from gateway.charging import Tag
from gateway.keep.tag_csv import COLUMNS, LABEL_LIMIT, NOTE_LIMIT, ROWS_LIMIT, TAG_LIMIT, TagFile, read_tags

KEY = b"k" * 32
ZONE = "Asia/Shanghai"
HEADER = "tag,label,until,blocked,note\n"
CLEAR = "04E51234AB"


def read(text: str) -> TagFile:
    return read_tags(text.encode(), KEY, ZONE)


def wrong(row: str, header: str = HEADER) -> list[str]:
    found = read(header + row + "\n")
    assert found.tags == ()
    return [finding.removeprefix("row 2: ") for finding in found.findings]


def utc(*local: int) -> float:
    return datetime(*local, tzinfo=ZoneInfo(ZONE)).timestamp()  # type: ignore[arg-type,misc]  # year, month, day, hour


def test_a_tag_is_read_as_its_hash_and_nothing_else_of_it_stays() -> None:
    found = read(f"{HEADER} {CLEAR} ,A-12,2026/12/31,yes,丢失\n")

    assert found == TagFile((Tag(tag_hash(KEY, CLEAR), "A-12", utc(2027, 1, 1), blocked=True, note="丢失"),), ())
    assert CLEAR not in repr(found)


@pytest.mark.parametrize(
    ("until", "meant"),
    [
        ("", 0.0),
        ("2026-12-31", utc(2027, 1, 1)),
        ("2026-12-31 18:30", utc(2026, 12, 31, 18, 30)),
        ("2026/1/5", utc(2026, 1, 6)),
    ],
)
def test_a_day_holds_to_its_end_and_an_hour_to_that_hour(until: str, meant: float) -> None:
    assert [tag.until_utc for tag in read(f"tag,until\n{CLEAR},{until}\n").tags] == [meant]


def test_only_the_tag_is_needed_and_capital_letters_do_not_matter() -> None:
    upper, lower = read(f"Tag\n{CLEAR}\n"), read(f"TAG\n{CLEAR.lower()}\n")

    assert upper == lower == TagFile((Tag(tag_hash(KEY, CLEAR)),), ())


def test_what_excel_writes_in_china_is_read() -> None:
    text = f"{HEADER}{CLEAR},三号车棚,,,\r\n,,,,\r\n"

    assert read_tags(text.encode("gb18030"), KEY, ZONE) == read_tags(b"\xef\xbb\xbf" + text.encode(), KEY, ZONE)
    assert [tag.label for tag in read(text).tags] == ["三号车棚"]


def test_a_tag_that_looks_like_an_exponent_is_one_and_one_that_a_spreadsheet_shortened_is_none() -> None:
    assert len(read("tag\n0E123456\n").tags) == 1
    assert wrong("1.23457E+15", "tag\n") == ["the tag was shortened by a spreadsheet: make its column text"]


@pytest.mark.parametrize(
    ("row", "finding"),
    [
        (",A-12,,,", "no tag"),
        ("卡,,,,", f"a tag is at most {TAG_LIMIT} plain characters"),
        ("0" * (TAG_LIMIT + 1), f"a tag is at most {TAG_LIMIT} plain characters"),
        (f"{CLEAR},{'x' * (LABEL_LIMIT + 1)},,,", f"a label is at most {LABEL_LIMIT} characters that can be printed"),
        (f"{CLEAR},,,,{'x' * (NOTE_LIMIT + 1)}", f"a note is at most {NOTE_LIMIT} characters that can be printed"),
        (f"{CLEAR},,2026-02-30,,", "until is no day such as 2026-12-31 or 2026-12-31 18:00"),
        (f"{CLEAR},,soon,,", "until is no day such as 2026-12-31 or 2026-12-31 18:00"),
        (f"{CLEAR},,,maybe,", "blocked is yes or nothing"),
        (f"{CLEAR},,,,,x", "6 cells under 5 columns"),
    ],
)
def test_what_is_wrong_with_a_row_is_said(row: str, finding: str) -> None:
    assert wrong(row) == [finding]


def test_a_tag_that_stands_twice_is_said_with_the_row_of_the_first() -> None:
    found = read(f"tag\n{CLEAR}\nT2\n{CLEAR.lower()}\n")

    assert found.findings == ("row 4: this tag stands in row 2 already",)


def test_a_table_with_other_columns_or_without_the_tag_is_refused_as_a_whole() -> None:
    assert read("tag,owner\nT1,x\n").findings == (f"row 1: column 2 has none of the names {', '.join(COLUMNS)}",)
    assert read("label\nA-12\n").findings == ("row 1: the column 'tag' is missing",)


def test_a_file_that_is_too_long_is_refused_as_a_whole() -> None:
    found = read("tag\n" + "".join(f"T{number}\n" for number in range(ROWS_LIMIT + 1)))

    assert found == TagFile((), (f"the file has more than {ROWS_LIMIT} rows: part it",))


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: (HEADER + text).encode()))
def test_no_bytes_are_more_than_findings(data: bytes) -> None:
    found = read_tags(data, KEY, ZONE)

    assert all(len(tag.tag) == 16 for tag in found.tags)
