"""The bank side on the bench: whole transactions and issuer scripts, bound to the keys of one card."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from apdu import tlv
from cos.pse.commands.command_table import ROWS
from cos.pse.transaction.transaction_memory import SIZE, Counters
from cos.pse.transaction.transaction_states import Command
from dualcos.dialogue.making import master_header
from dualcos.dialogue.personalise_birth import PSE
from dualcos.lab.properties.region_memory import memory_of
from dualcos.lab.properties.social_host import OTHER_MASTER, challenge
from dualcos.lab.properties.specimen import Side
from dualcos.lab.properties.traffic_steps import Macro, Play, Reply, apdu, send
from dualcos.profile.bank_order import bank_card, key_service
from dualcos.profile.schema import BankProfile, Profile
from keys import key_wrapping
from keys.algorithms import TDES
from keys.bank_cryptography import pin_block
from keys.custody.bank_key_service import BankCard, BankKeyService
from keys.key_handle import KeyHandle

LABEL = "pse"
_SHORTEST = 5
_AAC, _TC, _ARQC = 0x00, 0x40, 0x80
_TYPES = (_TC, _ARQC, _AAC)
_APPROVED = b"00"
_SCRIPTS = frozenset(row.ins for row in ROWS if row.event is Command.SCRIPT)
_MESSAGING, _SECURED = 0x0F, 0x04  # low nibble of a class that announces a MAC
# What the terminal says; other tags of a list are filled with zeros.
_VALUES: Mapping[int, str] = {
    0x9F02: "000000001000",
    0x9F1A: "0156",
    0x5F2A: "0156",
    0x9A: "250601",
    0x9F37: "11223344",
    0x9F21: "164721",
    0x9F66: "26000000",
    0x9F7A: "00",
}
_OTHER_PIN = "907856"


class Issuer(NamedTuple):
    """What the issuing bank, the holder and a terminal know of one card. ``master``: the environment's master key."""

    service: BankKeyService
    card: BankCard
    aid: bytes
    pin: str
    lists: Mapping[int, bytes]
    elements: Mapping[str, str]
    records: tuple[str, ...]
    master: KeyHandle


class Ran(NamedTuple):
    """A first GENERATE AC: what the issuer works with."""

    atc: bytes
    ac: bytes


def issuer_of(profile: Profile, bank: BankProfile) -> Issuer:
    """The bank of the card that ``profile`` makes."""
    lists = {int(tag, 16): bytes.fromhex(bank.elements.get(tag, "")) for tag in ("9F38", "8C", "8D", "9F49")}
    return Issuer(
        key_service(profile),
        bank_card(profile),
        bytes.fromhex(bank.aid),
        bank.pin,
        lists,
        bank.elements,
        tuple(bank.records),
        KeyHandle(TDES, profile.bank_key("master")),
    )


def filled(raw: bytes, choice: int, code: bytes = _APPROVED) -> bytes:
    """The data a terminal sends for a data object list; ``choice`` changes amount and unpredictable number."""
    out = b""
    for entry in tlv.parse_dol(raw):
        value = code if entry.tag == 0x8A else bytes.fromhex(_VALUES.get(entry.tag, ""))
        if entry.tag == 0x9F37:
            value = (0x11223344 + choice).to_bytes(4, "big")
        if entry.tag == 0x9F02:
            value = bytes.fromhex(f"{1000 + choice % 50:012d}")
        out += value[: entry.length].rjust(entry.length, b"\0")
    return out


def cryptogram_of(answer: bytes) -> Ran | None:
    """ATC and cryptogram in the answer of GENERATE AC, either format; None if it carries none."""
    if answer[:1] == b"\x80" and len(answer) > 13:
        return Ran(answer[3:5], answer[5:13])
    if answer[:1] == b"\x77":
        atc, ac = tlv.find(answer[:-2], 0x77, 0x9F36), tlv.find(answer[:-2], 0x77, 0x9F26)
        return Ran(atc, ac or b"") if atc else None
    return None


