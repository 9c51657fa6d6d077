"""`gridpost run`: from a checked configuration to a running gateway."""

from __future__ import annotations

import asyncio
import contextlib
import io
import logging
import os
import sys
import time
from typing import TYPE_CHECKING, TextIO, cast

import structlog
import typer

from gateway.config.load import ConfigError, load
from gateway.keep.folder import FolderError
from gateway.keep.schema import NewerJournal

if TYPE_CHECKING:
    from pathlib import Path

WRONG = 2


def run_gateway(config: Path, data: Path, http: str, *, until_stdin_closes: bool) -> int:
    """Run until told to stop; returns the exit code. Whatever a person must correct is one sentence and exit code 2."""
    from gateway.app import run
    from gateway.assembly import Gateway
    from gateway.serve.listen import ListenError, listen

    quiet_logs()
    try:
        plan = load(config)
        bind = http or plan.http.bind
        listening = listen(bind, plain_http_allowed=plan.http.plain_http_allowed)
    except ConfigError as wrong:
        for finding in wrong.findings:
            typer.echo(str(finding), err=True)
        return WRONG
    except ListenError as wrong:
        typer.echo(str(wrong), err=True)
        return WRONG

    os.environ["TZ"] = plan.compound.timezone
    time.tzset()

    async def live() -> int:
        stop = asyncio.Event()
        if until_stdin_closes:
            asyncio.get_running_loop().add_reader(sys.stdin.fileno(), _end_at_eof, stop)
        return await run(Gateway(plan, data, plan.drivers), listening, stop)

    try:
        with asyncio.Runner(loop_factory=loop_factory()) as runner:
            return runner.run(live())
    except (FolderError, NewerJournal) as wrong:
        typer.echo(str(wrong), err=True)
        return WRONG


def _end_at_eof(stop: asyncio.Event) -> None:
    if not os.read(sys.stdin.fileno(), 4096):
        asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
        stop.set()


def loop_factory() -> type[asyncio.AbstractEventLoop] | None:
    """Uvloop where there is one: it halves the CPU of a Modbus request."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.Loop


class _Stderr(io.TextIOBase):
    """Where logs go. A full disk or a closed terminal behind it costs a line, never the gateway."""

    def write(self, text: str) -> int:
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.write(text)
        return len(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.flush()


def quiet_logs() -> None:
    """One line for each change, on stderr: coloured on a terminal, plain under systemd."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="%H:%M:%S" if sys.stderr.isatty() else "iso", utc=False),
            structlog.processors.format_exc_info,
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(cast("TextIO", _Stderr())),
        cache_logger_on_first_use=True,
    )
