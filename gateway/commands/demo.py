"""`gridpost demo`: the simulator and the gateway as two children, with a day of history, and a link to sign in."""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import webbrowser
from contextlib import ExitStack, closing
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from gateway.actor import Role
from gateway.collect.clock import Clock
from gateway.commands import WRONG
from gateway.commands.calling import CallError, Gateway
from gateway.config.load import load
from gateway.deliver.channels.chat_config import WeComConfig
from gateway.keep.accounts import users
from gateway.keep.accounts.sessions import make_code
from gateway.keep.backfill import import_csv
from gateway.keep.folder import FolderError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.config.plan import Plan

USER = "demo"
CARETAKER = "demo-caretaker"
"""Brings in the residents' permits and the sensors, and is gone again."""
PERMITS, SENSORS, TAGS = "permits.csv", "sensors.csv", "tags.csv"
OWN_BROKER = "own"
PASSWORD_VARIABLE = "GRIDPOST_DEMO_BROKER_PASSWORD"  # noqa: S105 - the name of it
PILES_PASSWORD_VARIABLE = "GRIDPOST_DEMO_PILES_PASSWORD"  # noqa: S105 - the name of it
SERVICES_KEY_VARIABLE = "GRIDPOST_DEMO_SERVICES_KEY"
"""From it come the secrets of the simulated chat tools and telephones by which the demo's staff is reached."""
START_SECONDS = 30.0
STOP_SECONDS = 5.0
LOOK_SECONDS = 0.5


class DemoFailed(Exception):
    """The demo cannot run, as a sentence."""


