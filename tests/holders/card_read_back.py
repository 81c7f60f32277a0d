"""A card made for a holder and read back: what a terminal reads, what ``inspect`` sees, what the table declares.

The declared values are coded here anew, from V2.0 table 9 and PBOC-5 annex A, not by what the card was made with; the
items that are nobody's own are compared with the order that the card was made from.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from apdu.status import SW
from apdu.tlv import parse_simple
from cos.card import Card
from cos.ssse.tables.table_model import AccessKind, Directory, File, FileForm, Kind
from dualcos.dialogue.bank import BankSession
from dualcos.dialogue.driver import perform, send
from dualcos.dialogue.iso_commands import select_file, select_name
from dualcos.dialogue.social import SocialSession
from dualcos.explain import card_contents, social_records
from dualcos.explain.card_contents import CardSeen, DirectorySeen
from dualcos.profile.bank_profile import BankProfile
from dualcos.profile.card_of_profile import personalised_card
from dualcos.profile.hard_cases import BY_KEY, HOLDERS
from dualcos.profile.host_sessions import social_session
from dualcos.profile.invented_holder import Filled, InventedHolder
from dualcos.profile.schema import Profile, load, names
from dualcos.profile.social_order import social_order
from dualcos.profile.social_plan import directories
from dualcos.profile.social_profile import SocialProfile

RARE = "ssse.charset=gb18030"
_BY_PIN = (AccessKind.PIN, AccessKind.PIN_OR_KEY, AccessKind.PIN_AND_KEY)
_BY_KEY = (AccessKind.KEY, AccessKind.PIN_AND_KEY)
_CHUNK = 0x80


class Pairing(NamedTuple):
    """A holder on a profile, with what the card must be told besides."""

    profile: str
    holder: str
    settings: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.profile}-{self.holder}"

    def load(self) -> Profile:
        return load(self.profile, settings=(f"holder={self.holder}", *self.settings))


def pairings() -> list[Pairing]:
    """All that go, rare characters with the charset that has them."""
    return [
        Pairing(profile, holder.key, settings)
        for profile in names()
        for holder in HOLDERS
        for settings in ((RARE,) if _loaded(profile).ssse is not None and not in_gbk(holder.name) else (),)
        if not set(obstacles(_loaded(profile), holder)) - {RARE}
        and not (settings and _loaded(profile).ssse.version == "1.0" and len(holder.name.encode("gb18030")) > 30)
    ]


def obstacles(profile: Profile, holder: InventedHolder) -> list[str]:
    """What must be said where a holder cannot be on a card; nothing if he can."""
    found = []
    if profile.ssse is None and profile.pse is None:
        found.append("this card has no holder")
    if profile.ssse is not None and not in_gbk(holder.name):
        found.append(RARE)
    elif profile.ssse is not None and profile.ssse.version == "1.0" and len(holder.name.encode("gbk")) > 30:
        found.append("the extension 4E")
    if profile.pse is not None and not holder.account:
        found.append("no account")
    if profile.pse is not None and len(holder.latin) > 26:
        found.append("9F0B")
    return found


def in_gbk(text: str) -> bool:
    try:
        return bool(text.encode("gbk"))
    except UnicodeEncodeError:
        return False


@cache
def _loaded(profile: str) -> Profile:
    return load(profile)


def faults(pairing: Pairing) -> Iterator[str]:
    """What is not as it was declared, a line each."""
    profile, holder = pairing.load(), BY_KEY[pairing.holder]
    card = personalised_card(profile, 0)
    card.power_on()
    seen = card_contents.contents(card.dump())
    if profile.ssse is not None:
        yield from _social_faults(card, profile, profile.ssse, holder, seen)
    if profile.pse is not None:
        yield from _bank_faults(card, profile.pse, holder, seen)


# --- social side -----------------------------------------------------------------------------------------------------


def _social_faults(
    card: Card, profile: Profile, social: SocialProfile, holder: InventedHolder, seen: CardSeen
) -> Iterator[str]:
    session = social_session(profile, social)
    ordered = social_order(profile, social).contents
    read: dict[tuple[int, int], list[bytes]] = {}
    for directory in session.directories:
        _earn(card, session, directory)
        for file in directory.files:
            path = directory.fid, file.fid
            read[path] = _read(card, file)
            wanted = list(reversed(ordered[path])) if file.structure is FileForm.CYCLIC else list(ordered[path])
            if read[path] != ([] if file.update.kind is AccessKind.NEVER else wanted):
                yield f"{directory.fid:04X}/{file.fid:04X}: read otherwise than it was ordered"
            yield from _as_inspected(seen, directory, file, read[path])
            yield from _fill(holder, directory, file, read[path])
    for (path, tag), value in declared(holder, social).items():
        found = [record[2:] for record in read[path] if record[0] == tag]
        if found != [value]:
            yield f"{path[0]:04X}/{path[1]:04X}/{tag:02X}: {found} instead of {value.hex()}"
    name = b"".join(record[2:] for record in read[0xDDF1, 0xEF06] if record[0] in (0x09, 0x4E))
    if name.replace(b"\0", b"").decode("gb18030") != holder.name:
        yield "the name that a terminal joins is another one"
    shown = [line.text for record in read[0xDDF1, 0xEF06] for line in social_records.describe((0xDDF1, 0xEF06), record)]
    known = holder.name.replace("\ue863", "\u4dae")  # a person sees the character, whatever code point it came under
    if "".join(shown[1:3]).replace(social_records.UNSET, "") != known and social.version != "1.0":
        yield "the name that is explained is another one"


def _earn(card: Card, session: SocialSession, directory: Directory) -> None:
    """Select and prove whatever the files there ask for."""
    perform(card, session.select(directory))
    if any(file.read.kind in _BY_PIN for file in directory.files):
        perform(card, session.verify())
    for key in dict.fromkeys(file.read.key for file in directory.files if file.read.kind in _BY_KEY):
        row = directory.key(key)
        assert row is not None
        assert perform(card, session.authenticate(row)).sw == SW.OK


def _read(card: Card, file: File) -> list[bytes]:
    if file.structure is FileForm.TRANSPARENT:
        assert perform(card, select_file(file.fid)).sw == SW.OK
        return [b"".join(_piece(card, file, offset) for offset in range(0, file.size, _CHUNK))]
    records: list[bytes] = []
    while True:
        number = len(records)
        item = file.items[min(number, len(file.items) - 1)] if file.items else None
        length = file.record_length if item is None or item.tag is None else item.length + 2
        answer = perform(card, send(bytes((0x00, 0xB2, number + 1, file.sfi << 3 | 4, length))))
        if answer.sw != SW.OK:
            assert answer.sw == SW.RECORD_NOT_FOUND, f"{file.fid:04X}: {answer.sw}"
            return records
        records.append(answer.data)


def _piece(card: Card, file: File, offset: int) -> bytes:
    length = min(_CHUNK, file.size - offset)
    answer = card.exchange(bytes((0x00, 0xB0, offset >> 8, offset & 0xFF, length)))
    assert answer[-2:] == b"\x90\0"
    return answer[:-2]


def _as_inspected(seen: CardSeen, directory: Directory, file: File, read: list[bytes]) -> Iterator[str]:
    (found,) = (each for each in _directory(seen, "ssse", directory.fid).files if each.fid == file.fid)
    records = None if file.structure is FileForm.TRANSPARENT else len(read)
    if (found.records, found.used) != (records, sum(map(len, read))):
        yield f"{directory.fid:04X}/{file.fid:04X}: inspect sees {found.records} records, {found.used} bytes"


def _directory(seen: CardSeen, label: str, fid: int) -> DirectorySeen:
    (environment,) = (each for each in seen.environments if each.label == label)
    (directory,) = (each for each in environment.directories if each.fid == fid)
    return directory


def _fill(holder: InventedHolder, directory: Directory, file: File, read: list[bytes]) -> Iterator[str]:
    """Optional items are all fill, or have none at their end: F nibbles for cn, 00 for an (V2.0 §7)."""
    if directory.fid == 0xDDF1 or not file.items or holder.filled is Filled.USUAL:
        return
    if file.items[0].tag is None:
        if holder.filled is Filled.EMPTY and read:
            yield f"{directory.fid:04X}/{file.fid:04X}: a log that should be empty"
        return
    for record, item in zip(read, file.items, strict=True):
        fill = b"\xff" if item.kind is Kind.CN else b"\0"
        where = f"{directory.fid:04X}/{file.fid:04X}/{record[0]:02X}"
        if holder.filled is Filled.EMPTY and not item.parts and record[2:].strip(fill):
            yield f"{where}: not empty"
        if holder.filled is Filled.FULL and not item.parts and record[-1:] == fill:
            yield f"{where}: not full"
        for part, inner in zip(item.parts, parse_simple(record[2:]) if item.parts else (), strict=True):
            fill = b"\xff" if part.kind is Kind.CN else b"\0"
            if holder.filled is Filled.EMPTY and inner.value.strip(fill):
                yield f"{where}: not empty inside"
            if holder.filled is Filled.FULL and inner.value[-1:] == fill:
                yield f"{where}: not full inside"


def declared(holder: InventedHolder, social: SocialProfile) -> dict[tuple[tuple[int, int], int], bytes]:
    """Items by (directory, file) and tag that are the holder's own (V2.0 table 9)."""
    issuer, person = (0xDDF1, 0xEF05), (0xDDF1, 0xEF06)
    first, rest = _cut(holder.name, 30)
    items = {
        (issuer, 0x02): holder.card_class.encode(),
        (issuer, 0x05): bytes.fromhex(holder.issued),
        (issuer, 0x06): bytes.fromhex(holder.expires),
        (issuer, 0x07): holder.card_number.encode(),
        (person, 0x08): (holder.given_number or _number(holder, social)).encode(),
        (person, 0x09): first.ljust(30, b"\0"),
        (person, 0x0A): holder.sex.encode(),
        (person, 0x0B): bytes.fromhex(holder.ethnic),
        (person, 0x0D): bytes.fromhex(holder.birth),
    }
    address = holder.address.encode("gbk")
    if social.version == "1.0":
        if address:
            for file, tag in ((0xEF05, 0x21), (0xEF06, 0x25)):
                items[(0xDF01, file), tag], items[(0xDF01, file), tag + 1] = address[:62], address[62:].ljust(18, b"\0")
        return items
    items[person, 0x4E] = rest.ljust(20, b"\0")
    if address:
        items |= {((0xDF01, 0xEF05), 0x21): address, ((0xDF01, 0xEF06), 0x23): address}
    if holder.guardian:
        items[(0xDF01, 0xEF06), 0x2C] = holder.guardian.encode("gbk").ljust(50, b"\0")
        items[(0xDF01, 0xEF06), 0x2D] = holder.guardian_phone.encode().ljust(15, b"\0")
    if holder.nationality:
        items[(0xDF01, 0xEF0A), 0x37] = holder.nationality.encode()
    return items


