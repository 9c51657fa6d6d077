"""The benchmark's charge points: hundreds of OCPP 1.6J piles on loopback, in a process of their own.

    python -m bench.piles --piles 500

The first line of output is `{"piles": 500}`. Then one JSON object per line on stdin is obeyed and answered:

    {"do": "connect", "port": 9000}     all dial in at once, boot, and tell what happened meanwhile; at first that is a charging
                                        that begins. Answers when all have, with the seconds that each took to boot
    {"do": "drop"}                      all sockets are cut, as if the network had gone; every second pile ends its charging
                                        and begins another while nobody hears it
    {"do": "end"}                       every pile ends what still runs; answers when all are confirmed, with the transactions
                                        that each was given

They share no code with the driver, and check that each answer is to the question that they asked. The process ends when stdin
closes.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING, Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

if TYPE_CHECKING:
    from collections.abc import Mapping

ANSWER_SECONDS = 120.0
TRY_AGAIN_SECONDS = 1.0
_CALL, _CALLRESULT = 2, 3


def stamp() -> str:
    """Now, as OCPP writes it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(slots=True)
class Pile:
    """One charge point with one connector. `given` are the transaction ids that it was given, in order."""

    identity: str
    socket: ClientConnection | None = None
    meter: int = 1000
    waiting: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    """What happened while nobody heard it."""
    given: list[int] = field(default_factory=list)
    tries: int = 0
    _numbers: count[int] = field(default_factory=count)
    _asked: dict[str, asyncio.Future[Mapping[str, Any]]] = field(default_factory=dict)
    _listening: asyncio.Task[None] | None = None
    _told: bool = False

    @property
    def home(self) -> bool:
        """It is connected, and has told everything."""
        return self._told and self._listening is not None and not self._listening.done()

    async def lost(self) -> None:
        """Return when its connection ends."""
        if self._listening is not None:
            await asyncio.wait([self._listening])

    async def back(self, port: int) -> float:
        """Dial in until it is booted and everything is told; returns the seconds from the first try to the last boot."""
        began, self._told = time.monotonic(), False
        while True:
            self.tries += 1
            try:
                if await self._boot(port):
                    seconds = time.monotonic() - began
                    await self._replay()
                    self._told = True
                    return seconds
            except (OSError, WebSocketException, EOFError):
                pass  # the gateway is away, or went away in the middle of it: what is not confirmed is told again
            await asyncio.sleep(TRY_AGAIN_SECONDS)

    async def _boot(self, port: int) -> bool:
        if self._listening is not None:
            await self._listening
        self.socket = socket = await connect(
            f"ws://127.0.0.1:{port}/ocpp/{self.identity}",
            subprotocols=["ocpp1.6"],  # type: ignore[list-item] # a NewType of str
            open_timeout=ANSWER_SECONDS,
            ping_interval=None,
            compression=None,
        )
        self._listening = asyncio.create_task(self._listen(socket), name=self.identity)
        booted = await self.call("BootNotification", chargePointVendor="Bench", chargePointModel="P1")
        if booted["status"] != "Accepted":
            return False
        status = "Charging" if self.given else "Preparing"
        await self.call("StatusNotification", connectorId=1, errorCode="NoError", status=status, timestamp=stamp())
        return True

    async def _replay(self) -> None:
        """Tell what happened while nobody heard it, in its order."""
        while self.waiting:
            action, fields = self.waiting[0]
            if action == "StopTransaction":
                fields["transactionId"] = self.given[-1]
            answer = await self.call(action, **fields)
            if action == "StartTransaction":
                self.given.append(int(answer["transactionId"]))
            self.waiting.pop(0)

    def begin(self) -> None:
        """A charging begins, unheard."""
        start = {"connectorId": 1, "idTag": f"TAG{self.identity}", "meterStart": self.meter, "timestamp": stamp()}
        self.waiting.append(("StartTransaction", start))

    def go_on(self) -> None:
        """The charging ends and another begins, unheard."""
        self.meter += 500
        stop = {"meterStop": self.meter, "timestamp": stamp(), "reason": "Local"}
        self.waiting.append(("StopTransaction", stop))
        self.begin()

    async def end(self) -> None:
        """End the charging that runs."""
        self.meter += 500
        fields = {"transactionId": self.given[-1], "meterStop": self.meter, "timestamp": stamp()}
        await self.call("StopTransaction", **fields)

    async def call(self, action: str, **fields: Any) -> Mapping[str, Any]:
        """Ask, and return the answer to exactly this. Raises OSError or `WebSocketException` when none can come any more."""
        if self.socket is None:
            raise ValueError(f"{self.identity} has not dialled in")
        number = f"{self.identity}-{next(self._numbers)}"
        await self.socket.send(json.dumps([_CALL, number, action, fields]))
        answer: asyncio.Future[Mapping[str, Any]] = asyncio.get_running_loop().create_future()
        self._asked[number] = answer
        async with asyncio.timeout(ANSWER_SECONDS):
            return await answer

    async def _listen(self, socket: ClientConnection) -> None:
        """Take answers, and say "Accepted" to whatever the gateway asks (OCPP-J 1.6, 4.2), until the connection ends."""
        with suppress(WebSocketException):
            async for text in socket:
                what, number, *more = json.loads(text)
                if what == _CALL:
                    await socket.send(json.dumps([_CALLRESULT, number, _answer(more[0])]))
                    continue
                answer = self._asked.pop(number)
                if what == _CALLRESULT:
                    answer.set_result(more[0])
                else:
                    answer.set_exception(ValueError(f"{number}: {more}"))
        for answer in self._asked.values():
            answer.set_exception(ConnectionError(f"{self.identity} lost its connection"))
        self._asked.clear()

    async def cut(self) -> None:
        """The network is gone."""
        if self.socket is not None and self._listening is not None:
            self.socket.transport.abort()
            await self._listening


