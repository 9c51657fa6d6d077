"""`gridpost run`: from a checked configuration to a running gateway."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
import time
from ipaddress import ip_address
from typing import TYPE_CHECKING

import typer

from drivers.ocpp.config import OcppConfig
from gateway.commands import WRONG
from gateway.config.load import ConfigError, load
from gateway.keep.folder import FolderError
from gateway.keep.schema import NewerJournal
from gateway.logs import log_to_stderr

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.config.plan import Plan


THREAD_TURN_SECONDS = 0.0005
"""How long the event loop may keep the interpreter from the journal's thread, which needs it dozens of times for one commit.

With Python's 5 ms a commit beside a busy loop takes a fifth of a second."""


def run_gateway(config: Path, data: Path, http: str, *, until_stdin_closes: bool, conformance: bool = False) -> int:
    """Run until told to stop; returns the exit code. Whatever a person must correct is one sentence and exit code 2."""
    gc.disable()  # what is made until the gateway runs stays for ever: looking through it again and again finds nothing
    from gateway.app import run
    from gateway.assembly import Gateway
    from gateway.serve.listen import ListenError, listen

    log_to_stderr()
    try:
        plan = load(config, data, conformance=conformance)
        bind = http or plan.http.bind
        if conformance and (why := not_for_a_suite(plan, bind)):
            typer.echo(f"--conformance: {why}", err=True)
            return WRONG
        listening = listen(bind, plain_http_allowed=plan.http.plain_http_allowed)
    except ConfigError as wrong:
        for finding in wrong.findings:
            typer.echo(str(finding), err=True)
        return WRONG
    except (ListenError, FolderError) as wrong:
        typer.echo(str(wrong), err=True)
        return WRONG

    sys.setswitchinterval(THREAD_TURN_SECONDS)
    os.environ["TZ"] = plan.compound.timezone
    time.tzset()

    async def live() -> int:
        stop = asyncio.Event()
        if until_stdin_closes:
            asyncio.get_running_loop().add_reader(sys.stdin.fileno(), _end_at_eof, stop)
        return await run(Gateway(plan, data, plan.drivers, conformance=conformance), listening, stop)

    try:
        with asyncio.Runner(loop_factory=loop_factory()) as runner:
            return runner.run(live())
    except (FolderError, NewerJournal) as wrong:
        typer.echo(str(wrong), err=True)
        return WRONG


def not_for_a_suite(plan: Plan, bind: str) -> str:
    """Why an outside conformance suite may not work this gateway's chargers; "" when it may.

    Anybody who reaches the page's port could then work them: only where no real device is.
    """
    for line in plan.lines:
        if not isinstance(line, OcppConfig) or not ip_address(line.host).is_loopback:
            return f"line {line.id} ({line.address}) may lead to real devices; only OCPP lines on loopback can stay"
    return "" if _on_loopback(bind) else f"the page is served on {bind}, not on loopback"


def _on_loopback(bind: str) -> bool:
    try:
        return ip_address(bind.rpartition(":")[0].strip("[]")).is_loopback
    except ValueError:  # a name: nobody knows where it leads tomorrow
        return False


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
