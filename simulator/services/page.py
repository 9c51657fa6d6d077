"""The page of the services: what people were told, and a button to answer it."""

from __future__ import annotations

import re
from datetime import datetime
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulator.services.record import Happening, Record

SHOWN = 60
NAMES = {"wecom": "企业微信", "dingtalk": "钉钉", "feishu": "飞书", "aliyun": "电话与短信"}
WORDS = {
    "message": "收到消息",
    "reply": "机器人回复",
    "call": "来电",
    "sms": "短信",
    "answer": "有人回答",
    "limited": "被限流",
    "refused": "被拒绝",
    "connected": "长连接已建立",
    "closed": "长连接已断开",
}
ANSWER = re.compile(r"收到 ?(\d+)")

HEAD = """<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>模拟的消息服务</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><meta http-equiv="refresh" content="5">
<style>
body{font:16px/1.5 system-ui,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif;margin:0 auto;max-width:46rem;
padding:1rem;color:#1b1f24;background:#f4f5f7}
h1{font-size:1.25rem}
article{background:#fff;border:1px solid #d7dbe0;border-radius:8px;padding:.75rem 1rem;margin:.6rem 0}
article.refused,article.limited{border-color:#c2410c}
header{display:flex;gap:.75rem;color:#57606a;font-size:.875rem}
p{white-space:pre-wrap;overflow-wrap:anywhere;margin:.4rem 0}
form{display:flex;gap:.5rem;flex-wrap:wrap}
input{font:inherit;padding:.35rem .5rem;width:9rem;border:1px solid #b6bcc4;border-radius:6px}
button{font:inherit;padding:.35rem 1.2rem;border:0;border-radius:6px;background:#0b5cad;color:#fff}
</style></head><body><h1>模拟的消息服务</h1>
<p>这里是企业微信、钉钉、飞书和电话短信服务的替身,只在本机。页面每 5 秒刷新。</p>
"""


def page(record: Record) -> str:
    """The whole page: newest first. Everything that came from outside is escaped."""
    newest = [each for each in record if each.what in WORDS][-SHOWN:][::-1]
    return HEAD + ("".join(map(_article, newest)) or "<p>还没有消息。</p>") + "</body></html>"


def _article(happening: Happening) -> str:
    at = datetime.fromtimestamp(happening.at).astimezone().strftime("%H:%M:%S")
    to = " ".join(f"@{escape(name)}" for name in happening.to)
    code = f"<span>错误码 {escape(happening.code)}</span>" if happening.code else ""
    return (
        f'<article class="{escape(happening.what)}"><header><b>{NAMES[happening.service]}</b>'
        f"<span>{WORDS[happening.what]}</span><span>{at}</span><span>{to}</span>{code}</header>"
        f"<p>{escape(happening.text)}</p>{_form(happening)}</article>"
    )


def _form(happening: Happening) -> str:
    if happening.what not in ("message", "call"):
        return ""
    person = escape(happening.to[0] if happening.to else "")
    number = ANSWER.search(happening.text)
    words = f"收到 {number[1]}" if number else "收到"
    label = "按 1" if happening.what == "call" else words
    hidden = {"service": happening.service, "text": words, "reference": happening.reference, "what": happening.what}
    fields = "".join(f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in hidden.items())
    who = "" if happening.what == "call" else f'<input name="user" value="{person}" aria-label="谁" placeholder="谁">'
    return f'<form method="post" action="/answer">{fields}{who}<button>{label}</button></form>'
