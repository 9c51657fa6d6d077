from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.credential import card_hash, code_hash
from gateway.keep.permit_csv import COLUMNS, PermitFile, person_hash, read_csv, write_csv
from gateway.permit import Credential, Permit, Standing

KEY = b"k" * 32
ZONE = "Asia/Shanghai"
HEADER = "person,name,building,entrance,flat,card,code,groups,schedule,from,until\n"
NEW_YEAR = 1_798_732_800.0
"""1 January 2027, midnight in Shanghai."""


def read(text: str, encoding: str = "utf-8") -> PermitFile:
    return read_csv(text.encode(encoding), KEY, ZONE)


def test_a_row_becomes_a_permit_without_its_number() -> None:
    found = read(HEADER + "110101,王芳,b3,2,501,0012345678,,b3;gate,office,2026-12-31 18:00,2026-12-31\n")

    assert found == PermitFile(
        (
            Permit(
                "",
                person_hash(KEY, "110101"),
                "王芳",
                "b3-2-501",
                card_hash(KEY, 12345678),
                Credential.CARD,
                ("b3", "gate"),
                "office",
                NEW_YEAR - 6 * 3600,
                NEW_YEAR,
            ),
        ),
        ("row 2",),
        (),
    )


def test_a_code_keeps_its_zeros_in_front() -> None:
    found = read(HEADER + ",保洁,,,,,0042,gate,,,\n")

    assert found.permits[0].credential == code_hash(KEY, "0042")
    assert found.permits[0].kind is Credential.CODE
    assert found.permits[0].person == person_hash(KEY, "/保洁")


def test_what_excel_writes_in_china_is_read() -> None:
    text = HEADER + "1,李强,b1,1,101,7,,b1,,2026/1/5 8:00,2026/12/31\r\n"

    found = [read(text, encoding) for encoding in ("utf-8", "utf-8-sig", "gb18030")]

    assert found[0] == found[1] == found[2]
    assert found[0].permits[0].until_utc == NEW_YEAR
    assert found[0].permits[0].from_utc == NEW_YEAR - 361 * 86400 + 8 * 3600


def test_every_wrong_cell_of_every_row_is_told_and_no_number() -> None:
    rows = (
        ",,b1,1,101,1.23E+15,,,,,",
        "1,A,b1,,101,7654321,8765,gate,,2026-02-30,soon",
        "",
        "2,B,,,,99,,gate,,,",
        "3,C,b 1,1-2,5,,123,gate,,,,extra",
        "4,D,b1,1-2,5,,123,gate,,,",
        "5,E,,,,,,gate,,,",
    )

    found = read(HEADER + "\n".join(rows))

    assert found.origins == ("row 5",)
    assert found.findings == (
        "row 2: the card is no whole number (a spreadsheet shortens long ones: make its column text)",
        "row 2: no name",
        "row 2: no group of doors",
        "row 3: exactly one of card, code and credential is needed",
        "row 3: building, entrance and flat are given together or not at all",
        "row 3: from is no day such as 2026-12-31 or 2026-12-31 18:00",
        "row 3: until is no day such as 2026-12-31 or 2026-12-31 18:00",
        "row 6: 12 cells under 11 columns",
        "row 7: a code has 4 to 12 digits",
        "row 7: building, entrance and flat have no spaces, entrance and flat no hyphens",
        "row 8: exactly one of card, code and credential is needed",
    )
    for secret in ("1.23E", "7654321", "8765"):
        assert secret not in str(found)


def test_a_file_that_is_no_table_of_permits_is_refused_in_words() -> None:
    assert read("").findings[0] == "row 1: the column 'name' is missing"
    assert read("name,name,groups,card,colour\n").findings == (
        f"row 1: column 5 has none of the names {', '.join(COLUMNS)}",
        "row 1: the column 'name' stands twice",
    )
    assert read("name,groups\n").findings == ("row 1: a column 'card' or 'code' is missing",)
    assert read_csv(b"\xff\xff\xff", KEY, ZONE).findings == ("the file is text in neither UTF-8 nor GB18030",)
    assert read(HEADER + '"a"b,\n').findings[0].startswith("the file is no table of commas")
    assert read("credential,kind,name,groups,visitor\nxyz,card,A,g,\n" + "ab" * 8 + ",badge,A,g,maybe\n").findings == (
        "row 2: the credential is no hash of an export, or its kind is neither card nor code",
        "row 3: the credential is no hash of an export, or its kind is neither card nor code",
        "row 3: visitor is yes or nothing",
    )


hashes = st.integers(1, 2**64 - 1).map(lambda number: f"{number:016x}")
words = st.text(st.characters(blacklist_categories=("Cc", "Cs", "Z")), min_size=1, max_size=9)
names = st.from_regex(r"[a-z0-9]{1,6}", fullmatch=True)
times = st.just(0.0) | st.integers(1, 2**32 - 1).map(float)
permits = st.builds(
    Permit,
    id=st.from_regex(r"p[1-9][0-9]{0,4}", fullmatch=True),
    person=hashes,
    name=words,
    household=st.just("")
    | st.builds("{}-{}-{}".format, st.from_regex(r"[a-z][a-z0-9-]{0,5}", fullmatch=True), names, names),
    credential=hashes,
    kind=st.sampled_from(Credential),
    groups=st.lists(names, min_size=1, max_size=3, unique=True).map(tuple),
    schedule=st.just("") | names,
    from_utc=times,
    until_utc=times,
    visitor=st.booleans(),
    note=st.just("") | words,
)


@settings(max_examples=25)
@given(st.lists(permits, max_size=4))
def test_an_export_is_read_back_as_it_was(several: list[Permit]) -> None:
    found = read(write_csv(several, ZONE))

    assert found.findings == ()
    assert found.permits == tuple(several)


def test_a_number_in_a_wrong_cell_is_not_told() -> None:
    found = read("7654321,王芳\n" + HEADER), read(HEADER + "1,A,7654321,7654321,,,,g,,7654321,7654321\n")

    assert all(one.findings for one in found)
    assert "7654321" not in str(found)


def test_what_was_revoked_is_not_exported_and_no_cell_is_a_formula() -> None:
    one = Permit("p1", "ab" * 8, "=1+1", "b1-1-1", "cd" * 8, Credential.CARD, ("g",), note="'-x")
    gone = replace(one, id="p2", standing=Standing.BLOCKED)

    text = write_csv([one, gone], ZONE)

    assert "p2" not in text
    assert "'=1+1" in text
    assert read(text).permits == (one,)


@settings(max_examples=40)
@given(st.binary(max_size=80) | st.text(max_size=80).map(lambda text: (HEADER + text).encode("utf-8", "ignore")))
def test_no_file_is_too_strange_to_be_answered(data: bytes) -> None:
    found = read_csv(data, KEY, ZONE)

    assert len(found.permits) == len(found.origins)
