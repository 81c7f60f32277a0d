"""What a body checks on a card and in an order, each with a card or an order that it alone refuses.

A made card stands before the body, and somebody between them changes one answer by the least that is wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import msgspec
import pytest
from issuance_world import MAC, build, make_all, orders

from apdu.tlv import TlvError
from cos.card import Card
from dualcos.dialogue.bank import parse_cryptogram
from dualcos.dialogue.bank_channel import open_channel
from dualcos.dialogue.driver import StepRefused, perform, send
from dualcos.dialogue.medical import MedicalAccount
from dualcos.dialogue.personalise_bank import ASK_CHANNEL
from dualcos.issuance.bank.bank_order_service import BankService
from dualcos.issuance.bank.rsa_pool import RsaPool, RsaPoolError
from dualcos.issuance.bureau.social_order_service import SocialService
from dualcos.issuance.exchange import personalisation_file
from dualcos.issuance.exchange.order_services import KeyServiceError
from dualcos.issuance.exchange.personalisation_file import RecordError
from dualcos.issuance.parties_together import invented_stores
from dualcos.issuance.personaliser import making_steps
from dualcos.issuance.personaliser.batch_runs import demand_template
from dualcos.issuance.personaliser.check_after_making import (
    NotRight,
    check_bank,
    check_master_key_is_powerless,
    check_social,
)
from dualcos.issuance.personaliser.chips_in_hand import ChipInHand, demand_initialised, look
from dualcos.issuance.personaliser.row_desk import BatchError, RowRefused
from dualcos.issuance.personaliser.workshop import Job, Workshop, _At
from dualcos.profile.schema import load
from firewall.hardware.randomness import SeededRng
from keys import cps_channel
from keys.algorithms import TDES
from keys.bank_cryptography import pin_block
from keys.cps_channel import CpsKeys
from keys.custody.key_store_file import KeyFile
from keys.custody.ownership import KeyOwner, Purpose
from keys.custody.sealing import Lock, new_key_file
from keys.key_handle import KeyHandle
from keys.medical_macs import Load, load_session

KEY = KeyHandle(TDES, bytes.fromhex("2B7E151628AED2A6ABF7158809CF4F3C"))
Answer = tuple[bytes, int]
Change = Callable[[bytes, int], Answer]


class Between:
    """A card whose answer to one command is another: to the one numbered ``which`` that begins so."""

    def __init__(self, card: Card, begins: str, change: Change, which: int = 1) -> None:
        self.card, self.begins, self.change, self.left = card, bytes.fromhex(begins), change, which

    def exchange(self, command: bytes) -> bytes:
        answer = perform(self.card, send(command))
        data, sw = answer.data, int(answer.sw)
        if command.startswith(self.begins):
            self.left -= 1
            if not self.left:
                data, sw = self.change(data, sw)
        return data + sw.to_bytes(2, "big")

    def __getattr__(self, name: str) -> object:
        return getattr(self.card, name)


def word(sw: int) -> Change:
    return lambda _, __: (b"", sw)


def bit(at: int) -> Change:
    return lambda data, sw: (data[:at] + bytes((data[at] ^ 1,)) + data[at + 1 or len(data) :], sw)


def cut(length: int) -> Change:
    return lambda data, sw: (data[:length], sw)


class Made(NamedTuple):
    bench: Workshop
    card: Card
    birth: object
    social: object
    bank: object
    record: object
    blank: object
    initialised: object
    world: object


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Made:
    world = build(tmp_path_factory.mktemp("world"), 1)
    bench, card, birth, social, bank = orders(world)
    blank = card.snapshot()
    making_steps.initialise(card, birth)
    initialised = card.snapshot()
    card.restore(blank)
    make_all(card, birth, social, bank)
    return Made(bench, card, birth, social, bank, world.both.records[0], blank, initialised, world)


@pytest.fixture
def card(made):
    kept = made.card.snapshot()
    yield made.card
    made.card.restore(kept)


INTERNAL, SELECT_SSSE, SELECT_AID = "00880000", "00A404000F7378312E7368", "00A40400"


@pytest.mark.parametrize(
    ("begins", "change", "which", "said"),
    [
        ("FFFF", word(0), 1, ""),
        (SELECT_SSSE, word(0x6A82), 1, "SELECT of SSSE was answered 6A82"),
        ("00B2012C", bit(-1), 1, "record 1 of EF05 differs"),
        ("00B2012C", cut(-1), 1, "record 1 of EF05 differs"),
        ("00B2072C", bit(-1), 1, "record 7 of EF05 differs"),
        ("00B20134", bit(2), 1, "record 1 of EF06 differs"),
        ("00B20134", word(0x6A83), 1, "record 1 of EF06 differs"),
        ("00200000", word(0x63C2), 1, "VERIFY without data was answered 63C2, 63C"),
        ("00200000", word(0x6983), 1, "VERIFY without data was answered 6983"),
        (INTERNAL, bit(-1), 1, "not with the city's IRK"),
        (INTERNAL, cut(4), 1, "not with the city's IRK"),
        (INTERNAL, cut(7), 1, "not with the city's IRK"),
        (INTERNAL, cut(0), 1, "not with the city's IRK"),
        (INTERNAL, word(0x6985), 1, "INTERNAL AUTHENTICATION was answered 6985"),
    ],
)
def test_the_social_side_of_a_card_that_is_nearly_made(made, card, begins, change, which, said):
    link = Between(card, begins, change, which)
    if not said:
        check_social(link, made.social)
        return
    with pytest.raises(NotRight, match=said):
        check_social(link, made.social)


def test_a_card_with_the_answer_to_reset_of_another(made, card):
    for at in (0, 9, 12):
        other = made.social.card.historical
        other = other[:at] + bytes((other[at] ^ 1,)) + other[at + 1 :]
        with pytest.raises(NotRight, match="the ATR is"):
            check_social(card, made.social._replace(card=made.social.card._replace(historical=other)))


def without_last_file(data: bytes, sw: int) -> Answer:
    """GET PROCESSING OPTIONS without the last entry of its AFL, in either form."""
    at = data.index(b"\x94") if data[0] == 0x77 else 0
    return (data[:at] + bytes((data[at], data[at + 1] - 4)) + data[at + 2 : -4], sw) if not at else (data, sw)


def other_name(change: Callable[[bytes], bytes]) -> Change:
    """A directory entry with a name of the same AID but for ``change``."""

    def changed(data: bytes, sw: int) -> Answer:
        at = data.index(b"\x4f")
        size = data[at + 1]
        name = change(data[at + 2 : at + 2 + size])
        whole = data[:at] + bytes((0x4F, len(name))) + name + data[at + 2 + size :]
        more = len(name) - size
        return bytes((whole[0], whole[1] + more, whole[2], whole[3] + more)) + whole[4:], sw

    return changed


@pytest.mark.parametrize(
    ("begins", "change", "which", "said"),
    [
        ("FFFF", word(0), 1, ""),
        ("00A40400", word(0x6A82), 1, "the debit application was answered 6A82"),
        (ASK_CHANNEL[:4].hex(), word(0x9000), 1, "INITIALIZE UPDATE was answered 9000: the application is not"),
        ("00B2", bit(-1), 1, "records differ from the order"),
        ("80A8", without_last_file, 1, "records differ from the order"),
        ("80AE", bit(10), 1, "the cryptogram is not one"),
        ("80AE", bit(3), 1, "the cryptogram is not one"),
        ("80AE", word(0x6985), 1, "GENERATE AC was answered 6985"),
        ("80AE", cut(0), 1, "the cryptogram is not one"),
        ("00A40400", word(0x6A82), 2, "SELECT of 1PAY.SYS.DDF01 was refused"),
        ("00B2010C", word(0x6A83), 2, "the payment directory differs from the order"),
        ("00B2010C", other_name(lambda name: name + b"\x01"), 2, "the payment directory differs from the order"),
        ("00B2010C", other_name(lambda name: name[:-1]), 2, "the payment directory differs from the order"),
        ("00B2010C", other_name(lambda name: name[:-1] + b"\x02"), 2, "the payment directory differs from the order"),
    ],
)
def test_the_bank_side_of_a_card_that_is_nearly_made(made, card, begins, change, which, said):
    link = Between(card, begins, change, which)
    if not said:
        check_bank(link, made.bank, made.record.bank)
        return
    with pytest.raises(NotRight, match=said):
        check_bank(link, made.bank, made.record.bank)


@pytest.mark.parametrize(
    ("begins", "which", "said"),
    [
        ("80E00100", 1, "CREATE FILE in the MF"),
        ("80E10001", 1, "DELETE FILE of SSSE"),
        ("80E10001", 2, "DELETE FILE of PSE"),
        ("80E10001", 3, "DELETE FILE of the MF"),
    ],
)
def test_a_card_whose_master_key_still_does_something(made, card, begins, which, said):
    check_master_key_is_powerless(card, made.birth.final_card_master)
    for sw in (0x9000, 0x6985 if "SSSE" in said or "PSE" in said else 0x6982, 0x6D00):
        with pytest.raises(NotRight, match=f"{said} under the card master key was answered {sw:04X}"):
            check_master_key_is_powerless(Between(card, begins, word(sw), which), made.birth.final_card_master)
    with pytest.raises(NotRight, match=r"the card master key .* was answered"):
        check_master_key_is_powerless(Between(card, "008200", word(0x6988)), made.birth.final_card_master)


# --- chips in hand ---------------------------------------------------------------------------------------------------


class Stranger:
    """A card of somebody else's, by its ATR and its answer to SELECT of the MF."""

    def __init__(self, atr: str, sw: int) -> None:
        self.atr, self.sw = bytes.fromhex(atr), sw

    def power_on(self) -> bytes:
        return self.atr

    def exchange(self, _: bytes) -> bytes:
        return self.sw.to_bytes(2, "big")


