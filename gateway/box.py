"""The box itself, as the page sees and works it; see `gateway.serve.box_keeper.Box`."""

from __future__ import annotations

import asyncio
import shutil
from typing import TYPE_CHECKING

from gateway.collect.clock_source import clock_source
from gateway.logs import log_of
from gateway.serve.box_keeper import SaidOfConfig

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Iterable
    from pathlib import Path

    from drivers.contract import Json
    from drivers.findings import Finding
    from gateway.keep.own_ca import OwnCa
    from gateway.parts import Parts
    from gateway.serve.box_keeper import Reloaded
    from gateway.serve.tls import Tls

log = log_of("gateway")


class RunningBox:
    """`read_again` takes the configuration anew; `beside` runs something beside everything else."""

    def __init__(
        self,
        parts: Parts,
        *,
        data: Path,
        bind: str,
        names: tuple[str, ...],
        tls: Tls | None,
        set_up: bool,
        read_again: Callable[[], Awaitable[Reloaded]],
        beside: Callable[[Coroutine[None, None, None], str], object],
    ) -> None:
        self._parts = parts
        self._data = data
        self._bind = bind
        self._names = names
        self._tls = tls
        self._set_up = set_up
        self._read_again = read_again
        self._beside = beside
        self._places = () if parts.plan.backup is None else parts.plan.backup.to
        self._started_utc = parts.clock().utc
        self._started = asyncio.get_running_loop().time()

    @property
    def own_ca(self) -> OwnCa | None:
        """The authority by whose certificate the page is served."""
        return None if self._tls is None else self._tls.own_ca

    async def about(self) -> dict[str, Json]:
        """What there is to know."""
        now = self._parts.clock()
        folder, free = await asyncio.to_thread(_room, self._data)
        return {
            "uptime_seconds": asyncio.get_running_loop().time() - self._started,
            "started_utc": self._started_utc,
            "config": {"file": str(self._parts.plan.path), "wizard": self._set_up},
            "tls": self._certificate(),
            "bind": self._bind,
            "names": list(self._names),
            "clock": {"trusted": now.trusted, "source": clock_source(), "utc": now.utc},
            "data": {"folder": str(self._data.absolute()), "bytes": folder, "free_bytes": free},
        }

    async def reload(self) -> Reloaded:
        """Read the configuration again."""
        return await self._read_again()

    def back_up(self) -> tuple[str, ...]:
        """Begin a backup to all places."""
        if self._parts.backups is not None:
            self._beside(self._make_backup(), "backup by hand")
        return tuple(place.target for place in self._places)

    async def _make_backup(self) -> None:
        backups = self._parts.backups
        assert backups is not None  # noqa: S101 - `back_up` has looked
        try:
            await backups.make(self._places)
        except Exception:  # an edge is supervised
            log.exception("a backup failed in a way that nobody thought of")
        backups.tell()

    def _certificate(self) -> Json:
        if self._tls is None:
            return None
        held, own_ca = self._tls.held, self._tls.own_ca
        return {
            "subject": held.subject,
            "names": list(held.names),
            "until_utc": held.until_utc,
            "own_ca": own_ca is not None,
            "fingerprint": "" if own_ca is None else own_ca.fingerprint(),
        }


def said_of_config(findings: Iterable[Finding]) -> tuple[SaidOfConfig, ...]:
    """Findings as the page is told of them."""
    return tuple(SaidOfConfig(each.file, each.line, each.key, each.what) for each in findings)


def _room(data: Path) -> tuple[int, int]:
    """How much is in a folder, and how much its disk has left. What vanishes while it is looked at counts nothing."""
    size = 0
    for path in data.rglob("*"):
        try:
            size += path.stat().st_size if path.is_file() else 0
        except OSError:
            continue
    return size, shutil.disk_usage(data).free
