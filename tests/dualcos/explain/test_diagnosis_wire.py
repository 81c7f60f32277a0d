"""What is found from the wire alone: each mistake by the id of its finding and the corrected data, each honest cousin
by nothing. Written from the standards' command tables (SSC-5 §6, §7; SSC-9 §9; PBOC-5 annex B).
"""

from __future__ import annotations

from string import Formatter
from typing import NamedTuple

import pytest
from wire_bench import (
    ADF,
    CDOL1,
    CERTIFICATES,
    DUAL,
    OPTIONS,
    PKI,
    PKI_ENVIRONMENT,
    PSAM,
    PSAM_APPLICATION,
    SOCIAL_3,
    SSSE,
    play,
)

from apdu.status import StatusWord
from dualcos.explain import Explainer, RawExchange, text
from dualcos.explain.catalogue_entry import UNSAID
from dualcos.explain.diagnosis.finding import Certainty
from dualcos.explain.finding_texts import step_text
from dualcos.explain.finding_words import FINDINGS, NEXT_STEPS
from dualcos.explain.refusal_reasons import said
from firewall.trace import Reason, Refused

DF03, DF04 = "00A4040006D15600000502", "00A4040006D15600000503"
PIN, CHALLENGE = "0020000003123456", "0084000008"
CARD_PIN = f"{SSSE} {PIN}"
APPLICATION = f"{PKI_ENVIRONMENT} {CERTIFICATES}"
PSE = "00A404000E315041592E5359532E4444463031"
LENGTHS = "8, 16, 24, 32, 40"
UTF_8_SSSE = "00A4040013" + "sx1.sh.社会保障".encode().hex()
UTF_16_SSSE = "00A4040016" + "sx1.sh.社会保障".encode("utf-16-be").hex()
ZEROS = "00" * 16
FACTORS = ("990000sh", "990000sx", "\x86\x00\x99\x00\x00\x00\xa1\xc2")
PROVINCE_FIRST, CARD_FIRST = ("".join(each).encode("latin-1").hex() for each in (FACTORS, FACTORS[::-1]))
ROOT_PSAM, DELIVER = "psam-mixed-tiers", "BFDE672D20"


class WireCase(NamedTuple):
    """``commands`` to a card, the last with a mistake that ``kind`` names; ``right``: what is right instead."""

    kind: str
    profile: str
    commands: tuple[str, ...]
    right: tuple[str, ...]
    step: str = ""
    expected: str = ""


def case(kind: str, profile: str, commands: str, right: str, step: str = "", expected: str = "") -> WireCase:
    return WireCase(kind, profile, tuple(commands.split()), tuple(right.split()), step, expected)


TAKEN = (
    case("taken.class", DUAL, f"{SSSE} 80B2012C12", f"{SSSE} 00B2012C12", expected="00"),
    case("taken.class", DUAL, f"{SSSE} 005E010007123456FF654321", f"{SSSE} 805E010007123456FF654321", expected="80"),
    case("taken.class", DUAL, f"{ADF} 00A800000B8309000000000123450156", f"{ADF} {OPTIONS}", expected="80"),
    case("taken.p1-p2", DUAL, f"{SSSE} 0084010008", f"{SSSE} {CHALLENGE}", expected="P1 00 P2 00"),
    case("taken.p1-p2", DUAL, f"{SSSE} 00B2FF2C12", f"{SSSE} 00B2012C12", "record-by-number"),
    case("taken.p1-p2", DUAL, f"{ADF} 00B2011800", f"{ADF} {OPTIONS}", "record-by-number"),
    case("taken.p1-p2", DUAL, f"{SSSE} 00A4000006D15600000502", f"{SSSE} {DF03}", "select-by-name"),
    case("taken.p1-p2", DUAL, f"{SSSE} 00A4040002DF03", f"{SSSE} 00A4000002DF03", "select-by-identifier"),
    case("taken.p1-p2", DUAL, f"{SSSE} {DF03} 00A4020002DF04", f"{SSSE} 00A4000002DF04", "select-by-identifier"),
    case("taken.length", DUAL, f"{SSSE} {CHALLENGE} 0082000A081122334455667788", SSSE, expected="16..17"),
    case("taken.length", DUAL, f"{CARD_PIN} {DF04} B02800010A{'00' * 10}", f"{CARD_PIN} {DF04}", expected="11"),
    case("taken.length", PSAM, f"{PSAM_APPLICATION} BFDE27080A{'5A' * 10}", PSAM_APPLICATION, expected=LENGTHS),
    case("taken.le", DUAL, f"{SSSE} 0084000006", f"{SSSE} {CHALLENGE}", expected="04, 08, 10"),
    case("taken.le", DUAL, f"{SSSE} 00840000", f"{SSSE} {CHALLENGE}", expected="04, 08, 10"),
    case("taken.short-length", DUAL, f"{SSSE} 00200000000003123456", f"{SSSE} {PIN}"),
)  # fmt: skip

