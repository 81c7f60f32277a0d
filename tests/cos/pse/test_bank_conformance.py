"""The conformance cases played to a whole card by APDU: expected CID and CVR of each (PBOC-5 §11, §14-17).

Unless said otherwise a transaction is SELECT, GPO, a right VERIFY, GENERATE AC, EXTERNAL AUTHENTICATE, GENERATE AC,
and follows a "clean" one (online, issuer authenticated, approved). Every cryptogram is recomputed with pyemv.
"""

from __future__ import annotations

import pytest
from bank_terminal import AAC, ARQC, CDA, TC, WRONG_PIN

from apdu import tlv

MANDATORY = "80"
BLOCK, UNBLOCK, CARD_BLOCK, PIN_UNBLOCK = "841E0000", "84180000", "84160000", "84240000"


@pytest.fixture
def clean(lab):
    def make(**change):
        card = lab(**change)
        card.clean()
        return card

    return make


def declined_online(card):
    card.start()
    card.gac(ARQC)
    assert card.ea() == 0x9000
    assert card.short(AAC, b"00")[0] == AAC


def test_ona009_no_ea(clean):
    card = clean()
    card.start()
    assert card.short(ARQC) == (ARQC, "03A40000")
    assert card.short(TC, b"00") == (TC, "03640400")


@pytest.mark.parametrize("arc", [b"00", b"01", b"02", b"10", b"11"])
def test_ona010_approving_codes(clean, arc):
    card = clean()
    card.start()
    card.gac(ARQC)
    assert card.ea(arc) == 0x9000
    assert card.short(TC, arc) == (TC, "03640000")
    assert card.send("80CA9F1300").data[-2:] == card.send("80CA9F3600").data[-2:] == b"\x00\x02"


def test_ona011_declining_code(clean):
    card = clean()
    card.start()
    assert card.short(ARQC) == (ARQC, "03A40000")
    assert card.ea(b"44") == 0x9000
    assert card.short(TC, b"44") == (AAC, "03240000")


@pytest.mark.parametrize(
    ("arc", "p1", "expected"),
    [(b"00", TC, (TC, "036C0000")), (b"15", TC, (AAC, "032C0000")), (b"00", AAC, (AAC, "032C0000"))],
    ids=["ONA014", "ONA017", "ONA020"],
)
def test_wrong_arpc(clean, arc, p1, expected):
    card = clean()
    card.start()
    card.gac(ARQC)
    assert card.ea(arc, right=False) == 0x6300
    assert card.short(p1, arc) == expected


def test_flo018_mandatory_ea_missing(clean):
    card = clean(t9F56=MANDATORY)
    card.start()
    card.gac(ARQC)
    card.gac(TC, b"00")
    card.start()
    assert card.short(AAC) == (AAC, "03848800")


def test_fon002_foreign_terminal(clean):
    card = clean(t9F52="1000")
    card.start()
    assert card.short(ARQC, t9F1A="0840") == (ARQC, "03A42000")
    assert card.short(AAC, b"Z3", t9F1A="0840") == (0x08, "03252000")


def test_fon012_upper_limit_when_unable(clean):
    card = clean(t9F58="09")
    for _ in range(7):
        card.start()
        assert card.short(TC) == (TC, "03940000")
    card.start()
    assert card.short(ARQC) == (ARQC, "03A40000")
    assert card.short(TC, b"Y3") == (AAC, "03252000")


@pytest.mark.parametrize(("p1", "arc"), [(AAC, b"Z3"), (TC, b"Y3")], ids=["SLO010", "SLO046"])
def test_online_not_completed(clean, p1, arc):
    card = clean()
    card.start()
    card.gac(ARQC)
    assert card.gac(p1, arc).cid == p1
    card.start()
    assert card.short(TC) == (ARQC, "03A48000")


def test_slo045_sda_indicator(clean):
    card = clean()
    card.start()
    card.gac(AAC, t95="4000000000")
    card.start()
    assert card.short(ARQC) == (ARQC, "03A40100")
    card.ea()
    card.gac(TC, b"00")
    card.start()
    assert card.short(ARQC) == (ARQC, "03A40000")


def test_new001_new_card(lab):
    card = lab()
    card.start()
    assert card.short(TC) == (TC, "03941000")


def test_new005_decline_leaves_the_card_new(lab):
    card = lab(t9F52="0200")
    card.start()
    assert card.short(TC) == (ARQC, "03A41000")
    assert card.short(AAC, b"05") == (AAC, "03241400")
    card.start()
    assert card.short(TC) == (ARQC, "03A41000")


def test_new010_new_after_declined_online(lab):
    card = lab()
    declined_online(card)
    card.start()
    assert card.short(TC) == (TC, "03941000")


