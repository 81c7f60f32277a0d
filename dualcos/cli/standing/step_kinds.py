"""What a step of a terminal is, whatever it works on: how it is asked for, carried out, what it has to tell."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Generic, NamedTuple, TypeVar

from dualcos.cli.facts.fact_sheet import FactPart
from dualcos.cli.facts.terminal_facts import TerminalDetail
from dualcos.cli.standing.steps_asked import StepAsked
from dualcos.terminal.screen.view_questions import StepKey
from dualcos.terminal.terminal_forms import FormCell, TerminalBusiness
from dualcos.terminal.terminal_parts import PartText, in_yuan

C = TypeVar("C")
F_co = TypeVar("F_co", bound=FactPart, covariant=True)
SERVICE = (TerminalBusiness.SERVICE,)
"""Of a step by which a terminal is run."""
WANTED: Mapping[str, str] = MappingProxyType(
    {
        "ACCOUNT": "账号",
        "BILL": "账单号",
        "COMMAND": "指令",
        "DF0N": "应用号",
        "FILE": "文件",
        "ITEM": "数据项",
        "N": "序号",
        "NUMBER": "卡号",
        "RECORD": "记录号",
        "STEP": "步骤",
        "VALUE": "值",
        "VOUCHER": "凭证号",
        "YUAN": "金额",
    }
)
"""What the capitals of a step's usage stand for, in Chinese."""
_CAPITALS = re.compile(r"[A-Z][A-Z0-9]*")


class StepStop(NamedTuple, Generic[F_co]):
    """Why a terminal went no further. ``rule``: where that stands; ``todo``: what to do about it; ``facts``: the same
    for programs. ``gone``: there is no card any more to go on with.
    """

    said: PartText
    rule: str
    todo: PartText
    facts: F_co
    gone: bool = False


class StepDone(NamedTuple):
    """What the terminal says of a step that was done, on a line, and what it has to tell besides. ``but``: why nothing
    more is to come behind it, for who tells of that terminal; None where all is well. ``lines``: shown below as they
    are.
    """

    said: PartText
    details: tuple[TerminalDetail, ...] = ()
    but: object = None
    lines: tuple[str, ...] = ()


class StepKind(NamedTuple, Generic[C]):
    """One step of a terminal ``C``. ``usage``: what stands behind its name, for help and messages; ``least``, ``most``:
    how many words that are; ``options``: those that it takes; ``run`` raises what stops that terminal, and Fault.
    ``by_hand``: what is done to a card in this process, by no terminal. ``check`` raises Fault for words that no card
    is needed to find wrong. ``needs_card``: a card has to be in.
    ``businesses``: it is one of these, which not every form of terminal is for; empty: every form is. ``meant``: which
    of these, by its words. SERVICE is not demanded of a step on a command line, where whoever runs the terminal sits;
    whoever stands at its keys has such steps where there is an operator. ``inner``: it is a step of this table, which
    its words are. ``more``: see ``StepKey``.
    """

    name: str
    usage: str
    said: PartText
    run: Callable[[C, StepAsked], StepDone]
    least: int = 0
    most: int = 0
    options: tuple[str, ...] = ()
    by_hand: bool = False
    check: Callable[[StepAsked], object] = lambda _: None
    needs_card: bool = False
    businesses: tuple[TerminalBusiness, ...] = ()
    meant: Callable[[StepAsked], tuple[TerminalBusiness, ...]] | None = None
    inner: StepTable[Any] | None = None
    more: tuple[tuple[str, PartText], ...] = ()

    def demanded(self, asked: StepAsked) -> tuple[TerminalBusiness, ...]:
        """For one of which the terminal must be, whoever asks."""
        wanted = self.businesses if self.meant is None else self.meant(asked)
        return () if wanted == SERVICE else wanted

    def is_for(self, cell: FormCell) -> bool:
        """True if a terminal of that kind and form may be asked for it."""
        return not self.businesses or any(map(cell.may, self.businesses))


class StepTable(Generic[C]):
    """All steps of one kind of terminal, in the order in which they are offered, ``groups`` each with its name."""

    def __init__(self, *groups: tuple[PartText, Sequence[StepKind[C]]]) -> None:
        self._kinds = {kind.name: kind for _, kinds in groups for kind in kinds}
        self._groups = {kind.name: group for group, kinds in groups for kind in kinds}

    def __iter__(self) -> Iterator[StepKind[C]]:
        return iter(self._kinds.values())

    def kind_of(self, asked: StepAsked) -> StepKind[C]:
        """The kind of a step, its words looked at and its options known to it. Raises Fault."""
        name = asked.words[0]
        kind = self._kinds.get(name)
        if kind is None:
            called, zh = (name, f"步骤{name}") if name.isalpha() else ("that", "这个步骤")  # which may be a PIN
            known = ", ".join(self._kinds)
            raise asked.fault(PartText(f"没有{zh}，请从菜单中选", f"no step is called {called}; there are {known}"))
        words = len(asked.words) - 1
        if not kind.least <= words <= kind.most:
            wanted = f"应为：{name} {usage_in_chinese(kind.usage)}" if kind.usage else f"{name}后面不带内容"
            raise asked.fault(PartText(wanted, f"{name} takes {kind.usage or 'nothing behind it'}"))
        foreign = next((option for option in asked.options if option not in kind.options), None)
        if foreign is not None:
            takers = ", ".join(each.name for each in self if foreign in each.options)
            raise asked.fault(
                PartText(
                    f"--{foreign}不能用于{name}" + (f"；可用于{takers}" if takers else ""),
                    f"--{foreign} does not go with {name}" + (f"; it goes with {takers}" if takers else ""),
                )
            )
        kind.check(asked)
        return kind

    def key_of(self, kind: StepKind[C]) -> StepKey:
        """The key that asks for it."""
        group, usage_zh = self._groups[kind.name], usage_in_chinese(kind.usage)
        return StepKey(kind.name, kind.said, kind.usage, kind.least, group, kind.more, usage_zh)

    def businesses_of(self, asked: StepAsked) -> tuple[TerminalBusiness, ...]:
        """What a step is, by its words as far as they are there; none for what is no step."""
        kind = self._kinds.get(asked.words[0]) if asked.words else None
        if kind is None:
            return ()
        if kind.inner is not None:
            return kind.inner.businesses_of(asked._replace(words=asked.words[1:]))
        return kind.businesses if kind.meant is None else kind.meant(asked)

    def help(self) -> str:
        """A line a step."""
        rows = [(f"{each.name} {each.usage}".rstrip(), f"{each.said.en} {each.said.zh}") for each in self]
        widest = max(len(name) for name, _ in rows)
        return "\n".join(f"  {name.ljust(widest)}  {what}" for name, what in rows)


def usage_in_chinese(usage: str) -> str:
    """What stands behind a step's name; words that are typed as they stand there stay."""
    return _CAPITALS.sub(lambda found: WANTED[found[0]], usage)


def detail(zh: str, en: str, text: object, place: str = "") -> TerminalDetail:
    """One thing to tell."""
    return TerminalDetail(name=en, zh=zh, text=str(text), place=place)


def counted(number: int, one: str, several: str = "") -> str:
    """``1 record``, ``2 records``; ``several``: where that is not ``one`` with an s."""
    return f"{number} {one if number == 1 else several or f'{one}s'}"


yuan = in_yuan
