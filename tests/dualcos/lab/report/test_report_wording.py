"""Every text of a record has words in both languages, those that are said often in Chinese indeed."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from apdu.status import SW, StatusWord
from cos.kernel.refusal import Gate
from dualcos.explain.trace_lines import FindingLine
from dualcos.lab.campaign.campaign_book import INTERRUPTED
from dualcos.lab.evidence.campaign_records import AnswerJudged, EndOfSession, SampleKind, Verdict
from dualcos.lab.operator_steps.attestations import EXPIRED
from dualcos.lab.operator_steps.desk import NEEDS_OPERATOR
from dualcos.lab.report.report_wording import (
    ENDS,
    GATES,
    SAMPLES,
    VERDICTS,
    injected_in_both,
    said_in_both,
    status_in_both,
    text_in_both,
    verdict_in_both,
    word_in_both,
)
from tests.honest_campaigns import FAILED, IDS, judged

CHINESE = re.compile("[\u4e00-\u9fff]")
ENGLISH = re.compile(r"[a-z]+ [a-z]+ [a-z]+")
ROOT = Path(__file__).parents[4]
SAYING = (
    "dualcos/lab/evidence/record_order.py",
    "dualcos/lab/evidence/verification.py",
    "dualcos/lab/evidence/known_faults.py",
    "dualcos/lab/conformance/memory_compared.py",
    "dualcos/lab/faults/bent_answers.py",
)
"""Whose sentences a page shows: all but what they raise and what they say of themselves."""


def is_function(node: ast.AST) -> bool:
    return isinstance(node, ast.FunctionDef)


def sentences(node: ast.AST) -> Iterator[str]:
    """The texts below ``node`` that are sentences, each value in them a number; what is not always there is not."""
    for each in ast.iter_child_nodes(node):
        if isinstance(each, ast.Raise) or (isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant)):
            continue
        if isinstance(each, ast.JoinedStr):
            yield "".join(value_in(part) for part in each.values)
        elif isinstance(each, ast.Constant) and isinstance(each.value, str):
            yield each.value
        else:
            yield from sentences(each)


def value_in(part: ast.expr) -> str:
    if isinstance(part, ast.Constant):
        return str(part.value)
    return "" if isinstance(part, ast.FormattedValue) and isinstance(part.value, ast.IfExp) else "17"


@settings(max_examples=50)
@given(st.text("ab 019AF,:;()§.密码\n"))
def test_any_text_has_words(text):
    assert text_in_both(text).en == said_in_both(text).en == text
    assert status_in_both(text).en == "" or re.fullmatch("[0-9A-F]{4}", text)


@pytest.mark.parametrize("word", [value for value in vars(SW).values() if isinstance(value, StatusWord)])
def test_a_status_word_of_the_specifications_has_both(word):
    both = status_in_both(str(word))
    assert CHINESE.search(both.zh)
    assert not CHINESE.search(both.en)


@pytest.mark.parametrize(
    "text",
    [
        INTERRUPTED,
        EXPIRED,
        NEEDS_OPERATOR,
        "made for another card",
        "needs ssse.options.missing_mac = 6988",
        "withdrawn",
        "attested on 2026-11-29T08:00:02Z, worth nothing since 2026-11-29T08:50:00Z",
        "00DC0204 03 020139 was not answered: silence",
        "counter SSSE.PIN should move by -1, moved by 0",
        "memory of pse should be unchanged and is not",
        "it is not signed",
        "unfinished: 3 of 5 vectors wait; the last session has no end",
    ],
)
def test_what_is_said_of_vectors_has_chinese(text):
    assert CHINESE.search(text_in_both(text).zh)


@pytest.mark.parametrize("path", SAYING)
def test_every_sentence_that_a_page_shows_has_chinese(path):
    functions = [each for each in ast.walk(ast.parse((ROOT / path).read_text("utf-8"))) if is_function(each)]
    said = {text for each in functions for text in sentences(each) if len(text.split()) > 3 and text[0] not in ",; "}
    assert said
    assert {text for text in said if ENGLISH.search(text_in_both(text).zh)} == set()


@pytest.mark.parametrize(
    ("text", "zh"),
    [
        ("it began without a key, and the key 12AB was given", "活动开始时未声明密钥，而给出的是密钥 12AB"),
        ("it is not signed; it began with the key 12AB to sign it", "未签名；活动开始时声明由密钥 12AB 签名"),
        ("record 3 (verdict of REP-1): it had been judged before: pass", "记录 3（REP-1 的结论）：此前已有结论：通过"),
        ("record 2: altered: it is not what was written here", "记录 2：被改动：与原来所写不符"),
        (
            "known fault REP-1, *, 6985: expired on 2026-01-01; the vector does not fail: pass",
            "已知缺陷 REP-1, *, 6985：已于 2026-01-01 过期；该向量的结论不是不通过，而是通过",
        ),
    ],
)
def test_what_stands_in_a_sentence_is_said_in_chinese_too(text, zh):
    assert text_in_both(text) == (text, zh)


def test_a_reason_stands_in_chinese_beside_a_verdict_and_not_in_it():
    """It has Chinese of its own; where nothing but the text tells it, it stays."""
    alone = judged(IDS[0], **FAILED)
    assert verdict_in_both(alone) == text_in_both(alone.text)
    finding = FindingLine(certainty="certain", text="two tries", zh="两次", kind="pin.digits")
    answer = AnswerJudged(sent="0020", expected=["9000"], came="63C2", reason=None, findings=[finding])
    both = verdict_in_both(structs.replace(alone, answer=answer))
    assert both == (alone.text, "0020 0000 03…… 期望 9000，实际 63C2")


@pytest.mark.parametrize(
    ("said", "zh"),
    [
        (
            "pulled out; the answer was 9000 and 4 bytes of data, back in 2 s",
            "卡片被取出；原应答为 9000 和数据 4 字节，2 秒后放回",
        ),
        ("6F00 instead of 9000, 3 bytes of data instead of 8", "6F00，原为 9000；数据 3 字节，原为 8 字节"),
        ("cut off: 3 of 8 bytes of data and no status word", "截断：数据 8 字节只留 3 字节，无状态字"),
        ("flipped byte 0 bit 8, byte 2 bit 1 and 3 more", "比特翻转：第 0 字节 b8、第 2 字节 b1，另有 3 处"),
        ("no answer; the card never saw the command", "无应答；命令未到达卡片"),
    ],
)
def test_an_injected_fault_is_said_behind_its_rule(said, zh):
    assert injected_in_both(f"FAULT injected: a rule: {said}") == (f"a rule: {said}", f"a rule：{zh}")
    assert injected_in_both("FAULT injected: a rule: unheard of") == ("a rule: unheard of", "a rule: unheard of")


def test_a_text_of_a_thousand_texts_within_each_other_is_told():
    """Whoever writes a file by hand may write that."""
    text = "altered: " * 2000
    assert text_in_both(text).zh.endswith("altered: altered: ")


def test_numbers_and_names_stay():
    assert text_in_both("counter SSSE.PIN should move by -1, moved by 0").zh == "计数器 SSSE.PIN 应变化 -1，实际变化 0"
    assert said_in_both("EF05 发卡机构数据文件, record 2").zh == "EF05 发卡机构数据文件，记录 2"


def test_only_a_whole_status_word_is_explained():
    assert word_in_both("6982").en == "security status not satisfied"
    assert word_in_both("9000 {challenge:8}").en == "done"
    assert [word_in_both(each).en for each in ("63C?", "9000/6283", "", "90001")] == ["", "", "", ""]


def test_everything_that_is_declared_is_named():
    assert set(VERDICTS) == {*get_args(Verdict), "waiting"}
    assert set(SAMPLES) == set(get_args(SampleKind))
    assert set(ENDS) == set(get_args(EndOfSession))
    assert set(GATES) == {value for name, value in vars(Gate).items() if name.isupper()}
