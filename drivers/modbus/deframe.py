"""Which of the bytes that came over a serial line are the answer to the request that is out. Pure: no time, no I/O.

A serial frame has neither length nor transaction id, and whatever is on the line comes in pieces of any size. So: whole
frames of known functions are taken off the front by their length. What is unsound there is searched through for the
start of our own answer. A function of unknown length, and a beginning that is not ours, wait for silence. Nothing is an
answer but a frame with a sound CRC from the unit, with the function and in the length that were asked for.

Two-wire RS-485 adapters may hear their own request; it comes back first and is dropped. Writes of one coil or register
are answered with the request itself: until a read has shown whether the line echoes, one copy proves nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from drivers.modbus.crc import CRC_BYTES, sound
from drivers.modbus.frame import EXCEPTION_BIT, ModbusError, NoReply, WrongReply

if TYPE_CHECKING:
    from drivers.modbus.frame import Frame
    from drivers.modbus.wire import Traffic

_EXCEPTION_BYTES: Final = 5  # unit, function, code, CRC
_ECHO_BYTES: Final = 8  # unit, function, address, value or count, CRC
_WITH_BYTE_COUNT: Final = frozenset({1, 2, 3, 4, 23})
_WITH_ECHO: Final = frozenset({5, 6, 15, 16})
_SHORTEST: Final = 4
_GLITCH_BYTES: Final = 2
"""What switching an RS-485 driver on may put on the line in front of a frame."""
_KEPT_BYTES: Final = 1024
"""More than the longest echo and answer together; a line that goes on talking is cut off there."""


class Deframer:
    """The bytes since a request went out. Oddities are counted in `traffic`, as those of the unit that was asked."""

    def __init__(self, traffic: Traffic) -> None:
        self.echoes: bool | None = None
        """Whether the line hears what we say; None until an answer has shown it."""
        self._traffic = traffic
        self._frame: Frame | None = None
        self._rest = b""
        self._came = 0
        self._enough = 0
        self._hunting = False
        self._echo_gone = False
        self._wrong: WrongReply | None = None

    def begin(self, frame: Frame) -> None:
        """A request goes out."""
        self._frame = frame
        self._rest = b""
        self._came = self._enough = 0
        self._hunting = self._echo_gone = False
        self._wrong = None

    def take(self, data: bytes) -> bytes | ModbusError | None:
        """The content of the answer, or the refusal, once it is there; WrongReply where two answers contradict."""
        frame = self._frame
        if frame is None:
            return None
        if (
            not self._rest
            and not self._hunting
            and len(data) == frame.rtu_reply_bytes
            and data.startswith(frame.rtu_head)
            and self.echoes is False
            and sound(data)
        ):
            return data[frame.rtu_content_at : -CRC_BYTES]
        self._came += len(data)
        self._rest = (self._rest + data)[-_KEPT_BYTES:]
        return self._look(frame) if len(self._rest) >= self._enough else None

    @property
    def awaits_silence(self) -> bool:
        """Whether only silence can tell what has come so far: its length is not known, or it is not ours."""
        frame, rest = self._frame, self._rest
        if frame is None or not rest or len(rest) < self._enough:
            return False
        return not frame.rtu_head or not (self._hunting or _is_ours(frame, rest))

    def silence(self) -> bytes | ModbusError | None:
        """The line has been silent: what is there is all of it."""
        frame = self._frame
        if frame is None or not self._rest:
            return None
        if not frame.rtu_head and (outcome := self._unmeasured(frame)) is not None:
            return outcome
        self._hunt(frame)
        return self._look(frame)

    def end(self) -> ModbusError:
        """The time for an answer is over: why there is none."""
        frame, rest, wrong = self._frame, self._rest, self._wrong
        self._frame = None
        self._rest = b""
        if frame is None or wrong is not None:
            return wrong or NoReply("no answer in time")
        if rest:
            self._traffic.wrong(frame.unit)
            return WrongReply(f"answer of {len(rest)} bytes is cut short")
        if self._echo_gone and self.echoes is None:
            return NoReply("what came may be an echo of the request")
        return NoReply("no answer in time")

    # ------------------------------------------------------------ looking

    def _look(self, frame: Frame) -> bytes | ModbusError | None:
        self._enough = 0
        if not self._echo_gone and self._echo_is_coming(frame):
            return None
        while piece := self._next_piece(frame):
            outcome = self._judged(frame, piece)
            if outcome is not None:
                self._learn_echo(len(piece))
                return self._undisputed(frame, piece, outcome)
        return None

    def _next_piece(self, frame: Frame) -> bytes:
        """The next whole sound frame off the front; b"" while there is none."""
        while self._rest:
            if self._hunting and not self._skip_to_ours(frame):
                return b""
            length = _length(self._rest)
            if length is None or (length == 0 and _is_ours(frame, self._rest)):
                return b""
            if length > len(self._rest):
                self._enough = length if _is_ours(frame, self._rest) else 0
                return b""
            piece = self._rest[:length]
            if piece and sound(piece):
                self._rest = self._rest[length:]
                self._hunting = False
                return piece
            self._hunt(frame)
        return b""

    def _hunt(self, frame: Frame) -> None:
        """The front is no frame: from here on only the start of our own answer counts."""
        if self._wrong is None:
            if self._rest.startswith(frame.rtu_head or frame.rtu_request[:2]):
                self._traffic.corrupt(frame.unit)
                self._wrong = WrongReply("answer with a wrong checksum")
            else:
                self._traffic.wrong(frame.unit)
                self._wrong = WrongReply("answer that is no frame")
        self._hunting = True
        self._rest = self._rest[1:]

    def _skip_to_ours(self, frame: Frame) -> bool:
        heads = _heads(frame)
        found = [at for head in heads if (at := self._rest.find(head)) >= 0]
        if found:
            self._rest = self._rest[min(found) :]
        else:  # a head may be cut in two
            self._rest = self._rest[-(len(heads[0]) - 1) :]
        return bool(found)

    def _unmeasured(self, frame: Frame) -> bytes | ModbusError | None:
        """The answer to a function of unknown length, after silence: all that follows its start."""
        at = self._rest.find(frame.rtu_request[:2])
        while at >= 0:
            piece = self._rest[at:]
            if len(piece) >= _SHORTEST and sound(piece):
                self._rest = b""
                return self._judged(frame, piece)
            at = self._rest.find(frame.rtu_request[:2], at + 1)
        return None

    # ------------------------------------------------------------ judging

    def _judged(self, frame: Frame, piece: bytes) -> bytes | ModbusError | None:
        try:
            return frame.rtu_content(piece)
        except WrongReply as wrong:
            self._traffic.wrong(frame.unit)
            self._wrong = wrong
            return None
        except ModbusError as refusal:
            return refusal

    def _undisputed(self, frame: Frame, piece: bytes, outcome: bytes | ModbusError) -> bytes | ModbusError:
        """The outcome, unless another answer that says something else came with it."""
        rest, self._rest = self._rest, b""
        if not rest:
            return outcome
        twin = rest[: _length(rest) or 0]
        if not (twin and _is_ours(frame, twin) and sound(twin)):
            self._traffic.wrong(frame.unit)
            return outcome
        self._traffic.late(frame.unit)
        return outcome if twin == piece else WrongReply("two answers that contradict each other")

    # ------------------------------------------------------------ our own echo

    def _echo_is_coming(self, frame: Frame) -> bool:
        """Drop the echo when it is whole; True while what came may be the beginning of one."""
        request = frame.rtu_request
        if self.echoes is False and _is_mirrored(frame):
            return False
        at = self._rest.find(request)
        if at < 0:
            return request.startswith(self._rest)
        self._rest = self._rest[at + len(request) :]
        self._echo_gone = True
        self._hunting = False
        if not _is_mirrored(frame):
            self.echoes = True
        return False

    def _learn_echo(self, answer_bytes: int) -> None:
        """An answer is there, and what came before it was too little to have been an echo."""
        if not self._echo_gone and self._came - answer_bytes - len(self._rest) <= _GLITCH_BYTES:
            self.echoes = False


def _length(rest: bytes) -> int | None:
    """How long the reply at the front is by its function; None until that can be said, 0 for an unknown function."""
    if len(rest) < 3:  # noqa: PLR2004  unit, function, and the byte count where there is one
        return None
    function = rest[1]
    if function & EXCEPTION_BIT:
        return _EXCEPTION_BYTES
    if function in _WITH_BYTE_COUNT:
        return 3 + rest[2] + CRC_BYTES
    return _ECHO_BYTES if function in _WITH_ECHO else 0


def _heads(frame: Frame) -> tuple[bytes, bytes]:
    """How an answer and a refusal begin."""
    return frame.rtu_head or frame.rtu_request[:2], bytes((frame.unit, frame.function | EXCEPTION_BIT))


def _is_ours(frame: Frame, rest: bytes) -> bool:
    """Whether it begins, as far as it goes, as an answer to our request."""
    return any(head.startswith(rest[: len(head)]) for head in _heads(frame))


def _is_mirrored(frame: Frame) -> bool:
    """Whether the answer to a frame is the frame itself (functions 5 and 6)."""
    return frame.rtu_head == frame.rtu_request[:-CRC_BYTES]
