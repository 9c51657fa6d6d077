"""The audit over HTTP: who did what, the head, verification, the export; and that nothing changes without a row."""

from __future__ import annotations

import ast
import csv
import inspect
import io
import textwrap
from typing import TYPE_CHECKING, Any

import pytest
from starlette.routing import Route

from gateway.serve.rights import RIGHTS
from tests.serve.compound import Town, open_town, served

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

AUDIT = "/api/v1/audit"


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with open_town(tmp_path) as opened, served(opened):
        yield opened


async def test_who_did_what_is_told_newest_first_and_page_by_page(town: Town) -> None:
    async with town.client("auditor") as client:
        first = (await client.get(AUDIT, params={"limit": 3})).json()
        second = (await client.get(AUDIT, params={"limit": 3, "before": first["before"]})).json()

    seqs = [row["seq"] for row in (*first["rows"], *second["rows"])]
    assert seqs == sorted(seqs, reverse=True)
    assert len(set(seqs)) == 6
    added = next(row for row in (*first["rows"], *second["rows"]) if row["what"].startswith("user."))
    assert added["trusted"]
    assert not added["erased"]


async def test_rows_are_found_by_who_and_what(town: Town) -> None:
    async with town.client("administrator") as client:
        await client.get(f"{AUDIT}/export")
        me = (await client.get("/api/v1/me")).json()
        mine = (await client.get(AUDIT, params={"who": me["name"], "what": "export"})).json()["rows"]
        by_id = (await client.get(AUDIT, params={"who": me["id"], "what": "export"})).json()["rows"]
        nobody = (await client.get(AUDIT, params={"who": "nobody"})).json()

    assert [row["what"] for row in mine] == ["export"]
    assert mine[0]["who"] == {"id": me["id"], "name": me["name"], "deleted": False}
    assert mine[0]["subject"] == "audit"
    assert by_id == mine
    assert nobody == {"rows": [], "before": None}


async def test_the_chain_is_verified_and_its_head_told(town: Town) -> None:
    async with town.client("auditor") as client:
        head = (await client.get(f"{AUDIT}/head")).json()
        verdict = (await client.post(f"{AUDIT}/verify")).json()
        rows = (await client.get(AUDIT, params={"what": "verify"})).json()["rows"]

    assert len(head["head"]) == len(head["key"]) == 64
    assert verdict["ok"]
    assert verdict["broken"] == []
    assert (verdict["to_seq"], verdict["head"]) == (head["seq"], head["head"])
    assert rows[0]["result"] == "ok"


async def test_a_row_that_was_changed_is_named(town: Town) -> None:
    connection = town.journal.connect()
    connection.execute("UPDATE log SET body = '{}' WHERE seq = 2")
    connection.close()

    async with town.client("administrator") as client:
        verdict = (await client.post(f"{AUDIT}/verify")).json()

    assert not verdict["ok"]
    assert [each["seq"] for each in verdict["broken"]] == [2]


async def test_the_export_is_a_sheet_in_which_no_cell_is_a_formula(town: Town) -> None:
    async with town.client("administrator") as client:
        answer = await client.get(f"{AUDIT}/export")

    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert answer.headers["content-type"].startswith("text/csv")
    assert [int(row["seq"]) for row in rows] == sorted(int(row["seq"]) for row in rows)
    assert all(len(row["head"]) == 64 for row in rows)
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())