OURS = "3B6D0000008154434F860099000000A1C2"


@pytest.mark.parametrize(
    ("atr", "sw", "blank"),
    [
        (OURS, 0x9000, False),
        (OURS, 0x6A82, True),
        (OURS, 0x6D00, None),
        (OURS, 0x6A81, None),
        (OURS.replace("6D", "6C")[:-2], 0x9000, None),
        (OURS.replace("6D", "6E") + "00", 0x9000, None),
        (OURS[:-2], 0x9000, None),
        ("", 0x9000, None),
    ],
)
def test_a_chip_that_is_nearly_one_of_ours(atr, sw, blank):
    if blank is None:
        with pytest.raises(RowRefused, match="WRONG_CARD"):
            look(Stranger(atr, sw))
    else:
        assert look(Stranger(atr, sw)) == ChipInHand(0xA1C2, blank)


@pytest.mark.parametrize("side", ["social", "bank"])
def test_a_chip_for_the_first_body_has_its_side_and_nothing_on_it(made, card, side):
    bench = Workshop(made.world.setting(made.world.folder / "none", side))
    with pytest.raises(RowRefused, match="ALREADY_MADE"):
        demand_initialised(bench, card, look(card))
    card.restore(made.initialised)
    demand_initialised(bench, card, look(card))
    name = SELECT_SSSE if side == "social" else "00A404000E31504159"
    with pytest.raises(RowRefused, match="NOT_INITIALISED"):
        demand_initialised(bench, Between(card, name, word(0x6A82)), look(card))
    with pytest.raises(RowRefused, match="NOT_INITIALISED"):
        demand_initialised(bench, card, ChipInHand(1, blank=True))


