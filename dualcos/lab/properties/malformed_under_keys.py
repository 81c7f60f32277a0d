"""F17b: forms that are malformed under a right MAC, cryptogram or master key, and in the making of a card.

What a wrong sender cannot get so far, a wrong program of the owner's does: PINs that are none, records cut short, dates
of no calendar, data groups with another length, creation frames and key headers. Each dialogue is played on a card of
its own; the last word is the one it owes, or one that its row declares.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import partial
from types import MappingProxyType
from typing import NamedTuple

from cos.kernel.directory_headers import DirectoryHeader, DirectoryKind
from cos.ssse.tables.table_model import AccessKind, Directory, FileForm
from cos.stacks import STACKS, places
from dualcos.dialogue.bank import BankSession
from dualcos.dialogue.driver import Reply, apdu, send
from dualcos.dialogue.iso_commands import challenge
from dualcos.dialogue.making import SOCIAL_FORM, MakersForm, create
from dualcos.dialogue.medical import MedicalAccount, account_of
from dualcos.dialogue.psam import PsamFile, PsamKey
from dualcos.dialogue.social import SocialSession
from dualcos.lab.conformance.coverage import family, words_of
from dualcos.lab.properties import bank_macros, manager_macros, pki_macros, psam_macros, social_macros
from dualcos.lab.properties import neighbouring_forms as near
from dualcos.lab.properties.births_of_stacks import BirthOfStack, kinds
from dualcos.lab.properties.counters_only_go_down import frugal
from dualcos.lab.properties.hand_over import RIGHT_ORDER, Act, Blank, blank, perform_act
from dualcos.lab.properties.profile_specimens import ProfileSpecimen
from dualcos.lab.properties.property_and_violation import Violation
from dualcos.lab.properties.specimen import LabBench, PlayedExchange, Player, Specimen, named
from dualcos.lab.properties.traffic_steps import Play, Played, in_turn
from dualcos.lab.properties.unfinished_bank import ChannelOwner, unfinished_bank
from keys import bank_cryptography
from keys.algorithms import TDES
from keys.card_key_store import KeyHeader
from keys.custody.psam_keys import PsamKeyHead
from keys.key_handle import KeyHandle
from keys.medical_macs import Purchase

_TERMINAL, _TIME = bytes.fromhex("010203040506"), bytes.fromhex("20250601093000")
_LENGTH, _DATA, _TLV, _MESSAGE, _DONE = 0x6700, 0x6A80, 0x6A85, 0x6988, 0x9000
_PASSED = (0x90, 0x61, 0x62, 0x6C)


class KeyedForm(NamedTuple):
    """A dialogue whose last command is malformed where only its owner could; the words that it owes, if one says so."""

    what: str
    play: Played
    words: Collection[int] = ()


def _valid(pin: bytes, most: int) -> bool:
    """4 to ``most`` digits packed, one F behind an odd number (SSC-5 §6.3): read anew, not by the card's reader."""
    return bool(re.fullmatch(rf"(\d\d){{2,{most // 2}}}|\d(\d\d){{2,{most // 2 - 1}}}f", pin.hex()))


# --- social side -----------------------------------------------------------------------------------------------------


def _social(specimen: ProfileSpecimen) -> Iterator[KeyedForm]:
    assert specimen.profile.ssse is not None  # noqa: S101 - asked of cards that have the section
    at = social_macros.host_of(specimen.profile, specimen.profile.ssse).session
    for pin in near.packed_pins(at.keys.pin or b"\x12\x34\x56"):
        words = {_DONE} if _valid(pin, 16) else {_DATA}
        yield KeyedForm("PIN in RELOAD PIN", at.reload_pin(pin), words)
        yield KeyedForm("PIN in CHANGE PIN", at.change_pin(pin), words)
    directory, file = next(
        (directory, file)
        for directory in at.directories
        for file in directory.files
        if file.structure is FileForm.LINEAR_VARIABLE and file.update.kind is AccessKind.KEY and file.items
    )
    for record in near.simple_objects(social_macros.contents(file, 0)):
        yield KeyedForm("record under MAC", at.update(directory, file, record, secured=True), {_TLV})
    for directory in at.directories:
        account = account_of(at.keys, directory)
        if account is not None:
            yield from _dates(at, directory, account)


