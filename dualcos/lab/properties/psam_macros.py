"""One environment of a PSAM on the bench: what its owner knows, and the macro table bound to those keys."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import NamedTuple

from apdu import tlv
from cos.psam.security.session_states import KeyType, Usage
from cos.psam.stack import STACK
from dualcos.dialogue.driver import Reply, send
from dualcos.dialogue.iso_commands import read_binary, read_record, select_fid, select_file, update_record
from dualcos.dialogue.making import SOCIAL_FORM, Deleted, create, delete, directory
from dualcos.dialogue.psam import (
    APPLICATION_FID,
    APPLICATION_NAME,
    CipherStep,
    PsamFile,
    PsamHost,
    PsamKey,
    PsamKeys,
    SettlingCard,
)
from dualcos.lab.properties.social_host import OTHER_MASTER
from dualcos.lab.properties.traffic_steps import Macro, Play, Played, forged
from dualcos.profile.psam_order import Born, environments, own_keys
from dualcos.profile.schema import Profile, PsamProfile
from keys.algorithms import SM4, TDES
from keys.custody.psam_keys import PsamKeyHead, purchase_mac1
from keys.key_handle import KeyHandle
from keys.medical_macs import Purchase

PUBLIC = (PsamFile.PUBLIC, PsamFile.TERMINAL)
INFORMATION = (PsamFile.NATIONAL, PsamFile.PROVINCIAL, PsamFile.CITY)
FURTHER = STACK.places[1:]
"""The environments that a PSAM may have beside the MF's."""
_CARD_RANDOM, _CARD_SEQUENCE = bytes.fromhex("9F4C21E0"), 5
_TIME = bytes.fromhex("20250601093000")
# Diversification factors of an invented user card, the card's first.
_FACTORS = bytes.fromhex("3331303130307378333130303030736838393031303030410B2C3D4E5F607182")
_FACTOR = 8
_NEW_IDENTIFIERS = (0xC1, 0xC2)  # reserved ones (SSC-9 App. A): no table gives a PSAM a key of that number
_FILES = (PsamFile.DIR, *PUBLIC, PsamFile.SEQUENCE, *INFORMATION)
_DELIVERED = (KeyType.MAC, KeyType.ENCIPHER, KeyType.BOTH)
_PIECE = 16
_FIFTH = 5
_AUTHENTICATE, _CREDIT = 0x82, 0x72


class PsamOwner(NamedTuple):
    """One environment: where it is, its keys. ``label``: as the card names it; ``root``: it answers for the MF."""

    label: str
    born: Born
    keys: PsamKeys
    root: bool

    @property
    def host(self) -> PsamHost:
        """Its session."""
        return PsamHost(self.born.name)

    def prove_authority(self, at: int) -> Reply:
        """Enter the application and prove KID-01 (``at`` 0) to KID-03."""
        return self.host.prove_application(self.keys.authorities[at], at + 1)

    def change_key(self, entry: PsamKey, value: KeyHandle) -> Reply:
        """Give a key for user cards another value."""
        return self.host.change_key(self.keys.application, entry._replace(key=value))

    def deliver(self, choice: int) -> Reply:
        """Enter the application; a session key for one user card."""
        keys = self.keys.of(*_DELIVERED)
        entry = keys[choice % len(keys)]
        yield from self.host.application()
        session_factor = bytes((1 + choice % 7,)) * entry.key.block
        return (yield from self.host.deliver(entry.head, _FACTORS[: _FACTOR * entry.head.steps], session_factor))


def owners(profile: Profile, psam: PsamProfile) -> dict[str, PsamOwner]:
    """Every environment of the PSAM that ``profile`` makes, by label."""
    places = {place.name: place for place in STACK.places}
    here = [(places[born.name], born) for born in environments(psam)]
    found = (PsamOwner(place.label, born, own_keys(profile, psam, born), place.root) for place, born in here)
    return {owner.label: owner for owner in found}


def entry_record(choice: int) -> bytes:
    """The DIR record of the application, with one of several labels."""
    return tlv.encode(0x61, tlv.encode(0x4F, APPLICATION_NAME) + tlv.encode(0x50, b"%c" % (0x41 + choice % 7) * 4))


