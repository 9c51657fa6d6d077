"""What may be entered at a step beyond what the page's own shapes ask for: the models of the configuration say it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, get_args

from pydantic import BaseModel, TypeAdapter, ValidationError

from drivers.secret import Secret
from gateway.config.channels import AnyChannel
from gateway.config.compound import Compound
from gateway.deliver.backup_config import BackupConfig
from gateway.serve.setup.keeper import EnteredWrong, WrongField
from gateway.setting_up.document import BACKUP, BACKUP_KEY, BACKUP_PASSWORD, backup, channel, secret_name

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

    from pydantic_core import ErrorDetails

    from gateway.deliver.channels.contract import ChannelConfig
    from gateway.setting_up.draft import Draft, Entered

_CHANNEL: TypeAdapter[ChannelConfig] = TypeAdapter(AnyChannel)
KINDS: Mapping[str, type[BaseModel]] = {
    get_args(model.model_fields["kind"].annotation)[0]: model for model in get_args(get_args(AnyChannel)[0])
}
"""Every channel that there is, by its kind."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def secrets_of(kind: str) -> frozenset[str]:
    """The keys of a channel that hold a secret; one of a group in it as `answers.app_secret`."""
    return frozenset(_secrets(KINDS[kind], "")) if kind in KINDS else frozenset()


def needed_of(kind: str) -> list[str]:
    """The keys of a channel that must be written, `id` and `kind` left out."""
    fields = KINDS[kind].model_fields
    return [name for name, field in fields.items() if field.is_required() and name not in ("id", "kind")]


def _secrets(model: type[BaseModel], group: str) -> Iterator[str]:
    for name, field in model.model_fields.items():
        for each in (field.annotation, *get_args(field.annotation)):
            if each is Secret:
                yield f"{group}{name}"
            elif isinstance(each, type) and issubclass(each, BaseModel):
                yield from _secrets(each, f"{group}{name}.")


def check_clock(entered: Entered) -> None:
    """Whether there is such a zone. Raises EnteredWrong."""
    try:
        Compound.model_validate({"id": "compound", "name": "compound", **entered})
    except ValidationError as error:
        raise EnteredWrong(*_fields(error, "")) from None


def keep_channels(body: Mapping[str, Any], draft: Draft) -> Entered:
    """Check the channels, and put their new secrets into files; what is to be kept of them. Raises EnteredWrong and OSError."""
    before = {each["id"]: each for each in (draft.entered("channel") or {}).get("channels", ())}
    wrong: list[WrongField] = []
    kept: list[Entered] = []
    for index, each in enumerate(body["channels"]):
        known = before.get(each["id"], {})
        old = known.get("secrets", ()) if known.get("kind") == each["kind"] else ()
        entered = {**each, "secrets": sorted({*each["secrets"], *_still_wanted(old, each["settings"])})}
        wrong += _wrong_channel(entered, f"channels.{index}", draft)
        for key, value in each["secrets"].items():
            if _CONTROL.search(value.strip()):
                wrong.append(
                    WrongField(f"channels.{index}.secrets.{key}", "is more than one line, or no text", "value_error")
                )
        if any(other["id"] == each["id"] for other in kept):
            wrong.append(WrongField(f"channels.{index}.id", "another channel has this name", "taken"))
        if each["id"] == BACKUP:
            wrong.append(WrongField(f"channels.{index}.id", "the secrets of the backup have this name", "taken"))
        kept.append(entered)
    if wrong:
        raise EnteredWrong(*wrong)
    for each in body["channels"]:
        for key, value in each["secrets"].items():
            draft.keep_secret(secret_name(each["id"], key), value.strip())
    return {"channels": kept}


def _still_wanted(kept: Iterable[str], settings: Mapping[str, Any]) -> Iterator[str]:
    """Of the secrets of before those that go with what is entered now: a group that was emptied has none any more."""
    groups = {key.partition(".")[0] for key in settings}
    return (key for key in kept if "." not in key or key.partition(".")[0] in groups)


def _wrong_channel(entered: Entered, at: str, draft: Draft) -> Iterator[WrongField]:
    if entered["kind"] not in KINDS:
        yield WrongField(f"{at}.kind", f"is none of {', '.join(KINDS)}", "literal_error")
        return
    secret = secrets_of(entered["kind"])
    for key in sorted(entered["settings"]):
        if any(key == each or key.startswith(f"{each}.") for each in secret):  # a place of a secret is not entered here
            yield WrongField(f"{at}.settings.{key}", "is a secret", "is_secret")
    for key in sorted(set(entered["secrets"]) - secret):
        yield WrongField(f"{at}.secrets.{key}", "is no secret of this channel", "extra_forbidden")
    try:
        _CHANNEL.validate_python(channel(entered, draft))
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            below = [str(step) for step in detail["loc"][1:]]  # the first step is the kind
            yield _field(detail, ".".join((at, *part_of(below, secret), *below)))


def part_of(below: Sequence[str], secret: Container[str]) -> Sequence[str]:
    """In which part of an entered channel a key is, by the path to it."""
    if not below:
        return ()
    return ("secrets",) if below[0] in secret or ".".join(below[:2]) in secret else ("settings",)


def channel_config(entered: Entered, draft: Draft) -> ChannelConfig:
    """A channel that was kept."""
    return _CHANNEL.validate_python(channel(entered, draft))


def backup_config(entered: Entered, draft: Draft) -> BackupConfig:
    """The backup as it would be written. Raises EnteredWrong."""
    try:
        return BackupConfig.model_validate(backup(entered, draft))
    except ValidationError as error:
        raise EnteredWrong(*_fields(error, "folder")) from None


def keep_backup(body: Mapping[str, Any], draft: Draft, new_key: str) -> Entered:
    """Check where backups go, and put key and password into files. Raises EnteredWrong and OSError."""
    entered = {key: value for key, value in body.items() if key != "password"}
    if entered["username"] and body["password"] is None and not draft.secret(BACKUP_PASSWORD).exists():
        raise EnteredWrong(WrongField("password", "belongs to the name", "missing"))
    for place in backup_config(entered, draft).to:
        if why := place.wrong_beside(draft.data):
            raise EnteredWrong(WrongField("folder", why, "value_error"))
    if body["password"] is not None:
        draft.keep_secret(BACKUP_PASSWORD, body["password"])
    if not draft.secret(BACKUP_KEY).exists():
        draft.keep_secret(BACKUP_KEY, new_key)
    return entered


def _fields(error: ValidationError, otherwise: str) -> Iterator[WrongField]:
    """Pydantic's complaints by the last key that the page knows."""
    for detail in error.errors(include_url=False):
        if detail["loc"] == ("to",):  # there is one place, and what is wrong with it is said by itself
            continue
        named = [str(step) for step in detail["loc"] if isinstance(step, str) and step != "to"]
        yield _field(detail, named[-1] if named else otherwise)


def _field(detail: ErrorDetails, path: str) -> WrongField:
    return WrongField(path, detail["msg"].removeprefix("Value error, "), detail["type"])
