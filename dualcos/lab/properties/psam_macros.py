"""The environments of a PSAM on the bench: what the owner of each knows, and the macro table bound to those keys."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import NamedTuple

from msgspec import structs

from apdu import tlv
from cos.kernel.stack import Place
from cos.psam.commands.command_table import ROWS
from cos.psam.security.delivered_key_states import KeyType, Usage
from cos.psam.stack import STACK
from dualcos.dialogue.driver import Reply, apdu, send
from dualcos.dialogue.iso_commands import (
    read_binary,
    read_record,
    select_fid,
    select_file,
    update_binary,
    update_record,
)
from dualcos.dialogue.making import SELECT_MF, SOCIAL_FORM, Deleted, create, delete, directory, select
from dualcos.dialogue.psam import (
    APPLICATION_FID,
    APPLICATION_NAME,
    ENCIPHER,
    MAC,
    MAC_BEGIN,
    MAC_END,
    PsamFile,
    PsamHost,
    PsamKey,
    PsamKeys,
    SettlingCard,
)
from dualcos.lab.properties.region_memory import memory_of
from dualcos.lab.properties.specimen import LabBench, Player, Side
from dualcos.lab.properties.traffic_steps import OTHER_MASTER, Macro, Play, forged, in_turn
from dualcos.profile.psam_order import all_derived, psam_order
from dualcos.profile.psam_profile import PsamProfile
from dualcos.profile.schema import KeysProfile, Profile
from keys.algorithms import SM4, TDES
from keys.custody.psam_keys import PsamKeyHead, purchase_mac1
from keys.key_handle import KeyHandle
from keys.medical_macs import Purchase

LABEL = STACK.label
PUBLIC = (PsamFile.PUBLIC, PsamFile.TERMINAL)
INFORMATION = (PsamFile.NATIONAL, PsamFile.PROVINCIAL, PsamFile.CITY)
FURTHER = STACK.places[1:]
"""The environments that a PSAM may have beside the MF's."""
_CARD_RANDOM, _CARD_SEQUENCE = bytes.fromhex("9F4C21E0"), 5
_TIME = bytes.fromhex("20250601093000")
# Diversification factors of an invented user card, the card's first.
_FACTORS = (b"310100sx", b"310000sh", b"8901000A", bytes.fromhex("0B2C3D4E5F607182"))
_NEW_IDENTIFIERS = (0xC1, 0xC2)  # reserved ones (SSC-9 App. A): no table gives a PSAM a key of that number
_FILES = (PsamFile.DIR, *PUBLIC, PsamFile.SEQUENCE, *INFORMATION)
_KEY_FILES = (PsamFile.NATIONAL_KEYS, PsamFile.PROVINCIAL_KEYS, PsamFile.CITY_KEYS)
_FIFTH = 5
_PROVINCES = (0x11, 0x31)
_CREDIT = 0x72
_OTHER, _OTHER_TRIES = "another label", 5


class PsamOwner(NamedTuple):
    """One environment: where it is, its session, its keys."""

    place: Place
    host: PsamHost
    keys: PsamKeys

    def prove_master(self, choice: int) -> Reply:
        """Enter the environment (even choices) or its application and prove its master key."""
        if choice % 2:
            return SOCIAL_FORM.enter(self.host.application_name, self.keys.application)
        return SOCIAL_FORM.enter(self.host.name, self.keys.master)

    def prove_authority(self, choice: int) -> Reply:
        """Enter the application and prove KID-01 to KID-03."""
        at = choice % len(self.keys.authorities)
        return SOCIAL_FORM.enter(self.host.application_name, self.keys.authorities[at], at + 1)

    def change_key(self, entry: PsamKey, value: KeyHandle) -> Reply:
        """Give a key for user cards another value."""
        return self.host.change_key(self.keys.application, entry._replace(key=value))

    def delivered(self, choice: int) -> PsamKey:
        """A key that DELIVERY SESSION KEY serves."""
        keys = self.keys.of(KeyType.MAC, KeyType.ENCIPHER, KeyType.BOTH)
        return keys[choice % len(keys)]

    def deliver(self, choice: int) -> Reply:
        """Enter the application; a session key for one user card."""
        entry = self.delivered(choice)
        session_factor = bytes((1 + choice % 7,)) * entry.key.block
        yield from self.host.application()
        return (yield from self.host.deliver(entry.head, _FACTORS[: entry.head.steps], session_factor))


def owners(profile: Profile, psam: PsamProfile) -> dict[str, PsamOwner]:
    """Every environment of the PSAM that ``profile`` makes, by label."""
    made = {each.name: each.keys for each in psam_order(profile, psam).environments}
    here = [place for place in STACK.places if place.name in made]
    return {place.label: PsamOwner(place, PsamHost(place.name), made[place.name]) for place in here}


def entry_record(choice: int) -> bytes:
    """The DIR record of the application, with one of several labels."""
    return tlv.encode(0x61, tlv.encode(0x4F, APPLICATION_NAME) + tlv.encode(0x50, b"%c" % (0x41 + choice % 7) * 4))


def write_entry(choice: int) -> Reply:
    """That record written, the environment's master key proved."""
    return update_record(1, entry_record(choice), PsamFile.DIR)


class _PsamMacros:
    """Dialogues by number: every ``choice`` means one thing, and any number is a choice."""

    def __init__(self, owner: PsamOwner) -> None:
        self.owner, self.host, self.keys = owner, owner.host, owner.keys
        own = self.keys.master.algorithm
        self.other, self.foreign = (KeyHandle(each, OTHER_MASTER) for each in (own, TDES if own is SM4 else SM4))

    # --- reading -------------------------------------------------------------------------------------------------

    def select(self, choice: int) -> Play:
        further = (
            self.host.application,
            partial(select_fid, APPLICATION_FID),
            partial(select_file, _FILES[choice % 3]),
        )
        yield from self.host.home()
        if choice % 4:
            yield from further[choice % 4 - 1]()

    def read(self, choice: int) -> Play:
        sfi = _FILES[choice % len(_FILES)]
        yield from self.host.home()
        if sfi > max(PUBLIC):
            yield from self.host.application()
        yield from read_record(1, sfi) if sfi == PsamFile.DIR else read_binary(sfi, 256)

    # --- proofs --------------------------------------------------------------------------------------------------

    def mixed(self, _choice: int) -> Play:
        """A key of the environment's other cipher, loaded as a fifth authority's and proved: not every random number
        that this environment gives serves it.
        """
        loaded = self.host.load_authority(self.keys.application, _FIFTH, self.foreign)
        return in_turn(self.owner.prove_master(1), loaded, SOCIAL_FORM.prove(self.foreign, _FIFTH))

    # --- calculating ---------------------------------------------------------------------------------------------

    def cipher(self, choice: int) -> Play:
        """DELIVERY SESSION KEY and CIPHER DATA as the key's kind allows: enciphering, or a MAC in one piece or two."""
        kind = KeyType(Usage.of(self.owner.delivered(choice).head.usage).kind)
        steps = [MAC] if choice % 3 else [MAC_BEGIN, MAC_END]
        if kind.encipher and (choice % 2 or not kind.mac):
            steps = [ENCIPHER]
        calculations = (self.host.calculate(step, bytes(range(32))) for step in steps)
        return in_turn(self.owner.deliver(choice), *calculations)

    def purchase(self, choice: int) -> Play:
        """INIT and CREDIT SAM FOR PURCHASE, with the card's MAC2."""
        keys = self.keys.of(KeyType.PURCHASE)
        entry = keys[choice % len(keys)]
        head, path = entry.head, _FACTORS[: entry.head.steps]
        card = SettlingCard(_CARD_RANDOM, _CARD_SEQUENCE, head.kid, head.algorithm, path)
        yield from self.host.home()
        terminal = yield from read_binary(PsamFile.TERMINAL, 6)
        yield from self.host.application()
        asked = Purchase(0, 5 + choice % 3, 7, terminal.data, bytes(4), _TIME)
        answer = yield from self.host.begin_purchase(card, asked)
        begun = asked._replace(terminal_sequence=answer.data[:4].ljust(4, b"\0"))
        _, session = purchase_mac1(entry.key, card.factors, begun, card.random, card.sequence)
        yield from self.host.credit(begun.mac2(session))

    # --- files and keys ------------------------------------------------------------------------------------------

    def update(self, choice: int) -> Play:
        """Each file that somebody may write, in turn, its right earned first."""
        at = choice % 5
        rights = (
            [self.owner.prove_master(1), self.owner.prove_authority(at)] if at < 3 else [self.owner.prove_master(0)]
        )
        return in_turn(*rights, self._write(choice))

    def _write(self, choice: int) -> Reply:
        at, value = choice % 5, choice // 5
        files, content = (*INFORMATION, PsamFile.PUBLIC), bytes((0x31 + value % 7,)) * 4
        return write_entry(value) if at == 4 else update_binary(files[at], content, 2)

    def update_unearned(self, choice: int) -> Play:
        """The same with whatever is proved at the moment, and the files nobody may write."""
        entered = self.host.application() if choice % 5 < 3 else self.host.home()
        return in_turn(entered, self._write(choice), update_binary(PsamFile.SEQUENCE, bytes(4)))

    def create_key(self, choice: int) -> Play:
        """A key that is not there yet; again it is refused."""
        head = PsamKeyHead(0x20 | KeyType.BOTH, _NEW_IDENTIFIERS[choice % 2], self.other.algorithm.social)
        made = PsamKey(_KEY_FILES[choice % 3], head, self.other)
        return in_turn(self.owner.prove_authority(choice), self.host.create_key(self.keys.application, made))

    def change_key(self, choice: int, *, anew: bool = False) -> Play:
        """A key for user cards by itself, or by the next one of its length."""
        entry = self.keys.held[choice % len(self.keys.held)]
        alike = [each.key for each in self.keys.held if each.head.algorithm == entry.head.algorithm]
        value = alike[(alike.index(entry.key) + 1) % len(alike)] if anew else entry.key
        return in_turn(
            self.owner.prove_authority(entry.file - PsamFile.NATIONAL_KEYS), self.owner.change_key(entry, value)
        )

    def load_authority(self, choice: int, *, anew: bool = False) -> Play:
        """An authority's key by itself with all its tries, or by another."""
        at = choice % 3
        value = self.other if anew else self.keys.authorities[at]
        return in_turn(self.owner.prove_master(1), self.host.load_authority(self.keys.application, at + 1, value))

    def replace(self, choice: int, *, anew: bool = False) -> Play:
        """A master key by itself, or by another."""
        key = self.keys.application if choice % 2 else self.keys.master
        return in_turn(self.owner.prove_master(choice), SOCIAL_FORM.write_master(key, self.other if anew else key))

    # --- making --------------------------------------------------------------------------------------------------

    def create(self, choice: int) -> Play:
        """Try to create a file or another environment under a proved master key."""
        place = FURTHER[choice % 2]
        header = directory(place.fid, place.name).frame()
        made = header if choice % 3 else bytes.fromhex("00000000 20 EF10 C40005000000000000")
        return in_turn(self.owner.prove_master(0), send(create(made)))