def _dates(at: SocialSession, directory: Directory, account: MedicalAccount) -> Iterator[KeyedForm]:
    """Under the MACs of a load and a purchase; and the starting day."""
    for time in near.digits(_TIME):
        order = Purchase(0, 5, 7, _TERMINAL, bytes(4), time)
        entered = (in_turn(at.select(directory), at.verify()) for _ in range(2))
        yield KeyedForm("time of a load", in_turn(next(entered), account.load(1, _TERMINAL, time)))
        yield KeyedForm("time of a purchase", in_turn(next(entered), account.purchase(order)))
    keys = [row.name for row in directory.keys if row.name.startswith("DSK")]
    for day in near.digits(b"\x04\x01") if keys else ():
        yield KeyedForm("starting day", in_turn(at.enter_with(keys[0], directory), send(apdu("B0560000", day))))


# --- bank side -------------------------------------------------------------------------------------------------------


def _bank(specimen: ProfileSpecimen) -> Iterator[KeyedForm]:
    assert specimen.profile.pse is not None  # noqa: S101 - as above
    issuer = bank_macros.issuer_of(specimen.profile, specimen.profile.pse)

    for length in (0, 2, 5):
        yield KeyedForm("value of PUT DATA", _online(issuer, partial(_put, length)), {_LENGTH})
    if "0401" in issuer.bank.records:
        for record in near.objects(bank_macros.limits(0)):
            yield KeyedForm("record under MAC", _online(issuer, partial(_update, record)))
    if not issuer.bank.pin:
        return
    right = bank_cryptography.pin_change_data(issuer.keys.enc, issuer.bank.pin)
    wrong = [right[:at] + bytes((right[at] ^ flip,)) + right[at + 1 :] for at, flip in _in_block(issuer.bank.pin)]
    for block in (*wrong, right[:-1], right + b"\0", b""):
        for p2 in (1, 2):
            step = partial(_pin_change, issuer, block, p2)
            yield KeyedForm("PIN block under MAC", _online(issuer, step), {_MESSAGE, _LENGTH})


def _online(issuer: bank_macros.Issuer, step: Callable[[BankSession], Reply]) -> Play:
    return bank_macros.answered(issuer, lambda bank, _choice: step(bank), 0)


def _put(length: int, bank: BankSession) -> Reply:
    return bank.put_data(0x9F58, bytes(length))


def _update(record: bytes, bank: BankSession) -> Reply:
    return bank.update_record(4, 1, record)


def _in_block(pin: str) -> Iterator[tuple[int, int]]:
    """Where the block of a PIN is turned, and by what: its control nibble, its length to 3 and 13 digits, its first two
    digits to letters, a filler.
    """
    first, second = (int(digit) for digit in pin[:2])
    yield from ((0, 0x20), (0, 0x10), (0, len(pin) ^ 3), (0, len(pin) ^ 13))
    yield from ((1, (first ^ 0xB) << 4), (1, second ^ 0xF), (7, 0x0F))


def _pin_change(issuer: bank_macros.Issuer, block: bytes, p2: int, bank: BankSession) -> Reply:
    assert bank.first is not None  # noqa: S101 - it is begun online
    session = bank_cryptography.session_key(issuer.keys.enc, bank.first.atc)
    cipher = bank_cryptography.encipher(session, block)
    return bank.script(f"842400{p2:02X}", cipher)


def _groups(owner: ChannelOwner) -> Iterator[KeyedForm]:
    """Data groups with other lengths than they have, in the forms FE, FF 00 FF; groups and records that cannot be."""
    heads = ("0101", "0000", "0100", "1F01", "7FFF", "8000", "9000", "8010", "9010")
    for raw in (
        *(
            bytes.fromhex(f"{head}{tail}")
            for head in heads
            for tail in ("", "00", "01", "0170", "027000", "FF00027000")
        ),
        *(bytes.fromhex(f"0101{tail}") for tail in ("FE7000", "FF", "FF00", "FFFFFF7000", "80", "8102", "037000")),
        *(
            bytes.fromhex(f"0101{value}")
            for value in ("017F", "02700A", "027080", "037081", "0471020000", "09709F38805A0100")
        ),
        bytes.fromhex("0101FE70FC") + bytes(200),
        bytes.fromhex("0101FF00FF70820000"),
        b"\x01",
    ):
        yield KeyedForm("data group", in_turn(owner.open(), owner.send_raw(raw)))


