"""Checks of the national interface one at a time: each fails a test that nothing else would."""

from __future__ import annotations

import pytest

from cos.ssse.tables import file_structure
from cos.ssse.tables.table_model import Access, AccessKind, Version
from dualcos.messages.social_services import ServiceDone
from dualcos.reader.pcsc import PcscError, PcscLink
from dualcos.reader.silent_card import CardGone, CardMute
from dualcos.terminal.interface.caller_buffers import CharBuffer
from dualcos.terminal.interface.library_card import LibraryCard
from dualcos.terminal.interface.national_functions import FUNCTIONS
from dualcos.terminal.interface.reader_library import ReaderLibrary
from dualcos.terminal.interface.variants.back_end_steps import BackEndSteps
from dualcos.terminal.social.card_at_terminal import asks_for_key, asks_for_pin
from dualcos.terminal.social.social_pin_pad import PinAsked
from tests.dualcos.terminal.interface.counter_with_library import PAY, Counter
from tests.dualcos.terminal.interface.test_files_read_and_written import proof_by_hand
from tests.dualcos.terminal.terminal_bench import SOCIAL, made_card, psam_for


@pytest.mark.parametrize("name", ["iReadCardBas", "iWriteCard", "iReloadPIN", "iUnblockPIN", "iDoDebit"])
def test_a_psam_is_looked_for_before_the_environment(name):
    """SC §1.1.3 step 3, and so in each: without one the code is -2201, whatever card it is."""
    info, files = "00" * 16 + "|1|", ("DF04EF05|8F|$", "DF04EF05|1|$")
    arguments = {"iReadCardBas": (), "iWriteCard": (info, *files), "iDoDebit": (info, PAY)}.get(name, (info,))
    counter = Counter(sam=None, card=made_card("bank-only"))
    assert counter.call(name, 1, *arguments).code == -2201
    counter = Counter(card=made_card("bank-only"))
    assert counter.call(name, 1, *arguments).code == -1


def test_a_psam_without_rkssse_is_told_before_the_card_is_asked_anything():
    """SC §1.1.3: step 5 stands before step 6."""
    counter = Counter("social-3.0")
    assert counter.sam is not None
    counter.sam.bend = lambda command, answer: (
        b"\x6a\x88" if command[:2] == b"\xbf\xde" and command[3] == 0x0A else answer
    )
    assert counter.call("iReadCardBas", 1).code == -2203
    assert not [each for each in counter.card.commands if each.startswith("0088")]


def test_a_psam_without_the_purchase_key_is_told_before_the_pin():
    counter = Counter()
    assert counter.sam is not None
    counter.sam.bend = lambda command, answer: (
        b"\x6a\x88" if command[:2] == b"\xbf\xde" and command[2] & 0x1F == 2 else answer
    )
    assert counter.call("iDoDebit", 1, counter.info, PAY).code == -27272
    assert counter.pad.asked == []


@pytest.mark.parametrize("profile", ["social-2.0", "social-3.0"])
def test_a_psam_without_irk_writes_all_the_same(profile):
    counter = Counter(profile)
    assert counter.sam is not None
    counter.sam.bend = lambda command, answer: (
        b"\x6a\x88" if command[:2] == b"\xbf\xde" and command[3] == 0x08 else answer
    )
    assert counter.call("iReadCardBas", 1).code == -27272
    counter.good("iWriteCard", *arguments_of(counter, "iWriteCard", 1))


@pytest.mark.parametrize(("tier", "times"), [("city", 0), ("province", 1), ("root", 1)])
def test_the_card_is_asked_only_where_it_tells_an_order(tier, times):
    counter = Counter(sam="psam-3des", sam_chosen=(f"psam.tier={tier}",))
    counter.good("iWriteCard", *arguments_of(counter, "iWriteCard", 1))
    assert sum(each.startswith("0088") for each in counter.card.commands) == times


@pytest.mark.parametrize(("kind", "by_key", "key", "pin"), [
    (AccessKind.FREE, False, False, False),
    (AccessKind.FREE, True, False, False),
    (AccessKind.PIN, True, False, True),
    (AccessKind.KEY, False, True, False),
    (AccessKind.PIN_AND_KEY, False, True, True),
    (AccessKind.PIN_OR_KEY, False, False, True),
    (AccessKind.PIN_OR_KEY, True, True, False),
])  # fmt: skip
def test_what_earns_a_right(kind, by_key, key, pin):
    rule = Access(kind)
    assert (asks_for_key(rule, by_key=by_key), asks_for_pin(rule, by_key=by_key)) == (key, pin)


