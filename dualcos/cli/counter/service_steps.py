"""Steps that change a card: its items, its PIN; and those that end its use."""

from __future__ import annotations

import re
from collections.abc import Callable

from cos.ssse.tables.item_encoding import EncodingError, Value, encode_value
from cos.ssse.tables.table_model import Directory, File, FileForm, Item, Kind
from dualcos.cli.counter.card_steps import FORMS_ZH, FileAsked
from dualcos.cli.counter.counter_at_work import CounterAtWork
from dualcos.cli.counter.values_typed import unfit_value, wanted_instead
from dualcos.cli.standing.step_kinds import StepDone, StepKind, detail
from dualcos.cli.standing.steps_asked import StepAsked
from dualcos.cli.user_faults import without_hex
from dualcos.terminal.social import blocking, pin_services, updating
from dualcos.terminal.social.card_at_terminal import CardAtTerminal, directory_name
from dualcos.terminal.social.inquiry import addressed
from dualcos.terminal.social.pending_updates import UpdateOrder
from dualcos.terminal.social.terminal_stopped import StopCause, TerminalStopped
from dualcos.terminal.social.updating import UpdateDone
from dualcos.terminal.terminal_forms import TerminalBusiness
from dualcos.terminal.terminal_parts import PartText
from dualcos.textforms.whole_texts import whole

_Business = TerminalBusiness
_CONTENT = "content"
_CARD, _APPLICATION = "card", "application"
_TAG = re.compile(whole("[0-9A-Fa-f]{2}"))
_HEX = re.compile(whole("([0-9A-Fa-f]{2})+"))


# --- items ------------------------------------------------------------------------------------------------------------


def update(counter: CounterAtWork, asked: StepAsked) -> StepDone:
    """操作员更新 (SSC-7 §7), or 持卡人联网更新 of what the back end permits (SSC-7 §8)."""
    address, values = _asked_for(asked)
    card = counter.card()
    if not values:
        return _updated(card, updating.update_online(card, address, counter.back_end(), counter.updates))
    return _updated(card, updating.update(card, _order(card, asked, address, values), counter.updates))


def _of_update(asked: StepAsked) -> tuple[TerminalBusiness, ...]:
    return (_Business.ONLINE_UPDATE if "online" in asked.options else _Business.UPDATE,)


def _asked_for(asked: StepAsked) -> tuple[str, dict[str, str]]:
    """The file's address, and what is to be written by the names of its items; nothing: what the back end says.
    Raises Fault.
    """
    file = FileAsked.of(asked, asked.words[1])
    if file.parts:
        raise asked.fault(
            PartText(
                "update只写文件，写入内容跟在后面，如DF04EF05 8F=2",
                "update names the file alone; what is to be written stands behind it: DF04EF05 8F=2",
            )
        )
    if "online" in asked.options:
        if asked.words[2:]:
            raise asked.fault(
                PartText(
                    "用--online时写什么由后台定：只写文件",
                    "with --online the back end says what is written: name the file alone",
                )
            )
        return file.address, {}
    if not asked.words[2:]:
        raise asked.fault(
            PartText(
                "写入什么？在文件后写 数据项=值，如DF04EF05 8F=2，或写--online",
                "what is to be written? ITEM=VALUE behind the file, as DF04EF05 8F=2, or --online",
            )
        )
    values: dict[str, str] = {}
    for word in asked.words[2:]:
        name, is_given, value = word.partition("=")
        tag = name.upper() if _TAG.fullmatch(name) else name
        if not is_given:
            said = without_hex(name)
            raise asked.fault(
                PartText(
                    f"{said}没有值：写{said}=值；只写{said}=为清空",
                    f"{said} has no value: write {said}=VALUE; {said}= alone empties the item",
                )
            )
        if tag in values:
            said = without_hex(tag)
            raise asked.fault(
                PartText(f"{said}写了两次：一个数据项一个值", f"{said} stands there twice: one value for an item")
            )
        values[tag] = value
    return file.address, values


