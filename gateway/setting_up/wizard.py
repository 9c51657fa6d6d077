"""The wizard: takes what is entered step by step, says what is wrong with it, and writes compound.yaml at the end."""

from __future__ import annotations

import asyncio
import os
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from gateway.config.load import ConfigError, load
from gateway.deliver.backups import Backups
from gateway.deliver.channels.contract import ChannelWiring
from gateway.keep.accounts.setup_code import is_setup_code, is_waiting, void_setup_code
from gateway.keep.sealed import new_key
from gateway.logs import log_of
from gateway.serve.setup.keeper import EnteredWrong, NotWritable, StepView, WrongField
from gateway.setting_up.document import BACKUP_KEY, buildings, compound, document, provisional
from gateway.setting_up.draft import STEPS, written
from gateway.setting_up.places import Misplaced, placed, wrong_among_steps
from gateway.setting_up.proving import Proofs
from gateway.setting_up.steps import (
    KINDS,
    backup_config,
    channel_config,
    check_clock,
    keep_backup,
    keep_channels,
    needed_of,
    secrets_of,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
    from pathlib import Path

    from gateway.model import Now, Road
    from gateway.serve.setup.keeper import ProofView, StepState
    from gateway.setting_up.draft import Draft, Entered
    from gateway.works import Works

log = log_of("set-up")


@dataclass(slots=True)
class SettingUp:
    """A box that is being set up: its data folder, where its configuration will be, and where its page is served.

    `http` is the section of that name in the configuration, None where the command line says it all. `finished` once the
    configuration is written: then the gateway goes on with it.
    """

    data: Path
    draft: Draft
    target: Path
    http: Mapping[str, Any] | None = None
    finished: bool = field(default=False, init=False)

    def prepare(self) -> Path:
        """Write the configuration of the gateway that serves the wizard, and say where. Raises OSError."""
        written(self.draft.provisional, provisional(self.draft))
        return self.draft.provisional


class Wizard:
    """The wizard of a running gateway, see `gateway.serve.setup.keeper.SetUp`. `stop` lets it go on with what was written.

    `beside` runs something beside everything else, until it ends by itself or the gateway does.
    """

    writable = True

    def __init__(
        self,
        setting_up: SettingUp,
        *,
        road: Road,
        clock: Callable[[], Now],
        clock_source: Callable[[], str],
        works: Works,
        beside: Callable[[Coroutine[None, None, None], str], object],
        stop: Callable[[], None],
    ) -> None:
        self._about = setting_up
        self._draft = setting_up.draft
        self._clock = clock
        self._clock_source = clock_source
        self._works = works
        self._stop = stop
        wiring = ChannelWiring("set-up", simulated=False, clock=clock, road=road)
        self._proofs = Proofs(wiring, self._language, beside)
        self._one_at_a_time = asyncio.Lock()
        self._looking = asyncio.Lock()

    @property
    def file(self) -> str:
        """Where the configuration will be."""
        return str(self._about.target)

    def is_waiting(self) -> bool:
        """Whether a set-up code waits to be used."""
        return is_waiting(self._about.data)

    def is_code(self, typed: str) -> bool:
        """Whether it is the one that waits."""
        return is_setup_code(self._about.data, typed)

    def void_code(self) -> bool:
        """Let it be no more; False when somebody was quicker."""
        return void_setup_code(self._about.data)

    # ------------------------------------------------------------ steps

    async def state(self) -> Sequence[StepView]:
        """Every step as it stands."""
        wrong = await self._looked_at()
        return [self._step(step, [each for each in wrong if each.step == step]) for step in STEPS]

    async def enter(self, step: str, body: Mapping[str, Any]) -> None:
        """Keep what was entered. Raises EnteredWrong."""
        async with self._changing():
            match step:
                case "clock":
                    check_clock(dict(body))
                    self._draft.enter(step, dict(body))
                case "channel":
                    entered = keep_channels(body, self._draft)
                    for each in body["channels"]:
                        if each["secrets"]:  # another key is to be proved anew
                            self._draft.proved.pop(each["id"], None)
                    self._draft.enter(step, entered)
                case "backup":
                    await self._enter_backup(keep_backup(body, self._draft, new_key()))
                case _:
                    self._draft.enter(step, dict(body))

    async def skip(self, step: str) -> None:
        """Leave a step out; one that is done stays as it is."""
        async with self._changing():
            wrong = [each for each in await self._looked_at() if each.step == step]
            if self._step(step, wrong).state == "done":
                return
            if step == "backup":
                self._draft.backup_utc = None
            self._draft.skip(step)

    async def prove(self, channel: str, to: str) -> int:
        """Send a test message by a channel; its number. Raises EnteredWrong for a channel that is not there."""
        entered = next((each for each in self._channels() if each["id"] == channel), None)
        if entered is None:
            raise EnteredWrong(WrongField("channel", f"there is no channel {channel!r}", "unknown"))
        return self._proofs.begin(channel_config(entered, self._draft), to, lambda: self._proved(entered))

    def proof(self, number: int) -> ProofView | None:
        """How a test message stands; None for an unknown one."""
        return self._proofs.view(number)

    async def answer_proof(self, number: int, code: str) -> ProofView | None:
        """Somebody read the message. Raises EnteredWrong for another code."""
        return self._proofs.answer(number, code)

    async def finish(self, record: Callable[[], Awaitable[object]]) -> None:
        """Write the configuration, record that, and let the gateway go on with it. Raises EnteredWrong, with `step.path`."""
        async with self._changing():
            if wrong := await self._looked_at():
                raise EnteredWrong(
                    *(WrongField(".".join(filter(None, (each.step, each.path))), each.why) for each in wrong)
                )
            try:
                async with self._looking:  # who looks writes into the draft's folder, which goes now
                    await asyncio.to_thread(self._write)
                await record()
            finally:
                if self._about.finished:
                    self._stop()

    # ------------------------------------------------------------ inside

    @asynccontextmanager
    async def _changing(self) -> AsyncIterator[None]:
        """Alone, and only while there is something to change. Raises NotWritable."""
        async with self._one_at_a_time:
            if self._about.finished:
                raise NotWritable(f"{self.file} is written, and the gateway goes on with it")
            yield

    async def _looked_at(self) -> list[Misplaced]:
        async with self._looking:
            return [] if self._about.finished else await asyncio.to_thread(self._wrong)

    def _wrong(self) -> list[Misplaced]:
        """What is wrong with all that was entered: by the very check that a configuration must pass. Takes a while."""
        found = list(wrong_among_steps(self._draft))
        written(self._draft.trial, document(self._draft, self._about.http))
        try:
            load(self._draft.trial)
        except ConfigError as error:
            found += placed(error.findings, self._draft)
        finally:
            self._draft.trial.unlink()
        return found

    def _write(self) -> None:
        """Put compound.yaml in its place, unless somebody else put one there; then the draft goes. Raises EnteredWrong."""
        target = self._about.target
        fresh = target.with_name(f".{target.name}.{os.getpid()}")
        try:
            written(fresh, document(self._draft, self._about.http))
            try:
                os.link(fresh, target)  # fails where there is one already
                self._about.finished = True
            finally:
                fresh.unlink()
        except FileExistsError:
            raise EnteredWrong(WrongField("", f"{target} is there already and stays as it is", "file_there")) from None
        except OSError as error:
            raise EnteredWrong(
                WrongField("", f"{target} cannot be written: {error.strerror}", "file_refused")
            ) from None
        try:
            self._draft.clear()
        except OSError as error:  # it is in nobody's way
            log.warning("the draft of the set-up stays", why=error.strerror)

    async def _enter_backup(self, entered: Entered) -> None:
        """Try the place at once, with a whole backup that is read back."""
        config, folder = backup_config(entered, self._draft), entered["folder"]
        if folder and not await asyncio.to_thread(os.path.isdir, folder):
            raise EnteredWrong(WrongField("folder", f"the folder {folder} is not there", "folder_missing"))
        backups = Backups(
            config,
            compound=str(compound(self._draft)["id"]),
            data=self._about.data,
            config_file=self._draft.provisional,
            say=lambda _: None,
            clock=self._clock,
            works=self._works,
        )
        await backups.make(config.to)
        [age] = backups.ages
        if not age.ok:
            raise EnteredWrong(WrongField("folder" if folder else "url", age.why, "place_failed"))
        self._draft.backup_utc = self._clock().utc
        self._draft.enter("backup", entered)

    def _proved(self, entered: Entered) -> None:
        if self._about.finished:  # the draft is gone
            return
        self._draft.proved[entered["id"]] = _sum(entered)
        self._draft.save()

    def _step(self, step: str, wrong: Sequence[Misplaced]) -> StepView:
        entered, facts = self._draft.entered(step), self._facts(step)
        state: StepState = "skipped" if self._draft.is_skipped(step) else "open"
        if entered is not None and not wrong and (step != "channel" or facts["proved"]):
            state = "done"
        return StepView(step, state, entered, tuple(WrongField(each.path, each.why) for each in wrong), facts)

    def _facts(self, step: str) -> dict[str, Any]:
        match step:
            case "clock":
                now = self._clock()
                return {"trusted": now.trusted, "source": self._clock_source(), "utc": now.utc}
            case "buildings":
                built = list(buildings(self._draft.entered(step) or {}, {}))
                flats = sum(each["units"] * each["floors"] * each["flats_per_floor"] for each in built)
                return {"buildings": len(built), "flats": flats}
            case "channel":
                proved = [each["id"] for each in self._channels() if self._draft.proved.get(each["id"]) == _sum(each)]
                kinds = {kind: {"needs": needed_of(kind), "secrets": sorted(secrets_of(kind))} for kind in KINDS}
                secrets = {each["id"]: each["secrets"] for each in self._channels()}
                return {"proved": proved, "secrets": secrets, "kinds": kinds}
            case "backup":
                return {"made_utc": self._draft.backup_utc, "key": self._backup_key()}
            case _:
                return {}

    def _backup_key(self) -> str:
        """The key, for its owner to copy; only until the set-up is finished."""
        try:
            return self._draft.secret(BACKUP_KEY).read_text("utf-8").strip()
        except OSError:
            return ""

    def _channels(self) -> Sequence[Entered]:
        entered = self._draft.entered("channel") or {}
        channels: Sequence[Entered] = entered.get("channels", ())
        return channels

    def _language(self) -> str:
        return str(compound(self._draft).get("language", "zh-CN"))


def _sum(entered: Entered) -> str:
    """By what a channel is known to be the one that was proved."""
    return sha256(repr(sorted(entered.items())).encode()).hexdigest()