def marked_unsecured(command: bytes, before: bytes, after: bytes) -> bool:
    """True if all that changed is what a script command leaves whose class announces no secure messaging: refused for
    its class, it still marks that a script failed (PBOC-5 figure 23; vector JBSB-CLASS).
    """
    if len(before) != SIZE or command[1] not in _SCRIPTS or command[0] & _MESSAGING == _SECURED:
        return False
    return Counters.from_bytes(after) == Counters.from_bytes(before)._replace(script_failure=True)


def replaced(old: KeyHandle, new: KeyHandle) -> Play:
    """WRITE KEY: the environment's master key by another, under itself, which is proved."""
    random = yield from challenge()
    cipher = key_wrapping.wrap_key(old, master_header(new.algorithm.social), new)
    yield from send(key_wrapping.write_key_command(old, 1, cipher, random))


class _Macros:
    def __init__(self, issuer: Issuer) -> None:
        self.issuer = issuer

    # --- parts ---------------------------------------------------------------------------------------------

    def _select(self) -> Reply:
        return (yield from send(apdu("00A40400", self.issuer.aid)))

    def _gpo(self, choice: int) -> Reply:
        data = filled(self.issuer.lists[0x9F38], choice)
        return (yield from send(apdu("80A80000", bytes((0x83, len(data))) + data)))

    def _first(self, kind: int, choice: int) -> Reply:
        return (yield from send(apdu(f"80AE{kind:02X}00", filled(self.issuer.lists[0x8C], choice))))

    def _second(self, kind: int, choice: int, code: bytes = _APPROVED) -> Reply:
        return (yield from send(apdu(f"80AE{kind:02X}00", filled(self.issuer.lists[0x8D], choice, code))))

    def _online(self, choice: int) -> Reply:
        """Select, GPO and a first GENERATE AC that asks for the issuer; its answer."""
        yield from self._select()
        yield from self._gpo(choice)
        return (yield from self._first(_ARQC, choice))

    # --- the holder and the terminal -----------------------------------------------------------------------

    def select(self, choice: int) -> Play:
        name = self.issuer.aid[: len(self.issuer.aid) - choice % 3]
        yield from send(apdu("00A40400" if choice % 5 else "00A40402", name))

    def gpo(self, choice: int) -> Play:
        yield from self._select()
        yield from self._gpo(choice)

    def read(self, choice: int) -> Play:
        dgi = self.issuer.records[choice % len(self.issuer.records)]
        yield from self._select()
        yield from send(apdu(f"00B2{dgi[2:]}{int(dgi[:2], 16) << 3 | 4:02X}", le=256))

    def get_data(self, choice: int) -> Play:
        tag = (0x9F36, 0x9F13, 0x9F17, 0x9F4F, 0x9F54, 0x9F58)[choice % 6]
        yield from self._select()
        yield from send(apdu(f"80CA{tag:04X}", le=256))

    def verify_ok(self, choice: int) -> Play:
        yield from self.gpo(choice)
        yield from send(apdu("00200080", pin_block(self.issuer.pin)))

    def verify_bad(self, choice: int) -> Play:
        yield from self.gpo(choice)
        block = pin_block(self.issuer.pin)
        yield from send(apdu("00200080", block[:1] + bytes((block[1] ^ (1 + choice % 8),)) + block[2:]))

    def offline(self, choice: int) -> Play:
        """GPO and one GENERATE AC of any kind."""
        yield from self.gpo(choice)
        yield from self._first(_TYPES[choice % 3], choice)

    def online(self, choice: int) -> Play:
        """A whole transaction with the issuer: ARQC, issuer authentication, TC or AAC."""
        ran = cryptogram_of((yield from self._online(choice)))
        if ran is not None:
            yield from self._authenticate(ran)
            yield from self._second((_TC, _AAC)[choice % 2], choice)

    def _authenticate(self, ran: Ran, code: bytes = _APPROVED) -> Reply:
        data = self.issuer.service.issuer_authentication_data(self.issuer.card, ran.atc, ran.ac, code)
        return (yield from send(apdu("00820000", data)))

    def issuer_authentication(self, choice: int) -> Play:
        ran = cryptogram_of((yield from self._online(choice)))
        if ran is not None:
            yield from self._authenticate(ran)

    def issuer_authentication_bad(self, choice: int) -> Play:
        ran = cryptogram_of((yield from self._online(choice)))
        if ran is not None:
            yield from self._authenticate(ran._replace(ac=bytes((ran.ac[0] ^ 1 + choice % 255,)) + ran.ac[1:]))

    # --- the environment's owner ---------------------------------------------------------------------------

    def _prove(self, flip: int = 0) -> Reply:
        yield from send(apdu("00A40400", PSE.name))
        random = yield from challenge()
        data = key_wrapping.bank_master_authentication(self.issuer.master, random)
        return (yield from send(apdu("00820000", bytes((data[0] ^ flip,)) + data[1:])))

    def master(self, _choice: int) -> Play:
        yield from self._prove()

    def master_bad(self, choice: int) -> Play:
        yield from self._prove(1 + choice % 255)

    def replace(self, choice: int) -> Play:
        """The environment's master key by itself (even choices) or by another one."""
        yield from self._prove()
        yield from replaced(self.issuer.master, KeyHandle(TDES, OTHER_MASTER) if choice % 2 else self.issuer.master)

    # --- scripts -------------------------------------------------------------------------------------------

    def _script(self, choice: int, header: str, data: bytes = b"") -> Play:
        ran = cryptogram_of((yield from self._online(choice)))
        if ran is not None:
            yield from self._authenticate(ran)
            context = self.issuer.service.script(self.issuer.card, ran.atc, ran.ac)
            yield from send(context.command(bytes.fromhex(header), data))

    def put_data(self, choice: int) -> Play:
        """PUT DATA 9F58: the lower consecutive offline limit."""
        yield from self._script(choice, "04DA9F58", bytes((2 + choice % 7,)))

    def update_record(self, choice: int) -> Play:
        """UPDATE RECORD 1 of SFI 4: terminal velocity limits."""
        record = tlv.encode(
            0x70, tlv.encode(0x9F14, bytes((1 + choice % 5,))), tlv.encode(0x9F23, bytes((6 + choice % 3,)))
        )
        yield from self._script(choice, f"04DC01{4 << 3 | 4:02X}", record)

    def unblock_pin(self, choice: int) -> Play:
        yield from self._script(choice, "84240000")

    def change_pin(self, choice: int) -> Play:
        """To another PIN (odd choices) or to the same one."""
        ran = cryptogram_of((yield from self._online(choice)))
        if ran is not None:
            yield from self._authenticate(ran)
            new = _OTHER_PIN if choice % 2 else self.issuer.pin
            yield from send(self.issuer.service.pin_change(self.issuer.card, ran.atc, ran.ac, new))

    def block_application(self, choice: int) -> Play:
        yield from self._script(choice, "841E0000")

    def unblock_application(self, choice: int) -> Play:
        yield from self._script(choice, "84180000")

    def block_card(self, choice: int) -> Play:
        yield from self._script(choice, "84160000")


