"""The secure channel of personalisation."""

from __future__ import annotations

from vectors.generate.build import (
    Json,
    send,
)
from vectors.generate.words.command import Command


def channel() -> list[Json]:
    """What is left of the personalisation channel once the application is made (PBOC-10 §6.3)."""
    found: list[Json] = []
    for name, zh, command in (
        ("INIT", "初始化更新", "8050000008" + "00" * 8 + "00"),
        ("EXT", "个人化外部认证", "8482010010" + "00" * 16),
        ("STORE80", "存储数据", "80E2000003" + "010100"),
        ("STORE84", "存储数据（MAC）", "84E2000008" + "00" * 8),
    ):
        group = Command(f"GRHM-{name}", zh, f"{name} after personalisation", "PBOC-10 §6.3", good=command)
        group.add("6985", ("已个人化", "the application is made"), send(command, "6985"))
        group.add(
            "6D00",
            ("已屏蔽", "masked, the other reading"),
            send(command, "6E00" if name == "EXT" else "6D00"),  # 82 is still known, with class 00
            overrides={"pse": {"options": {"personalised_word": "6D00"}}},
        )
        group.bad_class("04", *(() if name == "EXT" else ("00",)))
        if name in ("INIT", "EXT"):
            group.bad_length(command[:8] + "07" + "00" * 7)
        if name == "EXT":
            group.bad_parameters("0200", "0400")
        group.blocked()
        found += group.found
    return found