STEPS = (
    case("step.missing", DUAL, f"{SSSE} 0082000A10{ZEROS}", f"{SSSE} {CHALLENGE}", "get-challenge"),
    case("step.missing", DUAL, f"{SSSE} 8424000004AABBCCDD", SSSE, "prove-key"),
    case("step.missing", SOCIAL_3, f"{SSSE} 00B2013400", SSSE, "prove-key"),
    case("step.missing", DUAL, f"{SSSE} {DF03} 00B2012C00", f"{SSSE} {PIN} {DF03} 00B2012C05", "prove-key-or-pin"),
    case("step.missing", DUAL, f"{SSSE} {DF04} B026000104", f"{SSSE} {PIN} {DF04} B026000104", "verify-pin"),
    case("step.missing", DUAL, f"{SSSE} {PIN} B026000104", f"{SSSE} {PIN} {DF04} B026000104", "select-df04"),
    case("step.missing", DUAL, f"{SSSE} {PIN} {DF04} B02A00000B{'00' * 11}", f"{SSSE} {PIN}", "initialize-load"),
    case("step.missing", DUAL, f"{SSSE} {PIN} {DF04} B02C01000F{'00' * 15}", f"{SSSE} {PIN}", "initialize-purchase"),
    case("step.missing", DUAL, f"{SSSE} 00B2010412", f"{SSSE} 00A4020002EF05 00B2010412", "select-file"),
    case("step.missing", DUAL, "00B2093020", f"{SSSE} 00B2093020", "select-ssse"),
    case("step.missing", DUAL, f"{SSSE} 841E000104AABBCCDD", SSSE, "select-application"),
    case("step.missing", DUAL, f"{ADF} 80AE800034{CDOL1}", f"{ADF} {OPTIONS}", "gpo"),
    case("step.missing", DUAL, f"{ADF} {OPTIONS} 008200000A{'00' * 10}", f"{ADF} {OPTIONS}", "generate-ac"),
    case("step.missing", DUAL, f"{ADF} {OPTIONS} {OPTIONS}", f"{ADF} {OPTIONS} {ADF} {OPTIONS}", "new-transaction"),
    case("step.missing", PSAM, f"BFDE270810{ZEROS}", PSAM_APPLICATION, "select-psam-application"),
    case("step.missing", PSAM, f"{PSAM_APPLICATION} 80FA000008{'5A' * 8}", PSAM_APPLICATION, "delivery-session-key"),
    case("step.missing", PSAM, f"{PSAM_APPLICATION} 8072000004AABBCCDD", PSAM_APPLICATION, "init-sam"),
    case("step.missing", PKI, f"{PKI_ENVIRONMENT} 0084000010 0020018110{ZEROS}", PKI_ENVIRONMENT, "select-cert-adf"),
    case("step.missing", PKI, f"{APPLICATION} 8040000008C0020012C2020013", APPLICATION, "verify-user-pin"),
    case("step.missing", DUAL, f"{SSSE} 80E0010010{ZEROS}", SSSE, "prove-master-key"),
    case("step.otherwise", DUAL, f"{SSSE} 00B0850004", f"{SSSE} 00B2012C12", "record-instead"),
    case("step.otherwise", DUAL, f"{SSSE} 00B2053020", f"{SSSE} 00B2093020", "record-by-number"),
    case("step.otherwise", DUAL, f"{SSSE} 00C0000018 00C0000018", f"{SSSE} 00C0000018", "fetch-at-once"),
)  # fmt: skip