def _cut(name: str, longest: int) -> tuple[bytes, bytes]:
    """The most whole characters that ``longest`` bytes hold, and the rest."""
    at = max(n for n in range(len(name) + 1) if len(name[:n].encode("gb18030")) <= longest)
    return name[:at].encode("gb18030"), name[at:].encode("gb18030")


def _number(holder: InventedHolder, social: SocialProfile) -> str:
    """A citizen number; the check character as ISO 7064 MOD 11-2 has it."""
    digits, check = (holder.registered or social.city) + holder.birth + holder.sequence, 0
    for digit in digits:
        check = (check + int(digit)) * 2 % 11
    return digits + "0123456789X"[(12 - check) % 11]


# --- bank's side -----------------------------------------------------------------------------------------------------


def _bank_faults(card: Card, bank: BankProfile, holder: InventedHolder, seen: CardSeen) -> Iterator[str]:
    session = BankSession(bytes.fromhex(bank.aid), {})
    assert perform(card, session.select()).sw == SW.OK
    records = perform(card, session.read())
    placed = {int(tag, 16) for tags in bank.records.values() for tag in tags}
    for tag, value in declared_elements(holder).items():
        if tag in placed and session.shown[tag] != value:
            yield f"{tag:X}: {session.shown[tag].hex()} instead of {value.hex()}"
    track = session.shown[0x57].hex().upper()
    if not track.startswith(f"{holder.pan}D{holder.expires[2:6]}") or len(track.rstrip("F")) > 37:
        yield f"57: {track}"
    sizes = {
        group.number: group.size
        for environment in seen.environments
        if environment.label == "pse"
        for directory in environment.directories
        if directory.aid == bytes.fromhex(bank.aid)
        for group in directory.groups
    }
    for number, record in records.items():
        if sizes.get(number) != len(record):
            yield f"group {number:04X}: inspect sees {sizes.get(number)} bytes, a terminal {len(record)}"


