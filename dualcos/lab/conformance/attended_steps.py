"""Steps that an operator takes: what he is shown, whether his answer is right, and how a card is pulled out (防拔).

The words of a prompt may show values: ``{text:name}`` as characters, ``{digits:pan}`` as digits, ``{hex:atr}``. They go
to the desk and nowhere else: no verdict and no record repeats them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from dualcos.explain.control_characters import in_one_line
from dualcos.lab.conformance import command_template, template_functions
from dualcos.lab.conformance.command_template import Scope, TemplateError
from dualcos.lab.conformance.vector_forms import SHOWN_VALUE
from dualcos.lab.conformance.vector_schema import VectorOperator, VectorPull
from dualcos.lab.conformance.who_computes import Hand
from dualcos.lab.evidence.campaign_records import StepAttested
from dualcos.lab.operator_steps.desk import YES_NO, OperatorDesk, OperatorQuestion, OperatorWords
from dualcos.reader.silent_card import CardGone, CardMute

_SHOWN = re.compile(SHOWN_VALUE)
_FORMS: Mapping[str, Callable[[bytes], str]] = MappingProxyType(
    {
        # Items are filled with 00 on the right (V2.0 §7); names are GB 2312, GBK or GB 18030, which reads them all.
        "text": lambda value: in_one_line(value.replace(b"\0", b"").decode("gb18030", "replace").strip()),
        "digits": lambda value: value.hex().upper().rstrip("F"),
        "hex": lambda value: value.hex().upper(),
    }
)
_DONE = MappingProxyType({"take out": "taken out", "put in": "put in"})
_COUNTED = "commands answered"

_STILL_IN = OperatorWords(
    "卡片仍在读卡器中。请取出卡片，然后确认。", "The card is still in the reader. Take it out, then say so."
)
_READY = OperatorWords(
    "{}\n确认之后开始发送命令；请随时拔出卡片。",
    "{}\nCommands are sent from the moment you say so; then take the card out whenever you like.",
)
_NOW = OperatorWords("正在发送命令：请拔出卡片。", "Commands are being sent: take the card out.")
_STILL_SENDING = OperatorWords(
    "已发送 {} 遍，卡片仍在。是否继续？", "Sent {} times over, and the card is still in. Go on?"
)
_BACK = OperatorWords(
    "卡片已拔出。请放回同一张卡片，然后确认。", "The card has gone. Put the same card back, then say so."
)
_BACK_IN = OperatorWords("请放回同一张卡片，然后确认。", "Put the same card back, then say so.")
_NO_CARD = OperatorWords(
    "读卡器中没有应答的卡片。请放入卡片，然后确认。", "No card answers in the reader. Put it in, then say so."
)
_WHOLE = 0x10000


class NotPulledError(Exception):
    """The card was not taken out while commands were being sent; nothing is to be judged."""


class ShownValue(NamedTuple):
    """A value in a prompt: in which form, of which expression."""

    form: str
    expression: str


def shown_values(words: str) -> Iterator[ShownValue]:
    """The values that a prompt shows, for checking at load time. Raises TemplateError for braces that show nothing."""
    for form, expression in _SHOWN.findall(words):
        if form not in _FORMS:
            raise TemplateError(f"{form}: is no way to show a value; {', '.join(_FORMS)} are")
        yield ShownValue(form, expression)
    if left := set(_SHOWN.sub("", words)) & set("{}"):
        raise TemplateError(
            f"{left.pop()} stands alone; a value is shown by {{text:name}}, {{digits:pan}}, {{hex:atr}}"
        )


def prompt(asked: VectorOperator | VectorPull, scope: Scope, hand: Hand) -> OperatorWords:
    """The words as the operator sees them. Raises TemplateError."""

    def value(found: re.Match[str]) -> str:
        return _FORMS[found[1]](template_functions.value(command_template.parse(found[2]), scope, hand))

    return OperatorWords(_SHOWN.sub(value, asked.zh), _SHOWN.sub(value, asked.en))


def question(id_: str, where: str, asked: VectorOperator, words: OperatorWords) -> OperatorQuestion:
    """What ``asked`` is to the desk."""
    choices = {name: OperatorWords(each.zh, each.en) for name, each in asked.choices.items()} or dict(YES_NO)
    unit = asked.measure.unit if asked.measure is not None else ""
    return OperatorQuestion(id_, where, words, {} if unit else choices, unit, asked.valid_days)


def wrong_answer(asked: VectorOperator, attested: StepAttested) -> str:
    """What is wrong with an answer; empty if it is right."""
    measure = asked.measure
    if measure is None:
        if attested.answer in asked.right:
            return ""
        return f"the operator's answer is {attested.answer}, right is {' or '.join(asked.right)}"
    if attested.measured is not None and measure.least <= attested.measured <= measure.most:
        return ""
    return f"measured {attested.measured} {measure.unit}, right is {measure.least} to {measure.most} {measure.unit}"


class HandAtReader:
    """The hand at the reader, for one vector. ``power_on``: the card's ATR, kept; raises CardGone, CardMute.
    ``answered``: how many commands the card has answered since it has power.
    """

    def __init__(
        self,
        id_: str,
        desk: OperatorDesk,
        *,
        power_on: Callable[[], object],
        power_off: Callable[[], None],
        answered: Callable[[], int],
    ) -> None:
        self._id = id_
        self._desk = desk
        self._power_on = power_on
        self._power_off = power_off
        self._answered = answered
        self._taken_out = False

    def act(self, act: str, where: str, words: OperatorWords) -> None:
        """Have the card taken out, or put in and switched on; asked for until it is so."""
        if act == "put in":
            self._put_in(words)
        else:
            self._desk.act(words)
            self._taken_out = True
            while self._there():
                self._power_off()
                self._desk.act(_STILL_IN)
        self._desk.done(self._id, where, _DONE[act])

    def leave(self) -> None:
        """The vector is over: if it ended while the card was out, have it put back for whatever comes next."""
        if self._taken_out:
            self._put_in(_BACK_IN)

    def pull_out(self, rounds: int, where: str, words: OperatorWords, send: Callable[[int], None]) -> None:
        """Send over and over, until the card has gone; then have it put back and switched on. ``send``: once, as the
        so-manieth time. Raises NotPulledError if the operator has had enough, and what ``send`` raises.
        """
        self._desk.act(OperatorWords(_READY.zh.format(words.zh), _READY.en.format(words.en)))
        self._desk.tell(_NOW)
        before = self._answered()
        self._until_gone(rounds, send)
        self._desk.done(self._id, where, _DONE["take out"], self._answered() - before, _COUNTED)
        self._put_in(_BACK)

    def _until_gone(self, rounds: int, send: Callable[[int], None]) -> None:
        number = 0
        while True:
            number += 1
            try:
                send(number % _WHOLE)
            except (CardGone, CardMute):
                return
            if number % rounds == 0 and not self._desk.agrees(_still_sending(number)):
                raise NotPulledError(f"the card was not taken out while commands were sent {number} times over")

    def _put_in(self, words: OperatorWords) -> None:
        self._power_off()  # what the reader remembers of a card that has gone is forgotten
        self._desk.act(words)
        while not self._there():
            self._power_off()
            self._desk.act(_NO_CARD)
        self._taken_out = False

    def _there(self) -> bool:
        """True if a card answers; it has power then."""
        try:
            self._power_on()
        except (CardGone, CardMute):
            return False
        return True


def _still_sending(number: int) -> OperatorWords:
    return OperatorWords(_STILL_SENDING.zh.format(number), _STILL_SENDING.en.format(number))
