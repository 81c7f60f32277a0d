"""The conformance cases' expected CID and CVR, replayed over the pure functions (PBOC-5 §14-17)."""

from __future__ import annotations

import pytest
from pse_model import AAC, ARQC, TC, Model, application_block, application_unblock, card_block, lab_limits

from cos.pse.transaction.command_effects import ScriptEvent
from cos.pse.transaction.transaction_states import TransactionState

MANDATORY = 0x80
CDA = 0x10


def test_ona009_no_ea_second_tc():
    card = Model().clean()
    card.start()
    assert card.gac(ARQC) == (0x80, "03A40000")
    assert card.gac(TC, b"00") == (0x40, "03640400")
    assert card.tx.state is TransactionState.FINISHED


@pytest.mark.parametrize("arc", [b"00", b"01", b"02", b"10", b"11"])
def test_ona010_good_ea_approving_codes(arc):
    card = Model().clean()
    card.start()
    card.gac(ARQC)
    assert card.ea(arc=arc) == 0x9000
    assert card.gac(TC, arc) == (0x40, "03640000")
    assert card.counters.last_online_atc == card.counters.atc == 2


def test_ona011_declining_code_beats_tc():
    card = Model().clean()
    card.start()
    assert card.gac(ARQC) == (0x80, "03A40000")
    card.ea(arc=b"44")
    assert card.gac(TC, b"44") == (0x00, "03240000")


def test_ona014_wrong_ea_without_ada_bit_is_approved():
    card = Model().clean()
    card.start()
    card.gac(ARQC)
    assert card.ea(right=False) == 0x6300
    assert card.gac(TC, b"00") == (0x40, "036C0000")


def test_ona017_wrong_ea_declining_code():
    card = Model().clean()
    card.start()
    card.gac(ARQC)
    card.ea(right=False, arc=b"15")
    assert card.gac(TC, b"15") == (0x00, "032C0000")


def test_ona020_wrong_ea_aac_asked():
    card = Model().clean()
    card.start()
    card.gac(ARQC)
    card.ea(right=False)
    assert card.gac(AAC, b"00") == (0x00, "032C0000")


def test_flo018_mandatory_ea_missing_shows_next_time():
    card = Model(lab_limits(ia_indicator=MANDATORY)).clean()
    card.start()
    card.gac(ARQC)
    assert card.gac(TC, b"00") == (0x40, "03640400")
    card.start()
    assert card.gac(AAC) == (0x00, "03848800")


def test_fon002_foreign_terminal_then_unable_to_go_online():
    card = Model(lab_limits(ada=0x1000)).clean()
    card.start()
    assert card.gac(ARQC, t9F1A="0840") == (0x80, "03A42000")
    assert card.gac(AAC, b"Z3", t9F1A="0840") == (0x08, "03252000")
    assert card.counters.foreign_country == 1


def test_fon012_upper_limit_declines_when_unable():
    card = Model(lab_limits(lower=9, upper=7)).clean()
    for _ in range(7):
        card.start()
        assert card.gac(TC) == (0x40, "03940000")
    card.start()
    assert card.gac(ARQC) == (0x80, "03A40000")
    assert card.gac(TC, b"Y3") == (0x00, "03252000")


@pytest.mark.parametrize(("p1", "arc"), [(AAC, b"Z3"), (TC, b"Y3")])
def test_slo010_slo046_online_not_completed(p1, arc):
    card = Model().clean()
    card.start()
    card.gac(ARQC)
    assert card.gac(p1, arc)[0] == p1
    card.start()
    assert card.gac(TC) == (0x80, "03A48000")


def test_slo045_sda_indicator_cleared_by_good_online_transaction():
    card = Model().clean()
    card.start()
    card.gac(AAC, t95="4000000000")
    assert card.counters.sda_failure
    card.start()
    assert card.gac(ARQC) == (0x80, "03A40100")
    card.ea()
    card.gac(TC, b"00")
    card.start()
    assert card.gac(ARQC) == (0x80, "03A40000")


def test_new001_new_card_offline():
    card = Model()
    card.start()
    assert card.gac(TC) == (0x40, "03941000")


def test_new005_decline_does_not_end_newness():
    card = Model(lab_limits(ada=0x0200))
    card.start()
    assert card.gac(TC) == (0x80, "03A41000")
    assert card.gac(AAC, b"05") == (0x00, "03241400")
    card.start()
    assert card.gac(TC) == (0x80, "03A41000")


