"""Why a serial port cannot be had, as one sentence that names it, who holds it and what else there is."""

from __future__ import annotations

import asyncio
import errno
import sys
import termios
from pathlib import Path
from typing import Any

import pytest
import serial

from drivers.contract import LineLost, Misconfigured
from drivers.modbus import serial_port
from drivers.modbus.config import SerialLine
from drivers.modbus.serial_port import open_port
from tests.servers.pty_bus import OnPty, RtuBus

HOLD = """\
import serial, sys
port = serial.Serial(sys.argv[1], exclusive=True)
print("held", flush=True)
sys.stdin.read()
"""


async def test_a_port_is_set_as_written() -> None:
    async with OnPty(RtuBus()) as end:
        port = open_port(SerialLine(path=end.path, baud=38400, parity="odd", stop_bits=2))
        settings = termios.tcgetattr(port.fileno())
        port.close()

    assert settings[4] == settings[5] == termios.B38400
    assert settings[2] & termios.CSTOPB
    assert not settings[3] & (termios.ICANON | termios.ECHO)


@pytest.mark.parametrize(
    ("parity", "stop_bits", "expected"),
    [("even", None, ("E", 1)), ("none", None, ("N", 2)), ("none", 1, ("N", 1)), ("odd", 2, ("O", 2))],
)
def test_stop_bits_are_the_standards_unless_written(
    monkeypatch: pytest.MonkeyPatch, parity: Any, stop_bits: int | None, expected: tuple[str, int]
) -> None:
    asked: dict[str, Any] = {}

    def take(*_: object, **settings: Any) -> None:
        asked.update(settings)
        raise ValueError("this test has no port")  # a pseudo-terminal, which has no parity, could not show it

    monkeypatch.setattr(serial, "Serial", take)

    with pytest.raises(Misconfigured, match="/dev/ttyS0 cannot be set to 19200 8"):
        open_port(SerialLine(path="/dev/ttyS0", parity=parity, stop_bits=stop_bits))

    assert (asked["parity"], asked["stopbits"]) == expected
    assert asked["exclusive"]


async def test_a_port_that_another_process_holds_is_named_with_that_process() -> None:
    async with OnPty(RtuBus()) as end:
        other = await asyncio.create_subprocess_exec(
            sys.executable, "-c", HOLD, end.path, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        assert other.stdout is not None
        await other.stdout.readline()
        end.pty.let_go()

        with pytest.raises(LineLost, match=rf"^{end.path} is in use by python\S* \(pid {other.pid}\)$"):
            open_port(SerialLine(path=end.path))
        await other.communicate(b"")  # its input ends, and so does it


async def test_two_lines_on_one_port_are_said_so() -> None:
    async with OnPty(RtuBus()) as end:
        first = open_port(SerialLine(path=end.path))

        with pytest.raises(LineLost, match="in use by another line of ours"):
            open_port(SerialLine(path=end.path))
        first.close()


def test_a_usb_port_that_is_missing_may_come_back_and_names_the_ports_there_are(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "usb-FTDI_FT232R_A1-if00-port0").symlink_to("../../ttyUSB7")
    monkeypatch.setattr(serial_port, "BY_ID", tmp_path)

    with pytest.raises(LineLost) as missing:
        open_port(SerialLine(path="/dev/ttyUSB93"))

    assert str(missing.value) == (
        f"/dev/ttyUSB93 is not there; there is {tmp_path}/usb-FTDI_FT232R_A1-if00-port0 (ttyUSB7). Is it unplugged?"
    )


def test_a_path_that_names_no_port_needs_a_person() -> None:
    with pytest.raises(Misconfigured, match=r"^/dev/ttyUBS0 is not there; "):
        open_port(SerialLine(path="/dev/ttyUBS0"))


def test_a_file_is_no_serial_port(tmp_path: Path) -> None:
    path = tmp_path / "notes"
    path.write_text("x")

    with pytest.raises(Misconfigured, match="is not a working serial port"):
        open_port(SerialLine(path=str(path)))


@pytest.mark.parametrize(
    ("code", "kind", "sentence"),
    [
        (errno.EACCES, Misconfigured, "may not be opened by user .*: it belongs to group .*; add the user to it"),
        (errno.EBUSY, LineLost, "is in use by"),
        (errno.ENXIO, LineLost, "has gone; .* Is it unplugged"),
        (errno.EIO, Misconfigured, "is not a working serial port"),
    ],
)
async def test_what_the_kernel_refuses_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, code: int, kind: type[Exception], sentence: str
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise serial.SerialException(code, "could not open port")

    async with OnPty(RtuBus()) as end:
        monkeypatch.setattr(serial, "Serial", refuse)

        with pytest.raises(kind, match=f"^{end.path} {sentence}"):
            open_port(SerialLine(path=end.path))


async def test_a_port_that_cannot_switch_an_rs485_driver_says_so_and_is_let_go() -> None:
    async with OnPty(RtuBus()) as end:
        with pytest.raises(Misconfigured, match=r"cannot switch an RS-485 driver \(TIOCSRS485\): leave `rs485` out"):
            open_port(SerialLine(path=end.path, rs485=True))

        open_port(SerialLine(path=end.path)).close()


async def test_nothing_stays_open_after_a_refusal() -> None:
    before = set(Path("/proc/self/fd").iterdir())
    async with OnPty(RtuBus()) as end:
        with pytest.raises(Misconfigured):
            open_port(SerialLine(path=end.path, rs485=True))

    assert set(Path("/proc/self/fd").iterdir()) == before