def write_entry(choice: int) -> Reply:
    """That record written, the environment's master key proved."""
    return update_record(1, entry_record(choice), PsamFile.DIR)


class _Macros:
    """Dialogues by number: every ``choice`` means one thing, and any number is a choice."""

    def __init__(self, owner: PsamOwner) -> None:
        self.owner = owner
        self.host, self.keys = owner.host, owner.keys
        self.other = KeyHandle(owner.born.algorithm, OTHER_MASTER)
        self.foreign = KeyHandle(TDES if owner.born.algorithm is SM4 else SM4, OTHER_MASTER)

    # --- reading -------------------------------------------------------------------------------------------------

    def select(self, choice: int) -> Play:
        yield from self.host.home()
        if choice % 4 == 1:
            yield from self.host.application()
        elif choice % 4 == 2:
            yield from select_fid(APPLICATION_FID)
        elif choice % 4 == 3:
            yield from select_file(_FILES[choice % 3])

    def read(self, choice: int) -> Play:
        sfi = _FILES[choice % len(_FILES)]
        yield from self.host.home()
        if sfi > max(PUBLIC):
            yield from self.host.application()
        yield from read_record(1, sfi) if sfi == PsamFile.DIR else read_binary(sfi, 256)

    # --- proofs --------------------------------------------------------------------------------------------------

    def master(self, choice: int) -> Played:
        """The master key of the environment (even choices) or of its application."""
        if choice % 2:
            return self.host.prove_application(self.keys.application)
        return self.host.prove_home(self.keys.master)

    def authority(self, choice: int) -> Played:
        return self.owner.prove_authority(choice % 3)

    def mixed(self, _choice: int) -> Play:
        """A key of the environment's other cipher, loaded as a fifth authority's and proved: not every random number
        that this environment gives serves it.
        """
        yield from self.master(1)
        yield from self.host.load_authority(self.keys.application, _FIFTH, self.foreign)
        yield from SOCIAL_FORM.prove(self.foreign, _FIFTH)

    # --- calculating ---------------------------------------------------------------------------------------------

    def cipher(self, choice: int) -> Play:
        """DELIVERY SESSION KEY and CIPHER DATA as the key's kind allows: enciphering, or a MAC in one piece or two."""
        keys = self.keys.of(*_DELIVERED)
        kind = KeyType(Usage.of(keys[choice % len(keys)].head.usage).kind)
        yield from self.owner.deliver(choice)
        steps = [CipherStep.MAC] if choice % 3 else [CipherStep.MAC_BEGIN, CipherStep.MAC_END]
        if kind.encipher and (choice % 2 or not kind.mac):
            steps = [CipherStep.ENCIPHER]
        for step in steps:
            yield from self.host.calculate(step, bytes(range(2 * _PIECE)))

    def environment(self, choice: int) -> Play:
        yield from self.host.application()
        yield from self.host.initialise((0x11, 0x31)[choice % 2])

    def purchase(self, choice: int) -> Play:
        """INIT and CREDIT SAM FOR PURCHASE, with the card's MAC2."""
        yield from self.host.home()
        terminal = yield from read_binary(PsamFile.TERMINAL, 6)
        yield from self.host.application()
        keys = self.keys.of(KeyType.PURCHASE)
        entry = keys[choice % len(keys)]
        path = _FACTORS[: _FACTOR * entry.head.steps]
        card = SettlingCard(_CARD_RANDOM, _CARD_SEQUENCE, entry.head.kid, entry.head.algorithm, path)
        asked = Purchase(0, 5 + choice % 3, 7, terminal.data, bytes(4), _TIME)
        answer = yield from self.host.begin_purchase(card, asked)
        begun = asked._replace(terminal_sequence=answer.data[:4].ljust(4, b"\0"))
        steps = [path[at : at + _FACTOR] for at in range(0, len(path), _FACTOR)]
        _, session = purchase_mac1(entry.key, steps, begun, card.random, card.sequence)
        yield from self.host.credit(begun.mac2(session))

    # --- files and keys ------------------------------------------------------------------------------------------

    def update(self, choice: int) -> Play:
        """Each file that somebody may write, in turn, its right earned first."""
        at = choice % 5
        if at < 3:
            yield from self.master(1)
            yield from self.authority(at)
        else:
            yield from self.master(0)
        yield from self._write(choice)

    def _write(self, choice: int) -> Reply:
        at, value = choice % 5, choice // 5
        if at == 4:
            return write_entry(value)
        return self.host.update((*INFORMATION, PsamFile.PUBLIC)[at], bytes((0x31 + value % 7,)) * 4, 2)

    def update_unearned(self, choice: int) -> Play:
        """The same with whatever is proved at the moment, and the files nobody may write."""
        yield from self.host.application() if choice % 5 < 3 else self.host.home()
        yield from self._write(choice)
        yield from self.host.update(PsamFile.SEQUENCE, bytes(4))

    def create_key(self, choice: int) -> Play:
        """A key that is not there yet; again it is refused."""
        yield from self.authority(choice)
        head = PsamKeyHead(0x20 | KeyType.BOTH, _NEW_IDENTIFIERS[choice % 2], self.other.algorithm.social)
        file = PsamFile.NATIONAL_KEYS + choice % 3
        yield from self.host.create_key(self.keys.application, PsamKey(file, head, self.other))

    def change_key(self, choice: int, *, anew: bool = False) -> Play:
        """A key for user cards by itself, or by the next one of its length."""
        entry = self.keys.held[choice % len(self.keys.held)]
        alike = [each.key for each in self.keys.held if each.head.algorithm == entry.head.algorithm]
        value = alike[(alike.index(entry.key) + 1) % len(alike)] if anew else entry.key
        yield from self.authority(entry.file - PsamFile.NATIONAL_KEYS)
        yield from self.owner.change_key(entry, value)

    def load_authority(self, choice: int, *, anew: bool = False) -> Play:
        """An authority's key by itself with all its tries, or by another."""
        at = choice % 3
        yield from self.master(1)
        value = self.other if anew else self.keys.authorities[at]
        yield from self.host.load_authority(self.keys.application, at + 1, value)

    def replace(self, choice: int, *, anew: bool = False) -> Play:
        """A master key by itself, or by another."""
        key = self.keys.application if choice % 2 else self.keys.master
        yield from self.master(choice)
        yield from SOCIAL_FORM.write_master(key, self.other if anew else key)

    # --- making --------------------------------------------------------------------------------------------------

    def create(self, choice: int) -> Play:
        """Try to create a file or another environment under a proved master key."""
        yield from self.master(0)
        place = FURTHER[choice % 2]
        header = directory(place.fid, place.name).frame()
        yield from send(create(header if choice % 3 else bytes.fromhex("00000000 20 EF10 C40005000000000000")))

    def delete(self, _choice: int) -> Play:
        """The environment deletes itself under its own master key."""
        yield from self.master(0)
        yield from send(delete(self.owner.born.fid, Deleted.ENVIRONMENT))


