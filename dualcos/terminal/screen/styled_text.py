"""A text with the roles of its pieces, so that whoever shows it gives them his own colours, later and elsewhere.

It is to be shown and nothing else: what a listener has to know of an event is a field of the event. An explanation
has one renderer, which all tools share; fields for a screen would need another one beside it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, cast

from dualcos.explain.rendering import Paint, Role, plain
from firewall.hardware.randomness import SystemRng


class StyledPiece(NamedTuple):
    """``role``: None for what has no colour."""

    role: Role | None
    text: str


class StyledText(NamedTuple):
    """Pieces in order; line ends are among them."""

    pieces: tuple[StyledPiece, ...]

    @classmethod
    def painted(cls, render: Callable[[Paint], str]) -> StyledText:
        """What ``render`` makes of the paint that it is given; what that has painted is one piece each."""
        mark = SystemRng().bytes(8).hex()  # nobody who chose a card's text can have known this
        whole = render(lambda role, text: f"{mark}{role}:{text}{mark}" if text else text)
        pieces = []
        for turn, text in enumerate(whole.split(mark)):
            role, _, painted = text.partition(":")
            pieces.append(StyledPiece(cast("Role", role), painted) if turn % 2 else StyledPiece(None, text))
        return cls(tuple(piece for piece in pieces if piece.text))

    def shown(self, paint: Paint) -> str:
        """As ``render`` would have made it with ``paint``."""
        return "".join(piece.text if piece.role is None else paint(piece.role, piece.text) for piece in self.pieces)

    def __str__(self) -> str:
        """Without colour."""
        return self.shown(plain)
