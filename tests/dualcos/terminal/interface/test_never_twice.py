"""Five codes send a caller to an HSM, who does it all once more (SC §10.5): none of them comes when something is done
already, and no key of the card is locked on the way.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cos.ssse.tables.file_structure import structure
from cos.ssse.tables.table_model import Item, Kind, Version
from dualcos.reader.silent_card import CardGone, CardMute
from dualcos.terminal.interface.caller_buffers import CharBuffer
from dualcos.terminal.interface.item_texts import item_bytes, item_text
from dualcos.terminal.social.terminal_stopped import TerminalStopped
from tests.dualcos.terminal.interface.counter_with_library import PAY, Counter
from tests.dualcos.terminal.interface.test_interface_alone import BY_PSAM, arguments_of
from tests.dualcos.terminal.terminal_bench import psam_for

SEND_TO_AN_HSM = (-2201, -2202, -2203, -27272, -24)


def gone() -> bytes:
    raise CardGone("pulled")


def mute() -> bytes:
    raise CardMute("silent")


def without_key() -> bytes:
    return b"\x6a\x88"


FAILURES = pytest.mark.parametrize("failing", [gone, mute, without_key])


def records(counter: Counter) -> int:
    return counter.good("iReadDebitRecord", 1).text.count("|")


def failing_check(failing: Callable[[], bytes]) -> Counter:
    """The PSAM fails when MAC2 is to be checked: the card is debited."""
    counter = Counter()
    assert counter.sam is not None
    counter.sam.bend = lambda command, answer: failing() if command[:2] == b"\x80\x72" else answer
    return counter


@FAILURES
def test_a_card_that_was_debited_is_told_so(failing):
    counter = failing_check(failing)
    said = counter.call("iDoDebit", 1, counter.info, PAY)
    assert said.code == -37894
    assert "卡已扣款" in said.text
    assert records(counter) == 1
    assert counter.at_rest


@FAILURES
def test_a_card_is_not_debited_twice(failing):
    counter = failing_check(failing)
    out = CharBuffer(512)
    assert counter.steps().iCommDoDebit(1, counter.info, PAY, out) == -37894
    assert records(counter) == 1


# --- several files ---

CYCLIC_THEN_ITEM = ("DF02EF07|$DF01EF06|28|$", "DF02EF07|7654321^20250101^20251231^x^|$DF01EF06|222|$")
UK4DF01 = 0x25


def newest(counter: Counter) -> str:
    return counter.good("iReadCard", 1, 1, counter.info, "DF02EF07|1|2|$").text


def test_all_keys_are_looked_for_before_the_first_file_is_written():
    counter = Counter()
    before = newest(counter)
    assert counter.sam is not None
    counter.sam.bend = lambda command, answer: (
        b"\x6a\x88" if command[:2] == b"\xbf\xde" and command[3] == UK4DF01 else answer
    )
    assert counter.call("iWriteCard", 1, counter.info, *CYCLIC_THEN_ITEM).code == -27272
    assert newest(counter) == before


@FAILURES
def test_what_is_written_in_part_is_not_written_again(failing):
    counter = Counter()
    assert counter.sam is not None

    def written() -> bool:
        return any(each.startswith("00DC") for each in counter.card.commands)

    counter.sam.bend = lambda command, answer: failing() if written() and command[:2] == b"\xbf\xde" else answer
    out = CharBuffer(1024)
    code = counter.steps().iCommWriteCard(1, counter.info, *CYCLIC_THEN_ITEM, out)
    assert code not in (0, *SEND_TO_AN_HSM)
    assert "已写入一部分" in out.text.decode("gbk")
    assert sum(each.startswith("00DC") for each in counter.card.commands) == 1


# --- a PSAM that takes factors in the other order ---


@pytest.mark.parametrize("profile", ["social-2.0", "social-3.0"])
@pytest.mark.parametrize("tier", ["province", "root"])
@pytest.mark.parametrize("name", BY_PSAM)
def test_a_psam_that_takes_the_provinces_factor_first_costs_no_try(profile, tier, name):
    chosen = (f"psam.tier={tier}", "psam.options.factor_order=province first")
    counter = Counter(profile, sam=psam_for(profile), sam_chosen=chosen)
    counter.good(name, *arguments_of(counter, name, 1))
    assert {each.answer for each in counter.card.passed if each.command[1] == 0x82} <= {b"\x90\x00"}


# --- what is taken for writing can be read ---

ITEMS = [
    item
    for directory in structure(Version.V3)
    for file in directory.files
    for item in file.items
    if item.kind is not Kind.BTLV
]


@settings(max_examples=300)
@given(st.sampled_from(ITEMS), st.data())
def test_a_value_that_is_taken_comes_back(item: Item, data):
    text = data.draw(st.text("0123456789ABCDEFa|^$\x01\0测㛃", max_size=2 * item.length))
    try:
        raw = item_bytes(item, text, "gb18030")
    except TerminalStopped:
        return
    expected = text if item.kind is Kind.AN else text.upper()
    assert item_text(item, raw) == expected
