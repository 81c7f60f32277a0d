"""A note on an enciphered key that a card accepted: filled with 00 where 80 00… belongs (SSC-4 §8.3).

LD tells where the data end, so the card does not look at what is behind them; another COS does. A PIN is not deciphered
to look at its padding, which would tell how long it is.
"""

from __future__ import annotations

from collections.abc import Iterable

from dualcos.explain.diagnosis.computation import Situation
from dualcos.explain.diagnosis.finding import Certainty, Diagnosis
from dualcos.explain.diagnosis.loading_keys import key_as_enciphered

_CLAUSE = "SSC-4 §8.3"
_MARK = b"\x80"


def zeros_behind(situation: Situation) -> Iterable[Diagnosis]:
    """What the key in an accepted command was filled with, if that is 00 alone; only where the card's keys are seen."""
    if not situation.view.test or not situation.sw.is_success or situation.hidden:
        return
    filled = key_as_enciphered(situation)
    rest = filled[1 + filled[0] :] if filled else b""
    if rest and not any(rest):
        yield Diagnosis("accepted.zero-padding", Certainty.NOTE, {}, _MARK, rest, _CLAUSE)
