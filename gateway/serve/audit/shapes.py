"""The shapes of the audit's answers."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from gateway.serve.shape import Shape


class Who(Shape):
    """Somebody, or something, that did what a row says."""

    id: Annotated[
        str, Field(description="The id of a user or of one of the staff, or what else did it; empty: the house.")
    ]
    name: Annotated[str, Field(description="The name, empty where it is not known.")]
    deleted: Annotated[bool, Field(description="The user is not here any more.")]


class Row(Shape):
    """One thing that happened."""

    seq: Annotated[int, Field(description="The row's number in the log; what came later has a higher one.")]
    utc: Annotated[float, Field(description="When, in seconds since 1970.")]
    trusted: Annotated[bool, Field(description="Whether the clock was believed then.")]
    who: Annotated[Who, Field(description="Who did it.")]
    what: Annotated[str, Field(description="What was done, such as `export`, `user.signed_in` or `command.unlock`.")]
    subject: Annotated[str, Field(description="To what.")]
    reason: Annotated[str, Field(description="Why, as whoever did it says.")]
    result: Annotated[str, Field(description="How it ended.")]
    body: Annotated[dict[str, Any], Field(description="All that the row says, masked by role.")]
    erased: Annotated[bool, Field(description="Its body was erased; that it happened stays.")]


class Rows(Shape):
    """A page of the audit."""

    rows: Annotated[list[Row], Field(description="Newest first.")]
    before: Annotated[int | None, Field(description="Below which sequence to go on, null at the end.")]


class Checkpoint(Shape):
    """A signed checkpoint of the chain."""

    seq: Annotated[int, Field(description="The row at which it stands.")]
    utc: Annotated[float, Field(description="When it was signed.")]


class Head(Shape):
    """The chain's newest head."""

    seq: Annotated[int, Field(description="The row at which it stands.")]
    head: Annotated[str, Field(description="SHA-256, in hex.")]
    utc: Annotated[float, Field(description="When that row was written.")]
    rows: Annotated[int, Field(description="How many digests there are.")]
    since_utc: Annotated[float, Field(description="When the oldest row that is left was written.")]
    checkpoint: Annotated[Checkpoint | None, Field(description="The newest signed one.")]
    key: Annotated[str, Field(description="The public key (Ed25519) that checkpoints are signed with, in hex.")]


class Broken(Shape):
    """A row that does not hold."""

    seq: Annotated[int, Field(description="The row.")]
    why: Annotated[str, Field(description="What is wrong with it: changed, missing, moved, added.")]


class Verdict(Shape):
    """What verification found."""

    ok: Annotated[bool, Field(description="Whether everything holds.")]
    rows: Annotated[int, Field(description="Rows that are there whole.")]
    from_seq: Annotated[int, Field(description="The first chained row that is left.")]
    to_seq: Annotated[int, Field(description="The last one.")]
    head: Annotated[str, Field(description="The head there, in hex.")]
    erased: Annotated[int, Field(description="Rows whose body was erased, with a word about it.")]
    pruned: Annotated[int, Field(description="Rows whose time was over, with a signed word about it.")]
    before: Annotated[int, Field(description="Rows from before the chain began.")]
    lost: Annotated[list[list[int]], Field(description="Ranges of rows that damage took, as a rescue named them.")]
    broken: Annotated[list[Broken], Field(description="The first rows that do not hold.")]
    more_broken: Annotated[int, Field(description="How many more do not.")]
