"""The stores of a mock compound: disk, outbox, destinations, backups and refused lines, in the shapes of the HTTP face."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

Json: TypeAlias = dict[str, Any]

LINE = "acp1-2door,building=b3,compound=demo,device=b3u1,grid=g1 supply=13i 1732226400123456789"
WORDS = 'partial write: field type conflict: input field "supply" on measurement "acp1-2door" is type integer'


def ago(**span: float) -> str:
    """A moment that long ago, as the gateway writes it."""
    return (datetime.now(UTC) - timedelta(**span)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def outlet(name: str, kind: str, target: str) -> Json:
    """A destination that has everything."""
    return {
        "id": name, "kind": kind, "target": target, "state": "up", "why": "", "since": ago(hours=30),
        "points": 1_843_200, "records": 57, "requests": 5_120, "refused": 0,
        "backlog": {"batches": 0, "points": 0, "bytes": 0, "oldest": None, "dropped": 0},
    }  # fmt: skip


@dataclass
class MockStores:
    """All is kept and carried out."""

    disk: Json = field(default_factory=lambda: {"state": "ample", "free_bytes": 21_400_000_000})
    recorded: bool = True
    waiting: Json = field(
        default_factory=lambda: {"batches": 120, "points": 60_000, "bytes": 412_000, "oldest": ago(minutes=2)}
    )
    lost: dict[str, int] = field(default_factory=dict)
    damaged: list[str] = field(default_factory=list)
    history_lost: list[str] = field(default_factory=list)
    outlets: list[Json] = field(
        default_factory=lambda: [
            outlet("influx", "influxdb", "http://10.0.0.9:8086 gridpost"),
            outlet("city", "mqtt", "mqtts://broker.city.example:8883"),
        ]
    )
    backups: list[Json] = field(
        default_factory=lambda: [
            {"place": "/mnt/stick", "last": ago(hours=7), "ok": True, "why": "", "due": ago(hours=-17)}
        ]
    )
    quarantine: list[Json] = field(default_factory=list)

    def body(self) -> Json:
        """As `GET /api/v1/stores` says it."""
        limits = {"max_bytes": 512_000_000, "max_age_seconds": 604_800.0, "keep_free_bytes": 200_000_000}
        return {
            "now": ago(), "disk": self.disk,
            "journal": {"recorded": self.recorded, "why": "" if self.recorded else "The journal cannot be written."},
            "outbox": {**self.waiting, **limits, "lost": self.lost, "damaged": self.damaged},
            "history": {"keep_days": 30, "lost": self.history_lost, "lost_minutes": 0},
            "outlets": self.outlets, "backups": self.backups,
        }  # fmt: skip

    def go_bad(self) -> None:
        """A server away since yesterday, a broker that knows us no more, a full disk, an old backup, refused lines."""
        influx, city = self.outlets
        influx.update(state="failing", why="http://10.0.0.9:8086: connection refused", since=ago(hours=26), refused=2)
        influx["backlog"].update(
            batches=61_440, points=30_720_000, bytes=468_000_000, oldest=ago(hours=26), dropped=12_600
        )
        city.update(state="refused", why="the broker refused the user name or password", since=ago(minutes=4))
        self.waiting.update(influx["backlog"], dropped=0)
        del self.waiting["dropped"]
        self.lost = {"full": 12_600, "room": 840, "age": 0}
        self.damaged = [
            "outbox.db was damaged and is set aside as outbox.db.damaged-1; 411 of 412 batches were rescued"
        ]
        self.history_lost = ["history: minutes dropped for lack of room"]
        self.disk = {"state": "scarce", "free_bytes": 148_000_000}
        self.backups[0].update(ok=False, why="/mnt/stick is not there", last=ago(days=4))
        self.quarantine = [
            {"destination": "influx", "at": ago(minutes=12), "line": LINE, "why": WORDS},
            {"destination": "influx", "at": ago(hours=3), "line": LINE.replace("b3", "b7"), "why": WORDS},
        ]
