"""What the card answers to DEBIT or CREDIT is not what it did: nothing but a whole 9000 answer is an answer.

Behind anything else the card is asked for its proof at once (SSC-7 §14). What it claims is checked, too: by MAC2, by
its log, by the back end (SSC-7 §15); until then nothing is handed out.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from dualcos.leash.leash_rules import LeashRule
from dualcos.terminal.social.medical_record_states import RecordState, UploadState
from dualcos.terminal.social.purchase_steps import OrderAmounts
from dualcos.terminal.social.terminal_stopped import StopCause, TerminalStopped
from tests.dualcos.terminal.social.medical_bench import (
    CREDIT,
    DEBIT,
    PROOF,
    CutJournal,
    MedicalBench,
    PulledAt,
    on_card,
)
from tests.dualcos.terminal.social.test_pulled_in_the_middle import (
    AMOUNTS,
    bench_for,
    elsewhere,
    offline_account,
    pulled_at_debit,
    put_together,
    undisturbed,
)
from tests.dualcos.terminal.terminal_bench import StandingClock

WORDS = ("6581", "6400", "6F00", "6281", "6300", "63C1", "6700", "6901", "6982", "6985", "6A81", "6D00", "9302", "9406")
ACTS = ("on line", "off line", "load")
GET_RESPONSE = b"\x00\xc0"
NO_PROOF_AT_ALL = bytes(8) + b"\x90\x00"


def records(bench: MedicalBench) -> list[RecordState]:
    return [record.state for _, record in bench.journal.records()]


def without_log(command: bytes, answer: bytes) -> bytes:
    """Records by number are refused."""
    return b"\x69\x82" if command[:2] == b"\x00\xb2" and command[3] == 4 else answer


class WordInstead:
    """Answers ``word`` in place of what the card says to DEBIT or CREDIT; or, once, to what fetches their answer."""

    def __init__(self, word: str, *, fetched: bool) -> None:
        self._word, self._fetched = bytes.fromhex(word), fetched
        self._due = False

    def __call__(self, command: bytes, answer: bytes) -> bytes:
        if command[:2] in (DEBIT, CREDIT):
            self._due = self._fetched
            return answer if self._fetched else self._word
        if self._due and command[:2] == GET_RESPONSE:
            self._due = False
            return self._word
        return answer


@pytest.mark.parametrize("fetched", [False, True])
@pytest.mark.parametrize("word", [*WORDS, "01020304059000"])
@pytest.mark.parametrize("name", ACTS)
def test_a_booked_transaction_is_not_given_up_for_a_word(name, word, fetched):
    """The card has booked; a word of its own, or of the line, says otherwise. Its proof goes on from there."""
    bench, act = bench_for(name)
    bench.card.bend = WordInstead(word, fetched=fetched)
    done = act(bench)
    assert (done.record.state, done.record.recovered) == (RecordState.COMPLETE, True)
    assert done.record.mac2_right is (None if name == "load" else True)
    bench.card.bend = None
    *_, right = undisturbed(name)
    assert put_together(bench, word) == right


@pytest.mark.parametrize("carried_out", [False, True])
@pytest.mark.parametrize("name", ACTS)
def test_a_refusal_without_a_word_about_the_proof_closes_nothing(name, carried_out):
    """DEBIT's 6985 may have been made up on the line; while the card refuses to say, the transaction stays open."""
    bench, act = bench_for(name)
    command = CREDIT if name == "load" else DEBIT
    bench.card.bend = lambda asked, answer: bytes.fromhex("6985") if asked[:2] in (command, PROOF) else answer
    if not carried_out:
        bench.instead(command, "6985")
    assert bench.stopped(lambda: act(bench)).sw == 0x6985
    assert records(bench)[-1] is RecordState.AT_CARD
    bench.card.bend = None
    bench.instead()
    put_together(bench, "it says now")
    assert records(bench)[-1] is (RecordState.COMPLETE if carried_out else RecordState.GIVEN_UP)


def test_a_proof_with_a_wrong_mac2_hands_nothing_out():
    bench = MedicalBench("social-2.0")
    at = bench.insert()
    bent = {DEBIT: b"\x6f\x00", PROOF: NO_PROOF_AT_ALL}
    bench.card.bend = lambda command, answer: bent.get(command[:2], answer)
    assert bench.stopped(lambda: bench.desk.settle(at, 500)).cause is StopCause.MAC2_WRONG
    assert records(bench) == [RecordState.SUSPICIOUS]


