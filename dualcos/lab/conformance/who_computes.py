"""Who computes for the host: what vectors' expressions ask of whoever sits at the other end of the card.

With a card whose keys are known it is the laboratory itself (``template_functions.HostHand``). With one whose keys
nobody gives away it is a PSAM, which computes and never tells a key (``dualcos.lab.campaign.sam_hand``).
"""

from __future__ import annotations

from typing import Protocol

from dualcos.lab.conformance.command_template import TemplateError
from dualcos.lab.conformance.profile_data import Datum, as_bytes, data_of
from dualcos.profile.schema import Profile
from keys.key_handle import KeyHandle

TERMINAL = "terminal"
"""Under what name a hand says the number of its terminal, twelve digits."""


class HandRefused(Exception):
    """Whoever computes did not. The text says what it was asked and what came; the card has no part in it."""


class ComputingKey(Protocol):
    """A key of the card that somebody else has, and computes with."""

    def computed(self, function: str, *given: Datum | bytes) -> bytes:
        """What ``function`` of the templates gives with this key: of ``given`` first what the profile says to it, then
        the random number it takes, then its other arguments. Raises HandRefused, TemplateError.
        """
        ...


class Hand(Protocol):
    """The host's end, for one card."""

    def key(self, name: str) -> KeyHandle | ComputingKey:
        """A key of the card by name. Raises TemplateError."""
        ...

    def said(self, path: str) -> Datum:
        """A field of the card's profile as it says it, or ``TERMINAL``. Raises TemplateError, HandRefused."""
        ...

    def datum(self, path: str) -> bytes:
        """A field of the profile as bytes. Raises TemplateError."""
        ...

    def lacks(self, name: str) -> bool:
        """True if ``name`` is a field that the profile leaves empty, or a social key that other cards have."""
        ...


class ToldOfCard:
    """What a profile says of its card, for the expressions that name it. It has no key."""

    def __init__(self, profile: Profile) -> None:
        self._data = data_of(profile)

    def said(self, path: str) -> Datum:
        """A field of the profile as it says it. Raises TemplateError if it does not."""
        if path not in self._data:
            raise TemplateError(f"the profile has nothing under {path}")
        return self._data[path]

    def datum(self, path: str) -> bytes:
        """A field of the profile as bytes. Raises TemplateError if the profile does not say it, or says it in words."""
        value = as_bytes(self.said(path))
        if value is None:
            raise TemplateError(f"the profile has no bytes for {path}")
        return value

    def leaves_empty(self, path: str) -> bool:
        """True if the profile says nothing there."""
        return self._data.get(path, "") == ""
