"""The tearing contract (防拔) for every command row of every stack: making and using cards, key card, certificates.

A command that programs memory is reached again by its dialogue and cut: at each tick, at some also with another subset
of the bytes being programmed, at some also in the recovery. Judged: only the card's edge saw the power loss and the
session is gone (T4, T8); all memory is that before or after the command, try counters aside (T1, T4); no counter stands
higher than before or after (T2, T5); recovery cut and run again ends the same (T3); what was answered survives without
another command (T7). A number or cryptogram used twice (T6) is F14's business.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from dualcos.lab.conformance.coverage import RowId
from dualcos.lab.properties.one_power_cut import Dump, Programming, cut_recovery, tries, without_tries
from dualcos.lab.properties.property_and_violation import Violation
from dualcos.lab.properties.specimen import PlayedExchange, changed
from firewall.hardware.power import PowerLoss
from firewall.hardware.randomness import SeededRng
from tests.evidence.kept_dialogues import Moment

# Commands that program nothing, whatever they answer: by name where no stack's command of that name does, else by row.
# Every other row must have a moment in some dialogue; a row added to a table is a writing one until it stands here.
READING = frozenset(
    (
        "SELECT",
        "GET CHALLENGE",
        "GET RESPONSE",
        "READ RECORD",
        "READ BINARY",
        "INTERNAL AUTHENTICATION",
        "INTERNAL AUTHENTICATE",
        "GET DATA",
        "GET BALANCE",
        "GET STARTING DAY",
        "GET TRANSACTION PROOF",
        "INITIALIZE FOR LOAD",  # what it draws dies with the session: SSC-5 §7.1
        "INITIALIZE FOR PURCHASE",
        "INITIALIZE UPDATE",  # the counter it shows moves when the channel is opened: EMV CPS 3.2.5
        "INITIALIZE ENVIRONMENT",
        "DELIVERY SESSION KEY",
        "CIPHER DATA",
        "CREDIT SAM FOR PURCHASE",  # the sequence moved at INIT: SSC-9 §9.9
        "SM3",
        # Key pairs: what is named or brought for the next command dies with the session.
        "EXPORT PUBLIC KEY (which)",
        "EXPORT PUBLIC KEY (fetch)",
        "SM2 DECIPHER",
        "IMPORT SESSION KEY",
        # After personalisation the channel's commands are refused: PBOC-10 §6.3.
        "pse 8482 EXTERNAL AUTHENTICATE (channel)",
        "pse 80E2 STORE DATA",
        "pse 84E2 STORE DATA",
    )
)


class Thoroughness(NamedTuple):
    """``ticks``: cuts per command, evenly spread from a seeded start (0: every tick). Of these every ``double``-th is
    followed by ``seconds`` cuts in its recovery (0: all); every ``partial``-th is repeated with a partial write, where
    every tick is cut (else nobody knows what the cell held before). ``moments``: places per row and outcome.
    """

    ticks: int = 0
    double: int = 1
    seconds: int = 0
    partial: int = 1
    moments: int = 3


EVERY = Thoroughness(seconds=24)
SAMPLED = Thoroughness(ticks=10, double=5, seconds=4, partial=3, moments=1)


class Torn(NamedTuple):
    """What was done to one command: ``cuts`` power losses at ``ticks`` places; how often before, how often after."""

    moment: Moment
    ticks: int
    cuts: int
    before: int
    after: int
    seconds: float


def reads_only(row: RowId) -> bool:
    """True if the row is declared to program nothing."""
    return row.name in READING or str(row) in READING


def chosen(moments: Mapping[tuple[RowId, bool], list[Moment]], how: Thoroughness, seed: int = 0) -> Iterator[Moment]:
    """The moments to cut: of each row the nearest accepted and refused one, and others as ``how`` wants more."""
    for (row, accepted), found in moments.items():
        rest = found[1:]
        stream = SeededRng(f"moments {seed} {row} {accepted}".encode())
        picks = {0, *(1 + _draw(stream, len(rest)) for _ in range(how.moments - 1) if rest)}
        yield from (found[at] for at in sorted(picks))


def tear(moment: Moment, how: Thoroughness = EVERY, seed: int = 0) -> Torn:
    """Cut one command wherever ``how`` says. Raises Violation."""
    began = time.monotonic()
    card, action = moment.dialogue.card, moment.action
    before, after = _uncut(moment)
    watch = Programming()
    outcomes, cuts = [0, 0], 0
    places = _places(action.ticks, how.ticks, f"{seed} {moment}")
    for number, tick in enumerate(places):
        where = f"{moment}, cut at tick {tick} of {action.ticks}"
        _cut(moment, tick, where)
        watch.saw(card.dump())
        at_rest = card.snapshot()
        card.power_on()
        outcomes[_judge(moment, before, after, where)] += 1
        cuts += 1
        if number % how.double == 0:
            cuts += cut_recovery(card, at_rest, where, how.seconds)
        if number % how.partial == 0 and len(places) == action.ticks and watch.scatter(card, at_rest):
            _judge(moment, before, after, f"{where}, with a partial write")
            cuts += 1
    return Torn(moment, action.ticks, cuts, outcomes[0], outcomes[1], time.monotonic() - began)


def spends_first(moment: Moment) -> bool:
    """T2: some cut of this right presentation leaves a try counter one lower than before it."""
    before, after = _uncut(moment)
    full = {**tries(after), **tries(before)}  # a counter that nothing was counted in yet may have no cell before
    for tick in range(moment.action.ticks):
        _cut(moment, tick, str(moment))
        moment.dialogue.card.power_on()
        if any(left == full.get(counter, 0) - 1 for counter, left in tries(moment.dialogue.card.dump()).items()):
            return True
    return False


def _uncut(moment: Moment) -> tuple[Dump, Dump]:
    """All memory before and after the command, as the next power-on leaves it. Raises Violation (T7)."""
    dialogue, action = moment.dialogue, moment.action
    card = dialogue.card
    dialogue.approach(moment.at)
    card.power_on()
    before = card.dump()
    dialogue.approach(moment.at)
    if card.exchange(action.command or b"") != action.answer:
        raise Violation("F18", f"{moment}: another answer when played again", _record(moment))
    raw = card.dump()
    card.power_on()
    after = card.dump()
    for region, key in changed(raw, after):
        raise Violation("T7", f"{moment}: cell {key.hex()} of {region} changed at the next power-on", _record(moment))
    return before, after


def _cut(moment: Moment, tick: int, where: str) -> None:
    card = moment.dialogue.card
    moment.dialogue.approach(moment.at)
    card.rail.cut_after(tick)
    try:
        card.exchange(moment.action.command or b"")
    except PowerLoss:
        pass
    else:
        raise Violation("T8", f"{where}: the power loss never left the card", _record(moment))
    finally:
        card.rail.cut_after(None)
    if card.environment:
        raise Violation("T4", f"{where}: the card still has a session without power", _record(moment))


def _judge(moment: Moment, before: Dump, after: Dump, where: str) -> int:
    """0: the command did not happen; 1: it did. Raises Violation if neither, or if a counter stands too high."""
    now = moment.dialogue.card.dump()
    allowed, reached = tries(before), tries(after)
    for counter, left in tries(now).items():
        if left > max(allowed.get(counter, 0), reached.get(counter, 0)):
            region, key = counter
            text = f"{where}: try counter {key.hex()} of {region} stands at {left}"
            raise Violation("T5", text, _record(moment))
    plain = without_tries(now)
    for outcome, expected in enumerate((before, after)):
        if not any(changed(without_tries(expected), plain)):
            return outcome
    between = [f"{key.hex()} of {region}" for region, key in changed(without_tries(before), plain)]
    raise Violation("T1", f"{where}: neither before nor after; from before differ {between}", _record(moment))


def _places(ticks: int, most: int, label: str) -> list[int]:
    """Where to cut: everywhere, or the first two, the last, and evenly between from a seeded start."""
    if not most or ticks <= most:
        return list(range(ticks))
    step = ticks / most
    start = _draw(SeededRng(label.encode()), max(1, int(step)))
    return sorted({0, 1, ticks - 1, *(min(ticks - 1, start + int(step * n)) for n in range(most))})


def _draw(stream: SeededRng, below: int) -> int:
    return int.from_bytes(stream.bytes(4), "big") % below


def _record(moment: Moment) -> list[PlayedExchange]:
    """The way to the cut, for a report."""
    actions = moment.dialogue.actions[: moment.at + 1]
    return [
        PlayedExchange(each.stack, each.command, each.answer, each.stack)
        for each in actions
        if each.command is not None
    ]
