"""A card of a profile whose trace is read as it grows: by somebody who may see its cells, or by one who may not.

One card a profile and process; every user gets it back as it was born (``Snapshot``), its random stream too.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import dualcos
from cos.card import Card, Snapshot, randomness
from dualcos.explain import Exchange, Explainer, Happening, RawRecord, TracedCard
from dualcos.explain.diagnosis.laboratory_view import NO_VIEW
from dualcos.profile.card_provenance import provenance_of
from dualcos.profile.keys_around_card import view_of
from dualcos.profile.parties.gathering import parties_of, party_facts
from dualcos.profile.schema import Profile, load
from firewall.trace import TraceBuffer

GET_RESPONSE = 0xC0
_SEED = 17


class _Born:
    """A card as it came from its maker."""

    def __init__(self, profile: Profile, *, blank: bool) -> None:
        self.events = TraceBuffer()
        make = dualcos.blank_card if blank else dualcos.card
        self.card: Card = make(profile, rng=randomness(_SEED), trace=self.events)
        self.card.provenance = provenance_of(profile)
        self.snapshot: Snapshot = self.card.snapshot()
        self.view = view_of(self.card)


@cache
def profile_named(name: str) -> Profile:
    """The profile that comes with the program."""
    return load(name)


@cache
def _born(name: str, *, blank: bool) -> _Born:
    return _Born(profile_named(name), blank=blank)


@cache
def shown_facts(name: str):
    """What every party of the card is shown: keys, trees, PINs."""
    profile = profile_named(name)
    return {party.label: party_facts(profile, party, name) for party in parties_of(profile)}


@cache
def published_keys(name: str) -> frozenset[bytes]:
    """The values of all keys of the card, its terminals and its issuers; PINs are not in it."""
    found: set[bytes] = {profile_named(name).transport_key}
    for facts in shown_facts(name).values():
        found.update(bytes.fromhex(key.value) for key in facts.keys)
        found.update(bytes.fromhex(tier.value) for key in facts.tree for tier in key.tiers)
        found.update(bytes.fromhex(part) for pair in facts.pairs for part in (pair.p, pair.q, pair.private) if part)
    return frozenset(found)


PIECE = 4
"""So many bytes of a key may not be told in a row."""


def pieces_of(keys: Iterable[bytes]) -> frozenset[bytes]:
    """Every piece of them, but one of zeros alone."""
    cut = {key[at : at + PIECE] for key in keys for at in range(len(key) - PIECE + 1)}
    return frozenset(cut - {bytes(PIECE)})


@cache
def _published_pieces(name: str) -> frozenset[bytes]:
    return pieces_of(published_keys(name))


class ExplainedCard:
    """A fresh card of ``profile``, powered on. ``seen``: the reader of the trace is a laboratory with its view of the
    card's cells; without it he has the wire alone. ``blank``: as the chip's maker delivers it.

    ``secrets``: what no finding may hold a piece of beside the published keys: what the host uses and computes.
    ``pins``: digits that no finding may show.
    """

    def __init__(self, profile: str, *, seen: bool = True, blank: bool = False) -> None:
        born = _born(profile, blank=blank)
        born.card.restore(born.snapshot)
        self.profile = profile_named(profile)
        self.name = profile
        self.bare = born.card
        self.happened: list[Happening] = []
        self.secrets: set[bytes] = set()
        self.pins: set[str] = {pin.digits for facts in shown_facts(profile).values() for pin in facts.pins}
        under = "psam" if self.profile.psam is not None else ""
        self._explainer = Explainer(under=under, view=born.view if seen else NO_VIEW)
        self._link = TracedCard(born.card, born.events, self._read)
        self.answered = 0  # the last command's status word; of one whose answer was fetched the last
        self.judged = 0  # place in ``happened`` of the last command that was no GET RESPONSE
        self.atr = self._link.power_on()

    def _read(self, record: RawRecord) -> None:
        self.happened.append(self._explainer.explain(record))

    @property
    def exchanges(self) -> list[Exchange]:
        """All commands so far, explained."""
        return [each for each in self.happened if isinstance(each, Exchange)]

    def secret_in(self, data: bytes) -> bool:
        """True if ``data`` holds a piece of a key of the card, its issuers or its host."""
        windows = {data[at : at + PIECE] for at in range(len(data) - PIECE + 1)}
        return not (windows.isdisjoint(_published_pieces(self.name)) and windows.isdisjoint(pieces_of(self.secrets)))

    @property
    def last(self) -> Exchange:
        """The last command that was no GET RESPONSE of ``send``."""
        last = self.happened[self.judged]
        assert isinstance(last, Exchange)
        return last

    def raw(self, command: bytes) -> tuple[bytes, int]:
        """One command, nothing fetched: data and status word."""
        answer = self._link.exchange(command)
        self.judged, self.answered = len(self.happened) - 1, int.from_bytes(answer[-2:], "big")
        return answer[:-2], self.answered

    def send(self, command: bytes | str) -> tuple[bytes, int]:
        """Data and status word; what waits behind 61xx is fetched with the command's class, 84 and 04 as 80 and 00."""
        command = bytes.fromhex(command) if isinstance(command, str) else command
        data, sw = self.raw(command)
        place = self.judged
        while sw >> 8 == 0x61:
            more, sw = self.raw(bytes((0x00, GET_RESPONSE, 0, 0, sw & 0xFF)))
            data += more
        self.judged, self.answered = place, sw
        return data, sw

    def ok(self, command: bytes | str) -> bytes:
        """The data of a command that must be accepted."""
        data, sw = self.send(command)
        assert sw == 0x9000, f"{self.last.name}: {sw:04X} {self.last.reasons}"
        return data

    def reset(self) -> None:
        """Power off and on."""
        self._link.reset()


def apdu(header: str | bytes, data: bytes = b"", le: int | None = None) -> bytes:
    """A short command: CLA INS P1 P2, Lc and data if there are any, Le if asked (256 is 00)."""
    head = bytes.fromhex(header) if isinstance(header, str) else header
    body = bytes((len(data),)) + data if data else b""
    return head + body + (b"" if le is None else bytes((le & 0xFF,)))
