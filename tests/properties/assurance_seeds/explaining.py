"""Explanations that reach the card they explain."""

from __future__ import annotations

from apdu.status import SW
from cos.card import Card
from dualcos.explain import explainer

from .patching import Patch

GET_CHALLENGE, SELECT_MF = bytes.fromhex("0084000008"), bytes.fromhex("00A40000")
_NO_PROOF = 0x63


def _reaching(patch: Patch, hand) -> None:
    """Whoever looks for the mistake of a refusal has the card in hand, by way of what it is looked at with."""
    found = explainer.findings

    def reaching(situation):
        if situation.sw == SW.SM_INCORRECT or situation.sw.sw1 == _NO_PROOF:
            card = getattr(situation.view._memory, "__self__", None)
            if isinstance(card, Card):
                hand(card)
        return found(situation)

    patch.setattr(explainer, "findings", reaching)


def draws_to_compare(patch: Patch) -> None:
    """A random number is drawn, to see what one looks like; what the card draws next is the one behind it."""
    _reaching(patch, lambda card: card.exchange(GET_CHALLENGE))


def leaves_a_mark(patch: Patch) -> None:
    """A cell says that the card was explained."""
    _reaching(patch, lambda card: card.overwrite("chip", b"explained", b"\1"))


def goes_to_look(patch: Patch) -> None:
    """The MF is selected to read there, and the session that was explained is over."""
    _reaching(patch, lambda card: card.exchange(SELECT_MF))
