"""A file that is made for one answer: it has no name on the disk, so that a kill leaves nothing of it."""

from __future__ import annotations

import asyncio
import os
import tempfile
from typing import TYPE_CHECKING, BinaryIO, cast

from starlette.responses import StreamingResponse

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

PIECE_BYTES = 256 * 1024


async def handed_out(folder: Path, write: Callable[[BinaryIO], object], name: str) -> StreamingResponse:
    """A zip as `write` writes it, under a name that says nothing of a person. Raises OSError."""

    def written() -> BinaryIO:
        file = cast("BinaryIO", tempfile.TemporaryFile(dir=folder))  # noqa: SIM115 - closed when it was sent
        try:
            write(file)
        except BaseException:
            file.close()
            raise
        return file

    file = await asyncio.to_thread(written)
    size = file.seek(0, os.SEEK_END)
    headers = {
        "Cache-Control": "no-store",
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Length": str(size),
    }
    return StreamingResponse(_pieces(file), 200, headers, "application/zip")


async def _pieces(file: BinaryIO) -> AsyncIterator[bytes]:
    try:
        file.seek(0)
        while piece := await asyncio.to_thread(file.read, PIECE_BYTES):
            yield piece
    finally:
        file.close()
