"""What a charge point has to say, one CALL after the other (OCPP 1.6J, 4.1.1), and what of it waits for a network."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from simulator.ocpp_frames import Call, Failure, Result

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulator.agenda import Agenda
    from simulator.ocpp_frames import Fields

ANSWER_SECONDS = 30.0
KEPT_CALLS = 2_000
_FIRST = "BootNotification"


@dataclass(slots=True)
class Transaction:
    """One charging as both sides speak of it. `id` is what the central system calls it, None until it said so."""

    tag: str
    id: int | None = None


@dataclass(frozen=True, slots=True)
class _Wish:
    """A CALL to be made: of a transaction, whose id goes in as it is known then, or of none."""

    action: str
    fields: dict[str, Any]
    transaction: Transaction | None
    then: Callable[[Fields | None, float], None] | None

    @property
    def lasts(self) -> bool:
        """Whether it is said again after a broken connection: transactions are, all else is out of date by then."""
        return self.transaction is not None


class OcppQueue:
    """The CALLs of one charge point; `send` puts a frame on the wire, and is None while there is no connection.

    Nothing but a BootNotification is sent before `booted`.
    """

    def __init__(self, name: str, agenda: Agenda) -> None:
        self.send: Callable[[Call], None] | None = None
        self.booted = False
        self._name = name
        self._agenda = agenda
        self._wishes: deque[_Wish] = deque()
        self._made = 0
        self._out: tuple[str, _Wish] | None = None

    def ask(
        self,
        action: str,
        fields: dict[str, Any],
        now: float,
        transaction: Transaction | None = None,
        then: Callable[[Fields | None, float], None] | None = None,
    ) -> None:
        """Make a CALL when it is its turn; `then` gets the answer, or None where it was refused or never came."""
        wish = _Wish(action, fields, transaction, then)
        if self.send is None and not wish.lasts:
            return
        if action == _FIRST:
            self._wishes.appendleft(wish)
        elif len(self._wishes) < KEPT_CALLS:
            self._wishes.append(wish)
        self._go_on(now)

    def opened(self, send: Callable[[Call], None]) -> None:
        """There is a connection."""
        self.send, self.booted, self._out = send, False, None

    def closed(self) -> None:
        """The connection is gone: what was not answered is said again, if it lasts."""
        if self._out is not None:
            self._wishes.appendleft(self._out[1])
        self.send, self.booted, self._out = None, False, None
        self._wishes = deque(wish for wish in self._wishes if wish.lasts)

    def boot(self, now: float) -> None:
        """The central system accepted the charge point."""
        self.booted = True
        self._go_on(now)

    def answered(self, answer: Result | Failure, now: float) -> None:
        """An answer came."""
        if self._out is None or self._out[0] != answer.id:
            return
        wish, self._out = self._out[1], None
        if wish.then is not None:
            wish.then(answer.fields if isinstance(answer, Result) else None, now)
        self._go_on(now)

    def _go_on(self, now: float) -> None:
        if self._out is not None or self.send is None or not self._wishes:
            return
        if not self.booted and self._wishes[0].action != _FIRST:
            return
        wish = self._wishes.popleft()
        self._made += 1
        id_ = f"{self._name}-{self._made}"
        self._out = (id_, wish)
        fields = wish.fields
        if wish.transaction is not None and wish.action != "StartTransaction":
            fields = {**fields, "transactionId": -1 if wish.transaction.id is None else wish.transaction.id}
        self.send(Call(id_, wish.action, fields))
        self._agenda.plan(now + ANSWER_SECONDS, partial(self._missed, id_))

    def _missed(self, id_: str, now: float) -> None:
        if self._out is None or self._out[0] != id_:
            return
        wish, self._out = self._out[1], None
        if wish.lasts:
            self._wishes.appendleft(wish)
        elif wish.then is not None:
            wish.then(None, now)
        self._go_on(now)
