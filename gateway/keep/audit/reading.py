"""The log as an audit reads it: who did what to what, when, why and with which result. Machine noise is left out."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from gateway.auditing import KIND
from gateway.keep.audit.chain import ERASED, NOISE

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Mapping

    from drivers.contract import Json

PAGE_LIMIT: Final = 500
"""The most rows that one answer holds."""

LOOKED_AT: Final = 20_000
"""As many rows are looked at for those that fit: 0.2 s; then `before` says where to go on."""

SECRETS: Final = frozenset({"card", "tag", "code_hash", "key"})
"""Fields that hold the keyed hash of what a person carries: they leave the house in no form."""

_REASONS = ("reason", "note", "why")
_DETAILS = {
    "user": "change", "alarm": "change", "incident": "what", "command": "name", "result": "name", "refused": "act",
    "duty": "what", "person": "what", "detector_outage": "what", "charging_stop": "what",
}  # fmt: skip
"""Which field of a body says more of what was done, by kind; then `what` is "kind.detail"."""

_NOISE = ", ".join(f"'{kind}'" for kind in sorted(NOISE))
_ROWS = f"""
    SELECT log.seq, utc, trusted, kind, subject, body, head FROM log LEFT JOIN chain ON chain.seq = log.seq
    WHERE kind NOT IN ({_NOISE}) AND log.seq {{}} ? AND utc >= ? AND utc < ? {{}} ORDER BY log.seq {{}} LIMIT ?"""  # noqa: S608
_USERS = "SELECT id, name, created FROM users"
_STAFF = """
    SELECT substr(key, 15), json_extract(value, '$.name'), 0.0 FROM remembered
    WHERE key GLOB 'people:person:*' AND json_valid(value)"""


class Who(NamedTuple):
    """Who did it. `name` is "" where nobody did; `deleted`: whoever did is not known here any more."""

    id: str
    name: str
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """Users and staff. `by_name` is for rows that say no id: who has that name, and since when in UTC seconds."""

    by_id: Mapping[str, Who]
    by_name: Mapping[str, tuple[float, Who]]

    def who(self, body: Mapping[str, Json], utc: float) -> Who:
        """Who did what a row of that time says. Whoever got a name later than that is not meant by it."""
        actor, user = body.get("actor") or body.get("by") or body.get("id"), body.get("by_id")
        if not isinstance(actor, str) or not actor:
            return Who("", "")
        if isinstance(user, str) and user:
            return self.by_id.get(user) or Who(user, actor, deleted=user.startswith("u-"))
        if known := self.by_id.get(actor):
            return known
        since, known = self.by_name.get(actor, (0.0, None))
        return known if known and since <= utc else Who(actor, "", deleted=actor.startswith("u-"))


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One row of the log as an audit reads it. `head` is the chain's head there, None where the row is not chained."""

    seq: int
    utc: float
    trusted: bool
    who: Who
    what: str
    subject: str
    reason: str
    result: str
    body: Mapping[str, Json]
    erased: bool
    kind: str
    head: bytes | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows. `who` is an id or a name, `what` a kind or all that begins with it; "" and 0 mean any."""

    who: str = ""
    what: str = ""
    subject: str = ""
    from_utc: float = 0.0
    to_utc: float = 0.0

    def fits(self, row: AuditRow) -> bool:
        """Whether a row is one of them, as far as SQL has not looked already."""
        if self.who and self.who not in (row.who.id, row.who.name):
            return False
        return not self.what or row.what == self.what or row.what.startswith(f"{self.what}.")


def newest(
    connection: sqlite3.Connection, wanted: Wanted, before: int, limit: int
) -> tuple[list[AuditRow], int | None]:
    """Rows below the seq `before`, newest first, at most `limit`; and below which seq there may be more, None for no more."""
    return _some(connection, wanted, before, limit, newest_first=True)


def following(
    connection: sqlite3.Connection, wanted: Wanted, after: int, limit: int
) -> tuple[list[AuditRow], int | None]:
    """Rows above the seq `after`, oldest first, at most `limit`; and above which seq there may be more, None for no more."""
    return _some(connection, wanted, after, limit, newest_first=False)


def _some(
    connection: sqlite3.Connection, wanted: Wanted, edge: int, limit: int, *, newest_first: bool
) -> tuple[list[AuditRow], int | None]:
    about = "AND subject = ?" if wanted.subject else ""
    query = _ROWS.format("<" if newest_first else ">", about, "DESC" if newest_first else "ASC")
    arguments = [edge, wanted.from_utc, wanted.to_utc or float("inf"), *([wanted.subject] if about else []), LOOKED_AT]
    people = known_people(connection)
    found: list[AuditRow] = []
    looked_at = 0
    for raw in connection.execute(query, arguments):
        looked_at += 1
        edge = raw[0]
        row = read(people, *raw)
        if wanted.fits(row):
            found.append(row)
            if len(found) == limit:
                return found, edge
    return found, edge if looked_at == LOOKED_AT else None


def known_people(connection: sqlite3.Connection) -> Known:
    """Who an actor of the log can be."""
    by_id: dict[str, Who] = {}
    by_name: dict[str, tuple[float, Who]] = {}
    for query in (_STAFF, _USERS):
        for user, name, since in connection.execute(query):
            by_id[user] = Who(user, name or "")
            by_name[name or ""] = since, by_id[user]
    return Known(by_id, by_name)


def read(
    people: Known,
    seq: int,
    utc: float,
    trusted: int,
    kind: str,
    subject: str,
    text: str,
    head: bytes | None,
) -> AuditRow:
    """A row of the log as an audit reads it."""
    body = json.loads(text)
    if not isinstance(body, dict):
        body = {}
    return AuditRow(
        seq, utc, bool(trusted), people.who(body, utc), _what(kind, body), subject, _reason(body), _result(kind, body),
        without_secrets(body), body.get(ERASED) is True, kind, head,
    )  # fmt: skip


def without_secrets(body: Mapping[str, Json]) -> Mapping[str, Json]:
    """A body without the hashes of cards and tags, at any depth."""
    told = {name: value for name, value in body.items() if name not in SECRETS}
    return {name: without_secrets(value) if isinstance(value, dict) else value for name, value in told.items()}


def _what(kind: str, body: Mapping[str, Json]) -> str:
    if kind == KIND:
        return str(body.get("what", KIND))
    detail = body.get(_DETAILS.get(kind, ""))
    return f"{kind}.{detail.replace(' ', '_')}" if isinstance(detail, str) and detail else kind


def _reason(body: Mapping[str, Json]) -> str:
    return next((value for name in _REASONS if isinstance(value := body.get(name), str) and value), "")


def _result(kind: str, body: Mapping[str, Json]) -> str:
    pick: Mapping[str, Callable[[], Json]] = {
        "refused": lambda: f"refused: {body.get('code', '')}",
        "result": lambda: body.get("outcome"),
        "answer": lambda: "allowed" if body.get("allowed") else "refused",
        "command": lambda: "sent",
    }
    said = pick[kind]() if kind in pick else body.get("result", "done")
    return str(said or "")
