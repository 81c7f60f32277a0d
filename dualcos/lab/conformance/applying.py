"""Whether a vector is for a card, and why (适用性). The one place that decides: before a run, for its plan, and in it.

A vector is for the card it was made for: a card whose profile says the same in every field is that card. If it says by
conditions which cards it is for besides, it is for any card of which they hold, which has all fields that the vector
overrides with these values, and which has the data and keys of its own that its steps name. No card is made to find
out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from msgspec import structs

from cos.kernel.stack import Stacks
from cos.stacks import STACKS
from dualcos.lab.conformance.applicability import ConditionError, Fact, asked_facts, facts, holds
from dualcos.lab.conformance.own_cards import OwnCard, OwnCards
from dualcos.lab.conformance.template_functions import HostHand
from dualcos.lab.conformance.vector_file import Case, VectorError
from dualcos.lab.conformance.who_computes import Hand
from dualcos.profile.card_provenance import plain_values
from dualcos.profile.field_faults import quoted
from dualcos.profile.profile_settings import HIDDEN
from dualcos.profile.schema import Profile, names, public_settings
from dualcos.profile.social_order import SocialServices

OWN = "made for this card"
_NEEDS_HAND = "needs a card in a reader, and an operator"
_NO_SECTION: Mapping[str, Any] = {}


class Applying(NamedTuple):
    """``plays``: the vector is for the card; ``reason``: why, or why not. ``kind``: the same for all vectors that are,
    or are not, for the like of it.
    """

    plays: bool
    reason: str
    kind: str


class NotForThisCard(Exception):
    """The vector does not apply here; the text says why. ``kind``: the same for all vectors that do not for the like
    of it.
    """

    def __init__(self, text: str, kind: str = "") -> None:
        super().__init__(text)
        self.kind = kind or text


class _Known:
    """A card by its profile: facts, and what a host that knows its keys can compute, each when it is asked for."""

    def __init__(
        self, profile: Profile, stacks: Stacks, hand: Hand | None = None, services: SocialServices | None = None
    ) -> None:
        self.profile = profile
        self._services = services
        self._stacks = stacks
        self._facts: Mapping[str, Fact] | None = None
        self._hand = hand
        self._told: Mapping[str, Any] | None = None
        self._met: dict[str, bool] = {}
        self._holding: dict[str, str] = {}

    def meets(self, case: Case, condition: str) -> bool:
        """True if ``condition`` of ``case`` holds. Raises VectorError if it compares what cannot be compared."""
        if condition not in self._met:
            try:
                self._met[condition] = holds(condition, self.facts)
            except ConditionError as error:
                raise VectorError(f"{case.path}: {case.id}.applies: {error}") from None
        return self._met[condition]

    def holding(self, condition: str) -> str:
        """That ``condition`` holds, and of which values."""
        if condition not in self._holding:
            self._holding[condition] = f"{condition} holds: {values_asked(condition, self.facts, self._stacks)}"
        return self._holding[condition]

    @property
    def facts(self) -> Mapping[str, Fact]:
        if self._facts is None:
            self._facts = facts(self.profile, self._stacks)
        return self._facts

    @property
    def hand(self) -> Hand:
        if self._hand is None:
            self._hand = HostHand(self.profile, self._services)
        return self._hand

    @property
    def told(self) -> Mapping[str, Any]:
        """All fields, nested as in a file."""
        if self._told is None:
            self._told = plain_values(self.profile)
        return self._told


class Handling(NamedTuple):
    """What is done with the card. ``in_reader``: only what is live can be played on it; ``destructive``: it may be
    spoilt; ``used``: in this process, and not as it was issued; ``attended``: somebody has it in his hand and answers.
    """

    in_reader: bool = False
    destructive: bool = False
    used: bool = False
    attended: bool = False


class CardAsked:
    """The card that vectors are asked about, by its ``profile``; without one each is asked about its own card.

    ``source``: what the profile was loaded from, if it was. ``hand``: who computes in place of its profile's test keys.
    ``own``: the vectors' own cards, for whoever asks about several. ``services``: who derives their keys.
    """

    def __init__(
        self,
        profile: Profile | None = None,
        stacks: Stacks = STACKS,
        *,
        source: str = "",
        handling: Handling = Handling(),  # noqa: B008 - a value that nobody can change
        hand: Hand | None = None,
        own: OwnCards | None = None,
    ) -> None:
        self._source = source
        self._stacks = stacks
        self._handling = handling
        self._card = _Known(profile, stacks, hand) if profile is not None else None
        self._own = own or OwnCards(stacks)
        self.services = SocialServices()
        self._known: dict[OwnCard, _Known] = {}
        self._itself: dict[OwnCard, bool] = {}

    def why(self, case: Case) -> Applying:
        """Whether ``case`` is for this card. Raises VectorError, ProfileError where it cannot be used."""
        if case.vector.status == "withdrawn":
            return Applying(False, f"withdrawn: {case.vector.reason}", "withdrawn")
        unfit = self._unplayable(case) or self._not_made_for(case) or self._spoilt(case)
        if unfit is not None:
            return unfit
        known = self._known_of(case)
        itself = self._is_own(case)
        lack = "" if itself else lacks_field(case.overrides, known.told, self._stacks)
        if lack:
            return _out(f"needs {lack}")
        for condition in case.conditions:
            if not known.meets(case, condition):
                return _out(f"needs {condition}")
        lacking = sorted(name for name in case.named if known.hand.lacks(name))
        if lacking:
            return _out(f"needs {lacking[0]}, and this card has none")
        if itself:
            return Applying(True, OWN if self._card is not None else f"on its own card, {case.profile}", OWN)
        held = [*map(known.holding, case.conditions), *has_fields(case.overrides, self._stacks)]
        return Applying(True, "; ".join(held), " and ".join(case.conditions))

    def demand(self, case: Case) -> None:
        """Raises NotForThisCard unless ``case`` is for this card; VectorError, ProfileError as ``why``."""
        found = self.why(case)
        if not found.plays:
            raise NotForThisCard(found.reason, found.kind)

    def profile(self, case: Case) -> Profile:
        """The profile of the card on the table for ``case``. Raises ProfileError, VectorError."""
        return self._known_of(case).profile

    def hand(self, case: Case) -> Hand:
        """Who computes for its host. Raises ProfileError, VectorError."""
        return self._known_of(case).hand

    def key(self, case: Case) -> OwnCard:
        """Which card is on the table for ``case``: equal for all vectors that share one."""
        return self._own.key(case) if self._card is None else (self._source, b"")

    def _known_of(self, case: Case) -> _Known:
        if self._card is not None:
            return self._card
        key = self._own.key(case)
        if key not in self._known:
            self._known[key] = _Known(self._own.profile(case), self._stacks, services=self.services)
        return self._known[key]

    def _is_own(self, case: Case) -> bool:
        if self._card is None:
            return True
        key = self._own.key(case)
        if key not in self._itself:
            self._itself[key] = _untitled(self._own.profile(case)) == _untitled(self._card.profile)
        return self._itself[key]

    def _unplayable(self, case: Case) -> Applying | None:
        how = self._handling
        if how.in_reader and not case.playable_live:
            return _out("needs a card in process" if case.live else "needs a card as it was issued")
        if case.attended and not (how.in_reader and how.attended):
            return _out(_NEEDS_HAND)
        if how.used and not (case.live or (case.white_box and case.common)):
            return _out("needs a card as it was issued")
        return None

    def _spoilt(self, case: Case) -> Applying | None:
        if self._handling.in_reader and case.destructive and not self._handling.destructive:
            return _out("spoils the card: --destructive plays it")
        return None

    def _not_made_for(self, case: Case) -> Applying | None:
        """Why it is not for this card at all; None if it is its own, or the vector is for others too."""
        if self._is_own(case) or case.common:
            return None
        card = f"made for the card {case.profile}"
        if self._card is None or self._own.place(case) != self._source:
            return Applying(False, card, "made for another card")
        lack = lacks_field(case.overrides, self._card.told, self._stacks)
        if lack:
            return Applying(False, f"{card} with {lack}", "made for this card with other settings")
        return Applying(False, f"{card} with nothing set otherwise", "made for this card with nothing set otherwise")


def source_of(name_or_path: str) -> str:
    """What a profile is loaded from that a user calls so, in the words that ``own_cards.place`` has."""
    return name_or_path if name_or_path in names() else str(Path(name_or_path).resolve())


def _out(reason: str) -> Applying:
    return Applying(False, reason, reason)


def _untitled(profile: Profile) -> Profile:
    """Without what is for people."""
    return structs.replace(profile, title="", title_zh="", ref=[])


def lacks_field(overrides: Mapping[str, Any], told: Mapping[str, Any], stacks: Stacks = STACKS) -> str:
    """The first field of ``overrides`` that a card, by the fields ``told``, has not with this value, in words as
    ``ssse.dir_sfi = 10``; empty if it has all. Keys and PINs are not shown.
    """
    for path, wanted in _differing(overrides, told, ()):
        name, value = ".".join(map(quoted, path)), _field_value(path, wanted, stacks)
        if wanted is None:
            return f"no {name}"
        return f"{name} = {value}" if value else f"another {name}"
    return ""


def has_fields(overrides: Mapping[str, Any], stacks: Stacks = STACKS) -> Iterator[str]:
    """The fields of ``overrides`` in words that say that a card has them."""
    for path, wanted in _differing(overrides, _NO_SECTION, ()):
        name, value = ".".join(map(quoted, path)), _field_value(path, wanted, stacks)
        yield f"has {name}{' = ' if value else ''}{value}"


def _field_value(path: tuple[str, ...], wanted: object, stacks: Stacks) -> str:
    """As it may be told: empty for what is a key or a PIN, or no single value."""
    if not isinstance(wanted, str | int) or _secret(".".join(map(quoted, path)), stacks):
        return ""
    return str(wanted).lower() if isinstance(wanted, bool) else str(wanted)


def _differing(
    overrides: Mapping[str, Any], told: Mapping[str, Any], above: tuple[str, ...]
) -> list[tuple[tuple[str, ...], Any]]:
    found: list[tuple[tuple[str, ...], Any]] = []
    for name, wanted in overrides.items():
        has, path = told.get(name), (*above, name)
        if isinstance(wanted, Mapping):
            if not (has is None or isinstance(has, Mapping)) or (has is None and not wanted):
                found.append((path, wanted))
            else:
                found += _differing(wanted, has if has is not None else _NO_SECTION, path)
        elif has != wanted:
            found.append((path, wanted))
    return found


def _secret(path: str, stacks: Stacks) -> bool:
    return public_settings((f"{path}=0",), stacks)[0].endswith(HIDDEN)


def values_asked(condition: str, known: Mapping[str, Fact], stacks: Stacks = STACKS) -> str:
    """What a card has of all that ``condition`` asks: the value, or each with its name; no key and no PIN."""
    shown = {name: _shown(name, known.get(name), stacks) for name in asked_facts(condition, known)}
    return (
        next(iter(shown.values())) if len(shown) == 1 else ", ".join(f"{name} {value}" for name, value in shown.items())
    )


def _shown(name: str, value: Fact | None, stacks: Stacks) -> str:
    if value is None or value == "":
        return "none"
    if "." in name and _secret(name, stacks):
        return "set"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) and name != "version" else str(value)
