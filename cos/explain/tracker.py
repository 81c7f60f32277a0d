"""Where the card stands, followed from the outside: environment, directory, file, what waits for GET RESPONSE.

Only answers move it, as they move the card: a SELECT that was refused changes nothing. It is a guess where the card
keeps to itself (a power cut, a card of another make); what is known for sure is told by ``placed``.
"""

from __future__ import annotations

from typing import NamedTuple

from apdu import tlv
from apdu.command import CommandAPDU
from apdu.status import SW, StatusWord
from apdu.tlv import TlvError
from cos.explain import places
from cos.explain.familiar import INS_GET_RESPONSE, MANAGER, PSAM, PSE, SSSE
from cos.ssse.tables import ssse
from cos.ssse.tables.model import Version

_SELECT, _READ_RECORD, _READ_BINARY, _GPO, _GENERATE_AC = 0xA4, 0xB2, 0xB0, 0xA8, 0xAE
_WITH_FILE = frozenset((_READ_RECORD, _READ_BINARY, 0xDC, 0xD6))
_PDOL, _CDOL1, _CDOL2, _DDOL, _LOG_FORMAT, _LOG_ENTRY = 0x9F38, 0x8C, 0x8D, 0x9F49, 0x9F4F, 0x9F4D
_KEPT = frozenset((_PDOL, _CDOL1, _CDOL2, _DDOL, _LOG_FORMAT, _LOG_ENTRY, 0x97))
_VERSION_FILE, _VERSION_TAG = 0xEF05, 0x03
_DEEPEST = 6


class Spot(NamedTuple):
    """Where a command meets the card: environment label, social directory, current file, DF name (bank side)."""

    environment: str = ""
    directory: int | None = None
    file: int | None = None
    name: bytes = b""

    @property
    def short(self) -> str:
        """``MF``, ``SSSE``, ``SSSE/DF03``, ``PSE``, ``PSE/ADF``."""
        if self.environment == MANAGER:
            return "MF"
        if self.environment == SSSE:
            inside = self.directory not in (None, ssse.FID)
            return f"SSSE/{places.short_directory(self.directory or 0)}" if inside else "SSSE"
        if self.environment == PSE:
            return "PSE" if self.name in (b"", places.PSE_NAME) else "PSE/ADF"
        if self.environment == PSAM:
            return "PSAM/DF01" if self.name else "PSAM"
        return self.environment or "-"


class Waiting(NamedTuple):
    """A command whose answer may have to be fetched: its name, what it means, whether its data are secret."""

    command: CommandAPDU
    name: str
    says: str
    secret: bool


