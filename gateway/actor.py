"""Who asks for something."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Role(Enum):
    """What an actor may do; the table of rights says what."""

    VIEWER = "viewer"
    STAFF = "staff"
    MANAGER = "manager"
    INSTALLER = "installer"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks: an id for the audit, a name for people, the role, the grids it is bound to (empty: all), and by what way.

    `person` is the id of the one of the staff whose account it is, "" for nobody's. A name is only shown: it may be given to
    somebody else once its account is gone.

    `way` is "token" (of the API), "session" (a browser), "phone" (bound by QR), "screen" (a duty screen; with a personal PIN
    the actor is that person), or the name of what else let somebody in. `scopes` limits a token to parts of what its role may;
    empty: all of it. `pin` says that the person proved himself with his PIN in this very request.
    """

    id: str
    name: str
    role: Role
    grids: frozenset[str] = frozenset()
    way: str = "token"
    scopes: frozenset[str] = frozenset()
    pin: bool = False
    person: str = ""