def test_a_load_by_proof_alone_is_not_complete():
    """A load has no MAC2: what its log does not have, the back end judges."""
    bench, act = bench_for("load")
    bent = {CREDIT: b"\x6f\x00", PROOF: NO_PROOF_AT_ALL}
    bench.card.bend = lambda command, answer: bent.get(command[:2], without_log(command, answer))
    assert bench.stopped(lambda: act(bench)).cause is StopCause.TAC_WRONG


# --- a proof is a claim ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("down", [False, True])
@pytest.mark.parametrize("name", ["off line", "on line"])
def test_a_proof_that_is_none_completes_nothing(name, down):
    """The card never heard DEBIT and answers PROOF with zeros."""
    bench = pulled_at_debit(carried_out=False, name=name)
    bench.bureau.down = down
    bench.card.bend = lambda command, answer: NO_PROOF_AT_ALL if command[:2] == PROOF else answer
    ((_, record, upload),) = bench.desk.recover(bench.insert())
    assert record.state is (RecordState.PROVED if down else RecordState.SUSPICIOUS)
    assert "hand nothing out" in record.state.words.en
    assert upload.state is (UploadState.WAITING if down else UploadState.REFUSED)
    bench.desk.recover(bench.insert())  # its log can be read, and has not got it
    assert records(bench)[-1] is record.state
    bench.bureau.down = False
    bench.desk.upload()
    assert records(bench)[-1] is RecordState.SUSPICIOUS


def locked(at) -> None:
    """The card's PIN is locked: its log is not read."""
    at.demand_pin = lambda **_: (_ for _ in ()).throw(TerminalStopped(StopCause.PIN_LOCKED))


def test_a_proof_of_another_terminals_settlement_with_a_locked_pin():
    bench = pulled_at_debit(carried_out=False)
    elsewhere(bench, lambda other: other.desk.settle(other.insert(), 3, amounts=OrderAmounts(1, 1, 1)))
    at = bench.insert()
    locked(at)
    ((_, record, _),) = bench.desk.recover(at)
    assert record.state is RecordState.SUSPICIOUS


@pytest.mark.parametrize("by_log", [False, True])
def test_what_is_proved_is_complete_by_the_log_or_the_back_end(by_log):
    bench = pulled_at_debit()
    bench.bureau.down = True
    at = bench.insert()
    locked(at)
    ((number, record, _),) = bench.desk.recover(at)
    assert record.state is RecordState.PROVED
    again = bench.insert()
    locked(again)
    ((_, record, _),) = bench.desk.recover(again)
    assert record.state is RecordState.PROVED
    if by_log:
        ((again, record, _),) = bench.desk.recover(bench.insert())
        assert (again, record.state) == (number, RecordState.COMPLETE)
    bench.bureau.down = False
    bench.desk.upload()
    assert bench.journal.record(number).record.state is RecordState.COMPLETE


def test_a_log_that_is_refused_without_a_proof_closes_nothing():
    bench = pulled_at_debit(carried_out=False)
    bench.card.bend = without_log
    at = bench.insert()
    assert bench.stopped(lambda: bench.desk.recover(at)).sw == 0x6982
    assert records(bench)[-1] is RecordState.AT_CARD


# --- a TAC that the back end does not take ---------------------------------------------------------------------------


class BentTac:
    """The first byte of TAC is bent on its way; of a proof, too, if ``proofs``."""

    def __init__(self, *, proofs: bool) -> None:
        self._proofs, self._place = proofs, None

    def __call__(self, command: bytes, answer: bytes) -> bytes:
        places = {DEBIT: 0, CREDIT: 0, PROOF: 4 if self._proofs else None}
        if command[:2] != GET_RESPONSE:
            self._place = places.get(command[:2])
        if self._place is None or len(answer) < 6:
            return answer
        return answer[: self._place] + bytes((answer[self._place] ^ 1,)) + answer[self._place + 1 :]


@pytest.mark.parametrize("name", ["on line", "on line by HSM", "on line with the file", "load"])
def test_a_tac_that_was_spoilt_on_its_way_is_fetched_again(name):
    bench, act = bench_for(name)
    bench.card.bend = BentTac(proofs=False)
    done = act(bench)
    assert (done.record.state, done.upload.state) == (RecordState.COMPLETE, UploadState.TAKEN)
    assert [each.state for each in bench.journal.uploads_of(done.number)] == [UploadState.REFUSED, UploadState.TAKEN]
    bench.card.bend = None
    *_, right = undisturbed(name)
    assert put_together(bench, name) == right


