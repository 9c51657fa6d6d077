"""The network half of a charge point: it boots, beats, asks one thing at a time and answers what it is asked."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from simulator.ocpp_frames import Call, Failure, NotOcpp, Result, read, written
from simulator.ocpp_queue import OcppQueue

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from simulator.agenda import Agenda
    from simulator.ocpp_frames import Fields

BOOT_AGAIN_SECONDS = 20.0


class Refused(Exception):
    """An order that is answered with a CALLERROR, by its code (OCPP-J 1.6, 4.2.3)."""

    def __init__(self, code: str, why: str = "") -> None:
        super().__init__(why)
        self.code = code


class OcppStation:
    """Pure: frames go out through what it was opened with.

    `obey` gets the action and the fields of an order and returns those of the answer, or raises `Refused`. `born` is called
    when the central system has accepted it. `slow_seconds` is how much later it answers.
    """

    def __init__(
        self,
        id_: str,
        rng: Random,
        agenda: Agenda,
        obey: Callable[[str, Fields, float], dict[str, Any]],
        born: Callable[[float], None],
    ) -> None:
        self.queue = OcppQueue(id_, agenda)
        self.beat_seconds = 300
        self.slow_seconds = 0.0
        self._id = id_
        self._dice = rng
        self._agenda = agenda
        self._obey = obey
        self._born = born
        self._beats = 0
        self._send: Callable[[str], None] | None = None

    def opened(self, send: Callable[[str], None], now: float) -> None:
        """There is a connection: boot."""
        self._send = send
        self.queue.opened(lambda call: send(written(call)))
        self.boot(now)

    def closed(self) -> None:
        """The connection is gone, or was already."""
        self._send = None
        self.queue.closed()

    def received(self, text: str | bytes, now: float) -> None:
        """The central system says something."""
        try:
            frame = read(text)
        except NotOcpp:
            return
        if not isinstance(frame, Call):
            self.queue.answered(frame, now)
            return
        answer: Result | Failure
        try:
            answer = Result(frame.id, self._obey(frame.action, frame.fields, now))
        except Refused as refusal:
            answer = Failure(frame.id, refusal.code, str(refusal))
        if self.slow_seconds:
            self._agenda.plan(now + self.slow_seconds, partial(self._answer, self._send, answer))
        else:
            self._answer(self._send, answer, now)

    def _answer(self, send: Callable[[str], None] | None, answer: Result | Failure, _now: float) -> None:
        if send is not None and send is self._send:  # else it would answer in another connection
            send(written(answer))

    def boot(self, now: float) -> None:
        """Say who it is."""
        fields = {
            "chargePointVendor": "Gridpost",
            "chargePointModel": "SIM-AC7",
            "chargePointSerialNumber": self._id,
            "firmwareVersion": "1.4.2",
        }
        self.queue.ask("BootNotification", fields, now, then=self._booted)

    def _booted(self, answer: Fields | None, now: float) -> None:
        interval = answer.get("interval") if answer else None
        seconds = interval if isinstance(interval, int) and interval > 0 else int(BOOT_AGAIN_SECONDS)
        if answer is None or answer.get("status") != "Accepted":
            self._agenda.plan(now + seconds, self._boot_again)
            return
        self.beat_seconds = seconds
        self._born(now)
        self.queue.boot(now)
        self._beats += 1
        self._agenda.plan(now + seconds * self._dice.random(), partial(self._beat, self._beats))

    def _boot_again(self, now: float) -> None:
        if not self.queue.booted:
            self.boot(now)

    def _beat(self, number: int, now: float) -> None:
        if number == self._beats and self.queue.booted:
            self.queue.ask("Heartbeat", {}, now)
            self._agenda.plan(now + self.beat_seconds, partial(self._beat, number))
