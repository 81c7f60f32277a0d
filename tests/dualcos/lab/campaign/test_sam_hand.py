"""A PSAM as the host's hand: it computes what the card's keys give, and what it does not is never the card's fault."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from apdu.link import AroundCard, SmartCard
from dualcos.lab.campaign.sam_hand import CALCULATIONS, SamGoneError, SamHand, hand_with_sam
from dualcos.lab.campaign.sample_factors import read_factors
from dualcos.lab.conformance import template_functions
from dualcos.lab.conformance.card_on_bench import ReaderBench
from dualcos.lab.conformance.host_functions import FUNCTIONS
from dualcos.lab.conformance.key_uses import KeyUse, key_uses
from dualcos.lab.conformance.playing import VectorResult, VectorVerdict, play
from dualcos.lab.conformance.template_functions import HostHand
from dualcos.lab.conformance.vector_file import Case
from dualcos.lab.conformance.vector_file import load as read
from dualcos.lab.conformance.who_computes import HandRefused
from dualcos.profile.card_of_profile import personalised_card
from dualcos.profile.schema import load
from dualcos.reader.pcsc import PcscError
from dualcos.reader.silent_card import CardGone, CardMute
from firewall.hardware.randomness import SeededRng

VECTORS = Path(__file__).parents[4] / "vectors"
DELIVER, CIPHER, INIT_SAM, CREDIT_SAM, READ_BINARY = b"\xbf\xde", b"\x80\xfa", b"\x80\x70", b"\x80\x72", b"\x00\xb0"
CARDS = (("social-2.0", "psam-3des"), ("social-3.0", "psam-sm4"))
ROUTINES = {
    "ssse": {"steps": [{"send": "00A404000F7378312E73682EC9E7BBE1B1A3D5CF", "expect": "9000"}]},
    "challenge": {"steps": [{"send": "0084000008", "expect": "9000 {challenge:8}"}]},
    "auth": {
        "params": ["key", "kid"],
        "steps": [{"routine": "challenge"}, {"send": "008200{kid}10{ext_auth(key)}", "expect": "9000"}],
    },
}
PROVES = [{"routine": "auth(RKSSSE, 0A)"}]
WRITES = [
    {"routine": "auth(UKSSSE, 04)"},
    {"routine": "ssse"},
    {"routine": "auth(UKSSSE, 04)"},
    {"routine": "challenge"},
    {"send": "{update(STKSSSE, 04DC0734, 030131)}", "expect": "9000"},
]
SETTLES = [
    {"send": "00A4000002DF04", "expect": "9000"},
    {"send": "00200000{lc(ssse.pin)}", "expect": "9000"},
    {
        "send": "B0280101130100000000000000C8000007D0{terminal()}",
        "expect": "9000 [4] [4] [4] [2] {seq:2} .. .. {rand:4}",
    },
    {
        "send": "B02C01000F{settlement(DPK01, rand, seq, 00000000000000C8000007D0, 20240115093000)}",
        "expect": "9000 [4] {mac2:4} {=mac2_refused(DPK01, rand, seq, 00000000000000C8000007D0, mac2)}",
    },
]


def made(name: str, *settings: str) -> SmartCard:
    return personalised_card(load(name, settings=settings), rng=SeededRng(name.encode()), source=name)


@pytest.fixture(scope="module")
def cards():
    """Cards and PSAMs by profile, each made once and put back to its first state whenever it is asked for."""
    kept: dict[tuple[str, ...], tuple[SmartCard, object]] = {}

    def card(name: str, *settings: str) -> SmartCard:
        if (name, *settings) not in kept:
            new = made(name, *settings)
            kept[name, *settings] = new, new.snapshot()
        found, first = kept[name, *settings]
        found.restore(first)
        return found

    return card


class Spoilt(AroundCard[SmartCard]):
    """A card that answers otherwise: ``spoil`` gets command and answer, and may raise."""

    spoil: Callable[[bytes, bytes], bytes] | None = None

    def exchange(self, command: bytes) -> bytes:
        answer = self.card.exchange(command)
        return self.spoil(command, answer) if self.spoil is not None else answer


def answering(head: bytes, word: str) -> Callable[[bytes, bytes], bytes]:
    return lambda command, answer: bytes.fromhex(word) if command.startswith(head) else answer


def raising(head: bytes, error: Exception) -> Callable[[bytes, bytes], bytes]:
    def spoil(command: bytes, answer: bytes) -> bytes:
        if command.startswith(head):
            raise error
        return answer

    return spoil


def asked(folder: Path, steps: list[dict[str, object]]) -> Case:
    """A vector of these steps, in SSSE."""
    title = {"zh": "试", "en": "a trial"}
    routines = {name: {"title": title, **routine} for name, routine in ROUTINES.items()}
    (folder / "routines.json").write_text(json.dumps({"routines": routines}), "utf-8")
    unit = {
        "unit": "TRY", "title": title, "purpose": "p", "clause": ["SSC-9 §9"], "profile": "social-2.0", "live": True,
        "applies": "ssse", "provenance": {"kind": "standard", "source": "SSC-9"}, "setup": [{"routine": "ssse"}],
        "vectors": [{"id": "TRY-01", "title": title, "steps": steps}],
    }  # fmt: skip
    (folder / "try.json").write_text(json.dumps(unit), "utf-8")
    (case,) = read(folder / "try.json")
    return case


class Pair:
    """A card and a PSAM, each of which may be spoilt."""

    def __init__(self, card: SmartCard, sam: SmartCard, profile: str) -> None:
        self.card, self.sam = Spoilt(card), Spoilt(sam)
        self.profile = profile
        self.hand = hand_with_sam(self.card, self.sam, load(profile))
        self.bench = ReaderBench(self.card, profile, destructive=True, hand=self.hand)

    def play(self, case: Case) -> VectorResult:
        return play(case, self.bench)


@pytest.fixture
def pair(cards):
    return Pair(cards("social-2.0"), cards("psam-3des"), "social-2.0")


# --- it computes what the keys give ------------------------------------------------------------------------------


def texts() -> list[str]:
    long = "".join(f"{at:02X}" for at in range(200))
    yield "{ext_auth(RKSSSE)}"
    yield "{ext_auth(UK1DF03, 0102030405060708)}"
    yield "{int_auth(IRK, 1112131415161718, 2122232425262728)}"
    for length in (0, 1, 2, 3, 10, 11, 41, 42, 43, 48, 106, 107, 200):
        yield f"{{mac(STKSSSE, 04D60000, {long[: 2 * length]})}}" if length else "{mac(STKSSSE, 84240000)}"
        yield f"{{encipher(STKSSSE, {long[: 2 * length]})}}" if length else "{secured(STKSSSE, 84240000)}"
        yield f"{{update(STKSSSE, 04D60000, {long[: 2 * length + 2]})}}"
    for blocks in (16, 64, 80, 128, 144, 192):
        yield f"{{blocks(STKDF03, {long[: 2 * blocks]})}}"
    yield "{flip(secured(STKDF03, 841E0001))}"


@pytest.mark.parametrize("challenge", ["C7D1042E", "9F4C21E07B3A58D6"])
@pytest.mark.parametrize(("profile", "sam"), CARDS)
def test_it_computes_what_the_keys_give(cards, profile, sam, challenge):
    """Every function and every number of blocks that CIPHER DATA takes in one piece or several (SSC-9 §9.8)."""
    theirs = hand_with_sam(cards(profile), cards(sam), load(profile))
    ours, scope = HostHand(load(profile)), {"challenge": bytes.fromhex(challenge)}
    for text in texts():
        assert template_functions.fill(text, scope, theirs) == template_functions.fill(text, scope, ours), text


@pytest.mark.parametrize(
    ("profile", "sam", "option"),
    [
        ("social-2.0", "psam-3des", "mac_answer=block"),
        ("social-2.0", "psam-3des", "delivered_key=one calculation"),
        ("social-3.0", "psam-sm4", "session_factor=16"),
        ("social-3.0", "psam-sm4", "terminal_sequence=80 72"),
        ("social-2.0", "psam-3des", "wrong_mac2=9302"),
        ("social-3.0", "psam-sm4", "initialize_environment=accepted"),
    ],
)
def test_however_its_maker_reads_the_standard(cards, tmp_path, profile, sam, option):
    pair = Pair(cards(profile), cards(sam, f"psam.options.{option}"), profile)
    for steps in (PROVES, WRITES, SETTLES):
        assert pair.play(asked(tmp_path, steps)).verdict is VectorVerdict.PASS


def test_the_card_shows_in_which_order_factors_come(cards, tmp_path):
    """SSC-9 gives the order for 80 70 only; a key of the root tier takes three."""
    turned = cards("psam-3des", "psam.tier=root", "psam.options.factor_order=province first")
    pair = Pair(cards("social-2.0"), turned, "social-2.0")
    assert pair.play(asked(tmp_path, PROVES)).verdict is VectorVerdict.PASS


def test_a_wrong_mac2_is_the_cards(pair, tmp_path):
    """CREDIT SAM FOR PURCHASE refuses it (SSC-9 §9.10): the card failed."""
    case = asked(tmp_path, SETTLES)
    assert pair.play(case).verdict is VectorVerdict.PASS
    pair.card.spoil = lambda command, answer: (
        answer[:-3] + bytes((answer[-3] ^ 1,)) + answer[-2:] if command[:1] == b"\x00" and len(answer) == 10 else answer
    )
    result = pair.play(case)
    assert (result.verdict, result.where) == (VectorVerdict.FAIL, "steps[3]")


def test_a_card_that_errs_fails_as_it_does_by_its_keys(cards, tmp_path):
    """A wrong proof of the card, which it had right when it was identified."""
    expected = "9000 {=int_auth(IRK, 1112131415161718, 2122232425262728)}"
    case = asked(tmp_path, [{"send": "00880000101112131415161718212223242526272808", "expect": expected}])
    pair = Pair(cards("social-2.0"), cards("psam-3des"), "social-2.0")
    assert pair.play(case).verdict is VectorVerdict.PASS
    pair.card.spoil = lambda _, answer: bytes((answer[0] ^ 1,)) + answer[1:] if len(answer) == 10 else answer
    theirs, ours = pair.play(case), play(case, ReaderBench(pair.card, "social-2.0"))
    assert (theirs.verdict, theirs.where) == (ours.verdict, ours.where) == (VectorVerdict.FAIL, "steps[0]")


# --- what it does not compute ------------------------------------------------------------------------------------


NO_PSAM, NO_FUNCTION = "needs a key that no PSAM gives out", "needs a computation that no PSAM does"
NOT_THIS, OTHER_GROUP = "needs a key that this PSAM has not", "needs another group of a key than this PSAM has"
MAC1 = "01020304, 0001, 00000005, 000000000000000000000000, 310100000001, 20240115093000"
DEBIT = "01020304, 0001, 000000000000000000000000, 20240115093000"


@pytest.mark.parametrize(
    ("expression", "text", "kind"),
    [
        (f"load_mac2(DLK01, {MAC1})", "the key DLK01, which no PSAM gives out", NO_PSAM),
        ("transport(TK)", "the key TK, which no PSAM gives out", NO_PSAM),
        ("direct(CMK, 0102030405060708)", "the key CMK, which no PSAM gives out", NO_PSAM),
        ("direct(RKSSSE, 01)", "direct() with the key RKSSSE, which a PSAM does not compute", NO_FUNCTION),
        (f"purchase_mac1(DPK01, {MAC1})", "purchase_mac1() with the key DPK01", NO_FUNCTION),
        (f"settlement(DPK02, {DEBIT})", "the key DPK02, and this PSAM settles with key index 01", NOT_THIS),
        ("ext_auth(UKSSSE:2)", "group 2 of the key UKSSSE, and this PSAM has group 1", OTHER_GROUP),
    ],
)
def test_what_no_psam_computes_is_not_applicable(pair, tmp_path, expression, text, kind):
    steps = [{"routine": "challenge"}, {"send": "0082000A10{" + expression + "}"}]
    result = pair.play(asked(tmp_path, steps))
    assert (result.verdict, result.kind) == (VectorVerdict.NOT_APPLICABLE, kind)
    assert text in result.text


def test_a_psam_without_a_key(cards, tmp_path):
    """Of a key that only makes MACs (26/09, SSC-9 table B1) none enciphers; of one that is not there neither."""
    keys = '[{ key = "STKSSSE", usage = "26", identifier = "09" }, { key = "IRK", tier = "city" }]'
    pair = Pair(cards("social-2.0"), cards("psam-3des", "psam.tier=none", f"psam.keys={keys}"), "social-2.0")
    secured = [{"routine": "challenge"}, {"send": "{secured(STKSSSE, 04DC0734, 030131)}"}]
    enciphered = [{"routine": "challenge"}, {"send": "80FA0000{lc(encipher(STKSSSE, 030131))}"}]
    assert pair.play(asked(tmp_path, secured)).verdict is VectorVerdict.PASS
    for steps, text in (
        (enciphered, "needs the key STKSSSE, and this PSAM has none that enciphers"),
        (PROVES, "needs the key RKSSSE, and this PSAM has none that enciphers"),
        (SETTLES, "needs the key DPK01, and this PSAM has none that settles"),
    ):
        result = pair.play(asked(tmp_path, steps))
        assert (result.verdict, result.text) == (VectorVerdict.NOT_APPLICABLE, text)


def test_a_psam_of_another_group(cards, tmp_path):
    pair = Pair(cards("social-2.0"), cards("psam-3des", "psam.group=2"), "social-2.0")
    assert pair.hand.proof.startswith("the card proved itself")
    second = [{"routine": "challenge"}, {"send": "0082000411{ext_auth(UKSSSE:2)}02", "expect": "9000"}]
    assert pair.play(asked(tmp_path, second)).verdict is VectorVerdict.PASS
    result = pair.play(asked(tmp_path, PROVES))
    assert result.text == "needs group 1 of the key RKSSSE, and this PSAM has group 2"


def test_a_psam_that_does_not_say_its_group_has_the_first(pair, tmp_path):
    silent = Spoilt(pair.sam.card)
    silent.spoil = answering(READ_BINARY, "6A82")
    again = Pair(pair.card.card, silent, "social-2.0")
    assert again.play(asked(tmp_path, PROVES)).verdict is VectorVerdict.PASS
    second = [{"routine": "challenge"}, {"send": "0082000411{ext_auth(UKSSSE:2)}02"}]
    assert again.play(asked(tmp_path, second)).text.endswith("this PSAM does not say which group it has")
    settles = again.play(asked(tmp_path, SETTLES))
    assert settles.verdict is VectorVerdict.INCONCLUSIVE
    assert "the number of its terminal (file 0016)" in settles.text


def test_a_usage_that_another_key_of_the_card_has_is_left_alone(cards, tmp_path):
    """48/54 is UK2DF06; of a region whose cards have DF04/EF0D 28/54 opens that. A wrong key would cost a try."""
    keys = '[{ key = "IRK", tier = "city" }, { key = "UKEF0DDF04" }]'
    sam = cards("psam-3des", "psam.tier=none", f"psam.keys={keys}")
    regional = 'ssse.extensions=["DF04/EF0C-EF0D"]'
    card, told = cards("social-2.0", regional), load("social-2.0", settings=(regional,))
    hand = hand_with_sam(card, sam, told)
    case = asked(tmp_path, [{"routine": "challenge"}, {"send": "0082008610{ext_auth(UK2DF06)}"}])
    result = play(case, ReaderBench(card, "social-2.0", settings=(regional,), hand=hand))
    assert result.text == "needs the key UK2DF06, and this PSAM has none that enciphers"
    assert hand.key("UKEF0DDF04").computed("ext_auth", bytes(8))


def test_a_key_that_the_card_has_not(pair, tmp_path):
    """No key of a regional file, nor a fourth group."""
    result = pair.play(
        asked(tmp_path, [{"send": "0082000A10{int_auth(UKSSSE:4, 1112131415161718, 2122232425262728)}"}])
    )
    assert result.text == "needs UKSSSE:4, and this card has none"


# --- keys are the PSAM's alone -----------------------------------------------------------------------------------


def test_no_key_of_the_profile_is_used(cards, tmp_path):
    """The profile's keys are all others, and the laboratory by itself fails with them; the PSAM's verdicts stay."""
    other = load("social-2.0", settings=("keys.label=nobody",))
    card, sam = cards("social-2.0"), cards("psam-3des")
    hand = hand_with_sam(card, sam, other)
    for steps in (PROVES, WRITES, SETTLES):
        case = asked(tmp_path, steps)
        assert play(case, ReaderBench(card, "social-2.0", hand=hand)).verdict is VectorVerdict.PASS
    alone = ReaderBench(card, "social-2.0", settings=("keys.label=nobody",))
    assert play(asked(tmp_path, PROVES), alone).verdict is VectorVerdict.FAIL


def test_factors_are_the_cards_and_not_the_profiles(cards, tmp_path):
    told = load("social-2.0", settings=("ssse.city=310100", "chip.serial=00000009"))
    card = cards("social-2.0")
    hand = hand_with_sam(card, cards("psam-3des"), told)
    case = asked(tmp_path, PROVES)
    assert play(case, ReaderBench(card, "social-2.0", hand=hand)).verdict is VectorVerdict.PASS


def test_which_keys_a_vector_uses(tmp_path):
    """With what routines are given; a key by value is nobody's secret."""
    steps = [*WRITES, {"send": "0082000010{ext_auth(tdes(000102030405060708090A0B0C0D0E0F))}"}]
    assert key_uses(asked(tmp_path, steps)) == {KeyUse("ext_auth", "UKSSSE"), KeyUse("update", "STKSSSE")}


