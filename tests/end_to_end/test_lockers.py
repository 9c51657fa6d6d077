"""A real gateway before a parcel locker: each door opens for whoever may, once, and no code is written down anywhere."""

from __future__ import annotations

import asyncio
import json
import re
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import aiomqtt
import pytest
import pytest_asyncio

from bench.children import say
from tests.end_to_end.living import LIMIT_SECONDS, living
from tests.end_to_end.terminal import LOCKER, TOPIC, Terminal, switched_on
from tests.servers.mosquitto import Mosquitto

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.end_to_end.living import Living

pytestmark = pytest.mark.asyncio(loop_scope="module")

NEVER = "c20"
"""Nobody of ours ever asks for this compartment."""


@dataclass(slots=True)
class Hall:
    """A locker that came to its broker when an order for it was retained there already, and its gateway."""

    folder: Path
    broker: Mosquitto
    terminal: Terminal
    gateway: Living


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hall(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Hall]:
    folder = tmp_path_factory.mktemp("locker")
    terminal = Terminal()
    async with AsyncExitStack() as life:
        broker = await life.enter_async_context(Mosquitto(folder / "broker"))
        data = str(folder / "data")
        person = await say("gateway", "users", "add", "a", "--role", "administrator", "--data", data)
        (folder / "token").write_text(person.split()[-1])
        gateway = await life.enter_async_context(living(folder, config(broker.port)))
        await gateway.until("lines", lambda body: body["lines"][0]["link"] == "up")
        order = {"cmd": "open", "c": NEVER, "n": 1, "until": int(time.time()) + 600}
        await publish(broker.port, "cmd", json.dumps(order).encode(), retain=True)
        await life.enter_async_context(switched_on(terminal, broker.port))
        await until_state(gateway, NEVER, "empty")
        yield Hall(folder, broker, terminal, gateway)


def config(port: int) -> str:
    return (
        "compound: {id: c1, name: 小区, simulated: true}\n"
        "buildings: [{id: b1, name: 1号楼}]\n"
        f"lines:\n  - {{id: broker, driver: mqtt, host: 127.0.0.1, port: {port},\n"
        f"     devices: [{{id: {LOCKER}, product: gridpost-locker-60, topic: {TOPIC}, building: b1, name: 快递柜}}]}}\n"
    )


async def until_state(gateway: Living, part: str, state: str) -> None:
    """Wait until the gateway says so of a compartment."""
    await gateway.until(
        f"lockers/{LOCKER}", lambda body: (part, state) in {(one["part"], one["state"]) for one in body["compartments"]}
    )


async def until_raised(gateway: Living, rule: str) -> None:
    """Wait until an alarm of this rule stands."""
    await gateway.until("alarms", lambda body: rule in {alarm["rule"] for alarm in body["alarms"]})


async def opened_from_afar(gateway: Living, part: str, **body: str) -> tuple[int, str]:
    """Ask for a remote open, again while two others are being opened; the status with the refusal's code or the outcome."""
    async with asyncio.timeout(LIMIT_SECONDS):
        while True:
            answer = await gateway.client.post(f"/api/v1/lockers/{LOCKER}/compartments/{part}/open", json=body)
            said = answer.json()
            if said.get("code") != "busy":
                return answer.status_code, said.get("code") or said["outcome"]
            await asyncio.sleep(0.1)


async def publish(port: int, stream: str, payload: bytes, *, retain: bool = False) -> None:
    """Say something on the locker's topic in its name."""
    async with aiomqtt.Client("127.0.0.1", port) as client:
        await client.publish(f"{TOPIC}/{stream}", payload, qos=1, retain=retain)


def said_by_locker(data: dict[str, Any]) -> bytes:
    """A message in the locker's envelope."""
    return json.dumps({"v": 1, "id": "x", "seq": 999_999, "boot": 1, "q": "est", "d": data}).encode()


def where(code: str, folder: Path, *said: str) -> list[str]:
    """Where a code stands: in which file, or in which word (by number). Within a longer number it is no code."""
    alone = re.compile(rb"(?<![0-9.])" + code.encode() + rb"(?![0-9])")
    found = [path.name for path in folder.rglob("*") if path.is_file() and alone.search(path.read_bytes())]
    return found + [f"said {number}" for number, words in enumerate(said) if alone.search(words.encode())]


async def test_a_retained_order_is_told_and_opens_nothing(hall: Hall) -> None:
    await until_raised(hall.gateway, "command_retained")

    assert hall.terminal.open() == set()


async def test_a_remote_open_needs_a_reason_and_is_done_when_the_door_shows_it(hall: Hall) -> None:
    gateway, terminal = hall.gateway, hall.terminal
    terminal.cabinet.compartments["c30"].jammed = True

    without = (await gateway.client.post(f"/api/v1/lockers/{LOCKER}/compartments/c29/open", json={})).status_code
    before = terminal.open()
    works, jammed = await asyncio.gather(
        opened_from_afar(gateway, "c29", reason="收件人打不开"), opened_from_afar(gateway, "c30", reason="收件人打不开")
    )

    assert (without, before) == (422, set())
    assert (works, jammed) == ((200, "done"), (200, "unknown"))
    assert terminal.open() == {"c29"}
    terminal.empty("c29")


async def test_a_courier_gets_one_compartment_and_its_code_opens_it_once(hall: Hall) -> None:
    gateway, terminal = hall.gateway, hall.terminal
    part, code = await terminal.deliver("SF-1")
    await until_state(gateway, part, "occupied")

    first = await terminal.ask(ask="pickup", code=code)
    await terminal.until_open(part)
    opened = terminal.open()
    terminal.empty(part)
    await until_state(gateway, part, "empty")
    second = await terminal.ask(ask="pickup", code=code)

    assert (first["ok"], first["c"], opened) == (True, part, {part})
    assert (second["ok"], second["why"]) == (False, "code_wrong")


async def test_a_door_that_nobody_ordered_open_was_forced(hall: Hall) -> None:
    hall.terminal.cabinet.swing_open("c05", "force", time.time())

    await until_raised(hall.gateway, "compartment_forced")
    await until_state(hall.gateway, "c05", "forced")


async def test_after_a_kill_a_code_still_opens_once_and_no_code_was_ever_written_down(hall: Hall) -> None:
    terminal, gateway = hall.terminal, hall.gateway
    part, code = await terminal.deliver("SF-2")
    await until_state(gateway, part, "occupied")
    stored = {"e": "stored", "c": "c99", "code": code}  # there is no such compartment
    for payload in (said_by_locker(stored), json.dumps(stored).encode()):
        await publish(hall.broker.port, "event", payload)
    await gateway.until("lines", lambda body: body["lines"][0]["statistics"]["rejected"] == 2)
    rejected = (await gateway.client.get("/api/v1/lines/broker/rejected")).text
    gateway.process.kill()
    await gateway.process.wait()

    async with living(hall.folder, config(hall.broker.port)) as gateway:
        await until_state(gateway, part, "occupied")
        first = await terminal.ask(ask="pickup", code=code)
        await terminal.until_open(part)
        terminal.empty(part)
        await until_state(gateway, part, "empty")
        second = await terminal.ask(ask="pickup", code=code)

        assert (first["ok"], first["c"], second["ok"], second["why"]) == (True, part, False, "code_wrong")
        assert NEVER not in terminal.open()
        assert "stored" in rejected
        said = rejected, hall.gateway.said.decode(), gateway.said.decode()
        assert [where(each, hall.folder / "data", *said) for each in terminal.codes] == [[] for _ in terminal.codes]
