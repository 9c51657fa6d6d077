"""A product as data: what stands in a file of `drivers/profiles/`.

Addresses are zero-based PDU addresses: the manual's "40001" is function 3, address 0. Everything is frozen; an unknown
key is refused. Reading and checking a whole file is the work of `drivers/profile.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field, model_validator

from drivers.contract import Kind, Pace
from drivers.control import CommandProfile, WantProfile
from drivers.entry import ADDRESSES, MAX_REGISTERS, Address, Entry, RegisterFunction, Word
from drivers.vocabulary import MEANINGS

MAX_BITS = 2000
"""Coils or discrete inputs that one request may read (Modbus Application Protocol V1.1b3, 6.1 and 6.2)."""

REGISTER_BITS = 16

ReadFunction: TypeAlias = Literal[1, 2, 3, 4]
ValueType: TypeAlias = Literal["bit", "u16", "s16", "u32", "s32", "u64", "f32", "bcd16", "bcd32", "ascii", "bytes"]
Order: TypeAlias = Literal["ABCD", "CDAB", "BADC", "DCBA"]

HEARTBEAT_SECONDS: Mapping[Pace, float] = {Pace.FAST: 60.0, Pace.NORMAL: 60.0, Pace.SLOW: 600.0}
"""After how long unchanged values are told again, where the profile says nothing else."""

RESERVED = frozenset({"time", "faults", "building", "compound", "device", "grid", "simulated"})
"""Names that stand beside the points in every line of telemetry: no point may be called so."""

REGISTERS: Mapping[str, int] = {
    **dict.fromkeys(("bit", "u16", "s16", "bcd16"), 1),
    **dict.fromkeys(("u32", "s32", "f32", "bcd32"), 2),
    "u64": 4,
}
"""How many registers a value takes; `ascii` and `bytes` say it with `length`."""


class Limits(Entry):
    """What the device takes in one request, and what a request costs."""

    max_registers: Annotated[int, Field(ge=1, le=MAX_REGISTERS)] = MAX_REGISTERS
    max_bits: Annotated[int, Field(ge=1, le=MAX_BITS)] = MAX_BITS
    bridge_registers: Annotated[int, Field(ge=0, le=MAX_REGISTERS)] = 0
    """The longest run of registers without a point that a read may cross. 0, the safe default: many devices answer
    exception 02 to a read that touches an address they do not have."""
    bridge_bits: Annotated[int, Field(ge=0, le=MAX_BITS)] = 0
    """The same for coils and discrete inputs."""
    request_bytes: Annotated[int, Field(ge=1)] = 101
    """What one more request costs, in bytes of payload: 12 out and 9 back around the data (Modbus TCP), and the TCP/IP
    heads of both packets, 2 x 40. Behind a slow serial gateway, add its turnaround as bytes at its speed."""


class Datum(Entry):
    """Where a value stands and how its registers are read."""

    function: ReadFunction
    address: Address
    type: ValueType = "u16"
    order: Order = "ABCD"
    length: Annotated[int, Field(ge=1, le=MAX_REGISTERS)] | None = None
    """Registers that an `ascii` or `bytes` value takes."""
    bit: Annotated[int, Field(ge=0, le=15)] | None = None
    """The lowest bit of a register, 0 is the least significant."""
    bits: Annotated[int, Field(ge=1, le=16)] = 1
    """How many bits from `bit` upward; more than one make a small whole number."""

    @model_validator(mode="before")
    @classmethod
    def _a_bit_needs_no_type(cls, data: Any) -> Any:
        if isinstance(data, Mapping) and "type" not in data and ("bit" in data or data.get("function") in (1, 2)):
            return {**data, "type": "bit"}
        return data

    @model_validator(mode="after")
    def _hangs_together(self) -> Datum:
        if self.function in (1, 2):
            if self.type != "bit" or self.bit is not None or self.bits != 1:
                raise ValueError("functions 1 and 2 read single bits: leave out type, bit and bits")
        elif (self.type == "bit") != (self.bit is not None):
            raise ValueError("a bit of a register needs `bit` (0..15) and no other type")
        if (self.bit or 0) + self.bits > REGISTER_BITS:
            raise ValueError("bit + bits reaches beyond the 16 bits of a register")
        if (self.type in ("ascii", "bytes")) != (self.length is not None):
            raise ValueError("`length` (registers) belongs to the types ascii and bytes, and they need it")
        if self.type in ("ascii", "bytes") and self.order not in ("ABCD", "BADC"):
            raise ValueError("text and cards are read register by register: order ABCD or BADC")
        if self.address + self.count > ADDRESSES:
            raise ValueError("reaches beyond address 65535")
        return self

    @property
    def count(self) -> int:
        """Registers (functions 3 and 4) or bits (1 and 2) that the value takes."""
        return self.length or REGISTERS[self.type]


class Quantity(Datum):
    """One point of the product. `key` may hold a group of `parts` in braces: `{door}.open` is one point per door."""

    key: Annotated[str, Field(pattern=r"^(\{[a-z][a-z0-9_]*\}\.)?[a-z0-9_]+(\.[a-z0-9_]+)*$")]
    what: str = ""
    step: Annotated[int, Field(ge=0, le=0xFFFF)] = 1
    """From one part to the next: the address grows by `step` times the part's `offset`."""
    scale: Annotated[int | float, Field(ge=-1e12, le=1e12)] = 1
    offset: Annotated[int | float, Field(ge=-1e12, le=1e12)] = 0
    """value = number * scale + offset. Written as a decimal, exact as a decimal; whole ones keep whole numbers."""
    invalid: tuple[Annotated[int, Field(ge=0)], ...] = ()
    """Numbers that mean "no value": unsigned, as the registers make them in `order`, before scale and offset."""
    pace: Pace = Pace.NORMAL
    meaning: str = ""
    unit: str = ""
    low: float | None = None
    high: float | None = None
    """What the device can truthfully say, in `unit`; anything outside is bad."""
    deadband: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0
    """The change, in `unit`, below which a new number is not told to the destinations of telemetry. Alarms see it all the
    same."""
    credential: bool = False
    """A card's number: it leaves the decoder only as a keyed hash, never in clear, and is no telemetry."""

    @model_validator(mode="after")
    def _makes_sense(self) -> Quantity:
        if self.meaning and self.meaning not in MEANINGS:
            raise ValueError(f"meaning {self.meaning!r} is not in the vocabulary: {', '.join(sorted(MEANINGS))}")
        if self.type == "bytes" and not self.credential:
            raise ValueError("type bytes is for credentials: add `credential: true`")
        if self.credential and self.type not in ("u16", "u32", "u64", "ascii", "bytes"):
            raise ValueError("a credential is u16, u32, u64, ascii or bytes")
        if self.scale == 0:
            raise ValueError("scale 0 would make every value the same")
        numeric = self.kind in (Kind.INTEGER, Kind.REAL)
        of_numbers = (
            self.scale != 1,
            self.offset,
            self.unit,
            self.low is not None,
            self.high is not None,
            self.deadband,
        )
        if not numeric and any(of_numbers):
            raise ValueError(
                f"scale, offset, unit, low, high and deadband belong to numbers, and this is {self.kind.value}"
            )
        if self.key in RESERVED:
            raise ValueError(f"no point may be called {self.key!r}: that name has its own meaning in telemetry")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError("low is above high")
        return self

    @property
    def kind(self) -> Kind:
        """What sort of value it gives."""
        if self.credential or self.type == "ascii":
            return Kind.TEXT
        if self.type == "bit" and self.bits == 1:
            return Kind.BOOLEAN
        whole = self.type != "f32" and isinstance(self.scale, int) and isinstance(self.offset, int)
        return Kind.INTEGER if whole else Kind.REAL


