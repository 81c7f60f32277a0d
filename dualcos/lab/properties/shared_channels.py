"""F16: what the sides of a card share is declared, and nothing else is shared.

Declared and tested here as constant: the ATR, the manager's memory, the answer to a name nobody has, the way in to each
side. Declared to change: CARD BLOCK, where the profile lets it reach the whole card, and the entry of an environment
that deletes itself under its own master key (only PSAMs have a macro for that). (Power and the one current environment
are part of all traffic; random streams, room and buffers are under F1, F19 and F5.)
"""

from __future__ import annotations

from dualcos.dialogue.driver import apdu
from dualcos.explain.memory_cells import DIRECTORY_REGION
from dualcos.lab.properties.profile_specimens import ProfileSpecimen
from dualcos.lab.properties.property_and_violation import Violation
from dualcos.lab.properties.specimen import LabBench, Player, Specimen, changed
from dualcos.lab.properties.traffic_steps import Do, Macro
from firewall.hardware.chip import CHIP_REGION
from firewall.mint import ENTRY

_NOBODYS = tuple(
    apdu(f"00A404{p2}", (b"NOBODY-HAS-THIS-NAME" * 13)[:length])
    for p2 in ("00", "02", "01", "03", "0C", "80")
    for length in (0, 1, 2, 3, 4, 5, 7, 15, 16, 17, 32, 255)
)
"""SELECT by names that nobody has, none at all and impossible ones included, first and next."""


def only_declared(specimen: Specimen, _case: None) -> None:
    """F16, for every macro of every side, those included that block for good."""
    bench = specimen.bench()
    bench.fresh()
    atr, entries = bench.card.atr, {label: _entry(bench, label) for label in bench.sides}
    _nobody_is_nobody_everywhere(bench)
    for label, side in bench.sides.items():
        for macro in side.macros.values():
            for choice in macro.sweep:
                if not _reaches_the_card(specimen, label, macro):
                    _one(bench, label, Do(macro.name, choice), atr, entries)
                    specimen.tally.judge(label)


def _reaches_the_card(specimen: Specimen, label: str, macro: Macro) -> bool:
    if macro.name != "block_card" or not isinstance(specimen, ProfileSpecimen):
        return False
    section = getattr(specimen.profile, label)
    return bool(section.options.card_block_scope == "card")


def _entry(bench: LabBench, label: str) -> bytes:
    bench.fresh()
    return Player(bench).enter(label)


def _nobody_is_nobody_everywhere(bench: LabBench) -> None:
    """From each side the same refusal; the side stays current and nothing is written."""
    for command in _NOBODYS:
        answers = set()
        for label in bench.sides:
            bench.fresh()
            player = Player(bench)
            player.enter(label)
            before = bench.card.dump()
            answers.add(player.exchange(command))
            if not player.record[-1].refused or bench.card.environment != label or bench.card.dump() != before:
                raise Violation("F16", f"a name nobody has changed something in {label}", player.record)
            if len(answers) > 1:
                raise Violation("F16", f"a name of nobody is answered in another way in {label}", player.record)


def _one(bench: LabBench, label: str, step: Do, atr: bytes, entries: dict[str, bytes]) -> None:
    bench.fresh()
    card, player = bench.card, Player(bench)
    player.enter(label)
    before = card.dump()
    common = {DIRECTORY_REGION, CHIP_REGION, *(each for each, side in bench.sides.items() if side.root)}
    player.macro(label, step)
    for region, key in changed(before, card.dump()):
        declared = step.macro == "delete" and (region, key) == (DIRECTORY_REGION, ENTRY.key(label=label.encode()))
        if region in common and not bench.sides[label].root and not declared:
            raise Violation("F16", f"{step} in {label} changed cell {key.hex()} of {region}", player.record)
    player.restart()
    if card.atr != atr:
        raise Violation("F16", f"{step} in {label} changed the ATR", player.record)
    for other, entry in entries.items():
        if other != label and player.enter(other) != entry:
            raise Violation("F16", f"{step} in {label} changed what selecting {other} answers", player.record)