WHOSE = (
    case("whose.psam-command", DUAL, f"{SSSE} BFDE270810{ZEROS}", SSSE, "send-to-psam"),
    case("whose.psam-command", DUAL, f"{ADF} 80FA000008{'5A' * 8}", ADF, "send-to-psam"),
    case("whose.social-command", DUAL, PIN, f"{SSSE} {PIN}", "select-ssse"),
    case("whose.social-command", DUAL, f"{ADF} {PIN}", f"{SSSE} {PIN}", "select-ssse"),
    case("whose.social-command", DUAL, f"{ADF} 0082000A10{ZEROS}", ADF, "select-ssse"),
    case("whose.social-command", PSAM, f"{PSAM_APPLICATION} {PIN}", PSAM_APPLICATION, "send-to-user-card"),
    case("whose.bank-command", DUAL, OPTIONS, f"{ADF} {OPTIONS}", "select-adf"),
    case("whose.bank-command", DUAL, f"{SSSE} 80CA9F3600", f"{ADF} 80CA9F3605", "select-adf"),
    case("whose.pki-command", PKI, f"{SSSE} 80C4010308C1065A5A5A5A5A5A", SSSE, "select-pki"),
    case("whose.pki-command", PKI, f"{SSSE} 0020018110{'5A' * 16}", SSSE, "select-pki"),
    case("whose.maker-command", DUAL, f"{ADF} 80E0010010{ZEROS}", ADF),
    case("whose.maker-command", DUAL, f"{SSSE} 8050000008{'5A' * 8}", SSSE),
    case("whose.sfi-of-another", DUAL, f"{ADF} 00B2012C00", f"{SSSE} 00B2012C12", "select-ssse"),
    case("whose.sfi-of-another", DUAL, f"{SSSE} 00B2010C00", SSSE, "select-adf"),
    case("whose.sfi-of-another", DUAL, f"{SSSE} 00B201AC00", f"{SSSE} 00B2012C12", "select-place"),
    case("whose.sfi-of-another", PSAM, f"{PSAM_APPLICATION} 00B0960006", "00B0960006", "select-mf"),
    case("whose.file-of-another", DUAL, f"{ADF} {SSSE} 00A4020002EF15", f"{SSSE} 00A4020002EF05", "select-place"),
    case("whose.aid-short", DUAL, f"{SSSE} 00A4040005D156000005", f"{SSSE} {DF03}", "send-whole-name"),
    case("whose.aid-short", DUAL, "00A404000E7378312E73682EC9E7BBE1B1A3D5", SSSE, "send-whole-name"),
    case("whose.aid-long", DUAL, f"00A4040010{SSSE[10:]}00", SSSE, "send-whole-name"),
    case("whose.name-of-another", DUAL, PSAM_APPLICATION, ADF, "send-to-psam"),
    case("whose.name-of-another", DUAL, DF03, f"{SSSE} {DF03}", "select-ssse"),
    case("whose.name-of-another", PSAM, DF03, PSAM_APPLICATION, "send-to-user-card"),
    case("whose.name-of-another", PKI, f"{SSSE} {CERTIFICATES}", f"{PKI_ENVIRONMENT} {CERTIFICATES}", "select-pki"),
    case("whose.name-in-other-letters", DUAL, PSE[:10] + b"1pay.sys.ddf01".hex(), PSE),
    case("text.utf-8", DUAL, UTF_8_SSSE, SSSE, "send-whole-name", SSSE[10:]),
    case("text.utf-16", DUAL, UTF_16_SSSE, SSSE, "send-whole-name", SSSE[10:]),
    case("text.hex-digits", DUAL, f"{SSSE} 00A404000C{b'D15600000502'.hex()}", f"{SSSE} {DF03}", "send-whole-name"),
)  # fmt: skip

