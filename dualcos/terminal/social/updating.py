"""Updates: by an operator (SSC-7 §7), by the holder on line (§8), and one whose answer did not come (§14).

What is to be written is kept before the first command goes out. If the card is pulled then, the update stays pending:
the card has to come back and is read, and only then it is known what it holds. A word that leaves open whether it has
written (62xx, 64xx, 65xx, 6Fxx) has it read back at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple

from msgspec import structs

from apdu.status import SW
from apdu.tlv import SimpleTlv
from cos.ssse.tables.table_model import FileForm
from dualcos.messages.social_services import ServiceDone, UpdateAsked, UpdateGranted, UpdateReported
from dualcos.terminal.social.card_at_terminal import CardAtTerminal, PlaceOfFile
from dualcos.terminal.social.hsm_path import AskedBackEnd, BackEndRefused, said_of, same_card, unfit_answer
from dualcos.terminal.social.inquiry import addressed
from dualcos.terminal.social.pending_updates import PendingUpdate, PendingUpdates, UpdateManner, UpdateOrder
from dualcos.terminal.social.terminal_stopped import StopCause, TerminalStopped
from dualcos.terminal.terminal_forms import TerminalBusiness

_PIECE = 0xE0  # of a transparent file: room for cipher text and MAC
_ADD, _TRANSPARENT, _BY_TAG = "DC0003", "D6{:04X}", "DC{:02X}00"
_NO_STATUS = "0000"
_UNANSWERED = (StopCause.NO_CARD, StopCause.NO_ANSWER, StopCause.READER)
_IN_DOUBT = (0x62, 0x64, 0x65, 0x6F)
"""Behind these causes, and behind first bytes of status words like these, nobody knows what the card has."""


class UpdateDone(NamedTuple):
    """What came of an update. ``written``: tags whose values the card has; ``complete``: it has everything.
    ``reported``: the back end knows, where it has to.
    """

    address: str
    written: tuple[int, ...]
    complete: bool
    reported: bool = True


def update(at: CardAtTerminal, order: UpdateOrder, store: PendingUpdates) -> UpdateDone:
    """操作员更新: earn the right, write everything. A refusal ends it; what was written before stays written.

    Raises TerminalStopped; with nothing written: one is pending already, the order does not fit the file.
    """
    at.demand_business(TerminalBusiness.UPDATE)
    _demand_none_pending(store)
    place = _fitting(at, order)
    at.earn(place, place.file.update)
    return _carry_out(at, place, _begun(at, order), store, None)


def update_online(at: CardAtTerminal, address: str, back_end: AskedBackEnd, store: PendingUpdates) -> UpdateDone:
    """持卡人联网更新: earn the right, ask the back end, which gives all data at once, write them, report.

    Raises TerminalStopped; with nothing written: one is pending already, the back end refused, its data do not fit.
    """
    at.demand_business(TerminalBusiness.ONLINE_UPDATE)
    report_update(back_end, store)
    _demand_none_pending(store)
    place = addressed(at, address)
    at.earn(place, place.file.update)
    request = UpdateAsked(**back_end.numbers(), card=said_of(at.environment), file=address)
    granted = back_end.ask(request)
    if not isinstance(granted, UpdateGranted):
        raise unfit_answer()
    begun = _begun(at, UpdateOrder(address=address, items=_items_of(granted)), granted.permit)
    try:
        place = _fitting(at, begun.order)
    except TerminalStopped:
        with suppress(TerminalStopped):
            _close(begun, store, back_end, (), _NO_STATUS)
        raise
    return _carry_out(at, place, begun, store, back_end)


def resume_update(at: CardAtTerminal, store: PendingUpdates, back_end: AskedBackEnd | None = None) -> UpdateDone | None:
    """The pending update's card is in again: read it back and compare (SSC-7 §14). None: nothing is pending, of a card.
    What is missing is not written again: whoever ordered it decides. A cyclic file's newest record is compared, which
    cannot tell a new record from the same one before it.

    Raises TerminalStopped: another card, which leaves the update pending, or this one cannot be read.
    """
    kept = store.pending()
    if kept is None or kept.report is not None:
        return None
    if not same_card(said_of(at.environment), kept.card):
        said = "请插入未完成更新的那张卡", "put in the card whose update is pending"
        raise TerminalStopped(StopCause.OTHER_CARD, detail=said)
    place = _fitting(at, kept.order)
    at.earn(place, place.file.read)
    found = _found(at, place, kept.order)
    status = f"{SW.OK:04X}" if found.complete else _NO_STATUS
    return found._replace(reported=_close(kept, store, back_end, found.written, status))


def give_up_update(store: PendingUpdates, back_end: AskedBackEnd | None = None) -> bool:
    """The pending update's card does not come back: nobody knows what it has, and the back end hears that nothing is
    sure to be written. True if nothing is pending any more. Raises TerminalStopped.
    """
    kept = store.pending()
    if kept is None or kept.report is not None:
        return report_update(back_end, store)
    return _close(kept, store, back_end, (), _NO_STATUS)


def report_update(back_end: AskedBackEnd | None, store: PendingUpdates) -> bool:
    """Tell the back end of an update whose report did not reach it; True if none waits any more. The same report
    again has the same running number. Raises BackEndRefused: it is dropped, for it will never be taken.
    """
    kept = store.pending()
    if kept is None or kept.report is None:
        return True
    if back_end is None:
        return False
    try:
        taken = isinstance(back_end.ask(kept.report), ServiceDone)
    except BackEndRefused:
        store.drop()
        raise
    except TerminalStopped:
        return False
    if taken:
        store.drop()
    return taken


def _begun(at: CardAtTerminal, order: UpdateOrder, permit: str = "") -> PendingUpdate:
    return PendingUpdate(card=said_of(at.environment), order=order, permit=permit)


def _demand_none_pending(store: PendingUpdates) -> None:
    kept = store.pending()
    if kept is not None:
        raise TerminalStopped(StopCause.PENDING, detail=(f"卡号{kept.number}", f"card number {kept.number}"))


def _items_of(granted: UpdateGranted) -> dict[int, bytes]:
    try:
        return {int(tag, 16): bytes.fromhex(value) for tag, value in granted.items.items()}
    except ValueError:
        raise unfit_answer() from None


def _fitting(at: CardAtTerminal, order: UpdateOrder) -> PlaceOfFile:
    """The place of an order that its file can take. A tag that the tables lack would make a record of its own."""
    place = addressed(at, order.address)
    file = place.file
    if file.structure is FileForm.TRANSPARENT:
        fits = not order.items and 0 < len(order.content) <= file.size
    elif file.structure is FileForm.CYCLIC:
        fits = not order.items and len(order.content) == file.record_length
    else:
        known = {tag: file.item(tag) for tag in order.items}
        if not known or order.content or None in known.values():
            raise TerminalStopped(StopCause.INPUT, detail=("更新的数据项", "the items to be updated"))
        fits = all(item is not None and len(order.items[tag]) == item.length for tag, item in known.items())
    if not fits:
        raise TerminalStopped(StopCause.LENGTH, detail=(file.name_zh, file.name_en))
    return place


def _commands(place: PlaceOfFile, order: UpdateOrder) -> Iterator[tuple[int | None, str, bytes]]:
    """Tag, header without class, data of each UPDATE."""
    if place.file.structure is FileForm.TRANSPARENT:
        for start in range(0, len(order.content), _PIECE):
            yield None, _TRANSPARENT.format(start), order.content[start : start + _PIECE]
    elif place.file.structure is FileForm.CYCLIC:
        yield None, _ADD, order.content
    else:
        for tag, value in order.items.items():
            yield tag, _BY_TAG.format(tag), SimpleTlv(tag, value).encode()


def _carry_out(
    at: CardAtTerminal, place: PlaceOfFile, begun: PendingUpdate, store: PendingUpdates, back_end: AskedBackEnd | None
) -> UpdateDone:
    order, written = begun.order, list[int]()
    store.keep(begun)
    try:
        at.make_current(place)
        for tag, header, data in _commands(place, order):
            _write(at, order.manner, header, data)
            written += [] if tag is None else [tag]
    except TerminalStopped as stopped:
        if stopped.cause in _UNANSWERED:
            raise
        known = stopped.sw is None or stopped.sw.sw1 not in _IN_DOUBT
        with suppress(TerminalStopped):  # one that cannot be read back stays pending
            _close(begun, store, back_end, written if known else _read_back(at, place, order), _status(stopped))
        raise
    reported = _close(begun, store, back_end, written, f"{SW.OK:04X}")
    return UpdateDone(order.address, tuple(written), complete=True, reported=reported)


def _read_back(at: CardAtTerminal, place: PlaceOfFile, order: UpdateOrder) -> tuple[int, ...]:
    at.earn(place, place.file.read)
    return _found(at, place, order).written


def _status(stopped: TerminalStopped) -> str:
    return _NO_STATUS if stopped.sw is None else f"{stopped.sw:04X}"


def _write(at: CardAtTerminal, manner: UpdateManner, header: str, data: bytes) -> None:
    if manner is UpdateManner.PLAIN:
        at.write(header, data)
    elif manner is UpdateManner.MAC:
        at.secured(f"04{header}", clear=data)
    else:
        at.secured(f"04{header}", data)


def _found(at: CardAtTerminal, place: PlaceOfFile, order: UpdateOrder) -> UpdateDone:
    """What of ``order`` the card has, its right to be read earned."""
    if place.file.structure is FileForm.TRANSPARENT:
        complete = at.read_bytes(place)[: len(order.content)] == order.content
        return UpdateDone(order.address, (), complete)
    if place.file.structure is FileForm.CYCLIC:
        return UpdateDone(order.address, (), at.read_record(place, 1) == order.content)
    written = tuple(tag for tag, value in order.items.items() if _value(at, place, tag) == value)
    return UpdateDone(order.address, written, len(written) == len(order.items))


def _value(at: CardAtTerminal, place: PlaceOfFile, tag: int) -> bytes | None:
    try:
        return at.read_item(place, tag)
    except TerminalStopped as stopped:
        if stopped.sw != SW.RECORD_NOT_FOUND:
            raise
        return None


def _close(
    begun: PendingUpdate,
    store: PendingUpdates,
    back_end: AskedBackEnd | None,
    written: list[int] | tuple[int, ...],
    status: str,
) -> bool:
    """It is known what the card has: nothing is pending any more but a report that the back end does not take yet."""
    if not begun.permit:
        store.drop()
        return True
    if back_end is None:
        raise TerminalStopped(StopCause.NO_BACK_END)
    report = UpdateReported(
        **back_end.numbers(),
        card=begun.card,
        permit=begun.permit,
        written=tuple(f"{tag:02X}" for tag in written),
        status=status,
    )
    store.keep(structs.replace(begun, report=report))
    return report_update(back_end, store)
