"""What a client must know to be let in by the services: made up, the same at every start, worth nothing anywhere else."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Self


@dataclass(frozen=True, slots=True)
class Keys:
    """One of each; the names are those of the vendors' consoles."""

    wecom_key: str
    """Of the group bot's webhook."""
    wecom_bot_id: str
    wecom_bot_secret: str
    """Of the smart bot's long connection."""
    dingtalk_token: str
    """`access_token` of the group bot's webhook."""
    dingtalk_secret: str
    """What the group bot's requests are signed with."""
    dingtalk_client_id: str
    dingtalk_client_secret: str
    """Of the application whose Stream is listened to."""
    feishu_hook: str
    """The last part of the group bot's webhook."""
    feishu_secret: str
    """What the group bot's requests are signed with."""
    feishu_app_id: str
    feishu_app_secret: str
    """Of the application whose long connection is listened to."""
    aliyun_key: str
    """The access key id."""
    aliyun_secret: str
    """The access key secret."""

    @classmethod
    def simulated(cls) -> Self:
        """The ones that the simulator's own configuration uses."""
        return cls(*(f"simulated-{field.name.replace('_', '-')}" for field in fields(cls)))