def macros(owner: PsamOwner) -> Mapping[str, Macro]:
    """The macro table of one environment."""
    do = _Macros(owner)
    proof = Macro("", do.read, writes=True, earns=True, guarded=True, restores=True, presents=True)
    wrong = Macro("", do.read, writes=True, spends=True)
    sealed = Macro("", do.read, writes=True, guarded=True, sealed=True, restores=True)
    anew = sealed._replace(sweep=(0, 1), traffic=False)
    rows = [
        Macro("select", do.select, (0, 1, 2, 3)),
        Macro("read", do.read, tuple(range(len(_FILES)))),
        proof._replace(name="master", play=do.master, sweep=(0, 1)),
        proof._replace(name="authority", play=do.authority, sweep=(0, 1, 2)),
        proof._replace(name="mixed", play=do.mixed, traffic=False),
        wrong._replace(name="master_bad", play=forged(do.master, _AUTHENTICATE), sweep=(0, 1)),
        wrong._replace(name="authority_bad", play=forged(do.authority, _AUTHENTICATE), sweep=(0, 1, 2)),
        Macro("cipher", do.cipher, (0, 1, 3), earns=True),
        Macro("environment", do.environment, (0, 1)),
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
    if not owner.root:
        rows.append(Macro("delete", do.delete, writes=True, restores=True, ends=True))
    return {row.name: row for row in rows}
