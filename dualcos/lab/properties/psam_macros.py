"""The macro table of one environment of a PSAM: dialogues by name, bound to its keys."""

from __future__ import annotations

from collections.abc import Mapping

from apdu import tlv
from cos.kernel.directory_headers import DirectoryHeader, DirectoryKind
from cos.psam.security.session_states import KeyType, Usage
from dualcos.dialogue.making import master_header
from dualcos.dialogue.psam import APPLICATION_FID, APPLICATION_NAME, PsamKey, authority_header
from dualcos.lab.properties import psam_host
from dualcos.lab.properties.psam_host import INFORMATION, PUBLIC, PsamOwner
from dualcos.lab.properties.social_host import OTHER_MASTER, challenge
from dualcos.lab.properties.traffic_steps import Macro, Play, Reply, apdu, send
from dualcos.profile.psam_order import SX2_NAME, SX3_NAME
from keys import key_wrapping
from keys.algorithms import SM4, TDES
from keys.custody.psam_keys import PsamKeyHead, change_key_command, create_key_command, purchase_mac1
from keys.key_handle import KeyHandle
from keys.medical_macs import Purchase

_CARD_RANDOM, _CARD_SEQUENCE = bytes.fromhex("9F4C21E0"), 5
_TIME = bytes.fromhex("20250601093000")
_SETTLEMENT = 0x32
_NEW_IDENTIFIERS = (0xC1, 0xC2)  # reserved ones (SSC-9 App. A): no table gives a PSAM a key of that number
_FILES = (0x01, *PUBLIC, 0x19, *INFORMATION)
_AUTHORITY_FILE = 0x11
_PIECE = 16
_FIFTH = 4


def entry_record(choice: int) -> bytes:
    """The DIR record of the application, with one of several labels."""
    return tlv.encode(0x61, tlv.encode(0x4F, APPLICATION_NAME) + tlv.encode(0x50, b"%c" % (0x41 + choice % 7) * 4))


def load_authority(owner: PsamOwner, at: int, value: KeyHandle, tries: int = 3) -> Play:
    """WRITE KEY: KID-01 to KID-03, under the application's master key, which is proved."""
    random = yield from challenge()
    cipher = key_wrapping.wrap_key(owner.own.application, authority_header(at + 1, value.algorithm, tries), value)
    yield from send(key_wrapping.write_key_command(owner.own.application, 0, cipher, random))


def load_master(old: KeyHandle, new: KeyHandle) -> Play:
    """WRITE KEY: the current directory's master key by another, under itself, which is proved."""
    random = yield from challenge()
    cipher = key_wrapping.wrap_key(old, master_header(new.algorithm.social), new)
    yield from send(key_wrapping.write_key_command(old, 1, cipher, random))


def change_key(owner: PsamOwner, entry: PsamKey, value: KeyHandle) -> Play:
    """CHANGE KEY under the application's master key; the file's authority is proved."""
    random = yield from challenge(4)
    yield from send(change_key_command(owner.own.application, entry.file, entry.head, value, random))