def test_new017_mandatory_ea_missing(lab):
    card = lab(t9F56=MANDATORY)
    card.start()
    card.gac(ARQC)
    card.gac(TC, b"00")
    card.start()
    assert card.short(TC) == (ARQC, "03A49800")


def cda(card, p1, arc=None, **change):
    """A format-2 answer: CID and CVR. The cryptogram is inside the signature; pyemv says what it is."""
    answer = card.gac_raw(p1 | CDA, arc, **change)
    assert answer.sw == 0x9000
    assert answer.data[:3] == bytes.fromhex("778198")
    items = tlv.parse(tlv.find(answer.data, 0x77))
    assert [item.tag for item in items] == [0x9F27, 0x9F36, 0x9F4B, 0x9F10]
    assert [len(item.value) for item in items] == [1, 2, 0x80, 8]
    cid, cvr = items[0].value[0], items[3].value[3:7].hex().upper()
    if arc is None:
        card.atc = items[1].value
        card.ac = card.expected_ac(card.atc, cvr, card.values(**change))
    return cid, cvr


def test_com002_com003_com004_cda_answers(clean):
    card = clean()
    card.start()
    assert cda(card, TC) == (TC, "03940002")
    card.start()
    assert cda(card, ARQC) == (ARQC, "03A40002")


def test_com005_no_cda_for_an_aac(clean):
    card = clean()
    card.start()
    assert card.short(AAC | CDA) == (AAC, "03840000")


def test_com007_blocked_application(clean):
    card = clean(t9F58="09")
    declined_online(card)
    assert card.sw(card.script(BLOCK)) == 0x9000
    for p1 in (AAC, TC, ARQC, TC | CDA):
        assert card.select().sw == 0x6283
        assert card.gpo().sw == 0x9000
        card.verify()
        assert card.short(p1) == (AAC, "03840010")


def test_com008_cda_failure_is_remembered(clean):
    card = clean()
    card.start()
    assert cda(card, ARQC)[0] == ARQC
    assert card.short(AAC | CDA, b"Z3", t95="0400000000") == (AAC, "03250002")
    card.start()
    assert cda(card, TC)[0] == ARQC
    assert card.ea() == 0x9000
    assert cda(card, TC, b"00") == (TC, "03648006")


def test_log004_block_and_unblock(clean):
    card = clean()
    declined_online(card)
    assert card.sw(card.script(BLOCK)) == 0x9000
    assert card.select().sw == 0x6283
    assert card.send("80CA9F4F00").sw == 0x9000
    assert card.sw("00B2015C00") == 0x9000
    card.gpo()
    card.verify()
    assert card.short(ARQC) == (AAC, "03840010")
    assert card.ea() == 0x9000
    assert card.sw(card.script(UNBLOCK)) == 0x9000
    assert card.sw(card.script(UNBLOCK)) == 0x9000
    assert card.select().sw == 0x9000


def test_isl012_script_without_mac(clean):
    card = clean()
    declined_online(card)
    assert card.sw("04DA9F580105") == 0x6700
    card.start()
    assert card.short(TC) == (TC, "03940008")


def three_wrong(card):
    card.start(verify=False)
    assert [card.verify(WRONG_PIN) for _ in range(3)] == [0x63C2, 0x63C1, 0x63C0]


def test_ofa008_ofa009_three_wrong_pins(clean):
    card = clean(t9F52="0040")
    three_wrong(card)
    assert card.short(AAC) == (AAC, "03864000")
    assert card.ea() == 0x9000
    card.start(verify=False)
    assert card.short(TC) == (AAC, "03804000")


def test_abs012_pin_limit_blocks(clean):
    card = clean(t9F52="00C0")
    three_wrong(card)
    assert card.short(ARQC) == (AAC, "03864200")
    assert card.select().sw == 0x6283
    card.gpo()
    assert card.verify() == 0x6984
    assert card.verify() == 0x6983
    assert card.short(ARQC)[0] == AAC
    assert card.ea() == 0x9000
    assert card.sw(card.script(PIN_UNBLOCK)) == 0x9000
    assert card.select().sw == 0x6283
    card.gpo()
    card.gac(AAC)
    assert card.sw(card.script(UNBLOCK)) == 0x9000
    assert card.select().sw == 0x9000


def test_abs013_no_trace_of_earlier_failures(clean):
    card = clean()
    card.start(verify=False)
    assert [card.verify(WRONG_PIN), card.verify(WRONG_PIN), card.verify()] == [0x63C2, 0x63C1, 0x9000]
    assert card.send("80CA9F1700").data.hex() == "9f170103"
    card.gac(ARQC)
    card.ea()
    assert card.short(TC, b"00") == (TC, "03640000")


def test_vlt002_reaching_the_limit(clean):
    card = clean()
    for _ in range(3):
        card.start()
        assert card.short(TC) == (TC, "03940000")
    card.start()
    assert card.short(TC) == (ARQC, "03A42000")