@dataclass(frozen=True, slots=True)
class Demo:
    """One demo. `data` None: a folder that is deleted at the end.

    `broker` is where lockers and chargers meet: an MQTT broker of this machine at HOST:PORT, or `own` for one that the
    simulator brings.
    """

    data: Path | None
    http: str
    seed: int
    hour: float | None
    buildings: int | None
    open_page: bool
    broker: str = OWN_BROKER

    def run(self) -> int:
        """Run until Ctrl-C; returns the exit code."""
        signal.signal(signal.SIGTERM, _interrupt)
        with ExitStack() as ending:
            try:
                return self._run(ending)
            except (DemoFailed, FolderError) as wrong:
                typer.echo(str(wrong), err=True)
                return WRONG
            except KeyboardInterrupt:
                typer.echo("\nEnding the demo.", err=True)
                return 0

    def _run(self, ending: ExitStack) -> int:
        folder = self.data or Path(ending.enter_context(tempfile.TemporaryDirectory(prefix="gridpost-demo-")))
        folder.mkdir(parents=True, exist_ok=True)
        config, data = folder / "compound.yaml", folder / "data"
        typer.echo("Starting a simulated compound ...", err=True)
        os.environ[SERVICES_KEY_VARIABLE] = secrets.token_urlsafe()  # for both children, which are all that know it
        simulator = self._start_simulator(config, ending)
        plan = load(config)
        self._back_fill(plan, data)
        page = f"http://{self.http}"
        link = f"{page}/#code={self._code(data)}"
        gateway = self._start_gateway(config, data, ending)
        _wait_until_ready(page, gateway)
        self._bring_in(page, data, folder)
        typer.echo(
            f"\n  The page, good for one sign-in within ten minutes:\n\n      {link}\n\n"
            f"  Another link:  gridpost users link {USER} --data {data} --page {page}\n"
            f"{self._telephones(plan)}"
            "  Stories to try on the page: kitchen-smoke, stairwell-fire, power-cut-3am.   Ctrl-C ends the demo.\n"
        )
        if self.open_page and (
            os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY") or sys.platform == "darwin"
        ):
            webbrowser.open(link)
        while simulator.poll() is None:
            if gateway.poll() is not None:
                typer.echo(
                    f"The gateway ended with code {gateway.returncode}. Starting it again, as systemd would.", err=True
                )
                gateway = self._start_gateway(config, data, ending)
            time.sleep(LOOK_SECONDS)
        raise DemoFailed(f"The simulator ended with code {simulator.returncode}.")

    @staticmethod
    def _telephones(plan: Plan) -> str:
        """Where the messages to the demo's staff can be read and answered."""
        services = [channel.url for channel in plan.channels if isinstance(channel, WeComConfig)]
        return f"  The staff's telephones, simulated:  {services[0]}\n" if services else ""

    def _start_gateway(self, config: Path, data: Path, ending: ExitStack) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "gateway", "run", str(config), "--data", str(data), "--http", self.http]
        return self._start([*command, "--until-stdin-closes"], ending, stdout=None)

    def _start_simulator(self, config: Path, ending: ExitStack) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "simulator", "run", "ordinary-day", *self._compound()]
        lists = ["--permits", str(config.with_name(PERMITS)), "--sensors", str(config.with_name(SENSORS))]
        files = ["--write-config", str(config), *lists, *self._field(config)]
        free_ports = ["--base-port", "0", "--control", "127.0.0.1:0"]
        child = self._start([*command, *free_ports, *files, "--until-stdin-closes"], ending)
        line = child.stdout.readline() if child.stdout is not None else ""
        if not line or not json.loads(line).get("ready"):
            raise DemoFailed("The simulator did not start; what it said stands above.")
        return child

    def _back_fill(self, plan: Plan, data: Path) -> None:
        """Give history the day before now, so that the first plot has something to show."""
        typer.echo("Writing its last 24 hours into the history ...", err=True)
        data.mkdir(mode=0o700, exist_ok=True)
        every = (device for driver in plan.drivers.values() for device in driver.devices)
        devices = [device for device in every if device.id not in plan.detectors]  # nothing hung there yesterday
        command = [sys.executable, "-m", "simulator", "backfill", "--hours", "24", *self._compound()]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as past:  # noqa: S603 - our own simulator
            assert past.stdout is not None  # noqa: S101 - a pipe was asked for
            import_csv(data, devices, past.stdout)

    @staticmethod
    def _bring_in(page: str, data: Path, folder: Path) -> None:
        """Give the residents their permits and tags, and the detectors their sensors, as a manager would: with files."""
        now = Clock()()
        with closing(users.open_users(data)) as connection:
            token = users.add_user(connection, CARETAKER, Role.MANAGER, (), now, "demo")
            try:
                gateway = Gateway(page, token)
                if not gateway.get("permits", limit="1")["total"]:  # a demo that goes on has them
                    permits = (folder / PERMITS).read_bytes()
                    gateway.read("POST", "permits/import", {"reason": "demo"}, permits, "text/csv")
                if not gateway.get("detectors/counts")["all"]["mounted"]:
                    gateway.read("POST", "sensors/import", {}, (folder / SENSORS).read_bytes(), "text/csv")
                if (folder / TAGS).exists() and not gateway.get("charging/tags")["tags"]:
                    gateway.read(
                        "POST", "charging/tags/import", {"reason": "demo"}, (folder / TAGS).read_bytes(), "text/csv"
                    )
            except CallError as wrong:
                raise DemoFailed(f"What belongs to the residents was not taken: {wrong}") from wrong
            finally:
                users.remove_user(connection, CARETAKER, now, "demo")

    def _field(self, config: Path) -> Sequence[str]:
        """What is behind a broker, where there is one."""
        if self.broker == OWN_BROKER:
            if find_spec("amqtt") is None:
                typer.echo(
                    "Without lockers and chargers: they need an MQTT broker. Install gridpost[demo], which brings one, or name"
                    " one of this machine with --broker HOST:PORT.",
                    err=True,
                )
                return ()
            os.environ[PASSWORD_VARIABLE] = secrets.token_urlsafe()  # for both children, which are all that know it
        os.environ[PILES_PASSWORD_VARIABLE] = secrets.token_urlsafe()
        return ("--broker", self.broker, "--tags", str(config.with_name(TAGS)))

    def _compound(self) -> Sequence[str]:
        wanted = {"--seed": self.seed, "--hour": self.hour, "--buildings": self.buildings}
        return [word for option, value in wanted.items() if value is not None for word in (option, str(value))]

    def _code(self, data: Path) -> str:
        now = Clock()()
        with closing(users.open_users(data)) as connection:
            if USER not in {user.name for user in users.list_users(connection)}:
                users.add_user(connection, USER, Role.MANAGER, (), now, "demo")
            return make_code(connection, USER, now, "demo")

    @staticmethod
    def _start(
        command: Sequence[str], ending: ExitStack, stdout: int | None = subprocess.PIPE
    ) -> subprocess.Popen[str]:
        """A child that ends with us, even when we are killed: it watches its standard input."""
        child = subprocess.Popen(  # noqa: S603 - our own two programs
            command, stdin=subprocess.PIPE, stdout=stdout, text=True, start_new_session=True
        )
        ending.callback(_end, child)
        return child


def _wait_until_ready(page: str, gateway: subprocess.Popen[str]) -> None:
    """Until the gateway serves, or has said why it cannot."""
    give_up = time.monotonic() + START_SECONDS
    while time.monotonic() < give_up:
        if gateway.poll() is not None:
            raise DemoFailed("The gateway did not start; what it said stands above.")
        try:
            with urllib.request.urlopen(f"{page}/healthz", timeout=1):  # noqa: S310 - always http
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    raise DemoFailed(f"The gateway did not answer on {page} within {START_SECONDS:.0f} s.")


def _end(child: subprocess.Popen[str]) -> None:
    for stream in (child.stdin, child.stdout):
        if stream is not None:
            stream.close()
    child.terminate()
    try:
        child.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt
