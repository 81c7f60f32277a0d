"""The card master key: creates both environments, hands them over, and is powerless afterwards; no dead ends."""

from __future__ import annotations

import pytest

import dualcos
from apdu.command import CommandAPDU
from cos.card import Card, CosOptions
from cos.kernel.directory_headers import DirectoryHeader
from dualcos.profile.personalise.manager import PSE as PSE_HEADER
from dualcos.profile.personalise.manager import SSSE as SSSE_HEADER
from dualcos.profile.personalise.manager import birth, birth_order, maker_bytes, master_header
from dualcos.profile.personalise.talk import Host, StepRefused
from dualcos.profile.schema import load
from firewall.hardware.power import PowerLoss
from firewall.hardware.randomness import SeededRng
from keys import key_wrapping
from keys.algorithms import SM4, TDES
from keys.key_handle import KeyHandle

PROFILE = load("dual-2.0-3des")
SSSE = bytes.fromhex("00A404000F7378312E73682EC9E7BBE1B1A3D5CF")
PSE = bytes.fromhex("00A404000E315041592E5359532E4444463031")
SELECT_MF = bytes.fromhex("00A40000023F00")


def blank() -> Card:
    return Card.blank(PROFILE.transport_key, CosOptions.of(), rng=SeededRng(b"manager"))


def born() -> tuple[Card, Host]:
    card = blank()
    host = Host(card)
    maker_bytes(host, PROFILE.chip.historical)
    birth(host, birth_order(PROFILE))
    return card, host


def test_both_environments_exist_and_the_transport_key_is_dead():
    _, host = born()
    assert host.send(SSSE).sw == 0x9000
    assert host.send(PSE).sw == 0x9000
    host.send(SELECT_MF)
    cryptogram = key_wrapping.transport_cryptogram(KeyHandle(TDES, PROFILE.transport_key), PROFILE.chip.historical[7:])
    assert host.send(bytes.fromhex("80E0030008") + cryptogram).sw == 0x6985


def test_environment_ends_itself_under_its_own_key_only():
    card, host = born()
    delete = bytes.fromhex("80E1000102DDF1")
    host.send(SELECT_MF)
    host.prove_master(KeyHandle(TDES, PROFILE.card_master_key))
    assert host.send(delete).sw == 0x6982
    host.send(SSSE)
    assert host.send(delete).sw == 0x6982
    host.prove_master(KeyHandle(TDES, PROFILE.social_key("master")))
    assert host.send(delete).sw == 0x9000
    assert card.environment == "manager"
    assert host.send(SSSE).sw == 0x6A82
    assert not card.dump().get("ssse")
    assert host.send(PSE).sw == 0x9000


def test_the_mf_falls_last_and_revives_the_transport_key():
    _, host = born()
    delete_mf = bytes.fromhex("80E10001023F00")
    master = KeyHandle(TDES, PROFILE.card_master_key)
    host.send(SELECT_MF)
    host.prove_master(master)
    assert host.send(delete_mf).sw == 0x6985
    host.send(SSSE)
    host.prove_master(KeyHandle(TDES, PROFILE.social_key("master")))
    assert host.send(bytes.fromhex("80E1000102DDF1")).sw == 0x9000
    host.send(PSE)
    own = KeyHandle(TDES, PROFILE.bank_key("master"))
    host.apdu("bank master", "00820000", key_wrapping.bank_master_authentication(own, host.challenge()))
    assert host.send(bytes.fromhex("80E1000102DDF2")).sw == 0x9000
    host.send(SELECT_MF)
    host.prove_master(master)
    assert host.send(delete_mf).sw == 0x9000
    birth(host, birth_order(PROFILE))
    assert host.send(SSSE).sw == 0x9000


