"""A data folder in which one person is named wherever the journal can name him, and another one who is not to be touched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.contract import Command, DeviceEvent, Result
from drivers.contract import Outcome as How
from gateway.decide.permits.written import PERMIT, permit_to_json
from gateway.keep.audit.signing import signer_of
from gateway.keep.erasing.ledger import Ledger, mark_of, person_of
from gateway.keep.journal import Journal
from gateway.keep.site_key import site_key
from gateway.model import Alarm, AlarmChanged, Change, Ended, Entry, Place, Priority, Recorded, Remember, Send
from gateway.notice import Notice, Notify
from gateway.permit import Credential, Permit
from tests.keep.facts import NOW

if TYPE_CHECKING:
    from pathlib import Path

    from drivers.contract import Json
    from gateway.model import Outcome

NAME = "欧阳植树"
CARD = "a1b2c3d4e5f60718"
PERSON = "0f1e2d3c4b5a6978"
PHONE = "13977770001"
TRACES = (NAME, CARD, PERSON, PHONE)
HIS = Permit("p1", PERSON, NAME, "b1-1-701", CARD, Credential.CARD, ("u1",), note=f"电话 {PHONE}")
HERS = Permit("p2", "11aa22bb33cc44dd", "李梅", "b1-1-701", "00000000000000a2", Credential.CARD, ("u1",))


async def live(data: Path) -> str:
    """Write a journal in which he is named; returns his mark in the ledger of this folder."""
    key = site_key(data)
    alarm = Alarm(
        1, "door_held@u1", "door_held", "u1", "u1", Priority.P3, Place("b1"), active=True, acked=True, latched=False,
        acked_by="王芳", note=f"{NAME}在搬家",
    )  # fmt: skip
    incident: dict[str, Json] = {"number": 1, "where": f"{NAME}家", "what": "漏水", "photos": [], "alarms": []}
    shown = DeviceEvent(
        "u1", "7", 1, "denied_unknown", {"part": "door1", "card": CARD, "ref": int(CARD[-8:], 16)}, 1, NOW.utc
    )
    passed = DeviceEvent("u1", "7", 2, "granted", {"part": "door1", "ref": 0}, 1, NOW.utc)
    unlock = Command(1, "u1", "unlock", {"seconds": 5}, 0)
    notice = Notice(1, "bot", "zhang", "raised", Priority.P3, "alarm:1", Place("b1"), NOW.utc, why=f"{NAME}的门")
    outcomes: tuple[Outcome, ...] = (
        *(Remember(PERMIT + permit.id, permit_to_json(permit)) for permit in (HIS, HERS)),
        Remember("permit_task:r1", _task(NAME)),
        Remember("incident:1", {"incident": incident}),
        AlarmChanged(alarm, Change.ACKED, announce=False, actor="王芳"),
        Recorded("permits", "p1", {"new": 1, "reason": f"{NAME}搬入, {PHONE}"}, "王芳"),
        Recorded("incident", "1", {"what": "reported", "by": "u1", "incident": incident}, "王芳"),
        Send(unlock, "王芳", f"为{NAME}开门"),
        Ended(unlock, Result(How.DONE, {}, ""), "王芳"),
        Notify(notice),
    )
    async with Journal.open(data, NOW) as journal:
        await journal.submit(Entry(NOW, outcomes, (shown, passed)))
    return mark_of(person_of(HIS, key), key)


def ledger_of(data: Path) -> Ledger:
    """The ledger of a folder."""
    return Ledger(data, signer_of(data))


def naming(folder: Path, *words: str) -> list[str]:
    """The files below a folder in whose bytes one of these words stands."""
    several = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return [path.name for path in several if any(word.encode() in path.read_bytes() for word in words or TRACES)]


def _task(name: str) -> Json:
    told = {"household": "b1-1-701", "permits": ["p1"], "by": "王芳", "reason": f"{name}搬走", "at": 1.0}
    return {**told, "open": [], "done": ["u1"], "closed": 2.0}
