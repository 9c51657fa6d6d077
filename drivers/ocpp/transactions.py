"""The transactions of one charger: numbered for ever, told apart from repetitions, and kept in the cursor. Pure."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from drivers.contract import Json

VERSION: Final = 1
OPEN_LIMIT: Final = 64
"""So many may be open at once: at a charger that never says how one ended, the oldest is given up."""
ENDED_LIMIT: Final = 32
"""So many that ended are remembered to know a repetition: more than a charger repeats."""
LARGEST_NUMBER: Final = 2**31 - 1
"""Chargers keep a transactionId in 32 bits."""
_NUMBERED_FROM_UTC: Final = 1_735_689_600
"""2025-01-01. A new charger's numbers begin with the seconds since then, and so lie above all that it was ever given, even by a
gateway whose memory is gone."""


@dataclass(frozen=True, slots=True)
class Transaction:
    """One charging, by the number that we gave it.

    `tag` is the keyed hash, "" for nobody known. `meter_wh` is None for one that we know from its readings alone: whoever
    gave it its number has forgotten the rest. `key` tells its StartTransaction from others, `status` is how that was answered.
    """

    number: int
    connector: int
    tag: str
    meter_wh: int | None
    began_utc: float
    key: str
    status: str


class Transactions:
    """Those that are open, and what is needed to know a repetition."""

    def __init__(self, cursor: Json = None) -> None:
        """Go on where a cursor of this version stands; begin anew with any other."""
        self.last = 0
        self.held: set[int] = set()
        """Connector ids (0: the whole charger) that we made inoperative and have not given back."""
        self._open: OrderedDict[int, Transaction] = OrderedDict()
        self._starts: OrderedDict[str, tuple[int, str]] = OrderedDict()
        """Number and status, by the key of the StartTransaction."""
        self._stops: OrderedDict[str, None] = OrderedDict()
        if isinstance(cursor, dict) and cursor.get("v") == VERSION:
            self.last = cursor["last"]
            self.held = set(cursor["held"])
            self._open.update((row[0], Transaction(*row)) for row in cursor["open"])
            self._starts.update((key, (number, status)) for key, number, status in cursor["starts"])
            self._stops.update(dict.fromkeys(cursor["stops"]))

    def cursor(self) -> Json:
        """All of it, for the disk: far under the limit of a cursor."""
        return {
            "v": VERSION,
            "last": self.last,
            "held": sorted(self.held),
            "open": [
                [t.number, t.connector, t.tag, t.meter_wh, t.began_utc, t.key, t.status] for t in self._open.values()
            ],
            "starts": [[key, number, status] for key, (number, status) in self._starts.items()],
            "stops": list(self._stops),
        }

    def repeated_start(self, key: str) -> tuple[int, str] | None:
        """What the same StartTransaction was answered before."""
        return self._starts.get(key)

    def begin(
        self, connector: int, tag: str, meter_wh: int, began_utc: float, key: str, status: str, now_utc: float
    ) -> Transaction:
        """Give a new one its number."""
        seconds = int(now_utc) - _NUMBERED_FROM_UTC
        number = self.last + 1
        if number < seconds < LARGEST_NUMBER // 2:
            number = seconds
        self.last = number
        transaction = Transaction(number, connector, tag, meter_wh, began_utc, key, status)
        self._put(transaction)
        self._starts[key] = (number, status)
        _forget(self._starts, ENDED_LIMIT)
        return transaction

    def adopt(self, number: int, connector: int, began_utc: float) -> bool:
        """Take one that runs by a number which we do not know any more. False where it is known, or no number of ours."""
        if number in self._open or not 0 < number <= LARGEST_NUMBER or _number_key(number) in self._stops:
            return False
        self._put(Transaction(number, connector, "", None, began_utc, "", "Accepted"))
        if number < LARGEST_NUMBER // 2:
            self.last = max(self.last, number)
        return True

    def repeated_stop(self, key: str) -> bool:
        """Whether the same StopTransaction came before."""
        return key in self._stops

    def end(self, number: int, key: str) -> Transaction | None:
        """It ended; None where no such one is open."""
        self._stops[key] = None
        self._stops[_number_key(number)] = None
        _forget(self._stops, 2 * ENDED_LIMIT)
        return self._open.pop(number, None)

    def at(self, connector: int) -> Transaction | None:
        """The one that began last at a connector, of those that did not end."""
        for transaction in reversed(self._open.values()):
            if transaction.connector == connector:
                return transaction
        return None

    @property
    def open(self) -> int:
        """How many did not end."""
        return len(self._open)

    def _put(self, transaction: Transaction) -> None:
        self._open[transaction.number] = transaction
        _forget(self._open, OPEN_LIMIT)


def key_of(*fields: object) -> str:
    """What tells a message from others, in 16 hex digits."""
    return sha256("\0".join(map(str, fields)).encode()).hexdigest()[:16]


def _number_key(number: int) -> str:
    return f"#{number}"


def _forget(known: OrderedDict[Any, Any], most: int) -> None:
    while len(known) > most:
        known.popitem(last=False)