def macros(owner: PsamOwner) -> Mapping[str, Macro]:
    """The macro table of one environment."""
    do, at = _PsamMacros(owner), owner.host
    proof = Macro("", do.read, writes=True, earns=True, guarded=True, restores=True, presents=True)
    wrong = Macro("", do.read, writes=True, spends=True)
    sealed = Macro("", do.read, writes=True, guarded=True, sealed=True, restores=True)
    anew = sealed._replace(sweep=(0, 1), traffic=False)
    rows = [
        Macro("select", do.select, (0, 1, 2, 3)),
        Macro("read", do.read, tuple(range(len(_FILES)))),
        proof._replace(name="master", play=owner.prove_master, sweep=(0, 1)),
        proof._replace(name="authority", play=owner.prove_authority, sweep=(0, 1, 2)),
        proof._replace(name="mixed", play=do.mixed, traffic=False),
        wrong._replace(name="master_bad", play=forged(owner.prove_master), sweep=(0, 1)),
        wrong._replace(name="authority_bad", play=forged(owner.prove_authority), sweep=(0, 1, 2)),
        Macro("cipher", do.cipher, (0, 1, 3), earns=True),
        Macro("environment", lambda choice: in_turn(at.application(), at.initialise(_PROVINCES[choice % 2])), (0, 1)),
        Macro("purchase", do.purchase, (0, 1), writes=True, guarded=True),
        Macro("purchase_bad", forged(do.purchase, _CREDIT), writes=True),
        Macro("update", do.update, tuple(range(5)), writes=True, earns=True, restores=True),
        Macro("update_unearned", do.update_unearned, tuple(range(5))),
        sealed._replace(name="create_key", play=do.create_key, sweep=(0, 1)),
        sealed._replace(name="change_key", play=do.change_key, sweep=(0, 3), writes=False),
        sealed._replace(name="load_authority", play=do.load_authority, writes=False),
        sealed._replace(name="replace_by_itself", play=do.replace, sweep=(0, 1), writes=False),
        anew._replace(name="change_key_anew", play=partial(do.change_key, anew=True), sweep=(0, 3)),
        sealed._replace(
            name="load_authority_anew", play=partial(do.load_authority, anew=True), replaces=(0,), traffic=False
        ),
        anew._replace(name="replace", play=partial(do.replace, anew=True), replaces=(0, 1)),
        Macro("create", do.create, (0, 1, 2), earns=True, restores=True),
    ]
    if not owner.place.root:
        itself = delete(owner.place.fid, Deleted.ENVIRONMENT)
        deleted = Macro(
            "delete", lambda _: in_turn(owner.prove_master(0), send(itself)), writes=True, restores=True, ends=True
        )
        rows.append(deleted)
    return {row.name: row for row in rows}