def _answer(action: str) -> dict[str, Any]:
    if action == "GetConfiguration":
        return {"configurationKey": [], "unknownKey": []}
    return {"status": "Accepted"}


class Piles:
    """All of them."""

    def __init__(self, piles: int) -> None:
        self.piles = [Pile(f"CP{number:04}") for number in range(piles)]

    async def obey(self, order: Mapping[str, Any]) -> dict[str, Any]:
        """Do what a line of stdin asks and return the line to print."""
        match order["do"]:
            case "connect":
                return await self._connect(int(order["port"]))
            case "drop":
                await asyncio.gather(*(pile.cut() for pile in self.piles))
                for pile in self.piles[1::2]:
                    pile.go_on()
                return {}
            case "end":
                await asyncio.gather(*(pile.end() for pile in self.piles))
                return {"given": {pile.identity: pile.given for pile in self.piles}}
        raise ValueError(f"nobody knows how to {order['do']}")

    async def _connect(self, port: int) -> dict[str, Any]:
        began, cpu = time.monotonic(), time.process_time()
        for pile in self.piles:
            if not (pile.given or pile.waiting):
                pile.begin()
        booted: dict[str, float] = {}
        all_home = asyncio.Event()

        async def go_home(pile: Pile) -> None:
            while not all_home.is_set():
                booted[pile.identity] = await pile.back(port)
                if all(one.home for one in self.piles):
                    all_home.set()
                await pile.lost()  # the gateway may die meanwhile

        going = [asyncio.create_task(go_home(pile), name=f"{pile.identity} home") for pile in self.piles]
        await all_home.wait()
        seconds = time.monotonic() - began
        for task in going:
            task.cancel()
        await asyncio.wait(going)
        return {
            "seconds": seconds,
            "booted": list(booted.values()),
            "cpu_seconds": time.process_time() - cpu,
            "tries": sum(pile.tries for pile in self.piles),
        }


async def _serve(piles: int) -> None:
    all_of_them = Piles(piles)
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    print(json.dumps({"piles": piles}), flush=True)
    while line := await reader.readline():
        print(json.dumps(await all_of_them.obey(json.loads(line))), flush=True)


def main() -> None:
    """Serve until stdin closes."""
    parser = argparse.ArgumentParser(prog="python -m bench.piles", description=__doc__)
    parser.add_argument("--piles", type=int, default=500)
    asyncio.run(_serve(parser.parse_args().piles))


if __name__ == "__main__":
    main()
