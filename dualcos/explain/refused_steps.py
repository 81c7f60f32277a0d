"""Why a card refused a step of a dialogue that had to succeed: what its trace says, behind what was answered."""

from __future__ import annotations

from apdu.status import StatusWord
from dualcos.explain.refusal_reasons import told, words
from firewall.trace import Event, Reason, Refused


def last_refusal(events: tuple[tuple[str, Event], ...], sw: StatusWord | None) -> Reason | None:
    """The reason of the last refusal among ``events`` if it was answered with ``sw``; None if the card told none."""
    refusals = [(place, event) for place, event in events if isinstance(event, Refused)]
    if not refusals or refusals[-1][1].sw != sw:
        return None
    place, event = refusals[-1]
    return told(event, place.upper())


def reason_line(reason: Reason) -> str:
    """Gate, sentence and clause, as the trace shows them. Nothing secret is in it."""
    clause = f" [{reason.clause}]" if reason.clause else ""
    return f"{reason.gate}: {words(reason)}{clause}"