FORMS = (
    case("pin.ascii", DUAL, f"{SSSE} 0020000006313233343536", f"{SSSE} {PIN}"),
    case("pin.bcd", DUAL, f"{SSSE} 0020000006010203040506", f"{SSSE} {PIN}"),
    case("pin.block-of-bank", DUAL, f"{SSSE} 002000000826123456FFFFFFFF", f"{SSSE} {PIN}"),
    case("pin.filled", DUAL, f"{SSSE} 0020000008123456FFFFFFFFFF", f"{SSSE} {PIN}"),
    case("pin.length", DUAL, f"{SSSE} 0020000009123456123456123456", f"{SSSE} {PIN}"),
    case("pin.no-digits", DUAL, f"{SSSE} 0020000008A1B2C3D4E5F60718", f"{SSSE} {PIN}"),
    case("pin.no-separator", DUAL, f"{SSSE} 805E010006123456654321", f"{SSSE} 805E010007123456FF654321"),
    case("pin.digits", DUAL, f"{SSSE} 0020000003654321", f"{SSSE} {PIN}"),
    case("pin.packed-of-social", DUAL, f"{ADF} 00200080021234", f"{ADF} 0020008008241234FFFFFFFFFF"),
    case("pin.packed-of-social", DUAL, f"{ADF} 00200080081234FFFFFFFFFFFF", f"{ADF} 0020008008241234FFFFFFFFFF"),
    case("pin.length-nibble", DUAL, f"{ADF} 0020008008261234FFFFFFFFFF", f"{ADF} 0020008008241234FFFFFFFFFF"),
    case("pin.not-filled", DUAL, f"{ADF} 00200080082412340000000000", f"{ADF} 0020008008241234FFFFFFFFFF"),
    case("pin.block-0", DUAL, f"{ADF} 0020008008041234EDCBA98766", f"{ADF} 0020008008241234FFFFFFFFFF"),
    case("tlv.another-tag", DUAL, f"{ADF} 80A8000009000000000123450156", f"{ADF} {OPTIONS}"),
    case("tlv.length-beyond", DUAL, f"{ADF} 80A800000B830A000000000123450156", f"{ADF} {OPTIONS}"),
    case("tlv.rest", DUAL, f"{ADF} 80A800000C830900000000012345015600", f"{ADF} {OPTIONS}"),
    case("list.length", DUAL, f"{ADF} 80A80000028300", f"{ADF} {OPTIONS}", expected="9"),
    case("list.element", DUAL, f"{ADF} {OPTIONS} 80AE800031{CDOL1[:58]}{CDOL1[64:]}", f"{ADF} {OPTIONS}", expected="3"),
    case("list.element", DUAL, f"{ADF} {OPTIONS} 80AE800032{CDOL1[4:]}", f"{ADF} {OPTIONS}", expected="6"),
)  # fmt: skip

NOTES = (
    case(
        "accepted.factor-order",
        ROOT_PSAM,
        f"{PSAM_APPLICATION} {DELIVER}{PROVINCE_FIRST}{'5A' * 8}",
        f"{PSAM_APPLICATION} {DELIVER}{CARD_FIRST}{'5A' * 8}",
        expected=CARD_FIRST.upper(),
    ),
)

CASES = (*TAKEN, *STEPS, *WHOSE, *FORMS, *NOTES)
TOLD_BY_CARDS = ("taken.key", "list.group-cut")
IN_DIALOGUES = ("accepted.expired",)
PROVOKED = frozenset((*(one.kind for one in CASES), *TOLD_BY_CARDS, *IN_DIALOGUES))


def _name(one: WireCase) -> str:
    return f"{one.kind} {one.profile} {one.commands[-1][:24]}"


@pytest.mark.parametrize("one", CASES, ids=_name)
def test_the_mistake_is_named(one):
    played = play(one.profile, *one.commands)
    assert one.kind in played.kinds, played.last.reasons
    found = played.last.findings[played.kinds.index(one.kind)]
    assert found.certainty is not Certainty.CERTAIN  # nothing was computed
    assert found.next_step == one.step or not one.step
    assert said(found.expected) == one.expected or not one.expected
    for each in played.last.findings:
        words = (FINDINGS[each.kind].says, NEXT_STEPS.get(each.next_step, UNSAID))
        fields = {name for wording in words for _, name, _, _ in Formatter().parse(wording.en) if name}
        assert fields <= {*each.about, "expected", "received"}


@pytest.mark.parametrize("right", sorted({(one.profile, one.right) for one in CASES}), ids=lambda one: one[1][-1][:24])
def test_what_is_right_gives_nothing(right):
    profile, commands = right
    played = play(profile, *commands)
    assert [each.sw for each in played.exchanges if each.refused] == []
    assert [found for each in played.exchanges for found in each.findings] == []


@pytest.mark.parametrize("one", CASES, ids=_name)
def test_a_real_card_that_tells_no_reasons_brings_nothing_down(one):
    """The same bytes without what the card notes: nothing breaks, and what is told is told by the rows."""
    records = play(one.profile, *one.commands).records
    explainer = Explainer(under="psam" if one.profile.startswith("psam") else "")
    for record in records:
        bare = RawExchange(record.command, record.answer) if isinstance(record, RawExchange) else record
        text(explainer.explain(bare))