def declared_elements(holder: InventedHolder) -> dict[int, bytes]:
    """Data elements that are the holder's own (PBOC-5 annex A)."""
    document = holder.id_no or holder.number
    return {
        0x5A: bytes.fromhex(holder.pan + "F"),
        0x5F34: bytes.fromhex(holder.psn),
        0x5F24: bytes.fromhex(holder.expires[2:]),
        0x5F25: bytes.fromhex(holder.issued[2:]),
        0x5F20: holder.latin[:26].encode(),
        0x9F0B: holder.latin[26:].encode(),
        0x9F61: document.encode(),
    }


# --- a card that was made from rows ----------------------------------------------------------------------------------


def row_faults(card: Card, holder: InventedHolder, social: SocialProfile, bank: BankProfile) -> Iterator[str]:
    """What is not as declared on a 2.0 card that the bureau and the bank made from the holder's rows; it needs no key,
    as it is what the holder's PIN opens.
    """
    card.power_on()
    home, public = directories(social)[:2]
    read: dict[tuple[tuple[int, int], int], bytes] = {}
    for directory in (home, public):
        assert perform(card, select_name(directory.name)).sw == SW.OK
        assert perform(card, send(bytes.fromhex(f"00200000{len(social.pin) // 2:02X}{social.pin}"))).sw == SW.OK
        for file in directory.files:
            if file.read.kind in (AccessKind.FREE, AccessKind.PIN_OR_KEY) and file.items:
                read |= {((directory.fid, file.fid), each[0]): each[2:] for each in _read(card, file)}
    for place, value in declared(holder, social).items():
        if read.get(place) != value:
            yield f"{place}: {read.get(place, b'').hex()} instead of {value.hex()}"
    seen = card_contents.contents(card.dump())
    yield from _bank_faults(card, bank, holder, seen)
