"""What is said to a modem and what it says back (3GPP TS 27.005 and 27.007): commands one at a time, and reports in between.

A modem echoes or does not, adds noise after its start, and speaks of itself in the middle of an answer. So an answer is
everything up to a final line, and whoever asked picks out the line that he knows. Who waits for a line of its own is not
content with a final one before it: that is the late end of a dialogue that was broken off.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from drivers.modbus.config import SerialLine
from drivers.modbus.serial_port import SerialTransport, open_port

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ANSWER_SECONDS: Final = 3.0
PROMPT_SECONDS: Final = 5.0
LONGEST_LINE: Final = 4096

_REPORT: Final = "+CDS:"
_CANCEL: Final = "\x1b"
_SUBMIT: Final = "\x1a"
_NOTHING_YET: Final = "\0"
"""No line begins with it: before the PDU was given there is no good end."""

_ERRORS: Final = ("ERROR", "+CME ERROR:", "+CMS ERROR:")


class ModemSilent(Exception):
    """It owes an answer, or its port is gone."""


class ModemError(Exception):
    """It said no. `kind` is "CMS" (about a message), "CME" (about itself and its SIM) or "" with `code` 0."""

    def __init__(self, kind: str, code: int) -> None:
        super().__init__(f"+{kind} ERROR: {code}" if kind else "ERROR")
        self.kind = kind
        self.code = code


class Talk(asyncio.Protocol):
    """A dialogue over one open port. `report` is called with each status report, as its PDU."""

    def __init__(self, report: Callable[[bytes], None]) -> None:
        self._report = report
        self._transport: asyncio.WriteTransport | None = None
        self._rest = b""
        self._lines: list[str] = []
        self._wanted = ""
        self._answer: asyncio.Future[Sequence[str]] | None = None
        self._prompt: asyncio.Future[None] | None = None
        self._report_follows = False

    @classmethod
    def open(cls, path: str, baud: int, report: Callable[[bytes], None]) -> Talk:
        """Open the port. Raises `LineLost` or `Misconfigured` as every serial port here does."""
        talk = cls(report)
        port = open_port(SerialLine(path=path, baud=baud, parity="none", stop_bits=1))
        SerialTransport(asyncio.get_running_loop(), port, talk)
        return talk

    def close(self) -> None:
        """Let go of the port."""
        if self._transport is not None:
            self._transport.abort()
            self._lost()

    @property
    def closed(self) -> bool:
        """Whether the port is gone."""
        return self._transport is None

    async def ask(self, command: str, wanted: str = "", seconds: float | None = None) -> Sequence[str]:
        """Say a command; the lines of its answer without the final OK, one of which begins with `wanted`.

        Raises `ModemError` or `ModemSilent`.
        """
        self._say(f"{command}\r", wanted)
        return await self._answered(ANSWER_SECONDS if seconds is None else seconds)

    async def submit(self, command: str, pdu: bytes, wanted: str, seconds: float) -> Sequence[str]:
        """Say a command that wants more, and give it the PDU. Raises as `ask` does."""
        self._prompt = asyncio.get_running_loop().create_future()
        self._say(f"{command}\r", _NOTHING_YET)
        answer = self._answer
        assert answer is not None  # noqa: S101 - `_say` made it
        try:
            async with asyncio.timeout(PROMPT_SECONDS):
                await asyncio.wait((self._prompt, answer), return_when=asyncio.FIRST_COMPLETED)
        except TimeoutError:
            self._answer = None
            self._write(_CANCEL)
            raise ModemSilent("it does not ask for the message") from None
        finally:
            self._prompt = None
        if not answer.done():
            self._lines, self._wanted = [], wanted
            self._write(pdu.hex().upper() + _SUBMIT)
        return await self._answered(seconds)

    def _say(self, text: str, wanted: str) -> None:
        self._lines, self._wanted = [], wanted
        self._answer = asyncio.get_running_loop().create_future()
        self._write(text)

    def _write(self, text: str) -> None:
        if self._transport is None:
            raise ModemSilent("its port is gone")
        self._transport.write(text.encode())

    async def _answered(self, seconds: float) -> Sequence[str]:
        answer = self._answer
        assert answer is not None  # noqa: S101 - only called after `_say`
        try:
            async with asyncio.timeout(seconds):
                return await answer
        except TimeoutError:
            raise ModemSilent(f"no answer within {seconds:g} s") from None
        finally:
            self._answer = None

    # ------------------------------------------------------------ what comes in

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The port is open."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - a serial port is one
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - why does not help anybody
        """The port is gone."""
        self._lost()

    def data_received(self, data: bytes) -> None:
        """Bytes came, in whatever pieces."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._heard(_readable(line))
        if self._prompt is not None and not self._prompt.done() and _readable(self._rest).startswith(">"):
            self._rest = b""
            self._prompt.set_result(None)
        if len(self._rest) > LONGEST_LINE:
            self._rest = b""

    def _heard(self, line: str) -> None:
        if not line:
            return
        if self._report_follows:
            self._report_follows = False
            try:
                self._report(bytes.fromhex(line))
            except ValueError:  # half a report: the network says it again, or the message stays "sent"
                return
        elif line.startswith(_REPORT):
            self._report_follows = True
        elif self._answer is None or self._answer.done():
            return
        elif line == "OK":
            if not self._wanted or said(self._lines, self._wanted):
                self._answer.set_result(self._lines)
        elif line.startswith(_ERRORS):
            self._answer.set_exception(_error(line))
        else:
            self._lines.append(line)

    def _lost(self) -> None:
        self._transport = None
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(ModemSilent("its port is gone"))


def said(lines: Sequence[str], prefix: str) -> str:
    """What stands behind a prefix in an answer, "" where no line has it."""
    return next((line[len(prefix) :].strip() for line in lines if line.startswith(prefix)), "")


def _readable(line: bytes) -> str:
    """A line without what no modem writes on purpose."""
    return "".join(filter(str.isprintable, line.decode("ascii", "ignore"))).strip()


def _error(line: str) -> ModemError:
    code = line.rpartition(":")[2].strip()
    return ModemError(line[1:4] if line.startswith("+") else "", int(code) if code.isdecimal() else 0)
