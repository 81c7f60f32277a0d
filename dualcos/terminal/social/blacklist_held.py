"""The blacklist that a terminal holds (SSC-8 §7): fed by signed lists alone, looked up before each transaction.

It is always a list that its publisher had published, and while the terminal runs never an older one than before. On the
disk lie the signed lists themselves, the last whole one and the increments behind it, and all of them are verified when
they are read again. Whoever can write there cannot change a list. He can take it away, which stops the terminal, and he
can put back an older one that had lain there: after a start the terminal goes by that until it is too old, 24 hours
after it was issued unless set otherwise, or until the next pull brings what came since.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum
from pathlib import Path
from typing import NamedTuple

from dualcos.messages.blacklist import (
    REASONS,
    Blacklist,
    BlacklistError,
    PublishedState,
    moment_of,
    verified_blacklist,
)
from dualcos.messages.blacklist_entries import BlacklistEntries
from dualcos.messages.blacklist_pieces import asked_whole
from dualcos.messages.social_services import BlacklistAsked, BlacklistSent, ServiceRefused, SocialBackEnd
from dualcos.terminal.social.terminal_stopped import StopCause, TerminalStopped
from dualcos.terminal.terminal_parts import PartText
from keys.custody.whole_file import write_whole

_INDEX = "lists"
_WHOLE = re.compile(rb"whole-[0-9A-F]{16}\.json")
_DAY = slice(8)
_PROVINCE, _ALL_BELOW = 2, "00"


class VerdictKind(Enum):
    """What a terminal knows of a card by its list. TOO_OLD: nothing that it may go by; on line only. NOT_COVERED: the
    list is not about cards of that region, so that it says nothing of this one.
    """

    CLEAR = "clear"
    LISTED = "listed"
    TOO_OLD = "too old"
    NOT_COVERED = "not covered"


class BlacklistVerdict(NamedTuple):
    """``reason``: the code of the entry, also where the list that has it is too old; empty without one."""

    kind: VerdictKind
    reason: str = ""


@dataclass(frozen=True, slots=True)
class BlacklistSettings:
    """Whose list it is. ``age``: an older one is not gone by; ``ahead``: so much later than the terminal's clock a list
    may be issued; ``increments``: behind so many the whole list is asked for, so that they do not pile up.
    ``uncovered_pass``: cards of a region that the list is not about are let by, which is told; else on line only.
    """

    publisher: str
    public_key: bytes
    age: timedelta = timedelta(hours=24)
    ahead: timedelta = timedelta(minutes=5)
    increments: int = 1000
    uncovered_pass: bool = True


class ListsTaken(NamedTuple):
    """What came of lists: how many count now, why others do not, and whether there is a gap before one of them."""

    taken: int = 0
    faults: tuple[str, ...] = ()
    gap: bool = False


@dataclass(slots=True)
class _Course:
    """Lists as they follow each other, from what is held or from a whole list of their own."""

    state: PublishedState | None
    issued: str
    whole: bytes | None = None
    lines: list[bytes] = field(default_factory=list)
    changes: list[Blacklist] = field(default_factory=list)

    @property
    def sequence(self) -> int:
        return self.state.sequence if self.state is not None else 0

    def begin(self, line: bytes, says: Blacklist) -> None:
        self.state, self.issued, self.whole, self.lines, self.changes = says.state, says.issued, line, [], [says]

    def go_on(self, line: bytes, says: Blacklist) -> None:
        self.state, self.issued = says.state, says.issued
        self.lines.append(line)
        self.changes.append(says)


class HeldBlacklist:
    """The list in ``folder``, which must be there and is its own. ``fault``: why less was found there than was kept.
    ``tell``: of a card that was let by though the list says nothing of it.
    """

    def __init__(
        self, folder: Path, settings: BlacklistSettings, tell: Callable[[PartText], None] = lambda _: None
    ) -> None:
        self._folder = folder
        self._settings = settings
        self._tell = tell
        self._regions: tuple[str, ...] = ()
        self._state: PublishedState | None = None
        self._issued = ""
        self._whole = b""  # the name of its file
        self._increments: list[bytes] = []
        self._entries = BlacklistEntries()
        self.fault = ""
        self._read()

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def sequence(self) -> int:
        """The number of the list that is held, 0 for none."""
        return self._state.sequence if self._state is not None else 0

    @property
    def issued(self) -> str:
        """When it was issued, empty for none."""
        return self._issued

    def verdict(self, identification: str, number: str, now: str) -> BlacklistVerdict:
        """What the list says of a card, by its identification code (hex) and its card number. Total."""
        found = self._entries.find(identification, number, now[_DAY])
        reason = found.reason if found is not None else ""
        if not self._is_fresh(now):
            return BlacklistVerdict(VerdictKind.TOO_OLD, reason)
        if reason:
            return BlacklistVerdict(VerdictKind.LISTED, reason)
        return BlacklistVerdict(VerdictKind.CLEAR if self._covers(identification) else VerdictKind.NOT_COVERED)

    def demand_clear(self, identification: bytes, number: str, now: str) -> None:
        """Raises TerminalStopped: the card is listed, the list is too old to go by, or it says nothing of such cards
        and those may not pass.
        """
        found = self.verdict(identification.hex(), number, now)
        if found.kind is VerdictKind.TOO_OLD:
            held = f"第{self.sequence}号，{self._issued}", f"list {self.sequence}, issued {self._issued}"
            raise TerminalStopped(StopCause.LIST_TOO_OLD, detail=held if self._issued else ("无", "none is held"))
        if found.kind is VerdictKind.LISTED:
            why = REASONS[found.reason]
            raise TerminalStopped(StopCause.BLACKLISTED, detail=(why.zh, why.en))
        if found.kind is VerdictKind.NOT_COVERED:
            regions = ", ".join(self._regions)
            said = PartText(f"名单只含地区{regions}的卡", f"the list is about cards of {regions} only")
            if not self._settings.uncovered_pass:
                raise TerminalStopped(StopCause.LIST_SILENT, detail=said)
            self._tell(said)

    def pull(self, back_end: SocialBackEnd, terminal: str, running: Callable[[], int], now: str) -> ListsTaken:
        """Ask for what was published since, and take it, until nothing is left; where something is missing in between,
        or increments pile up, for everything. A list in pieces counts when all of it is there.

        ``running`` gives the next running number. Raises NoAnswer, OSError.
        """
        piled = bool(self._state) and len(self._increments) >= self._settings.increments
        everything, taken = piled, ListsTaken()
        while True:
            asked = self._question(terminal, running(), everything=everything)
            came, left = self._pulled(back_end, asked, running, now)
            taken = ListsTaken(taken.taken + came.taken, taken.faults + came.faults, came.gap)
            if came.gap and asked.after:
                everything = True
            elif (came.taken and left) or (piled and not came.taken):
                everything = piled = False
            else:
                return taken

    def take(self, lists: Iterable[str | bytes], now: str) -> ListsTaken:
        """Take lists in their order, as far as they are the publisher's and lead on from what is held.

        Those that are not, are spoilt or older are left out, and said; behind a gap nothing counts. What counts is on
        disk on return. Raises OSError: nothing has changed.
        """
        return self._take(lists, now)

    def _take(self, lists: Iterable[str | bytes], now: str, *, anew: bool = False) -> ListsTaken:
        """``anew``: everything was asked for, and that some of it is held already is no fault."""
        course = _Course(self._state, self._issued)
        faults: list[str] = []
        gap = False
        for text in lists:
            line = text if isinstance(text, bytes) else text.encode(errors="surrogatepass")
            try:
                says = self._signed(line)
                self._demand_no_future(says, now)
            except BlacklistError as error:
                faults.append(str(error))
                continue
            if says.follows == course.state and says.follows is not None:
                course.go_on(line, says)
            elif says.follows is None and (not course.changes or says.state.sequence > course.sequence):
                course.begin(line, says)
            elif says.state.sequence <= course.sequence:
                faults.append(_behind_the_times(says.called, says.state, course.state))
            elif says.follows is not None and says.follows.sequence == course.sequence:
                faults.append(_of_other_history(says.called, course.sequence))
                gap = True
            else:
                faults.append(f"{says.called} does not follow list {course.sequence}: something in between is missing")
                gap = True
        if not self._leads_on(course):
            known = anew and (course.sequence < self.sequence or course.state == self._state)
            if course.changes and not known:
                faults.append(_behind_the_times(f"list {course.sequence}", course.state, self._state))
            return ListsTaken(0, tuple(faults), gap)
        self._keep(course)
        return ListsTaken(len(course.changes), tuple(faults), gap)

    def _leads_on(self, course: _Course) -> bool:
        """True if there is something in it to keep: a newer list, or the same by fewer increments."""
        if course.state == self._state:
            return course.whole is not None and len(course.lines) < len(self._increments)
        return course.sequence > self.sequence

    def _question(self, terminal: str, running: int, *, everything: bool) -> BlacklistAsked:
        if everything or self._state is None:
            return BlacklistAsked(terminal=terminal, running=running)
        after, history = self._state.sequence, self._state.history
        return BlacklistAsked(terminal=terminal, running=running, after=after, history=history)

    def _pulled(
        self, back_end: SocialBackEnd, asked: BlacklistAsked, running: Callable[[], int], now: str
    ) -> tuple[ListsTaken, int]:
        """What came of one question, and how many lists are left at the back end."""
        try:
            answer = asked_whole(back_end, asked, running)
        except BlacklistError as error:
            return ListsTaken(faults=(f"no list from the back end: {error}",)), 0
        if isinstance(answer, BlacklistSent):
            return self._take(answer.lists, now, anew=not asked.after), answer.left
        why = f"{answer.code}: {answer.en}" if isinstance(answer, ServiceRefused) else "another answer came"
        return ListsTaken(faults=(f"no list from the back end, {why}",)), 0

    def _signed(self, line: bytes) -> Blacklist:
        """What a list says. Raises BlacklistError: not signed by the publisher, or another's."""
        says, ours = verified_blacklist(line, self._settings.public_key), self._settings.publisher
        if says.publisher != ours:
            raise BlacklistError(f"{says.called} is of {says.publisher}, and this terminal goes by those of {ours}")
        return says

    def _demand_no_future(self, says: Blacklist, now: str) -> None:
        """Raises BlacklistError: by this terminal's clock it cannot have been issued yet."""
        age = _age(says.issued, now)
        if age is None or age < -self._settings.ahead:
            raise BlacklistError(
                f"{says.called} was issued at {says.issued}, and here it is {now}: one of the clocks is wrong"
            )

    def _is_fresh(self, now: str) -> bool:
        age = _age(self._issued, now)
        return age is not None and -self._settings.ahead <= age <= self._settings.age

    def _covers(self, identification: str) -> bool:
        """True if the list is about such cards. An identification code begins with the region; a region that ends in
        00 has all that begin as it does (GB/T 2260; that a list may mean it so is inferred).
        """
        return any(identification.startswith(_district(region)) for region in self._regions)

    # --- on the disk --------------------------------------------------------------------------------------------------

    def _keep(self, course: _Course) -> None:
        """Whole list first, under a name of its own; the index, which names it, is the one step that counts."""
        name, increments = self._whole, self._increments + course.lines
        if course.whole is not None:
            digest = hashlib.sha256(course.whole).hexdigest().upper()[:16]
            name, increments = b"whole-%s.json" % digest.encode(), course.lines
            write_whole(self._folder / name.decode(), course.whole, replace=True)
        write_whole(self._folder / _INDEX, b"".join(line + b"\n" for line in (name, *increments)), replace=True)
        if course.whole is not None:
            self._entries = BlacklistEntries()
        for changes in course.changes:
            self._entries.take(changes)
        self._whole, self._increments = name, increments
        self._state, self._issued, self.fault = course.state, course.issued, ""
        self._regions = course.changes[-1].regions
        self._sweep()

    def _sweep(self) -> None:
        """Whole lists that count no more go; what cannot be taken away now is next time."""
        for path in self._folder.glob("whole-*.json"):
            if path.name.encode() != self._whole:
                with suppress(OSError):
                    path.unlink()

    def _read(self) -> None:
        """As far as what lies there is whole and signed: a list that was published, if an older one than was kept."""
        try:
            name, *increments = (self._folder / _INDEX).read_bytes().removesuffix(b"\n").split(b"\n")
            if _WHOLE.fullmatch(name) is None:
                raise BlacklistError("it names no whole list")
            for at, line in enumerate(self._stored(name, increments)):
                self._add_stored(line, whole=at == 0, name=name)
        except FileNotFoundError as error:
            self.fault = "" if Path(error.filename).name == _INDEX else f"{error.filename}: {error.strerror}"
        except OSError as error:
            self.fault = f"{error.filename}: {error.strerror}"
        except BlacklistError as error:
            self.fault = f"{self._folder / _INDEX}: {error}"

    def _stored(self, name: bytes, increments: list[bytes]) -> Iterator[bytes]:
        yield (self._folder / name.decode()).read_bytes()
        yield from increments

    def _add_stored(self, line: bytes, *, whole: bool, name: bytes) -> None:
        """Raises BlacklistError."""
        says = self._signed(line)
        if says.follows != (None if whole else self._state):
            raise BlacklistError(f"{says.called} does not follow what stands before it")
        self._entries.take(says)
        self._state, self._issued, self._regions = says.state, says.issued, says.regions
        if whole:
            self._whole = name
        else:
            self._increments.append(line)


def _age(issued: str, now: str) -> timedelta | None:
    """How old what was issued then is now; None if one of the two is no time."""
    then, moment = moment_of(issued), moment_of(now)
    return moment - then if moment is not None and then is not None else None


def _district(region: str) -> str:
    """What the codes of all regions within one begin with."""
    while len(region) > _PROVINCE and region.endswith(_ALL_BELOW):
        region = region.removesuffix(_ALL_BELOW)
    return region


def _behind_the_times(called: str, state: PublishedState | None, held: PublishedState | None) -> str:
    """Why a list is left out that is no newer than the one that is held."""
    number = held.sequence if held is not None else 0
    if state is not None and held is not None and state.sequence == number and state != held:
        return _of_other_history(called, number)
    return f"{called}: list {number} is held already, and none goes back"


def _of_other_history(called: str, held: int) -> str:
    return (
        f"{called} has another history than list {held} that is held: the publisher's file was put back, and it must"
        " publish on above all numbers that were out (`dualcos blacklist publish --from N`)"
    )