def test_new010_new_card_after_declined_online():
    card = Model()
    card.start()
    card.gac(ARQC)
    card.ea()
    card.gac(AAC, b"00")
    card.start()
    assert card.gac(TC) == (0x40, "03941000")


def test_new017_mandatory_ea_missing_keeps_the_card_new():
    card = Model(lab_limits(ia_indicator=MANDATORY))
    card.start()
    card.gac(ARQC)
    card.gac(TC, b"00")
    card.start()
    assert card.gac(TC) == (0x80, "03A49800")


def test_com002_tc_with_cda():
    card = Model().clean()
    card.start()
    assert card.gac(TC | CDA) == (0x40, "03940002")
    assert card.last.cda


def test_com005_aac_carries_no_cda():
    card = Model().clean()
    card.start()
    assert card.gac(AAC | CDA) == (0x00, "03840000")
    assert not card.last.cda


def test_com007_blocked_application_answers_aac():
    card = Model(lab_limits(lower=9)).clean()
    card.counters = application_block(card.counters)
    for p1 in (AAC, TC, ARQC, TC | CDA):
        assert card.select() == 0x6283
        assert card.gpo() == 0x9000
        card.verify()
        assert card.gac(p1) == (0x00, "03840000")


def test_com008_cda_failure_is_remembered():
    card = Model().clean()
    card.start()
    assert card.gac(ARQC | CDA)[0] == 0x80
    assert card.gac(AAC | CDA, b"Z3", t95="0400000000") == (0x00, "03250002")
    card.start()
    assert card.gac(TC | CDA)[0] == 0x80
    assert card.ea() == 0x9000
    assert card.gac(TC | CDA, b"00") == (0x40, "03648006")
    assert not card.counters.dda_failure


def test_log004_block_and_unblock():
    card = Model().clean()
    card.start()
    assert card.gac(ARQC) == (0x80, "03A40000")
    card.ea()
    card.gac(AAC, b"00")
    assert card.script(effect=application_block) == 0x9000
    assert card.select() == 0x6283
    card.gpo()
    card.verify()
    assert card.gac(ARQC) == (0x00, "03840010")
    assert card.ea() == 0x9000
    assert card.script(effect=application_unblock) == 0x9000
    assert card.select() == 0x9000


def test_isl012_script_without_mac():
    card = Model().clean()
    card.start()
    card.gac(ARQC)
    card.ea()
    card.gac(AAC, b"00")
    card.script(ScriptEvent.MAC_MISSING)
    card.start()
    assert card.gac(TC) == (0x40, "03940008")


def test_ofa008_ofa009_three_wrong_pins():
    card = Model(lab_limits(ada=0x0040)).clean()
    card.start(verify=False)
    assert [card.verify(right=False) for _ in range(3)] == [0x63C2, 0x63C1, 0x63C0]
    assert card.gac(AAC) == (0x00, "03864000")
    assert card.ea() == 0x9000
    assert card.script() == 0x9000
    card.start(verify=False)
    assert card.gac(TC) == (0x00, "03804000")


def test_abs012_pin_limit_blocks_the_application():
    card = Model(lab_limits(ada=0x00C0)).clean()
    card.start(verify=False)
    for _ in range(3):
        card.verify(right=False)
    assert card.gac(ARQC) == (0x00, "03864200")
    assert card.ea() == 0x9000
    assert card.script(effect=application_unblock) == 0x9000
    assert card.select() == 0x9000
    card.gpo()
    assert card.gac(TC) == (0x00, "03804000")


def test_abs013_two_wrong_then_right_leaves_no_trace():
    card = Model().clean()
    card.start(verify=False)
    card.verify(right=False)
    card.verify(right=False)
    assert card.verify() == 0x9000
    card.gac(ARQC)
    card.ea()
    assert card.gac(TC, b"00") == (0x40, "03640000")


def test_vlt002_reaching_the_limit_is_allowed():
    card = Model().clean()
    for _ in range(3):
        card.start()
        assert card.gac(TC) == (0x40, "03940000")
    card.start()
    assert card.gac(TC) == (0x80, "03A42000")


def test_no_verify_tc():
    card = Model().clean()
    card.start(verify=False)
    assert card.gac(TC) == (0x40, "03900000")


@pytest.mark.parametrize("again", [True, False])
def test_iau061_second_ea_spoils_the_first(again):
    card = Model(lab_limits(ada=0x4000)).clean()
    card.start()
    card.gac(ARQC)
    assert card.ea() == 0x9000
    assert card.ea(right=again) == 0x6985
    assert card.counters.ia_failure
    assert card.gac(TC, b"00") == (0x00, "032C0000")
    card.start()
    assert card.gac(TC) == (0x80, "03A48800")