def test_every_function_is_the_templates_own():
    assert all(FUNCTIONS[name].kinds[0] in ("k", "s") for name in CALCULATIONS)


# --- a PSAM that does not do it ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spoil", "text"),
    [
        (answering(DELIVER, "6982"), "DELIVERY SESSION KEY 分散过程密钥 (RKSSSE 应用数据读取, usage"),
        (answering(DELIVER, "6982"), "with 6982: security status not satisfied"),
        (answering(CIPHER, "6901"), "CIPHER DATA 数据计算 (encipher, last block 加密) with 6901: command not accepted"),
        (answering(CIPHER, "6F00"), "CIPHER DATA 数据计算 (encipher, last block 加密) with 6F00"),
        (answering(CIPHER, "0102039000"), "with 3 bytes, where 8 belong"),
        (answering(CIPHER, "9000"), "with 0 bytes, where 8 belong"),
        (answering(CIPHER, "90"), "answered 80FA0000 +9 without a status word"),
        (raising(CIPHER, CardMute("no power")), "the PSAM does not answer 80FA0000 +9: no power"),
    ],
)
@pytest.mark.parametrize("known", [False, True], ids=["at first", "once it had served"])
def test_a_psam_that_refuses_is_no_fail_of_the_card(pair, tmp_path, spoil, text, known):
    """Inconclusive in the PSAM's words, before the card is sent anything; and when it serves again it serves."""
    case = asked(tmp_path, PROVES)
    if known:
        assert pair.play(case).verdict is VectorVerdict.PASS
    pair.sam.spoil = spoil
    sent: list[bytes] = []
    pair.card.spoil = lambda command, answer: (sent.append(command), answer)[1]
    result = pair.play(case)
    assert (result.verdict, result.where) == (VectorVerdict.INCONCLUSIVE, "before power-on")
    assert text in result.text
    assert sent == []
    pair.sam.spoil = None
    assert pair.play(case).verdict is VectorVerdict.PASS


