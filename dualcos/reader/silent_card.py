"""The two ways a card fails to answer. A transport says each in its own protocol; nothing else leaves a slot."""

from __future__ import annotations


class CardGone(Exception):
    """There is no card in the slot, or it was pulled out before it had answered."""


class CardMute(Exception):
    """The card is there and does not answer: no power, or power was lost in the middle of something."""