def _order(card: CardAtTerminal, asked: StepAsked, address: str, values: dict[str, str]) -> UpdateOrder:
    file = addressed(card, address).file
    if file.structure in (FileForm.TRANSPARENT, FileForm.CYCLIC):
        content = values.get(_CONTENT, "")
        if len(values) > 1 or not _HEX.fullmatch(content):
            raise asked.fault(
                PartText(
                    f"{address}是{FORMS_ZH[file.structure]}：写入内容写作content=十六进制",
                    f"{address} is a {file.structure.value} file: content=HEX is what is written into it",
                )
            )
        return UpdateOrder(address=address, content=bytes.fromhex(content))
    items = {}
    for name, value in values.items():
        item = file.item(int(name, 16)) if _TAG.fullmatch(name) else None
        if item is None or item.tag is None:
            raise asked.fault(_no_such(name, address, file))
        items[item.tag] = _encoded(asked, item, value)
    return UpdateOrder(address=address, items=items)


def _no_such(name: str, address: str, file: File) -> PartText:
    said, known = without_hex(name), [each for each in file.items if each.tag is not None]
    zh = "、".join(f"{each.tag:02X} {each.name_zh}" for each in known)
    en = ", ".join(f"{each.tag:02X} {each.name_en}" for each in known)
    return PartText(f"{said}：{address}没有这个数据项，有{zh}", f"{said}: {address} has no such item; it has {en}")


def _encoded(asked: StepAsked, item: Item, text: str) -> bytes:
    value: Value = text
    try:
        if item.kind is Kind.B:
            value = int(text) if text.isdecimal() and len(text) < 20 else -1
        elif item.kind is Kind.BTLV:
            value = tuple(text.split("^"))
        raw = encode_value(item, value)
    except EncodingError as error:
        wanted = PartText(unfit_value(item, error), str(error))
        raise asked.fault(_of_item(item, item, wanted)) from None
    if "anyway" not in asked.options:
        _demand_meaning(asked, item, value)
    return raw


def _demand_meaning(asked: StepAsked, item: Item, value: Value) -> None:
    """Raises Fault: by the tables the value says nothing. Empty ones do not have to."""
    for part, each in zip(item.parts, value, strict=True) if isinstance(value, tuple) else ((item, value),):
        wanted = wanted_instead(part, str(each)) if each != "" else None
        if wanted is not None:
            anyway = PartText(f"{wanted.zh}；仍要写入加--anyway", f"{wanted.en}; --anyway writes it all the same")
            raise asked.fault(_of_item(item, part, anyway))


def _of_item(item: Item, part: Item, wanted: PartText) -> PartText:
    tag = f"{item.tag or 0:02X}"
    return PartText(f"{tag} {part.name_zh}：{wanted.zh}", f"{tag} {part.name_en}: {wanted.en}")


def _updated(card: CardAtTerminal, done: UpdateDone) -> StepDone:
    file = addressed(card, done.address).file
    items = [file.item(tag) for tag in done.written]
    rows = tuple(detail(each.name_zh, each.name_en, "✓", f"{done.address}|{each.tag:02X}") for each in items if each)
    late = PartText("，后台尚不知道", "; the back end does not know yet") if not done.reported else PartText("", "")
    return StepDone(PartText(f"已更新{file.name_zh}{late.zh}", f"{file.name_en} updated{late.en}"), rows)


# --- PIN --------------------------------------------------------------------------------------------------------------


def _checked(card: CardAtTerminal) -> PartText:
    was_verified = card.pin_verified
    card.demand_pin()
    if not card.has_pin:
        return PartText("卡内未设密码", "no PIN is set")
    if was_verified:
        return PartText(
            "密码已核对过，未再询问", "the PIN was verified before in this insertion, and is not asked for again"
        )
    return PartText("密码正确", "the PIN is right")


def _changed(card: CardAtTerminal) -> PartText:
    pin_services.change_pin(card)
    return PartText("密码已更改", "the PIN is changed")


def _unblocked(card: CardAtTerminal) -> PartText:
    pin_services.unblock_pin(card)
    return PartText("密码已解锁", "the PIN is unblocked")


def _reloaded(card: CardAtTerminal) -> PartText:
    pin_services.reload_pin(card)
    return PartText("密码已重置", "the PIN is reloaded")


_PIN_BUSINESS = {"change": _Business.PIN_CHANGE, "unblock": _Business.PIN_SERVICE, "reload": _Business.PIN_SERVICE}
_PIN: dict[str, Callable[[CardAtTerminal], PartText]] = {
    "check": _checked,
    "change": _changed,
    "unblock": _unblocked,
    "reload": _reloaded,
}


def _of_pin(asked: StepAsked) -> tuple[TerminalBusiness, ...]:
    return tuple(_PIN_BUSINESS[word] for word in asked.words[1:2] if word in _PIN_BUSINESS)


