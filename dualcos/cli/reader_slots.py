"""Which cards sit in which slots of the reader that ``dualcos serve`` and ``dualcos run`` show."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from types import MappingProxyType
from typing import NamedTuple

from dualcos.cli.card_argument import asked_card
from dualcos.cli.fault_mode import FaultMode
from dualcos.cli.trace_recorder import Recorder
from dualcos.cli.user_faults import Fault
from dualcos.profile.opened_card import Opened
from dualcos.reader.hot_plug import HotPlug
from dualcos.reader.slot import CARD_SLOT, SAM_SLOT, Slot
from dualcos.reader.vpcd import CARD_PORT, PSAM_PORT

_SAM = "sam"
_OURS, _MARK = "dualcos", "dualcos FAULTS"
_HIGHEST_PORT = 0xFFFF


class Seat(NamedTuple):
    """One card in its slot: the card, the slot with its vpcd port, the hand at it, and whether it misbehaves. A card in
    a reader is not opened (None), and the hand at it is somebody's over there.
    """

    opened: Opened | None
    slot: Slot
    port: int
    hand: HotPlug | None
    mode: FaultMode | None


class SlotTable(NamedTuple):
    """What all seats have in common: who closes their cards at the end, who hears of them."""

    stack: ExitStack
    recorder: Recorder
    report: Callable[[str], None]


class _Place(NamedTuple):
    """A slot's name, its vpcd port, and what marks its lines in the trace."""

    name: str
    port: int
    mark: str = ""


Seating = Callable[[Namespace, SlotTable], list[Seat]]
"""Who says which cards sit where, as ``taken``."""


def taken(args: Namespace, table: SlotTable) -> list[Seat]:
    """The card's seat, and the SAM's if there is one. Raises Fault and what opening a card or a script raises."""
    if args.cut_at is not None and args.cut_at < 0:
        raise Fault(f"--cut-at {args.cut_at}: a number of programmed bytes, 0 or more")
    if args.cut_at is not None and args.faults is not None:
        raise Fault("--cut-at and --faults both cut power; write a rule of kind power-cut instead of --cut-at")
    first, second = _ports(getattr(args, "port", None))
    opened = _open(args.card, args.seed, args.set, table)
    cut = {"cut_at": args.cut_at} if args.cut_at is not None else {}
    seat = _seat(opened, args.faults, _Place(CARD_SLOT, first), table, cut)
    if args.cut_at is not None:
        opened.card.rail.cut_after(args.cut_at)
    return [seat, *sam_seats(args, table, second)]


def sam_seats(args: Namespace, table: SlotTable, port: int = PSAM_PORT) -> list[Seat]:
    """The SAM's seat, if there is one. Raises as ``taken``."""
    if args.sam is None:
        for option, asked in (("--sam-faults", args.sam_faults), ("--sam-set", args.sam_set)):
            if asked:
                raise Fault(f"{option} is about the card in the slot for the PSAM: name one with --sam")
        return []
    opened = _open(args.sam, args.seed, args.sam_set, table)
    return [_seat(opened, args.sam_faults, _Place(SAM_SLOT, port, _SAM), table)]


def _ports(first: int | None) -> tuple[int, int]:
    if first is None:
        return CARD_PORT, PSAM_PORT
    if not 0 < first < _HIGHEST_PORT:
        raise Fault(f"--port {first}: vpcd's ports are two in a row, 1 to {_HIGHEST_PORT}")
    return first, first + 1


def _open(name: str | None, seed: str | None, settings: Sequence[str], table: SlotTable) -> Opened:
    opened = asked_card(name, seed, settings)
    table.stack.callback(opened.card.close)
    return opened


def _seat(
    opened: Opened,
    faults: str | None,
    place: _Place,
    table: SlotTable,
    besides: Mapping[str, int] = MappingProxyType({}),
) -> Seat:
    """The card in a slot of its own; misbehaving, and under another name, only if ``faults`` names a script.
    ``besides``: what its trace says on top.
    """
    if faults is None:
        card = table.recorder.traced(opened, place.mark, besides=besides)
        slot = Slot(place.name, card, report=table.report)
        return Seat(opened, slot, place.port, HotPlug(slot), None)
    slot = Slot(place.name.replace(_OURS, _MARK, 1), report=table.report, shortest=1)
    hand = HotPlug(slot)
    table.stack.callback(hand.close)
    mode = FaultMode.of(faults, opened, hand)
    slot.insert(table.recorder.traced(opened, place.mark, faulty=mode.card, warning=mode.warning))
    return Seat(opened, slot, place.port, hand, mode)
