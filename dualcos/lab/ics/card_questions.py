"""What is asked of every card: its environments, how it answers on its contacts (卡片)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from dualcos.lab.ics.question import TRUE_OR_FALSE, FieldOptions, NamedAnswer, Question
from dualcos.profile.schema import Profile

_CHIP = FieldOptions("chip.transmission", "")
ENVIRONMENT = "card."
"""What the question after an environment begins with; its label follows."""

_ENVIRONMENTS: Mapping[str, tuple[str, str, str]] = {
    "ssse": ("卡上有社会保障系统环境（SSSE）", "there is a social-security environment (SSSE)", "总体方案 一（一）"),
    "pse": ("卡上有银行的支付系统环境（PSE）", "there is the bank's environment (PSE)", "总体方案 一（一）"),
    "pki": ("卡上有证书环境（PKI）", "there is an environment of certificates (PKI)", "PKI.社会保障"),
    "psam": ("本卡是终端安全存取模块（PSAM）", "the card is a terminal's PSAM", "SSC-9 §5"),
}


def _has(label: str) -> Callable[[Profile], bool]:
    return lambda profile: label in profile.sections


def _environment(label: str) -> Question:
    zh, en, clause = _ENVIRONMENTS[label]
    answers = tuple(NamedAnswer(value, *words) for value, words in TRUE_OR_FALSE.items())
    return Question(f"{ENVIRONMENT}{label}", zh, en, clause, "", (label,), _has(label), answers, sets=False)


CARD_QUESTIONS: tuple[Question, ...] = (
    *map(_environment, _ENVIRONMENTS),
    _CHIP.asks(
        "protocol",
        "复位应答给出的协议",
        "the protocol that the ATR offers",
        "SSC-2 §8.3; ISO 7816-3 §8.2",
        {
            "T=0": ("T=0", "T=0"),
            "T=1": ("T=1", "T=1"),
            "contactless": ("非接触，读卡器给出的复位应答", "contactless: the ATR that the reader makes"),
        },
        ("protocol",),
    ),
    _CHIP.asks(
        "case4",
        "带数据命令的应答如何给出",
        "how a command with data is answered",
        "SSC-2 §9.3; PBOC-3 §9.3.1",
        {
            "61xx": ("先 61xx，再取响应", "61xx, and the data wait for GET RESPONSE"),
            "direct": ("直接返回数据", "with the data at once"),
        },
    ),
    _CHIP.asks(
        "le00",
        "Le 为 00 而数据不足 256 字节时的读命令",
        "a read with Le 00 and fewer than 256 bytes to give",
        "SSC-5 §6.10.4",
        {"6Cxx": ("6Cxx，告知长度", "6Cxx with the length"), "data": ("直接返回数据", "the data")},
    ),
    _CHIP.asks(
        "trailing_le",
        "无应答数据的命令后多余的 Le",
        "a Le behind the data of a command that returns nothing",
        "SSC-2 §9.3",
        {"ignore": ("忽略", "ignored"), "6700": ("拒绝，6700", "refused with 6700")},
    ),
    _CHIP.asks(
        "get_response",
        "取响应接受的类别",
        "under which class GET RESPONSE fetches",
        "SSC-5 §6.6; PBOC-3 §9.3.1.3; ISO 7816-4 §5.3.4",
        {
            "same class": ("00，也可用原命令的类别", "00, and the class of the command that is answered"),
            "class 00": ("仅 00", "00 alone"),
        },
    ),
)
