"""The bureau's blacklist (黑名单): entries come and go, whole lists and increments are signed and handed out.

All of it is one file, replaced in one step: what was published, which nothing changes any more, and what waits for the
next publication. No secret is in it; the key that signs lies elsewhere, and the file knows its public half.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

import msgspec
from msgspec import Meta, Raw, Struct

from dualcos.messages.blacklist import (
    Blacklist,
    BlacklistError,
    CardNamed,
    History,
    Listed,
    Named,
    PublishedState,
    PublisherCode,
    RangeNamed,
    moment_of,
    next_state,
    signed_blacklist,
    verified_blacklist,
    wrong_with,
)
from dualcos.messages.blacklist_entries import BlacklistEntries
from dualcos.messages.social_services import Region
from dualcos.textforms.json_and_toml import BadText, from_json
from dualcos.textforms.text_files import UnreadableText, bytes_of
from keys.custody.exclusive_use import ChangedMeanwhileError, mark_of, replace_unchanged, used_alone
from keys.custody.signing_key import SigningKey, key_fingerprint
from keys.custody.whole_file import write_whole

_DAY = slice(8)
_LONGEST_FILE = 1 << 30
"""Bytes; a whole list of a million entries takes 140 million, and so many changes as much again."""


class PublisherError(Exception):
    """The bureau's list cannot be read, or what is asked of it cannot be; the message says why."""


