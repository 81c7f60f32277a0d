"""What the social services are called, and what of a message may be told: the line of a log has nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import msgspec

from dualcos.messages.social_services import Answer, Request


class ServiceName(NamedTuple):
    """For people."""

    zh: str
    en: str


SERVICES: Mapping[str, ServiceName] = MappingProxyType(
    {
        "identification": ServiceName("内部认证", "internal authentication"),
        "proof": ServiceName("外部认证", "external authentication"),
        "command": ServiceName("安全报文", "secured command"),
        "purchase-mac": ServiceName("消费 MAC1", "MAC1 of a settlement"),
        "purchase-mac-check": ServiceName("消费 MAC2 校验", "MAC2 checked"),
        "card-check": ServiceName("卡鉴权", "card check"),
        "update-permission": ServiceName("联网更新许可", "update permission"),
        "update-proof": ServiceName("联网更新结果", "update report"),
        "load": ServiceName("账户划入", "load"),
        "load-proof": ServiceName("划入结果", "load report"),
        "pre-settlement": ServiceName("预结算", "pre-settlement"),
        "settlement": ServiceName("结算上传", "settlement"),
        "settlement-given-up": ServiceName("结算未成", "settlement given up"),
        "settlement-cancelled": ServiceName("撤销结算", "settlement taken back"),
        "premium": ServiceName("应缴保费查询", "premium due"),
        "premium-paid": ServiceName("保费缴纳", "premium paid"),
        "premium-cancelled": ServiceName("保费缴纳撤销", "payment of a premium cancelled"),
        "blacklist": ServiceName("黑名单", "blacklist"),
    }
)
"""By ``service``."""
PARTS = ("card", "payment")
"""Fields of requests that have fields of their own; their names are no others'."""
_TOLD = frozenset(
    {
        *("number", "key", "file", "permit", "status", "amount", "balance", "sequence", "voucher", "total", "account"),
        *("pooled", "self_paid", "terminal_sequence", "time", "after", "unknown", "mac2_wrong", "recovered", "code"),
        *("state", "insured_at", "offline_flag", "offline_amount", "offline_count", "offset", "left", "rest"),
        *("cancellation", "to_load", "scheme", "period", "merchant", "bank_terminal", "batch"),
        *("bank_voucher", "reference"),
    }
)
"""Fields that are told; MACs, TACs, random numbers and PINs are none of them."""


def kind_of(message: Request | Answer) -> str:
    """``service`` or ``answer``."""
    return str(type(message).__struct_config__.tag)


def told_of(message: Request | Answer) -> dict[str, str | int]:
    """What of a message may stand in a line; of a request its card's number and its payment too."""
    found: dict[str, Any] = msgspec.to_builtins(message)
    for part in PARTS:
        found |= found.pop(part, None) or {}
    return {
        name: int(value) if isinstance(value, bool) else value
        for name, value in found.items()
        if name in _TOLD and isinstance(value, str | int) and value is not False and value != ""
    }
