"""Steps that change a card: its items, its PIN; and those that end its use."""

from __future__ import annotations

import re
from collections.abc import Callable

from cos.ssse.tables.item_encoding import EncodingError, Value, encode_value
from cos.ssse.tables.table_model import Directory, FileForm, Item, Kind
from dualcos.cli.counter.card_steps import FileAsked
from dualcos.cli.counter.counter_at_work import CounterAtWork, StepDone, StepKind, detail
from dualcos.cli.counter.steps_asked import StepAsked
from dualcos.cli.user_faults import without_hex
from dualcos.terminal.social import blocking, pin_services, updating
from dualcos.terminal.social.card_at_terminal import CardAtTerminal, directory_name
from dualcos.terminal.social.inquiry import addressed
from dualcos.terminal.social.pending_updates import UpdateOrder
from dualcos.terminal.social.terminal_parts import PartText
from dualcos.terminal.social.terminal_stopped import StopCause, TerminalStopped
from dualcos.terminal.social.updating import UpdateDone
from dualcos.textforms.whole_texts import whole

_CONTENT = "content"
_TAG = re.compile(whole("[0-9A-Fa-f]{2}"))
_HEX = re.compile(whole("([0-9A-Fa-f]{2})+"))


# --- items ------------------------------------------------------------------------------------------------------------


def update(counter: CounterAtWork, asked: StepAsked) -> StepDone:
    """操作员更新 (SSC-7 §7), or 持卡人联网更新 of what the back end permits (SSC-7 §8)."""
    file = FileAsked.of(asked, asked.words[1])
    if file.parts:
        raise asked.fault("update names the file alone; what is to be written stands behind it: DF04EF05 8F=2")
    online, values = "online" in asked.options, [word.partition("=") for word in asked.words[2:]]
    if online and values:
        raise asked.fault("with --online the back end says what is written: name the file alone")
    if not online and not values:
        raise asked.fault("what is to be written? ITEM=VALUE behind the file, as DF04EF05 8F=2, or --online")
    card = counter.card()
    if online:
        return _updated(card, updating.update_online(card, file.address, counter.back_end(), counter.updates))
    ready = _order(card, asked, file.address, {name: value for name, _, value in values})
    return _updated(card, updating.update(card, ready, counter.updates))


def _order(card: CardAtTerminal, asked: StepAsked, address: str, values: dict[str, str]) -> UpdateOrder:
    file = addressed(card, address).file
    if file.structure in (FileForm.TRANSPARENT, FileForm.CYCLIC):
        content = values.get(_CONTENT, "")
        if len(values) > 1 or not _HEX.fullmatch(content):
            raise asked.fault(f"{address} is a {file.structure.value} file: content=HEX is what is written into it")
        return UpdateOrder(address=address, content=bytes.fromhex(content))
    items = {}
    for name, value in values.items():
        item = file.item(int(name, 16)) if _TAG.fullmatch(name) else None
        if item is None or item.tag is None:
            known = ", ".join(f"{each.tag:02X} {each.name_en}" for each in file.items if each.tag is not None)
            raise asked.fault(f"{without_hex(name)}: {address} has no such item; it has {known}")
        items[item.tag] = _encoded(asked, item, value)
    return UpdateOrder(address=address, items=items)


def _encoded(asked: StepAsked, item: Item, text: str) -> bytes:
    value: Value = text
    try:
        if item.kind is Kind.B:
            value = int(text) if text.isdecimal() and len(text) < 20 else -1
        elif item.kind is Kind.BTLV:
            value = tuple(text.split("^"))
        return encode_value(item, value)
    except EncodingError as error:
        raise asked.fault(f"{item.tag or 0:02X} {item.name_en}: {error}") from None


def _updated(card: CardAtTerminal, done: UpdateDone) -> StepDone:
    file = addressed(card, done.address).file
    items = [file.item(tag) for tag in done.written]
    rows = tuple(detail(each.name_zh, each.name_en, "✓", f"{done.address}|{each.tag:02X}") for each in items if each)
    late = PartText("，后台尚不知道", "; the back end does not know yet") if not done.reported else PartText("", "")
    return StepDone(PartText(f"已更新{file.name_zh}{late.zh}", f"{file.name_en} updated{late.en}"), rows)


# --- PIN --------------------------------------------------------------------------------------------------------------


def _checked(card: CardAtTerminal) -> None:
    card.demand_pin()


_PIN: dict[str, tuple[Callable[[CardAtTerminal], None], PartText]] = {
    "check": (_checked, PartText("密码正确", "the PIN is right, or none is set")),
    "change": (pin_services.change_pin, PartText("密码已更改", "the PIN is changed")),
    "unblock": (pin_services.unblock_pin, PartText("密码已解锁", "the PIN is unblocked")),
    "reload": (pin_services.reload_pin, PartText("密码已重置", "the PIN is reloaded")),
}


def pin(counter: CounterAtWork, asked: StepAsked) -> StepDone:
    """The holder's PIN (SSC-7 §5.6, §9, §13.3); asked for at the pad, never in the step."""
    what = asked.words[1]
    if what not in _PIN:
        raise asked.fault(f"pin takes {', '.join(_PIN)}; the digits are asked for")
    act, said = _PIN[what]
    act(counter.card())
    return StepDone(said)


# --- the end of use ---------------------------------------------------------------------------------------------------


def block(counter: CounterAtWork, asked: StepAsked) -> StepDone:
    """锁定, for good (SSC-7 §13.1, §13.2)."""
    if asked.words[1:] == ("card",):
        blocking.block_card(counter.card())
        counter.forget()
        return StepDone(PartText("卡片已锁定，不可恢复", "the card is blocked, for good"))
    if asked.words[1] != "application" or len(asked.words) != 3:
        raise asked.fault("block takes `card`, or `application` and which: block application DF04")
    card = counter.card()
    found = _application(card, asked.words[2].upper())
    blocking.block_application(card, found)
    return StepDone(PartText(f"{found.label_zh}已锁定", f"{found.label_en} is blocked, for good"))


def _application(card: CardAtTerminal, name: str) -> Directory:
    found = next((each for each in card.environment.directories[1:] if directory_name(each) == name), None)
    if found is None:
        raise TerminalStopped(StopCause.NO_APPLICATION, detail=(name, name))
    return found


SERVICE_STEPS = (
    StepKind("update", "FILE ITEM=VALUE… | FILE --online", PartText("更新", "write items, or as the back end says"),
             update, 1, 99, ("online",)),
    StepKind("pin", "check|change|unblock|reload", PartText("密码服务", "check, change, unblock or reload the PIN"),
             pin, 1, 1),
    StepKind("block", "card | application DF0N", PartText("锁定，不可恢复", "block card or application, for good"),
             block, 1, 2),
)  # fmt: skip
