"""The state table cell by cell, the gates around it, and what GPO, VERIFY, EA and scripts change (PBOC-5)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pse_model import ARQC, TC, Model, lab_limits

from cos.pse.data.aip_afl_ada import Ada
from cos.pse.options import BankOptions
from cos.pse.transaction import command_effects
from cos.pse.transaction.command_effects import (
    SCRIPT_RULES,
    ScriptEvent,
    external_finish,
    external_start,
    gpo_restricted,
    initiate,
    internal_done,
    read_try_counter,
    script_event,
)
from cos.pse.transaction.cvr_and_cid import Bit, Cvr
from cos.pse.transaction.risk_data import Limits, RiskData
from cos.pse.transaction.transaction_memory import Authentication, Counters, Transaction
from cos.pse.transaction.transaction_states import MACHINE, TABLE, Command, TransactionState
from dualcos.explain.state_diagrams import rows

# The table as the notes of the standard's reading have it: columns R P S I O D A F.
EXPECTED = {
    Command.SELECT_ADF: "S S S S S S S S",
    Command.SELECT_PSE: "P P P P P P P P",
    Command.READ_RECORD: "6985 P S I O D A F",
    Command.GET_DATA: "6985 6D00 S I O D A F",
    Command.GET_PROCESSING_OPTIONS: "6985 6D00 I 6985 6985 6985 6985 6985",
    Command.VERIFY: "6985 6D00 S I O 6985 6985 6985",
    Command.INTERNAL_AUTHENTICATE: "6985 6D00 6985 I 6985 6985 6985 6985",
    Command.GENERATE_AC: "6985 6D00 6985 O/D/A F 6985 6985 6985",
    Command.EXTERNAL_AUTHENTICATE: "6985 6D00 6985 6985 O D 6985 6985",
    Command.EXTERNAL_AUTHENTICATE_AGAIN: "6985 6D00 6985 6985 6985+flag 6985+flag 6985 6985+flag",
    Command.SCRIPT: "6985 6D00 6985 6985 O D 6985 F",
}


PRINTED = {name: cells for name, *cells in rows(MACHINE)}


@pytest.mark.parametrize("command", list(Command))
def test_row(command):
    assert [cell.replace(" ", "") for cell in PRINTED[command.value]] == EXPECTED[command].split()


def test_every_cell_has_a_reason_and_an_answer():
    assert len(TABLE) == len(TransactionState) * len(Command)
    for each in TABLE.values():
        assert each.why
        assert (each.sw is None) == bool(each.to)
    assert all(state.entered_by for state in TransactionState)


def risk(counters=None, aip=0x7C00, **more):
    return RiskData(counters or Counters(), Limits(), aip, **more)


def test_card_blocked_answers_6a81_to_all_but_the_closing_cryptogram():
    for state in TransactionState:
        for command in Command:
            word = command_effects.blocked_word(command, Counters(card_blocked=True), Transaction(state))
            assert word == (None if (state, command) == (TransactionState.ONLINE, Command.GENERATE_AC) else 0x6A81)
            assert command_effects.blocked_word(command, Counters(), Transaction(state)) is None


def test_instructions_that_do_not_exist():
    tx, options = Transaction(TransactionState.INITIATED), BankOptions()
    assert (
        command_effects.unsupported_word(Command.GENERATE_AC, risk(), Transaction(TransactionState.PSE), options)
        == 0x6D00
    )
    assert command_effects.unsupported_word(Command.GENERATE_AC, risk(), tx, options) is None
    assert command_effects.unsupported_word(Command.EXTERNAL_AUTHENTICATE, risk(aip=0x7800), tx, options) == 0x6D00
    assert command_effects.unsupported_word(Command.VERIFY, risk(offline_pin=False), tx, options) == 0x6A81


def test_internal_authenticate_needs_a_key():
    tx = Transaction(TransactionState.INITIATED)
    assert command_effects.state_word(Command.INTERNAL_AUTHENTICATE, risk(aip=0x5C00), tx, BankOptions()) == 0x6985
    assert command_effects.state_word(Command.INTERNAL_AUTHENTICATE, risk(), tx, BankOptions()) is None


def test_verify_after_the_first_cryptogram_is_a_choice():
    tx = Transaction(TransactionState.ONLINE)
    assert command_effects.state_word(Command.VERIFY, risk(), tx, BankOptions()) is None
    assert command_effects.state_word(Command.VERIFY, risk(), tx, BankOptions(verify_after_first_ac=False)) == 0x6985


def test_scripts_after_a_failed_authentication():
    """PBOC-5 §17.6.2 executes them, PBOC 3.0 refuses; a missing one never matters (cases AUS004, CRA006)."""
    strict = {"script_refused_after_failed_ea": True}
    for options, word in (({}, 0x9000), (strict, 0x6985)):
        card = Model(**options).clean()
        card.start()
        card.gac(ARQC)
        card.ea(right=False)
        card.gac(TC, b"00")
        assert card.script() == word
    card = Model(**strict).clean()
    card.start()
    card.gac(ARQC)
    card.gac(TC, b"00")
    assert card.script() == 0x9000


def test_scripts_after_a_wrong_mac():
    for options, word in (({}, 0x9000), ({"script_refused_after_wrong_mac": True}, 0x6985)):
        card = Model(**options).clean()
        card.start()
        card.gac(ARQC)
        card.gac(TC, b"00")
        card.script(ScriptEvent.MAC_WRONG)
        assert card.script() == word


# --- GET PROCESSING OPTIONS ---


def test_gpo_counts_and_clears():
    old = Transaction(TransactionState.SELECTED, Cvr(0xFFFFFF), verify_seen=True, tries_ran_out=True)
    step = initiate(Counters(atc=0x11), old, BankOptions())
    assert step.sw is None
    assert step.counters.atc == 0x12
    assert step.transaction == Transaction(TransactionState.INITIATED)
    assert step.transaction.cvr.to_bytes() == bytes.fromhex("03000000")


def test_gpo_last_value_is_fffe():
    assert initiate(Counters(atc=0xFFFD), Transaction(), BankOptions()).counters == Counters(atc=0xFFFE)
    end = initiate(Counters(atc=0xFFFE), Transaction(TransactionState.SELECTED), BankOptions())
    assert (end.sw, end.counters) == (0x6985, Counters(atc=0xFFFF, blocked_for_ever=True))
    assert end.transaction.state is TransactionState.SELECTED


def test_gpo_restriction():
    rmb, usd = bytes.fromhex("0156"), bytes.fromhex("0840")
    on = BankOptions(gpo_refuses_foreign=True)
    home, abroad = {0x9F1A: rmb, 0x5F2A: rmb}, {0x9F1A: rmb, 0x5F2A: usd}
    assert gpo_restricted(home, rmb, rmb, on) is None
    assert gpo_restricted(abroad, rmb, rmb, on) == 0x6985
    assert gpo_restricted({0x9F1A: usd}, rmb, rmb, on) == 0x6985
    assert gpo_restricted({}, rmb, rmb, on) is None
    assert gpo_restricted(abroad, rmb, rmb, BankOptions()) is None


# --- VERIFY ---


def test_verify_words():
    """6984 for the first VERIFY with no tries left, 6983 for the next of the transaction (PBOC-5 figure 7)."""
    card = Model()
    card.start(verify=False)
    assert [card.verify(right=False) for _ in range(4)] == [0x63C2, 0x63C1, 0x63C0, 0x6983]
    card.start(verify=False)
    assert [card.verify(), card.verify()] == [0x6984, 0x6983]
    assert str(card.tx.cvr) == "03064000"
    card = Model(blocked_pin_always_6983=True)
    card.counters = card.counters._replace(pin_tries=0)
    card.start(verify=False)
    assert card.verify() == 0x6983


def test_verify_lowers_the_counter_before_the_comparison():
    step = command_effects.verify_start(Counters(pin_tries=3), Transaction(TransactionState.INITIATED), BankOptions())
    assert (step.sw, step.counters.pin_tries) == (None, 2)
    assert step.transaction.cvr.bits & Bit.PIN_PERFORMED
    right = command_effects.verify_finish(step.counters, step.transaction, Limits(pin_try_limit=3), matches=True)
    assert (right.sw, right.counters.pin_tries, str(right.transaction.cvr)) == (0x9000, 3, "03040000")
    wrong = command_effects.verify_finish(step.counters, step.transaction, Limits(), matches=False)
    assert (wrong.sw, wrong.counters.pin_tries, str(wrong.transaction.cvr)) == (0x63C2, 2, "03060000")


def test_verify_blocks_with_ada_bit_only():
    for ada, blocked, cvr in ((0, False, "03064000"), (Ada.PIN_EXCEEDED_BLOCK, True, "03064200")):
        step = command_effects.verify_finish(
            Counters(pin_tries=0),
            Transaction(TransactionState.INITIATED)._replace(cvr=Cvr().set(Bit.PIN_PERFORMED)),
            Limits(ada=int(ada)),
            matches=False,
        )
        assert step.sw == 0x63C0
        assert step.counters.application_blocked is blocked
        assert step.transaction.tries_ran_out
        assert str(step.transaction.cvr) == cvr


def test_verify_before_gpo_counts_but_leaves_no_trace():
    card = Model()
    card.select()
    assert card.verify(right=False) == 0x63C2
    card.gpo()
    assert card.tx.cvr == Cvr()
    assert not card.tx.verify_seen
    assert card.counters.pin_tries == 2


@given(st.integers(0, 15), st.lists(st.booleans(), max_size=12))
def test_tries_never_rise_without_a_right_pin(tries, attempts):
    card = Model(lab_limits(pin_try_limit=3))
    card.counters = card.counters._replace(pin_tries=tries)
    card.select()
    for right in attempts:
        before = card.counters.pin_tries
        word = card.verify(right=right)
        after = card.counters.pin_tries
        assert after == (3 if word == 0x9000 else max(before - 1, 0))
        assert (word == 0x9000) is (right and before > 0)


def test_reading_the_try_counter():
    """GET DATA 9F17 = 00 sets CVR "PIN try limit exceeded" (PBOC-5 §11.4.2 step 1)."""
    tx = Transaction(TransactionState.INITIATED)
    assert str(read_try_counter(Counters(pin_tries=0), tx).cvr) == "03004000"
    assert read_try_counter(Counters(pin_tries=1), tx) == tx


# --- EXTERNAL and INTERNAL AUTHENTICATE ---


def test_external_authenticate_results():
    tx = Transaction(TransactionState.ONLINE)
    right = external_finish(Counters(ia_failure=True), tx, b"00", matches=True)
    assert (right.sw, right.counters.ia_failure) == (0x9000, False)
    assert right.transaction.authentication is Authentication.SUCCESSFUL
    wrong = external_finish(Counters(), tx, b"15", matches=False)
    assert (wrong.sw, wrong.counters.ia_failure) == (0x6300, True)
    assert wrong.transaction.authentication_response_code == b"15"
    assert str(wrong.transaction.cvr) == "03080000"


@pytest.mark.parametrize(
    "state", [state for state in TransactionState if state not in (TransactionState.ONLINE, TransactionState.DECLINED)]
)
def test_external_authenticate_elsewhere(state):
    step = external_start(Counters(), Transaction(state), BankOptions())
    assert step.sw == (0x6D00 if state is TransactionState.PSE else 0x6985)
    assert not step.counters.ia_failure


def test_second_external_authenticate():
    seen = Transaction(TransactionState.ONLINE, authentication=Authentication.SUCCESSFUL)
    step = external_start(Counters(), seen, BankOptions())
    assert (step.sw, step.counters.ia_failure) == (0x6985, True)
    assert step.transaction.cvr.bits & Bit.IA_FAILED
    assert step.transaction.authentication is Authentication.FAILED
    words_only = external_start(Counters(), seen, BankOptions(second_ea_marks_cvr=False))
    assert words_only.counters.ia_failure
    assert words_only.transaction == seen


def test_internal_authenticate_shows():
    assert str(internal_done(Transaction()).cvr) == "03000002"


# --- Scripts ---


@pytest.mark.parametrize(
    ("event", "counter", "failure"),
    [
        (ScriptEvent.DONE, 1, False),
        (ScriptEvent.MAC_WRONG, 1, True),
        (ScriptEvent.MAC_MISSING, 0, True),
        (ScriptEvent.NOT_SECURED, 0, True),
        (ScriptEvent.EXECUTION_FAILED, 1, True),
    ],
)
def test_script_events_after_completion(event, counter, failure):
    step = script_event(Counters(), Transaction(TransactionState.FINISHED), event, BankOptions())
    assert (step.sw, step.counters) == (None, Counters(script_counter=counter, script_failure=failure))
    for state in (TransactionState.ONLINE, TransactionState.DECLINED):
        assert script_event(Counters(), Transaction(state), event, BankOptions()).counters == Counters()
    assert list(SCRIPT_RULES) == list(ScriptEvent)


@pytest.mark.parametrize(
    ("events", "nibbles"),
    [
        ((ScriptEvent.DONE,), 0x10),
        ((ScriptEvent.DONE, ScriptEvent.MAC_WRONG), 0x28),
        ((ScriptEvent.MAC_MISSING,), 0x08),
        ((ScriptEvent.DONE, ScriptEvent.MAC_MISSING), 0x18),
        ((ScriptEvent.DONE,) * 16, 0xF0),
    ],
)
def test_script_results_as_the_next_cvr_shows_them(events, nibbles):
    card = Model().clean()
    card.start()
    card.gac(ARQC)
    card.ea()
    card.gac(TC, b"00")
    for event in events:
        card.script(event)
    card.start()
    assert card.gac(TC) == (0x40, f"039400{nibbles:02X}")


def test_script_readings():
    finished, failed = Transaction(TransactionState.FINISHED), Counters(script_failure=True)
    assert script_event(failed, finished, ScriptEvent.DONE, BankOptions()).counters.script_failure
    last_decides = BankOptions(script_failure_sticky=False)
    assert not script_event(failed, finished, ScriptEvent.DONE, last_decides).counters.script_failure
    assert script_event(failed, finished, ScriptEvent.MAC_WRONG, last_decides).counters.script_failure
    counted = BankOptions(script_missing_mac_counts=True)
    assert script_event(Counters(), finished, ScriptEvent.MAC_MISSING, counted).counters.script_counter == 1


@given(st.lists(st.sampled_from(ScriptEvent)))
def test_script_counter_stays_in_its_nibble(events):
    counters = Counters()
    for event in events:
        before = counters.script_counter
        counters = script_event(counters, Transaction(TransactionState.FINISHED), event, BankOptions()).counters
        assert before <= counters.script_counter <= 15


def test_application_blocked_for_ever_by_its_counter():
    """PBOC-5 §7.4, conformance case ABS014: no cryptogram, no script, but reading goes on."""
    dead = risk(Counters(atc=0xFFFF, blocked_for_ever=True))
    for state, command, word in (
        (TransactionState.SELECTED, Command.GET_PROCESSING_OPTIONS, 0x6985),
        (TransactionState.INITIATED, Command.GENERATE_AC, 0x6985),
        (TransactionState.FINISHED, Command.SCRIPT, 0x6985),
        (TransactionState.SELECTED, Command.READ_RECORD, None),
        (TransactionState.SELECTED, Command.GET_DATA, None),
    ):
        assert command_effects.state_word(command, dead, Transaction(state), BankOptions()) == word