KEYS_OF_PINS = {"iReloadPIN": ("PUK", "STKSSSE"), "iUnblockPIN": ("PUK", "STKSSSE")}


@pytest.mark.parametrize(("name", "key"), [(name, key) for name, keys in KEYS_OF_PINS.items() for key in keys])
def test_a_psam_without_a_key_is_told_before_the_holder_types(name, key):
    counter = Counter()
    row = file_structure.structure(Version.V2)[0].key(key)
    assert row is not None
    assert counter.sam is not None
    identifiers = {identifier for _, identifier in row.psam}
    counter.sam.bend = lambda command, answer: (
        b"\x6a\x88" if command[:2] == b"\xbf\xde" and command[3] in identifiers else answer
    )
    assert counter.call(name, 1, counter.info).code == -27272
    assert counter.pad.asked == []
    assert not [each for each in counter.card.commands if each.startswith("0082")]


def test_memory_for_a_new_pin_to_the_byte():
    counter = Counter("social-3.0", sam=None)
    for size, code in ((53, -42), (54, 0)):
        counter.pad.digits = ["1234567890123456"] * 2
        first = counter.good("iReloadPIN_HSM_Step1", 1, counter.info)
        said = counter.call("iReloadPIN_HSM_Step2", proof_by_hand(counter, first.text, "PUK"), size=size)
        assert (said.code, bool(counter.pad.asked)) == (code, code == 0)


def test_a_psam_without_the_cipher_is_told_before_another_card():
    """SC §3.1.3: step 4 stands before step 5, in each function by PSAM."""
    for name in ("iWriteCard", "iReloadPIN", "iUnblockPIN", "iDoDebit"):
        counter = Counter("social-3.0", sam="psam-3des")
        arguments = arguments_of(counter, name, 1)
        arguments[1] = "00" * 16 + "|1|"
        assert counter.call(name, *arguments).code == -2202


def test_card_and_psam_get_one_reset_each():
    for name in ("iReadCardBas", "iWriteCard", "iReloadPIN", "iUnblockPIN", "iDoDebit"):
        counter = Counter()
        counter.good(name, *arguments_of(counter, name, 1))
        assert counter.card.power == counter.sam.power == ["cold", "off"]


@pytest.mark.parametrize("wrong", [RuntimeError("the pad broke"), OSError("no pad")])
def test_what_a_pad_raises_goes_through_and_leaves_no_power(wrong):
    counter = Counter()
    counter.pad.digits = [wrong]
    with pytest.raises(type(wrong)):
        counter.call("iVerifyPIN", 1)
    assert counter.at_rest


def test_memory_for_a_settlement_to_the_byte():
    counter = Counter()
    assert counter.call("iDoDebit", 1, counter.info, PAY, size=128).code == 0


def test_no_memory_at_all_is_known_before_anything_is_written():
    counter = Counter()
    assert counter.call("iWriteCard", 1, counter.info, "DF04EF05|8F|$", "DF04EF05|2|$", size=0).code == -42
    assert counter.card.power == []


@pytest.mark.parametrize("given", [0, 3, -1])
def test_iauthtype_is_asked_only_where_a_file_leaves_the_choice(given):
    """SC §2.1.2."""
    counter = Counter()
    counter.good("iReadCard", 1, given, counter.info, "SSSEEF05|07|$")
    counter.good("iReadCard", 1, given, counter.info, "DF04EF06|90|$")
    assert counter.call("iReadCard", 1, given, counter.info, "DF01EF05|20|$").code == -23


@pytest.mark.parametrize(("longer", "code"), [(0, -22), (1, -42)])
def test_a_parameter_of_the_greatest_length(longer, code):
    counter = Counter()
    info = f"{'0' * 32}|{'1' * (94 + longer)}|"
    assert len(info) == 128 + longer
    assert counter.call("iReadCard", 1, 1, info, "SSSEEF05|07|$").code == code


@pytest.mark.parametrize("identification", ["0" * 31, "0" * 33, "G" * 32, ""])
def test_identification_codes_that_are_none(identification):
    assert Counter().call("iReadCard", 1, 1, f"{identification}|1|", "SSSEEF05|07|$").code == -20