def test_rows_answer_where_no_reason_is_told():
    explainer = Explainer()
    for command, answer, kind in (
        (SSSE, "9000", ""),
        ("00B2FF2C12", "6A86", "taken.p1-p2"),
        ("0082000A08" + "11" * 8, "6700", "taken.length"),
        ("80B2012C12", "6E00", "taken.class"),
        (OPTIONS, "6D00", "whose.bank-command"),
        (PSAM_APPLICATION, "6A82", "whose.name-of-another"),
    ):
        exchange = explainer.explain(RawExchange(bytes.fromhex(command), bytes.fromhex(answer)))
        assert [found.kind for found in exchange.findings][:1] == ([kind] if kind else [])


# --- what was accepted ------------------------------------------------------------------------------------------------


def _social_dialogue(*, swapped: bool) -> list[str]:
    drawn = play(DUAL, SSSE, CHALLENGE, CHALLENGE)  # the card's random numbers repeat on a restored card
    first, last = (each.answer.hex() for each in drawn.exchanges[1:3])
    pair = first + last if swapped else last + first
    return play(DUAL, SSSE, CHALLENGE, CHALLENGE, f"0088000010{pair}").kinds


def test_swapped_fields_of_internal_authentication():
    """The card's last random number is the process factor, an earlier one the original information."""
    assert _social_dialogue(swapped=True) == ["accepted.fields-swapped"]
    assert _social_dialogue(swapped=False) == []


def test_an_earlier_pair_that_comes_the_other_way_round():
    pair = ("11" * 8, "22" * 8)
    right, turned = (f"0088000010{''.join(each)}" for each in (pair, pair[::-1]))
    assert play(DUAL, SSSE, right, turned).kinds == ["accepted.fields-swapped"]
    assert play(DUAL, SSSE, right, right).kinds == []


def _bank(**values: str) -> list[str]:
    """A first GENERATE AC with terminal data otherwise than usual, behind the records that hold lists and dates."""
    data = {"amount": "000000012345", "date": "261124", "time": "143052", "results": "0000048000"}
    data |= values
    terminal = (
        f"{data['amount']}0000000000000156{data['results']}0156{data['date']}003F7C21A9{data['time']}"
        "544553542053484F502020202020202020202020"
    )
    records = [f"00B2{record:02X}1C00" for record in (1, 2, 3)]
    reading = [command for each in records for command in _with_length(each)]
    return play(DUAL, ADF, "00C0000036", OPTIONS, *reading, f"80AE800034{terminal}").kinds


def _with_length(read: str) -> list[str]:
    word = play(DUAL, ADF, OPTIONS, read).last.sw or StatusWord(0)
    return [f"{read[:8]}{word & 0xFF:02X}"] if word >> 8 == 0x6C else []


def test_terminal_data_as_they_must_be():
    assert _bank() == []


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ({"date": "261331"}, "accepted.no-date"),
        ({"date": "1A0B18"}, "accepted.no-date"),
        ({"time": "250000"}, "accepted.no-date"),
        ({"amount": "00000000303A"}, "accepted.amount-not-bcd"),
        ({"date": "150101"}, "accepted.before-effective"),
        ({"date": "490101"}, "accepted.expired"),
    ],
)
def test_terminal_data_that_cannot_be(values, kind):
    assert _bank(**values) == [kind]


def test_a_terminal_that_says_itself_that_the_date_does_not_fit():
    """Byte 2 of the verification results: expired 40, not yet effective 20 (PBOC-5 table 8)."""
    assert _bank(date="150101", results="0020048000") == []
    assert _bank(date="490101", results="0040048000") == []


def test_a_list_that_was_not_read():
    played = play(DUAL, ADF, OPTIONS, f"80AE800034{CDOL1}")
    assert played.kinds == ["accepted.list-not-read"]
    (detail,) = played.last.sent
    assert "8C was not read" in detail.text
    assert play(DUAL, *(ADF, OPTIONS, f"80AE800034{CDOL1}") * 2).kinds == []  # said once


