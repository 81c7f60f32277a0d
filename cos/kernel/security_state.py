"""Where a stay stands: the memory it works on, the current directory and file, what was proved, the random number.

One ``Standing`` belongs to one session of any stack and dies with it. Files, keys and rights are reached through it by
the commands that all stacks have alike; what differs from stack to stack is the small value ``Ways``. A right is a
number: the directory it was earned in, and the level.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol

from cos.kernel.directory_headers import DirectoryHeader, DirectoryKind
from cos.kernel.files import DIRECTORY_PART, ElementaryFile, FileSystem
from cos.kernel.transmission import Transmission, TransmissionOptions
from firewall.grant import Grant
from firewall.hardware.randomness import Rng
from firewall.partition import Partition
from firewall.trace import Setting
from keys.card_key_store import KeyRef, KeyStore, entry_cells

KEYS = b"K"
"""Where keys lie; behind it the directory they belong to."""

KEY_CELLS = entry_cells(KEYS, (DIRECTORY_PART,), " of {directory}")


def key_store(nvm: Partition, directory: int) -> KeyStore:
    """The keys of ``directory``, by its file identifier."""
    return KeyStore(nvm, KEYS + directory.to_bytes(2, "big"))


def right(directory: int, level: int) -> int:
    """The right that ``level`` (00..FF) in ``directory`` (its file identifier as a number) stands for."""
    return directory << 8 | level


def directory_of(right_: int) -> int:
    """The directory a right was earned in."""
    return right_ >> 8


def level_of(right_: int) -> int:
    """The level of a right."""
    return right_ & 0xFF


class SecurityState(NamedTuple):
    """What has been proved in this session. Immutable: a new state replaces the old one.

    How long a right lasts, in every stack: as long as the clause of its stack says (another directory selected, power),
    and never longer than the key or PIN that earned it. It ends

    * when the last try of that key is used up. SSC-7 §13.3 says so of the PUK; of other keys no clause speaks. A locked
      key proves nothing any more, so what it proved is proved no more. Keys that never lock (BK, LK) keep theirs;
    * when that key is replaced or erased: WRITE KEY, CHANGE PIN, DELETE of its directory. The new one has been shown by
      nobody, and a directory made anew under the same identifier is another one.

    What a wrong proof drops while tries are left is the stack's own matter. A right that two keys earned (two versions
    of one number) lasts as long as one of them: ``earned`` has each right once for every key of its directory that
    earned it.
    """

    rights: frozenset[int] = frozenset()
    earned: frozenset[tuple[int, KeyRef]] = frozenset()

    def having(self, right_: int, by: KeyRef) -> SecurityState:
        """The state with one right more, earned by the key or PIN ``by``."""
        if (right_, by) in self.earned:
            return self
        return SecurityState(self.rights | {right_}, self.earned | {(right_, by)})

    def without(self, directory: int, key: KeyRef) -> SecurityState:
        """The state without what ``key`` of ``directory`` alone has earned: it is locked, replaced, erased, refuted."""
        return self._keeping(lambda each: each[1] != key or directory_of(each[0]) != directory)

    def outside(self, directory: int) -> SecurityState:
        """The state without any right of ``directory``, which is gone with its keys."""
        return self._keeping(lambda each: directory_of(each[0]) != directory)

    def only(self, key: KeyRef) -> SecurityState:
        """The state reduced to what the keys and PINs called ``key`` have earned."""
        return self._keeping(lambda each: each[1] == key)

    def earners(self, right_: int) -> tuple[KeyRef, ...]:
        """By which keys a right was earned, in order; none if it is not held."""
        return tuple(sorted(key for each, key in self.earned if each == right_))

    def _keeping(self, stays: Callable[[tuple[int, KeyRef]], bool]) -> SecurityState:
        earned = frozenset(filter(stays, self.earned))
        return SecurityState(frozenset(right_ for right_, _ in earned), earned)


class Challenge:
    """The last random number of one session: only the last counts, and it serves once (SSC-5 §6.5)."""

    __slots__ = ("_rng", "_value")

    def __init__(self, rng: Rng) -> None:
        self._rng = rng
        self._value: bytes | None = None

    def draw(self, length: int) -> bytes:
        """A new one of ``length`` bytes; the one before is worth nothing from now on."""
        self._value = self._rng.bytes(length)
        return self._value

    def take(self) -> bytes | None:
        """The number, used up by this call whatever becomes of the command; None if there is none."""
        value, self._value = self._value, None
        return value

    def drop(self) -> None:
        """Forget it: the directory it was drawn in was left."""
        self._value = None


Finds = Mapping[int, tuple[bool, bool]]
"""By P1 of SELECT: whether an identifier finds directories, and whether files."""


class Ways(NamedTuple):
    """What a stack does its own way. ``keeps``: the entry whose right outlives the selection of another directory.
    ``whole_reads``: READ BINARY with Le 00 gives what is there at once, whatever the transmission says of reads;
    ``by_setting``: the setting that would have it so, where one does.
    ``rules``: the clause of its files' access rules. ``own_bit``: what P2 of a proof adds to the number of a key
    that an application has for itself. ``finds``: what SELECT by an identifier finds, by P1, where not all it can.
    """

    keeps: KeyRef | None = None
    whole_reads: bool = False
    rules: str = ""
    own_bit: int = 0
    finds: Finds | None = None
    by_setting: Setting | None = None


PLAIN = Ways()


class Standing:
    """``home`` is the environment's own directory, ``directory`` the current one, ``file`` the current EF, ``pointer``
    the current record (0: none), ``security`` what has been proved.
    """

    __slots__ = (
        "_stores",
        "challenge",
        "directory",
        "file",
        "files",
        "home",
        "nvm",
        "pointer",
        "security",
        "tx",
        "ways",
    )

    def __init__(
        self, grant: Grant, transmission: TransmissionOptions, home: DirectoryHeader, ways: Ways = PLAIN
    ) -> None:
        self.nvm = grant.nvm
        self.files = FileSystem(grant.nvm)
        self.tx = Transmission(transmission)
        self.challenge = Challenge(grant.rng)
        self.ways = ways
        self.home = home
        self.directory = home
        self.file: ElementaryFile | None = None
        self.pointer = 0
        self.security = SecurityState()
        self._stores: dict[int, KeyStore] = {}

    def keys(self, directory: int) -> KeyStore:
        """The keys of a directory, by its file identifier; opened once per session."""
        store = self._stores.get(directory)
        if store is None:
            store = self._stores[directory] = key_store(self.nvm, directory)
        return store

    @property
    def in_application(self) -> bool:
        """True while an application, not the environment itself, is current."""
        return self.directory.kind == DirectoryKind.ADF

    def enter(self, header: DirectoryHeader) -> bool:
        """Make ``header`` the current directory, without a current EF.

        True if it was another one before: what keys have earned and the random number are gone then (SSC-5 §6.11.1).
        """
        changed = header.fid != self.directory.fid
        if changed:
            keeps = self.ways.keeps
            self.security = SecurityState() if keeps is None else self.security.only(keeps)
            self.challenge.drop()
        self.directory = header
        self.file = None
        self.pointer = 0
        return changed

    def put_header(self, header: DirectoryHeader) -> None:
        """Change a directory's header, in memory and in what the session knows of it."""
        self.files.put_directory(header.fid, header.encode())
        if header.fid == self.home.fid:
            self.home = header
        if header.fid == self.directory.fid:
            self.directory = header

    def earn(self, directory: int, level: int, by: KeyRef) -> None:
        """The key or PIN ``by`` of ``directory`` was shown."""
        self.security = self.security.having(right(directory, level), by)

    def forfeit(self, directory: int, key: KeyRef) -> None:
        """``key`` is locked, replaced or refuted: what it alone has earned is gone."""
        self.security = self.security.without(directory, key)


class Stay(Protocol):
    """A session, as far as shared commands look: it holds its standing."""

    at: Standing
