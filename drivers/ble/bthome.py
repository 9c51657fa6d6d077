"""Decoding BTHome v2 service data: bytes in, a verdict out, never an exception and never a value that was not proved.

The format is that of https://bthome.io/format and https://bthome.io/encryption. This decoder is stricter than the standard asks
of receivers: a truncated object and a packet without any object make the whole packet malformed. The order of objects, from
low to high by the standard, is not looked at: a fire that is told in another order is a fire. It remembers nothing: whether a
counter was seen before is the gate's question.
"""

from __future__ import annotations

from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from cryptography.exceptions import InvalidTag

from drivers.ble.bthome_objects import OBJECTS, Object, ObjectValue, Sort

if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptography.hazmat.primitives.ciphers.aead import AESCCM

Values: TypeAlias = tuple[tuple[int, ObjectValue], ...]
"""Objects in the order of the packet: (object id, value in the object's unit). An id may occur several times."""

MIC_BYTES: Final = 4
"""The tag of AES-CCM (bthome.io/encryption): make a cipher by `AESCCM(key, tag_length=MIC_BYTES)`."""

MAX_BYTES: Final = 252
"""The longest service data that fits an advertisement: an AD structure holds 255 bytes, its type and the UUID take three."""

_ENCRYPTED: Final = 0x01
_WITH_ADDRESS: Final = 0x02
_VERSION_MASK: Final = 0xE0
_VERSION_2: Final = 0x40
_UUID: Final = b"\xd2\xfc"
_ADDRESS_BYTES: Final = 6
_COUNTER_AND_MIC: Final = 8
_COMMAND: Final = 0x3B
_COMMAND_LENGTH: Final = 0x1F
_BYTES: Final = 256


class Verdict(Enum):
    """What a packet is worth by itself; whether it is new is the gate's question."""

    OK = "ok"
    PARTIAL = "partial"
    """An object id that the standard does not know ended the reading; what stood before it is good."""
    BAD_MIC = "bad_mic"
    """It does not decrypt under the sensor's key: nothing of it is known, not even who sent it."""
    NO_KEY = "no_key"
    DOWNGRADE = "downgrade"
    """A plain packet in the name of a sensor that has a key."""
    MALFORMED = "malformed"


class Packet(NamedTuple):
    """A decoded packet. A NamedTuple: thousands are made in a second.

    `values` and `counter` are there only when the packet was proved (or, without a counter, when its sensor has no key to prove
    it by): verdicts OK and PARTIAL. `claimed` is what a DOWNGRADE says of itself, which anybody could have sent.
    """

    verdict: Verdict
    values: Values = ()
    counter: int | None = None
    why: str = ""
    claimed: Values = ()


def counter_of(data: bytes) -> int | None:
    """The counter that an encrypted packet carries in clear, without decrypting and so without proof; None for any other."""
    if len(data) <= _COUNTER_AND_MIC or data[0] & (_VERSION_MASK | _ENCRYPTED) != _VERSION_2 | _ENCRYPTED:
        return None
    return int.from_bytes(data[-_COUNTER_AND_MIC:-MIC_BYTES], "little")


def decode(data: bytes, mac: bytes, cipher: AESCCM | None, *, keyed: bool) -> Packet:
    """Decode the service data of UUID 0xFCD2, without the UUID, of the sensor at address `mac` (6 bytes, as displayed).

    `keyed`: that sensor has a key, and `cipher` is made of it (None where the key could not be opened).
    """
    try:
        start = _objects_start(data, mac)
        if data[0] & _ENCRYPTED:
            return _decrypted(data, start, mac, cipher)
        if keyed:
            return _downgrade(data, start)
        values, why = _objects(data, start)
    except _Malformed as malformed:
        return Packet(Verdict.MALFORMED, why=str(malformed))
    return Packet(Verdict.PARTIAL if why else Verdict.OK, values, None, why)


class _Malformed(Exception):
    """The packet is no BTHome v2, and why; it never leaves this file."""


def _objects_start(data: bytes, mac: bytes) -> int:
    """Where the objects begin, after the device information and, where it is there, the sensor's own address."""
    if not data:
        raise _Malformed("no service data")
    if len(data) > MAX_BYTES:
        raise _Malformed("longer than an advertisement")
    info = data[0]
    if info & _VERSION_MASK != _VERSION_2:
        raise _Malformed(f"BTHome version {info >> 5}")
    if not info & _WITH_ADDRESS:
        return 1
    start = 1 + _ADDRESS_BYTES
    if data[1:start] != mac[::-1]:
        raise _Malformed("carries another address")
    return start