@pytest.mark.parametrize("right", [True, False])
def test_iau061_iau062_second_ea(clean, right):
    card = clean(t9F52="4000")
    card.start()
    card.gac(ARQC)
    assert card.ea() == 0x9000
    assert card.ea(right=right) == 0x6985
    assert card.short(TC, b"00") == (AAC, "032C0000")
    card.start()
    assert card.short(TC) == (ARQC, "03A48800")


def test_iau151_iau152_ea_after_completion(clean):
    card = clean(t9F52="8000")
    card.start()
    card.gac(ARQC)
    card.gac(TC, b"00")
    assert card.ea() == 0x6985
    card.start()
    assert card.short(TC) == (TC, "03940000")
    card.start()
    card.gac(ARQC)
    assert card.ea() == 0x9000
    card.gac(TC, b"00")
    assert card.ea() == 0x6985
    card.start()
    assert card.short(TC) == (ARQC, "03A40800")


def test_dus010_offline_transactions_keep_script_results(clean):
    card = clean()
    declined_online(card)
    assert card.sw(card.script("04DA9F58", b"\x03")) == 0x9000
    assert card.sw(card.script("04DA9F58", b"\x03", right=False)) == 0x6988
    for _ in range(2):
        card.start()
        assert card.short(TC) == (TC, "03940028")
    card.start()
    assert card.short(ARQC) == (ARQC, "03A42028")
    card.ea()
    assert card.short(TC, b"00") == (TC, "03642028")
    assert card.sw(card.script("04DA9F58", b"\x03")) == 0x9000
    card.start()
    assert card.short(TC) == (TC, "03940010")


def test_cra006_bare_unblock_after_missing_ea(clean):
    card = clean(t9F56=MANDATORY)
    card.start()
    card.gac(ARQC)
    card.gac(TC, b"00")
    assert card.sw(card.script(UNBLOCK)) == 0x9000
    assert card.sw("84180000") == 0x6700
    card.start()
    assert card.short(ARQC) == (ARQC, "03A48818")
    card.ea()
    assert card.short(TC, b"00") == (TC, "03648818")


def test_unsecured_class_leaves_its_mark(clean):
    card = clean()
    declined_online(card)
    assert card.sw("00DC01240870069F1401039F2301") == 0x6E00
    assert card.sw("00180000") == 0x6E00
    card.start()
    assert card.short(TC) == (TC, "03940008")


def test_scripts_before_completion_are_not_counted(clean):
    card = clean()
    card.start(verify=False)
    card.gac(AAC)
    assert card.ea() == 0x9000
    assert card.sw(card.script(UNBLOCK)) == 0x9000
    assert card.sw(card.script(UNBLOCK, right=False)) == 0x6988
    assert card.gac_raw(TC).sw == 0x6985
    assert card.sw(card.script(UNBLOCK)) == 0x9000
    card.start(verify=False)
    assert card.short(TC) == (TC, "03900000")


def test_ec014_scripts_after_offline_approval(clean):
    card = clean()
    card.start()
    card.gac(TC)
    assert card.sw(card.script(UNBLOCK)) == 0x6985
    assert card.ea() == 0x6985


def test_abs014_transaction_counter_at_its_end(lab):
    card = lab(t9F36="FFFD")
    card.select()
    assert card.gpo().sw == 0x9000
    card.gac(ARQC)
    card.select()
    assert card.gpo().sw == 0x6985
    assert card.gac_raw(ARQC).sw == 0x6985
    assert card.sw(card.script(UNBLOCK)) == 0x6985
    card.card.power_on()
    assert card.select().sw == 0x6283
    assert card.gpo().sw == 0x6985
    assert card.send("80CA9F3600").data[-2:] == b"\xff\xff"
    assert card.sw("00B2010C00") == 0x9000


def test_cbs_card_block_lets_the_transaction_end(clean):
    card = clean()
    card.start()
    card.gac(ARQC)
    assert card.sw(card.script(CARD_BLOCK)) == 0x9000
    assert card.sw("80CA9F3600") == 0x6A81
    assert card.gac(TC, b"00").cid == TC
    assert card.gac_raw(TC, b"00").sw == 0x6A81
    for name in ("A000000333010101", "A000000333", "315041592E5359532E4444463031"):
        assert card.select(name).sw == 0x6A81
    card.card.power_on()
    assert card.select("315041592E5359532E4444463031").sw == 0x6A81
    assert card.select().sw == 0x6A81


def test_get_data_of_the_try_counter_at_zero_shows_in_the_cvr(clean):
    card = clean()
    three_wrong(card)
    card.start(verify=False)
    assert card.send("80CA9F1700").data.hex() == "9f170100"
    assert card.short(TC) == (TC, "03904000")
