"""The shapes of answers about persons' data and investigations; see `shapes.py`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from gateway.serve.shape import Shape


class FoundPerson(Shape):
    """Somebody of whom the house keeps data."""

    person: Annotated[str, Field(description="His pseudonym.")]
    name: Annotated[str, Field(description="His name.")]
    household: Annotated[str, Field(description="building-entrance-flat; empty for staff.")]
    permits: Annotated[int, Field(description="Permits of any standing.")]
    passages: Annotated[int, Field(description="Passages that are kept with identity.")]


class FoundPeople(Shape):
    """Who was found."""

    people: Annotated[list[FoundPerson], Field(description="By household and name, 50 at most.")]


class ErasedCounts(Shape):
    """What was erased."""

    permits: Annotated[int, Field(description="Permits that are nobody's now; they open nothing.")]
    rows: Annotated[int, Field(description="Rows of the log whose bodies were erased; the chain still verifies.")]
    copies: Annotated[int, Field(description="Old copies of the journal that were deleted.")]


class Erased(Shape):
    """A person who was forgotten."""

    erased: Annotated[ErasedCounts, Field(description="How much.")]
    complete: Annotated[
        bool,
        Field(description="False: free pages of the journal may still tell of him; the next start writes it anew."),
    ]


class Erasure(Shape):
    """A line of the ledger of erasures."""

    person: Annotated[str, Field(description="His mark: a hash that stands nowhere else and names nobody.")]
    utc: Annotated[float, Field(description="When it was begun, in seconds since 1970.")]
    by: Annotated[str, Field(description="The id of the user who did it.")]
    by_name: Annotated[str, Field(description="What he is called today; his id where his account is gone.")]
    reason: Annotated[str, Field(description="Why; empty in a house that was restored since.")]
    complete: Annotated[bool, Field(description="Whether nothing is left.")]


class Erasures(Shape):
    """Whom the house was told to forget. Restoring a backup applies all of it again."""

    erasures: Annotated[list[Erasure], Field(description="Newest first.")]


class Hand(Shape):
    """A user."""

    id: Annotated[str, Field(description="His id.")]
    name: Annotated[str, Field(description="His name.")]


class Investigation(Shape):
    """Assistance to an investigation 协助调查."""

    id: Annotated[str, Field(description="Its id.")]
    state: Annotated[Literal["asked", "confirmed", "refused", "released"], Field(description="Where it stands.")]
    body: Annotated[str, Field(description="Which body asks.")]
    document: Annotated[str, Field(description="The number of its document.")]
    places: Annotated[list[str], Field(description="Buildings and devices.")]
    from_utc: Annotated[float, Field(description="The window's beginning, in seconds since 1970.")]
    to_utc: Annotated[float, Field(description="Its end.")]
    reason: Annotated[str, Field(description="Why.")]
    asked_by: Annotated[Hand, Field(description="The first person.")]
    confirmed_by: Annotated[Hand | None, Field(description="The second person; null before.")]
    asked_utc: Annotated[float, Field(description="When it was asked.")]
    confirmed_utc: Annotated[float | None, Field(description="When it was confirmed; null before.")]
    ended_by: Annotated[str, Field(description="Who refused or released it; empty before.")]
    why_ended: Annotated[str, Field(description="Why.")]
    held: Annotated[bool, Field(description="Whether its slice is kept from retention.")]
    mine: Annotated[bool, Field(description="Whether this actor asked for it: another one must confirm it.")]


class Investigations(Shape):
    """All of them."""

    investigations: Annotated[list[Investigation], Field(description="Newest first.")]
