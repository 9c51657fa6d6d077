"""The bare master: the least that polling a serial bus takes.

    python -m bench.bare --path=/dev/pts/7 --baud=19200 [--units=32]

Asks unit after unit the same prebuilt frame, waits for the length that must come, keeps t3.5, and goes on, in blocking
calls of pyserial, until it is killed. The first line of output is `{}`, after the first round. No time-outs that are
learned, no CRC, no commands, no values: not a product.
"""

from __future__ import annotations

import argparse
import time
from typing import TYPE_CHECKING

import serial

from bench.units import STATUS
from simulator.serial_wire import SerialSettings, adu

if TYPE_CHECKING:
    from collections.abc import Iterator

REPLY_BYTES = 37
"""Unit, function, byte count, sixteen registers, CRC."""

TIMEOUT_SECONDS = 0.5


class Bare:
    """A port and the frames for its units."""

    def __init__(self, path: str, baud: int, units: int) -> None:
        self._port = serial.Serial(path, baud, timeout=TIMEOUT_SECONDS, exclusive=True)
        self._frames = [adu(unit, STATUS) for unit in range(1, units + 1)]
        self._silence_seconds = SerialSettings(baud).silence_seconds

    def round(self) -> Iterator[bytes]:
        """Ask every unit once; yields the registers of each, fewer bytes where it did not answer in time."""
        for frame in self._frames:
            self._port.write(frame)
            answer = self._port.read(REPLY_BYTES)
            heard = time.monotonic()
            yield answer[3:-2]
            time.sleep(max(0.0, heard + self._silence_seconds - time.monotonic()))

    def close(self) -> None:
        """Give the port back."""
        self._port.close()


def main() -> None:
    """Read the arguments and poll."""
    parser = argparse.ArgumentParser(prog="python -m bench.bare")
    parser.add_argument("--path", required=True)
    parser.add_argument("--baud", type=int, required=True)
    parser.add_argument("--units", type=int, default=32)
    given = parser.parse_args()
    master = Bare(given.path, given.baud, given.units)
    list(master.round())
    print("{}", flush=True)
    while True:
        for _ in master.round():
            pass


if __name__ == "__main__":
    main()
