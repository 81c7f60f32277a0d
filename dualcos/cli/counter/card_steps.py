"""Steps that read a card: its environment, its files, and the hand that puts it in or takes it out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from cos.ssse.tables.table_model import FileForm
from dualcos.cli.counter.counter_at_work import CounterAtWork
from dualcos.cli.facts.terminal_facts import TerminalDetail
from dualcos.cli.standing.hand_steps import hand_steps
from dualcos.cli.standing.step_kinds import StepDone, StepKind, detail
from dualcos.cli.standing.steps_asked import StepAsked
from dualcos.cli.user_faults import without_hex
from dualcos.explain.social_records import describe
from dualcos.terminal.social import inquiry
from dualcos.terminal.social.inquiry import FileRead, InquiryOrder, ItemAsked, addressed
from dualcos.terminal.social.security_path import PathKind
from dualcos.terminal.terminal_parts import PartText
from dualcos.textforms.whole_texts import whole

_ADDRESS = re.compile(whole("(SSSE|DF[0-9A-F]{2})EF[0-9A-F]{2}"))
_PART = re.compile(whole("[0-9A-F]{1,2}(:[1-9][0-9]?)?"))
_ITEM = re.compile(whole("([0-9A-F]{2})(?::([1-9][0-9]?))?"))
_PATHS = {PathKind.PSAM: "PSAM", PathKind.HSM: "HSM 加密机"}


def read(counter: CounterAtWork, asked: StepAsked) -> StepDone:
    """读取社保应用环境, 内部认证, 有效性检查."""
    del asked
    card = counter.card()
    seen, path, registered = card.environment, _PATHS[card.path.kind], counter.terminal.registered
    insured = () if registered is None else (detail("参保地", "insured at", registered.insured_at),)
    return StepDone(
        PartText("卡片真实有效", "the card is genuine and valid"),
        (
            detail("卡号", "card number", seen.number),
            detail("卡识别码", "card identification code", seen.identification.hex().upper()),
            detail("发卡地区", "region", seen.region),
            detail("规范版本", "edition", seen.version_text),
            detail("有效期", "valid", f"{seen.issued} – {seen.expires}"),
            detail("安全路径", "security path", path),
            *insured,
        ),
    )


class FileAsked(NamedTuple):
    """A file by its address, and what of it: tags of items, ``1F`` or ``1F:3``, or the number of a record."""

    address: str
    parts: tuple[str, ...] = ()

    @classmethod
    def of(cls, asked: StepAsked, word: str) -> FileAsked:
        """``DF01EF05|1F|23:2``, ``DF04EF08|3``; a comma for the bar will do. Raises Fault."""
        address, *parts = word.upper().replace(",", "|").rstrip("|").split("|")
        if not _ADDRESS.fullmatch(address) or not all(map(_PART.fullmatch, parts)):
            typed = without_hex(word)
            raise asked.fault(
                PartText(
                    f"{typed}：文件写作SSSEEF06，加数据项DF01EF05,1F,23:2，加记录号DF04EF08,3",
                    f"{typed}: a file is named as SSSEEF06, with items behind it DF01EF05,1F,23:2, with the"
                    " number of a record DF04EF08,3",
                )
            )
        return cls(address, tuple(parts))

    def order(self, asked: StepAsked, form: FileForm) -> InquiryOrder:
        """The same as the terminal takes it, the file being of that form. Raises Fault."""
        if form is FileForm.CYCLIC and len(self.parts) < 2 and all(part.isdecimal() for part in self.parts):
            return InquiryOrder(self.address, record=int(self.parts[0]) if self.parts else 0)
        items = [_ITEM.fullmatch(part) for part in self.parts]
        if (items and form in _BEHIND) or not all(items):
            behind = _BEHIND.get(form, _TAGS)
            raise asked.fault(
                PartText(
                    f"{self.address}是{FORMS_ZH[form]}：{behind.zh}",
                    f"{self.address} is a {form.value} file: {behind.en}",
                )
            )
        wanted = tuple(ItemAsked(int(each[1], 16), int(each[2] or 1)) for each in items if each)
        return InquiryOrder(self.address, wanted)


FORMS_ZH: Mapping[FileForm, str] = MappingProxyType(
    {
        FileForm.TRANSPARENT: "透明文件",
        FileForm.LINEAR_FIXED: "定长记录文件",
        FileForm.LINEAR_VARIABLE: "变长记录文件",
        FileForm.CYCLIC: "循环文件",
    }
)
"""What each form is called in Chinese."""
_TAGS = PartText(
    "后面写数据项标识，两位十六进制，第三个写1F:3",
    "tags of items stand behind it, two hex digits, the third of them 1F:3",
)
_BEHIND = {
    FileForm.TRANSPARENT: PartText("后面不写内容", "nothing stands behind it"),
    FileForm.CYCLIC: PartText("后面写一个记录号", "the number of one record stands behind it"),
}


def inquire(counter: CounterAtWork, asked: StepAsked) -> StepDone:
    """查询: whatever the files ask for is earned first (SSC-7 §6)."""
    files = _files(asked)
    card = counter.card()
    orders = [each.order(asked, addressed(card, each.address).file.structure) for each in files]
    read_files = [inquiry.inquire(card, order) for order in orders]
    names = [each.place.file for each in read_files]
    return StepDone(
        PartText("、".join(each.name_zh for each in names), ", ".join(each.name_en for each in names)),
        tuple(line for order, each in zip(orders, read_files, strict=True) for line in _told(order, each)),
    )


def _files(asked: StepAsked) -> list[FileAsked]:
    return [FileAsked.of(asked, word) for word in asked.words[1:]]


def _told(order: InquiryOrder, read_file: FileRead) -> Iterator[TerminalDetail]:
    path = read_file.place.directory.fid, read_file.place.file.fid
    card = read_file.environment
    for record, part in zip(read_file.records, _parts(order, read_file), strict=True):
        for line in describe(path, record, card.version, card.directories):
            yield detail(line.name_zh, line.name_en, line.text, order.address + part)


def _parts(order: InquiryOrder, read_file: FileRead) -> Iterator[str]:
    """What of the file each record is, as it is asked for."""
    met = Counter[bytes]()
    for number, record in enumerate(read_file.records, order.record or 1):
        met[record[:1]] += 1
        if read_file.place.file.structure is FileForm.TRANSPARENT:
            yield ""
        elif read_file.place.file.structure is FileForm.CYCLIC:
            yield f"|{number}"
        else:
            asked = order.items[number - 1].occurrence if order.items else met[record[:1]]
            yield f"|{record[:1].hex().upper()}" + (f":{asked}" if asked > 1 else "")


def reset(counter: CounterAtWork, asked: StepAsked) -> StepDone:
    """下电: the card forgets PIN and proofs, the terminal admits it anew."""
    del asked
    counter.forget()
    return StepDone(PartText("卡已下电", "the card is without power"))


CARD_STEPS = (
    StepKind("read", "", PartText("读卡、有效性检查", "read the environment; is the card genuine, is it valid"), read,
             needs_card=True),
    StepKind("inquire", "FILE[,ITEM…]…", PartText("查询", "read files, or items of them: DF01EF05,1F"), inquire, 1, 99,
             check=_files, needs_card=True),
    StepKind("reset", "", PartText("卡片下电", "take the card's power away; the next step begins anew"), reset),
    *hand_steps(CounterAtWork),
)  # fmt: skip