# --- what host and card prove to each other --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change", [bit(-1), bit(20), cut(27), cut(24), cut(10), cut(0), lambda data, sw: (data + b"\0", sw)]
)
def test_a_channel_to_a_chip_that_proves_itself_nearly(made, card, change):
    card.restore(made.initialised)
    first = CpsKeys(KEY, KEY, KEY)
    card.power_on()

    class Chip:
        def exchange(self, command: bytes) -> bytes:
            if command[1] != 0x50:
                return b"\x90\x00"
            head = bytes(10) + b"\x01\x01" + bytes(2)
            keys = cps_channel.session_keys(first, bytes(2))
            opening = cps_channel.Opening(command[5:13], bytes(2), bytes(6))
            data = head + bytes(6) + cps_channel.card_cryptogram(keys, opening)
            data, sw = self.change(data, 0x9000)
            return data + sw.to_bytes(2, "big")

    chip = Chip()
    chip.change = lambda data, sw: (data, sw)
    assert perform(chip, open_channel(lambda *_: first)).level
    chip.change = change
    with pytest.raises(StepRefused, match="INITIALIZE UPDATE"):
        perform(chip, open_channel(lambda *_: first))


def test_mac1_of_a_load_is_the_whole_of_it():
    account, terminal = MedicalAccount(KEY, KEY), bytes(6)
    head = (100).to_bytes(4, "big") + bytes(2) + b"\x01\x00" + bytes(4)
    right = Load(100, 50, terminal, 0, b"", account.load_type).mac1(load_session(KEY, bytes(4), 0))
    assert account.began(head + right, 50, terminal)
    for wrong in (right[:-1], right[:3], b"", right[:-1] + bytes((right[-1] ^ 1,)), bytes(4)):
        assert not account.began(head + wrong, 50, terminal)


