"""A line without sockets and with time as an argument: duties are stepped against real controllers of the simulator.

What a step awaits is either the line, which answers at once, or the disk, which the test lets come to its end, or not.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Coroutine, Generator, Mapping, Sequence
from typing import TYPE_CHECKING

from drivers.contract import DeviceEvent
from drivers.modbus.config import ModbusConfig
from drivers.modbus.driver import ModbusLine
from drivers.modbus.frame import ExceptionReply, NoReply

if TYPE_CHECKING:
    from drivers.contract import Answer, Json, Kept, Post, Question, Report, Value
    from drivers.modbus.act import Duty
    from drivers.modbus.frame import Frame
    from drivers.modbus.unit import Poll, Unit

Answering = Callable[[bytes], bytes | None]
"""From the PDU of a request to that of its reply; None for silence."""

_MBAP_AND_UNIT = 5


def unit_of(product: str) -> Unit:
    """One unit `d1` of a product, as the driver makes it."""
    config = ModbusConfig.model_validate(
        {"id": "line", "host": "127.0.0.1", "devices": [{"id": "d1", "product": product, "unit": 1}]}
    )
    return ModbusLine(config)._units["d1"]


class Disk:
    """A post that keeps like the journal: an event whose name is known already is left out and counted in `repeated`."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, int], DeviceEvent] = {}
        self.repeated: list[DeviceEvent] = []
        self.cursors: dict[str, Json] = {}
        self.keeps = 0
        self.on_kept: Callable[[DeviceEvent], None] = lambda _event: None

    def report(self, _x: Report, /) -> None: ...

    async def keep(self, records: Sequence[Kept], cursors: Mapping[str, Json], /) -> None:
        assert len(records) <= 200
        await pause()
        for record in records:
            assert isinstance(record, DeviceEvent)
            if (record.epoch, record.sequence) in self.kept:
                self.repeated.append(record)
            else:
                self.kept[record.epoch, record.sequence] = record
                self.on_kept(record)
        self.cursors |= cursors
        self.keeps += 1
        await pause()

    def note(self, device: str, cursor: Json, /) -> None:
        self.cursors[device] = cursor

    async def ask(self, question: Question, /) -> Answer:
        raise NotImplementedError(question)

    def cursor(self, device: str, /) -> Json:
        return self.cursors.get(device)

    @property
    def events(self) -> list[DeviceEvent]:
        return [event for event in self.kept.values() if event.kind != "gap"]

    @property
    def gaps(self) -> list[DeviceEvent]:
        return [event for event in self.kept.values() if event.kind == "gap"]


class Line:
    """What a duty sees of the scheduler: one connection."""

    def __init__(self, duty: Duty, post: Disk, answer: Answering) -> None:
        self.post: Post = post
        self.duty = duty
        self.now = 1000.0
        self.transactions = 0
        self.frames: list[bytes] = []
        self.beside_it: deque[Coroutine[object, object, None]] = deque()
        self._answer = answer

    async def ask(self, unit: Unit, frame: Frame, /) -> bytes:
        assert unit is self.duty.unit
        pdu = frame.request[_MBAP_AND_UNIT:]
        self.transactions += 1
        self.frames.append(pdu)
        reply = self._answer(pdu)
        if reply is None:
            raise NoReply("nothing")
        if reply[0] & 0x80:
            raise ExceptionReply(reply[1])
        return reply[2:] if pdu[0] in (1, 2, 3, 4) else reply

    async def poll(self, poll: Poll, /) -> tuple[Value, ...] | None:
        try:
            content = await self.ask(poll.unit, poll.frame)
        except (NoReply, ExceptionReply):
            return None
        values, _ = poll.decoder.decode(content)
        self.duty.saw(poll, values, self.now)
        return values

    def beside(self, work: Coroutine[object, object, None], _name: str, /) -> None:
        self.beside_it.append(work)

    def wake(self) -> None: ...

    # ------------------------------------------------------------ what the test does

    def step(self) -> None:
        """One step of the duty, due or not."""
        _finish(self.duty.step(self, self.now))

    def regular_poll(self, poll: Poll) -> None:
        """The poll that comes on its beat."""
        _finish(self.poll(poll))

    def write_on(self) -> None:
        """Let the disk do what it is at."""
        while self.beside_it:
            _finish(self.beside_it.popleft())

    def break_off(self, *, committed: bool) -> None:
        """Everything ends here: what was on its way to the disk arrived, or not."""
        while self.beside_it:
            work = self.beside_it.popleft()
            if committed:
                work.send(None)
                work.send(None)
            work.close()

    def work(self, seconds: float = 0.0) -> None:
        """Step while due, for so long, and let the disk follow."""
        until = self.now + seconds
        while True:
            self.write_on()
            if self.duty.due > until:
                break
            self.now = max(self.now, self.duty.due)
            self.step()
        self.now = until


class pause:  # noqa: N801  awaited like a function
    """Awaited: the moment in which the test decides whether it goes on."""

    def __await__(self) -> Generator[None, None, None]:
        yield


def _finish(work: Coroutine[object, object, object]) -> None:
    try:
        while True:
            work.send(None)
    except StopIteration:
        return
