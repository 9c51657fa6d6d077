"""The service file's other half: what the gateway tells systemd, and when it stops saying that it is well.

The protocol is sd_notify(3): datagrams of `KEY=VALUE` lines to the socket that `$NOTIFY_SOCKET` names. The rule is
`Progress`: systemd is fed only while every loop that must not stand still was seen to move. A loop that stands still
cannot be cured from inside; being killed and started again by systemd can.
"""

from __future__ import annotations

import asyncio
import os
import socket
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

_MICROSECONDS = 1_000_000
_SUN_PATH_BYTES = 108
"""The most that an AF_UNIX address holds, unix(7)."""


class Progress:
    """Which loops moved, and when that was last seen.

    `beat` reads no clock and costs one insertion into a set, so that a loop may call it at every turn. The times are
    those of the looks: a beat counts as of the look that found it.
    """

    def __init__(self) -> None:
        self._allowed_seconds: dict[str, float] = {}
        self._seen: dict[str, float] = {}
        self._beaten: set[str] = set()

    def expect(self, name: str, allowed_seconds: float) -> None:
        """From now on the loop `name` ("road", "journal", "line b3u1") must move at least this often."""
        self._allowed_seconds[name] = allowed_seconds
        self._beaten.add(name)

    def forget(self, name: str) -> None:
        """The loop ended as it should, such as the loop of a line that left the configuration."""
        self._allowed_seconds.pop(name, None)
        self._seen.pop(name, None)

    def beat(self, name: str) -> None:
        """The loop `name` moved. From any thread."""
        self._beaten.add(name)

    def silent(self, now: float) -> tuple[str, ...]:
        """The expected loops that moved too long ago, by name. `now` is the loop clock in seconds."""
        beaten, self._beaten = self._beaten, set()
        self._seen.update(dict.fromkeys(beaten & self._allowed_seconds.keys(), now))
        return tuple(
            name for name, allowed in sorted(self._allowed_seconds.items()) if now - self._seen[name] > allowed
        )


class Systemd:
    """The service manager that started us, or nobody: then everything said is said into the void.

    `watchdog_seconds` is the time after which systemd kills a gateway that it did not hear, None where it does not watch.
    """

    def __init__(self, address: str, watchdog_seconds: float | None) -> None:
        """`address` is a path, a name in the abstract namespace with "@" before it, or "" for nobody.

        Raises ValueError for anything else, as sd_notify(3) does.
        """
        if address and (address[0] not in "/@" or address in ("/", "@") or len(os.fsencode(address)) > _SUN_PATH_BYTES):
            raise ValueError(f"NOTIFY_SOCKET must be an absolute path or an abstract name with @, not {address!r}")
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self._socket: socket.socket | None = None
        self.watchdog_seconds = watchdog_seconds

    @classmethod
    def from_environment(cls, environment: Mapping[str, str], pid: int) -> Self:
        """Read `NOTIFY_SOCKET`, `WATCHDOG_USEC` and `WATCHDOG_PID` (which may name another process than ours).

        Raises ValueError in a sentence for values that systemd never sets.
        """
        address, microseconds = environment.get("NOTIFY_SOCKET", ""), environment.get("WATCHDOG_USEC", "")
        watched = address and microseconds and environment.get("WATCHDOG_PID", str(pid)) == str(pid)
        if watched and not (microseconds.isdecimal() and int(microseconds)):
            raise ValueError(f"WATCHDOG_USEC must be a number of microseconds above 0, not {microseconds!r}")
        return cls(address, int(microseconds) / _MICROSECONDS if watched else None)

    def __enter__(self) -> Self:
        if self._address:
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
            self._socket.setblocking(False)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def ready(self) -> None:
        """The gateway serves: what waits for it may start."""
        self._say("READY=1")

    def stopping(self) -> None:
        """The gateway was asked to end and is ending."""
        self._say("STOPPING=1")

    def status(self, sentence: str) -> None:
        """One sentence for `systemctl status`."""
        self._say(f"STATUS={sentence.replace(chr(10), ' ')}")

    def feed(self) -> None:
        """All is well: do not kill us for another `watchdog_seconds`."""
        self._say("WATCHDOG=1")

    def _say(self, line: str) -> None:
        if self._socket is None:
            return
        try:
            self._socket.sendto(line.encode(), self._address)
        except OSError:
            # systemd is being replaced or its queue is full. Nothing said here may stop the gateway, and the next feed
            # comes in time: two are sent for each one that is needed.
            return


async def keep_watch(systemd: Systemd, progress: Progress, well: str) -> None:
    """Feed systemd until cancelled, as long as every expected loop moves.

    Looks twice in each watchdog time. While a loop is silent its name stands in the status instead, nothing is fed, and
    the next look comes after a tenth: a gateway that was merely stopped for a while (SIGSTOP, a paused virtual machine)
    is fed again before systemd gives it up. `well` is the status once all loops move again. A loop that stands still
    for longer than it may has its process killed at the latest one and a half watchdog times after that.

    Returns at once where nobody watches.
    """
    if systemd.watchdog_seconds is None:
        return
    loop = asyncio.get_running_loop()
    silent_before: tuple[str, ...] = ()
    while True:
        silent = progress.silent(loop.time())
        if silent:
            if silent != silent_before:
                systemd.status(f"standing still: {', '.join(silent)}")
        else:
            systemd.feed()
            if silent_before:
                systemd.status(well)
        silent_before = silent
        await asyncio.sleep(systemd.watchdog_seconds / (10 if silent else 2))
