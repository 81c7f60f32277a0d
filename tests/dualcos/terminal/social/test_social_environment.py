"""T-SOC-ENV: reading the environment (SSC-7 §5.1 to §5.4, SSC-8 §5.1, SC §10) on every card that has it."""

from __future__ import annotations

import pytest

from apdu import atr
from cos.pse.stack import STACK as BANK
from cos.ssse.tables import ssse_holder
from cos.ssse.tables.file_structure import structure
from cos.ssse.tables.table_model import SocialAlgorithm, Version
from dualcos.profile.schema import load
from dualcos.reader.silent_card import CardMute
from dualcos.terminal.social.card_environment import historical_bytes
from dualcos.terminal.social.card_factors import card_cipher
from dualcos.terminal.social.security_path import PathKind
from dualcos.terminal.social.terminal_stopped import StopCause, TerminalStopped
from tests.dualcos.terminal.social.flow_scripts import FLOWS, ON_HSM, play
from tests.dualcos.terminal.terminal_bench import SOCIAL, TerminalBench, WatchedCard, made_card, psam_for

ALGORITHMS = {"3DES": SocialAlgorithm.DES, "SM4": SocialAlgorithm.SM4}
OWN_NAMES = {directory.name for version in Version for directory in structure(version)}
SSSE = "00A404000F" + ssse_holder.NAME.hex().upper()


def flows_on(path: PathKind) -> tuple[str, ...]:
    return tuple(FLOWS) if path is PathKind.PSAM else ON_HSM


# --- what is read ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PathKind)
@pytest.mark.parametrize("profile", SOCIAL)
def test_the_environment_is_the_profiles(profile, path):
    bench = TerminalBench(profile, desk=True, path=path)
    card, wanted = bench.admit().environment, load(profile)
    social = wanted.ssse
    assert social is not None
    assert (card.region, card.version.label, card.version_text) == (social.city, social.version, f"{social.version}0")
    assert (card.historical, card.algorithm) == (wanted.chip.historical, ALGORITHMS[social.algorithm])
    assert card.factors.card == wanted.chip.historical[5:]
    assert len(card.number) == 9
    assert card.issued < card.expires
    assert bench.slot.powered
    assert bench.card.power == ["cold"]


@pytest.mark.parametrize("profile", SOCIAL)
def test_ssse_is_what_is_selected_first(profile):
    bench = TerminalBench(profile)
    bench.admit()
    assert bench.card.commands[0] == SSSE


# --- with and without the bank -----------------------------------------------------------------------------------


def names_selected(card: WatchedCard) -> set[bytes]:
    return {each.command[5:] for each in card.passed if each.command.startswith(b"\x00\xa4\x04")}


@pytest.mark.parametrize("path", PathKind)
@pytest.mark.parametrize("profile", SOCIAL)
def test_no_flow_selects_what_is_not_the_social_sides(profile, path):
    """总体方案 一（二）1: by name SSSE and its applications only; by identifier files only."""
    bank = {place.name for place in BANK.places}
    assert not bank & OWN_NAMES
    for flow in flows_on(path):
        bench = TerminalBench(profile, desk=True, path=path)
        play(bench, flow)
        assert names_selected(bench.card) <= OWN_NAMES
        others = [each for each in bench.card.commands if each.startswith("00A4") and not each.startswith("00A40400")]
        assert all(each.startswith("00A4020002EF") for each in others)


@pytest.mark.parametrize("path", PathKind)
def test_the_same_bytes_with_and_without_a_bank_side(path):
    """A social terminal cannot tell: on one profile every byte sent and received is the same (总体方案 一（二）1).

    Random numbers too, as each environment has its own: what the bank does leaves no mark here.
    """
    for flow in flows_on(path):
        spoken = []
        for without in ("", "pse"):
            bench = TerminalBench("dual-3.0-sm4", card=made_card("dual-3.0-sm4", without=without), desk=True, path=path)
            play(bench, flow)
            spoken.append(bench.card.passed)
        assert spoken[0] == spoken[1], flow


def test_the_variant_without_a_bank_side_has_none():
    card = made_card("dual-3.0-sm4", without="pse")
    card.power_on()
    names = [place.name for place in BANK.places if place.name]
    assert names
    for name in names:
        assert card.exchange(b"\x00\xa4\x04\x00" + bytes((len(name),)) + name)[-2:] == b"\x6a\x82"


