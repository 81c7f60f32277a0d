"""Checks of the terminal, each in a case in which nothing else would stop it."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest
from msgspec import structs

from dualcos.messages.social_services import (
    Answer,
    CommandSecured,
    Identified,
    Proved,
    Request,
    ServiceDone,
    ServiceRefused,
)
from dualcos.terminal.social.hsm_path import AskedBackEnd, BackEndRefused, HsmPath
from dualcos.terminal.social.inquiry import InquiryOrder, inquire
from dualcos.terminal.social.psam_path import PsamPath
from dualcos.terminal.social.purchase_steps import OrderAmounts, begin_settlement, debit
from dualcos.terminal.social.security_path import PathKind
from dualcos.terminal.social.terminal_stopped import StopCause, TerminalStopped
from dualcos.terminal.social.updating import report_update, resume_update, update, update_online
from tests.dualcos.terminal.social.flow_scripts import item_update
from tests.dualcos.terminal.terminal_bench import TERMINAL, TerminalBench

KEYED = InquiryOrder("DF03EF05")
TIME = bytes.fromhex("20261129120000")


def answering(bench: TerminalBench, head: str, answer: str) -> None:
    """Commands that begin so are answered so."""
    start, end = bytes.fromhex(head), bytes.fromhex(answer)
    bench.card.bend = lambda command, right: end if command.startswith(start) else right


class ScriptedBackEnd:
    """Says ``answer`` to everything."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    def ask(self, request: Request) -> Answer:
        return structs.replace(self.answer, running=request.running)


def hsm(answer: Answer, bench: TerminalBench | None = None) -> HsmPath:
    """The HSM path to such a back end, for the bench's card."""
    path = HsmPath(AskedBackEnd(ScriptedBackEnd(answer), count(1).__next__, TERMINAL))
    path.begin((bench or TerminalBench()).admit().environment)
    return path


# --- the card ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("head", "answer", "code", "last"),
    [
        ("00A40400", "6A82", -27266, "00A40400"),  # the application
        ("00A40200", "6A82", -27266, "00A40200"),  # the file
        ("00840000", "6F00", -28416, "00840000"),
        ("00840000", "010203049000", -42, "00840000"),
    ],
)
def test_a_step_that_fails_is_the_last(head, answer, code, last):
    bench = TerminalBench()
    at = bench.admit()
    answering(bench, head, answer)
    assert bench.stopped(lambda: inquire(at, KEYED)).code == code
    assert bench.card.commands[-1].startswith(last)


@pytest.mark.parametrize(("head", "answer", "code"), [("00A40400", "9303", -37635), ("00A40200", "6982", -27010)])
def test_pre_processing_goes_on_behind_no_refusal(head, answer, code):
    bench = TerminalBench()
    answering(bench, head, answer)
    assert bench.refused().code == code


def test_an_answer_without_a_status_word_is_none():
    bench = TerminalBench()
    answering(bench, "00A4", "90")
    assert bench.refused().cause is StopCause.NO_ANSWER


def test_nobody_types_where_the_state_of_the_pin_is_not_told():
    bench = TerminalBench()
    at = bench.admit()
    answering(bench, "0020000000", "6A88")
    assert bench.stopped(at.demand_pin).code == -27272
    assert bench.holder.asked == []


def test_a_key_that_the_tables_do_not_have():
    bench = TerminalBench()
    at = bench.admit()
    assert bench.stopped(lambda: at.key(at.home, "LKDF03")).code == -27272


@pytest.mark.parametrize(("profile", "asked"), [("social-1.0", False), ("social-2.0", True)])
def test_an_edition_has_names_longer_than_one_item_from_2_0_on(profile, asked):
    bench = TerminalBench(profile)
    at = bench.admit()
    place = at.place("SSSE", 0xEF06)
    at.earn(place, place.file.read)
    at.read_name(place)
    assert any(command.startswith("00B24E") for command in bench.card.commands) is asked


# --- the PSAM path ---------------------------------------------------------------------------------------------------


def test_a_path_that_has_met_no_card_computes_nothing():
    bench = TerminalBench()
    path = PsamPath(bench.sam_slot)
    for act in (path.original, path.purchase_index):
        assert bench.stopped(act).cause is StopCause.NO_PSAM
    other = HsmPath(AskedBackEnd(None, int))
    row = bench.admit().environment.directories[0].key("PUK")
    assert bench.stopped(lambda: other.key_proof(row, bytes(8), bytes(8))).cause is StopCause.NO_CARD


def settled(bench: TerminalBench, *, mac2: bytes = b"") -> bool:
    """A settlement; whether MAC2 (the card's, or another one) is taken for the card's."""
    at = bench.admit()
    at.demand_pin()
    asked = begin_settlement(at, OrderAmounts(0, 1, 1), at.path.terminal, TIME, 1)
    begun = at.path.begin_purchase(asked)
    return at.path.check_purchase(asked, begun, mac2 or debit(at, begun).mac2)


