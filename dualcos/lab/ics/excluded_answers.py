"""Answers that exclude each other (矛盾), as data: a condition over answers, why it cannot be, what to change.

Conditions are written as those of vectors are, with the ids of questions as names. What a whole profile shows to be
impossible is refused when the answers are applied to one (``dualcos.profile.contradictions``).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from cos.kernel.stack import Stacks
from cos.stacks import STACKS
from dualcos.lab.conformance.applicability import asked_facts, holds
from dualcos.lab.ics.card_questions import ENVIRONMENT
from dualcos.lab.ics.question import Answer, written
from dualcos.lab.ics.questions import BY_ID


class Exclusion(NamedTuple):
    """Answers that are not of one card. ``change`` says in both languages what to answer instead."""

    condition: str
    zh: str
    en: str
    change_zh: str
    change_en: str
    clause: str


class Contradiction(NamedTuple):
    """An exclusion that a statement meets: the answers that do, by question, and the line that tells it."""

    answers: Mapping[str, Answer]
    exclusion: Exclusion

    @property
    def line(self) -> str:
        """Which answers, why, what to change."""
        told = ", ".join(f"{name} = {written(answer)}" for name, answer in self.answers.items())
        why = self.exclusion
        return f"{told}: {why.en} 不能同时成立：{why.zh} [{why.clause}]; {why.change_en} {why.change_zh}"


def _cards_of_their_own(stacks: Stacks) -> Iterator[Exclusion]:
    """Stacks that live under different roots are on different cards: as the stacks declare it."""
    asked = [stack for stack in stacks if f"{ENVIRONMENT}{stack.label}" in BY_ID]
    for stack in asked:
        others = [f"{ENVIRONMENT}{each.label}" for each in asked if each.under != stack.label]
        if stack.root is not None and others:
            yield Exclusion(
                f"{ENVIRONMENT}{stack.label} and ({' or '.join(others)})",
                f"{stack.root.short} 是单独的一张卡",
                f"a {stack.root.short} is a card of its own",
                "其中之一答 false",
                "answer one of them with false",
                "SSC-9 §5",
            )


EXCLUSIONS: tuple[Exclusion, ...] = (
    *_cards_of_their_own(STACKS),
    Exclusion(
        "card.pki and not card.ssse",
        "证书环境是社会保障卡的一部分",
        "the environment of certificates is part of a social security card",
        "card.ssse 答 true，或 card.pki 答 false",
        "answer card.ssse with true, or card.pki with false",
        "PKI.社会保障",
    ),
    Exclusion(
        "card.pki and ssse.version != '3.0'",
        "只有 3.0 版的卡有证书环境",
        "only cards of edition 3.0 have certificates",
        "ssse.version 答 3.0，或 card.pki 答 false",
        'answer ssse.version with "3.0", or card.pki with false',
        "PKI.社会保障",
    ),
    Exclusion(
        "ssse.algorithm == 'SM4' and ssse.version == '1.0'",
        "1.0 版没有 SM4，默认算法是 DES",
        "edition 1.0 knows no SM4: its cipher is DES",
        "ssse.algorithm 答 3DES，或 ssse.version 答 3.0",
        'answer ssse.algorithm with "3DES", or ssse.version with "3.0"',
        "SSC-7 §5.3",
    ),
    Exclusion(
        "ssse.dir_sfi >= 5 and (ssse.dir_sfi <= 7 or (ssse.dir_sfi == 8 and ssse.version != '1.0'))",
        "05 至 08（1.0 版至 07）是社会保障系统环境自己的基本文件的短文件标识",
        "05 to 08 (edition 1.0: to 07) are the short identifiers of the environment's own files",
        "ssse.dir_sfi 答 9 至 30",
        "answer ssse.dir_sfi with 9 to 30",
        "V2.0 table 3",
    ),
    Exclusion(
        "(pse.sda or pse.dda or pse.cda) and not pse.certificates",
        "脱机数据认证由证书恢复公钥",
        "offline data authentication recovers its keys from certificates",
        "pse.certificates 答 true，或 pse.sda、pse.dda、pse.cda 都答 false",
        "answer pse.certificates with true, or pse.sda, pse.dda and pse.cda with false",
        "PBOC-5 §9",
    ),
    Exclusion(
        "pse.options.gpo_refuses_foreign and not pse.pdol",
        "国家和货币由 PDOL 数据给出，没有 PDOL 就无从比较",
        "country and currency come in the PDOL data, and nothing comes without a PDOL",
        "pse.pdol 答 true，或 pse.options.gpo_refuses_foreign 答 false",
        "answer pse.pdol with true, or pse.options.gpo_refuses_foreign with false",
        "PBOC-5 §7.4",
    ),
    Exclusion(
        "psam.mf == '' and (psam.sx2 == 'SM4' or psam.sx3 == 'SM4')",
        "主文件下没有环境的芯片是空白的",
        "without an environment of the MF the chip is blank",
        "psam.mf 答 3DES 或 SM4，或 psam.sx2、psam.sx3 都留空",
        'answer psam.mf with "3DES" or "SM4", or psam.sx2 and psam.sx3 with ""',
        "SSC-9 §5",
    ),
)


def contradictions_in(answers: Mapping[str, Answer]) -> tuple[Contradiction, ...]:
    """Every exclusion that ``answers`` meet; an answer about a side that the card has not meets one too."""
    return (*_of_absent_sides(answers), *_met(answers))


def _met(answers: Mapping[str, Answer]) -> Iterator[Contradiction]:
    for each in EXCLUSIONS:
        if holds(each.condition, answers):
            named: Collection[str] = asked_facts(each.condition, ())
            yield Contradiction({name: answers[name] for name in named if name in answers}, each)


def _of_absent_sides(answers: Mapping[str, Answer]) -> Iterator[Contradiction]:
    """One line for each side that the card has not and that questions are answered about."""
    for name, answer in answers.items():
        label = name.removeprefix(ENVIRONMENT)
        about = {each: answers[each] for each in answers if BY_ID[each].side == label}
        if name.startswith(ENVIRONMENT) and answer is False and about:
            first = next(iter(about))
            yield Contradiction(
                {name: answer, first: about[first]},
                Exclusion(
                    f"not {name} and {first}",
                    f"对卡上没有的环境回答了 {len(about)} 个问题",
                    f"{len(about)} questions are answered about a side that the card has not",
                    f"{name} 答 true，或删去以 {label}. 开头的回答",
                    f"answer {name} with true, or leave out the answers that begin with {label}.",
                    BY_ID[name].clause,
                ),
            )