# --- cipher and region -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fci", "city", "cipher"),
    [
        ("6F0AA5089F0C05860101", "990000", SocialAlgorithm.DES),  # lengths that lie: none is read
        ("6F08A5069F0C03860101", "110101", SocialAlgorithm.DES),
        ("6F08A5069F0C03860102", "310100", SocialAlgorithm.SSF33),
        ("6F08A5069F0C03860103", "110101", SocialAlgorithm.SM4),
        ("6F02A500", "110101", SocialAlgorithm.SSF33),
        ("6F02A500", "310100", SocialAlgorithm.DES),
        ("", "110101", SocialAlgorithm.SSF33),
        ("", "510100", SocialAlgorithm.DES),
    ],
)
def test_the_cipher_is_announced_or_the_regions(fci, city, cipher):
    """SSC-5 §6.11, SSC-7 §5.3: none announced means SSF33 in Beijing, DES elsewhere."""
    assert card_cipher(bytes.fromhex(fci), city) is cipher


def test_region_11_without_a_cipher_is_ssf33_which_no_psam_here_has():
    bench = TerminalBench(card=made_card("social-2.0", "ssse.city=110101", "chip.region=1101"))
    assert bench.refused().code == -2202


def test_region_33_counts_four_digits():
    """V2.0 §8.1.1.1, provincial practice: 330106 and 330108 have one factor, so one city's PSAM serves both."""
    card = made_card("social-2.0", "ssse.city=330106", "chip.region=3301")
    sam = made_card("psam-3des", "psam.city=330108", "psam.terminal=330108000001")
    bench = TerminalBench(card=card, sam=sam)
    play(bench, "free and by key")
    other = made_card("psam-3des", "psam.city=330200", "psam.terminal=330200000001")
    assert TerminalBench(card=card, sam=other).refused().cause is StopCause.PSAM_LEVEL


# --- answer to reset (SSC-8 §5.1.3, SSC-2 §8) --------------------------------------------------------------------

HISTORICAL = bytes.fromhex("008144434F868699000000A1B2")
GOOD = atr.build(HISTORICAL, 0)


def with_check(raw: bytes) -> bytes:
    check = 0
    for byte in raw[1:]:
        check ^= byte
    return raw + bytes((check,))


@pytest.mark.parametrize(
    "raw",
    [
        GOOD,
        b"\x3f" + GOOD[1:],
        b"\x3b\x0d" + HISTORICAL,
        b"\x3b\x1d\x01" + HISTORICAL,
        b"\x3b\x1d\x11" + HISTORICAL,
        b"\x3b\x2d\x25" + HISTORICAL,  # any TB1
        b"\x3b\x4d\xff" + HISTORICAL,  # any TC1
        b"\x3b\x8d\x40\x0a" + HISTORICAL,  # TD1: T=0, TC2 0A
        atr.build(HISTORICAL, 1),
        with_check(b"\x3b\x8d\x80\x1f\x00" + HISTORICAL),  # T=0 and T=15
    ],
)
def test_answers_to_reset_that_are_taken(raw):
    assert historical_bytes(raw) == HISTORICAL


@pytest.mark.parametrize(
    "raw",
    [
        b"\x03" + GOOD[1:],  # another TS
        b"\x23" + GOOD[1:],
        with_check(GOOD),  # TCK with T=0 only
        with_check(b"\x3b\x8d\x00" + HISTORICAL),
        GOOD[:-1],
        GOOD + b"\0",
        b"\x3b\x0c" + HISTORICAL[1:],
        b"\x3b\x0e" + HISTORICAL + b"\0",
        atr.build(HISTORICAL, 1)[:-1] + b"\xff",  # a wrong TCK
        b"\x3b\x8d" + HISTORICAL,  # announces more than there is
        with_check(b"\x3b\x8d\x0e" + HISTORICAL),  # TD1: T=14
        with_check(b"\x3b\x8d\x02" + HISTORICAL),
        with_check(b"\x3b\x8d\x80\x0e" + HISTORICAL),  # TD2: neither T=1 nor T=15
        b"\x3b\x8d\x80\x00" + HISTORICAL,
    ],
)
def test_answers_to_reset_that_are_refused(raw):
    """-1, and the card is not asked anything."""
    bench = TerminalBench()
    bench.card.bend_atr = lambda _: raw
    stopped = bench.refused()
    assert (stopped.cause, stopped.code) == (StopCause.WRONG_CARD, -1)
    assert bench.card.passed == []


@pytest.mark.parametrize("raw", [b"", b"\x3b", b"\x3b\x0d"])
def test_what_is_no_answer_to_reset(raw):
    with pytest.raises(TerminalStopped) as stopped:
        historical_bytes(raw)
    assert stopped.value.cause is StopCause.WRONG_CARD


def silent(bench: TerminalBench, resets: int) -> None:
    """Its first so many resets have no answer."""

    def bend(raw: bytes) -> bytes:
        if len(bench.card.power) <= resets:
            raise CardMute("silent")
        return raw

    bench.card.bend_atr = bend


def test_a_silent_cold_reset_is_followed_by_a_warm_one():
    """SSC-8 A1.3."""
    bench = TerminalBench()
    silent(bench, 1)
    assert bench.admit().environment.region == "990000"


