"""The social application as a terminal with its PSAM, or a bureau, talks to it (SSC-4, SSC-5 §6, SSC-7 §5, §6, §13).

A ``SocialSession`` knows the other end's keys and what lies in the card; what is selected and proved only the card
remembers. Each method is a dialogue; its answers are the card's, refusals too. The medical account: ``medical``.
"""

from __future__ import annotations

from typing import NamedTuple

from apdu.tlv import TlvError, parse_simple
from cos.ssse.stack import STACK
from cos.ssse.tables.table_model import AccessKind, Directory, File, FileForm, KeyKind, KeyRow
from dualcos.dialogue.driver import Dialogue, Reply, apdu, send
from dualcos.dialogue.iso_commands import challenge, read_binary, read_record, record, select_name
from dualcos.dialogue.making import FCI_SFI, directory
from keys.card_key_store import KeyNotFound
from keys.custody.social_key_service import SocialCard, SocialKeyService
from keys.key_handle import KeyHandle

_HOME = STACK.places[0]
_BK_LEVEL = 0x22  # of the card's blocking key, in the national key order
SSSE = directory(_HOME.fid, _HOME.name)._replace(block_level=_BK_LEVEL, fci_sfi=FCI_SFI, transaction_sfi=0x81)
"""The environment as it is created."""
_BY_PIN = (AccessKind.PIN, AccessKind.PIN_AND_KEY)
_BY_KEY = (AccessKind.KEY, AccessKind.PIN_OR_KEY, AccessKind.PIN_AND_KEY)


def pin_field(digits: str) -> bytes:
    """A PIN as VERIFY carries it: two digits a byte, F behind an odd last one; none set is no byte (SSC-7 §5.6)."""
    return bytes.fromhex(digits + "F" * (len(digits) % 2))


def internal_authentication(factor: bytes, original: bytes) -> Reply:
    """INTERNAL AUTHENTICATION: 8 bytes each; ``SocialKeyService.proves`` judges the answer (SSC-5 §6.7)."""
    return send(apdu("00880000", factor + original))


def items(sfi: int, count: int) -> Dialogue[dict[int, bytes]]:
    """The items by tag in a linear file's first ``count`` records; what is no TLV is left out."""
    found: dict[int, bytes] = {}
    for number in range(1, count + 1):
        raw = yield from record(sfi, number)
        if raw is None:
            break
        try:
            found.update({item.tag: item.value for item in parse_simple(raw)})
        except TlvError:
            continue
    return found


def read_start(file: File) -> Reply:
    """Record 1 of a file, or its first 16 bytes."""
    return read_binary(file.sfi, 16) if file.structure is FileForm.TRANSPARENT else read_record(1, file.sfi)


def update_header(file: File) -> str:
    """INS P1 P2 in hex of the update of record 1 or of the first bytes; a cyclic file takes a new record."""
    if file.structure is FileForm.TRANSPARENT:
        return f"D6{0x80 | file.sfi & 0x1F:02X}00"
    return f"DC00{file.sfi << 3 | 3:02X}" if file.structure is FileForm.CYCLIC else f"DC01{file.sfi << 3 | 4:02X}"


class SocialKeys(NamedTuple):
    """What the other end has of one card: a key service, what keys are derived from, and the PIN (``pin_field``) where
    it knows that. A master key is the maker's (``making.SOCIAL_FORM``).
    """

    service: SocialKeyService
    card: SocialCard
    pin: bytes = b""

    def key(self, row: KeyRow, version: int = 0) -> KeyHandle:
        """A key of the card by its row; version 0: the first. Raises KeyNotFound."""
        return self.service.card_key(row.name, self.card, version or row.versions[0])

    def __repr__(self) -> str:
        """Without the PIN."""
        return f"<SocialKeys of {self.card.identification.hex().upper()}>"