def test_a_psam_that_refuses_in_the_middle(pair, tmp_path):
    """It answers the calculation with zeros, and not the card's random number."""
    pair.sam.spoil = lambda command, answer: (
        bytes.fromhex("6985") if command.startswith(CIPHER) and any(command[5:]) else answer
    )
    result = pair.play(asked(tmp_path, PROVES))
    assert (result.verdict, result.where) == (VectorVerdict.INCONCLUSIVE, "steps[0]")
    assert "6985" in result.text


@pytest.mark.parametrize(
    ("head", "word", "text"),
    [
        (INIT_SAM, "6A88", "INIT SAM FOR PURCHASE 消费初始化"),
        (INIT_SAM, "0102039000", "with 3 bytes, where 8 belong"),
        (CREDIT_SAM, "6901", "CREDIT SAM FOR PURCHASE 消费确认"),
    ],
)
def test_a_psam_that_does_not_settle(pair, tmp_path, head, word, text):
    pair.sam.spoil = answering(head, word)
    result = pair.play(asked(tmp_path, SETTLES))
    assert result.verdict is VectorVerdict.INCONCLUSIVE
    assert text in result.text


def test_what_is_told_of_a_refusal_holds_no_pin(pair, tmp_path):
    pair.sam.spoil = lambda command, answer: (
        bytes.fromhex("6985") if command.startswith(CIPHER) and any(command[5:]) else answer
    )
    steps = [{"routine": "challenge"}, {"send": "84240001{lc(encipher(STKSSSE, ssse.pin))}"}]
    result = pair.play(asked(tmp_path, steps))
    assert result.verdict is VectorVerdict.INCONCLUSIVE
    assert "123456" not in result.text


