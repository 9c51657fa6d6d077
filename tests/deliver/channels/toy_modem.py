"""A modem on a pseudo-terminal: takes AT commands and PDUs as one does, with the manners that real ones have."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Self

from tests.servers.pty import Pty


@dataclass(frozen=True)
class Part:
    """A SUBMIT as it was decoded here. `of` is (reference, how many, which), None for a message alone."""

    number: str
    text: str
    of: tuple[int, int, int] | None
    report: bool
    hours: float


class ToyModem:
    """The settings may be changed while it runs."""

    def __init__(self) -> None:
        self.echo = True
        self.noise = b""
        self.piecemeal = False
        self.silent_to = ""
        self.pin, self.tries, self.tells_tries = "", 3, True
        self.sim = "READY"
        self.registered = {"CREG": "1", "CEREG": "0"}
        self.error = ""
        self.silent_after_pdu = False
        self.commands: list[str] = []
        self.parts: list[Part] = []
        self.settings: dict[str, str] = {}
        self._heard = b""
        self._takes_pdu = False
        self._at = 0.0
        self._next = 250
        self._wire = Pty(self._hear)

    async def __aenter__(self) -> Self:
        await self._wire.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._wire.unplug()

    @property
    def path(self) -> str:
        return self._wire.path

    def unplug(self) -> None:
        self._wire.unplug()

    def reset(self) -> None:
        """It starts anew: all settings are gone, and it says what modems say then."""
        self.echo, self.settings, self._takes_pdu, self._heard = True, {}, False, b""
        self.say(b"\x00\xff\r\nRDY\r\n+CPIN: READY\r\nSMS Ready\r\n")

    def say(self, data: bytes) -> None:
        if not self.piecemeal:
            self._wire.say(data)
            return
        loop = asyncio.get_running_loop()
        for index in range(0, len(data), 3):  # in order, whatever is said next
            self._at = max(self._at, loop.time()) + 0.0005
            loop.call_at(self._at, self._wire.say, data[index : index + 3])

    def report(self, reference: int, status: int, number: str = "8613800138000") -> None:
        """The network's word about a part."""
        swapped = "".join(b + a for a, b in zip(f"{number}F"[::2], f"{number}F"[1::2], strict=False))
        tpdu = f"06{reference:02X}{len(number):02X}91{swapped}" + "62112211000023" * 2 + f"{status:02X}"
        self.say(f"\r\n+CDS: {len(tpdu) // 2}\r\n0891683108200505F0{tpdu}\r\n".encode())

    def _hear(self, data: bytes) -> None:
        self._heard += data
        while True:
            end = b"\x1a" if self._takes_pdu else b"\r"
            if b"\x1b" in self._heard:
                self._takes_pdu = False
                self._heard = self._heard.rpartition(b"\x1b")[2]
                continue
            if end not in self._heard:
                return
            line, _, self._heard = self._heard.partition(end)
            (self._take_pdu if self._takes_pdu else self._take)(line.decode().strip())

    def _take(self, command: str) -> None:
        self.commands.append(command)
        if self.echo:
            self.say(command.encode() + b"\r")
        if self.silent_to and command.startswith(self.silent_to):
            return
        if self.noise:
            self.say(self.noise)
        if command.startswith("AT+CMGS="):
            if self.error:
                self.say(f"\r\n{self.error}\r\n".encode())
                return
            self._takes_pdu = True
            self.say(b"\r\n> ")
            return
        self.say(self._answer(command).encode())

    def _answer(self, command: str) -> str:
        name, _, value = command.partition("=")
        match name:
            case "ATE0":
                self.echo = False
            case "AT+CPIN?":
                return f"\r\n+CPIN: {self.sim}\r\n\r\nOK\r\n" if self.sim else "\r\n+CME ERROR: 10\r\n"
            case "AT+CPINR" if self.tells_tries:
                return f"\r\n+CPINR: SIM PIN,{self.tries},3\r\n\r\nOK\r\n"
            case "AT+CPINR":
                return "\r\nERROR\r\n"
            case "AT+CPIN":
                if value.strip('"') != self.pin:
                    self.tries -= 1
                    return "\r\n+CME ERROR: 16\r\n"
                self.sim = "READY"
            case "AT+CREG?" | "AT+CEREG?":
                what = name[3:-1]
                return f"\r\n+{what}: 0,{self.registered[what]}\r\n\r\nOK\r\n"
            case "AT+CMGF" | "AT+CNMI" | "AT+CMEE":
                self.settings[name[3:]] = value
        return "\r\nOK\r\n"

    def _take_pdu(self, written: str) -> None:
        self._takes_pdu = False
        self.parts.append(decoded(bytes.fromhex(written)))
        if not self.silent_after_pdu:
            self._next = (self._next + 1) % 256
            self.say(f"\r\n+CMGS: {self._next}\r\n\r\nOK\r\n".encode())


def decoded(pdu: bytes) -> Part:
    """A SUBMIT (3GPP TS 23.040, 9.2.2.2), read here on its own."""
    assert pdu[0] == 0, "the service centre is the SIM's"
    first, digits = pdu[1], pdu[3]
    octets = (digits + 1) // 2
    number = "".join(f"{byte & 15:x}{byte >> 4:x}" for byte in pdu[5 : 5 + octets])[:digits]
    after = 5 + octets
    assert pdu[after : after + 2] == b"\x00\x08", "no protocol, UCS2"
    validity, length, data = pdu[after + 2], pdu[after + 3], pdu[after + 4 :]
    assert length == len(data) <= 140
    of = None
    if first & 0x40:
        assert data[:3] == b"\x05\x00\x03"
        of, data = (data[3], data[4], data[5]), data[6:]
    plus = "+" if pdu[4] == 0x91 else ""
    return Part(plus + number, data.decode("utf-16-be"), of, bool(first & 0x20), (validity + 1) * 5 / 60)