def test_iau152_second_ea_after_completion_sets_the_indicator():
    card = Model().clean()
    card.start()
    card.gac(ARQC)
    card.ea()
    card.gac(TC, b"00")
    assert not card.counters.ia_failure
    assert card.ea() == 0x6985
    assert card.counters.ia_failure


def test_iau151_first_ea_after_completion_sets_nothing():
    card = Model().clean()
    card.start()
    card.gac(ARQC)
    card.gac(TC, b"00")
    assert card.ea() == 0x6985
    assert not card.counters.ia_failure


def test_dus010_offline_transactions_keep_script_results():
    card = Model().clean()
    card.start()
    card.gac(ARQC)
    card.ea()
    card.gac(AAC, b"00")
    card.script()
    card.script(ScriptEvent.MAC_WRONG)
    card.start()
    assert card.gac(TC) == (0x40, "03940028")
    card.start()
    assert card.gac(TC) == (0x40, "03940028")
    card.start()
    assert card.gac(ARQC) == (0x80, "03A42028")
    card.ea()
    assert card.gac(TC, b"00") == (0x40, "03642028")
    card.script()
    card.start()
    assert card.gac(TC) == (0x40, "03940010")


def test_cra006_good_and_bare_unblock_after_missing_ea():
    card = Model(lab_limits(ia_indicator=MANDATORY)).clean()
    card.start()
    card.gac(ARQC)
    card.gac(TC, b"00")
    card.script()
    card.script(ScriptEvent.MAC_MISSING)
    card.start()
    assert card.gac(ARQC) == (0x80, "03A48818")
    card.ea()
    assert card.gac(TC, b"00") == (0x40, "03648818")
    assert (card.counters.script_counter, card.counters.script_failure) == (0, False)


def test_scripts_before_completion_are_not_counted():
    """Two scripts after an AAC, the next CVR shows none (PBOC-5 §17.6.4)."""
    card = Model().clean()
    card.start(verify=False)
    card.gac(AAC)
    assert card.ea() == 0x9000
    assert card.script() == 0x9000
    assert card.script(ScriptEvent.MAC_WRONG) == 0x9000
    assert card.gac(TC) == 0x6985
    assert card.script() == 0x9000
    card.start(verify=False)
    assert card.gac(TC) == (0x40, "03900000")


def test_ec014_scripts_after_offline_approval():
    card = Model().clean()
    card.start()
    card.gac(TC)
    assert card.script() == 0x6985
    assert card.ea() == 0x6985
    assert card.counters.script_counter == 0


def test_abs014_application_counter_at_its_end():
    card = Model()
    card.counters = card.counters._replace(atc=0xFFFD)
    card.select()
    assert card.gpo() == 0x9000
    assert card.counters.atc == 0xFFFE
    card.select()
    assert card.gpo() == 0x6985
    assert card.counters.atc == 0xFFFF
    assert card.counters.blocked_for_ever
    assert card.gac(TC) == 0x6985
    assert card.script(effect=application_unblock) == 0x6985
    assert card.select() == 0x6283
    assert card.gpo() == 0x6985
    assert card.counters.atc == 0xFFFF


def test_counter_that_stops_before_the_end():
    card = Model(atc_stops_before_ffff=True)
    card.counters = card.counters._replace(atc=0xFFFE)
    card.select()
    assert card.gpo() == 0x6985
    assert (card.counters.atc, card.counters.blocked_for_ever) == (0xFFFE, True)


def test_card_block_lets_the_transaction_end():
    card = Model().clean()
    card.start()
    card.gac(ARQC)
    assert card.script(effect=card_block) == 0x9000
    assert card.select() == 0x6A81
    assert card.ea() == 0x6A81
    assert card.script() == 0x6A81
    assert card.gac(TC, b"00")[0] == 0x40
    assert card.gac(TC, b"00") == 0x6A81
    assert card.select() == 0x6A81


def test_script_block_between_the_cryptograms():
    """PBOC-5 §17.5 lets the transaction end; the default ends it with an AAC."""
    for options, answer in (({}, 0x00), ({"second_blocked_answers_aac": False}, 0x40)):
        for arc in (b"00", b"Y3"):
            card = Model(**options).clean()
            card.start()
            card.gac(ARQC)
            card.script(effect=application_block)
            assert card.gac(TC, arc)[0] == answer