def test_two_silent_resets_are_no_card_to_talk_to():
    bench = TerminalBench()
    silent(bench, 99)
    stopped = bench.refused()
    assert (stopped.cause, stopped.code) == (StopCause.NO_ANSWER, -4)
    assert len([each for each in bench.card.power if each != "off"]) == 2


def test_an_empty_slot():
    bench = TerminalBench()
    bench.slot.remove()
    assert bench.refused().code == -2


# --- selecting and reading go wrong ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "cause", "code"),
    [
        ("6A82", StopCause.WRONG_CARD, -1),
        ("9303", StopCause.REFUSED, -37635),
        ("6A81", StopCause.REFUSED, -27265),
        ("6F00", StopCause.REFUSED, -28416),
    ],
)
def test_ssse_cannot_be_selected(word, cause, code):
    bench = TerminalBench()
    bench.card.bend = lambda command, answer: bytes.fromhex(word) if command[1] == 0xA4 else answer
    stopped = bench.refused()
    assert (stopped.cause, stopped.code) == (cause, code)


@pytest.mark.parametrize("profile", ["bank-only", "pboc-sm", "blank"])
def test_a_card_without_ssse_is_none_of_ours(profile):
    bench = TerminalBench(card=made_card(profile), sam="psam-3des")
    assert bench.refused().code == -1


def bent_item(tag: int, record: str):
    """What item ``tag`` of EF05 is answered with."""
    head = bytes((0x00, 0xB2, tag))
    return lambda command, answer: bytes.fromhex(record) if command.startswith(head) else answer


@pytest.mark.parametrize(
    ("tag", "record", "code"),
    [
        (1, "6A83", -27267),
        (1, "01109900A0" + "00" * 13 + "9000", -20),  # a region with a letter
        (1, "0103990000" + "9000", -20),
        (1, "9000", -42),
        (1, "0210" + "99" * 16 + "9000", -42),  # another's
        (1, "0111" + "99" * 16 + "9000", -42),
        (3, "0304" + "58585858" + "9000", -23),  # no edition
        (5, "6982", -27010),
    ],
)
def test_issuer_data_that_cannot_be_used(tag, record, code):
    bench = TerminalBench()
    bench.card.bend = bent_item(tag, record)
    assert bench.refused().code == code


@pytest.mark.parametrize("version", ["1.00", "1.0 ", "1.0\0"])
def test_an_edition_is_read_as_the_field_writes_it(version):
    bench = TerminalBench("social-1.0")
    bench.card.bend = bent_item(3, "0304" + version.encode().hex() + "9000")
    assert bench.admit().environment.version is Version.V1


def test_a_card_that_names_no_edition_is_of_the_first():
    bench = TerminalBench("social-1.0")
    bench.card.bend = bent_item(3, "6A83")
    assert bench.admit().environment.version is Version.V1


def test_one_answer_may_have_256_bytes():
    """SSC-8 §5.1.5: a record of tag, length and 254 bytes."""
    bench = TerminalBench()
    at = bench.admit()
    place = at.place("SSSE", 0xEF05)
    long = bytes((0x01, 0xFE)) + bytes(0xFE)
    bench.card.bend = lambda command, answer: long + b"\x90\x00" if command[1] == 0xB2 else answer
    assert at.read_record(place, 1) == long
    assert at.read_item(place, 0x01) == long[2:]


# --- step 1.5: contacts off ----------------------------------------------------------------------------------------


def test_whatever_ends_pre_processing_leaves_the_card_without_power():
    """SSC-7 §5.5: each answer of pre-processing in turn is a refusal, then a pulled card; the PSAM's likewise."""
    bench = TerminalBench("dual-3.0-sm4")
    bench.admit()
    assert bench.sam is not None
    for of_sam, count in ((False, len(bench.card.passed)), (True, len(bench.sam.passed))):
        for place in range(count):
            run = TerminalBench("dual-3.0-sm4")
            watched = run.sam if of_sam else run.card
            assert watched is not None
            watched.bend = lambda _, answer, w=watched, at=place: b"\x6f\x00" if len(w.passed) - 1 >= at else answer
            run.refused()
            assert run.card.power[-1] == "off"


def test_power_that_cannot_be_taken_away_hides_no_cause():
    """The reader is gone when the terminal lets the card go: it says why it stopped."""
    bench = TerminalBench(sam=None)
    bench.slot.power_off = lambda: (_ for _ in ()).throw(CardMute("no reader"))
    with pytest.raises(TerminalStopped) as stopped:
        bench.admit()
    assert stopped.value.cause is StopCause.NO_PSAM


def test_psams_are_those_of_the_ciphers():
    assert {psam_for(name) for name in SOCIAL} == {"psam-3des", "psam-sm4"}