def _decrypted(data: bytes, start: int, mac: bytes, cipher: AESCCM | None) -> Packet:
    if len(data) <= start + _COUNTER_AND_MIC:
        raise _Malformed("too short to be encrypted")
    if cipher is None:
        return Packet(Verdict.NO_KEY, why="encrypted, and there is no key")
    counter = data[-_COUNTER_AND_MIC:-MIC_BYTES]
    nonce = mac + _UUID + data[:1] + counter
    try:
        plain = cipher.decrypt(nonce, data[start:-_COUNTER_AND_MIC] + data[-MIC_BYTES:], None)
    except InvalidTag:
        return Packet(Verdict.BAD_MIC, why="does not decrypt under its key")
    values, why = _objects(plain, 0)
    verdict = Verdict.PARTIAL if why else Verdict.OK
    return Packet(verdict, values, int.from_bytes(counter, "little"), why)


def _downgrade(data: bytes, start: int) -> Packet:
    try:
        claimed, _ = _objects(data, start)
    except _Malformed:
        claimed = ()
    return Packet(Verdict.DOWNGRADE, why="not encrypted, and it has a key", claimed=claimed)


def _objects(data: bytes, at: int) -> tuple[Values, str]:
    """The objects from byte `at` on, and why reading ended before the last byte: an unknown id; "" where it did not."""
    values: list[tuple[int, ObjectValue]] = []
    append = values.append
    end = len(data)
    if at == end:
        raise _Malformed("says nothing")
    while at < end:
        object_id = data[at]
        if (one_byte := _ONE_BYTE[object_id]) is not None:
            at += 2
            if at > end:
                raise _Malformed(f"object 0x{object_id:02X} is cut off")
            append(one_byte[data[at - 1]])
        elif (longer := _LONGER[object_id]) is not None:
            size, read = longer
            begin = at + 1
            if size == 0:
                size = _own_size(data, object_id, begin)
                begin += 1
            at = begin + size
            if at > end:
                raise _Malformed(f"object 0x{object_id:02X} is cut off")
            append((object_id, read(data[begin:at])))
        else:
            return tuple(values), f"unknown object 0x{object_id:02X}"
    return tuple(values), ""


def _own_size(data: bytes, object_id: int, at: int) -> int:
    """How many bytes follow the byte `at`, which says it."""
    if at == len(data):
        return 0
    # a command's code is not counted in its length, and the upper three bits are reserved
    return data[at] if object_id != _COMMAND else 1 + (data[at] & _COMMAND_LENGTH)


def _reader(each: Object) -> Callable[[bytes], ObjectValue]:
    match each.sort:
        case Sort.NUMBER:
            return _number_reader(each)
        case Sort.BOOLEAN:
            return any
        case Sort.TEXT:
            return lambda data: data.decode("utf-8", "replace")
        case Sort.VERSION:
            return lambda data: ".".join(str(byte) for byte in reversed(data))
        case Sort.EVENT | Sort.RAW:
            return bytes if each.size != 1 else lambda data: data[0]


def _number_reader(each: Object) -> Callable[[bytes], int | float]:
    # a quotient of whole numbers is the float nearest to the decimal that is meant; a product by 0.01 often is not
    times, over = Decimal(str(each.factor)).as_integer_ratio()
    signed = each.signed
    if over == 1:
        return lambda data: int.from_bytes(data, "little", signed=signed)
    return lambda data: int.from_bytes(data, "little", signed=signed) * times / over


def _all_values(object_id: int) -> Values | None:
    each = OBJECTS.get(object_id)
    if each is None or each.size != 1:
        return None
    read = _reader(each)
    return tuple((object_id, read(bytes((byte,)))) for byte in range(_BYTES))


_ONE_BYTE: Final = tuple(_all_values(object_id) for object_id in range(_BYTES))
"""By id, all that an object of one byte can say, ready made: reading one, and most of a detector are such, is a look-up."""

_LONGER: Final = tuple(
    (OBJECTS[object_id].size, _reader(OBJECTS[object_id])) if object_id in OBJECTS else None
    for object_id in range(_BYTES)
)
"""By id, the size of any other (0: the packet says it) and how it is read; None for one that the standard does not know."""
