"""`gridpost run`: from a checked configuration to a running gateway."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
import time
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING

import typer

from drivers.ocpp.config import OcppConfig
from gateway.collect.clock import BUILT_UTC, Clock
from gateway.commands import WRONG
from gateway.config.load import ConfigError, load
from gateway.config.tls import tls_of
from gateway.keep.folder import FolderError
from gateway.keep.schema import NewerJournal
from gateway.logs import log_to_stderr
from gateway.serve.certificate import CertificateWrong
from gateway.serve.listen import ListenError, listen
from gateway.setting_up.addresses import FIRST_BIND
from gateway.setting_up.beginning import begin, written_configuration

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.config.plan import Plan
    from gateway.setting_up.wizard import SettingUp


THREAD_TURN_SECONDS = 0.0005
"""How long the event loop may keep the interpreter from the journal's thread, which needs it dozens of times for one commit.

With Python's 5 ms a commit beside a busy loop takes a fifth of a second."""


@dataclass(frozen=True, slots=True)
class Wish:
    """How somebody asked for a gateway. `set_up`: where there is no configuration the page asks for it."""

    config: Path
    data: Path
    http: str
    until_stdin_closes: bool
    conformance: bool = False
    set_up: bool = False


def run_gateway(wish: Wish) -> int:
    """Run until told to stop; returns the exit code. Whatever a person must correct is one sentence and exit code 2."""
    log_to_stderr()
    sys.setswitchinterval(THREAD_TURN_SECONDS)
    while True:
        gc.disable()  # what is made until the gateway runs stays for ever: looking through it again and again finds nothing
        try:
            setting_up = _new_box(wish)
            code = _run(wish, setting_up)
        except ConfigError as wrong:
            for finding in wrong.findings:
                typer.echo(str(finding), err=True)
            return WRONG
        except (ListenError, FolderError, NewerJournal, CertificateWrong, _NotForASuite) as wrong:
            typer.echo(str(wrong), err=True)
            return WRONG
        if code or setting_up is None or not setting_up.finished:
            return code


def _new_box(wish: Wish) -> SettingUp | None:
    """The set-up of a box that has no configuration; None where it has one, or nobody wants to be asked."""
    if not wish.set_up or written_configuration(wish.config, wish.data) is not None:
        return None
    return begin(wish.config, wish.data, wish.http, max(Clock()().utc, BUILT_UTC))


def _run(wish: Wish, setting_up: SettingUp | None) -> int:
    from gateway.app import run
    from gateway.parts import Gateway

    if setting_up is not None:
        path, bind = setting_up.prepare(), wish.http or FIRST_BIND
    else:
        path, bind = (wish.set_up and written_configuration(wish.config, wish.data)) or wish.config, wish.http
    plan = load(path, wish.data, conformance=wish.conformance)
    bind = bind or plan.http.bind
    if wish.conformance and (why := not_for_a_suite(plan, bind)):
        raise _NotForASuite(f"--conformance: {why}")
    tls = tls_of(plan, wish.data, bind)
    listening = listen(bind, plain_http_allowed=plan.http.plain_http_allowed, encrypted=tls is not None)
    os.environ["TZ"] = plan.compound.timezone
    time.tzset()

    async def live() -> int:
        stop = asyncio.Event()
        if wish.until_stdin_closes:
            asyncio.get_running_loop().add_reader(sys.stdin.fileno(), _end_at_eof, stop)
        gateway = Gateway(plan, wish.data, plan.drivers, conformance=wish.conformance, tls=tls, setting_up=setting_up)
        return await run(gateway, listening, stop)

    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        return runner.run(live())


class _NotForASuite(Exception):
    """An outside conformance suite may not work this gateway, as a sentence."""


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