# --- the other environments ------------------------------------------------------------------------------------------


def _pki(specimen: ProfileSpecimen) -> Iterator[KeyedForm]:
    assert specimen.profile.pki is not None  # noqa: S101 - as above
    manager = bytes.fromhex(specimen.profile.pki.manager_pin)
    for pin in near.packed_pins(manager):
        words = {_DONE} if _valid(pin, 12) else {_DATA, _LENGTH}
        yield KeyedForm("PIN in CHANGE PIN", pki_macros.changed_pin(manager, pin), words)


_HEADS = (("usage", 0x00), ("usage", 0xE8), ("usage", 0x3F), ("algorithm", 0x00), ("algorithm", 0xFF), ("kid", 0x00))


def _psam(owner: psam_macros.PsamOwner) -> Iterator[KeyedForm]:
    key, master = owner.keys.held[0].key, owner.keys.application
    right = PsamKeyHead(0x28, 0xC1, key.algorithm.social)
    for field, value in _HEADS:
        made = PsamKey(PsamFile.NATIONAL_KEYS, right._replace(**{field: value}), key)
        play = in_turn(owner.prove_authority(0), owner.host.create_key(master, made))
        yield KeyedForm("head of CREATE KEY", play)


_FILE = "00000000 0020 EF10 C4 10 00 00 0000 0000"
_CHANGED = (
    *((4, each) for each in ("0000", "0001", "FFFF")),
    *((6, each) for each in ("3F00", "FFFF", "0000")),
    *((8, each) for each in ("00", "01", "03", "C1", "C3", "C6", "FF")),
    *((9, each) for each in ("00", "1F", "20", "FF")),
    *((11, each) for each in ("01", "FF")),
)


def _frames() -> Iterator[bytes]:
    """Creation data of files and directories, changed in each field."""
    file = bytes.fromhex(_FILE)
    yield from (file[:-1], file + b"\0", file[:8], b"")
    for at, value in _CHANGED:
        raw = bytes.fromhex(value)
        yield file[:at] + raw + file[at + len(raw) :]
    for name in (b"", b"NAME", b"1PAY.SYS.DDF01", b"A" * 16, b"A" * 17):
        yield DirectoryHeader(0xDF0E, DirectoryKind.ADF, 0, 0, False, name).frame()
    good = DirectoryHeader(0xDF0F, DirectoryKind.ADF, 0, 0, False, b"A NAME").frame()
    for at in range(len(good) - 6):
        yield from (good[:at] + bytes((each,)) + good[at + 1 :] for each in (0x00, 0xFF))


def _headers(cipher: int) -> Iterator[KeyHeader]:
    """Headers of keys, changed in each field."""
    right = KeyHeader(0x0D, 0x04, 0x01, 0xEF, 0x33, cipher, 0x44, 16)
    for field in KeyHeader._fields:
        yield from (right._replace(**{field: each}) for each in (0x00, 0x0F, 0xFF))


def _manager(specimen: ProfileSpecimen) -> Iterator[KeyedForm]:
    """Under the card master key, which the MF of an issued card still knows."""
    key = KeyHandle(TDES, specimen.profile.card_master_key)
    for header in _headers(key.algorithm.social):
        yield KeyedForm("header of WRITE KEY", in_turn(SOCIAL_FORM.prove(key), _write(SOCIAL_FORM, key, header)))
    for frame in _frames():
        yield KeyedForm("creation data", in_turn(SOCIAL_FORM.prove(key), send(create(frame))))


# --- asking ----------------------------------------------------------------------------------------------------------


