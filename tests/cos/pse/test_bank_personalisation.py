"""Making a bank application by command: vectors of skeleton and channel, status words, half-made cards.

PBOC-10 §6, §8; EMV CPS 3.2, 5.3-5.5. The card's random numbers are injected, so the published bytes must come out.
"""

from __future__ import annotations

import pytest
from bank_bench import AID, CDOL1, CHALLENGE, KEY_DATA, KEYS, KMC, PSE, RTERM, WHOLE, Bench, fill

import dualcos
from apdu.tlv import encode
from cos.pse.current_directory import Channel
from dualcos.dialogue.driver import StepRefused, perform
from dualcos.dialogue.personalise_bank import personalise_bank
from dualcos.explain.refusal_reasons import words
from dualcos.profile.bank_order import bank_order
from dualcos.profile.schema import load
from firewall.hardware.power import PowerLoss
from keys import cps_channel
from keys.algorithms import TDES
from keys.key_handle import KeyHandle

OPENING = ("8050000008" + RTERM + "00", "848201001091A7C1C1DF28FBA871AB06BE110EC8DF")
VECTORS = (
    (
        "84E200003401012970275713621234010000"
        "0042194D29122200000000000F5F2002202F9F1F0A303030303030303030309071BB62DE33781B"
    ),
    (
        "84E260013B8000302F53035CAC20ABEA8AC6B9AFF655EF904576D92A970A9ECE1973D2006A119AD269F68B661DA13231232BCF65F3033741"
        "532AC1B0B5D49F5B"
    ),
    "84E200021490000963D8759CA407881F65F00226CB69DEB42B",
    "84E2600313801008859E4A538A6DB8F8895C7C96E8FBABEC",
    "84E200040D9010020303B950846CB161B19B",
    (
        "84E26005538205481C28972EE856EBE8C5BD3B2C99701D346C7F00CE0B754F7BDFAAD01A71220EDC16968200560C2F68CC40325D6ECD3DE776"
        "4E8AE0551CF8B028642E31BAD63EEECCDC7313EF60EBC9F9BDB0693333C9E7"
    ),
)
LAST = "84E2800A21910216A514500A50424F432044454249548701015F2D027A68A9C86E9852F554DB"


def test_skeleton_by_the_published_bytes():
    bench = Bench().skeleton()
    assert bench.session.current.header.name == bytes.fromhex(AID)
    assert [h.kind for h in bench.session.current.keys.entries()] == [0x10, 0x11, 0x12]
    assert bench.session.current.keys.find(0x10, 1).check_value.hex() == "bb9bb2"


def test_opening_by_the_published_bytes():
    bench = Bench().skeleton()
    assert bench.select() == 0x9000
    answer = bench.send(OPENING[0]).data
    assert answer.hex().upper() == "621234FFFFFF0000A1B2" + "01020001" + CHALLENGE + "6DEAB11ABEF57E20"
    assert bench.sw(OPENING[1]) == 0x9000


def test_the_published_session_end_to_end():
    """Everything else was stored in an earlier session; the counter is turned back so that the published keys fit."""
    bench = Bench().skeleton()
    fill(bench.open())
    parts = PARTS
    sender = bench.open()
    for dgi in (0x8204, 0x8203, 0x8202, 0x8201):
        assert sender.group(dgi, parts[dgi], secret=True) == 0x9000
    bench.session.current.put_channel(Channel(counter=1))
    bench.select()
    bench.send(OPENING[0])
    assert bench.sw(OPENING[1]) == 0x9000
    for command in VECTORS:
        assert bench.sw(command) == 0x9000, command
    keys = cps_channel.session_keys(cps_channel.card_keys(KeyHandle(TDES, KMC), KEY_DATA), b"\0\x01")
    macs = ("0F146C78DDEFCF7D", "E6E1484CFF3E889B", "2699367DF2376EC8", "22FBDC9031264AC7")
    for number, (dgi, mac) in enumerate(zip((0x8204, 0x8203, 0x8202, 0x8201), macs, strict=True), 6):
        cipher = cps_channel.encipher_dgi(keys, parts[dgi])
        assert bench.sw(f"84E260{number:02X}53{dgi:04X}48{cipher.hex()}{mac}") == 0x9000
    assert bench.sw(LAST) == 0x9000
    assert bench.select() == 0x9000
    assert bench.sw("80A80000028300") == 0x9000
    assert bench.sw(OPENING[0]) == 0x6985