@pytest.mark.parametrize("path", PathKind)
def test_mac2_is_the_cards_or_not(path):
    assert settled(TerminalBench(desk=True, path=path))
    assert not settled(TerminalBench(desk=True, path=path), mac2=bytes(4))


# --- the HSM path ----------------------------------------------------------------------------------------------------

DONE = ServiceDone(running=1)
PROVED = Proved(running=1, data="00" * 8, original="00" * 8)
REFUSED = ServiceRefused(running=1, code="key-unknown", zh="无此密钥", en="unknown")


def secured(path: HsmPath, header: str = "84240000") -> bytes:
    row = TerminalBench().admit().environment.directories[0].key("STKSSSE")
    assert row is not None
    return path.secured(row, bytes(8), bytes.fromhex(header))


@pytest.mark.parametrize(
    ("act", "answer"),
    [
        (lambda path, _: path.card_proof(bytes(8), bytes(8)), DONE),
        (lambda path, row: path.key_proof(row, bytes(8), bytes(8)), DONE),
        (lambda path, _: secured(path), DONE),
        (lambda path, _: secured(path), CommandSecured(running=1, command="8424000104" + "00" * 4)),
        (lambda path, _: secured(path), CommandSecured(running=1, command="8424000004" + "00" * 5)),
        (lambda path, _: secured(path), CommandSecured(running=1, command="84240000")),
    ],
)
def test_an_answer_that_does_not_belong_to_the_request(act: Any, answer):
    bench = TerminalBench()
    path = hsm(answer, bench)
    row = bench.admit().environment.directories[0].key("PUK")
    assert bench.stopped(lambda: act(path, row)).cause is StopCause.BACK_END_REFUSED


def test_an_answer_that_belongs_to_it():
    command = "8424000004" + "00" * 4
    assert secured(hsm(CommandSecured(running=1, command=command))).hex() == command
    assert hsm(Identified(running=1, internal_data="00" * 8, internal_original="11" * 8)).is_card_proof(
        bytes(8), bytes(8), bytes(8)
    )


@pytest.mark.parametrize("answer", [PROVED, REFUSED])
def test_a_settlement_without_mac1_or_a_word_on_mac2(answer):
    bench = TerminalBench()
    at = bench.admit()
    at.demand_pin()
    asked = begin_settlement(at, OrderAmounts(0, 1, 1), TERMINAL, TIME, 1)
    begun = at.path.begin_purchase(asked)
    path = hsm(answer)
    for act in (lambda: path.begin_purchase(asked), lambda: path.check_purchase(asked, begun, bytes(4))):
        assert bench.stopped(act).cause is StopCause.BACK_END_REFUSED
    if answer is REFUSED:
        with pytest.raises(BackEndRefused):
            path.check_purchase(asked, begun, bytes(4))


# --- updates ---------------------------------------------------------------------------------------------------------


def test_nothing_on_line_while_an_update_is_pending():
    bench = TerminalBench(desk=True)
    at = bench.admit()
    answering(bench, "00DC", "")
    assert bench.stopped(lambda: update(at, item_update(at), bench.store)).cause is StopCause.NO_ANSWER
    bench.card.bend = None
    at = bench.admit()
    before = len(bench.card.passed)
    stopped = bench.stopped(lambda: update_online(at, "DF03EF05", bench.back_end, bench.store))
    assert (stopped.cause, len(bench.card.passed)) == (StopCause.PENDING, before)
    assert resume_update(at, bench.store) is not None


def test_an_answer_that_is_no_permission_writes_nothing():
    bench = TerminalBench()
    at = bench.admit()
    back_end = AskedBackEnd(ScriptedBackEnd(DONE), count(1).__next__, TERMINAL)
    with pytest.raises(TerminalStopped) as stopped:
        update_online(at, "DF03EF05", back_end, bench.store)
    assert stopped.value.cause is StopCause.BACK_END_REFUSED


def test_a_report_is_taken_only_by_the_answer_that_says_so():
    bench = TerminalBench(desk=True)
    at = bench.admit()
    desk = bench.desk
    assert desk is not None

    class NotTaking:
        def ask(self, request: Request) -> Answer:
            answer = desk.ask(request)
            return answer if not isinstance(answer, ServiceDone) else structs.replace(PROVED, running=request.running)

    bench.back_end = AskedBackEnd(NotTaking(), count(1).__next__, TERMINAL)
    done = update_online(at, "DF03EF05", bench.back_end, bench.store)
    assert (done.complete, done.reported) == (True, False)
    assert not report_update(bench.back_end, bench.store)
    kept = bench.store.pending()
    assert kept is not None
    assert kept.report is not None
