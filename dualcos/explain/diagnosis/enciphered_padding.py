"""A note on enciphered data that a card accepted: filled with 00 where 80 00… belongs (SSC-4 §8.3).

LD tells where the data end, so the card does not look at what is behind them; another COS does. How many 00 there are
is not told: it would be the length of a PIN.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dualcos.explain.diagnosis.computation import Situation
from dualcos.explain.diagnosis.finding import Certainty, Diagnosis
from dualcos.explain.diagnosis.loading_keys import key_as_enciphered
from dualcos.explain.diagnosis.secured_commands import pin_as_enciphered

_CLAUSE = "SSC-4 §8.3"
_MARK, _ZERO = b"\x80", b"\0"


def zeros_behind(situation: Situation) -> Iterable[Diagnosis]:
    """What stands behind the data of an accepted command, if that is 00 alone; only where the card's keys are seen."""
    if not situation.view.test or not situation.sw.is_success or situation.hidden:
        return
    for filled in _deciphered(situation):
        rest = filled[1 + filled[0] :]
        if rest and not any(rest):
            yield Diagnosis("accepted.zero-padding", Certainty.NOTE, {}, _MARK, _ZERO, _CLAUSE)


def _deciphered(situation: Situation) -> Iterator[bytes]:
    for opened in (pin_as_enciphered, key_as_enciphered):
        filled = opened(situation)
        if filled:
            yield filled
