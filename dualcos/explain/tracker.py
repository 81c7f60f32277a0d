"""Where the card stands, followed from the outside: environment, directory, file, what waits for GET RESPONSE.

Only answers move it, as they move the card: a SELECT that was refused changes nothing. It is a guess where the card
keeps to itself (a power cut, a card of another make); what is known for sure is told by ``placed``.
"""

from __future__ import annotations

from typing import NamedTuple, TypeVar

from apdu import tlv
from apdu.command import CommandAPDU
from apdu.status import SW, StatusWord
from apdu.tlv import TlvError
from cos.kernel.stack import Stack, Stacks
from cos.ssse.tables.table_model import Version
from cos.stacks import STACKS, of_card
from dualcos.explain import names_of_places
from dualcos.explain.command_names import INS_GET_RESPONSE
from dualcos.explain.following_select import FOLLOWING, NOTHING_INSIDE, Following, Inside

_SELECT, _READ_RECORD, _READ_BINARY, _GPO, _GENERATE_AC = 0xA4, 0xB2, 0xB0, 0xA8, 0xAE
_BY_NAME, _BY_FILE = 0x04, 0x02  # P1 of SELECT
_WITH_FILE = frozenset((_READ_RECORD, _READ_BINARY, 0xDC, 0xD6))
_PDOL, _CDOL1, _CDOL2, _DDOL, _LOG_FORMAT, _LOG_ENTRY = 0x9F38, 0x8C, 0x8D, 0x9F49, 0x9F4F, 0x9F4D
_KEPT = frozenset((_PDOL, _CDOL1, _CDOL2, _DDOL, _LOG_FORMAT, _LOG_ENTRY, 0x97))
_DATES = frozenset((0x5F24, 0x5F25))  # from when and until when an application is valid
_VERSION_TAG = 0x03
_DEEPEST = 6
W = TypeVar("W")


class Spot(NamedTuple):
    """Where a command meets the card: label of the stack that answers, social directory, current file.

    ``home``: what the environment is called in short, ``within``: what is selected inside it.
    """

    environment: str = ""
    directory: int | None = None
    file: int | None = None
    home: str = ""
    within: str = ""

    @property
    def side(self) -> str:
        """``MF``, ``SSSE``, ``PSE``, ``PSAM``; for an environment that is not known its label in capitals."""
        return self.home or self.environment.upper() or "-"

    @property
    def short(self) -> str:
        """``MF``, ``SSSE``, ``SSSE/DF03``, ``PSE/ADF``, ``PSAM/DF01``."""
        return f"{self.side}/{self.within}" if self.within else self.side


class Waiting(NamedTuple):
    """A command whose answer may have to be fetched: its name, and what it means."""

    command: CommandAPDU
    name: str
    says: str


def left_waiting(asked: W, waiting: W | None, sw: StatusWord, *, fetching: bool, bare: bool) -> W | None:
    """Whose data wait for GET RESPONSE behind an answer: the command's own, what waited before, or nobody's.

    ``fetching``: the command was GET RESPONSE itself; ``bare``: the answer had no data.
    """
    more = sw.sw1 == 0x61
    if not fetching:
        # A warning goes out bare, its data wait too (JR/T 0025.3 annex A.7).
        return asked if more or (sw.sw1 == 0x62 and bare) else None
    if sw.is_success or sw.sw1 == 0x62 or sw == SW.NO_PRECISE_DIAGNOSIS:
        return waiting if more else None
    return waiting  # refused otherwise, by class or length, it costs nothing


