"""What the laboratory's hand may see of a card (实验室视角): its keys at rest, and published keys around it.

Only of a card whose keys are marked as test keys: telling the right inputs of a computation is an oracle. Of any other
card, and of a real one in a reader, there is the wire and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cached_property
from typing import NamedTuple

from cos.kernel.stack import Stacks
from cos.pse.current_directory import issued_cipher
from cos.ssse.security.key_types import SocialKeyType
from cos.stacks import STACKS, by_label, places
from dualcos.explain.diagnosis.finding import KeyName
from dualcos.explain.memory_cells import kinds_of
from dualcos.explain.names_of_places import short_directory
from firewall.cellkind import CellKind, kind_of
from keys.algorithms import DES, Algorithm, BadKey, bank_algorithm, invert, social_algorithm
from keys.card_key_store import KeyHeader
from keys.key_handle import KeyHandle

Memory = Mapping[str, Mapping[bytes, bytes]]
_HOME = 0x3F00
_LOOKS = 8
_PINS_AS_KEYS = "pki"
_BANK, _BANK_APPLICATION = "pse", "ADF"


class SeenKey:
    """A key in the laboratory's hand: its ``name``, where it lies, and a value that no text shows.

    ``relation``: of a key that is not in the card, which mistake its use would be (``key.tier-above``).
    """

    def __init__(self, name: KeyName, algorithm: Algorithm, value: bytes, *, relation: str = "") -> None:
        self.name = name
        self.algorithm = algorithm
        self.value = value
        self.relation = relation

    @cached_property
    def handle(self) -> KeyHandle:
        """As something that computes. Raises BadKey."""
        return KeyHandle(self.algorithm, self.value)

    def otherwise(self, value: bytes, algorithm: Algorithm | None = None) -> SeenKey:
        """The same name with another value or cipher: how somebody got it wrong. It has no check value: the name's is
        that of the right one.
        """
        cipher = algorithm or self.algorithm
        return SeenKey(self.name._replace(algorithm=cipher.name, check_value=""), cipher, value)

    def child(self, factor: bytes) -> SeenKey:
        """One step down the tree (SSC-9 §7), under the same name. Raises BadKey, BadBlocks."""
        return self.otherwise(self.handle.encrypt(factor if self.algorithm is DES else factor + invert(factor)))

    def __repr__(self) -> str:
        return f"SeenKey({self.name})"


def seen_key(place: str, header: KeyHeader, value: bytes, cipher: Algorithm | None = None) -> SeenKey | None:
    """The key of that header, under ``cipher`` if it is not the header's; None if its value is no key of it.

    A key that stands for a PIN has no check value: whoever knows it could count the PINs through.
    """
    try:
        algorithm = cipher or (_cipher(header.algorithm) if len(value) != DES.key_length else DES)
        name = KeyName(place, header.kind, header.kid, header.version, algorithm.name, "")
        key = SeenKey(name, algorithm, value)
        if header.kind != SocialKeyType.PIN:
            key.name = name._replace(check_value=key.handle.check_value.hex().upper())
    except BadKey:
        return None
    return key


def _cipher(number: int) -> Algorithm:
    try:
        return social_algorithm(number)
    except BadKey:
        return bank_algorithm(number)


class CardKey(NamedTuple):
    """A key of the card with the cell's own parts: label of the region, directory (3F00 where there is one only)."""

    region: str
    directory: int
    key: SeenKey


class LaboratoryView:
    """``memory``: the card's cells as they lie now; ``test``: its keys are marked as test keys; ``around``:
    published keys that lie elsewhere (one tier up, an issuer's) and that one key of the card may be mistaken for;
    ``terminals``: numbers of the test PSAMs, 6 bytes each.
    """

    def __init__(
        self,
        memory: Callable[[], Memory] = dict,
        *,
        test: bool = False,
        around: Callable[[SeenKey, str], Iterable[SeenKey]] = lambda _key, _relation: (),
        terminals: Callable[[], Iterable[bytes]] = tuple,
        stacks: Stacks = STACKS,
    ) -> None:
        self._memory = memory
        self.test = test
        self._around = around
        self._terminals = terminals
        self._stacks = stacks
        self._seen: dict[tuple[str, bytes, bytes, Algorithm | None], CardKey | None] = {}
        self._kinds: dict[str, tuple[CellKind, ...]] = {}
        self._at_hand: tuple[CardKey, ...] | None = None

    @contextmanager
    def opened(self) -> Iterator[None]:
        """For one failure: the card is looked at once."""
        self._at_hand = None
        try:
            yield
        finally:
            self._at_hand = None

    def terminals(self) -> Iterable[bytes]:
        """Terminal numbers of the published test PSAMs; none unless the card's keys are test keys."""
        return self._terminals() if self.test else ()

    def around(self, key: SeenKey, relation: str) -> Iterable[SeenKey]:
        """Published keys around this one that are of that ``relation``; none unless the card's keys are test keys."""
        return self._around(key, relation) if self.test else ()

    def card_keys(self) -> tuple[CardKey, ...]:
        """Every key in the card, PINs that are no keys left out; none unless its keys are test keys."""
        if self._at_hand is None:
            self._at_hand = tuple(self._card_keys()) if self.test else ()
        return self._at_hand

    def _card_keys(self) -> Iterator[CardKey]:
        before, self._seen = self._seen, {}  # what is no longer in the card is not kept here either
        for region, cells in self._cells_now().items():
            for cell, value in cells.items():
                named = region, cell, value, issued_cipher(cells, cell) if region == _BANK else None
                key = self._seen[named] = before[named] if named in before else self._key_in(*named)
                if key is not None:
                    yield key

    def _cells_now(self) -> Memory:
        """The card may be at work meanwhile, in another thread: where it gets new regions, it is looked at again."""
        for _ in range(_LOOKS):
            with suppress(RuntimeError):
                return self._memory()
        return {}

    def regions_of(self, environment: str) -> frozenset[str]:
        """The memories in which the stack called ``environment`` keeps what is its own."""
        stack = by_label(environment, self._stacks)
        return frozenset(place.label for place in stack.places) if stack is not None else frozenset()

    def _place(self, region: str, directory: int) -> str:
        """As ``Spot.short`` says it, as far as the cell tells."""
        place = next((place for place, _ in places(self._stacks) if place.label == region), None)
        home = place.short if place is not None else region.upper()
        is_home = directory == _HOME or (place is not None and directory == place.fid)
        if is_home:
            return home
        return f"{home}/{_BANK_APPLICATION if region == _BANK else short_directory(directory)}"

    def _key_in(self, region: str, cell: bytes, value: bytes, cipher: Algorithm | None) -> CardKey | None:
        if region not in self._kinds:
            self._kinds[region] = kinds_of(region, self._stacks)
        kind = kind_of(self._kinds[region], cell)
        if kind is None or not kind.secret or not kind.head or len(value) < kind.head:
            return None
        parts, header = kind.split(cell), KeyHeader.decode(value)
        directory = int.from_bytes(parts.get("directory", _HOME.to_bytes(2, "big")), "big")
        if "file" in parts:
            header = header._replace(version=0)  # a key file's entries have usage and identifier alone (SSC-9 §6.1)
        if header.kind == SocialKeyType.PIN and region != _PINS_AS_KEYS:
            return None
        key = seen_key(self._place(region, directory), header, kind.hidden(value), cipher)
        return CardKey(region, directory, key) if key is not None else None


NO_VIEW = LaboratoryView()
"""Nothing but the wire."""