def pool(owner: PsamOwner) -> tuple[bytes, ...]:
    """Well-formed commands that hit what is there, and what belongs to another stage of life or another card."""
    fids = (APPLICATION_FID, owner.place.fid)
    entry = owner.keys.held[0]
    delivery = f"BFDE{entry.head.usage:02X}{entry.head.kid:02X}"
    found = (
        *(apdu("00840000", le=n) for n in (4, 8, 16)),
        apdu("00C00000"),
        apdu("00C00000", le=256),
        *(select(name) for name in (owner.host.name, APPLICATION_NAME, APPLICATION_NAME[:-1])),
        *(apdu("00A40000", fid.to_bytes(2, "big")) for fid in fids),
        *(apdu("00A40200", bytes((0, fid))) for fid in (*_FILES, *_KEY_FILES)),
        *(apdu(f"00B0{0x80 | sfi:02X}00", le=256) for sfi in _FILES),
        *(apdu(f"00D6{0x80 | sfi:02X}00", bytes(4)) for sfi in _FILES[1:]),
        *(apdu(header, le=256) for header in ("00B2010C", "00B20104")),
        apdu("00DC010C", entry_record(0)),
        *(apdu(f"008200{number:02X}", bytes(16)) for number in range(5)),
        apdu(delivery, bytes(8 * entry.head.steps + entry.key.block)),
        *(apdu(f"80FA{p1:02X}00", bytes(32)) for p1 in (0, 1, 2, 3, 5, 7)),
        apdu("BFEC0000", b"\x11"),
        apdu("80700100", bytes(0x24)),
        apdu("80720000", bytes(4)),
        *(apdu(header, bytes(0x24)) for header in ("84D40011", "84D40111", "84D40000", "84D40100")),
        apdu("80E00200"),
        apdu("80E00300", bytes(8)),
        apdu("80E10001", owner.place.fid.to_bytes(2, "big")),
        apdu("80E10002", APPLICATION_FID.to_bytes(2, "big")),
    )
    return tuple(dict.fromkeys(found))


def side(owner: PsamOwner) -> Side:
    """One environment of a PSAM. Its application has the same name and identifier in all of them: neither leads from
    one to another.
    """
    fid = owner.place.fid.to_bytes(2, "big")
    return Side(
        owner.place.label,
        SELECT_MF if owner.place.root else select(owner.host.name),
        (owner.host.name,),
        (b"", fid) if owner.place.root else (fid,),
        ROWS,
        pool(owner),
        macros(owner),
        memory_of(owner.place.label),
        root=owner.place.root,
        stack=LABEL,
    )


def sides(profile: Profile, psam: PsamProfile) -> dict[str, Side]:
    """Every environment of the PSAM that ``profile`` makes."""
    return {label: side(owner) for label, owner in owners(profile, psam).items()}


# --- the same card with other secrets in one environment -------------------------------------------------------------


class NotRekeyed(AssertionError):
    """The card refused a command of the bench's own preparation: the bench is wrong, or the card."""


def _exchange(old: PsamOwner, new: PsamOwner) -> Play:
    """All keys, the tries of the authorities' keys, the terminal's sequence and every file with a writer."""
    host, keys = old.host, old.keys
    yield from old.prove_master(0)
    yield from write_entry(6)
    for sfi in PUBLIC:
        yield from update_binary(sfi, b"\x77" * 5, 1)
    yield from macros(old)["purchase"].play(1)
    for at, sfi in enumerate(INFORMATION):
        yield from old.prove_authority(at)
        yield from update_binary(sfi, b"\x20" * 5, 3)
        for entry, other in zip(keys.held, new.keys.held, strict=True):
            if entry.file == PsamFile.NATIONAL_KEYS + at:
                yield from old.change_key(entry, other.key)
    yield from old.prove_master(1)
    for number, value in enumerate(new.keys.authorities, 1):
        yield from host.load_authority(keys.application, number, value, _OTHER_TRIES)
    yield from SOCIAL_FORM.write_master(keys.application, new.keys.application)
    yield from old.prove_master(0)
    yield from SOCIAL_FORM.write_master(keys.master, new.keys.master)
    yield from new.prove_master(0)


def rekeyed(bench: LabBench, profile: Profile, psam: PsamProfile, label: str) -> LabBench:
    """The same card with other keys, counters and contents in one environment, put there by its owner's commands.
    Raises NotRekeyed.
    """
    keys = KeysProfile(label=profile.keys.label + _OTHER)
    section = all_derived(psam)
    other = structs.replace(profile, keys=keys).having(LABEL, section)
    old, new = owners(profile, psam)[label], owners(other, section)[label]
    bench.fresh()
    player = Player(bench)
    player.enter(label)
    player.drive(_exchange(old, new))
    refused = [exchange for exchange in player.record if exchange.refused]
    if refused:
        raise NotRekeyed(f"{refused[0].command[:5].hex()} was answered {refused[0].sw:04X}")
    bench.card.power_off()
    return bench._replace(start=bench.card.snapshot(), sides={**bench.sides, label: side(new)})
