"""How much of a person each role is told: one table, and what a name, a flat and a number look like masked. Pure.

Masking is what the HTTP face does last. Which permits, doors and incidents somebody is told of at all is decided before
(`gateway/serve/rights.py`, and the actor's grids).
"""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING, Final

from gateway.actor import Role

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drivers.contract import Json


class Field(Enum):
    """What is told of a person."""

    NAME = "name"
    """Of somebody who lives here or visits."""
    HOUSEHOLD = "household"
    REACH = "reach"
    """The number or account at which one of the staff is reached."""
    TEXT = "text"
    """What somebody typed, in which numbers may stand."""


class Sight(Enum):
    """How it is told."""

    NOTHING = "nothing"
    PSEUDONYM = "pseudonym"
    """Nothing but who is the same: an id that says no name."""
    MASKED = "masked"
    OWN = "own"
    """In clear where it is the actor's to work on, else masked."""
    CLEAR = "clear"


_N, _P, _M, _O, _C = Sight.NOTHING, Sight.PSEUDONYM, Sight.MASKED, Sight.OWN, Sight.CLEAR

TABLE: Final[Mapping[Role, Mapping[Field, Sight]]] = {
    Role.VIEWER: {Field.NAME: _N, Field.HOUSEHOLD: _N, Field.REACH: _N, Field.TEXT: _N},
    Role.STAFF: {Field.NAME: _O, Field.HOUSEHOLD: _O, Field.REACH: _M, Field.TEXT: _C},
    Role.MANAGER: {Field.NAME: _C, Field.HOUSEHOLD: _C, Field.REACH: _C, Field.TEXT: _C},
    Role.INSTALLER: {Field.NAME: _N, Field.HOUSEHOLD: _N, Field.REACH: _M, Field.TEXT: _M},
    Role.ADMINISTRATOR: {Field.NAME: _C, Field.HOUSEHOLD: _C, Field.REACH: _C, Field.TEXT: _C},
    Role.AUDITOR: {Field.NAME: _P, Field.HOUSEHOLD: _N, Field.REACH: _N, Field.TEXT: _M},
}
"""Role x field. Own: the permits of the actor's grids, incidents of his grids."""

_MOBILE = re.compile(r"1[3-9]\d{9}")
"""A mobile number of China: 11 digits (the numbering plan of the MIIT)."""
_NUMBER = re.compile(r"\d{7,}")
"""Seven digits and more: a landline's number has them, and a card's; no flat and no sequence that people type has."""
_HIDDEN = "****"
_TYPED = frozenset({"reason", "note", "where", "what", "cause", "text"})
"""Fields of log rows that hold what somebody typed."""


def sight(role: Role, field: Field, *, own: bool = False) -> Sight:
    """How a role is told a field; `own`: the thing is the actor's to work on."""
    found = TABLE[role][field]
    return (Sight.CLEAR if own else Sight.MASKED) if found is Sight.OWN else found


def name_told(name: str, how: Sight) -> str | None:
    """张小明 as 张**; None where nothing is told. A pseudonym stands in a field of its own."""
    if how is Sight.CLEAR:
        return name
    return f"{name[:1]}**" if how is Sight.MASKED and name else None


def household_told(household: str, how: Sight) -> str | None:
    """b3-2-501 as b3-2-***: which entrance, and not which flat."""
    if how is Sight.CLEAR or (how is Sight.MASKED and not household):
        return household
    return f"{household.rpartition('-')[0]}-***" if how is Sight.MASKED else None


def reach_told(to: str, how: Sight) -> str:
    """13812345678 as 138****5678, any other number or account by its two first and two last signs."""
    if how is Sight.CLEAR:
        return to
    if how is not Sight.MASKED:
        return ""
    if _MOBILE.fullmatch(to):
        return _mobile(to)
    return f"{to[:2]}{_HIDDEN}{to[-2:]}" if len(to) > len(_HIDDEN) else _HIDDEN


def text_told(text: str, how: Sight) -> str:
    """A text that somebody typed; masked: its long numbers are."""
    if how is Sight.CLEAR:
        return text
    return _NUMBER.sub(lambda found: _mobile(found[0]), text) if how is Sight.MASKED else ""


def body_told(body: Json, role: Role) -> Json:
    """The body of a log row: no household to who is told none, and long numbers masked in what people typed."""
    if TABLE[role][Field.HOUSEHOLD] is Sight.CLEAR and TABLE[role][Field.TEXT] is Sight.CLEAR:
        return body
    if isinstance(body, list):
        return [body_told(each, role) for each in body]
    if not isinstance(body, dict):
        return body
    typed = TABLE[role][Field.TEXT]
    return {
        name: text_told(each, typed) if name in _TYPED and isinstance(each, str) else body_told(each, role)
        for name, each in body.items()
        if name != "household" or TABLE[role][Field.HOUSEHOLD] is Sight.CLEAR
    }


def _mobile(number: str) -> str:
    return f"{number[:3]}{_HIDDEN}{number[-4:]}" if _MOBILE.fullmatch(number) else _HIDDEN