@pytest.mark.parametrize("name", ["on line", "load"])
def test_a_tac_that_is_wrong_hands_nothing_out(name):
    bench, act = bench_for(name)
    bench.card.bend = BentTac(proofs=True)
    assert bench.stopped(lambda: act(bench)).cause is StopCause.TAC_WRONG
    assert records(bench)[-1] is RecordState.SUSPICIOUS


def test_a_tac_that_cannot_be_fetched_again():
    bench, act = bench_for("on line")
    bent = BentTac(proofs=False)
    bench.card.bend = lambda command, answer: b"\x6f\x00" if command[:2] == PROOF else bent(command, answer)
    assert bench.stopped(lambda: act(bench)).cause is StopCause.TAC_WRONG


def test_a_new_tac_that_the_back_end_has_not_heard_yet():
    bench, act = bench_for("on line")
    bent = BentTac(proofs=False)

    def bend(command, answer):
        bench.bureau.down |= command[:2] == PROOF
        return bent(command, answer)

    bench.card.bend = bend
    assert bench.stopped(lambda: act(bench)).cause is StopCause.UNCHECKED
    assert records(bench)[-1] is RecordState.PROVED


def test_a_tac_that_is_refused_later():
    """In mode 3 it is sent later; the record says then what came of it."""
    bench, act = bench_for("off line")
    assert act(bench).record.state is RecordState.COMPLETE
    bench.bureau.rules(LeashRule(match={"service": "settlement"}, refuse="tac-wrong"))
    ((upload, _),) = bench.desk.upload().refused
    assert bench.journal.record(upload.record).record.state is RecordState.SUSPICIOUS


def test_another_refusal_says_nothing_of_the_card():
    bench, act = bench_for("off line")
    act(bench)
    bench.bureau.rules(LeashRule(match={"service": "settlement"}, refuse="figures-differ"))
    assert len(bench.desk.upload().refused) == 1
    assert records(bench)[-1] is RecordState.COMPLETE


# --- clocks ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["off line", "on line"])
@pytest.mark.parametrize("ahead", [timedelta(days=300), timedelta(0), timedelta(days=-300)])
def test_a_terminal_whose_clock_is_wrong_gives_nothing_up(name, ahead):
    """The card has booked, and 31 others since; what was later the card's numbers say, and no clock."""
    bench = pulled_at_debit(name=name)
    bench.clock._now -= ahead
    amounts = OrderAmounts(1, 1, 1) if name == "off line" else None
    elsewhere(
        bench, lambda other: [other.desk.settle(at, 3, amounts=amounts) for at in [other.insert()] for _ in range(31)]
    )
    ((_, record, _),) = bench.desk.recover(bench.insert())
    assert record.state is RecordState.UNKNOWN


@pytest.mark.parametrize("carried_out", [False, True])
@pytest.mark.parametrize("before", [1, 2])
def test_equal_settlements_in_one_second(carried_out, before):
    """The log has the earlier ones; this one it has only if the card has booked it."""
    bench, _ = bench_for("off line")
    bench.clock = StandingClock()
    bench.start()
    for _ in range(before):
        offline_account(bench)
    bench.card.card = PulledAt(bench.own_card, DEBIT, carried_out=carried_out)
    bench.stopped(lambda: bench.desk.settle(bench.insert(), 523, amounts=AMOUNTS))
    bench.card.card = bench.own_card
    ((_, record, _),) = bench.desk.recover(bench.insert())
    assert record.state is (RecordState.COMPLETE if carried_out else RecordState.GIVEN_UP)
    assert len(on_card(bench.own_card)[3]) == 1 + before + carried_out


@pytest.mark.parametrize("carried_out", [False, True])
def test_an_equal_settlement_that_the_storage_has_lost(carried_out):
    """It was copied back from before that one: only the card's own number tells the two apart."""
    bench, _ = bench_for("off line")
    bench.clock = StandingClock()
    bench.start()
    offline_account(bench)
    bench.journal = CutJournal(bench.meter)
    bench.start()
    bench.card.card = PulledAt(bench.own_card, DEBIT, carried_out=carried_out)
    bench.stopped(lambda: bench.desk.settle(bench.insert(), 523, amounts=AMOUNTS))
    bench.card.card = bench.own_card
    ((_, record, _),) = bench.desk.recover(bench.insert())
    assert record.state is (RecordState.COMPLETE if carried_out else RecordState.GIVEN_UP)
    assert record.tac == "" or carried_out
