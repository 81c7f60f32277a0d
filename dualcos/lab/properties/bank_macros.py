"""The bank side on the bench: whole transactions and issuer scripts, bound to the keys of one card."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import IntEnum
from functools import partial
from typing import NamedTuple

from apdu import tlv
from cos.pse.commands.command_table import ROWS
from cos.pse.transaction.transaction_memory import SIZE, Counters
from cos.pse.transaction.transaction_states import Command
from dualcos.dialogue.bank import CDOL1, CDOL2, DDOL, PDOL, PSE, BankSession, ScriptHeader
from dualcos.dialogue.driver import Reply, apdu
from dualcos.dialogue.iso_commands import select_name
from dualcos.dialogue.making import BANK_FORM, END, Deleted, delete
from dualcos.lab.properties.region_memory import memory_of
from dualcos.lab.properties.specimen import Side
from dualcos.lab.properties.traffic_steps import OTHER_MASTER, Macro, Play, Played, in_turn, spoiled
from dualcos.profile.bank_order import card_keys
from dualcos.profile.bank_profile import BankProfile
from dualcos.profile.schema import Profile
from keys.algorithms import TDES
from keys.bank_cryptography import pin_block
from keys.custody.bank_key_service import KeyTriple
from keys.key_handle import KeyHandle

LABEL = "pse"
_SHORTEST = 5
_AAC, _TC, _ARQC = 0x00, 0x40, 0x80
_TYPES = (_TC, _ARQC, _AAC)
_COUNTERS = (0x9F36, 0x9F13, 0x9F17, 0x9F4F, 0x9F54, 0x9F58)
_SCRIPTS = frozenset(row.ins for row in ROWS if row.event is Command.SCRIPT)
_MESSAGING, _SECURED = 0x0F, 0x04  # low nibble of a class that announces a MAC
# What the terminal says; other tags of a list are filled with zeros.
_TERMINAL: Mapping[int, str] = {
    0x9A: "250601",
    0x9F21: "164721",
    0x9F66: "26000000",
    0x9F7A: "00",
}
_OTHER_PIN = "907856"
_HOME, _ABROAD = "0156", "0840"
_LIMITS = {0x9F53: b"\xff", 0x9F72: b"\xff", 0x9F58: b"\xff", 0x9F59: b"\xff", 0x9F54: b"\x99" * 6, 0x9F5C: b"\x99" * 6}


class Issuer(NamedTuple):
    """What the issuing bank, the holder and a terminal know of one card. ``master``: the environment's master key."""

    bank: BankProfile
    keys: KeyTriple
    master: KeyHandle

    @property
    def aid(self) -> bytes:
        """Of the application."""
        return bytes.fromhex(self.bank.aid)

    def session(self, choice: int = 0, *, country: str = _HOME, currency: str = _HOME) -> BankSession:
        """A terminal that knows the card's lists; ``choice`` changes amount and unpredictable number."""
        terminal = {tag: bytes.fromhex(value) for tag, value in _TERMINAL.items()}
        terminal |= {0x9F1A: bytes.fromhex(country), 0x5F2A: bytes.fromhex(currency)}
        terminal[0x9F37] = (0x11223344 + choice).to_bytes(4, "big")
        terminal[0x9F02] = bytes.fromhex(f"{1000 + choice % 50:012d}")
        lists = {tag: bytes.fromhex(self.bank.elements.get(f"{tag:X}", "")) for tag in (PDOL, CDOL1, CDOL2, DDOL)}
        return BankSession(self.aid, terminal, self.keys, lists=lists)

    def record(self, choice: int) -> tuple[int, int]:
        """File and number of a record."""
        records = tuple(self.bank.records)
        return divmod(int(records[choice % len(records)], 16), 0x100)

    def prove(self) -> Reply:
        """Select the environment and prove its master key."""
        yield from select_name(PSE.name)
        return (yield from BANK_FORM.prove(self.master))

    def replace(self, new: KeyHandle) -> Reply:
        """The environment's master key by another one or by itself, proved first."""
        yield from self.prove()
        return (yield from BANK_FORM.write_master(self.master, new))


def issuer_of(profile: Profile, bank: BankProfile) -> Issuer:
    """The bank of the card that ``profile`` makes."""
    return Issuer(bank, card_keys(profile), KeyHandle(TDES, profile.bank_key("master")))


def marked_unsecured(command: bytes, before: bytes, after: bytes) -> bool:
    """True if all that changed is what a script command leaves whose class announces no secure messaging: refused for
    its class, it still marks that a script failed (PBOC-5 figure 23; vector JBSB-CLASS).
    """
    if len(before) != SIZE or command[1] not in _SCRIPTS or command[0] & _MESSAGING == _SECURED:
        return False
    return Counters.from_bytes(after) == Counters.from_bytes(before)._replace(script_failure=True)