def test_level_three_by_the_published_bytes():
    bench = Bench().skeleton()
    bench.select()
    bench.send(OPENING[0])
    assert bench.sw("848203001091A7C1C1DF28FBA812EC6B25C13D6DAD") == 0x9000
    for command in (
        (
            "84E20000389FCDF5A0DCBAEDEDA6FEBA98289B81D47841E969B820B8927EF912C99437AFA9B2BCB1A6930DC8A1C79D9E564010BAD3"
            "A8BD978DDC68F4DC"
        ),
        (
            "84E26001400D8DC5C336740CA3DB6B336526D72672637E5818277CD84ABC77C51602FB901152904C4C8D50E615C76BD5EBDA259B46"
            "5992291555F1D7EC6F8DE134B9D9B5ED"
        ),
    ):
        assert bench.sw(command) == 0x9000


P = int(
    "F564A3568A663339D6B4D4E0EBA77D76E6F016130557DA7AD81F18AB0868A2D57CF920124C47A899A42D669F443CFF7D37EC71D03F896720"
    "4BF5D97754D1EBD1",
    16,
)
N = int(
    "CE33CF35C4653A6CB4623C00A19C7732546A1CCB1A9BFB6FF0E704BE83058D9922154D9FB6A413EABE31D71FB1B7CE0B7849089AA67FF6B4"
    "3458B2BBD0A1A1198C0B21895C82A187F4EF983695B519C282DC2775CFA40950FACC39648AD3CF38441B00C2C5ADB9A441CC540DA19352A1"
    "D5E30B4E2164204727F6CABDC2ACDD2D",
    16,
)
Q = N // P
PARTS = {
    dgi: number.to_bytes(64, "big") + bytes.fromhex("8000000000000000")
    for dgi, number in (
        (0x8201, pow(Q, -1, P)),
        (0x8202, pow(3, -1, Q - 1)),
        (0x8203, pow(3, -1, P - 1)),
        (0x8204, Q),
        (0x8205, P),
    )
}


@pytest.mark.parametrize("level", [0, 1, 3])
def test_each_level_makes_a_card(level):
    bench = Bench().skeleton()
    sender = bench.open(level)
    fill(sender)
    assert sender.group(0x9200, "9F10080701010300000001", last=True) == 0x9000
    assert bench.select() == 0x9000
    assert bench.sw("80A80000028300") == 0x9000
    assert not bench.session.current.keys.entries(), "the channel keys are wiped"


def test_a_group_runs_over_into_the_next_command():
    bench = Bench().skeleton()
    sender = bench.open()
    record = bytes.fromhex("7081FB9081F8") + bytes(0xF8)
    group = bytes.fromhex("0201FE") + record
    assert sender.raw(0, group[:247]) == 0x9000
    assert bench.session.current.groups.get(0x0201) is None
    assert sender.raw(0, group[247:]) == 0x9000
    assert bench.session.current.groups.get(0x0201) == record


def test_several_groups_in_one_command_are_one():
    bench = Bench().skeleton()
    sender = bench.open()
    good, unknown = bytes.fromhex("9010020303"), bytes.fromhex("9103020303")
    assert sender.raw(0, good + unknown) == 0x6A88
    assert bench.session.current.groups.get(0x9010) is None
    assert sender.raw(0, good) == 0x9000  # the chain went on over the refused command, the channel is open


@pytest.mark.parametrize(
    ("dgi", "value", "secret", "sw"),
    [
        (0x9103, "00", False, 0x6A88),
        (0x9206, "00", False, 0x6A88),
        (0x8000, KEYS, False, 0x6A80),
        (0x8000, KEYS[:64], True, 0x6A80),
        (0x9000, "000000000000000000", False, 0x6A80),
        (0x0101, "5F2002202F", False, 0x6A80),
        (0x0101, "7005" + "5F2002202F", False, 0x9000),
        (0x0101, "7006" + "5F2002202F", False, 0x6A80),
        (0x0101, "7004" + "5F200120", False, 0x6A80),
        (0x9010, "0403", False, 0x6A80),
        (0x9010, "0313", False, 0x6A80),
        (0x8010, "FFFFFFFFFFFFFFFF", True, 0x6A80),
        (0x8205, "00" * 8, True, 0x6A80),
    ],
)
def test_what_a_group_may_hold(dgi, value, secret, sw):
    bench = Bench().skeleton()
    assert bench.open().group(dgi, value, secret) == sw


def test_wrong_check_values_make_the_keys_unusable():
    bench = Bench().skeleton()
    sender = bench.open()
    fill(sender)
    assert sender.group(0x9000, "000000000000000000") == 0x6A80
    assert sender.group(0x9200, "9F10080701010300000001", last=True) == 0x6A80
    assert sender.group(0x8000, KEYS, secret=True) == 0x9000
    assert sender.group(0x9200, "9F10080701010300000001", last=True) == 0x9000