@pytest.mark.parametrize("error", [CardGone("pulled"), PcscError("reader unplugged")])
def test_a_psam_that_is_pulled_ends_the_session(pair, tmp_path, error):
    case = asked(tmp_path, PROVES)
    for head in (DELIVER, CIPHER):
        pair.sam.spoil = raising(head, error)
        with pytest.raises(SamGoneError, match="PSAM"):
            pair.play(case)
        pair.sam.spoil = None
        assert pair.play(case).verdict is VectorVerdict.PASS


# --- a card and a PSAM -------------------------------------------------------------------------------------------


def test_a_psam_of_others_is_found_out_before_it_costs_a_try(cards):
    card = cards("social-2.0")
    before = card.dump()
    with pytest.raises(HandRefused, match=r"city 990000\) and PSAM do not belong together.*27/08"):
        hand_with_sam(card, cards("psam-3des", "keys.label=others"), load("social-2.0"))
    assert card.dump() == before


@pytest.mark.parametrize(
    ("card", "sam", "text"),
    [
        ("bank-only", "psam-3des", "selecting SSSE was answered 6A82"),
        ("social-2.0", "social-2.0", "this is no PSAM of the social security card: the PSAM answered SELECT"),
        ("social-2.0", "bank-only", "this is no PSAM of the social security card: the PSAM answered SELECT"),
    ],
)
def test_what_is_no_card_or_no_psam(card, sam, text):
    with pytest.raises(HandRefused) as refused:
        hand_with_sam(made(card), made(sam), load(card))
    assert text in str(refused.value)