class Tracker:
    """What is known of one card between two commands, and its chip's serial number as the ATR had it.

    ``under``: the label of the stack that answers for its MF, the first one if none is named; ``stacks``: what may be
    on cards.
    """

    def __init__(self, version: Version, *, under: str = "", stacks: Stacks = STACKS) -> None:
        self.version = version
        self.chip = b""
        self._stacks = of_card(under or stacks[0].label, stacks)
        self._earlier: dict[bytes, dict[int, bytes]] = {}
        self._root = next(stack for stack in self._stacks if stack.root is not None)
        self.restart()

    def restart(self) -> None:
        """A reset: the MF is current and nothing waits."""
        self.spot = self._in(self._root, Inside(names_of_places.MF_FID))
        self.waiting: Waiting | None = None
        self.fetched = b""
        self.lists: dict[int, bytes] = {}
        self.dates: dict[int, bytes] = {}
        self._application = b""
        self.cryptograms = 0

    def placed(self, environment: str | None) -> None:
        """The environment as the card itself tells it; its root directory if that is news."""
        stack = next((one for one in self._stacks for place in one.places if place.label == environment), None)
        label = stack.label if stack is not None else environment  # one stack may answer in several environments
        if label is not None and label != self.spot.environment:
            self.spot = self._entered(stack) if stack is not None else Spot(label)

    def _in(self, stack: Stack, inside: Inside) -> Spot:
        return Spot(stack.label, inside.directory, None, stack.places[0].short, inside.within)

    def _entered(self, stack: Stack) -> Spot:
        return self._in(stack, Inside(_following(stack.label).home))

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
        fetching = command.ins == INS_GET_RESPONSE
        self.waiting = left_waiting(asked, self.waiting, sw, fetching=fetching, bare=not data)
        if not fetching:
            self.fetched = b""
            if accepted:
                self._moved(command)
        elif accepted or sw == SW.NO_PRECISE_DIAGNOSIS:
            self.fetched = whole if more else b""
        if accepted and not more and whole:
            self._learn(owner.command, whole)

    def _moved(self, command: CommandAPDU) -> None:
        spot = self.spot
        if command.ins == _SELECT:
            self.spot = self._selected(command)
            if _following(self.spot.environment).lists:
                self.lists, self.dates, self.cryptograms, self._application = {}, {}, 0, command.data
        elif command.ins in _WITH_FILE:
            self.spot = spot._replace(file=self.target(command))
        elif command.ins == _GPO:
            self.cryptograms = 0
        elif command.ins == _GENERATE_AC:
            self.cryptograms += 1

    def _selected(self, command: CommandAPDU) -> Spot:
        spot, data = self.spot, command.data
        fid = int.from_bytes(data) if len(data) == 2 else 0
        if command.p1 == _BY_NAME:
            return self._named(data)
        if data == b"" or fid == names_of_places.MF_FID:
            return self._entered(self._root)
        return (self._identified(fid) if command.p1 != _BY_FILE else None) or spot._replace(file=fid)

    def _named(self, name: bytes) -> Spot:
        """Where a DF name leads: to an environment's own, else to what one has inside."""
        for stack in self._stacks:
            if name and any(place.name == name for place in stack.places):
                return self._entered(stack)
        for stack in self._stacks:
            following = _following(stack.label)
            inside = following.named(name, self.version)
            if inside is not None:
                return self._in(stack, inside)
            if stack.label == self.spot.environment and following.own and name.startswith(following.own):
                break
        return self.spot

    def _identified(self, fid: int) -> Spot | None:
        """Where an identifier leads; None if to no directory that is known."""
        for stack in self._stacks:
            inside = _following(stack.label).identified(fid, self.version)
            if inside is not None:
                return self._in(stack, inside)
        return next((self._entered(one) for one in self._stacks for place in one.places if place.fid == fid), None)

    def _learn(self, owner: CommandAPDU, data: bytes) -> None:
        """Data object lists and log format of the bank side; the edition from the issuer data of the social side."""
        following = _following(self.spot.environment)
        if following.lists:
            self._collect(data, _DEEPEST)
        elif owner.ins == _READ_RECORD and (self.spot.directory, self.spot.file) == following.edition:
            self.version = version_in(data) or self.version

    def _collect(self, raw: bytes, depth: int) -> None:
        try:
            for item in tlv.walk(raw):
                if item.tag in _KEPT:
                    self.lists[item.tag] = item.value
                    self._earlier.setdefault(self._application, {})[item.tag] = item.value
                elif item.tag in _DATES:
                    self.dates[item.tag] = item.value
                elif item.constructed and depth:
                    self._collect(item.value, depth - 1)
        except TlvError:
            pass

    def list_for(self, tag: int) -> bytes | None:
        """The data object list of the selected application that this session has read, else an earlier one."""
        found = self.lists.get(tag)
        return found if found is not None else self._earlier.get(self._application, {}).get(tag)

    def log_list(self, sfi: int) -> bytes | None:
        """The layout of the records of file ``sfi`` if that is the transaction log."""
        entry = self.lists.get(_LOG_ENTRY, b"")
        return self.lists.get(_LOG_FORMAT) if entry[:1] == bytes((sfi,)) else None


def _following(label: str) -> Following:
    return FOLLOWING.get(label, NOTHING_INSIDE)


def version_in(record: bytes) -> Version | None:
    """The edition that the record 03 of the issuer data names (V2.0 §8.1.1.3); None if this is not that record."""
    try:
        found = [item.value for item in tlv.parse_simple(record) if item.tag == _VERSION_TAG]
    except TlvError:
        return None
    if not found:
        return None
    return {b"3": Version.V3, b"2": Version.V2}.get(found[0][:1], Version.V1)