def malformed_under_keys(specimen: Specimen, _case: None) -> None:
    """F17b: every form of every environment, and of its making."""
    if not isinstance(specimen, ProfileSpecimen):
        return
    for bench, label, each in _asked(specimen):
        bench.fresh()
        frugality = _Frugality(bench)
        player = frugality.player
        player.enter(label)
        player.drive(each.play)
        _judge(player, label, each.what, each.words)
        specimen.tally.judge(label)
    _making(specimen)


_FORMS: Mapping[str, Callable[[ProfileSpecimen], Iterator[KeyedForm]]] = MappingProxyType(
    {
        manager_macros.LABEL: _manager,
        social_macros.LABEL: _social,
        bank_macros.LABEL: _bank,
        pki_macros.LABEL: _pki,
    }
)


def _asked(specimen: ProfileSpecimen) -> Iterator[tuple[LabBench, str, KeyedForm]]:
    bench = specimen.bench()
    if specimen.profile.psam is not None:
        for label, owner in psam_macros.owners(specimen.profile, specimen.profile.psam).items():
            yield from ((bench, label, each) for each in _psam(owner))
    for label, forms in _FORMS.items():
        if label in bench.sides and specimen.stacks[label] == label:
            yield from ((bench, label, each) for each in forms(specimen))
    unfinished = unfinished_bank(specimen)
    if unfinished is not None:
        yield from ((unfinished.bench, bank_macros.LABEL, each) for each in _groups(unfinished.owner))


class _Frugality:
    """A player whose refused commands change nothing but the counters of their rows."""

    def __init__(self, bench: LabBench) -> None:
        self._bench, self._before = bench, bench.card.dump()
        self.player = Player(bench, self._watch)

    def _watch(self, exchange: PlayedExchange) -> None:
        now = self._bench.card.dump()
        if exchange.refused:
            frugal(self._bench, exchange, self._before, now, self.player)
        self._before = now


def _judge(player: Player, label: str, what: str, words: Collection[int] = ()) -> None:
    last = player.record[-1]
    said = family(last.sw)
    allowed = set(words) or _declared(label, last.command)
    if said not in allowed and (words or said >> 8 not in _PASSED):
        owes = ", ".join(f"{each:04X}" for each in sorted(allowed))
        text = f"{what} in {label}: {named(last.command)} was answered {said:04X}, not {owes}"
        raise Violation("F17b", text, player.record)


def _declared(label: str, command: bytes) -> set[int]:
    stack = next(stack for place, stack in places(STACKS) if place.label == label)
    rows = [row for row in stack.rows if (row.cla, row.ins) == (command[0], command[1])]
    fitting = [row for row in rows if command[2] in row.p1 and command[3] in row.p2] or rows
    return {word for row in fitting for word in words_of(stack.label, row)} | {0x6A81, 0x6D00, 0x6E00}


def _making(specimen: ProfileSpecimen) -> None:
    """In each environment as it was handed over, its master key proved."""
    for label, born in kinds(specimen.profile).items():
        chip = blank(specimen.profile, born, specimen.tally)
        chip.bench.fresh()
        player = Player(chip.bench)
        for act in (*RIGHT_ORDER, Act("prove environment master", 1)):
            if not perform_act(chip, player, act):
                raise Violation("F17b", f"{act} was refused in the making of {label}", player.record)
        for what, play in _makings(born, chip):
            before = chip.bench.card.dump()
            player.drive(play)
            _judge(player, label, what)
            if player.record[-1].refused and chip.bench.card.dump() != before:
                raise Violation("F17b", f"{what} in {label} was refused, and has changed something", player.record)
        if label in specimen.bench().sides:
            specimen.tally.judge(label)


def _makings(born: BirthOfStack, chip: Blank) -> Iterator[tuple[str, Played]]:
    master = chip.keys[1]
    for header in _headers(master.algorithm.social):
        yield "header of WRITE KEY", _write(born.form, master, header)
    for frame in _frames():
        yield "creation data", send(create(frame))


def _write(form: MakersForm, master: KeyHandle, header: KeyHeader) -> Play:
    """16 bytes under that header, whatever length it names."""
    random = yield from challenge(form.random)
    yield from send(form.pin(master, header, bytes(16), random))
