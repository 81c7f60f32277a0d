"""F21: what a card answers is a function of what it holds, its random numbers and the commands since power-on, not of
what this process did before or does besides: other cards, other sessions, cards that were made, explained or kept in a
file meanwhile.

One card's traffic is played three times. Here, as the search goes on, so behind all that was played before; now and
then in a process that has done nothing before (``fresh_process``); and here once more, command by command in turn with
another card's, which is the same card made again or the one with other keys, and may be explained. Answers, ATR and
memory have to be the same each time; of the other card too.

Left out: the fresh process for cards that are none of this COS (the toys), and that of another COS than the installed.
"""

from __future__ import annotations

import tempfile
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

from cos.card import Card, Snapshot
from cos.cos_options import written_options
from cos.stacks import STACKS
from dualcos.cardfile.card_in_file import open_card, write_card
from dualcos.dialogue.driver import StepRefused
from dualcos.explain import Explainer, RawExchange
from dualcos.lab.properties.counted_card import LabCard
from dualcos.lab.properties.fresh_process import Asked, Sent, answer, fresh_process
from dualcos.lab.properties.numbered_traffic import NumberedCase, in_turn_played, one_of
from dualcos.lab.properties.profile_specimens import ProfileSpecimen
from dualcos.lab.properties.property_and_violation import Violation
from dualcos.lab.properties.specimen import BASE, COUNTERPART, TWIN, LabBench, PlayedExchange, Player, Specimen
from dualcos.profile.card_of_profile import personalised_card

_FRESH, _EXPLAINED, _DONE = 8, 8, 32
"""One case of so many is also asked in a fresh process, explained, or has something else done in between."""
GET_CHALLENGE = bytes.fromhex("0084000008")
_MADE = ("bank-cda", "psam-3des", "blank")
"""Profiles whose cards are quickly made; between them they have three stacks for the MF."""


class _Script(NamedTuple):
    """One card's traffic: what was sent, and the record of it."""

    bench: LabBench
    sent: tuple[Sent, ...]
    record: tuple[PlayedExchange, ...]


def _script(specimen: Specimen, variant: str, case: NumberedCase, about: str) -> _Script:
    """Played here, alone, on that card of the specimen. Raises Violation if it cannot even be made."""
    try:
        bench = specimen.bench(variant)
    except StepRefused as error:
        raise Violation("F21", f"the {variant} card is not made where others were: {error}") from None
    bench.fresh()
    record = in_turn_played(Player(bench), case.traffic(bench.sides, about, power=True))
    sent = (Sent(each.command, each.restarted, None if each.answer else each.ticks) for each in record)
    return _Script(bench, tuple(sent), tuple(record))


def no_history(specimen: Specimen, case: NumberedCase) -> None:
    """F21, drawn."""
    one = _script(specimen, BASE, case, "one")
    memory = one.bench.card.dump()
    if not case.pick("fresh") % _FRESH:
        _as_in_a_fresh_process(specimen, one, memory)
    other = _script(specimen, one_of((TWIN, COUNTERPART), case.pick("other")), case, "other")
    kept = other.bench.card.dump()
    _interleaved(one, other, case)
    for script, held in ((one, memory), (other, kept)):
        if script.bench.card.dump() != held:
            raise Violation("F21", "beside another card it remembers otherwise", script.record)
    for exchange in one.record:
        specimen.tally.judge(exchange.side)


def _as_in_a_fresh_process(specimen: Specimen, script: _Script, memory: dict[str, dict[bytes, bytes]]) -> None:
    card, start = getattr(script.bench.card, "card", None), script.bench.start
    if not isinstance(specimen, ProfileSpecimen) or not isinstance(card, Card) or not isinstance(start, Snapshot):
        return
    if not all(stack in STACKS for stack in card.stacks):
        return
    asked = Asked(written_options(card.options), specimen.seed, start.chip, script.sent)
    there = fresh_process().ask(asked)
    for at, said in enumerate(there.answers):
        _compare("in a process that has done nothing before", script, at, said)
    if (there.atr, there.memory) != (card.atr, memory):
        raise Violation("F21", "in a process that has done nothing before it remembers otherwise", script.record)


def _compare(where: str, script: _Script, at: int, said: bytes) -> None:
    here = script.record[at]
    if said != here.answer:
        text = f"{here.command[:4].hex().upper()} is answered {said[-2:].hex().upper() or 'nothing'} {where}"
        wanted = [(here.command, said)]
        raise Violation("F21", f"{text}, {here.sw:04X} here", script.record[: at + 1], wanted)


def _interleaved(one: _Script, other: _Script, case: NumberedCase) -> None:
    """Command by command in turn, both explained or neither; in the middle something else is done with cards."""
    explainer = None if case.pick("explained") % _EXPLAINED else Explainer()
    for script in (one, other):
        script.bench.fresh()
    for at, pair in enumerate(zip_longest(one.sent, other.sent)):
        if at == len(one.sent) // 2:
            _meanwhile(one.bench.card, case.pick("meanwhile"))
        for script, sent in zip((one, other), pair, strict=True):
            if sent is None:
                continue
            said = answer(script.bench.card, sent)
            noted = script.bench.trace.take()
            if explainer is not None:
                seen = script.record[at]
                explainer.explain(RawExchange(sent.command, said or b"\x6f\x00", seen.side, seen.after, noted))
            _compare("in turn with another card", script, at, said)
            if noted != script.record[at].events:
                text = "in turn with another card it notes something else in its trace"
                raise Violation("F21", text, script.record[: at + 1])


def _meanwhile(card: LabCard, number: int) -> None:
    """Now and then: a card is made, or this one is copied into a file, opened there and spoken to."""
    if not number % _DONE:
        personalised_card(one_of(_MADE, number // _DONE), 1)
    inner = getattr(card, "card", None)
    if number % _DONE == 1 and isinstance(inner, Card):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "card"
            write_card(inner, path)
            copied = open_card(path, 1)
            copied.power_on()
            copied.exchange(GET_CHALLENGE)
            copied.close()
