"""A charge point made of bare WebSocket messages, that does what a test tells it and no more."""

from __future__ import annotations

import asyncio
import base64
import json
import socket
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from drivers.ocpp.config import OcppConfig
from tests.drivers.recording_post import RecordingPost
from tests.drivers.running import running

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Callable, Mapping

    from drivers.ocpp.driver import OcppLine

Fields = dict[str, Any]
SITE_KEY = bytes(range(32))


class SaidError(Exception):
    """The central system answered with a CALLERROR."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Point:
    """Dials in as `identity`, with the password that it `shows`.

    `answers`: what it answers by action: fields, a number of seconds that it waits before "Accepted", or None for silence.
    """

    def __init__(
        self,
        port: int,
        identity: str = "CP1",
        *,
        shows: str | None = None,
        protocol: str = "ocpp1.6",
        encryption: ssl.SSLContext | None = None,
    ) -> None:
        scheme = "ws" if encryption is None else "wss"
        self._uri = f"{scheme}://127.0.0.1:{port}/ocpp/{identity}"
        self._headers = {}
        if shows is not None:
            token = base64.b64encode(f"{identity}:{shows}".encode()).decode()
            self._headers["Authorization"] = f"Basic {token}"
        self._protocol = Subprotocol(protocol)
        self._encryption = encryption
        self.answers: dict[str, Fields | float | None] = {"GetConfiguration": {"configurationKey": []}}
        self.called: list[tuple[str, Fields]] = []
        """What the central system called, in order."""
        self.ids: list[str] = []
        """The ids of those calls."""
        self.told: list[Any] = []
        """Frames that answer nothing that it asked."""
        self.open = self.most_open = 0
        """Calls of the central system that it has not answered yet: now, and the most that there were at once."""
        self.on_call: Callable[[str, Fields], object] = lambda _action, _fields: None
        self.socket: ClientConnection
        self._waiting: dict[str, asyncio.Future[Fields]] = {}
        self._number = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self.socket = await connect(
            self._uri,
            subprotocols=[self._protocol],
            additional_headers=self._headers,
            ssl=self._encryption,
            ping_interval=None,
            compression=None,
            max_size=None,
            close_timeout=0.2,
        )
        self._start(self._listen())
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.socket.close()

    async def ask(self, action: str, **fields: Any) -> Fields:
        """Call, and return the fields of the answer; raises SaidError."""
        return await asyncio.wait_for(self.begin(action, **fields), 10)

    def begin(self, action: str, **fields: Any) -> asyncio.Future[Fields]:
        self._number += 1
        name = f"n{self._number}"
        self._waiting[name] = answer = asyncio.get_running_loop().create_future()
        self._start(self.say(json.dumps([2, name, action, fields])))
        return answer

    async def say(self, text: str | bytes) -> None:
        await self.socket.send(text)

    def actions(self) -> list[str]:
        return [action for action, _ in self.called]

    def with_action(self, action: str) -> list[Fields]:
        return [fields for called, fields in self.called if called == action]

    async def closed(self) -> tuple[int | None, str]:
        """Wait until the connection is closed; with which code, and why."""
        await asyncio.wait_for(self.socket.wait_closed(), 10)
        return self.socket.close_code, self.socket.close_reason or ""

    async def boot(self) -> Fields:
        return await self.ask(
            "BootNotification", chargePointVendor="Maker", chargePointModel="M1", firmwareVersion="1.0"
        )

    async def status(self, connector: int, status: str, error: str = "NoError", **more: Any) -> Fields:
        return await self.ask("StatusNotification", connectorId=connector, status=status, errorCode=error, **more)

    async def start(self, connector: int = 1, tag: str = "TAG1", meter: int = 1000, at: str = "") -> Fields:
        return await self.ask(
            "StartTransaction", connectorId=connector, idTag=tag, meterStart=meter, timestamp=at or clock()
        )

    async def stop(self, number: int, meter: int = 3000, at: str = "", **more: Any) -> Fields:
        return await self.ask("StopTransaction", transactionId=number, meterStop=meter, timestamp=at or clock(), **more)

    async def measure(self, amperes: float, connector: int = 1, at: str = "", **more: Any) -> Fields:
        sampled = [
            {"value": str(amperes), "measurand": "Current.Import", "unit": "A"},
            {"value": "1500"},
        ]
        value = [{"timestamp": at or clock(), "sampledValue": sampled}]
        return await self.ask("MeterValues", connectorId=connector, meterValue=value, **more)

    def _start(self, doing: Any) -> None:
        task = asyncio.create_task(doing)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _listen(self) -> None:
        with suppress(ConnectionClosed):
            async for text in self.socket:
                said = json.loads(text)
                if said[0] == 2:
                    self.called.append((said[2], said[3]))
                    self.ids.append(said[1])
                    self.open += 1
                    self.most_open = max(self.most_open, self.open)
                    self.on_call(said[2], said[3])
                    self._start(self._answer(said[1], said[2]))
                elif (waiting := self._waiting.pop(said[1], None)) is None:
                    self.told.append(said)
                elif said[0] == 3:
                    waiting.set_result(said[2])
                else:
                    waiting.set_exception(SaidError(said[2]))

    async def _answer(self, name: str, action: str) -> None:
        answer = self.answers.get(action, {"status": "Accepted"})
        if isinstance(answer, int | float):
            await asyncio.sleep(answer)
            answer = {"status": "Accepted"}
        if answer is not None:
            self.open -= 1
            with suppress(ConnectionClosed):
                await self.say(json.dumps([3, name, answer]))


def clock(ago: float = 0.0) -> str:
    """The time so many seconds ago, as OCPP has it."""
    return (datetime.now(UTC) - timedelta(seconds=ago)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def written(port: int, *devices: Mapping[str, Any], **line: Any) -> OcppConfig:
    """A line with these chargers; one `d1` that calls itself CP1 where none is given."""
    return OcppConfig.model_validate(
        {
            "id": "line",
            "driver": "ocpp",
            "listen": f"127.0.0.1:{port}",
            "security": "none",
            "credential_key": SITE_KEY.hex(),
            "devices": devices or ({"id": "d1", "identity": "CP1"},),
            **line,
        }
    )


@asynccontextmanager
async def central(
    *devices: Mapping[str, Any], post: RecordingPost | None = None, **line: Any
) -> AsyncIterator[tuple[OcppLine, RecordingPost, int]]:
    """A central system that listens: the driver, what it told, and its port."""
    port = free_port()
    driver, told = written(port, *devices, **line).build(), post or RecordingPost()
    async with running(driver, told) as task:
        await listening(port, task)
        yield driver, told, port


async def listening(port: int, task: asyncio.Task[None]) -> None:
    """Wait until somebody listens at the port; what ended the driver instead is raised."""
    async with asyncio.timeout(10):
        while True:
            if task.done():
                task.result()
            with suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                await writer.wait_closed()
                return
            await asyncio.sleep(0.005)