class BlockCheck(Entry):
    """Registers that belong together: always read whole, in one request, and proved by a CRC-16/MODBUS inside them."""

    function: RegisterFunction
    address: Address
    count: Annotated[int, Field(ge=2, le=MAX_REGISTERS)]
    crc16_at: Annotated[int, Field(ge=1)]
    """Which register of the block (0-based) holds the CRC over all registers before it."""

    @model_validator(mode="after")
    def _holds_its_sum(self) -> BlockCheck:
        if self.crc16_at >= self.count:
            raise ValueError("crc16_at lies outside the block")
        if self.address + self.count > ADDRESSES:
            raise ValueError("reaches beyond address 65535")
        return self


class Expected(Entry):
    """A register that tells this product from others: `register & mask == equals`."""

    function: RegisterFunction
    address: Address
    equals: Word
    mask: Word = 0xFFFF
    what: str


class Identity(Entry):
    """How the product is recognised when a connection is made and by `gridpost scan`."""

    checks: tuple[Expected, ...] = ()
    serial: Datum | None = None
    vendor: str = ""
    """Object 0 of function 43/14, where the device is known to answer it."""
    product: str = ""
    """Object 1 of function 43/14."""


class EventRing(Entry):
    """A ring of events in input registers: slot `sequence mod slots` holds the event of that sequence (docs/acp1.md).

    The state of the ring is told by points of the profile with the meanings ring_epoch, ring_head, ring_tail and boot_id, all
    in one read; the number of slots by the register `slots_at`. `kinds` names the event of each type number.
    """

    function: RegisterFunction
    address: Address
    slot_registers: Annotated[int, Field(ge=8, le=8)] = 8
    slots_at: Address
    """The register (same function) that holds how many slots there are."""
    acknowledge_at: Address | None = None
    """Where the next sequence that is wanted is written, as u32, once events are kept: advisory."""
    unknown_card_at: Address | None = None
    """Where the keyed hash (u64) of the last unknown card stands, and after it the sequence (u32) of its event."""
    kinds: Mapping[Annotated[int, Field(ge=0, le=0xFF)], Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]]

    @model_validator(mode="after")
    def _leaves_gaps_alone(self) -> EventRing:
        if not self.kinds or "gap" in self.kinds.values():
            raise ValueError(
                "`kinds` names each type of event; `gap` is what the driver says of events that it never saw"
            )
        return self


