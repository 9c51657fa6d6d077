from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.auditing import Audited
from gateway.keep.permit_csv import read_csv
from gateway.serve import permit_shapes
from gateway.serve.bodies import FILE_LIMIT_BYTES
from tests.serve.doorkeeping import KEY

if TYPE_CHECKING:
    import httpx

    from tests.serve.compound import Town

IMPORT = "/api/v1/permits/import"
HEAD = "name,building,entrance,flat,card,groups\r\n"


async def _import(
    town: Town, text: str | bytes, query: str = "", who: str = "manager", media: str = "text/csv; charset=utf-8"
) -> httpx.Response:
    data = text.encode() if isinstance(text, str) else text
    async with town.client(who) as client:
        return await client.post(f"{IMPORT}{query}", content=data, headers={"Content-Type": media})


async def test_a_file_of_permits_is_taken_whole_and_again_changes_nothing(town: Town) -> None:
    text = HEAD + "陆逊,b1,2,301,1001,north\r\n吕蒙,b2,1,402,1002,south\r\n"

    first = await _import(town, text)
    again = await _import(town, text)

    assert permit_shapes.Imported.model_validate_json(first.text).model_dump() == {
        "rows": 2,
        "new": 2,
        "changed": 0,
        "unchanged": 0,
    }
    assert again.json() == {"rows": 2, "new": 0, "changed": 0, "unchanged": 2}
    assert [one.name for one in town.lodge.permits.permits.values()][-2:] == ["陆逊", "吕蒙"]


async def test_a_dry_run_says_what_would_be_and_changes_nothing(town: Town) -> None:
    answer = await _import(town, HEAD + "陆逊,b1,2,301,1001,north\r\n", "?dry=true")

    assert answer.json() == {"rows": 1, "new": 1, "changed": 0, "unchanged": 0}
    assert town.road.acts == []
    assert len(town.lodge.permits.permits) == 4


@pytest.mark.parametrize("query", ["", "?dry=true"])
async def test_a_file_with_bad_rows_changes_nothing_and_every_bad_row_is_listed(town: Town, query: str) -> None:
    rows = [
        "陆逊,b1,2,301,1001,north",
        "吕蒙,b1,2,301,10x2,north",
        "甘宁,b1,2,301,1003,nowhere",
        ",b1,2,301,1004,north",
    ]

    answer = await _import(town, HEAD + "\r\n".join(rows), query)
    problem = answer.json()

    assert (answer.status_code, problem["code"]) == (409, "permits_wrong")
    assert [one.partition(":")[0] for one in problem["details"]] == ["row 3", "row 4", "row 5"]
    assert "10x2" not in answer.text
    assert len(town.lodge.permits.permits) == 4


async def test_rows_that_can_be_read_but_may_not_stand_are_listed(town: Town) -> None:
    answer = await _import(town, HEAD + "甘宁,b1,2,301,1003,nowhere\r\n陆逊,b1,2,301,1001,north\r\n")

    assert answer.status_code == 409
    [wrong] = answer.json()["details"]
    assert wrong.startswith("row 2: there is no group 'nowhere'")


async def test_a_file_without_rows_is_nothing(town: Town) -> None:
    assert (await _import(town, HEAD)).json() == {"rows": 0, "new": 0, "changed": 0, "unchanged": 0}


@pytest.mark.parametrize(
    ("data", "media", "status", "code"),
    [
        (b"\xff\xff\xff", "text/csv", 409, "permits_wrong"),
        (b"", "text/csv", 409, "permits_wrong"),
        (b"{}", "application/json", 415, "media_type"),
        (b"x" * (FILE_LIMIT_BYTES + 1), "text/csv", 413, "too_large"),
    ],
)
async def test_what_is_no_file_of_permits_is_refused(
    town: Town, data: bytes, media: str, status: int, code: str
) -> None:
    answer = await _import(town, data, media=media)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert town.road.acts == []


async def test_an_export_can_be_read_back_and_holds_hashes_and_no_more(town: Town) -> None:
    async with town.client("manager") as client:
        answer = await client.get("/api/v1/permits/export")
    read = read_csv(answer.content, KEY, "Asia/Shanghai")
    again = await _import(town, answer.content)

    assert answer.headers["content-type"].startswith("text/csv")
    assert "attachment" in answer.headers["content-disposition"]
    assert answer.content.startswith(b"\xef\xbb\xbf"), "or Excel shows no Chinese"
    assert [permit.credential for permit in read.permits] == [f"00000000000000a{number}" for number in range(1, 5)]
    assert again.json()["rows"] == 4
    assert again.json()["new"] == 0


async def test_an_export_is_audited(town: Town) -> None:
    async with town.client("manager") as client:
        await client.get("/api/v1/permits/export")

    [act] = [act for act in town.road.acts if isinstance(act, Audited)]
    assert (act.what, act.subject, act.body) == ("export", "permits", {"permits": 4})


async def test_a_manager_of_a_grid_exports_what_is_in_it(town: Town) -> None:
    connection = town.journal.connect()
    connection.execute("UPDATE users SET role = 'manager' WHERE name = 'bound'")
    connection.close()

    async with town.client("bound") as client:
        text = (await client.get("/api/v1/permits/export")).text

    assert "李梅" in text
    assert "赵云" not in text
