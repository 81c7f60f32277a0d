"""Every flow without money and a settlement, from insertion to end, as one call each: what tests cut and spoil."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from cos.ssse.tables.table_model import Directory
from dualcos.terminal.social.blocking import block_application, block_card
from dualcos.terminal.social.card_at_terminal import CardAtTerminal
from dualcos.terminal.social.hsm_path import AskedBackEnd
from dualcos.terminal.social.inquiry import InquiryOrder, ItemAsked, inquire
from dualcos.terminal.social.pending_updates import UpdateManner, UpdateOrder
from dualcos.terminal.social.pin_services import change_pin, reload_pin, unblock_pin
from dualcos.terminal.social.purchase_steps import OrderAmounts, begin_settlement, debit
from dualcos.terminal.social.terminal_stopped import StopCause, TerminalStopped
from dualcos.terminal.social.transaction_choice import choose_application
from dualcos.terminal.social.updating import update, update_online
from tests.dualcos.terminal.terminal_bench import PIN, TerminalBench

Flow = Callable[[TerminalBench, CardAtTerminal], object]
NEW_PIN = "654321"
TIME = bytes.fromhex("20261129120000")
PHOTO = bytes(range(256)) * 2
FEATURE = "SSSEEF07"
LOCKABLE = "DF03"


def directory(at: CardAtTerminal, name: str) -> Directory:
    """A directory by its name."""
    fid = int(name, 16)
    return next(each for each in at.environment.directories if each.fid == fid)


def item_update(at: CardAtTerminal, address: str = "DF04EF05", fill: bytes = b"7") -> UpdateOrder:
    """The file's first two items, filled with ``fill``."""
    items = at.place(address[:4], int(address[4:], 16)).file.items[:2]
    return UpdateOrder(address=address, items={item.tag: fill * item.length for item in items if item.tag is not None})


def photo_update(manner: UpdateManner = UpdateManner.PLAIN) -> UpdateOrder:
    """Two and more commands into a transparent file."""
    return UpdateOrder(address=FEATURE, content=PHOTO, manner=manner)


def back_end(bench: TerminalBench) -> AskedBackEnd:
    """The bench's, or none that answers."""
    return bench.back_end or AskedBackEnd(None, int)


def reading(*orders: InquiryOrder) -> Flow:
    """Inquiries one after the other."""
    return lambda _bench, at: [inquire(at, order) for order in orders]


def _admitted(_bench: TerminalBench, at: CardAtTerminal) -> None:
    at.demand_pin()


def _changed(bench: TerminalBench, at: CardAtTerminal) -> None:
    bench.holder.digits[:] = [PIN, NEW_PIN, NEW_PIN]
    change_pin(at)


def _reloaded(bench: TerminalBench, at: CardAtTerminal) -> None:
    bench.holder.digits[:] = [NEW_PIN, NEW_PIN]
    reload_pin(at)


def _settled(_bench: TerminalBench, at: CardAtTerminal) -> None:
    at.demand_pin()
    asked = begin_settlement(at, OrderAmounts(0, 200, 2000), at.path.terminal, TIME, at.path.purchase_index())
    begun = at.path.begin_purchase(asked)
    if not at.path.check_purchase(asked, begun, debit(at, begun).mac2):
        raise TerminalStopped(StopCause.MAC2_WRONG)


FLOWS: Mapping[str, Flow] = MappingProxyType(
    {
        "PIN": _admitted,
        "choice": lambda bench, at: choose_application(at, bench.operator),
        "free and by key": reading(InquiryOrder("SSSEEF05"), InquiryOrder("SSSEEF06"), InquiryOrder("DF03EF05")),
        "by PIN": reading(InquiryOrder("DF04EF05", by_key=False), InquiryOrder("DF04EF08")),
        "PIN and key": reading(InquiryOrder("DF04EF06", (ItemAsked(0x90),))),
        "cyclic": reading(InquiryOrder("DF02EF07"), InquiryOrder("DF02EF07", record=1)),
        "transparent": reading(InquiryOrder(FEATURE)),
        "update": lambda bench, at: update(at, item_update(at), bench.store),
        "update of a photo": lambda bench, at: update(at, photo_update(), bench.store),
        "update under MAC": lambda bench, at: update(at, photo_update(UpdateManner.MAC), bench.store),
        "on-line update": lambda bench, at: update_online(at, "DF03EF05", back_end(bench), bench.store),
        "PIN change": _changed,
        "PIN unblock": lambda _bench, at: unblock_pin(at),
        "PIN reload": _reloaded,
        "settlement": _settled,
        "application block": lambda _bench, at: block_application(at, directory(at, LOCKABLE)),
        "card block": lambda _bench, at: block_card(at),
    }
)
ON_HSM = tuple(name for name in FLOWS if name != "update under MAC")
"""What an HSM serves too (SC §10.5)."""


def play(bench: TerminalBench, name: str) -> None:
    """Put the card in, go through the flow, take power away. Raises TerminalStopped."""
    at = bench.admit()
    try:
        FLOWS[name](bench, at)
    finally:
        at.leave()