Step = Callable[[BankSession, int], Reply]
"""The command of a macro that counts; ``choice`` as the macro's."""


class _Behind(IntEnum):
    """How far a terminal has come before that command."""

    SELECT = 0
    OPTIONS = 1
    ONLINE = 2
    ANSWER = 3


def _play(issuer: Issuer, behind: _Behind, step: Step, choice: int) -> Play:
    """Nothing more behind a first GENERATE AC that was refused."""
    bank = issuer.session(choice)
    yield from bank.select()
    if behind >= _Behind.OPTIONS:
        yield from bank.options()
    if behind >= _Behind.ONLINE:
        yield from bank.generate(_ARQC)
        if bank.first is None:
            return
    if behind >= _Behind.ANSWER:
        yield from bank.authenticate_issuer()
    yield from step(bank, choice)


def _wrong_answer(session: BankSession, choice: int) -> Reply:
    """Issuer authentication for another cryptogram."""
    assert session.first is not None  # noqa: S101 - it is begun online
    ac = session.first.ac
    session.first = session.first._replace(ac=bytes((ac[0] ^ 1 + choice % 255,)) + ac[1:])
    return session.authenticate_issuer()


def limits(choice: int) -> bytes:
    """Record 1 of SFI 4: terminal velocity limits."""
    own = tlv.encode(0x9F14, bytes((1 + choice % 5,))) + tlv.encode(0x9F23, bytes((6 + choice % 3,)))
    return tlv.encode(0x70, own)


def _limits(session: BankSession, choice: int) -> Reply:
    """UPDATE RECORD of it."""
    return session.update_record(4, 1, limits(choice))


def answered(issuer: Issuer, step: Step, choice: int) -> Play:
    """``step`` behind a first cryptogram that the issuer has answered."""
    return _play(issuer, _Behind.ANSWER, step, choice)


def macros(issuer: Issuer, *, blocks_whole_card: bool) -> Mapping[str, Macro]:
    """The macro table of the bank side. Scripts may be sent again within their transaction: their MAC is not chained
    from command to command (PBOC-5 C.2.4), so ``repeats``.
    """

    def after(behind: _Behind, step: Step) -> Callable[[int], Played]:
        return partial(_play, issuer, behind, step)

    def script(name: str, step: Step, sweep: tuple[int, ...] = (0,)) -> Macro:
        return Macro(name, after(_Behind.ANSWER, step), sweep, writes=True, guarded=True, sealed=True, repeats=True)

    def bare(header: ScriptHeader) -> Macro:
        return script(header.name.lower(), lambda bank, _: bank.script(header))

    def select(choice: int) -> Reply:
        return issuer.session().select(issuer.aid[: len(issuer.aid) - choice % 3], 0 if choice % 5 else 2)

    pin, other = issuer.bank.pin, KeyHandle(TDES, OTHER_MASTER)
    block = pin_block(pin) if pin else b""
    replaced = Macro(
        "replace_by_itself", lambda _: issuer.replace(issuer.master), guarded=True, sealed=True, restores=True
    )
    rows = [
        Macro("gpo", after(_Behind.SELECT, lambda bank, _: bank.options()), writes=True, earns=True),
        Macro("select", select, (0, 1, 2, 5)),
        Macro(
            "read",
            after(_Behind.SELECT, lambda bank, choice: bank.record(*issuer.record(choice))),
            tuple(range(len(issuer.bank.records))),
        ),
        Macro(
            "get_data",
            after(_Behind.SELECT, lambda bank, n: bank.get_data(_COUNTERS[n % 6])),
            tuple(range(6)),
        ),
        Macro(
            "offline",
            after(_Behind.OPTIONS, lambda bank, choice: bank.generate(_TYPES[choice % 3])),
            (0, 1, 2),
            writes=True,
            earns=True,
        ),
        Macro(
            "online",
            after(_Behind.ANSWER, lambda bank, choice: bank.complete((_TC, _AAC)[choice % 2])),
            (0, 1),
            writes=True,
            earns=True,
        ),
        Macro(
            "issuer_authentication",
            after(_Behind.ONLINE, lambda bank, _: bank.authenticate_issuer()),
            writes=True,
            earns=True,
            guarded=True,
        ),
        Macro("issuer_authentication_bad", after(_Behind.ONLINE, _wrong_answer), writes=True),
        script("put_data", lambda bank, choice: bank.put_data(0x9F58, bytes((2 + choice % 7,))), (0, 1)),
        bare(ScriptHeader.BLOCK_APPLICATION),
        bare(ScriptHeader.UNBLOCK_APPLICATION),
        bare(ScriptHeader.BLOCK_CARD)._replace(ends=True, traffic=not blocks_whole_card),
        Macro("master", lambda _: issuer.prove(), writes=True, earns=True, guarded=True, restores=True, presents=True),
        Macro("master_bad", lambda choice: spoiled(issuer.prove(), 0x82, 1 + choice % 255), writes=True, spends=True),
        replaced,
        replaced._replace(
            name="replace", play=lambda _: issuer.replace(other), writes=True, replaces=(0,), traffic=False
        ),
    ]
    if "0401" in issuer.bank.records:
        rows.append(script("update_record", _limits, (0, 1)))
    if pin:
        changed = script("change_pin", lambda bank, choice: bank.change_pin(_OTHER_PIN if choice % 2 else pin))
        change = changed._replace(restores=True)
        rows += [
            Macro(
                "verify_ok",
                after(_Behind.OPTIONS, lambda bank, _: bank.verify(block)),
                writes=True,
                earns=True,
                restores=True,
                presents=True,
            ),
            Macro(
                "verify_bad",
                after(_Behind.OPTIONS, lambda bank, choice: spoiled(bank.verify(block), 0x20, 1 + choice % 8, at=6)),
                writes=True,
                spends=True,
            ),
            bare(ScriptHeader.UNBLOCK_PIN)._replace(restores=True),
            change._replace(play=lambda choice: change.play(2 * choice)),
            change._replace(name="change_pin_anew", play=lambda choice: change.play(2 * choice + 1), traffic=False),
        ]
    return {row.name: row for row in rows}