def test_no_cut_during_birth_is_a_dead_end():
    """Power lost anywhere before the hand-over: the chip can be brought back to life by its own commands."""
    rehearsal = blank()
    host = Host(rehearsal)
    maker_bytes(host, PROFILE.chip.historical)
    start = rehearsal.rail.ticks
    birth(host, birth_order(PROFILE))
    ticks = rehearsal.rail.ticks - start
    for cut in range(0, ticks, 7):
        card = blank()
        host = Host(card)
        maker_bytes(host, PROFILE.chip.historical)
        card.rail.cut_after(cut)
        with pytest.raises(PowerLoss):
            birth(host, birth_order(PROFILE))
        host.reset()
        resume(card, host)
        assert host.send(SSSE).sw == 0x9000, cut


def resume(card: Card, host: Host) -> None:
    """What a bureau does with a half-born chip: go on at the first step that has not happened."""
    master = KeyHandle(TDES, PROFILE.card_master_key)
    if host.send(SELECT_MF).sw != 0x9000:
        birth(host, birth_order(PROFILE))
        return
    proof = key_wrapping.master_authentication(master, host.challenge())
    if host.send(bytes.fromhex("0082000010") + proof).sw == 0x6A88:  # no card master key yet
        transport = KeyHandle(TDES, PROFILE.transport_key)
        cryptogram = key_wrapping.transport_cryptogram(transport, PROFILE.chip.historical[7:])
        host.do("transport key", bytes.fromhex("80E0030008") + cryptogram)
        host.load_key(transport, master_header(TDES.social), master)
    for header, key in ((SSSE_HEADER, "social"), (PSE_HEADER, "bank")):
        finish(card, host, master, header, getattr(PROFILE, f"{key}_key")("master"))


def finish(card: Card, host: Host, master: KeyHandle, header: DirectoryHeader, value: bytes) -> None:
    """Create an environment unless it exists, and hand it over unless it has its key."""
    host.send(SELECT_MF)
    host.prove_master(master)
    host.send(CommandAPDU(0x80, 0xE0, 1, 0, header.frame()).encode())  # 6A89 if it is there already
    host.send(CommandAPDU(0, 0xA4, 4, 0, header.name).encode())
    if card.environment != "manager":
        return  # it has its key and answers for itself
    host.load_key(master, master_header(TDES.social), KeyHandle(TDES, value))


@pytest.mark.parametrize("name", ["dual-2.0-3des", "dual-3.0-sm4"])
def test_each_master_key_replaces_itself_on_the_issued_card(name):
    """总体方案 一（四）: 环境主控密钥不受卡片主控密钥控制，可以自主更新."""
    profile = load(name)
    card = dualcos.card(profile)
    host = Host(card)
    host.reset()
    algorithm = SM4 if profile.ssse.algorithm == "SM4" else TDES
    new = KeyHandle(algorithm, bytes(range(16)))
    old = KeyHandle(algorithm, profile.social_key("master"))
    host.send(SSSE)
    host.prove_master(old)
    host.load_key(old, master_header(algorithm.social), new)
    host.reset()
    host.send(SSSE)
    host.prove_master(new)
    with pytest.raises(StepRefused, match="63C"):
        host.prove_master(old)

    new, old = KeyHandle(TDES, bytes(range(16))), KeyHandle(TDES, profile.bank_key("master"))
    prove = bytes.fromhex("0082000008")
    host.send(PSE)
    assert host.send(prove + key_wrapping.bank_master_authentication(old, host.challenge())).sw == 0x9000
    host.load_key(old, master_header(TDES.social), new)
    host.reset()
    host.send(PSE)
    assert host.send(prove + key_wrapping.bank_master_authentication(old, host.challenge())).sw == 0x63C2
    assert host.send(prove + key_wrapping.bank_master_authentication(new, host.challenge())).sw == 0x9000
    assert host.send(bytes.fromhex("80E0010010") + bytes(16)).sw == 0x6D00  # nothing else is left to it
    assert host.send(bytes.fromhex("008200000A") + bytes(10)).sw == 0x6D00  # the application's command
