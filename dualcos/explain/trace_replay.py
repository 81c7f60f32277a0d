"""A trace sent again: the same commands to another card, or to this one later, and what it answers now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import Enum
from typing import NamedTuple

from apdu.link import SmartCard
from dualcos.explain.command_names import INS_GET_CHALLENGE
from dualcos.explain.trace_file_lines import Recorded


class ReplayVerdict(Enum):
    """How an answer compares. ``SKIPPED``: not sent, as the trace does not hold the command's secret data.
    ``FAULTED``: not compared, as the recorded answer was made wrong on purpose.
    """

    SAME = "same"
    DIFFERENT = "different"
    SKIPPED = "skipped"
    FAULTED = "faulted"


class ReplayOutcome(NamedTuple):
    """One line of the trace and what came of it: the answer now, or the ATR."""

    recorded: Recorded
    verdict: ReplayVerdict
    answer: bytes = b""


def replay(lines: Iterable[Recorded], card: SmartCard, *, random_differs: bool) -> Iterator[ReplayOutcome]:
    """Send ``lines`` to ``card``, one at a time, lazily. The card is powered on if the trace does not begin so.

    ``random_differs``: of random numbers only the length is compared. Raises what the card raises.
    """
    powered = False
    for one in lines:
        if one.event in ("cold", "warm"):
            answer = card.reset() if one.event == "warm" and powered else card.power_on()
            powered = True
        elif one.event == "off":
            card.power_off()
            powered, answer = False, b""
        elif one.command is None:
            yield ReplayOutcome(one, ReplayVerdict.SKIPPED)
            continue
        else:
            if not powered:
                card.power_on()
                powered = True
            answer = card.exchange(one.command)
        if one.fault:
            yield ReplayOutcome(one, ReplayVerdict.FAULTED, answer)
            continue
        same = answer == one.expected or (random_differs and _random(one, answer))
        yield ReplayOutcome(one, ReplayVerdict.SAME if same else ReplayVerdict.DIFFERENT, answer)


def _random(one: Recorded, answer: bytes) -> bool:
    """True if both are random numbers of one length."""
    challenge = one.command is not None and one.command[1:2] == bytes((INS_GET_CHALLENGE,))
    return challenge and len(answer) == len(one.expected) > 2 and answer[-2:] == one.expected[-2:]
