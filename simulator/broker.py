"""`python -m simulator.broker`: the MQTT broker that the demo brings, so that it starts on a machine that has none.

It is amqtt, because it is the one broker that comes with `pip`: pure Python, nothing to compile or to install as root. It
has a process of its own, so that its work stays out of the simulator's loop, and listens on loopback only. Whoever starts
it may name a password in `GRIDPOST_DEMO_BROKER_PASSWORD`, as the demo does with a new one for each run; without one, every
program of this machine may come in. It ends when its standard input does.

It speaks MQTT 3.1.1, keeps everything in memory, never sends again what a client did not acknowledge, gives a client that
connects retained messages that it did not subscribe to, and gives everything at the quality of the subscription. It is
good for showing how lockers and chargers behave, and **no evidence** that no message gets lost: that is shown with
mosquitto, which `--broker HOST:PORT` of the simulator takes instead of this one.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import signal
import sys
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from simulator.loopback import loopback_only, split_address
from simulator.mqtt_device import BrokerAddress

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncIterator, Awaitable, Callable

OWN = "own"
"""What `--broker` says for this one."""

USERNAME = "demo"
PASSWORD_VARIABLE = "GRIDPOST_DEMO_BROKER_PASSWORD"  # noqa: S105 - the name of it
START_SECONDS = 20.0
STOP_SECONDS = 3.0
REFUSED = 2


class BrokerMissing(ValueError):
    """There is no broker, as a sentence with the way out."""


@asynccontextmanager
async def broker_at(wanted: str, host: str) -> AsyncIterator[Callable[[], Awaitable[BrokerAddress]]]:
    """The broker at HOST:PORT, or one of our own on `host` that lives as long as the context.

    Yields a function that waits until it is there, so that there is time for other things while it starts; it raises
    `BrokerMissing`. Raises `ValueError` for an address that is not loopback.
    """
    if wanted != OWN:
        yield partial(_known, BrokerAddress(*split_address(wanted), v5=True))
        return
    password = os.environ.get(PASSWORD_VARIABLE, "")
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "simulator.broker", "--host", host),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    try:
        yield partial(_address_of, child, host, password)
    finally:
        await _end(child)


async def _known(address: BrokerAddress) -> BrokerAddress:
    return address


async def _address_of(child: Process, host: str, password: str) -> BrokerAddress:
    assert child.stdout is not None  # noqa: S101 - a pipe was asked for
    try:
        async with asyncio.timeout(START_SECONDS):
            said = await child.stdout.readline()
    except TimeoutError:
        raise BrokerMissing(f"the demo's broker did not start within {START_SECONDS:.0f} s") from None
    if not said:
        raise BrokerMissing("the demo's broker did not start; what it said stands above")
    return BrokerAddress(host, int(json.loads(said)["port"]), USERNAME, password)


async def _end(child: Process) -> None:
    if child.stdin is not None:
        child.stdin.close()
    if child.returncode is None:
        child.terminate()
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await child.wait()
    except TimeoutError:
        child.kill()
        await child.wait()


async def serve(host: str, port: int, password: str) -> None:
    """Be the broker until SIGTERM, SIGINT or the end of stdin; says its port in a line of JSON. Raises `BrokerMissing`."""
    try:
        from amqtt.adapters import StreamReaderAdapter, StreamWriterAdapter

        from simulator.broker_cure import CuredBroker
    except ImportError:
        raise BrokerMissing(
            "the demo's broker is amqtt, which is not installed: pip install 'gridpost[demo]', or run another broker on"
            " this machine and name it with --broker HOST:PORT"
        ) from None
    logging.getLogger("amqtt").setLevel(logging.CRITICAL)  # a device that loses its network is no news here
    logging.getLogger("transitions").setLevel(logging.CRITICAL)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(_nothing_to_say)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    user = {"username": USERNAME, "password": password}
    # Its own listeners keep the port to themselves; an external one is handed what comes in at ours.
    broker = CuredBroker(
        {
            "listeners": {"default": {"type": "external"}},
            "plugins": {"simulator.broker_password.SharedPassword": user},
        }
    )

    async def come_in(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await broker.external_connected(StreamReaderAdapter(reader), StreamWriterAdapter(writer), "default")
        except Exception:  # noqa: BLE001 - whatever went wrong in it, the client must see that it has to come again
            writer.close()

    await broker.start()
    server = await asyncio.start_server(come_in, loopback_only(host), port)
    sys.stdout.write(json.dumps({"ready": True, "port": server.sockets[0].getsockname()[1]}) + "\n")
    sys.stdout.flush()
    async with asyncio.TaskGroup() as tasks:
        watching = tasks.create_task(stdin_closed(stop), name="broker: stdin")
        await stop.wait()
        watching.cancel()
    server.close()
    await broker.shutdown()


def _nothing_to_say(_loop: asyncio.AbstractEventLoop, _what: dict[str, Any]) -> None:
    """A client that is too slow for amqtt loses a message, and a task of it fails: that says nothing to who runs a demo."""


async def stdin_closed(stop: asyncio.Event) -> None:
    """Set `stop` at the end of standard input, which is also how a parent that was killed is noticed."""
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    try:
        while await reader.read(1024):
            pass
        stop.set()
    finally:
        transport.close()


def main() -> int:
    """Run the command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="simulator.broker", description="An MQTT 3.1.1 broker for the demo.")
    parser.add_argument("--host", default="127.0.0.1", help="loopback address to serve on (%(default)s)")
    parser.add_argument("--port", type=int, default=0, help="its port, 0 for a free one (%(default)s)")
    arguments = parser.parse_args()
    try:
        asyncio.run(serve(arguments.host, arguments.port, os.environ.get(PASSWORD_VARIABLE, "")))
    except (ValueError, OSError) as error:
        print(f"simulator.broker: {error}", file=sys.stderr)  # noqa: T201 - a command line speaks
        return REFUSED
    return 0


if __name__ == "__main__":
    sys.exit(main())
