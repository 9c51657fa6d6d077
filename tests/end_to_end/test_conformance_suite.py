"""`gridpost run --conformance`: an outside suite works the central system over HTTP, where no real device is."""

from __future__ import annotations

import asyncio
import json
from asyncio.subprocess import PIPE
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from bench.children import child
from tests.drivers.ocpp.point import Point, free_port
from tests.end_to_end.living import LIMIT_SECONDS, living

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    import httpx

    from tests.end_to_end.living import Living

WITH_THE_FLAG = ("sh", "-c", 'exec "$@" --conformance', "sh")
"""A command in front of the gateway's that adds the flag behind it."""


def config(port: int, *lines: str) -> str:
    return "\n".join(
        [
            "compound: {id: c1, name: 小区}",
            "rooms: [{id: garage, name: 车库, cabinet: 配电箱 A, kind: car}]",
            "lines:",
            f"  - {{id: piles, driver: ocpp, listen: '127.0.0.1:{port}', security: none,",
            "     devices: [{id: pile1, identity: CP1, room: garage}]}",
            *lines,
            "",
        ]
    )


@asynccontextmanager
async def dialled_in(gateway: Living, port: int) -> AsyncIterator[Point]:
    """A charge point that the gateway knows, and that has said everything that it says by itself."""
    async with asyncio.timeout(40):
        while not await listens(port):
            await asyncio.sleep(0.02)
    async with Point(port) as point:
        await point.boot()
        await point.status(1, "Available")
        await gateway.until("devices/pile1", lambda body: body["link"] == "up")
        yield point


async def listens(port: int) -> bool:
    """Whether anybody does: the page answers before the lines begin."""
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except ConnectionRefusedError:
        return False
    writer.close()
    return True


async def asked(gateway: Living, station: str, action: str, **fields: Any) -> httpx.Response:
    """What a suite asks for."""
    return await gateway.client.post(f"/api/octt/{station}/{action}", json=fields)


async def test_a_suite_works_a_charge_point_that_is_left_alone_otherwise(tmp_path: Path) -> None:
    port = free_port()
    async with (
        living(tmp_path, config(port), *WITH_THE_FLAG) as gateway,
        dialled_in(gateway, port) as point,
    ):
        point.answers |= {"ChangeAvailability": {"status": "Scheduled"}, "Reset": None}
        point.on_call = lambda action, _: says_no(point) if action == "Reset" else None

        started = await asked(gateway, "1.6/CP1", "RemoteStartTransaction", connectorId=1, idTag="TAG1")
        changed = await asked(gateway, "1.6/CP1", "ChangeAvailability", connectorId=0, type="Inoperative")
        refused = await asked(gateway, "1.6/CP1", "Reset", type="Soft")
        unknown = [await asked(gateway, station, "ClearCache") for station in ("1.6/CP2", "2.0.1/CP1")]

        assert (started.status_code, started.json()) == (200, {"status": "Accepted"})
        assert (changed.status_code, changed.json()) == (200, {"status": "Scheduled"})
        assert (refused.status_code, refused.json()["details"]) == (502, ["NotSupported"])
        assert [answer.status_code for answer in unknown] == [404, 404]
        assert point.called == [
            ("RemoteStartTransaction", {"connectorId": 1, "idTag": "TAG1"}),
            ("ChangeAvailability", {"connectorId": 0, "type": "Inoperative"}),
            ("Reset", {"type": "Soft"}),
        ]


SAYING: set[asyncio.Task[None]] = set()


def says_no(point: Point) -> None:
    """Answer the last call with a CALLERROR."""
    task = asyncio.create_task(point.say(json.dumps([4, point.ids[-1], "NotSupported", "not here", {}])))
    SAYING.add(task)
    task.add_done_callback(SAYING.discard)


REAL = "  - {id: door, driver: modbus, host: 127.0.0.1, port: 1, devices: [{id: d1, product: relay-8, unit: 1}]}"


async def test_it_does_not_start_where_somebody_could_work_real_chargers(tmp_path: Path) -> None:
    page = f"0.0.0.0:{free_port()}"

    beside_a_door, for_everybody = await asyncio.gather(
        refusal(tmp_path / "door", config(free_port(), REAL), f"127.0.0.1:{free_port()}"),
        refusal(tmp_path / "page", config(free_port()), page),
    )

    assert beside_a_door == (
        2,
        "--conformance: line door (127.0.0.1:1) may lead to real devices; only OCPP lines on loopback can stay\n",
    )
    assert for_everybody == (2, f"--conformance: the page is served on {page}, not on loopback\n")


async def refusal(folder: Path, written: str, address: str) -> tuple[int | None, str]:
    """Its exit code, and what it said."""
    folder.mkdir()
    (folder / "compound.yaml").write_text(written, "utf-8")
    arguments = (str(folder / "compound.yaml"), "--data", str(folder / "data"), "--http", address, "--conformance")
    async with child("gateway", "run", *arguments, stderr=PIPE) as process:
        async with asyncio.timeout(LIMIT_SECONDS):
            _, said = await process.communicate()
    return process.returncode, said.decode()
