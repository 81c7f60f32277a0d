"""The card master key: creates both environments, hands them over, and is powerless afterwards; no dead ends."""

from __future__ import annotations

import pytest

import dualcos
from apdu.command import CommandAPDU
from cos.card import Card
from cos.cos_options import CosOptions
from cos.kernel.directory_headers import DirectoryHeader
from dualcos.dialogue.bank import PSE as PSE_HEADER
from dualcos.dialogue.driver import StepRefused, done, perform, send
from dualcos.dialogue.making import BANK_FORM, SOCIAL_FORM, Maker
from dualcos.dialogue.personalise_birth import birth, maker_bytes
from dualcos.dialogue.social import SSSE as SSSE_HEADER
from dualcos.profile.birth_order import birth_order
from dualcos.profile.schema import load
from firewall.hardware.power import PowerLoss
from firewall.hardware.randomness import SeededRng
from keys import key_wrapping
from keys.algorithms import SM4, TDES
from keys.key_handle import KeyHandle

MAKER = Maker()
PROFILE = load("dual-2.0-3des")
SSSE = bytes.fromhex("00A404000F7378312E73682EC9E7BBE1B1A3D5CF")
PSE = bytes.fromhex("00A404000E315041592E5359532E4444463031")
SELECT_MF = bytes.fromhex("00A40000023F00")


def blank() -> Card:
    return Card.blank(PROFILE.transport_key, CosOptions.of(), rng=SeededRng(b"manager"))


def sw(card: Card, command: bytes) -> int:
    return perform(card, send(command)).sw


def born() -> Card:
    card = blank()
    maker_bytes(card, PROFILE.chip.historical)
    perform(card, birth(birth_order(PROFILE), MAKER))
    return card


def test_both_environments_exist_and_the_transport_key_is_dead():
    card = born()
    assert sw(card, SSSE) == 0x9000
    assert sw(card, PSE) == 0x9000
    sw(card, SELECT_MF)
    cryptogram = key_wrapping.transport_cryptogram(KeyHandle(TDES, PROFILE.transport_key), PROFILE.chip.historical[7:])
    assert sw(card, bytes.fromhex("80E0030008") + cryptogram) == 0x6985


def test_environment_ends_itself_under_its_own_key_only():
    card = born()
    delete = bytes.fromhex("80E1000102DDF1")
    sw(card, SELECT_MF)
    perform(card, MAKER.prove(KeyHandle(TDES, PROFILE.card_master_key)))
    assert sw(card, delete) == 0x6982
    sw(card, SSSE)
    assert sw(card, delete) == 0x6982
    perform(card, MAKER.prove(KeyHandle(TDES, PROFILE.social_key("master"))))
    assert sw(card, delete) == 0x9000
    assert card.environment == "manager"
    assert sw(card, SSSE) == 0x6A82
    assert not card.dump().get("ssse")
    assert sw(card, PSE) == 0x9000


def test_the_mf_falls_last_and_revives_the_transport_key():
    card = born()
    delete_mf = bytes.fromhex("80E10001023F00")
    master = KeyHandle(TDES, PROFILE.card_master_key)
    sw(card, SELECT_MF)
    perform(card, MAKER.prove(master))
    assert sw(card, delete_mf) == 0x6985
    sw(card, SSSE)
    perform(card, MAKER.prove(KeyHandle(TDES, PROFILE.social_key("master"))))
    assert sw(card, bytes.fromhex("80E1000102DDF1")) == 0x9000
    sw(card, PSE)
    own = KeyHandle(TDES, PROFILE.bank_key("master"))
    assert perform(card, BANK_FORM.prove(own)).sw == 0x9000
    assert sw(card, bytes.fromhex("80E1000102DDF2")) == 0x9000
    sw(card, SELECT_MF)
    perform(card, MAKER.prove(master))
    assert sw(card, delete_mf) == 0x9000
    perform(card, birth(birth_order(PROFILE), MAKER))
    assert sw(card, SSSE) == 0x9000


