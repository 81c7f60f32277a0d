"""The dialogue that shows a violation, in words: explained as any trace is, secrets masked."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from cos.kernel.stack import Stacks
from cos.ssse.tables.table_model import Version
from cos.stacks import STACKS
from dualcos.explain import Explainer, RawExchange, RawPower, RawRecord, RawSilence, text
from dualcos.lab.properties.property_and_violation import Violation
from dualcos.lab.properties.specimen import PlayedExchange
from dualcos.lab.search import found_as_vector
from dualcos.profile.schema import Profile


def explainer_of(profile: Profile, stacks: Stacks = STACKS) -> Explainer:
    """Explains a card that ``profile`` makes."""
    edition = Version.V2 if profile.ssse is None else Version(int(profile.ssse.version.replace(".", "")))
    return Explainer(edition, under=profile.under(stacks), stacks=stacks)


def told(violation: Violation, explainer: Explainer, withheld: Collection[int] = ()) -> list[str]:
    """Line by line. At the place that shows the violation what was expected.

    ``withheld``: places in its record whose answers are told without their data, besides those that any trace hides.
    """
    wanted, last = found_as_vector.expected_at(violation), len(violation.record) - 1
    lines: list[str] = []
    for at, exchange in enumerate(violation.record):
        for record in _raw(exchange, died=violation.identity == "F17" and at == last, bare=at in withheld):
            lines += text(explainer.explain(record)).splitlines()
        if at in wanted and wanted[at] != exchange.answer:
            lines.append(
                f"            ! expected {wanted[at][-2:].hex().upper()} and {len(wanted[at]) - 2} bytes of data"
            )
    return lines


def _raw(exchange: PlayedExchange, *, died: bool, bare: bool) -> Iterator[RawRecord]:
    """What the laboratory played, as a trace would keep it. ``died``: no answer is not for lack of power. ``bare``: the
    answer without its data.
    """
    if exchange.restarted:
        yield RawPower("warm" if exchange.restarted == "warm" else "cold")
    if exchange.answer:
        cut = len(exchange.answer) - 2 if bare else 0
        command, answer, before, after = exchange.command, exchange.answer[cut:], exchange.side, exchange.after
        yield RawExchange(command, answer, before, after, exchange.events, answer_hidden=cut)
    else:
        why = "the card's own code failed" if died else f"power lost after {exchange.ticks} ticks"
        yield RawSilence(exchange.command, why, exchange.side)
