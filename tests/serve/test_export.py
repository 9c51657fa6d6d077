"""CSV exports over a real socket, out of a real history."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from gateway.keep.history import MOST_EXPORTS, History
from gateway.serve import export
from gateway.serve.app import create_app
from tests.serve.compound import Town, device, now, open_town, served, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

DEVICE = "/api/v1/devices/b1u1/export"
POINT = "/api/v1/devices/b1u1/points/supply_voltage/export"
BEGAN = float(int(now().utc // 60) * 60 - 3600)


@pytest_asyncio.fixture
async def recorded(tmp_path: Path) -> AsyncIterator[Town]:
    """A served compound with an hour's past of one door, of which the last minutes are still in memory."""
    async with open_town(tmp_path) as town:
        history = History(tmp_path, 7)
        history.adopt([device("b1u1")])
        for second in range(3600):
            volts = 12 + second / 1000
            history.record("b1u1", 0, (second % 900 < 10, False, False, volts), None, BEGAN + second)
            if second % 600 == 599:
                while history.close_some(BEGAN + second, 1.0) or history._commit is not None:
                    await asyncio.sleep(0)
        house = replace(town.house, past=history)
        open_one = replace(town, house=house, app=create_app(house))
        async with served(open_one):
            yield open_one
        await history.close()


def moment(utc: float) -> str:
    return datetime.fromtimestamp(utc, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


async def test_a_point_is_a_csv_file_that_a_spreadsheet_opens(recorded: Town) -> None:
    async with recorded.client("auditor") as client:
        answer = await client.get(POINT, params={"start": moment(BEGAN + 10), "end": moment(BEGAN + 13)})

    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    name = f"b1u1-supply_voltage-{datetime.fromtimestamp(BEGAN, UTC):%Y%m%dT%H%MZ}.csv"
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}"'
    assert answer.headers["cache-control"] == "no-store"
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert answer.content.decode("utf-8-sig").split("\r\n") == [
        "time,value,quality",
        f"{moment(BEGAN + 10)},12.01,good",
        f"{moment(BEGAN + 11)},12.011,good",
        f"{moment(BEGAN + 12)},12.012,good",
        "",
    ]


async def test_a_device_is_one_file_with_all_its_recorded_points_and_the_open_minute(recorded: Town) -> None:
    async with recorded.client("manager") as client:
        rows = (await client.get(DEVICE, params={"end": moment(BEGAN + 3600)})).text.splitlines()[1:]

    points = [row.split(",")[1] for row in rows]
    assert points.count("supply_voltage") == 3600
    assert points.count("door1.open") == 8
    assert set(points) == {"door1.open", "door1.forced", "door1.held", "supply_voltage"}
    assert rows == sorted(rows, key=lambda row: row.split(",")[0])
    assert rows[-1] == f"{moment(BEGAN + 3599)},supply_voltage,15.599,V,good"


@pytest.mark.parametrize("path", [DEVICE, POINT])
async def test_head_says_the_same_and_reads_nothing(recorded: Town, path: str) -> None:
    async with recorded.client() as client:
        answer = await client.head(path)

    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/csv; charset=utf-8")
    assert answer.content == b""
    assert not recorded.house.past._exports  # type: ignore[attr-defined]  # the real history


async def test_who_is_bound_to_other_grids_finds_nothing_there(recorded: Town) -> None:
    async with recorded.client("bound") as bound, recorded.client("staff") as staff, recorded.client() as anyone:
        refused = [await client.get(DEVICE) for client in (bound, staff)]
        unknown = [
            await anyone.get(path)
            for path in (
                "/api/v1/devices/nobody/export",
                "/api/v1/devices/b1u1/points/nothing/export",
                "/api/v1/devices/b1u1/points/firmware/export",
            )
        ]

    assert [(each.status_code, each.json()["code"]) for each in refused] == [(403, "role"), (403, "role")]
    assert [(each.status_code, each.json()["code"]) for each in unknown] == [
        (404, "device_unknown"),
        (404, "point_unknown"),
        (404, "not_recorded"),
    ]


@pytest.mark.parametrize(
    ("start", "end"),
    [(BEGAN, BEGAN), (BEGAN + 1, BEGAN), (BEGAN - 500 * 86_400, BEGAN)],
)
async def test_a_stretch_without_length_or_too_long_is_refused(recorded: Town, start: float, end: float) -> None:
    async with recorded.client() as client:
        answer = await client.get(POINT, params={"start": moment(start), "end": moment(end)})

    assert (answer.status_code, answer.json()["errors"][0]["path"]) == (422, "query.start")


async def test_a_start_in_the_future_is_refused(recorded: Town) -> None:
    later = now().utc + 3600

    async with recorded.client() as client:
        answer = await client.get(POINT, params={"start": moment(later), "end": moment(later + 60)})

    assert (answer.status_code, answer.json()["errors"][0]["path"]) == (422, "query.start")


async def test_one_too_many_is_told_to_wait_and_who_leaves_makes_room(recorded: Town) -> None:
    history = recorded.house.past
    assert isinstance(history, History)
    held = asyncio.Event()
    reading = history.export

    def slow(*stretches: object) -> object:
        begun = reading(*stretches)  # type: ignore[arg-type]
        if begun is not None:
            pieces = begun.pieces

            async def held_back() -> AsyncIterator[bytes]:
                async for piece in pieces():
                    yield piece
                    await held.wait()

            begun.pieces = held_back  # type: ignore[method-assign,assignment]
        return begun

    history.export = slow  # type: ignore[method-assign,assignment]
    async with recorded.client() as client:
        leaving = [asyncio.create_task(client.get(DEVICE)) for _ in range(MOST_EXPORTS)]
        await until(lambda: len(history._exports) == MOST_EXPORTS)
        refused = await client.get(DEVICE)
        leaving[0].cancel()
        await asyncio.wait([leaving[0]])
        held.set()
        await until(lambda: not history._exports)
        again = await client.get(DEVICE)
        await leaving[1]

    assert (refused.status_code, refused.json()["code"]) == (429, "exports_busy")
    assert again.status_code == 200


async def test_who_takes_nothing_is_cut_off_and_the_reading_ends(
    recorded: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "PATIENCE_SECONDS", 0.05)
    history = recorded.house.past
    assert isinstance(history, History)
    begun = history.export

    def endless(*stretches: object) -> object:
        found = begun(*stretches)  # type: ignore[arg-type]
        assert found is not None

        async def pieces() -> AsyncIterator[bytes]:
            while True:
                yield b"x" * 32_000

        found.pieces = pieces  # type: ignore[method-assign,assignment]
        return found

    history.export = endless  # type: ignore[method-assign,assignment]
    host, port = recorded.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    token = recorded.tokens["administrator"]
    writer.write(f"GET {DEVICE} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n\r\n".encode())
    await until(lambda: history._exports)
    await until(lambda: not history._exports)
    received = await reader.read(-1)
    writer.close()

    assert received.startswith(b"HTTP/1.1 200")
    assert not received.endswith(b"0\r\n\r\n"), "nobody takes it for the whole file"