def pin(counter: CounterAtWork, asked: StepAsked) -> StepDone:
    """The holder's PIN (SSC-7 §5.6, §9, §13.3); asked for at the pad, never in the step."""
    act = _pin_act(asked)
    return StepDone(act(counter.card()))


def _pin_act(asked: StepAsked) -> Callable[[CardAtTerminal], PartText]:
    """Raises Fault."""
    act = _PIN.get(asked.words[1])
    if act is None:
        known = ", ".join(_PIN)
        raise asked.fault(
            PartText(f"pin后面写{known}之一；密码另行输入", f"pin takes {known}; the digits are asked for")
        )
    return act


# --- the end of use ---------------------------------------------------------------------------------------------------


def block(counter: CounterAtWork, asked: StepAsked) -> StepDone:
    """锁定, for good (SSC-7 §13.1, §13.2): of the card whose number is named, or with --yes of whichever is in."""
    what, number = _blocked(asked)
    card = counter.card()
    if number and number != card.environment.number:
        said = (f"卡内是{card.environment.number}，未锁定", f"it is {card.environment.number}; nothing is blocked")
        raise TerminalStopped(StopCause.OTHER_CARD, detail=said)
    if what == _CARD:
        blocking.block_card(card)
        counter.forget()
        return StepDone(PartText("卡片已锁定，不可恢复", "the card is blocked, for good"))
    found = _application(card, what)
    blocking.block_application(card, found)
    return StepDone(PartText(f"{found.label_zh}已锁定，不可恢复", f"{found.label_en} is blocked, for good"))


def _of_block(asked: StepAsked) -> tuple[TerminalBusiness, ...]:
    return (_Business.CARD_BLOCK if asked.words[1:2] == (_CARD,) else _Business.APPLICATION_BLOCK,)


def lacks_number(asked: StepAsked) -> bool:
    """True for a step that blocks for good, and nothing says yet that it is meant."""
    words = asked.words
    short = words in (("block", _CARD), *((("block", _APPLICATION, words[2]),) if len(words) == 3 else ()))
    return short and "yes" not in asked.options


def _blocked(asked: StepAsked) -> tuple[str, str]:
    """``card`` or the name of an application, and the card's number; empty: whichever card is in. Raises Fault."""
    what, number = asked.words[1:2], asked.words[2:]
    if what == (_APPLICATION,):
        what, number = asked.words[2:3], asked.words[3:]
    elif what != (_CARD,):
        what = ()
    if not what or len(number) > 1:
        raise asked.fault(
            PartText(
                "block后面写card，或application和应用号，再写卡号：block application DF04 T0000001X",
                "block takes `card`, or `application` and which, and the card's number behind it:"
                " block application DF04 T0000001X",
            )
        )
    if not number and "yes" not in asked.options:
        said = without_hex(" ".join(asked.words))
        raise asked.fault(
            PartText(
                f"{said}不可恢复：后面写卡号（见read），或写--yes",
                f"{said} is for good: put the card's number behind it, as `read` has it, or --yes",
            )
        )
    name = what[0] if asked.words[1] == _CARD else what[0].upper()
    return name, number[0].upper() if number else ""


def _application(card: CardAtTerminal, name: str) -> Directory:
    found = next((each for each in card.environment.directories[1:] if directory_name(each) == name), None)
    if found is None:
        raise TerminalStopped(StopCause.NO_APPLICATION, detail=(name, name))
    return found


SERVICE_STEPS = (
    StepKind("update", "FILE ITEM=VALUE… | FILE --online", PartText("更新", "write items, or as the back end says"),
             update, 1, 99, ("online", "anyway"), check=_asked_for, needs_card=True,
             businesses=(_Business.UPDATE, _Business.ONLINE_UPDATE), meant=_of_update),
    StepKind("pin", "check|change|unblock|reload", PartText("密码服务", "check, change, unblock or reload the PIN"),
             pin, 1, 1, check=_pin_act, needs_card=True, meant=_of_pin),
    StepKind("block", "card NUMBER | application DF0N NUMBER",
             PartText("锁定，不可恢复", "block card or application, for good"), block, 1, 3, ("yes",), check=_blocked,
             needs_card=True, businesses=(_Business.CARD_BLOCK, _Business.APPLICATION_BLOCK), meant=_of_block),
)  # fmt: skip
