"""The card with a button of WeCom's smart bot: `button_interaction` (developer.work.weixin.qq.com 101061)."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from gateway.deliver.channels.contract import Message

LONGEST_TEXT: Final = 112
"""Characters of `sub_title_text` that a telephone shows."""
LONGEST_TITLE: Final = 26
BUTTON: Final = "收到,马上去"


def fits_card(text: str) -> bool:
    """Whether a card shows the whole of a text."""
    return len(text) <= LONGEST_TEXT


def card_of(message: Message, text: str) -> dict[str, Any]:
    """A card with the message, as far as it fits, and the button that takes its alarm.

    Its name may be used once, and a message may be tried twice: hence the random part.
    """
    key = f"ack:{message.alarm}"
    card = _card(f"notice-{message.numbers[0] if message.numbers else 0}-{secrets.token_hex(6)}", key, message.title)
    return {**card, "sub_title_text": text if fits_card(text) else "详情见上一条消息。"}


def renewed(task: str, key: str, sentence: str, user: str) -> dict[str, Any]:
    """What a pressed card becomes for who pressed it: it shows what came of it. To press it again does no harm."""
    card = {**_card(task, key, sentence), "sub_title_text": sentence}
    return {"response_type": "update_template_card", "userids": [user], "template_card": card}


def _card(task: str, key: str, title: str) -> dict[str, Any]:
    return {
        "card_type": "button_interaction",
        "main_title": {"title": title[:LONGEST_TITLE]},
        "button_list": [{"text": BUTTON, "style": 1, "key": key}],
        "task_id": task,
    }
