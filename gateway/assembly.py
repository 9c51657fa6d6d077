"""The gateway's parts, put together in the order in which they stand on each other, and closed in the reverse order."""

from __future__ import annotations

import sqlite3
from contextlib import asynccontextmanager, closing, nullcontext
from functools import partial
from typing import TYPE_CHECKING

from gateway.keep.audit.checkpoints import begin_chain
from gateway.keep.audit.signing import signer_of
from gateway.keep.erasing.applying import complete_erasures
from gateway.keep.folder import FolderError, ReadOnlyFolder, open_folder
from gateway.keep.history import History
from gateway.keep.journal import Journal, JournalBroken
from gateway.keep.outbox import Outbox, RoomState
from gateway.keep.rebuild import rebuild
from gateway.logs import log_of
from gateway.parts import Parts, bounds_of
from gateway.watchdog import Progress

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from gateway.parts import Gateway

log = log_of("gateway")


@asynccontextmanager
async def assembled(gateway: Gateway) -> AsyncIterator[Parts]:
    """Open everything. Raises FolderError or NewerJournal for what a person must mend."""
    progress = Progress()
    with _held(gateway.data):
        _complete_erasures(gateway)
        opened = Journal.open(gateway.data, gateway.clock(), lambda: progress.beat("journal"))
        async with opened as journal:
            if journal.rescued is not None:
                log.error("the journal was damaged", why=journal.rescued.why, missing=journal.rescued.missing)
            outlets = [outlet.id for outlet in gateway.plan.outlets]
            outbox = Outbox.open(gateway.data, bounds_of(gateway.plan), outlets, gateway.clock())
            history = History(gateway.data, gateway.plan.history.keep_days)
            history.writable = lambda: outbox.room.state is RoomState.AMPLE
            try:
                with closing(journal.reader()) as reader:
                    last_seq = await reader.last_seq()
                    parts = Parts(gateway, journal, history, outbox, reader, progress, last_seq)
                    await _begin_chain(journal, parts)
                    outbox.say = history.say = parts.say
                    for sentence in outbox.damaged:
                        log.error("the outbox was damaged", what=sentence)
                    if back := await rebuild(history, outbox):
                        log.info("the open minute was put back", readings=back)
                    yield parts
            finally:
                await history.close()
                await outbox.close()


async def _begin_chain(journal: Journal, parts: Parts) -> None:
    """Sign where the audit begins. A disk that fails now must not keep a gateway from watching."""
    try:
        await journal.tend(partial(begin_chain, signer=parts.signer, utc=parts.clock().utc))
    except (sqlite3.Error, JournalBroken) as wrong:
        log.error("the audit's beginning is not signed; it is tried again at the next start", why=str(wrong))  # noqa: TRY400


def _complete_erasures(gateway: Gateway) -> None:
    """Forget whom a power cut kept from being forgotten, before anything is read of him."""
    try:
        signer = signer_of(gateway.data)
        done = complete_erasures(gateway.data, gateway.plan.site_key, signer, gateway.clock())
    except (FolderError, OSError, sqlite3.Error) as wrong:
        log.error("an erasure is not complete; it is tried again at the next start", why=str(wrong))  # noqa: TRY400
        return
    if done is not None:
        log.info("an erasure was completed", persons=done.persons, permits=done.permits, rows=done.rows)


def _held(data: Path) -> AbstractContextManager[object]:
    """The data folder, held; or nothing, where nothing can be written: then the gateway runs on unrecorded."""
    try:
        return open_folder(data)
    except ReadOnlyFolder as wrong:
        log.error("nothing can be recorded", why=str(wrong))  # noqa: TRY400 - a sentence for people, not a traceback
        return nullcontext()
