"""What the installer writes for chat tools. Imports no HTTP library; `build` does, and touches no network.

How each bot is made, and where its keys are found: docs/chat.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from drivers.secret import Secret
from gateway.deliver.channels.address import leads_home, shown, usable
from gateway.deliver.channels.contract import ChannelConfig

if TYPE_CHECKING:
    from gateway.deliver.channels.contract import ChannelWiring
    from gateway.deliver.channels.dingtalk import DingTalk
    from gateway.deliver.channels.feishu import Feishu
    from gateway.deliver.channels.wecom import WeCom
    from gateway.deliver.channels.wecom_smart import WeComSmart


class ChatConfig(ChannelConfig):
    """What all of them have in common: one server, reached encrypted unless it is this box."""

    url: str = Field(description="Another server than the vendor's own: a private deployment, or the simulator.")

    @field_validator("url")
    @classmethod
    def _encrypted(cls, url: str) -> str:
        return encrypted(url, "https", "http")

    @property
    def target(self) -> str:
        """Where it leads, for people."""
        return shown(self.url)

    @property
    def local(self) -> bool:
        """Whether it leads nowhere but to this box."""
        return leads_home(self.url)


class WeComConfig(ChatConfig):
    """A group bot 消息推送 of WeCom: it speaks into one group and @s who is meant. It takes no answers."""

    kind: Literal["wecom"] = Field(description="Always `wecom`.")
    key: Secret = Field(description="Where the `key` of the bot's webhook address is to be found.")
    url: str = Field(default="https://qyapi.weixin.qq.com", description="The server; another one for tests alone.")

    def build(self, wiring: ChannelWiring) -> WeCom:
        """Make the channel."""
        from gateway.deliver.channels.wecom import WeCom

        return WeCom(self, wiring)


class WeComSmartConfig(ChatConfig):
    """A smart bot 智能机器人 of WeCom over its long connection: messages with a button, and answers.

    People are written as their user ids 账号. Without `chat` each is written to alone.
    """

    kind: Literal["wecom_smart"] = Field(description="Always `wecom_smart`.")
    bot_id: str = Field(min_length=1, max_length=100, description="The bot's id.")
    secret: Secret = Field(description="Where the bot's secret is to be found.")
    chat: str = Field(
        default="", max_length=200, description="The id of a group to speak into; left out, each person is written to."
    )
    url: str = Field(default="wss://openws.work.weixin.qq.com", description="The server; another one for tests alone.")

    @field_validator("url")
    @classmethod
    def _encrypted(cls, url: str) -> str:
        return encrypted(url, "wss", "ws")

    def build(self, wiring: ChannelWiring) -> WeComSmart:
        """Make the channel."""
        from gateway.deliver.channels.wecom_smart import WeComSmart

        return WeComSmart(self, wiring)


class DingTalkStream(BaseModel):
    """The application whose robot is in the group too, and hears what people answer."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    client_id: str = Field(min_length=1, max_length=100, description="Client ID (AppKey) of the application.")
    client_secret: Secret = Field(description="Where its Client Secret (AppSecret) is to be found.")
    url: str = Field(default="https://api.dingtalk.com", description="The server; another one for tests alone.")

    @field_validator("url")
    @classmethod
    def _encrypted(cls, url: str) -> str:
        return encrypted(url, "https", "http")


class DingTalkConfig(ChatConfig):
    """A group bot of DingTalk with 加签 (signature).

    People are written as their DingTalk user ids, as answers need them, or as telephone numbers, which is enough for @.
    """

    kind: Literal["dingtalk"] = Field(description="Always `dingtalk`.")
    token: Secret = Field(description="Where the `access_token` of the bot's webhook address is to be found.")
    secret: Secret = Field(description="Where the secret of 加签 (SEC...) is to be found.")
    answers: DingTalkStream | None = Field(default=None, description="How answers are heard; left out: not at all.")
    url: str = Field(default="https://oapi.dingtalk.com", description="The server; another one for tests alone.")

    @property
    def local(self) -> bool:
        """Whether it leads nowhere but to this box."""
        return leads_home(self.url) and (self.answers is None or leads_home(self.answers.url))

    def build(self, wiring: ChannelWiring) -> DingTalk:
        """Make the channel."""
        from gateway.deliver.channels.dingtalk import DingTalk

        return DingTalk(self, wiring)


class FeishuApplication(BaseModel):
    """The application whose bot is in the group too, and hears what people answer."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    app_id: str = Field(min_length=1, max_length=100, description="App ID of the application.")
    app_secret: Secret = Field(description="Where its App Secret is to be found.")


class FeishuConfig(ChatConfig):
    """A group bot of Feishu (or Lark) with 签名校验 (signature). People are written as `people_as` says."""

    kind: Literal["feishu"] = Field(description="Always `feishu`.")
    hook: Secret = Field(description="Where the last part of the bot's webhook address is to be found.")
    secret: Secret = Field(description="Where the secret of 签名校验 is to be found.")
    people_as: Literal["user_id", "open_id"] = Field(
        default="user_id",
        description="Which of Feishu's ids people are written as; `open_id` is another one in every application.",
    )
    answers: FeishuApplication | None = Field(default=None, description="How answers are heard; left out: not at all.")
    url: str = Field(
        default="https://open.feishu.cn", description="The server: https://open.larksuite.com for Lark abroad."
    )

    def build(self, wiring: ChannelWiring) -> Feishu:
        """Make the channel."""
        from gateway.deliver.channels.feishu import Feishu

        return Feishu(self, wiring)


def encrypted(url: str, scheme: str, plain: str) -> str:
    """The address without a slash at its end, when it can be used and nothing travels in clear beyond this box."""
    usable(url, scheme, plain)
    if url.startswith(f"{plain}:") and not leads_home(url):
        raise ValueError(f"{plain}:// to another machine: messages and keys would travel in clear; write {scheme}://")
    return url.rstrip("/")
