"""Chat channels as an installer writes them, against the simulated services."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.deliver.channels.chat_config import DingTalkConfig, FeishuConfig, WeComConfig, WeComSmartConfig
from tests.deliver.channels.sending import wiring

if TYPE_CHECKING:
    import pytest

    from gateway.deliver.channels.dingtalk import DingTalk
    from gateway.deliver.channels.feishu import Feishu
    from gateway.deliver.channels.wecom import WeCom
    from gateway.deliver.channels.wecom_smart import WeComSmart
    from simulator.services.server import ChatServices

SECRETS = (
    "wecom_key",
    "wecom_bot_secret",
    "dingtalk_token",
    "dingtalk_secret",
    "dingtalk_client_secret",
    "feishu_hook",
    "feishu_secret",
    "feishu_app_secret",
)


def know_the_secrets(monkeypatch: pytest.MonkeyPatch, services: ChatServices) -> None:
    for name in SECRETS:
        monkeypatch.setenv(name.upper(), getattr(services.keys, name))


def secret(name: str) -> dict[str, str]:
    return {"env": name.upper()}


def wecom(url: str) -> WeCom:
    written = {"id": "guard-group", "kind": "wecom", "key": secret("wecom_key"), "url": url}
    return WeComConfig.model_validate(written).build(wiring())


def wecom_smart(services: ChatServices, chat: str = "") -> WeComSmart:
    written = {
        "id": "smart",
        "kind": "wecom_smart",
        "bot_id": services.keys.wecom_bot_id,
        "secret": secret("wecom_bot_secret"),
        "chat": chat,
        "url": f"ws://{services.address}/wecom",
    }
    return WeComSmartConfig.model_validate(written).build(wiring())


def dingtalk(services: ChatServices, *, answers: bool = True) -> DingTalk:
    stream = {
        "client_id": services.keys.dingtalk_client_id,
        "client_secret": secret("dingtalk_client_secret"),
        "url": services.url,
    }
    written: dict[str, Any] = {
        "id": "ding",
        "kind": "dingtalk",
        "token": secret("dingtalk_token"),
        "secret": secret("dingtalk_secret"),
        "answers": stream if answers else None,
        "url": services.url,
    }
    return DingTalkConfig.model_validate(written).build(wiring())


def feishu(services: ChatServices, *, answers: bool = True, people_as: str = "user_id") -> Feishu:
    application = {"app_id": services.keys.feishu_app_id, "app_secret": secret("feishu_app_secret")}
    written: dict[str, Any] = {
        "id": "lark",
        "kind": "feishu",
        "hook": secret("feishu_hook"),
        "secret": secret("feishu_secret"),
        "people_as": people_as,
        "answers": application if answers else None,
        "url": services.url,
    }
    return FeishuConfig.model_validate(written).build(wiring())
