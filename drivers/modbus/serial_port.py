"""A serial port, opened and set by pyserial, and read and written by the event loop: no thread, nothing that waits.

Why a port cannot be had is one sentence: its path, who holds it, what other ports there are.
"""

from __future__ import annotations

import asyncio
import errno
import grp
import os
import pwd
import termios
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

import serial
from serial.rs485 import RS485Settings

from drivers.contract import LineLost, Misconfigured
from drivers.modbus.wire_time import stop_bits_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drivers.modbus.config import SerialLine

BY_ID: Final = Path("/dev/serial/by-id")
"""Where udev names USB adapters by maker, model and serial number: names that survive a reboot."""

_PORTS: Final = ("ttyUSB*", "ttyACM*", "ttyAMA*")
_PLUGGABLE: Final = ("/dev/ttyUSB", "/dev/ttyACM", "/dev/serial/", "/dev/pts/")
"""Ports that come and go without a person at the configuration: a hub that was reset brings its adapters back."""

_PSEUDO: Final = "/dev/pts/"
_PARITIES: Final = {"even": serial.PARITY_EVEN, "none": serial.PARITY_NONE, "odd": serial.PARITY_ODD}
_READ_BYTES: Final = 4096
_MOST_NAMED: Final = 6


class SerialTransport(asyncio.Transport):
    """An open port as a transport: what comes in goes to `protocol.data_received`, its loss to `connection_lost`."""

    def __init__(self, loop: asyncio.AbstractEventLoop, port: serial.Serial, protocol: asyncio.Protocol) -> None:
        super().__init__({"serial": port})
        self._loop = loop
        self._port = port
        self._protocol = protocol
        self._descriptor: int = port.fileno()
        loop.add_reader(self._descriptor, self._readable)
        protocol.connection_made(self)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Hand a frame to the kernel, whose buffer holds many; when it does not fit, the port has stopped sending."""
        try:
            taken = os.write(self._descriptor, data)
        except OSError as error:
            self._fail(error)
            return
        if taken < len(data):
            self._fail(OSError(errno.EAGAIN, "it takes no more bytes"))

    def abort(self) -> None:
        """Close the port at once; what was not sent yet is thrown away."""
        if self._port.is_open:
            self._loop.remove_reader(self._descriptor)
            with suppress(termios.error):  # a port that was pulled out has nothing to throw away
                self._port.reset_output_buffer()  # else closing would wait for it, half a minute at the worst
            self._port.close()

    def _readable(self) -> None:
        try:
            data = os.read(self._descriptor, _READ_BYTES)
        except BlockingIOError:
            return
        except OSError as error:
            self._fail(error)
            return
        if data:
            self._protocol.data_received(data)
        else:
            self._fail(OSError(errno.ENODEV, "it was unplugged"))

    def _fail(self, error: OSError) -> None:
        if self._port.is_open:
            self.abort()
            self._protocol.connection_lost(error)


def open_port(line: SerialLine) -> serial.Serial:
    """Open and set a port for this process alone.

    Raises LineLost for a port that is held by another process or unplugged, and Misconfigured for one that only a person
    can bring about: no such port, no permission, no serial port at all, a speed or an RS-485 mode that it does not have.
    """
    try:
        port = serial.Serial(
            line.path,
            line.baud,
            # a pseudo-terminal has no parity, and refuses it the second time
            parity=_PARITIES["none" if os.path.realpath(line.path).startswith(_PSEUDO) else line.parity],
            stopbits=stop_bits_of(line.parity, line.stop_bits),
            timeout=0,
            exclusive=True,
        )
    except OSError as error:  # SerialException is one
        raise _refusal(line.path, error) from None
    except (ValueError, termios.error) as error:
        raise Misconfigured(f"{line.path} cannot be set to {line.speed}: {error}") from None
    try:
        if line.rs485:
            port.rs485_mode = RS485Settings(rts_level_for_tx=True, rts_level_for_rx=False)
    except (OSError, ValueError):
        port.close()
        raise Misconfigured(
            f"{line.path} cannot switch an RS-485 driver (TIOCSRS485): leave `rs485` out where the adapter does it itself"
        ) from None
    if line.low_latency:
        with suppress(OSError, ValueError):  # many ports do not know it, and are quick without it
            port.set_low_latency_mode(True)
    return port


def _refusal(path: str, error: OSError) -> LineLost | Misconfigured:
    match error.errno:
        case errno.ENOENT:
            there = f"{path} is not there; {_others()}"
            return LineLost(f"{there}. Is it unplugged?") if path.startswith(_PLUGGABLE) else Misconfigured(there)
        case errno.EACCES | errno.EPERM:
            return Misconfigured(f"{path} may not be opened by user {_user()}: {_who_may(path)}")
        case errno.EBUSY | errno.EAGAIN:
            return LineLost(f"{path} is in use {_holders_in_words(path)}")
        case errno.ENODEV | errno.ENXIO if path.startswith(_PLUGGABLE):
            return LineLost(f"{path} has gone; {_others()}. Is it unplugged?")
        case _:
            why = os.strerror(error.errno) if error.errno else error
            return Misconfigured(f"{path} is not a working serial port ({why})")


def holders(path: str) -> Iterator[tuple[int, str]]:
    """Process id and name of everybody who has the port open, as far as this user may look."""
    target = os.path.realpath(path)
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if any(str(link.readlink()) == target for link in (process / "fd").iterdir()):
                yield int(process.name), (process / "comm").read_text().strip()
        except OSError:  # it has ended, or belongs to somebody else
            continue


def _holders_in_words(path: str) -> str:
    named = [
        f"by {name} (pid {pid})" if pid != os.getpid() else "by another line of ours" for pid, name in holders(path)
    ]
    return " and ".join(named) or "by a process of another user"


def _others() -> str:
    """The ports that there are, by their lasting names first."""
    lasting = {str(link): os.path.realpath(link) for link in sorted(BY_ID.glob("*"))}
    plain = [str(port) for pattern in _PORTS for port in sorted(Path("/dev").glob(pattern))]
    named = [f"{link} ({Path(port).name})" for link, port in lasting.items()]
    named += [port for port in plain if port not in lasting.values()]
    if not named:
        return "no USB serial adapter is plugged in"
    more = f" and {len(named) - _MOST_NAMED} more" if len(named) > _MOST_NAMED else ""
    return f"there is {', '.join(named[:_MOST_NAMED])}{more}"


def _user() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())


def _who_may(path: str) -> str:
    try:
        group = grp.getgrgid(Path(path).stat().st_gid).gr_name
    except (OSError, KeyError):
        return "its folder is closed"
    return f"it belongs to group {group}; add the user to it"