@pytest.mark.parametrize(("code", "raised"), [(-2, CardGone), (-4, CardMute), (-11, PcscError)])
def test_what_a_library_says_of_a_card_is_what_any_reader_says(monkeypatch, code, raised):
    library = ReaderLibrary({})
    monkeypatch.setattr(library, "ICC_Reader_PowerOn", lambda *_: code)
    with pytest.raises(raised):
        LibraryCard(library, 1, 0x01).power_on()


@pytest.mark.parametrize(("there", "code"), [(True, -3), (False, -2)])
def test_a_real_reader_is_asked_whether_there_is_a_card(there, code):
    class Looked(PcscLink):
        def __init__(self):
            """Without a PC/SC service."""

        def wait(self, *, present, seconds):
            assert (present, seconds) == (True, 0)
            return there

    library = ReaderLibrary.of(Looked())
    assert library.ICC_Reader_GetStatus(library.ICC_Reader_Open("AUTO"), 0x01) == code


def test_a_key_longer_than_the_callers_memory():
    counter = Counter()
    text = counter.good("iReadCardBas_HSM_Step1", 1).text
    out = CharBuffer(34)
    assert counter.steps().iReadCardBas_HSM_Step1To2(1, text, out) == -42
    assert out.text


def test_a_secured_command_that_is_none():
    class Strange:
        def ask(self, request):
            return ServiceDone(running=request.running)

    counter = Counter()
    counter.good("iUnblockPIN_HSM_Step1", 1, counter.info)
    steps, out = BackEndSteps(counter.driver, Strange(), lambda: 1), CharBuffer(200)
    assert steps.iUnblockPIN_HSM_Step2To3(1, f"01|0173|{'00' * 8}|8424000004||", out) < 0
    assert out.text.decode("gbk").startswith("后台拒绝")


@pytest.mark.parametrize(("pin", "code"), [("12x4", -41), ("1" * 17, -33)])
def test_a_pin_that_is_none_goes_to_no_back_end(pin, code):
    counter = Counter("social-3.0", sam=None)
    counter.good("iReloadPIN_HSM_Step1", 1, counter.info)
    out = CharBuffer(200)
    assert counter.steps().iReloadPIN_HSM_Step2To3(1, f"03|0173|{'00' * 8}|8424000114|{pin}|", out) == code


def test_the_pad_is_asked_by_name():
    counter = Counter()
    counter.good("iReadDebitRecord", 1)
    assert [each for each, _ in counter.pad.asked] == [PinAsked.PIN]


OF_TYPE = [name for name, row in FUNCTIONS.items() if row.parameters[0].name == "iType"]
WANTED = {"pFileAddr": "DF04EF05|8F|$", "pWriteData": "DF04EF05|1|$", "pPayInfo": PAY}


def arguments_of(counter: Counter, name: str, kind: int) -> list[int | str]:
    wanted = {**WANTED, "iType": kind, "iAuthType": 2, "pCardInfo": counter.info}
    return [wanted[each.name] for each in FUNCTIONS[name].parameters]


@pytest.mark.parametrize("name", OF_TYPE)
@pytest.mark.parametrize(("kind", "code"), [(0, -23), (5, -23), (-1, -23), (2, -13), (2**32 + 1, -23)])
def test_every_function_refuses_another_type(name, kind, code):
    counter = Counter()
    assert counter.call(name, *arguments_of(counter, name, kind)).code == code
    assert counter.card.power == []


BY_PSAM = ("iReadCardBas", "iReadCard", "iWriteCard", "iReloadPIN", "iUnblockPIN", "iDoDebit")


NEEDED = [(profile, name) for profile in SOCIAL for name in BY_PSAM if (profile, name) != ("social-1.0", "iReadCard")]
"""Of 1.0 that file asks for the PIN alone."""


@pytest.mark.parametrize(("profile", "name"), NEEDED)
def test_every_function_by_psam_says_why_it_does_not_serve(profile, name):
    """The codes behind which a caller goes on with an HSM (SC §10.5)."""
    other = {"psam-3des": "psam-sm4", "psam-sm4": "psam-3des"}[psam_for(profile)]
    for sam, code in ((None, -2201), (other, -2202)):
        counter = Counter(profile, sam=sam)
        assert counter.call(name, *arguments_of(counter, name, 1)).code == code
        assert counter.at_rest


@pytest.mark.parametrize("name", BY_PSAM)
def test_a_psam_with_keys_at_all_tiers_serves(name):
    counter = Counter(sam="psam-mixed-tiers")
    counter.good(name, *arguments_of(counter, name, 1))
