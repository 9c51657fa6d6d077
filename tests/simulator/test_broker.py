from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import aiomqtt
import pytest

from simulator.broker import OWN, PASSWORD_VARIABLE, broker_at
from simulator.loopback import NotLoopback
from simulator.mqtt_device import BrokerAddress
from tests.simulator.brokers import HOST, broker_called, ear_at, until

if TYPE_CHECKING:
    from pathlib import Path

CROWD = 25


@pytest.fixture(autouse=True)
def password(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv(PASSWORD_VARIABLE, "only for this run")
    return "only for this run"


async def test_who_does_not_know_the_password_is_refused() -> None:
    async with broker_at(OWN, HOST) as own:
        broker = await own()

        for who in (BrokerAddress(HOST, broker.port), BrokerAddress(HOST, broker.port, broker.username, "guessed")):
            with pytest.raises(aiomqtt.MqttError):
                async with ear_at(who):
                    pass
        async with ear_at(broker):
            pass


async def test_it_ends_with_the_context() -> None:
    async with broker_at(OWN, HOST) as own:
        broker = await own()

    with pytest.raises(aiomqtt.MqttError):
        async with ear_at(broker):
            pass


def test_it_ends_when_whoever_started_it_is_killed() -> None:
    program = (
        "import asyncio; from simulator.broker import broker_at\n"
        "async def main():\n"
        "    async with broker_at('own', '127.0.0.1') as own:\n"
        "        print((await own()).port, flush=True); await asyncio.sleep(60)\n"
        "asyncio.run(main())"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        port = int(parent.stdout.readline())
        parent.kill()

    async def gone() -> bool:
        try:
            _, writer = await asyncio.open_connection(HOST, port)
        except OSError:
            return True
        writer.close()
        return False

    async def wait() -> None:
        async with asyncio.timeout(5):
            while not await gone():
                await asyncio.sleep(0.02)

    asyncio.run(wait())


async def test_only_brokers_of_this_machine_are_taken() -> None:
    for wanted in ("192.0.2.7:1883", "0.0.0.0:1883"):
        with pytest.raises(NotLoopback):
            async with broker_at(wanted, HOST):
                pass


def test_it_serves_loopback_only_and_ends_at_a_signal() -> None:
    command = [sys.executable, "-m", "simulator.broker"]

    refused = subprocess.run([*command, "--host", "0.0.0.0"], capture_output=True, text=True, check=False)
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as serving:
        assert serving.stdout is not None
        ready = json.loads(serving.stdout.readline())
        os.kill(serving.pid, signal.SIGTERM)
        ended = serving.wait(5)

    assert refused.returncode == 2
    assert "loopback only" in refused.stderr
    assert ready["ready"]
    assert ended == 0


async def test_a_crowd_that_comes_at_once_comes_in_and_hears_nothing_foreign() -> None:
    async with broker_at(OWN, HOST) as own, AsyncExitStack() as stack:
        broker = await own()
        gateway = await stack.enter_async_context(ear_at(broker, name="gateway"))
        for number in range(CROWD):
            await gateway.say(f"v1/device/{number}/state", {"n": number}, retain=True)
        await until(lambda: len(gateway.heard) == CROWD)

        crowd = [
            stack.enter_async_context(ear_at(broker, f"v1/device/{number}/cmd", f"one-{number}"))
            for number in range(CROWD)
        ]
        async with asyncio.timeout(5):
            ears = await asyncio.gather(*crowd)
        for number in range(CROWD):
            await gateway.say(f"v1/device/{number}/cmd", {"n": number})
        await until(lambda: all(ear.heard for ear in ears))

        assert [ear.heard[0][0] for ear in ears] == [f"v1/device/{number}/cmd" for number in range(CROWD)]


@pytest.mark.parametrize("name", ["amqtt", "mosquitto"])
async def test_what_is_retained_waits_for_who_comes_later_until_it_is_cleared(name: str, tmp_path: Path) -> None:
    async with broker_called(name, tmp_path) as broker, ear_at(broker, "other/#", "sayer") as sayer:
        await sayer.say("v1/x/state", 1, retain=True)
        async with ear_at(broker, "v1/+/state", "first") as first:
            await until(lambda: first.heard)
        await sayer.client.publish("v1/x/state", b"", qos=1, retain=True)
        async with ear_at(broker, "v1/+/+", "second") as second:
            await sayer.say("v1/x/event", 2)
            await until(lambda: second.heard)

        assert first.heard == [("v1/x/state", b"1", True)]
        assert second.heard == [("v1/x/event", b"2", False)]