def test_no_cut_during_birth_is_a_dead_end():
    """Power lost anywhere before the hand-over: the chip can be brought back to life by its own commands."""
    rehearsal = blank()
    maker_bytes(rehearsal, PROFILE.chip.historical)
    start = rehearsal.rail.ticks
    perform(rehearsal, birth(birth_order(PROFILE), MAKER))
    ticks = rehearsal.rail.ticks - start
    for cut in range(0, ticks, 7):
        card = blank()
        maker_bytes(card, PROFILE.chip.historical)
        card.rail.cut_after(cut)
        with pytest.raises(PowerLoss):
            perform(card, birth(birth_order(PROFILE), MAKER))
        card.power_on()
        resume(card)
        assert sw(card, SSSE) == 0x9000, cut


def resume(card: Card) -> None:
    """What a bureau does with a half-born chip: go on at the first step that has not happened."""
    master = KeyHandle(TDES, PROFILE.card_master_key)
    if sw(card, SELECT_MF) != 0x9000:
        perform(card, birth(birth_order(PROFILE), MAKER))
        return
    if perform(card, SOCIAL_FORM.prove(master)).sw == 0x6A88:  # no card master key yet
        transport = KeyHandle(TDES, PROFILE.transport_key)
        cryptogram = key_wrapping.transport_cryptogram(transport, PROFILE.chip.historical[7:])
        perform(card, done("transport key", bytes.fromhex("80E0030008") + cryptogram))
        perform(card, MAKER.load_master(transport, master))
    for header, key in ((SSSE_HEADER, "social"), (PSE_HEADER, "bank")):
        finish(card, master, header, getattr(PROFILE, f"{key}_key")("master"))


def finish(card: Card, master: KeyHandle, header: DirectoryHeader, value: bytes) -> None:
    """Create an environment unless it exists, and hand it over unless it has its key."""
    sw(card, SELECT_MF)
    perform(card, MAKER.prove(master))
    sw(card, CommandAPDU(0x80, 0xE0, 1, 0, header.frame()).encode())  # 6A89 if it is there already
    sw(card, CommandAPDU(0, 0xA4, 4, 0, header.name).encode())
    if card.environment != "manager":
        return  # it has its key and answers for itself
    perform(card, MAKER.load_master(master, KeyHandle(TDES, value)))


@pytest.mark.parametrize("name", ["dual-2.0-3des", "dual-3.0-sm4"])
def test_each_master_key_replaces_itself_on_the_issued_card(name):
    """总体方案 一（四）: 环境主控密钥不受卡片主控密钥控制，可以自主更新."""
    profile = load(name)
    card = dualcos.card(profile)
    card.power_on()
    algorithm = SM4 if profile.ssse.algorithm == "SM4" else TDES
    new = KeyHandle(algorithm, bytes(range(16)))
    old = KeyHandle(algorithm, profile.social_key("master"))
    sw(card, SSSE)
    perform(card, MAKER.prove(old))
    perform(card, MAKER.load_master(old, new))
    card.power_on()
    sw(card, SSSE)
    perform(card, MAKER.prove(new))
    with pytest.raises(StepRefused, match="63C"):
        perform(card, MAKER.prove(old))

    new, old = KeyHandle(TDES, bytes(range(16))), KeyHandle(TDES, profile.bank_key("master"))
    sw(card, PSE)
    assert perform(card, BANK_FORM.prove(old)).sw == 0x9000
    perform(card, MAKER.load_master(old, new))
    card.power_on()
    sw(card, PSE)
    assert perform(card, BANK_FORM.prove(old)).sw == 0x63C2
    assert perform(card, BANK_FORM.prove(new)).sw == 0x9000
    assert sw(card, bytes.fromhex("80E0010010") + bytes(16)) == 0x6D00  # nothing else is left to it
    assert sw(card, bytes.fromhex("008200000A") + bytes(10)) == 0x6D00  # the application's command
