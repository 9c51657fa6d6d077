"""Loopback servers that behave as the services do through which people are told: WeCom, DingTalk, Feishu, Aliyun.

`server.ChatServices` starts all of them on one port. They know nothing of the gateway: what they expect of a client is written
from what the vendors document.
"""
