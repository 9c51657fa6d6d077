"""What the installer writes for Aliyun's SMS and voice calls. Both need a company account and approved templates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Self

from pydantic import Field, field_validator, model_validator

from drivers.secret import Secret
from gateway.deliver.channels.address import leads_home, shown, usable
from gateway.deliver.channels.contract import ChannelConfig

if TYPE_CHECKING:
    from gateway.deliver.channels.aliyun_sms import AliyunSms
    from gateway.deliver.channels.aliyun_voice import AliyunVoice
    from gateway.deliver.channels.contract import ChannelWiring


class AliyunConfig(ChannelConfig):
    """What both have in common."""

    key_id: Secret = Field(description="Where the AccessKey id is to be found; of a RAM user that may do this alone.")
    key_secret: Secret = Field(description="Where the secret of that AccessKey is to be found.")
    template: str = Field(min_length=1, max_length=100, description="The approved template: SMS_... or TTS_...")
    variable: str = Field(
        default="text", pattern=r"^\w{1,40}$", description="The variable of the template that takes the message."
    )
    url: str = Field(description="The service's address; another one for tests alone.")

    @field_validator("url")
    @classmethod
    def _usable(cls, url: str) -> str:
        return usable(url, "https", "http")

    @model_validator(mode="after")
    def _encrypted(self) -> Self:
        if self.url.startswith("http:") and not leads_home(self.url):
            raise ValueError("http:// to another machine: numbers and messages would travel in clear; write https://")
        return self

    @property
    def target(self) -> str:
        """Where it leads, for people."""
        return f"{shown(self.url)} {self.template}"

    @property
    def local(self) -> bool:
        """Whether it leads nowhere but to this box."""
        return leads_home(self.url)


class AliyunSmsConfig(AliyunConfig):
    """Short messages by Aliyun, with receipts. People's numbers are written as 138..., without a country's prefix."""

    kind: Literal["aliyun_sms"] = Field(description="Always `aliyun_sms`.")
    sign: str = Field(
        min_length=1, max_length=40, description="The approved signature 签名 that stands before the text."
    )
    longest_characters: int = Field(
        default=35, ge=10, le=500, description="The longest text that the template's variable takes."
    )
    url: str = Field(default="https://dysmsapi.aliyuncs.com/", description="The service's address.")

    def build(self, wiring: ChannelWiring) -> AliyunSms:
        """Make the channel."""
        from gateway.deliver.channels.aliyun_sms import AliyunSms

        return AliyunSms(self, wiring)


class AliyunVoiceConfig(AliyunConfig):
    """Voice calls by Aliyun: the message is read out, and a key that is pressed takes the alarm."""

    kind: Literal["aliyun_voice"] = Field(description="Always `aliyun_voice`.")
    caller: str = Field(
        default="",
        pattern=r"^\d{0,20}$",
        description="The number of yours that is shown to who is called; left out for a shared one.",
    )
    menu_template: str = Field(
        default="",
        max_length=100,
        description="With it the call is an interactive one (IvrCall), whose keys are always told; this template is "
        "what is said after a key. Without it the call is a plain one (SingleCallByTts).",
    )
    key: str = Field(default="1", pattern=r"^[0-9*#]$", description="The key that says 收到,马上去.")
    times: int = Field(default=3, ge=1, le=3, description="How often the message is read out.")
    longest_characters: int = Field(
        default=100, ge=10, le=500, description="The longest text that the template's variable takes."
    )
    url: str = Field(default="https://dyvmsapi.aliyuncs.com/", description="The service's address.")

    def build(self, wiring: ChannelWiring) -> AliyunVoice:
        """Make the channel."""
        from gateway.deliver.channels.aliyun_voice import AliyunVoice

        return AliyunVoice(self, wiring)