class _Macros:
    """Dialogues by number: every ``choice`` means one thing, and any number is a choice."""

    def __init__(self, owner: PsamOwner) -> None:
        self.owner = owner
        self.own = owner.own
        self.other = KeyHandle(owner.born.algorithm, OTHER_MASTER)
        self.foreign = KeyHandle(TDES if owner.born.algorithm is SM4 else SM4, OTHER_MASTER)

    # --- reading -------------------------------------------------------------------------------------------------

    def select(self, choice: int) -> Play:
        yield from psam_host.home(self.owner)
        if choice % 4 == 1:
            yield from psam_host.application()
        elif choice % 4 == 2:
            yield from send(apdu("00A40000", APPLICATION_FID.to_bytes(2, "big")))
        elif choice % 4 == 3:
            yield from send(apdu("00A40200", bytes((0, _FILES[choice % 3]))))

    def read(self, choice: int) -> Play:
        sfi = _FILES[choice % len(_FILES)]
        yield from psam_host.home(self.owner)
        if sfi > max(PUBLIC):
            yield from psam_host.application()
        if sfi == _FILES[0]:
            yield from send(apdu(f"00B201{sfi << 3 | 4:02X}", le=256))
        else:
            yield from psam_host.read(sfi)

    # --- proofs --------------------------------------------------------------------------------------------------

    def master(self, choice: int) -> Play:
        """The master key of the environment (even choices) or of its application."""
        yield from psam_host.prove_application(self.owner) if choice % 2 else psam_host.prove_home(self.owner)

    def master_bad(self, choice: int) -> Play:
        yield from psam_host.application() if choice % 2 else psam_host.home(self.owner)
        key = self.own.application if choice % 2 else self.own.master
        yield from psam_host.prove(key, flip=1 + choice % 255)

    def authority(self, choice: int) -> Play:
        yield from psam_host.prove_authority(self.owner, choice % 3)

    def authority_bad(self, choice: int) -> Play:
        yield from psam_host.application()
        at = choice % 3
        yield from psam_host.prove(self.own.authorities[at], at + 1, flip=1 + choice % 255)

    def mixed(self, _choice: int) -> Play:
        """A key of the environment's other cipher, loaded as a fifth authority's and proved: not every random number
        that this environment gives serves it.
        """
        yield from psam_host.prove_application(self.owner)
        yield from load_authority(self.owner, _FIFTH, self.foreign)
        yield from psam_host.prove(self.foreign, _FIFTH + 1)

    # --- calculating ---------------------------------------------------------------------------------------------

    def cipher(self, choice: int) -> Play:
        """DELIVERY SESSION KEY and CIPHER DATA as the key's kind allows: enciphering, or a MAC in one piece or two."""
        keys = self.owner.keys_of(KeyType.MAC, KeyType.ENCIPHER, KeyType.BOTH)
        kind = KeyType(Usage.of(keys[choice % len(keys)].head.usage).kind)
        yield from psam_host.deliver(self.owner, choice)
        data = bytes(range(2 * _PIECE))
        if kind.encipher and (choice % 2 or not kind.mac):
            yield from send(apdu("80FA0000", data))
        elif choice % 3:
            yield from send(apdu("80FA0500", data))
        else:
            yield from send(apdu("80FA0700", data))
            yield from send(apdu("80FA0100", data))

    def environment(self, choice: int) -> Play:
        yield from psam_host.application()
        yield from send(apdu("BFEC0000", (b"\x11", b"\x31")[choice % 2]))

    def purchase(self, choice: int, flip: int = 0) -> Play:
        """INIT and CREDIT SAM FOR PURCHASE, with the card's MAC2 or one that is spoilt by ``flip``."""
        yield from psam_host.home(self.owner)
        terminal = (yield from psam_host.read(psam_host.TERMINAL, 6))[:-2]
        yield from psam_host.application()
        keys = self.owner.keys_of(KeyType.PURCHASE)
        entry = keys[choice % len(keys)]
        sums = (0, 5 + choice % 3, 7)
        path = psam_host.factors(entry.head.steps)
        head = _CARD_RANDOM + _CARD_SEQUENCE.to_bytes(2, "big") + b"".join(each.to_bytes(4, "big") for each in sums)
        tail = bytes((_SETTLEMENT,)) + _TIME + bytes((entry.head.kid, entry.head.algorithm)) + path
        answer = yield from send(apdu("80700100", head + tail))
        purchase = Purchase(*sums, terminal, answer[:4], _TIME)
        steps = tuple(path[at : at + 8] for at in range(0, len(path), 8))
        _, session = purchase_mac1(entry.key, steps, purchase, _CARD_RANDOM, _CARD_SEQUENCE)
        mac2 = purchase.mac2(session)
        yield from send(apdu("80720000", bytes((mac2[0] ^ flip,)) + mac2[1:]))

    # --- files and keys ------------------------------------------------------------------------------------------

    def update(self, choice: int) -> Play:
        """Each file that somebody may write, in turn, its right earned first."""
        at = choice % 5
        if at < 3:
            yield from psam_host.prove_application(self.owner)
            yield from psam_host.prove_authority(self.owner, at)
        else:
            yield from psam_host.prove_home(self.owner)
        yield from self._write(at, choice // 5)

    def _write(self, at: int, value: int) -> Reply:
        if at == 4:
            return (yield from send(apdu("00DC010C", entry_record(value))))
        sfi = INFORMATION[at] if at < 3 else PUBLIC[0]
        return (yield from send(apdu(f"00D6{0x80 | sfi:02X}02", bytes((0x31 + value % 7,)) * 4)))

    def update_unearned(self, choice: int) -> Play:
        """The same with whatever is proved at the moment, and the files nobody may write."""
        yield from psam_host.application() if choice % 5 < 3 else psam_host.home(self.owner)
        yield from self._write(choice % 5, choice // 5)
        yield from send(apdu("00D69900", bytes(4)))

    def create_key(self, choice: int) -> Play:
        """A key that is not there yet; again it is refused."""
        at = choice % 3
        yield from psam_host.prove_authority(self.owner, at)
        random = yield from challenge(4)
        head = PsamKeyHead(0x20 | KeyType.BOTH, _NEW_IDENTIFIERS[choice % 2], self.other.algorithm.social)
        yield from send(create_key_command(self.own.application, _AUTHORITY_FILE + at, head, self.other, random))

    def change_key(self, choice: int, *, anew: bool = False) -> Play:
        """A key for user cards by itself, or by the next one of its length."""
        entry = self.own.held[choice % len(self.own.held)]
        alike = [each.key for each in self.own.held if each.head.algorithm == entry.head.algorithm]
        value = alike[(alike.index(entry.key) + 1) % len(alike)] if anew else entry.key
        yield from psam_host.prove_authority(self.owner, entry.file - _AUTHORITY_FILE)
        yield from change_key(self.owner, entry, value)

    def load_authority(self, choice: int, *, anew: bool = False) -> Play:
        """An authority's key by itself with all its tries, or by another."""
        at = choice % 3
        yield from psam_host.prove_application(self.owner)
        yield from load_authority(self.owner, at, self.other if anew else self.own.authorities[at])

    def replace(self, choice: int, *, anew: bool = False) -> Play:
        """A master key by itself, or by another."""
        key = self.own.application if choice % 2 else self.own.master
        yield from self.master(choice)
        yield from load_master(key, self.other if anew else key)

    # --- making --------------------------------------------------------------------------------------------------

    def create(self, choice: int) -> Play:
        """Try to create a file or another environment under a proved master key."""
        yield from psam_host.prove_home(self.owner)
        if choice % 3:
            fid, name = ((0xDDF1, SX2_NAME), (0xDDF2, SX3_NAME))[choice % 2]
            header = DirectoryHeader(fid, DirectoryKind.DDF, 0, 0, card_block_reaches_mf=False, name=name)
            yield from send(apdu("80E00100", header.frame()))
        else:
            yield from send(apdu("80E00100", bytes.fromhex("00000000 20 EF10 C40005000000000000")))

    def delete(self, _choice: int) -> Play:
        """The environment deletes itself under its own master key."""
        yield from psam_host.prove_home(self.owner)
        yield from send(apdu("80E10001", self.owner.born.fid.to_bytes(2, "big")))


def macros(owner: PsamOwner) -> Mapping[str, Macro]:
    """The macro table of one environment."""
    do = _Macros(owner)
    proof = Macro("", do.read, writes=True, earns=True, guarded=True, restores=True, presents=True)
    wrong = Macro("", do.read, writes=True, spends=True)
    sealed = Macro("", do.read, writes=True, guarded=True, sealed=True, restores=True)
    rows = [
        Macro("select", do.select, (0, 1, 2, 3)),
        Macro("read", do.read, tuple(range(len(_FILES)))),
        proof._replace(name="master", play=do.master, sweep=(0, 1)),
        proof._replace(name="authority", play=do.authority, sweep=(0, 1, 2)),
        proof._replace(name="mixed", play=do.mixed, traffic=False),
        wrong._replace(name="master_bad", play=do.master_bad, sweep=(0, 1)),
        wrong._replace(name="authority_bad", play=do.authority_bad, sweep=(0, 1, 2)),
        Macro("cipher", do.cipher, (0, 1, 3), earns=True),
        Macro("environment", do.environment, (0, 1)),
        Macro("purchase", do.purchase, (0, 1), writes=True, guarded=True),
        Macro("purchase_bad", lambda choice: do.purchase(choice, 1 + choice % 255), writes=True),
        Macro("update", do.update, tuple(range(5)), writes=True, earns=True, restores=True),
        Macro("update_unearned", do.update_unearned, tuple(range(5))),
        sealed._replace(name="create_key", play=do.create_key, sweep=(0, 1)),
        sealed._replace(name="change_key", play=do.change_key, sweep=(0, 3), writes=False),
        sealed._replace(name="load_authority", play=do.load_authority, writes=False),
        sealed._replace(name="replace_by_itself", play=do.replace, sweep=(0, 1), writes=False),
        sealed._replace(
            name="change_key_anew", play=lambda choice: do.change_key(choice, anew=True), sweep=(0, 3), traffic=False
        ),
        sealed._replace(
            name="load_authority_anew",
            play=lambda choice: do.load_authority(choice, anew=True),
            replaces=(0,),
            traffic=False,
        ),
        sealed._replace(
            name="replace",
            play=lambda choice: do.replace(choice, anew=True),
            sweep=(0, 1),
            replaces=(0, 1),
            traffic=False,
        ),
        Macro("create", do.create, (0, 1, 2), earns=True, restores=True),
    ]
    if not owner.root:
        rows.append(Macro("delete", do.delete, writes=True, restores=True, ends=True))
    return {row.name: row for row in rows}