class SocialSession(NamedTuple):
    """Dialogues with the social application of one card. ``directories``: what lies in it, the environment first."""

    keys: SocialKeys
    directories: tuple[Directory, ...]

    @property
    def home(self) -> Directory:
        """The environment."""
        return self.directories[0]

    def select(self, directory: Directory | None = None) -> Reply:
        """A directory by name, the environment if none is given."""
        return select_name((directory or self.home).name)

    # --- the holder ----------------------------------------------------------------------------------------------

    def verify(self, pin: bytes | None = None) -> Reply:
        """VERIFY with the holder's PIN or another; b"" asks for the tries left (SSC-5 §6.14)."""
        return send(apdu("00200000", self.keys.pin if pin is None else pin))

    def change_pin(self, new: bytes, old: bytes | None = None) -> Reply:
        """CHANGE PIN: the old one ‖ FF ‖ the new one (SSC-5 §6.3)."""
        return send(apdu("805E0100", (self.keys.pin if old is None else old) + b"\xff" + new))

    def unblock_pin(self) -> Reply:
        """UNBLOCK PIN, its right earned by PUK first: all tries again (SSC-5 §6.8)."""
        yield from self.enter_with("PUK")
        return (yield from self.secured(self.home, "84240000"))

    def reload_pin(self, new: bytes) -> Reply:
        """RELOAD PIN likewise: ``new``, enciphered, in place of whatever it was."""
        yield from self.enter_with("PUK")
        return (yield from self.secured(self.home, "84240001", new, enciphered=True))

    # --- keys ----------------------------------------------------------------------------------------------------

    def authenticate(self, row: KeyRow, version: int = 0, original: bytes = b"") -> Reply:
        """EXTERNAL AUTHENTICATION in the current directory (SSC-5 §6.4). ``version``: the group, named in the command;
        0 leaves the first to the card. ``original``: 8 bytes, the random number itself if none are given.
        """
        random = yield from challenge()
        group = version or row.versions[0]
        name, card = row.name, self.keys.card
        data = self.keys.service.external_authentication(name, card, random, original or random, group)
        return (yield from send(apdu(f"008200{row.kid:02X}", data + bytes((version,) if version else ()))))

    def enter_with(self, key: str, directory: Directory | None = None) -> Reply:
        """Select the directory and prove its key of that name. Raises KeyNotFound where it has none."""
        where = directory or self.home
        row = where.key(key)
        if row is None:
            raise KeyNotFound("no such key in the directory", name=key, version=0)
        yield from self.select(where)
        return (yield from self.authenticate(row))

    def earn(self, directory: Directory, file: File, *, write: bool = False) -> Dialogue[None]:
        """Select ``directory`` and prove everything the rule of ``file`` in it asks for; of "or" the key."""
        rule = file.update if write else file.read
        yield from self.select(directory)
        if rule.kind in _BY_PIN:
            yield from self.verify()
        row = directory.key(rule.key) if rule.kind in _BY_KEY else None
        if row is not None:
            yield from self.authenticate(row, row.versions[0])

    # --- under MAC -----------------------------------------------------------------------------------------------

    def secured(self, directory: Directory, header: str, data: bytes = b"", *, enciphered: bool = False) -> Reply:
        """A command with MAC under the maintenance key of the current ``directory``, on a fresh random number;
        ``data`` plain or enciphered (SSC-4 §8).
        """
        random = yield from challenge()
        row = next(row for row in directory.keys if row.kind is KeyKind.MAINTENANCE)
        make = self.keys.service.secured_enciphered if enciphered else self.keys.service.secured
        return (yield from send(make(row.name, self.keys.card, random, bytes.fromhex(header), data, row.versions[0])))

    def read(self, directory: Directory, file: File) -> Reply:
        """Earn the right, then record 1 or the first 16 bytes of ``file``."""
        yield from self.earn(directory, file)
        return (yield from read_start(file))

    def update(self, directory: Directory, file: File, content: bytes, *, secured: bool = False) -> Reply:
        """Earn the right, then record 1 or the first bytes of ``file`` anew, with MAC if ``secured``."""
        yield from self.earn(directory, file, write=True)
        if secured:
            return (yield from self.secured(directory, f"04{update_header(file)}", content))
        return (yield from send(apdu(f"00{update_header(file)}", content)))

    def block_application(self, directory: Directory, key: str) -> Reply:
        """APPLICATION BLOCK, by the directory's LK of that name (SSC-5 §6.1)."""
        yield from self.enter_with(key, directory)
        return (yield from self.secured(directory, "841E0001"))

    def block_card(self) -> Reply:
        """CARD BLOCK, by BK (SSC-5 §6.2)."""
        yield from self.enter_with("BK")
        return (yield from self.secured(self.home, "84160000"))
