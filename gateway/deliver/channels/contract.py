"""What a channel to people promises, and what it sees of the house.

A channel carries one message at a time and says what became of it. It keeps no queue, counts no tokens and tries nothing twice:
the notifier does that for all of them, from the channel's `limits` and from the two ways in which `send` fails.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Literal, Protocol, TypeAlias, runtime_checkable

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.model import Now, Priority, Road
    from gateway.notice import Fate

Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]

Said: TypeAlias = Literal["ack", "real", "false"]
"""What a person can say to an alarm by a channel: 收到,马上去 · 核实为真火警 · 误报."""


class Kind(Enum):
    """How a channel reaches people; a step of an escalation names them by it."""

    CHAT = "chat"
    SMS = "sms"
    RING = "ring"
    """It makes noise until somebody answers: a voice call, a siren."""
    MAIL = "mail"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Limits:
    """What the channel's server bears, with room to spare. Messages, not people: a group message counts once."""

    per_minute: float
    reserved: float
    """How many of `per_minute` are kept for P1."""
    per_second: float | None = None
    longest_bytes: int = 2048
    """Of `Message.text` in UTF-8; a channel cuts off what is longer rather than to fail."""


@dataclass(frozen=True, slots=True)
class Addressee:
    """A person or department by id, and what reaches them on this channel: a telephone number, a user id, an address.

    Both are "" where a channel is no person's (a siren, a topic of a broker).
    """

    person: str
    to: str


@dataclass(frozen=True, slots=True)
class Message:
    """One message as it is to be sent.

    `text` is complete and within `Limits.longest_bytes`; `title` is a few words for channels that show one. `to` has exactly
    one addressee, or at least one where the channel is a `group`. `numbers` are the notices that it carries, and `subject` and
    `alarm` what it is about ("alarm:12", 12). `link` is "" where there is none. `answers`: a button or a hint may be
    shown by which the alarm is answered.
    """

    text: str
    title: str
    priority: Priority
    to: tuple[Addressee, ...]
    subject: str
    numbers: tuple[int, ...]
    alarm: int | None = None
    link: str = ""
    answers: bool = False


@dataclass(frozen=True, slots=True)
class Receipt:
    """The channel's server has the message.

    `delivered`: it is proved that the person's device has it. `reference` is what `Inbound.fated` will name it by when more
    becomes known, "" where nothing will.
    """

    delivered: bool = False
    reference: str = ""


class ChannelDown(Exception):
    """Time may cure it: no answer, nonsense, too many messages. `after_seconds` is how long the server itself asks for."""

    def __init__(self, why: str, after_seconds: float | None = None) -> None:
        super().__init__(why)
        self.after_seconds = after_seconds


class ChannelRefused(Exception):
    """Trying this message again is of no use.

    Either only a person can cure it (a wrong key, a disabled bot: `misconfigured`), or the server will not have this
    one message (a number that does not exist).
    """

    def __init__(self, why: str, *, misconfigured: bool = True) -> None:
        super().__init__(why)
        self.misconfigured = misconfigured


class Inbound(Protocol):
    """What comes back by channels. Neither ever fails."""

    async def answered(self, channel: str, to: str, number: int | None, what: Said, cause: str = "") -> str:
        """A person, known by `to` on that channel, answered an alarm; returns the sentence to show them.

        `number` None: the one alarm that waits for that person. `cause` belongs to "false" and is one of
        `gateway.incident.FALSE_CAUSES`. Whoever is unknown gets a polite refusal as the sentence.
        """

    def fated(self, reference: str, fate: Fate, why: str = "") -> None:
        """More is known of a message that was sent: DELIVERED, ANSWERED or FAILED."""


class Channel(Protocol):
    """One way to people."""

    @property
    def id(self) -> str:
        """Its name in the configuration."""

    @property
    def kind(self) -> Kind:
        """How it reaches people."""

    @property
    def group(self) -> bool:
        """Whether one message may be for several people at once."""

    @property
    def limits(self) -> Limits:
        """What its server bears."""

    async def send(self, message: Message) -> Receipt:
        """Hand over one message; within 15 s, over a modem 45 s. Raises `ChannelDown` or `ChannelRefused`, and nothing else."""

    async def run(self, inbound: Inbound) -> None:
        """What goes on beside sending: a long connection for answers, asking for receipts. Never returns, until cancelled.

        It runs from before the first `send`, in a task of its own, and heals itself: a server that is away, or says
        nonsense, never ends it. What the channel holds open is closed when it is cancelled.
        """


@runtime_checkable
class Hearing(Protocol):
    """A channel that may be written back to."""

    @property
    def hears(self) -> bool:
        """Whether what people write there reaches the house: then its messages say how to answer."""


@runtime_checkable
class Sounding(Protocol):
    """A channel that goes on by itself until it is told to stop: a siren, a call that would ring again."""

    async def hush(self, subject: str) -> None:
        """What it sounds for was answered. Never fails; nothing happens when it is not sounding for that."""


@dataclass(frozen=True, slots=True)
class ChannelWiring:
    """What the house gives to a channel. `road` is for channels that work a device (a siren)."""

    compound: str
    simulated: bool
    clock: Callable[[], Now]
    road: Road


class ChannelConfig(BaseModel, ABC):
    """What an installer writes for one channel. Frozen; imports no library of the channel: `build` does.

    A subclass gives `kind` as a `Literal`. Of a simulated compound, nothing is sent by a channel that is not `local` and does
    not `allow_simulated`, and its `run` is not started: the notifier sees to that.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    id: Id = Field(description="The channel's name, unique in the compound: lower case, digits, - and _.")
    kind: str = Field(description="Which channel it is.")
    allow_simulated: bool = Field(
        default=False,
        description="A simulated compound reaches people over this channel only with this; each message then begins "
        "with 【模拟】.",
    )

    @property
    @abstractmethod
    def target(self) -> str:
        """Where it leads, for people; no secret in it."""

    @property
    @abstractmethod
    def local(self) -> bool:
        """Whether it leads nowhere but to this box."""

    @abstractmethod
    def build(self, wiring: ChannelWiring) -> Channel:
        """Make the channel; touches no network and reads no secret."""
