"""What only the whole profile can show: overlaps, commands that nothing confirms, duties that lean on points not there."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from drivers.contract import Kind
from drivers.entry import MAX_WORD
from drivers.parts import MASK, Complaint, Spread

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from drivers.control import Argument, Confirm, WriteFrame
    from drivers.findings import Location
    from drivers.product import BlockCheck, EventMailbox, Limits, Profile, Quantity

COMMAND_ID = "id"
"""The filler that every command has: its id in 16 bits."""

RING_STATE = ("ring_epoch", "ring_head", "ring_tail", "boot_id")
"""The meanings of the points that tell the state of a ring of events."""


def review(spread: Spread) -> Iterator[Complaint]:
    """Everything that is wrong with a spread profile."""
    profile = spread.profile
    if not profile.points and not spread.complaints:
        yield Complaint(("points",), "a product needs at least one point")
    placed = tuple(zip(profile.points, spread.origins, strict=True))
    yield from _same_keys(placed)
    yield from _overlaps(placed)
    yield from _beyond_limits(placed, profile.limits)
    yield from _blocks(placed, profile.blocks, profile.limits)
    kinds = {quantity.key: quantity.kind for quantity in profile.points}
    for name, command in profile.commands.items():
        at: Location = ("commands", _written_name(name, spread.profile.parts))
        yield from _fillers(command.write, {COMMAND_ID, *command.arguments}, at)
        yield from _confirmations(command.confirm, command.arguments, kinds, at)
        yield from _defaults(command.arguments, at)
    for name, want in profile.wants.items():
        yield from _fillers(want.write, {MASK} if want.parts else set(), ("wants", name))
        if want.parts and f"${MASK}" not in want.write.values and not want.write.step:
            what = f"${MASK} is missing, and there is no `step`: it would move all of `parts`"
            yield Complaint(("wants", name, "write", "values"), what)
        yield from _confirmations(want.confirm, {}, kinds, ("wants", name))
    if profile.ring is not None:
        yield from _ring(profile)
    if profile.mailbox is not None:
        yield from _mailbox(profile, profile.mailbox)
    for duty in ("ring", "permits"):
        if getattr(profile, duty) is not None and profile.identity.serial is None:
            yield Complaint(
                (duty,), "needs `identity.serial`: what was kept for one device must not be taken for another's"
            )


def _written_name(name: str, parts: Mapping[str, Mapping[str, object]]) -> str:
    """The name under which a command stands in the file: `{door}.unlock` for `door1.unlock`."""
    part, dot, rest = name.partition(".")
    group = next((group for group, members in parts.items() if part in members), None)
    return f"{{{group}}}{dot}{rest}" if group else name


def _same_keys(placed: tuple[tuple[Quantity, Location], ...]) -> Iterator[Complaint]:
    seen: set[str] = set()
    for quantity, at in placed:
        if quantity.key in seen:
            yield Complaint((*at, "key"), f"there are two points {quantity.key!r}")
        seen.add(quantity.key)


def _overlaps(placed: tuple[tuple[Quantity, Location], ...]) -> Iterator[Complaint]:
    """A register may carry bits and be read whole beside them; nothing else may lie over anything."""
    ordered = sorted(placed, key=lambda item: (item[0].function, item[0].address, -item[0].count, item[0].bit or 0))
    reach: dict[int, Quantity] = {}
    for quantity, at in ordered:
        widest = reach.get(quantity.function)
        if widest is None or quantity.address >= widest.address + widest.count:
            reach[quantity.function] = quantity
        elif (quantity.address, quantity.count) != (widest.address, widest.count):
            yield Complaint((*at, "address"), f"{quantity.key} overlaps {widest.key}, which {_span(widest)}")
    for (one, _), (other, at) in pairwise(ordered):
        same = (one.function, one.address, one.count) == (other.function, other.address, other.count)
        if same and _bits(one) & _bits(other) and (one.type == "bit") == (other.type == "bit"):
            yield Complaint((*at, "address"), f"{other.key} is the same as {one.key}, which {_span(one)}")


def _bits(quantity: Quantity) -> int:
    """The bits that a point takes, as a mask; everything else takes them all."""
    return ((1 << quantity.bits) - 1) << quantity.bit if quantity.bit is not None else -1


def _span(quantity: Quantity) -> str:
    last = quantity.address + quantity.count - 1
    return f"takes {quantity.address:#06x}" + (f" to {last:#06x}" if last > quantity.address else "")


def _beyond_limits(placed: tuple[tuple[Quantity, Location], ...], limits: Limits) -> Iterator[Complaint]:
    for quantity, at in placed:
        if quantity.function in (3, 4) and quantity.count > limits.max_registers:
            what = f"takes {quantity.count} registers and the device answers at most {limits.max_registers} at once"
            yield Complaint(at, what)


def _blocks(
    placed: tuple[tuple[Quantity, Location], ...], blocks: tuple[BlockCheck, ...], limits: Limits
) -> Iterator[Complaint]:
    for index, block in enumerate(blocks):
        at: Location = ("blocks", index)
        end = block.address + block.count
        if block.count > limits.max_registers:
            what = f"takes {block.count} registers and the device answers at most {limits.max_registers} at once"
            yield Complaint(at, what)
        for other in blocks[:index]:
            if other.function == block.function and other.address < end and block.address < other.address + other.count:
                yield Complaint(at, f"overlaps the block at {other.address:#06x}")
        touching = [
            (quantity, where)
            for quantity, where in placed
            if quantity.function == block.function
            and quantity.address < end
            and block.address < quantity.address + quantity.count
        ]
        if not touching:
            yield Complaint(at, "no point stands in this block")
        for quantity, where in touching:
            if quantity.address < block.address or quantity.address + quantity.count > end:
                yield Complaint((*where, "address"), f"{quantity.key} lies across the edge of a block")


def _fillers(write: WriteFrame, known: set[str], at: Location) -> Iterator[Complaint]:
    for value in write.values:
        if isinstance(value, str) and value[1:] not in known:
            names = ", ".join(f"${name}" for name in sorted(known)) or "none"
            yield Complaint((*at, "write", "values"), f"nothing fills {value}; known here: {names}")


def _confirmations(
    confirm: Confirm, arguments: Mapping[str, Argument], kinds: Mapping[str, Kind], at: Location
) -> Iterator[Complaint]:
    at = (*at, "confirm", "points")
    if not confirm.points:
        yield Complaint(at, "needs at least one point: a write that nothing confirms is never believed")
    for key, expected in confirm.points.items():
        kind = kinds.get(key)
        if kind is None:
            yield Complaint(at, f"there is no point {key!r}")
        elif isinstance(expected, str):
            argument = arguments.get(expected[1:])
            if argument is None:
                yield Complaint(at, f"there is no argument {expected[1:]!r}")
            elif (argument.kind == "boolean") != (kind is Kind.BOOLEAN):
                yield Complaint(at, f"{expected} is a {argument.kind} and {key} is {kind.value}")
        elif isinstance(expected, bool) != (kind is Kind.BOOLEAN) or kind is Kind.TEXT:
            yield Complaint(at, f"{key} is {kind.value} and can never equal {expected!r}")


def _ring(profile: Profile) -> Iterator[Complaint]:
    state = [quantity for quantity in profile.points if quantity.meaning in RING_STATE]
    for meaning in RING_STATE:
        if sum(quantity.meaning == meaning for quantity in state) != 1:
            yield Complaint(("ring",), f"needs exactly one point with the meaning {meaning}")
    together = any(
        all(
            quantity.function == block.function
            and block.address <= quantity.address
            and quantity.address + quantity.count <= block.address + block.count
            for quantity in state
        )
        for block in profile.blocks
    )
    if not together:
        yield Complaint(("ring",), f"{', '.join(RING_STATE)} must stand in one of `blocks`, which is always read whole")


def _mailbox(profile: Profile, mailbox: EventMailbox) -> Iterator[Complaint]:
    points = {quantity.key: quantity for quantity in profile.points}
    asked = (
        ("card", mailbox.card, "a credential", lambda point: point.credential),
        ("waiting", mailbox.waiting, "true or false", lambda point: point.kind is Kind.BOOLEAN),
        ("sequence", mailbox.sequence, "a whole number", lambda point: point.kind is Kind.INTEGER),
    )
    for name, key, what, is_so in asked:
        if key and key not in points:
            yield Complaint(("mailbox", name), f"there is no point {key!r}")
        elif key and not is_so(points[key]):
            yield Complaint(("mailbox", name), f"{key} must be {what}")
    if mailbox.rearm and mailbox.rearm not in profile.commands:
        yield Complaint(("mailbox", "rearm"), f"there is no command {mailbox.rearm!r}")
    elif mailbox.rearm and profile.commands[mailbox.rearm].arguments:
        yield Complaint(("mailbox", "rearm"), f"{mailbox.rearm} must take no arguments")


def _defaults(arguments: Mapping[str, Argument], at: Location) -> Iterator[Complaint]:
    for name, argument in arguments.items():
        try:
            for value in (argument.default, *((argument.low, argument.high) if argument.kind == "number" else ())):
                if value is not None and not 0 <= argument.register(value) <= MAX_WORD:
                    raise ValueError(f"{value:g} {argument.unit} does not fit a register")  # noqa: TRY301  one report
        except ValueError as error:
            yield Complaint((*at, "arguments", name), str(error))
