"""What is answered while a new box is set up."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from gateway.serve.setup.asks import StepName  # noqa: TC001 - pydantic reads annotations at run time
from gateway.serve.shape import Shape


class FindingShape(Shape):
    """Something that is wrong with what was entered."""

    path: Annotated[
        str, Field(description="The field of the step, such as `people.0.reach.0.channel`; empty: all of it.")
    ]
    why: Annotated[str, Field(description="What would be right.")]


class StepShape(Shape):
    """One step of the wizard."""

    id: Annotated[StepName, Field(description="Its name, as in its address.")]
    state: Annotated[
        Literal["done", "open", "skipped"], Field(description="done: entered and right, or written in the file.")
    ]
    entered: Annotated[
        dict[str, Any] | None, Field(description="What was entered, as it was sent and without secrets; null: nothing.")
    ]
    findings: Annotated[list[FindingShape], Field(description="What is wrong with it, given all else.")]
    facts: Annotated[
        dict[str, Any],
        Field(
            description="clock: trusted, source, utc. buildings: buildings, flats. channel: proved (ids), secrets (keys by "
            "id). backup: place, made_utc, key (once, at the answer that made it)."
        ),
    ]


class SetUpShape(Shape):
    """How far the box is set up."""

    open: Annotated[
        bool, Field(description="A set-up code is waiting, nobody is administrator, and the caller is near.")
    ]
    writable: Annotated[
        bool, Field(description="The wizard writes the configuration; false: a file that is there does.")
    ]
    file: Annotated[str, Field(description="The file that is, or will be, the configuration; empty to strangers.")]
    steps: Annotated[list[StepShape], Field(description="In their order; empty to who may not set up.")]


class ProofShape(Shape):
    """A test message over a channel."""

    number: Annotated[int, Field(description="Its number.")]
    channel: Annotated[str, Field(description="The channel.")]
    fate: Annotated[
        Literal["waiting", "sent", "delivered", "answered", "failed"],
        Field(description="sent: the server has it, and its code is to be entered; delivered or answered: proved."),
    ]
    why: Annotated[str, Field(description="Why it failed.")]


class ProvingShape(Shape):
    """A test message that is on its way."""

    number: Annotated[int, Field(description="Ask for it by this number.")]


class FinishedShape(Shape):
    """The configuration is written."""

    restarting: Annotated[bool, Field(description="The gateway goes on with it within seconds.")]
    file: Annotated[str, Field(description="Where it was written.")]