def macros(issuer: Issuer, *, blocks_whole_card: bool) -> Mapping[str, Macro]:
    """The macro table of the bank side. Scripts may be sent again within their transaction: their MAC is not chained
    from command to command (PBOC-5 C.2.4), so ``repeats``.
    """
    do = _Macros(issuer)
    rows = [
        Macro("gpo", do.gpo, writes=True, earns=True),
        Macro("select", do.select, (0, 1, 2, 5)),
        Macro("read", do.read, tuple(range(len(issuer.records)))),
        Macro("get_data", do.get_data, tuple(range(6))),
        Macro("offline", do.offline, (0, 1, 2), writes=True, earns=True),
        Macro("online", do.online, (0, 1), writes=True, earns=True),
        Macro("issuer_authentication", do.issuer_authentication, writes=True, earns=True, guarded=True),
        Macro("issuer_authentication_bad", do.issuer_authentication_bad, writes=True),
        Macro("put_data", do.put_data, (0, 1), writes=True, guarded=True, sealed=True, repeats=True),
        Macro("block_application", do.block_application, writes=True, guarded=True, sealed=True, repeats=True),
        Macro("unblock_application", do.unblock_application, writes=True, guarded=True, sealed=True, repeats=True),
        Macro(
            "block_card",
            do.block_card,
            writes=True,
            guarded=True,
            sealed=True,
            repeats=True,
            ends=True,
            traffic=not blocks_whole_card,
        ),
    ]
    proof = Macro("master", do.master, writes=True, earns=True, guarded=True, restores=True, presents=True)
    sealed = Macro("replace_by_itself", lambda choice: do.replace(2 * choice), guarded=True, sealed=True, restores=True)
    rows += [
        proof,
        Macro("master_bad", do.master_bad, writes=True, spends=True),
        sealed,
        sealed._replace(
            name="replace", play=lambda choice: do.replace(2 * choice + 1), writes=True, replaces=(0,), traffic=False
        ),
    ]
    if "0401" in issuer.records:
        rows.append(
            Macro("update_record", do.update_record, (0, 1), writes=True, guarded=True, sealed=True, repeats=True)
        )
    if issuer.pin:
        rows += [
            Macro("verify_ok", do.verify_ok, writes=True, earns=True, restores=True, presents=True),
            Macro("verify_bad", do.verify_bad, writes=True, spends=True),
            Macro("unblock_pin", do.unblock_pin, writes=True, guarded=True, sealed=True, restores=True, repeats=True),
            Macro(
                "change_pin",
                lambda choice: do.change_pin(choice * 2),
                writes=True,
                guarded=True,
                sealed=True,
                restores=True,
                repeats=True,
            ),
            Macro(
                "change_pin_anew",
                lambda choice: do.change_pin(choice * 2 + 1),
                writes=True,
                guarded=True,
                sealed=True,
                restores=True,
                repeats=True,
                traffic=False,
            ),
        ]
    return {row.name: row for row in rows}