class PublisherFile(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """The file. ``whole`` and ``increments`` are lists as they were signed, byte for byte; the increments follow each
    other up to the last publication. ``listed`` and ``unlisted`` wait for the next one.

    A whole list is published every ``whole_days``; of the increments the last ``kept`` are.
    """

    format: Literal[1] = 1
    publisher: PublisherCode
    regions: Annotated[tuple[Region, ...], Meta(min_length=1)]
    public_key: History  # 32 bytes in hex, as it is
    whole_days: Annotated[int, Meta(ge=1)] = 7
    kept: Annotated[int, Meta(ge=1)] = 1000
    whole: Raw = Raw(b"null")
    increments: tuple[Raw, ...] = ()
    listed: tuple[Listed, ...] = ()
    unlisted: tuple[Named, ...] = ()


class PublisherStanding(NamedTuple):
    """Where a bureau's list stands: ``sequence`` 0 and ``issued`` empty before the first publication; how many entries
    were published, how many changes wait.
    """

    publisher: str
    regions: tuple[str, ...]
    public_key: bytes
    sequence: int
    issued: str
    entries: int
    waiting: int


class _Published(NamedTuple):
    """What a file holds, verified: its last list, its whole list, and the entries that all of it comes to. ``states``:
    that before its first increment and those that they lead to, one after the other.
    """

    file: PublisherFile
    mark: bytes
    last: Blacklist | None
    whole: Blacklist | None
    entries: BlacklistEntries
    states: tuple[PublishedState, ...] = ()

    @property
    def state(self) -> PublishedState | None:
        return self.last.state if self.last is not None else None

    @property
    def sequence(self) -> int:
        return self.last.state.sequence if self.last is not None else 0

    def behind_whole(self) -> tuple[Raw, ...]:
        """The increments since the whole list."""
        return self.file.increments[self.states.index(self.whole.state) :] if self.whole is not None else ()

    def behind(self, after: int, history: str) -> tuple[Raw, ...] | None:
        """The increments behind list ``after``; None if it is not among these, or had another history."""
        for at, state in enumerate(self.states):
            if state.sequence == after and history in ("", state.history):
                return self.file.increments[at:]
        return None


class BlacklistPublisher:
    """The bureau's list in a file. Several processes may use it: each change is made to what is there then.

    Raises PublisherError and OSError wherever the file is read; PublisherError is told without the file's name where
    the question is wrong, with it where the file is.
    """

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path)
        self._known: tuple[object, _Published] | None = None
        self._handed: tuple[_Published, int, str, tuple[str, ...]] | None = None

    @classmethod
    def begin(cls, path: str | Path, file: PublisherFile) -> BlacklistPublisher:
        """A new file. Raises PublisherError: a field is not as it must be; FileExistsError, OSError."""
        if wrong := _wrong_form(file):
            raise PublisherError(wrong)
        write_whole(path, msgspec.json.encode(file))
        return cls(path)

    def standing(self) -> PublisherStanding:
        """Where it stands."""
        there = self._published()
        file = there.file
        return PublisherStanding(
            file.publisher,
            file.regions,
            bytes.fromhex(file.public_key),
            there.sequence,
            there.last.issued if there.last is not None else "",
            len(there.entries),
            len(file.listed) + len(file.unlisted),
        )

    def entries(self) -> Iterator[Listed]:
        """All that were published."""
        return self._published().entries.entries()

    def waiting(self) -> tuple[tuple[Listed, ...], tuple[Named, ...]]:
        """What the next publication puts on and what it takes off."""
        file = self._published().file
        return file.listed, file.unlisted

    def add(self, entries: Iterable[Listed], now: str) -> None:
        """Put entries on the next list, in the place of those for the same card or range. Raises PublisherError: one
        is not well formed, has ended already, or ends before it begins.
        """

        def change(there: _Published) -> PublisherFile:
            listed, unlisted = _waiting(there.file)
            for entry in entries:
                if wrong := _wrong_form(entry) or wrong_with(entry):
                    raise PublisherError(wrong)
                if entry.until < now[_DAY]:
                    raise PublisherError(f"an entry until {entry.until} has ended already")
                unlisted.pop(entry.key, None)
                listed[entry.key] = entry
            return _with(there.file, listed=tuple(listed.values()), unlisted=tuple(unlisted.values()))

        self._change(change)

    def remove(self, names: Iterable[Named]) -> None:
        """Take entries off the next list. Raises PublisherError: one is not on it."""

        def change(there: _Published) -> PublisherFile:
            listed, unlisted = _waiting(there.file)
            for named in names:
                is_published = there.entries.of(named) is not None and named.key not in unlisted
                if listed.pop(named.key, None) is None and not is_published:
                    raise PublisherError(f"{_called(named)} is not on the list")
                if is_published:
                    unlisted[named.key] = _name_of(named)
            return _with(there.file, listed=tuple(listed.values()), unlisted=tuple(unlisted.values()))

        self._change(change)

    def publish(self, key: SigningKey, now: str, *, whole: bool = False, number: int | None = None) -> tuple[str, ...]:
        """Sign what waits, and take off what has ended; returns the lists that came of it, which are kept.

        The first is a whole list. Every other is an increment, an empty one where nothing waits, as terminals want to
        hear something each day; with it comes the same as a whole list, where one is due or ``whole`` asks for it.
        ``number``: the list has this number and is a whole one, and no increments lead to it; for a file that was put
        back, where terminals hold later lists than it knows.
        Raises PublisherError: another key than the file knows, a clock that went back, a number that was used.
        """
        made: list[bytes] = []

        def change(there: _Published) -> PublisherFile:
            _demand_fit(there, key, now)
            listed, unlisted = _changes(there, now[_DAY])
            file = there.file
            says = Blacklist(
                format=1,
                publisher=file.publisher,
                regions=file.regions,
                state=next_state(there.state, listed, unlisted),
                follows=there.state,
                issued=now,
                listed=listed,
                unlisted=unlisted,
            )
            if number is not None:
                made.append(signed_blacklist(_whole_with(there, says, _numbered(there, says, number)), key))
                return _with(file, whole=Raw(made[0]), increments=(), listed=(), unlisted=())
            made.append(signed_blacklist(says, key))
            if there.last is None:
                return _with(file, whole=Raw(made[0]), listed=(), unlisted=())
            increments = (*file.increments, Raw(made[0]))[-file.kept :]
            if not whole and not _whole_is_due(there, now):
                return _with(file, increments=increments, listed=(), unlisted=())
            made.append(signed_blacklist(_whole_with(there, says, says.state), key))
            return _with(file, whole=Raw(made[1]), increments=increments, listed=(), unlisted=())

        self._change(change)
        return tuple(map(_text, made))

    def since(self, after: int, history: str = "") -> tuple[str, ...]:
        """What a terminal needs that holds list ``after``, 0 for none: the increments behind it; where they are not
        all there any more, or its list has another ``history`` than the one of that number here (empty: any), the last
        whole list and those behind that. Nothing, where it has the last one.
        """
        there = self._published()
        if self._handed is not None and self._handed[0] is there and self._handed[1:3] == (after, history):
            return self._handed[3]  # a list in pieces is asked for piece by piece
        behind = there.behind(after, history)
        if behind is None:
            behind = (there.file.whole, *there.behind_whole()) if there.whole is not None else ()
        lists = tuple(_text(bytes(each)) for each in behind)
        self._handed = there, after, history, lists
        return lists

    def _published(self) -> _Published:
        """What is in the file now; read again only where it was replaced."""
        try:
            found = self._path.stat()
            stamp = (found.st_ino, found.st_mtime_ns, found.st_size)
            if self._known is None or self._known[0] != stamp:
                self._known = (stamp, _read(self._path))
        except OSError as error:
            raise PublisherError(f"{self._path}: {error.strerror}") from None
        return self._known[1]

    def _change(self, change: Callable[[_Published], PublisherFile]) -> None:
        """Raises PublisherError: no such file, or no change of it; OSError."""
        with used_alone(self._path):
            self._known = None
            there = self._published()
            self._known = None
            try:
                replace_unchanged(self._path, msgspec.json.encode(change(there)), there.mark)
            except ChangedMeanwhileError as error:
                raise PublisherError(str(error)) from None


