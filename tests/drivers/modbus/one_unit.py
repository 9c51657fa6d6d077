"""One ACP-1 of the simulator and one unit of the driver, with only frames between them and a time that stands still."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from drivers.contract import LineLost, Link, Pace
from drivers.modbus.frame import NoReply
from drivers.modbus.identity import Identity
from drivers.modbus.patience import Patience
from drivers.modbus.plan import device
from drivers.modbus.unit import Unit
from drivers.profile import load_profile
from simulator.controller import Controller
from simulator.pdu import answer
from simulator.table import PowerFailed
from tests.drivers.recording_post import RecordingPost

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable

    from drivers.contract import Post, Value
    from drivers.modbus.act import Duty
    from drivers.modbus.frame import Frame
    from drivers.modbus.unit import Poll

SERIAL = 300301
PACES = {Pace.FAST: 0.25, Pace.NORMAL: 1.0, Pace.SLOW: 60.0}
TRANSACTION_SECONDS = 0.05
NOON = 1_792_000_000.0


def door_controller(serial: int = SERIAL) -> Controller:
    return Controller(serial, 2, NOON, lambda _now, _mains_failed: (24000, 13200, 215))


def door_unit(serial: int | None = SERIAL) -> Unit:
    profile = load_profile("acp1-2door")
    made, reads = device("b3u1", profile, PACES)
    unit = Unit(
        made, 1, profile, reads, Identity(profile, 1, serial),
        recheck_seconds=60.0, patience=Patience(0.5), credential_key=b"", made_from=None,
    )  # fmt: skip
    unit.link = Link.UP
    unit.doubted = False
    return unit


def ended(work: Coroutine[Any, Any, None]) -> None:
    """Run what never has to wait."""
    try:
        work.send(None)
    except StopIteration:
        return
    work.close()
    raise AssertionError("it waits for something")


class Wire:
    """The driver's `Talk`, straight into the simulator. `now` is the loop's clock; a transaction takes 50 ms of it.

    `mishaps` befall the next transactions, one each: "" none, "lost" (the request), "mute" (the answer), "line".
    `after` is called after each transaction that the controller took.
    """

    def __init__(self, controller: Controller, after: Callable[[], None] = lambda: None) -> None:
        self.controller = controller
        self.recording = RecordingPost()
        self.post: Post = self.recording
        self.now = 0.0
        self.asked: list[bytes] = []
        self.mishaps: list[str] = []
        self.changed: dict[int, Callable[[bytes], bytes]] = {}
        """By function code: what is made of the next answer's PDU."""
        self.meanwhile: dict[int, Callable[[], None]] = {}
        """By how many transactions there were before: what happens while the answer is on its way."""
        self._after = after

    async def ask(self, _unit: Unit, frame: Frame, /) -> bytes:
        pdu = frame.request[5:]
        self.asked.append(pdu)
        self.now += TRANSACTION_SECONDS
        self.meanwhile.pop(len(self.asked) - 1, lambda: None)()
        mishap = self.mishaps.pop(0) if self.mishaps else ""
        if mishap == "lost":
            raise NoReply("lost")
        if mishap == "line":
            raise LineLost("the line went")
        try:
            reply = answer(self.controller, pdu, NOON + self.now)
        except PowerFailed:
            self.controller.reboot(NOON + self.now, 0.0)
            raise NoReply("no power") from None
        finally:
            self._after()
        if mishap == "mute":
            raise NoReply("the answer was lost")
        if change := self.changed.pop(pdu[0], None):
            reply = change(reply)
        return frame.content(bytes((0, 0, 0, 0, 0, len(reply) + 1, frame.unit)) + reply)

    async def poll(self, poll: Poll, /) -> tuple[Value, ...] | None:
        raise AssertionError(f"nobody here polls {poll}")

    def beside(self, work: Coroutine[object, object, None], name: str, /) -> None:
        raise AssertionError(f"nothing here goes beside the line: {work}, {name}")

    def wake(self) -> None:
        """Whoever drives a duty here looks at it anyway."""

    def run(self, duty: Duty, seconds: float = 30.0, steps: int = 100_000) -> int:
        """Let a duty do what is due within this time; returns how many steps it did."""
        until = self.now + seconds
        for count in range(steps):
            if duty.due > until:
                self.now = max(self.now, until)
                return count
            self.now = max(self.now, duty.due)
            ended(duty.step(self, self.now))
        return steps

    def functions(self) -> list[int]:
        return [pdu[0] for pdu in self.asked]


def level(
    version: int,
    users: Iterable[tuple[int, int]] = (),
    *,
    schedules: Iterable[int] = (),
    holidays: Iterable[int] = (),
    zone: int = 480,
    empty: bool = False,
) -> dict[str, Any]:
    """A wanted table; `users` are (index, hash)."""
    return {
        "version": version,
        "zone": zone,
        "empty": empty,
        "users": [[index, f"{number:016x}", 0, 1_798_761_600, 3, 0, 0] for index, number in sorted(users)],
        "schedules": [[index, [480, 1080, 0, 0] * 8] for index in sorted(schedules)],
        "holidays": [[index, 20_454 + index, 7] for index in sorted(holidays)],
    }
