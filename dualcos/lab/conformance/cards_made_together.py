"""Cards of many profiles, each made by all its commands, what begins alike carried out once.

A blank chip answers by its COS, its memory, its random numbers and the commands before, and by nothing else. So one
chip serves all profiles of the same COS: what it was asked before it has answered, and where a profile first asks
something else it is brought there, from where it was left standing when another profile did, or by the same commands
again.
"""

from __future__ import annotations

from collections.abc import Callable

from cos.card import Card, Snapshot, Standstill
from cos.cos_options import written_options
from cos.kernel.stack import Stacks
from cos.stacks import STACKS
from dualcos.profile.card_of_profile import blank_card, card_alike, cos_options, made_of
from dualcos.profile.schema import Profile
from dualcos.profile.social_order import SocialServices
from firewall.hardware.randomness import Rng
from firewall.trace import TraceBuffer

_COLD = b""  # no command


class _Asked:
    """A command that was asked, behind ``before``, and its answer. ``behind``: what was asked next, and ``stands``: the
    chip there, once two have parted.
    """

    __slots__ = ("answer", "before", "behind", "command", "stands")

    def __init__(self, before: _Asked | None, command: bytes, answer: bytes) -> None:
        self.before = before
        self.command = command
        self.answer = answer
        self.behind: dict[bytes, _Asked] = {}
        self.stands: Standstill | None = None


class RememberingChip:
    """A chip as a ``SmartCard`` that carries out only what it was never asked behind the same commands."""

    def __init__(self, chip: Card) -> None:
        self._chip = chip
        self._first = _Asked(None, _COLD, b"")
        self._first.stands = chip.standstill()
        self._there = self._first  # where the chip is
        self._at = self._first  # where whoever asks is

    def blank(self) -> RememberingChip:
        """Itself, blank again."""
        self._at = self._first
        return self

    @property
    def snapshot(self) -> Snapshot:
        """What the commands so far have made of it."""
        self._catch_up()
        return self._chip.snapshot()

    def exchange(self, command: bytes) -> bytes:
        """As the chip."""
        return self._asked(command)

    def power_on(self) -> bytes:
        """As the chip."""
        return self._asked(_COLD)

    def reset(self) -> bytes:
        """As the chip, to which it is the same."""
        return self._asked(_COLD)

    def power_off(self) -> None:
        """Nothing asks whether it has power."""

    @property
    def atr(self) -> bytes:
        """As the chip."""
        self._catch_up()
        return self._chip.atr

    def _asked(self, command: bytes) -> bytes:
        at = self._at.behind.get(command)
        if at is None:
            self._catch_up()
            at = self._at.behind[command] = _Asked(self._at, command, self._carried_out(command))
            self._there = at
        self._at = at
        return at.answer

    def _carried_out(self, command: bytes) -> bytes:
        return self._chip.exchange(command) if command else self._chip.power_on()

    def _catch_up(self) -> None:
        """Bring the chip where whoever asks is."""
        if self._there is self._at:
            return
        again: list[bytes] = []
        near = self._at
        while near.stands is None and near.before is not None:
            again.append(near.command)
            near = near.before
        if near.stands is not None:
            self._chip.go_on(near.stands)
        for command in reversed(again):
            self._carried_out(command)
        self._there = self._at
        if again:
            self._at.stands = self._chip.standstill()


class CardsMadeTogether:
    """Makes cards as ``personalised_card`` does, all with random numbers of ``rng``."""

    def __init__(self, rng: Callable[[], Rng], services: SocialServices) -> None:
        self._rng = rng
        self._chips: dict[tuple[str, bytes], RememberingChip] = {}
        self._services = services

    def card(
        self, profile: Profile, *, rng: Rng, trace: TraceBuffer | None, stacks: Stacks = STACKS, source: str = ""
    ) -> Card:
        """The card of ``profile``; ``rng`` is its own from now on, at the start of the same numbers. Raises as
        ``personalised_card``.
        """
        key = written_options(cos_options(profile, stacks), all_of_them=True), profile.transport_key
        chip = self._chips.get(key)
        if chip is None:
            chip = self._chips[key] = RememberingChip(blank_card(profile, self._rng(), stacks=stacks))
        made_of(chip.blank(), profile, stacks, source, self._services)
        return card_alike(profile, chip.snapshot, rng=rng, trace=trace, stacks=stacks)