class Tracker:
    """What is known of one card between two commands."""

    def __init__(self, version: Version, *, psam: bool = False) -> None:
        self.version = version
        self._psam = psam
        self.restart()

    def restart(self) -> None:
        """A reset: the MF is current and nothing waits."""
        self.spot = Spot(PSAM if self._psam else MANAGER, places.MF_FID)
        self.waiting: Waiting | None = None
        self.fetched = b""
        self.lists: dict[int, bytes] = {}
        self.cryptograms = 0

    def placed(self, environment: str | None) -> None:
        """The environment as the card itself tells it; its root directory if that is news."""
        if environment and self._psam:
            environment = PSAM  # one stack answers in both environments of a PSAM, whatever their labels
        if environment is not None and environment != self.spot.environment:
            root = {SSSE: ssse.FID, MANAGER: places.MF_FID}.get(environment)
            self.spot = Spot(environment, root)

    def fetching(self, command: CommandAPDU) -> Waiting | None:
        """For GET RESPONSE the command whose data are fetched; None for any other, or if nothing waits."""
        return self.waiting if command.ins == INS_GET_RESPONSE else None

    def whole(self, command: CommandAPDU, data: bytes) -> bytes:
        """The answer's data so far, with the pieces fetched before."""
        return self.fetched + data if command.ins == INS_GET_RESPONSE else data

    def target(self, command: CommandAPDU) -> int | None:
        """Identifier of the file that a file command points at: by short identifier, or the current one."""
        sfi = command.p2 >> 3
        if command.ins in (_READ_BINARY, 0xD6):
            sfi = command.p1 & 0x1F if command.p1 & 0x80 else 0
        return 0xEF00 | sfi if sfi else self.spot.file

    def follow(self, asked: Waiting, data: bytes, sw: StatusWord) -> None:
        """Take in what the answer to a command has changed."""
        command = asked.command
        owner, whole = self.fetching(command) or asked, self.whole(command, data)
        more = sw.sw1 == 0x61
        accepted = sw.is_success or sw.sw1 == 0x62
        if command.ins != INS_GET_RESPONSE:
            # A warning goes out bare, its data wait too (JR/T 0025.3 annex A.7).
            self.waiting, self.fetched = (asked if more or (sw.sw1 == 0x62 and not data) else None), b""
            if accepted:
                self._moved(command)
        elif accepted or sw == SW.NO_PRECISE_DIAGNOSIS:  # refused otherwise, by class or length, it costs nothing
            self.fetched = whole if more else b""
            self.waiting = self.waiting if more else None
        if accepted and not more and whole:
            self._learn(owner.command, whole)

    def _moved(self, command: CommandAPDU) -> None:
        spot = self.spot
        if command.ins == _SELECT:
            self.spot = self._selected(command)
            if self.spot.environment == PSE:
                self.lists, self.cryptograms = {}, 0
        elif command.ins in _WITH_FILE:
            self.spot = spot._replace(file=self.target(command))
        elif command.ins == _GPO:
            self.cryptograms = 0
        elif command.ins == _GENERATE_AC:
            self.cryptograms += 1

    def _selected(self, command: CommandAPDU) -> Spot:
        spot, data = self.spot, command.data
        if spot.environment == PSAM:
            return _selected_in_sam(spot, command)
        if command.p1 == 0x04:
            home = places.by_name(data, self.version)
            if home is not None:
                return Spot(SSSE, home.fid)
            social = spot.environment == SSSE and data[:1] == b"\xd1"
            return spot if social else Spot(PSE, None, None, data)
        fid = int.from_bytes(data, "big") if len(data) == 2 else places.MF_FID if not data else 0
        if fid == places.MF_FID:
            return Spot(MANAGER, places.MF_FID)
        if command.p1 != 0x02 and places.by_fid(fid, self.version) is not None:
            return Spot(SSSE, fid)
        return spot._replace(file=fid)

    def _learn(self, owner: CommandAPDU, data: bytes) -> None:
        """Data object lists and log format of the bank side; the edition from the issuer data of the social side."""
        if self.spot.environment == PSE:
            self._collect(data, _DEEPEST)
        elif owner.ins == _READ_RECORD and (self.spot.directory, self.spot.file) == (ssse.FID, _VERSION_FILE):
            self.version = version_in(data) or self.version

    def _collect(self, raw: bytes, depth: int) -> None:
        try:
            for item in tlv.walk(raw):
                if item.tag in _KEPT:
                    self.lists[item.tag] = item.value
                elif item.constructed and depth:
                    self._collect(item.value, depth - 1)
        except TlvError:
            pass

    def log_list(self, sfi: int) -> bytes | None:
        """The layout of the records of file ``sfi`` if that is the transaction log."""
        entry = self.lists.get(_LOG_ENTRY, b"")
        return self.lists.get(_LOG_FORMAT) if entry[:1] == bytes((sfi,)) else None


def _selected_in_sam(spot: Spot, command: CommandAPDU) -> Spot:
    """A PSAM's environments hold one application each, DF01 (SSC-9 §5)."""
    data = command.data
    if command.p1 == 0x04 or data[:1] == b"\xdf":
        application = data[:1] in (b"\xd1", b"\xdf")
        return Spot(PSAM, None, None, data if application else b"")
    if data in (b"", b"\x3f\x00"):
        return Spot(PSAM)
    return spot._replace(file=int.from_bytes(data, "big"))


def version_in(record: bytes) -> Version | None:
    """The edition that the record 03 of the issuer data names (V2.0 §8.1.1.3); None if this is not that record."""
    try:
        found = [item.value for item in tlv.parse_simple(record) if item.tag == _VERSION_TAG]
    except TlvError:
        return None
    if not found:
        return None
    return {b"3": Version.V3, b"2": Version.V2}.get(found[0][:1], Version.V1)