def raise_limits(issuer: Issuer) -> Play:
    """An online transaction whose issuer raises every limit that this card has, so that offline ones go on."""

    def raised(bank: BankSession, _choice: int) -> Reply:
        for tag, value in _LIMITS.items():
            yield from bank.put_data(tag, value)
        return (yield from bank.complete(_TC))

    return _play(issuer, _Behind.ANSWER, raised, 0)


def counting(issuer: Issuer) -> Mapping[str, Macro]:
    """What moves the counters that no dialogue of ``macros`` moves: offline abroad and in other money (a second one
    that the card counts in, if it has one), scripts behind the second cryptogram. Only for numbers at their edges.
    """

    def offline(choice: int) -> Play:
        abroad = issuer.session(choice, country=_ABROAD, currency=issuer.bank.elements.get("9F76", _ABROAD))
        return in_turn(abroad.select(), abroad.options(), abroad.generate(_TC))

    def script(bank: BankSession, _choice: int) -> Reply:
        """Behind a transaction whose issuer was not authenticated, which keeps what was counted before."""
        yield from bank.authenticate_issuer(bytes(10))
        yield from bank.complete(_TC)
        return (yield from bank.put_data(0x9F58, b"\x09"))

    behind = partial(_play, issuer, _Behind.ONLINE, script)
    rows = (Macro("offline_abroad", offline, traffic=False), Macro("script_behind", behind, traffic=False))
    return {row.name: row for row in rows}


def pool(issuer: Issuer) -> tuple[bytes, ...]:
    """Well-formed commands that hit what is there, and what belongs to another stage of life."""
    bank = issuer.session()
    files = [*map(issuer.record, range(len(issuer.bank.records))), *((sfi, 1) for sfi in (1, 11, 13, 14, 30))]
    tags = [int(tag, 16) for tag in (*issuer.bank.elements, "9F36", "9F17", "9F13", "9F4F") if len(tag) == 4]
    said = [bank.select(), bank.select(PSE.name), bank.select(issuer.aid[:_SHORTEST], 2), bank.select(p2=2)]
    said += [bank.send(apdu("00C00000")), bank.send(apdu("00C00000", le=256)), bank.send(apdu("00840000", le=8))]
    said += [bank.record(*where) for where in files] + [bank.get_data(tag) for tag in tags] + [bank.options()]
    said += [generate(kind) for kind in _TYPES for generate in (bank.generate, bank.complete)]
    said += [bank.authenticate_issuer(bytes(10)), bank.verify(bytes(8)), bank.send(apdu("80500000", bytes(8)))]
    said += [bank.send(apdu(header, bytes(4))) for header in ScriptHeader]
    said += [bank.send(apdu("04DA9F58", bytes(5))), bank.send(END), bank.send(delete(PSE.fid, Deleted.ENVIRONMENT))]
    return tuple(dict.fromkeys(map(next, said)))


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
