"""How the duty of a grid stands, as it is remembered and as others see it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from drivers.contract import Json


@dataclass(frozen=True, slots=True)
class Duty:
    """Who is on duty in a grid.

    `person` is who is to be on duty by the roster, with absence counted, "" for nobody; `deputy` stands in for him, "" for
    nobody. `responsible` is who answers for the grid now: who took over last by name, and where he is absent whoever is on
    duty, else the leader. `awaited`: the hand-over to `person` was not done yet; `late`: for more than ten minutes.
    """

    grid: str
    shift_id: str = ""
    person: str = ""
    deputy: str = ""
    responsible: str = ""
    begins_utc: float = 0.0
    ends_utc: float = 0.0
    awaited: bool = False
    late: bool = False


@dataclass(frozen=True, slots=True)
class Stint:
    """What is remembered of the duty in a grid: the shift that runs, who it fell to, and who took the grid over last.

    `proved_utc` is the begin of the last shift whose person was sent the proof message. `note` is what the last one who handed
    over wrote.
    """

    shift: str = ""
    begins_utc: float = 0.0
    ends_utc: float = 0.0
    person: str = ""
    deputy: str = ""
    taken_by: str = ""
    taken_utc: float = 0.0
    awaited: bool = False
    late: bool = False
    proved_utc: float = 0.0
    note: str = ""
    note_by: str = ""
    note_utc: float = 0.0

    def to_json(self) -> Json:
        """As decide remembers it."""
        return asdict(self)

    @classmethod
    def from_json(cls, body: Json) -> Stint:
        """The inverse of `to_json`."""
        return cls(**body)