def pool(issuer: Issuer) -> tuple[bytes, ...]:
    """Well-formed commands that hit what is there, and what belongs to another stage of life."""
    found = [apdu("00A40400", issuer.aid), apdu("00A40400", PSE.name), apdu("00A40402", issuer.aid[:_SHORTEST])]
    found += [apdu("00A40402", issuer.aid), apdu("00C00000"), apdu("00C00000", le=256), apdu("00840000", le=8)]
    for dgi in issuer.records:
        found.append(apdu(f"00B2{dgi[2:]}{int(dgi[:2], 16) << 3 | 4:02X}", le=256))
    found += [apdu(f"00B201{sfi << 3 | 4:02X}", le=256) for sfi in (1, 11, 13, 14, 30)]
    found += [apdu(f"80CA{tag}", le=256) for tag in (*issuer.elements, "9F36", "9F17", "9F13", "9F4F") if len(tag) == 4]
    gpo = filled(issuer.lists[0x9F38], 0)
    found.append(apdu("80A80000", bytes((0x83, len(gpo))) + gpo))
    found += [apdu(f"80AE{kind:02X}00", filled(issuer.lists[cdol], 0)) for kind in _TYPES for cdol in (0x8C, 0x8D)]
    found += [apdu("00820000", bytes(10)), apdu("00200080", bytes(8)), apdu("80500000", bytes(8))]
    found += [apdu(header, bytes(4)) for header in ("841E0000", "84180000", "84160000", "84240000")]
    found += [apdu("04DA9F58", bytes(5)), apdu("80E00200"), apdu("80E10001", PSE.fid.to_bytes(2, "big"))]
    return tuple(dict.fromkeys(found))


def side(profile: Profile, bank: BankProfile) -> Side:
    """The bank side of the card that ``profile`` makes."""
    issuer = issuer_of(profile, bank)
    names = (PSE.name, *(issuer.aid[:length] for length in range(_SHORTEST, len(issuer.aid) + 1)))
    return Side(
        LABEL,
        apdu("00A40400", PSE.name),
        names,
        (PSE.fid.to_bytes(2, "big"),),
        ROWS,
        pool(issuer),
        macros(issuer, blocks_whole_card=bank.options.card_block_scope == "card"),
        memory_of(LABEL),
    )
