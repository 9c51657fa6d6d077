"""A `Post` that remembers what it was told, for tests of drivers."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

from drivers.contract import (
    CURSOR_LIMIT_BYTES,
    KEEP_LIMIT,
    Answer,
    DeviceEvent,
    Json,
    Kept,
    LinkChanged,
    Question,
    Report,
    Sample,
    Stranger,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class RecordingPost:
    """Everything a driver said, in order.

    While `disk_stands` is cleared, `keep` does not return: a slow disk.
    """

    def __init__(self, cursors: Mapping[str, Json] | None = None) -> None:
        self.reports: list[Report] = []
        self.kept: list[Kept] = []
        self.questions: list[Question] = []
        self.cursors: dict[str, Json] = dict(cursors or {})
        self.allows = True
        self.disk_writes = asyncio.Event()
        self.disk_writes.set()

    def report(self, x: Report, /) -> None:
        self.reports.append(x)

    async def keep(self, records: Sequence[Kept], cursors: Mapping[str, Json], /) -> None:
        if len(records) > KEEP_LIMIT:
            raise ValueError("too many records")
        for cursor in cursors.values():
            if len(json.dumps(cursor, separators=(",", ":")).encode()) > CURSOR_LIMIT_BYTES:
                raise ValueError("the cursor is too large")
        await self.disk_writes.wait()
        self.kept.extend(records)
        self.cursors.update(cursors)

    def note(self, device: str, cursor: Json, /) -> None:
        self.cursors[device] = cursor

    async def ask(self, question: Question, /) -> Answer:
        self.questions.append(question)
        return Answer(self.allows, "known" if self.allows else "unknown")

    def cursor(self, device: str, /) -> Json:
        return self.cursors.get(device)

    def samples(self, device: str, group: int | None = None) -> list[Sample]:
        return [
            report
            for report in self.reports
            if isinstance(report, Sample) and report.device == device and group in (None, report.group)
        ]

    def links(self, device: str) -> list[LinkChanged]:
        return [report for report in self.reports if isinstance(report, LinkChanged) and report.device == device]

    def strangers(self) -> list[Stranger]:
        return [report for report in self.reports if isinstance(report, Stranger)]

    def events(self) -> list[DeviceEvent]:
        return [record for record in self.kept if isinstance(record, DeviceEvent)]