@pytest.mark.parametrize("who", ["viewer", "staff", "manager", "installer"])
async def test_the_audit_is_for_auditors_and_administrators(town: Town, who: str) -> None:
    async with town.client(who) as client:
        answers = [
            await client.get(AUDIT),
            await client.get(f"{AUDIT}/head"),
            await client.post(f"{AUDIT}/verify"),
            await client.get(f"{AUDIT}/export"),
        ]

    assert {answer.status_code for answer in answers} == {403}
    assert {answer.json()["right"] for answer in answers} == {"audit"}


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"limit": 0}, "query.limit"), ({"limit": 501}, "query.limit"), ({"before": -1}, "query.before"),
        ({"from_utc": 2, "to_utc": 1}, "query.to_utc"), ({"from_utc": "x"}, "query.from_utc"),
        ({"nonsense": 1}, "query.nonsense"), ({"to_utc": 1e300}, "query.to_utc"),
    ],
)  # fmt: skip
async def test_a_wrong_query_names_the_field(town: Town, query: dict[str, Any], field: str) -> None:
    async with town.client("auditor") as client:
        answer = await client.get(AUDIT, params=query)

    assert answer.status_code == 422
    assert [error["path"] for error in answer.json()["errors"]] == [field]


# ---------------------------------------------------------------- nothing without a row

WITHOUT_A_ROW = {
    (
        "POST",
        "/api/v1/incidents/photos",
    ): "a photo is told of when an incident takes it; one that none takes is deleted",
    ("POST", "/api/v1/permits/search"): "it only reads; a POST so that no name stands in a URL",
    ("POST", "/api/octt/{version}/{station}/{action}"): "an outside suite on this machine, under a test flag",
    ("POST", "/a/{token}"): "the link's own act is the row, made by AnswerLinks and not by the route",
    ("POST", "/api/v1/county/status"): "the county is no actor of ours: CountySays and RefuseCounty are its rows",
}
"""Unsafe routes whose own code takes no act down the road, each with the reason."""

RECORDS = {"walk", "act", "performed", "told", "road"}
"""Through these names an endpoint takes an act down the road."""

ACCOUNTS = {"accounts", "users", "pins", "actors"}
"""Through these it changes accounts, each change of which is a row of kind "user" in the same transaction."""

KEEPERS = {"setup", "box", "_setup", "_box"}
"""Through these it asks set-up or the box, which take acts themselves."""


def _names(function: Callable[..., Any], seen: set[Any]) -> set[str]:
    """All names that a function of the HTTP face uses, with those that it calls in `gateway.serve`."""
    function = inspect.unwrap(function)
    if function in seen or not inspect.isfunction(function) or not function.__module__.startswith("gateway.serve"):
        return set()
    seen.add(function)
    found: set[str] = set()
    for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(function)))):
        if isinstance(node, ast.Name):
            found.add(node.id)
            called = function.__globals__.get(node.id)
            if inspect.isfunction(called):
                found |= _names(called, seen)
        elif isinstance(node, ast.Attribute):
            found.add(node.attr)
    return found


async def test_no_route_changes_anything_without_a_row_of_the_audit(town: Town) -> None:
    """By what each endpoint calls: an act down the road is a row (decide makes one of each, or refuses, which is one too)."""
    silent = []
    for route in town.app.routes:
        if not isinstance(route, Route):
            continue
        for method in (route.methods or set()) & {"POST", "PUT", "DELETE", "PATCH"}:
            name = (method, route.path_format)
            if name in WITHOUT_A_ROW or name not in RIGHTS:
                continue
            if not _names(route.endpoint, set()) & (RECORDS | ACCOUNTS | KEEPERS):
                silent.append(name)

    assert silent == []


async def test_every_export_leaves_a_row_that_names_who_took_it(town: Town) -> None:
    exports = [path for method, path in RIGHTS if method == "GET" and path.endswith("/export")]
    asked = [path.format(device="b1u1", key="door1.open") for path in exports]

    async with town.client("administrator") as client:
        me = (await client.get("/api/v1/me")).json()["id"]
        points = {"points": "b1u1/door1.open"}
        answers = {
            path: (await client.get(path, params=points if "history" in path else {})).status_code for path in asked
        }
        rows = (await client.get(AUDIT, params={"what": "export"})).json()["rows"]

    assert set(answers.values()) == {200}, answers
    assert len(rows) == len(exports)
    assert {row["who"]["id"] for row in rows} == {me}