def test_a_list_of_an_earlier_session_takes_the_data_apart():
    reading = [command for number in (1, 2, 3) for command in _with_length(f"00B2{number:02X}1C00")]
    played = play(DUAL, ADF, OPTIONS, *reading, ADF, OPTIONS, f"80AE800034{CDOL1}")
    assert played.kinds == []
    assert played.last.sent[0].name == "9F02 Amount, Authorised"


def test_dates_in_records():
    """A date item is YYYYMMDD, packed (V2.0 §8.1.1.5); not filled in it is 00 or FF. Never one that is text."""
    explainer = Explainer()
    for command, kinds in (
        (SSSE, []),
        ("00DC052C06050420261129", []),
        ("00DC052C06050420261329", ["accepted.no-date"]),
        ("00DC052C06050432303236", ["accepted.no-date"]),
        ("00DC052C06050400000000", []),
        ("00DC052C060504FFFFFFFF", []),
    ):
        exchange = explainer.explain(RawExchange(bytes.fromhex(command), b"\x90\x00"))
        assert [found.kind for found in exchange.findings] == kinds, command


@pytest.mark.parametrize(
    ("coding", "kinds"), [("gbk", []), ("gb18030", []), ("utf-8", ["text.utf-8"])], ids=["GBK", "GB 18030", "UTF-8"]
)
@pytest.mark.parametrize("name", ["测试持卡人", "买买提·吐尔逊", "欧阳一二"])
def test_texts_in_records(name, coding, kinds):
    explainer = Explainer()
    explainer.explain(RawExchange(bytes.fromhex(SSSE), b"\x90\x00"))
    value = name.encode(coding).ljust(30, b"\0")
    command = bytes.fromhex("00DC0930") + bytes((len(value) + 2, 9, len(value))) + value
    exchange = explainer.explain(RawExchange(command, b"\x90\x00"))
    assert [found.kind for found in exchange.findings] == kinds
    assert all(found.certainty is Certainty.NOTE for found in exchange.findings)


def _challenged(answers: str) -> list[str]:
    """Failures of EXTERNAL AUTHENTICATION with these words, each behind a random number."""
    explainer = Explainer()
    explainer.explain(RawExchange(bytes.fromhex(SSSE), b"\x90\x00"))
    kinds: list[str] = []
    for word in answers.split():
        explainer.explain(RawExchange(bytes.fromhex(CHALLENGE), bytes(8) + b"\x90\x00"))
        failed = explainer.explain(RawExchange(bytes.fromhex(f"0082000A10{ZEROS}"), bytes.fromhex(word)))
        kinds += [found.kind for found in failed.findings]
    return kinds


def test_a_counter_that_does_not_count():
    assert _challenged("63CF 63CF") == ["accepted.tries-never-lock"]
    assert _challenged("63C3 63C2 63C1") == []
    assert _challenged("63C2 9000 63C2") == []


def test_the_step_is_told_with_what_to_send():
    told = {one.step: step_text(play(one.profile, *one.commands).last.findings[0]) for one in STEPS}
    for step, apdu in (
        ("get-challenge", "00 84 00 00 08"),
        ("prove-key-or-pin", "00 20 00 00"),
        ("select-df04", "00 A4 00 00 02 DF04"),
        ("initialize-load", "B0 28 00 01"),
        ("gpo", "80 A8 00 00"),
        ("generate-ac", "80 AE 80 00"),
        ("select-cert-adf", CERTIFICATES[10:]),
        ("select-psam-application", PSAM_APPLICATION[10:]),
        ("select-ssse", SSSE[10:]),
        ("init-sam", "80 70 01 00"),
    ):
        assert apdu in told[step], step


@pytest.mark.parametrize(
    ("kind", "environment", "command", "why", "about"),
    [
        ("taken.key", "ssse", "80D4000018" + "0D" * 24, "no key for here", {"kind": 0x55, "number": 1, "length": 16}),
        ("list.group-cut", "pse", "80E2800005010110AABB", "end inside a group", {"received": 5}),
    ],
)
def test_what_a_card_tells_while_it_is_made(kind, environment, command, why, about):
    refused = Refused("", StatusWord(0x6A80), Reason("data", why, "", about))
    record = RawExchange(bytes.fromhex(command), b"\x6a\x80", environment, environment, ((environment, refused),))
    assert kind in [found.kind for found in Explainer().explain(record).findings]
