"""A D-Bus daemon of one's own: nobody else is on it, and the bus of the system is never touched."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from asyncio.subprocess import DEVNULL, PIPE
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from asyncio.subprocess import Process

START_SECONDS: Final = 10.0

_CONFIG: Final = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <listen>{address}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <allow own="*"/>
    <allow send_destination="*"/>
    <allow receive_sender="*"/>
  </policy>
</busconfig>
"""


class DaemonMissing(Exception):
    """There is no dbus-daemon; the sentence says how it gets installed."""


class PrivateBus:
    """A dbus-daemon with a socket in a folder that only this user can enter. It lives as long as the context."""

    def __init__(self) -> None:
        self.folder = Path()
        self._process: Process | None = None

    @property
    def address(self) -> str:
        """Where it listens, as D-Bus writes it. A program that is to use it has it in DBUS_SYSTEM_BUS_ADDRESS."""
        return f"unix:path={self.folder}/socket"

    async def __aenter__(self) -> Self:
        self.folder = Path(tempfile.mkdtemp(prefix="gridpost-bus-"))
        try:
            await self.start()
        except BaseException:
            shutil.rmtree(self.folder)
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        try:
            await self.kill()
        finally:
            shutil.rmtree(self.folder)

    async def start(self) -> None:
        """Start it, the first time or after `kill`; it is ready afterwards. Raises `DaemonMissing`, or `TimeoutError`."""
        program = shutil.which("dbus-daemon")
        if program is None:
            raise DaemonMissing("dbus-daemon is not installed: apt-get install dbus-daemon")
        config = self.folder / "bus.conf"
        config.write_text(_CONFIG.format(address=self.address), "utf-8")
        self._process = await asyncio.create_subprocess_exec(
            program,
            f"--config-file={config}",
            "--nofork",
            "--print-address=1",
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=DEVNULL,
        )
        assert self._process.stdout is not None  # noqa: S101 - asked for above
        try:
            async with asyncio.timeout(START_SECONDS):
                said = await self._process.stdout.readline()
        except TimeoutError:
            await self.kill()
            raise
        if not said:
            raise OSError(f"dbus-daemon ended with {await self._process.wait()} before it listened")

    async def kill(self) -> None:
        """End it at once: every connection breaks without a word."""
        if self._process is not None:
            if self._process.returncode is None:
                self._process.kill()
            await self._process.wait()
            self._process = None