@pytest.mark.parametrize("missing", [0x9104, 0x9102, 0x0101, 0x0301, 0x0302, 0x9200, 0x8000])
def test_incomplete_at_the_end(missing):
    bench = Bench().skeleton()
    sender = bench.open()
    for dgi, value in WHOLE:
        if dgi != missing:
            assert sender.group(dgi, value) == 0x9000
    if missing != 0x8000:
        assert sender.group(0x8000, KEYS, secret=True) == 0x9000
    assert sender.group(0x9010, "0303", last=True) == 0x6A80
    told = [words(event.reason) for _, event in bench.trace.take() if getattr(event, "sw", 0) == 0x6A80]
    assert "not complete" in told[-1]
    assert bench.sw(OPENING[0]) == 0x9000


@pytest.mark.parametrize(
    ("lists", "sw"),
    [
        (("9F0206", "8A02" + CDOL1), 0x6A80),
        ((CDOL1, CDOL1), 0x6A80),
        ((CDOL1, "8A02" + CDOL1), 0x9000),
        ((CDOL1.replace("9F0206", "9F0204"), "8A02" + CDOL1), 0x6A80),
    ],
)
def test_lists_must_carry_what_a_cryptogram_is_made_of(lists, sw):
    bench = Bench().skeleton()
    sender = bench.open()
    fill(sender)
    body = encode(0x8C, bytes.fromhex(lists[0])) + encode(0x8D, bytes.fromhex(lists[1])) + bytes.fromhex("9F08020020")
    assert sender.group(0x0302, encode(0x70, body), last=True) == sw


def test_dda_needs_the_private_key():
    bench = Bench().skeleton()
    sender = bench.open()
    fill(sender)
    assert sender.group(0x9104, "82027D0094080801010018010201", last=True) == 0x6A80
    for dgi, part in PARTS.items():
        assert sender.group(dgi, part, secret=True) == 0x9000
    assert sender.group(0x9200, "9F10080701010300000001", last=True) == 0x9000


def test_parts_that_do_not_belong_together():
    bench = Bench().skeleton()
    sender = bench.open()
    fill(sender)
    for dgi, part in PARTS.items():
        assert sender.group(dgi, PARTS[0x8205] if dgi == 0x8204 else part, secret=True) == 0x9000
    assert sender.group(0x9200, "9F10080701010300000001", last=True) == 0x6A80


# --- channel -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "sw"),
    [
        ("8050000007" + "00" * 7, 0x6700),
        ("8050000108" + "00" * 8, 0x6A86),
        ("8050020008" + "00" * 8, 0x6A88),
        ("8050010008" + "00" * 8, 0x9000),
        ("8482010010" + "00" * 16, 0x6985),
        ("8482020010" + "00" * 16, 0x6A86),
        ("848201000F" + "00" * 15, 0x6700),
        ("80E20000059010020303", 0x6985),
    ],
)
def test_words_before_the_channel_is_open(command, sw):
    bench = Bench().skeleton()
    bench.select()
    assert bench.sw(command) == sw


def test_wrong_host_cryptogram_and_wrong_mac():
    bench = Bench().skeleton()
    bench.select()
    bench.send(OPENING[0])
    assert bench.sw("8482010010" + "00" * 8 + "71AB06BE110EC8DF") == 0x6300
    assert bench.sw(OPENING[1]) == 0x6985
    bench.send(OPENING[0])
    assert bench.sw("848201001091A7C1C1DF28FBA8" + "00" * 8) == 0x6982
    assert bench.session.current.channel == Channel(counter=1, failures=2)
    bench.send(OPENING[0])
    assert bench.sw(OPENING[1]) == 0x9000
    assert bench.session.current.channel == Channel(counter=2)


def test_ten_failures_lock_the_channel():
    bench = Bench().skeleton()
    bench.select()
    for sw in (*[0x6300] * 10, 0x6983):
        bench.send(OPENING[0])
        assert bench.sw("8482010010" + "00" * 16) == sw


def test_a_wrong_or_missing_mac_closes_the_channel():
    for command in ("84E200000D9010020303" + "00" * 8, "80E20000059010020303"):
        bench = Bench().skeleton()
        bench.open()
        assert bench.sw(command) == 0x6982
        assert bench.sw(command) == 0x6985


def test_numbers_must_follow():
    bench = Bench().skeleton()
    sender = bench.open()
    sender.channel.number = 1
    assert sender.group(0x9010, "0303") == 0x6A86