class EventMailbox(Entry):
    """A reader that keeps one card only: fetched while polling, and made to take the next one once it is on disk.

    Either `waiting` (a boolean point: a card was read) with the command that re-arms the reader, or `sequence` (a number point
    that rises with each card).
    """

    card: str
    """The point that holds the card, which is a credential."""
    waiting: str = ""
    rearm: str = ""
    """The command of this profile by which the reader takes the next card."""
    sequence: str = ""

    @model_validator(mode="after")
    def _one_way(self) -> EventMailbox:
        if bool(self.waiting) == bool(self.sequence) or bool(self.waiting) != bool(self.rearm):
            raise ValueError("a mailbox has `waiting` and `rearm`, or `sequence`")
        return self


class PermitTable(Entry):
    """The table by which a controller lets people in: windows of records in two banks (docs/acp1.md, "The table").

    `mailbox_at` takes the commands that begin and commit it, and `result_at` tells what came of them; `zone_at` holds the
    minutes east of UTC by which its schedules are read.
    """

    mailbox_at: Address
    result_at: Address
    users_at: Address
    schedules_at: Address
    holidays_at: Address
    state_at: Address
    expected_sum_at: Address
    user_capacity_at: Address
    zone_at: Address


class HostCare(Entry):
    """What a controller expects of its host: a heartbeat, and the right time (docs/acp1.md, "The host")."""

    heartbeat_at: Address
    clock_at: Address
    every_seconds: Annotated[float, Field(gt=0, le=60)] = 5.0


class Profile(Entry):
    """A product. As loaded, `points` and `commands` are spread over the parts: no braces are left in their names."""

    product: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
    title: str
    protocol: Literal["modbus"] = "modbus"
    source: Annotated[str, Field(min_length=1)]
    """The document from which the map was taken."""
    limits: Limits = Limits()
    identity: Identity = Identity()
    parts: Mapping[str, Mapping[str, Mapping[str, Word]]] = {}
    """Groups of like parts: `door: {door1: {offset: 0}, door2: {offset: 1}}`. Any other number of a part may fill a
    command's values by its name."""
    blocks: tuple[BlockCheck, ...] = ()
    points: tuple[Quantity, ...]
    heartbeat_seconds: Mapping[Pace, Annotated[float, Field(gt=0, le=86400)]] = {}
    """After how long unchanged values are told again to the destinations of telemetry, by pace."""
    commands: Mapping[str, CommandProfile] = {}
    wants: Mapping[str, WantProfile] = {}
    ring: EventRing | None = None
    mailbox: EventMailbox | None = None
    permits: PermitTable | None = None
    host: HostCare | None = None

    def __hash__(self) -> int:
        """By name, on purpose: a profile is the key under which its devices share what they have in common."""
        return hash(self.product)
