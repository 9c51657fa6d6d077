"""The benchmark's charge points: hundreds of OCPP 1.6J piles on loopback, in a process of their own.

    python -m bench.piles --piles 500

The first line of output is `{"piles": 500}`. Then one JSON object per line on stdin is obeyed and answered:

    {"do": "connect", "port": 9000}     all dial in at once and boot; each begins a charging. Answers when all have, with what
                                        each took and the transaction ids that were given
    {"do": "drop"}                      all sockets are cut, as if the network had gone; every second pile ends its charging
                                        and begins another while nobody hears it
    {"do": "end"}                       every pile ends what still runs; answers when all are confirmed

They share no code with the driver, and check that each answer is to the question that they asked. The process ends when stdin
closes.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING, Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

if TYPE_CHECKING:
    from collections.abc import Mapping

ANSWER_SECONDS = 120.0
TRY_AGAIN_SECONDS = 0.5


def stamp() -> str:
    """Now, as OCPP writes it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(slots=True)
class Pile:
    """One charge point with one connector. `given` are the transaction ids that it was given, in order."""

    identity: str
    socket: ClientConnection | None = None
    meter: int = 1000
    transaction: int | None = None
    waiting: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    """What happened while nobody heard it."""
    given: list[int] = field(default_factory=list)
    tries: int = 0
    _numbers: count[int] = field(default_factory=count)

    async def dial(self, port: int) -> float:
        """Dial in, boot and say how it is; returns the seconds that took."""
        began = time.monotonic()
        while True:
            self.tries += 1
            try:
                self.socket = await connect(
                    f"ws://127.0.0.1:{port}/ocpp/{self.identity}",
                    subprotocols=["ocpp1.6"],  # type: ignore[list-item] # a NewType of str
                    open_timeout=ANSWER_SECONDS,
                    ping_interval=None,
                    compression=None,
                )
                booted = await self.call("BootNotification", chargePointVendor="Bench", chargePointModel="P1")
            except (OSError, WebSocketException, EOFError):
                await asyncio.sleep(TRY_AGAIN_SECONDS)
                continue
            if booted["status"] == "Accepted":
                break
            await asyncio.sleep(TRY_AGAIN_SECONDS)
        status = "Available" if self.transaction is None else "Charging"
        await self.call("StatusNotification", connectorId=1, errorCode="NoError", status=status, timestamp=stamp())
        return time.monotonic() - began

    async def begin(self) -> None:
        """Begin a charging that is heard."""
        await self._started(await self.call("StartTransaction", **self._start()))

    async def replay(self) -> None:
        """Tell what happened while nobody heard it, in its order."""
        while self.waiting:
            action, fields = self.waiting[0]
            if action == "StopTransaction":
                fields["transactionId"] = self.given[-1]
            answer = await self.call(action, **fields)
            if action == "StartTransaction":
                await self._started(answer)
            self.waiting.pop(0)

    def away(self) -> None:
        """End the charging and begin another, unheard."""
        self.meter += 500
        stop = {"meterStop": self.meter, "timestamp": stamp(), "reason": "Local"}
        self.waiting.append(("StopTransaction", stop))
        self.waiting.append(("StartTransaction", self._start()))

    async def end(self) -> None:
        """End the charging that runs."""
        self.meter += 500
        fields = {"transactionId": self.given[-1], "meterStop": self.meter, "timestamp": stamp()}
        await self.call("StopTransaction", **fields)
        self.transaction = None

    async def call(self, action: str, **fields: Any) -> Mapping[str, Any]:
        """Ask, and return the answer to exactly this. Whatever the gateway asks meanwhile is answered "Accepted"."""
        if self.socket is None:
            raise ValueError(f"{self.identity} has not dialled in")
        number = f"{self.identity}-{next(self._numbers)}"
        await self.socket.send(json.dumps([2, number, action, fields]))
        async with asyncio.timeout(ANSWER_SECONDS):
            while True:
                frame = json.loads(await self.socket.recv())
                if frame[0] == 2:  # CALL (OCPP-J 1.6, 4.1.3)
                    await self.socket.send(json.dumps([3, frame[1], _answer(frame[2])]))
                elif frame[1] == number:
                    if frame[0] != 3:  # CALLRESULT
                        raise ValueError(f"{action}: {frame}")
                    answer: Mapping[str, Any] = frame[2]
                    return answer

    def cut(self) -> None:
        """The network is gone."""
        if self.socket is not None:
            self.socket.transport.abort()

    def _start(self) -> dict[str, Any]:
        return {"connectorId": 1, "idTag": f"TAG{self.identity}", "meterStart": self.meter, "timestamp": stamp()}

    async def _started(self, answer: Mapping[str, Any]) -> None:
        self.transaction = int(answer["transactionId"])
        self.given.append(self.transaction)


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
                for number, pile in enumerate(self.piles):
                    pile.cut()
                    if number % 2:
                        pile.away()
                return {}
            case "end":
                await asyncio.gather(*(pile.end() for pile in self.piles))
                return {"given": {pile.identity: pile.given for pile in self.piles}}
        raise ValueError(f"nobody knows how to {order['do']}")

    async def _connect(self, port: int) -> dict[str, Any]:
        began, cpu = time.monotonic(), time.process_time()
        booted = await asyncio.gather(*(self._back(pile, port) for pile in self.piles))
        return {
            "seconds": time.monotonic() - began,
            "booted": booted,
            "cpu_seconds": time.process_time() - cpu,
            "tries": sum(pile.tries for pile in self.piles),
        }

    async def _back(self, pile: Pile, port: int) -> float:
        seconds = await pile.dial(port)
        await (pile.begin() if pile.transaction is None else pile.replay())
        return seconds


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
