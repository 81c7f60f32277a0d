"""Honest dialogues with cards and PSAMs of the social side, each with the command that a computation stands behind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from dualcos.dialogue.driver import Dialogue
from dualcos.dialogue.making import SOCIAL_FORM, master_header
from dualcos.dialogue.medical import account_of
from dualcos.dialogue.psam import PsamHost, SettlingCard
from dualcos.dialogue.social import SocialSession, pin_field
from dualcos.profile.host_sessions import social_session
from dualcos.profile.psam_key_plan import environments
from dualcos.profile.psam_order import own_keys
from dualcos.profile.schema import Profile
from dualcos.profile.social_order import social_master
from keys.medical_macs import Purchase, purchase_session
from keys.social_cryptography import card_factor

TERMINAL, TIME = bytes.fromhex("990000000001"), bytes.fromhex("20261129093015")
NEW_PIN = "271828"
EXTERNAL, UPDATE_RECORD, UNBLOCK, BLOCK, CREDIT, DEBIT, WRITE, TRANSPORT, CREDIT_SAM = (
    0x82, 0xDC, 0x24, 0x1E, 0x2A, 0x2C, 0xD4, 0xE0, 0x72,
)  # fmt: skip


Making = Callable[[Profile], Dialogue[Any]]


class Scene(NamedTuple):
    """An honest dialogue; ``ins``: of its last command, which is looked at. ``behind``: of that the byte that is
    changed on its way, from the end, so that only what is computed is wrong.
    """

    name: str
    profile: str
    ins: int
    dialogue: Making
    settings: tuple[str, ...] = ()
    behind: int = 1


def session_of(profile: Profile) -> SocialSession:
    social = profile.ssse
    assert social is not None
    return social_session(profile, social)


def proving(
    key: str, directory: int = 0, version: int = 0, original: bytes = b""
) -> Callable[[Profile], Dialogue[Any]]:
    def dialogue(profile: Profile) -> Dialogue[Any]:
        at = session_of(profile)
        where = next(each for each in at.directories if directory in (0, each.fid))
        row = where.key(key)
        assert row is not None
        yield from at.select()
        yield from at.select(where)
        return (yield from at.authenticate(row, version, original))

    return dialogue


def updating(profile: Profile) -> Dialogue[Any]:
    at = session_of(profile)
    yield from at.enter_with("UKSSSE")
    data = bytes.fromhex("0A0131")
    return (yield from at.secured(at.home, "04DC0A30", data, enciphered=_enciphers(profile)))


def _enciphers(profile: Profile) -> bool:
    return profile.ssse is not None and profile.ssse.options.secured_updates == "enciphered"


def unblocking(profile: Profile) -> Dialogue[Any]:
    yield from session_of(profile).unblock_pin()


def reloading(profile: Profile) -> Dialogue[Any]:
    yield from session_of(profile).reload_pin(pin_field(NEW_PIN))


def blocking(profile: Profile) -> Dialogue[Any]:
    at = session_of(profile)
    yield from at.select()
    yield from at.block_application(next(each for each in at.directories if each.fid == 0xDF03), "LKDF03")


def _account(at: SocialSession) -> Any:
    where = next(each for each in at.directories if each.fid == 0xDF04)
    return where, account_of(at.keys, where)


def loading(profile: Profile) -> Dialogue[Any]:
    at = session_of(profile)
    where, account = _account(at)
    kind = 0x01 if profile.ssse.options.medical.type_code == "binary" else 0x31
    yield from at.select()
    yield from at.verify()
    yield from at.select(where)
    for amount in (1234, 5678):
        yield from account._replace(load_type=kind).load(amount, TERMINAL, TIME)


def settling(profile: Profile) -> Dialogue[Any]:
    at = session_of(profile)
    where, account = _account(at)
    kind = 0x02 if profile.ssse.options.medical.type_code == "binary" else 0x32
    yield from at.select()
    yield from at.verify()
    yield from at.select(where)
    for count in (5, 6):
        yield from account.purchase(Purchase(0, 20_001, 30_517, TERMINAL, count.to_bytes(4, "big"), TIME, kind))


def new_master(profile: Profile) -> Dialogue[Any]:
    at, master = session_of(profile), social_master(profile)
    yield from at.select()
    yield from SOCIAL_FORM.prove(master)
    return (yield from SOCIAL_FORM.write_key(master, master_header(master.algorithm.social), master))


def master_proof(profile: Profile) -> Dialogue[Any]:
    yield from session_of(profile).select()
    return (yield from SOCIAL_FORM.prove(social_master(profile)))


def sam_proof(profile: Profile) -> Dialogue[Any]:
    born = environments(profile.psam)[-1]
    host = PsamHost(born.name)
    yield from host.home()
    yield from host.application()
    return (yield from SOCIAL_FORM.prove(own_keys(profile, profile.psam, born).authorities[0], 1))


def creating(profile: Profile) -> Dialogue[Any]:
    born = environments(profile.psam)[-1]
    keys, host = own_keys(profile, profile.psam, born), PsamHost(born.name)
    yield from sam_proof(profile)
    made = keys.held[0]
    return (yield from host.change_key(keys.application, made._replace(file=0x11)))


def sam_settling(profile: Profile) -> Dialogue[Any]:
    born = environments(profile.psam)[0]
    host, keys = PsamHost(born.name), own_keys(profile, profile.psam, born)
    held = next(each for each in keys.held if each.head.usage & 0x1F == 2 and each.head.kid == 1)
    factor = card_factor(bytes.fromhex("008144434F860099000000A1B2"))
    yield from host.home()
    yield from host.application()
    for random in (b"\x11\x22\x33\x44", b"\x55\x66\x77\x88"):
        card = SettlingCard(random, 0x0102, 1, held.head.algorithm, (factor,))
        order = Purchase(0, 20_001, 30_517, TERMINAL, bytes(4), TIME)
        begun = yield from host.begin_purchase(card, order)
        child = held.key.derive(factor + bytes(byte ^ 0xFF for byte in factor))
        key = purchase_session(child, random, 0x0102, begun.data[:4])
        yield from host.credit(order.mac2(key))


BINARY = ("ssse.options.medical.type_code=binary",)
ENCIPHERED = ("ssse.options.secured_updates=enciphered",)
SCENES = (
    Scene("RKSSSE", "social-2.0", EXTERNAL, proving("RKSSSE"), behind=16),
    Scene("UKSSSE, group 2, SM4", "dual-3.0-sm4", EXTERNAL, proving("UKSSSE", version=2), behind=17),
    Scene("RK1DF03", "dual-2.0-3des", EXTERNAL, proving("RK1DF03", 0xDF03, original=bytes(8)), behind=16),
    Scene("master key", "social-3.0", EXTERNAL, master_proof, behind=16),
    Scene("KID-01", "psam-3des", EXTERNAL, sam_proof, behind=16),
    Scene("KID-01, SM4, third environment", "psam-sm4", EXTERNAL, sam_proof, behind=16),
    Scene("update", "social-2.0", UPDATE_RECORD, updating),
    Scene("update, SM4", "social-3.0", UPDATE_RECORD, updating),
    Scene("update, enciphered", "dual-2.0-3des", UPDATE_RECORD, updating, ENCIPHERED),
    Scene("unblock", "social-2.0", UNBLOCK, unblocking),
    Scene("reload", "social-2.0", UNBLOCK, reloading),
    Scene("reload, SM4", "social-3.0", UNBLOCK, reloading),
    Scene("block", "dual-3.0-sm4", BLOCK, blocking),
    Scene("load", "social-2.0", CREDIT, loading),
    Scene("load, binary, SM4", "dual-3.0-sm4", CREDIT, loading, BINARY),
    Scene("settlement", "social-3.0", DEBIT, settling),
    Scene("settlement, binary", "dual-2.0-3des", DEBIT, settling, BINARY),
    Scene("new master key", "social-2.0", WRITE, new_master),
    Scene("new master key, SM4", "social-3.0", WRITE, new_master),
    Scene("CHANGE KEY", "psam-3des", WRITE, creating),
    Scene("CHANGE KEY, SM4", "psam-sm4", WRITE, creating),
    Scene("MAC2", "psam-3des", CREDIT_SAM, sam_settling),
    Scene("MAC2, SM4", "psam-sm4", CREDIT_SAM, sam_settling),
)

RELOAD, RELOAD_SM4 = (each for each in SCENES if each.dialogue is reloading)
CHANGED = tuple(each for each in SCENES if each.ins == WRITE)
ENCIPHERED_UPDATE = next(each for each in SCENES if each.settings == ENCIPHERED)
