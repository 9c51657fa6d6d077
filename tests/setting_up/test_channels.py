"""Ways to people as they are entered: what is asked, what is refused at which field, and where their secrets are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from gateway.deliver.channels.chat_config import DingTalkConfig
from gateway.serve.setup.asks import ChannelsBody
from gateway.serve.setup.keeper import EnteredWrong
from gateway.setting_up.draft import Draft
from gateway.setting_up.steps import keep_channels
from tests.setting_up.drafting import loaded, whole

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("secret", ["one\ntwo", "one\x00two", "one\rtwo", "one\x7ftwo"])
def test_a_secret_is_one_line(tmp_path: Path, secret: str) -> None:
    draft = Draft.open(tmp_path)
    entered = {"id": "c1", "kind": "wecom", "secrets": {"key": secret}}

    assert refused(entered, draft) == [("channels.0.secrets.key", "value_error")]
    assert list((tmp_path / "secrets").iterdir()) == []


def test_a_secret_may_have_any_letters_and_a_line_end_behind_it(tmp_path: Path) -> None:
    draft = Draft.open(tmp_path)
    body = {"channels": [{"id": "c1", "kind": "wecom", "secrets": {"key": "钥匙\u3000one two\n"}}]}

    keep_channels(ChannelsBody.model_validate(body).model_dump(mode="json"), draft)

    assert draft.secret("c1.key").read_text() == "钥匙\u3000one two\n"


def refused(channel: dict[str, Any], draft: Draft) -> list[tuple[str, str]]:
    body = ChannelsBody.model_validate({"channels": [channel]}).model_dump(mode="json")
    with pytest.raises(EnteredWrong) as caught:
        keep_channels(body, draft)
    return [(each.path, each.code) for each in caught.value.fields]


@pytest.mark.parametrize(
    ("channel", "path", "code"),
    [
        ({"kind": "telepathy"}, "channels.0.kind", "literal_error"),
        ({"kind": "wecom"}, "channels.0.secrets.key", "missing"),
        ({"kind": "wecom", "settings": {"key": "k"}}, "channels.0.settings.key", "is_secret"),
        ({"kind": "wecom", "secrets": {"key": "k", "url": "u"}}, "channels.0.secrets.url", "extra_forbidden"),
        ({"kind": "wecom", "secrets": {"key": "k"}, "settings": {"x": 1}}, "channels.0.settings.x", "extra_forbidden"),
        ({"kind": "mail", "settings": {"host": "mail.lan"}}, "channels.0.settings.sender", "missing"),
        ({"kind": "wecom", "secrets": {"key": "k"}, "settings": {"url": "x"}}, "channels.0.settings.url", "value_error"),
        ({"kind": "wecom", "id": "backup", "secrets": {"key": "k"}}, "channels.0.id", "taken"),
        ({"kind": "feishu", "settings": {"answers.app_id": "a"}}, "channels.0.secrets.answers.app_secret", "missing"),
        ({"kind": "feishu", "secrets": {"answers.app_secret": "s"}}, "channels.0.settings.answers.app_id", "missing"),
        ({"kind": "feishu", "settings": {"answers.app_secret": "s"}}, "channels.0.settings.answers.app_secret", "is_secret"),
        ({"kind": "feishu", "settings": {"answers.app_secret.file": "/etc/shadow"}},
         "channels.0.settings.answers.app_secret.file", "is_secret"),
        ({"kind": "wecom", "settings": {"key.file": "/etc/shadow"}}, "channels.0.settings.key.file", "is_secret"),
        ({"kind": "feishu", "settings": {"answers": {"app_secret": "s"}}}, "channels.0.secrets.answers.app_secret",
         "model_type"),
        ({"kind": "feishu", "settings": {"answers": "none"}, "secrets": {"answers.app_secret": "s"}},
         "channels.0.settings.answers", "model_type"),
    ],
)  # fmt: skip
def test_a_channel_that_cannot_work_is_said_at_its_field(
    tmp_path: Path, channel: dict[str, Any], path: str, code: str
) -> None:
    draft = Draft.open(tmp_path)

    assert (path, code) in refused({"id": "c1", **channel}, draft)
    assert list((tmp_path / "secrets").iterdir()) == []


DINGTALK = {
    "id": "chat",
    "kind": "dingtalk",
    "secrets": {"token": "t", "secret": "SECx", "answers.client_secret": "cs"},
}


def entered(channel: dict[str, Any], draft: Draft) -> dict[str, Any]:
    kept = keep_channels(ChannelsBody.model_validate({"channels": [channel]}).model_dump(mode="json"), draft)
    draft.enter("channel", kept)
    return dict(kept["channels"][0])


def test_what_a_channel_hears_answers_by_is_asked_too_and_read_by_the_gateway(tmp_path: Path) -> None:
    draft = whole(tmp_path)
    entered({**DINGTALK, "settings": {"answers.client_id": "ding1"}}, draft)

    [channel] = loaded(draft, tmp_path).channels

    assert isinstance(channel, DingTalkConfig)
    assert channel.answers is not None
    assert (channel.answers.client_id, channel.answers.client_secret.read()) == ("ding1", "cs")


def test_answers_that_are_emptied_take_their_secret_with_them_and_others_stay(tmp_path: Path) -> None:
    draft = whole(tmp_path)
    entered({**DINGTALK, "settings": {"answers.client_id": "ding1"}}, draft)

    again = entered({**DINGTALK, "settings": {"answers.client_id": "ding2"}, "secrets": {}}, draft)
    without = entered({**DINGTALK, "secrets": {}}, draft)

    assert again["secrets"] == ["answers.client_secret", "secret", "token"]
    assert without["secrets"] == ["secret", "token"]


def test_a_secret_that_is_left_out_stays_as_it_was(tmp_path: Path) -> None:
    draft = whole(tmp_path)
    again = {"channels": [{"id": "chat", "kind": "wecom", "settings": {}}]}

    kept = keep_channels(ChannelsBody.model_validate(again).model_dump(mode="json"), draft)

    assert kept["channels"][0]["secrets"] == ["key"]
    assert draft.secret("chat.key").read_text() == "simulated-wecom-key\n"


def test_a_secret_of_another_kind_of_channel_is_not_taken_over(tmp_path: Path) -> None:
    draft = whole(tmp_path)

    assert ("channels.0.secrets.token", "missing") in refused({"id": "chat", "kind": "dingtalk"}, draft)
