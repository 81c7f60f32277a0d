"""Facts of a social terminal at work: a line a step, then how it ended."""

from __future__ import annotations

from dualcos.cli.facts.fact_sheet import FactPart, FactSheet, StatusWordHex


class TerminalDetail(FactPart, frozen=True):
    """One thing that a step has to tell: what it is in English and Chinese, and its text. ``place``: the file and item
    of the card that it was read from, ``DF01EF05`` and ``DF01EF05|1F``; empty for what the terminal knows.
    """

    name: str
    zh: str
    text: str
    place: str


class TerminalStop(FactPart, frozen=True):
    """Why the terminal went no further. ``code``: what the national interface returns for it; ``sw``: the answer of
    card or PSAM where one is the cause, else null; ``tries``: what is left of a PIN or key, null where that is no
    matter; ``clause``: where the rule stands; ``advice``: what to do. ``booked``: "no", "unknown" or "yes",
    where a load or settlement was stopped, and ``record``, its number in the terminal's storage; else null.
    """

    cause: str
    code: int
    sw: StatusWordHex | None
    tries: int | None
    clause: str
    en: str
    zh: str
    advice: str
    advice_zh: str
    booked: str | None
    record: int | None


class TerminalStep(FactSheet, frozen=True, tag="dualcos.terminal.step/1"):
    """One step: as it was asked for, what the terminal says of it, what came of it; ``stop``: null if it was done.
    ``tried``: a stop was reckoned with, and the next step comes all the same.
    """

    step: str
    done: bool
    tried: bool
    en: str
    zh: str
    details: list[TerminalDetail]
    stop: TerminalStop | None


class InterfaceCall(FactSheet, frozen=True, tag="dualcos.terminal.interface/1"):
    """One function of the national interface: what it returned, what the table of codes says of that, and its text,
    without what is secret in it.
    """

    function: str
    code: int
    zh: str
    text: str


class TerminalEnd(FactSheet, frozen=True, tag="dualcos.terminal.social/1"):
    """How it ended: steps that were asked for, done, and not reached; ``stop`` of the step that ended it, else null."""

    steps: int
    done: int
    left: int
    stop: TerminalStop | None
