"""The stores and the way out: disk, outbox, history, outlets, backup, and the lines that a destination refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query

from gateway.keep.lines import parse
from gateway.serve import store_shapes
from gateway.serve.asks import Ask, Asking, QuarantineQuery, answer
from gateway.serve.instants import iso

if TYPE_CHECKING:
    from starlette.responses import Response

    from gateway.serve.stored import BackupAge, Destination, Quarantined, Waiting
    from gateway.serve.views import Body


async def stores(ask: Asking) -> Response:
    """What is kept on disk and carried out, and how that goes."""
    stores = ask.house.stores
    outbox, limits = stores.outbox, stores.limits
    return answer(
        {
            "now": iso(ask.house.now().utc),
            "disk": {"state": outbox.room.state.value, "free_bytes": outbox.room.free_bytes},
            "journal": {"recorded": stores.journal.recorded, "why": stores.journal.why},
            "outbox": {
                **_waiting(outbox.held()),
                "max_bytes": limits.max_bytes,
                "max_age_seconds": limits.max_age_seconds,
                "keep_free_bytes": limits.keep_free_bytes,
                "lost": dict(outbox.lost()),
                "damaged": list(outbox.damaged),
            },
            "history": {
                "keep_days": stores.keep_days,
                "lost": list(stores.history.lost),
                "lost_minutes": stores.history.lost_minutes,
            },
            "outlets": [_outlet(outlet, outbox.backlog(outlet.id)) for outlet in stores.outlets],
            "backups": [_backup(age) for age in stores.backups()],
        }
    )


async def quarantine(ask: Asking, query: Annotated[QuarantineQuery, Query()]) -> Response:
    """Lines that a destination will never take, with its own words, newest first."""
    found = await ask.house.stores.outbox.quarantined(query.destination, query.limit)
    return answer(
        {
            "lines": [
                {
                    "destination": refused.destination,
                    "at": iso(refused.utc),
                    "line": refused.line.decode(errors="backslashreplace"),
                    "why": refused.why,
                }
                for refused in found
                if _sees(ask, refused)
            ]
        }
    )


def _sees(ask: Ask, refused: Quarantined) -> bool:
    """An actor bound to grids sees lines of those grids, and none that does not say its grid."""
    if not ask.scope:
        return True
    try:
        return parse(refused.line).tags.get("grid") in ask.scope
    except ValueError:
        return False


def _waiting(waiting: Waiting) -> Body:
    return {
        "batches": waiting.batches,
        "points": waiting.points,
        "bytes": waiting.bytes,
        "oldest": None if waiting.oldest_utc is None else iso(waiting.oldest_utc),
    }


def _outlet(outlet: Destination, backlog: Waiting) -> Body:
    return {
        "id": outlet.id,
        "kind": outlet.kind,
        "target": outlet.target,
        "state": outlet.state.value,
        "why": outlet.why,
        "since": iso(outlet.since_utc) if outlet.since_utc else None,
        "points": outlet.points,
        "records": outlet.records,
        "requests": outlet.requests,
        "refused": outlet.refused,
        "backlog": {**_waiting(backlog), "dropped": backlog.dropped},
    }


def _backup(age: BackupAge) -> Body:
    return {
        "place": age.place,
        "last": None if age.last_utc is None else iso(age.last_utc),
        "ok": age.ok,
        "why": age.why,
        "due": None if age.due_utc is None else iso(age.due_utc),
    }


def add_routes(router: APIRouter) -> None:
    """The routes of the stores."""
    router.add_api_route("/api/v1/stores", stores, response_model=store_shapes.Stores)
    router.add_api_route("/api/v1/stores/quarantine", quarantine, response_model=store_shapes.Quarantine)