def _read(path: Path) -> _Published:
    """Raises PublisherError: it is none, its increments do not lead from one to the next, or not to the whole list."""
    try:
        content = bytes_of(path, _LONGEST_FILE)
        file = from_json(content, PublisherFile)
        public = bytes.fromhex(file.public_key)
        if file.whole == Raw(b"null"):
            if file.increments:
                raise BlacklistError("it has increments, and no whole list")
            return _Published(file, mark_of(content), None, None, BlacklistEntries())
        return _followed(file, mark_of(content), verified_blacklist(bytes(file.whole), public), public)
    except UnreadableText as error:
        raise PublisherError(str(error)) from None
    except (BadText, BlacklistError) as error:
        raise PublisherError(f"{path}: {error}") from None


def _followed(file: PublisherFile, mark: bytes, whole: Blacklist, public: bytes) -> _Published:
    """The increments one after the other. Raises BlacklistError."""
    if whole.follows is not None:
        raise BlacklistError(f"{whole.called} stands where the whole list should")
    entries, last, reached = BlacklistEntries(), whole, False
    states: list[PublishedState] = []
    for line in file.increments:
        says = verified_blacklist(bytes(line), public)
        if says.follows is None or (states and says.follows != states[-1]):
            raise BlacklistError(f"{says.called} does not follow what stands before it: one is missing")
        states = states or [says.follows]
        if states[-1] == whole.state:
            entries.take(whole)
            reached = True
        if reached:
            entries.take(says)
        states.append(says.state)
        last = says
    states = states or [whole.state]
    if states[-1] == whole.state:
        entries.take(whole)
    elif not reached:
        raise BlacklistError(f"its increments lead neither from {whole.called} nor to it: one is missing")
    return _Published(file, mark, last, whole, entries, tuple(states))


def _waiting(file: PublisherFile) -> tuple[dict[str, Listed], dict[str, Named]]:
    return {each.key: each for each in file.listed}, {each.key: each for each in file.unlisted}


def _changes(there: _Published, day: str) -> tuple[tuple[Listed, ...], tuple[Named, ...]]:
    """What the next list puts on and takes off: what waits, and what has ended."""
    listed, unlisted = _waiting(there.file)
    unlisted.update({each.key: each for each in there.entries.ended_before(day) if each.key not in listed})
    for entry in [each for each in listed.values() if each.until < day]:
        unlisted[entry.key] = _name_of(listed.pop(entry.key))
    gone = (each for each in unlisted.values() if there.entries.of(each) is not None)
    return tuple(listed.values()), tuple(gone)


def _demand_fit(there: _Published, key: SigningKey, now: str) -> None:
    public = bytes.fromhex(there.file.public_key)
    if key.public != public:
        raise PublisherError(
            f"terminals know the key {key_fingerprint(public)} as the publisher's, and this is"
            f" {key_fingerprint(key.public)}"
        )
    if moment_of(now) is None or (there.last is not None and now < there.last.issued):
        issued = there.last.issued if there.last is not None else "no time yet"
        raise PublisherError(f"it is {now}, and the last list was issued at {issued}: the clock is wrong")


def _numbered(there: _Published, says: Blacklist, number: int) -> PublishedState:
    """The state of ``says`` under another number. Raises PublisherError."""
    if number <= there.sequence:
        raise PublisherError(f"list {there.sequence} is published: {number} is not above it")
    return msgspec.structs.replace(says.state, sequence=number)


def _whole_with(there: _Published, says: Blacklist, state: PublishedState) -> Blacklist:
    """What all comes to with the changes of ``says``, as a whole list."""
    there.entries.take(says)
    listed = tuple(there.entries.entries())
    return msgspec.structs.replace(says, state=state, follows=None, listed=listed, unlisted=())


def _whole_is_due(there: _Published, now: str) -> bool:
    before = moment_of(there.whole.issued) if there.whole is not None else None
    moment = moment_of(now)
    if before is None or moment is None or len(there.behind_whole()) + 1 >= there.file.kept:
        return True
    return moment - before >= timedelta(days=there.file.whole_days)


def _wrong_form(made: Struct) -> str:
    """What is wrong with the fields of what was made here, and not read; empty if nothing is."""
    try:
        from_json(msgspec.json.encode(made), type(made))
    except BadText as error:
        return str(error)
    return ""


def _with(file: PublisherFile, **changes: object) -> PublisherFile:
    return msgspec.structs.replace(file, **changes)


def _name_of(named: Named) -> Named:
    """Only which card or range it is."""
    if isinstance(named, CardNamed):
        return CardNamed(identification=named.identification, number=named.number)
    return RangeNamed(first=named.first, last=named.last)


def _called(named: Named) -> str:
    if isinstance(named, CardNamed):
        return f"the card with number {named.number} and this identification code"
    return f"the range from {named.first} to {named.last}"


def _text(line: bytes) -> str:
    return line.decode("ascii")
