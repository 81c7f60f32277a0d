"""Somebody who listens to a card with everything in view, and what holds of whatever he is told.

Any traffic, right or not; the card's keys and PINs are such that finding four bytes of one in an output is no chance.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from cos.ssse.security.key_types import SocialKeyType
from dualcos.explain import Exchange, Explainer, RawPower, RawRecord, line, text
from dualcos.explain.diagnosis.computation import MOST_TRIALS, Computation
from dualcos.explain.diagnosis.finding import MOST_FINDINGS, Certainty, Diagnosis, KeyName
from dualcos.explain.diagnosis.findings import COMPUTATIONS
from dualcos.explain.diagnosis.laboratory_view import LaboratoryView
from dualcos.explain.secret_masking import SecretMasking
from dualcos.explain.trace_file_lines import written
from dualcos.explain.trace_lines import encode
from dualcos.lab.properties.explained_beside import in_view, raw
from dualcos.lab.properties.profile_specimens import CANARY, ProfileSpecimen, canary
from dualcos.lab.properties.specimen import LabBench, PlayedExchange, Player
from keys.algorithms import DES, SM4, TDES, BadKey
from keys.card_key_store import KeyHeader
from keys.key_handle import KeyHandle

PIECE = 4  # bytes of a key or PIN in a row that nobody may be told
PIN = "864209753186"
"""What the canary card's PINs are made of, the PKI manager's from its end."""
WRONG = "975310864208"
"""A PIN that is no card's."""
_SURENESS = tuple(Certainty)


class Room:
    """A canary card with everything in view, for one listener after the other; how often inputs are tried, and of which
    computations.
    """

    def __init__(
        self, specimen: ProfileSpecimen, patch: pytest.MonkeyPatch, view: LaboratoryView | None = None
    ) -> None:
        self.bench = specimen.bench(CANARY)
        self.under = specimen.profile.under()
        around = ProfileSpecimen(canary(specimen.profile), specimen.name)
        self.view = view or in_view(self.bench.card, around)
        self.bench.fresh()
        self.secrets, self.cells = secrets_in(self.bench)
        self.tried = 0
        self.computations: Counter[str] = Counter()
        agreeing = Computation.agreeing

        def counted(of: Computation, values: Any, came: bytes) -> int:
            self.tried += 1
            self.computations[of.name] += 1
            return agreeing(of, values, came)

        patch.setattr(Computation, "agreeing", counted)

    def listener(self) -> tuple[Player, Listener]:
        """The card as it was issued, somebody to play on it, and who listens."""
        self.bench.fresh()
        listener = Listener(self)
        return Player(self.bench, listener.watch), listener


class Listener:
    """Reads one card from its reset on, in every form there is, and keeps what of it must not be."""

    def __init__(self, room: Room) -> None:
        self.certain: Counter[str] = Counter()
        self.found: Counter[str] = Counter()
        self.masked = 0
        self._room = room
        self._wrong: list[str] = []
        self._explainer = Explainer(under=room.under, view=room.view)
        self._masking = SecretMasking()
        self._words: list[str] = []
        self.hear(RawPower("cold", room.bench.card.atr))

    def watch(self, exchange: PlayedExchange) -> None:
        """As the ``watch`` of a ``Player``."""
        if exchange.restarted:
            self.hear(RawPower("warm" if exchange.restarted == "warm" else "cold", self._room.bench.card.atr))
        if exchange.answer:
            self.hear(raw(exchange))

    def hear(self, record: RawRecord) -> None:
        before = self._room.tried
        happening = self._explainer.explain(record)
        tried = self._room.tried - before
        if tried > MOST_TRIALS + len(COMPUTATIONS):  # of each computation the right inputs come first
            self._wrong.append(f"{tried} inputs tried")
        self._words += (line(happening), text(happening), encode(happening), repr(happening), repr(record))
        self._words.append(written(self._masking.masked(record), 1).decode())
        if isinstance(happening, Exchange):
            self._wrong += judged(happening)
            self.masked += happening.masked
            self.found.update(each.kind for each in happening.findings)
            self.certain.update(each.kind for each in happening.findings if each.certainty is Certainty.CERTAIN)

    def complaints(self) -> list[str]:
        """What was wrong, and what of the keys and PINs that are, or were, in the card stands in what was said."""
        said = "\n".join(self._words)
        since, _ = secrets_in(self._room.bench, self._room.cells)
        return [*self._wrong, *self._room.secrets.and_also(since).found_in(said)]


def judged(exchange: Exchange) -> Iterator[str]:
    """What is wrong with the findings of an exchange whose terminal knows what it does, or knows nothing at all."""
    found = exchange.findings
    if len(found) > MOST_FINDINGS:
        yield f"{len(found)} findings"
    sureness = [_SURENESS.index(each.certainty) for each in found]
    if sureness != sorted(sureness):
        yield "not the surest first"
    for each in found:
        if not exchange.refused and each.certainty is Certainty.CERTAIN:
            yield f"certain of an accepted command: {each.kind}"
        for name in key_names(each):
            if name.kind == SocialKeyType.PIN and name.check_value:
                yield "the check value of a key that stands for a PIN"


def key_names(found: Diagnosis) -> Iterator[KeyName]:
    """Every key that the finding names."""
    yield from _names((found.expected, found.received, *found.about.values()))


def _names(value: object) -> Iterator[KeyName]:
    if isinstance(value, KeyName):
        yield value
    elif isinstance(value, tuple):
        for each in value:
            yield from _names(each)


class Secrets(NamedTuple):
    """Pieces of the keys and PINs in a card's cells, and check values that nobody may be told."""

    pieces: frozenset[str]
    checks: frozenset[str]

    def and_also(self, others: Secrets) -> Secrets:
        return Secrets(self.pieces | others.pieces, self.checks | others.checks)

    def found_in(self, said: str) -> Iterator[str]:
        told = "".join(said.upper().split())
        size = 2 * PIECE
        for piece in self.pieces & {told[at : at + size] for at in range(len(told) - size + 1)}:
            at = told.index(piece)
            yield f"…{told[max(at - 60, 0) : at + size + 8]}"
        yield from (f"check value {each}" for each in self.checks if f"KCV{each}" in told)


def secrets_in(bench: LabBench, known: frozenset[bytes] = frozenset()) -> tuple[Secrets, frozenset[bytes]]:
    """Those in the card now, but for the ``known`` cells; and the cells."""
    dump = bench.card.dump()
    pieces, checks, cells = {*windows(PIN), *windows(PIN[::-1]), *windows(WRONG)}, set[str](), set[bytes]()
    for label, side in bench.sides.items():
        for cell, value in dump.get(label, {}).items():
            kind = side.memory.kind(cell)
            if kind is None or not kind.secret or value in known:
                continue
            cells.add(value)
            secret = kind.hidden(value)
            if len(set(secret)) > PIECE:  # fewer bytes that differ are what a file begins with
                pieces.update(windows(secret.hex().upper()))
            if kind.head and KeyHeader.decode(value).kind == SocialKeyType.PIN:
                checks.update(check_values(secret))
    return Secrets(frozenset(pieces), frozenset(checks)), frozenset(cells)


def windows(digits: str) -> Iterator[str]:
    """Each run of so many bytes, as digits."""
    return (digits[at : at + 2 * PIECE] for at in range(len(digits) - 2 * PIECE + 1))


def check_values(secret: bytes) -> Iterator[str]:
    """By which somebody could count PINs through."""
    for cipher in (DES, TDES, SM4):
        try:
            yield KeyHandle(cipher, secret[: cipher.key_length]).check_value.hex().upper()
        except BadKey:
            continue
