"""Findings about inputs of computations that were tried: what a host got wrong."""

from __future__ import annotations

from dualcos.explain.catalogue_entry import CatalogueEntry, Wording

FINDINGS: tuple[CatalogueEntry, ...] = (
    CatalogueEntry(
        "key.another-version",
        Wording(
            "{computation}: computed with {received}; this needs {expected}",
            "{computation}：用了 {received}，应为 {expected}",
        ),
        Wording(
            "the host takes one version for all cards, or the newest it has",
            "主机对所有卡使用同一版本，或总用最新版本",
        ),
        Wording(
            "take the version that the card names or the command asks for",
            "使用卡片给出的或命令指定的密钥版本",
        ),
    ),
    CatalogueEntry(
        "key.another-number",
        Wording(
            "{computation}: computed with {received}; this needs {expected}",
            "{computation}：用了 {received}，应为 {expected}",
        ),
        Wording(
            "P2 names one key and the PSAM or host was asked for another",
            "P2 指定了一个密钥，而 PSAM 或主机用了另一个",
        ),
        Wording("ask for the key that P2 names", "改用 P2 指定的密钥"),
    ),
    CatalogueEntry(
        "random.older",
        Wording(
            "{computation}: an older random number was used, {received}; the last one is {expected}",
            "{computation}：用了较早的随机数 {received}；最近的随机数是 {expected}",
        ),
        Wording(
            "GET CHALLENGE was sent again and the first answer kept, or a refused command had used the number up",
            "再次取随机数后仍用了前一个，或随机数已被失败的命令用掉",
        ),
        Wording(
            "send GET CHALLENGE just before and compute with its answer",
            "紧接着命令之前取随机数，并用其应答计算",
        ),
    ),
    CatalogueEntry(
        "inputs.none-fits",
        Wording(
            "{computation}: no usual mistake fits; the right inputs are {inputs}",
            "{computation}：常见错误均不符合；正确输入为 {inputs}",
        ),
        Wording(
            "two mistakes at once, another formula, or another key than any in this card",
            "同时有两个错误、公式不同，或密钥不在本卡内",
        ),
        Wording(
            "compare each input with those that are told",
            "逐项与给出的输入比较",
        ),
    ),
)