def test_reserved_p1_and_short_commands():
    bench = Bench().skeleton()
    bench.open()
    assert bench.sw("84E2400005" + "00" * 5) == 0x6A86
    assert bench.sw("84E2010005" + "00" * 5) == 0x6A86
    assert bench.sw("84E2000005" + "00" * 5) == 0x6700


def test_selection_closes_the_channel():
    bench = Bench().skeleton()
    sender = bench.open()
    bench.select()
    assert sender.group(0x9010, "0303") == 0x6985


def test_the_last_command_cut_anywhere_leaves_a_card_unmade_or_made():
    def made_but_for_the_last():
        bench = Bench().skeleton()
        sender = bench.open()
        fill(sender)
        return bench, sender

    def finish(sender):
        return sender.group(0x9010, "0303", last=True)

    bench, sender = made_but_for_the_last()
    before = bench.nvm.dump()
    start = bench.rail.ticks
    assert finish(sender) == 0x9000
    after, total = bench.nvm.dump(), bench.rail.ticks - start
    for ticks in range(total):
        bench, sender = made_but_for_the_last()
        bench.rail.cut_after(ticks)
        with pytest.raises(PowerLoss):
            finish(sender)
        bench.rail.cut_after(None)
        bench.restart()
        assert bench.nvm.dump() in (before, after), ticks
        bench.select()
        assert bench.sw(OPENING[0]) == (0x9000 if bench.nvm.dump() == before else 0x6985)


# --- under the master key ------------------------------------------------------------------------------------------


def test_nothing_without_the_master_key():
    bench = Bench()
    bench.select(PSE)
    for command in (
        "80E0010018000000FF01DFB1020000000000000000" + AID,
        "80E006000A" + KEY_DATA.hex(),
        "80E00200",
        "80E1000202DFB1",
        "80E1000102DDF2",
        "84D4000024" + "00" * 36,
        "84D4010024" + "00" * 36,
    ):
        assert bench.sw(command) == 0x6982


def test_wrong_proof_costs_a_try():
    bench = Bench()
    bench.select(PSE)
    for sw in (0x63C2, 0x63C1, 0x63C0, 0x6983):
        bench.send("0084000008")
        assert bench.sw("0082000008" + "00" * 8) == sw
    assert Bench().sw("0082000008" + "00" * 8) == 0x6984


def test_selection_ends_the_right():
    bench = Bench()
    bench.prove()
    bench.select(PSE)
    assert bench.sw("80E00200") == 0x6982


def test_delete_and_make_again():
    bench = Bench().skeleton()
    fill(bench.open())
    assert bench.prove() == 0x9000
    assert bench.sw("80E1000202DFB1") == 0x9000
    assert bench.select() == 0x6A82
    assert not [key for key in bench.nvm.dump() if b"\xdf\xb1" in key[:3]]
    bench.skeleton()
    assert bench.select() == 0x9000


def test_names_and_identifiers_are_taken_once():
    bench = Bench().skeleton()
    bench.prove()
    assert bench.sw("80E0010018000000FF01DFB1020000000000000000" + AID[:-2] + "02") == 0x6A89
    assert bench.sw("80E0010018000000FF01DFB2020000000000000000" + AID) == 0x6A89
    assert bench.sw("80E0010018000000FF01DFB2020000000000000000" + AID[:-2] + "02") == 0x9000


def test_end_leaves_the_channel_and_nothing_else():
    bench = Bench().skeleton()
    bench.prove()
    assert bench.sw("80E00200") == 0x9000
    assert bench.sw("0084000008") == 0x6D00
    sender = bench.open()
    fill(sender)
    assert bench.sw("80E1000202DFB1") == 0x6D00
    assert sender.group(0x9200, "9F10080701010300000001", last=True) == 0x9000


# --- whole cards -----------------------------------------------------------------------------------------------------


def test_a_host_with_another_kmc_is_told_at_once():
    bench = Bench().skeleton()
    answer = bench.send(OPENING[0]).data
    keys = cps_channel.session_keys(cps_channel.card_keys(KeyHandle(TDES, bytes(16)), KEY_DATA), answer[12:14])
    opening = cps_channel.Opening(bytes.fromhex(RTERM), answer[12:14], answer[14:20])
    assert cps_channel.card_cryptogram(keys, opening) != answer[20:]


def test_a_made_card_is_not_made_twice():
    profile = load("bank-only")
    card = dualcos.card(profile)
    card.power_on()
    with pytest.raises(StepRefused, match="6985"):
        perform(card, personalise_bank(bank_order(profile, profile.pse)))
