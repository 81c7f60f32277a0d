"""Every text of a record has words in both languages, those that are said often in Chinese indeed."""

from __future__ import annotations

import re
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apdu.status import SW, StatusWord
from dualcos.lab.campaign.campaign_book import INTERRUPTED
from dualcos.lab.evidence.campaign_records import EndOfSession, SampleKind, Verdict
from dualcos.lab.operator_steps.attestations import EXPIRED
from dualcos.lab.operator_steps.desk import NEEDS_OPERATOR
from dualcos.lab.report.report_wording import (
    ENDS,
    SAMPLES,
    VERDICTS,
    said_in_both,
    status_in_both,
    text_in_both,
    word_in_both,
)

CHINESE = re.compile("[\u4e00-\u9fff]")


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