@pytest.mark.parametrize(("answer", "head"), [("6A83", "00B2"), ("0102FFFF9000", "00B2"), ("", "atr"), ("3B00", "atr")])
def test_a_card_that_does_not_tell_its_factors(cards, answer, head):
    class Silent(Spoilt):
        def power_on(self) -> bytes:
            return bytes.fromhex(answer) if head == "atr" else super().power_on()

    card = Silent(cards("social-2.0"))
    card.spoil = answering(bytes.fromhex("00B2"), answer) if head == "00B2" else None
    with pytest.raises(HandRefused, match="a PSAM derives keys from the card"):
        read_factors(card)


@pytest.mark.parametrize(
    ("sam", "answer", "proof"),
    [
        ("psam-sm4", "", "not proved: this PSAM has no IRK for a card with blocks of 8 bytes"),
        ("psam-3des", "6A88", "not proved: the card answered INTERNAL AUTHENTICATION with 6A88: referenced data (key)"),
        ("psam-3des", "", "the card proved itself to the PSAM by IRK"),
    ],
)
def test_how_card_and_psam_are_known_to_belong_together(cards, sam, answer, proof):
    card = Spoilt(cards("social-2.0"))
    card.spoil = answering(b"\x00\x88", answer) if answer else None
    assert hand_with_sam(card, cards(sam), load("social-2.0")).proof.startswith(proof)


def test_a_key_nobody_has_is_no_key(pair):
    with pytest.raises(template_functions.TemplateError, match="has no key TK"):
        pair.hand.key("TK")
    with pytest.raises(template_functions.TemplateError, match="does not compute"):
        pair.hand.key("RKSSSE").computed("wrap")
    assert isinstance(pair.hand, SamHand)