# --- orders ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def stores():
    return invented_stores(load("dual-2.0-3des"), SeededRng(b"alone"))


@pytest.fixture(scope="module")
def bank(stores):
    return BankService(stores.bank, {"debit": load("dual-2.0-3des").pse})


HISTORICAL = bytes.fromhex("008154434F860099000000A1C2")


def test_a_pin_under_another_key_or_nearly_a_block(made, stores, bank):
    under = stores.bank.handle("pin-transport")
    kcv = under.check_value.hex().upper()
    data = made.record.bank

    def ask(pin: str):
        return bank.order(msgspec.structs.replace(data, pin=pin), HISTORICAL)

    block = under.encrypt(pin_block("1234")).hex()
    assert ask(f"{block}:{kcv}").data.pin_block == ask("1234").data.pin_block
    assert ask(f"{block}:{kcv.lower()}").data.pin_block == pin_block("1234")
    for wrong in (kcv[:-1], kcv[:4], kcv + "00", kcv[:-1] + ("0" if kcv[-1] != "0" else "1")):
        with pytest.raises(KeyServiceError, match="under a key with check value"):
            ask(f"{block}:{wrong}")
    for wrong in ("241234FFFFFFFF0F", "341234FFFFFFFFFF", "2312 3FFF FFFF FFFF", "24123AFFFFFFFFFF"):
        with pytest.raises(KeyServiceError, match="no PIN block"):
            ask(f"{under.encrypt(bytes.fromhex(wrong)).hex()}:{kcv}")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"template": "debi"}, "no bank template debi"),
        ({"pan": "62999900000000000A"}, "are digits"),
        ({"psn": ""}, ""),
        ({"psn": "A1"}, "are digits"),
        ({"elements": {"5F20": "2"}}, "5F20 is not hexadecimal"),
        ({"elements": {"5F20": "2G"}}, "5F20 is not hexadecimal"),
    ],
)
def test_bank_data_of_another_program(made, bank, changes, said):
    data = msgspec.structs.replace(made.record.bank, **changes)
    if said:
        with pytest.raises(KeyServiceError, match=said):
            bank.order(data, HISTORICAL)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, ""),
        ({"pin": "1234"}, ""),
        ({"pin": "123"}, "column pin"),
        ({"pin": "1" * 13}, "column pin"),
        ({"pin": "12345A"}, "column pin"),
        ({"city": "99990"}, "column city_code"),
        ({"city": "9999011"}, "column city_code"),
        ({"city": "99990A"}, "column city_code"),
        ({"photo": "="}, "column photo"),
        ({"version": "3.00"}, "the template makes 2.0"),
        ({"version": "2."}, "the template makes 2.0"),
        ({"version": ""}, "the template makes 2.0"),
    ],
)
def test_social_data_of_another_program(made, stores, changes, said):
    service = SocialService(stores.social, load("dual-2.0-3des").ssse)
    data = msgspec.structs.replace(made.record.social, **changes)
    if not said:
        assert service.order(data, HISTORICAL).card.city == "999901"
        return
    with pytest.raises(KeyServiceError, match=said):
        service.order(data, HISTORICAL)


def test_a_row_of_a_side_whose_keys_or_template_are_not_here(made):
    bench, record = made.bench, made.record
    for missing in ("social", "bank"):
        kept = getattr(bench, missing)
        setattr(bench, missing, None)
        try:
            with pytest.raises(
                KeyServiceError, match=f"no key store of the {'bureau' if missing == 'social' else 'bank'}"
            ):
                bench._orders(Job(record, 1), HISTORICAL, _At())
        finally:
            setattr(bench, missing, kept)
    batch = made.world.both
    for changed, said in (({"social": False}, "no social side"), ({"debit_aid": b""}, "no bank side")):
        kept = bench.kind
        bench.kind = kept._replace(**changed)
        try:
            with pytest.raises(BatchError, match=said):
                demand_template(bench, batch)
        finally:
            bench.kind = kept
    demand_template(bench, batch)


def test_the_pool_has_the_keys_that_it_has():
    pool = RsaPool((b"",))
    for number in (-1, 1):
        with pytest.raises(RsaPoolError, match="none with number"):
            pool.key(number)
    with pytest.raises(RsaPoolError, match="number 0 of the pool is damaged"):
        pool.key(0)


