"""The reasons of refusals, a table for each room of the card: what is said, why it comes, what to change."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from dualcos.explain.catalogue_entry import CatalogueEntry, Wording
from dualcos.explain.refusal_sentences import (
    errors_in_words,
    kernel_commands,
    kernel_files,
    kernel_keys,
    kernel_selection,
    making,
    pki,
    psam,
    pse_channel,
    pse_commands,
    pse_data_groups,
    pse_transactions,
    ssse,
    ssse_medical,
)

ROOMS: tuple[tuple[Wording, tuple[CatalogueEntry, ...]], ...] = (
    (Wording("Commands and answers", "命令与应答"), kernel_commands.REASONS),
    (Wording("Selection and rights", "选择与权限"), kernel_selection.REASONS),
    (Wording("Directories, files, records", "目录、文件、记录"), kernel_files.REASONS),
    (Wording("Keys and proofs", "密钥与鉴别"), kernel_keys.REASONS),
    (Wording("Memory and layouts", "存储与数据格式"), errors_in_words.REASONS),
    (Wording("Making a card", "制卡与个人化"), making.REASONS),
    (Wording("Social side", "社保侧"), ssse.REASONS),
    (Wording("Medical account", "医保账户"), ssse_medical.REASONS),
    (Wording("Bank side: commands", "银行侧：命令"), pse_commands.REASONS),
    (Wording("Bank side: transactions and scripts", "银行侧：交易与脚本"), pse_transactions.REASONS),
    (Wording("Bank side: channel of personalisation", "银行侧：个人化通道"), pse_channel.REASONS),
    (Wording("Bank side: data groups", "银行侧：数据分组"), pse_data_groups.REASONS),
    (Wording("Certificates", "证书环境"), pki.REASONS),
    (Wording("PSAM", "终端安全存取模块"), psam.REASONS),
)
"""What each is called, and its reasons."""

REASONS: tuple[CatalogueEntry, ...] = tuple(each for _, entries in ROOMS for each in entries)
"""All of them; their names are the phrases that the card raises."""

BY_PHRASE: Mapping[str, CatalogueEntry] = MappingProxyType({each.name: each for each in REASONS})