# --- personalisation file --------------------------------------------------------------------------------------------


def test_a_personalisation_file_with_one_thing_wrong(made, tmp_path):
    lock, path, batch = Lock(new_key_file()), tmp_path / "b.perso", made.world.both
    lines = b"".join(personalisation_file.encoded(batch.header, batch.records, MAC))

    def read(content: bytes, key: bytes = MAC) -> None:
        path.write_bytes(lock.seal(content))
        personalisation_file.read(path, [key], [lock])

    read(lines)
    for header in ({"format": 2}, {"format": 0}, {"count": 0}, {"count": 2}):
        changed = msgspec.structs.replace(batch.header, **header)
        with pytest.raises(RecordError, match="the file was cut"):
            read(b"".join(personalisation_file.encoded(changed, batch.records, MAC)))
    first, last = lines.splitlines()
    content, _, mac = last.rpartition(b" ")
    for wrong in (mac[:-1], mac[:8], b"", mac + mac, mac.upper(), mac[:-1] + (b"0" if mac[-1:] != b"0" else b"1")):
        with pytest.raises(RecordError, match="line 2: its MAC is wrong"):
            read(first + b"\n" + content + b" " + wrong + b"\n")
    for shown in (b"", MAC[:15]):
        with pytest.raises(RecordError, match="has 16 bytes at least"):
            read(lines, shown)
        with pytest.raises(RecordError, match="has 16 bytes at least"):
            list(personalisation_file.encoded(batch.header, batch.records, shown))
    assert list(personalisation_file.encoded(batch.header, batch.records, MAC[:16]))


@pytest.mark.parametrize("where", ["header", "record", "paper", "social", "bank"])
def test_a_field_that_nobody_knows_in_any_part_of_a_personalisation_file(made, tmp_path, where):
    """With a right MAC over it: made by a newer program, or by a mistaken one."""
    lock, path, batch = Lock(new_key_file()), tmp_path / "b.perso", made.world.both
    told = [msgspec.to_builtins(part) for part in (batch.header, *batch.records)]
    part = told[0] if where == "header" else told[1] if where == "record" else told[1][where]
    part["colour"] = "red"
    previous, lines = b"dualcos personalisation file", b""
    for each in told:
        line = msgspec.json.encode(each)
        previous = personalisation_file._mac(MAC, previous, line)
        lines += line + b" " + previous.hex().encode() + b"\n"
    path.write_bytes(lock.seal(lines))
    with pytest.raises(RecordError, match="colour"):
        personalisation_file.read(path, [MAC], [lock])


@pytest.mark.parametrize("missing", ["9F2701", "9F3602"])
def test_an_answer_that_lacks_what_a_cryptogram_has_is_none(missing):
    """Format 2 of GENERATE AC: nobody takes one for an answer with a CID or a counter of its own making."""
    told = {"9F2701": "80", "9F3602": "0001", "9F2608": "0102030405060708", "9F1007": "07010103A00000"}
    whole = bytes.fromhex("".join(head + value for head, value in told.items()))
    assert parse_cryptogram(b"\x77" + bytes((len(whole),)) + whole).atc == b"\0\x01"
    less = bytes.fromhex("".join(head + value for head, value in told.items() if head != missing))
    with pytest.raises(TlvError, match="no answer of GENERATE AC"):
        parse_cryptogram(b"\x77" + bytes((len(less),)) + less)


def test_a_root_of_another_cipher_or_purpose_serves_no_card(stores):
    from_2, from_3 = load("dual-2.0-3des").ssse, load("dual-3.0-sm4").ssse
    with pytest.raises(KeyServiceError, match=r"this card takes SM4|is not a SM4 root"):
        SocialService(stores.social, from_3)
    for purpose, algorithm in ((Purpose.SOCIAL_MASTER, "3DES"), (Purpose.SOCIAL_ROOT, "SM4")):
        store = KeyFile(KeyOwner.SOCIAL)
        for key in stores.social.entries():
            wrong = key.name == "IRK"
            told = (purpose, algorithm) if wrong else (key.purpose, key.algorithm)
            store.add(key.name, *told, bytes.fromhex(key.value), version=key.version)
        with pytest.raises(KeyServiceError, match="is not a 3DES root"):
            SocialService(store, from_2)
