"""The acquirer's line, overheard: what leaves the terminal and what comes, explained field by field."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from dualcos.cli.facts.financial_facts import MessageFacts, MessageRow
from dualcos.cli.standing.standing_place import StandingPlace
from dualcos.explain.acquirer_message_words import envelope_lines, message_lines
from dualcos.explain.control_characters import in_one_line
from dualcos.explain.message_line import MessageLine
from dualcos.explain.rendering import Paint, columns
from dualcos.messages.acquirer_messages import AcquirerLine, Answering, NoLineAnswer
from dualcos.messages.iso8583_codec import Iso8583Codec, UnreadableIso8583
from dualcos.messages.pos_envelope import opened
from dualcos.messages.pos_fields import POS_DIALECT
from dualcos.terminal.screen.halves_at_work import CardHalf
from dualcos.terminal.screen.styled_text import StyledText

SENT, RECEIVED, LOST = "sent", "received", "lost"
_ARROWS = {SENT: "→", RECEIVED: "←", LOST: "✗"}
_CODEC = Iso8583Codec(POS_DIALECT)


class HeardMessage(NamedTuple):
    """One message, explained when it is asked for. ``words``: why there is none."""

    way: str
    payload: bytes = b""
    words: tuple[str, str] = ("", "")

    def facts(self) -> MessageFacts:
        """Total: what cannot be read says so."""
        lines, (zh, en) = self._explained()
        mti = next((line.value for line in lines if line.label == "MTI"), "")
        rows = [
            MessageRow(
                depth=line.depth, label=line.label, zh=line.zh, en=line.en, text=line.value,
                means_zh=line.says_zh, means_en=line.says,
            )
            for line in lines
        ]  # fmt: skip
        return MessageFacts(way=self.way, mti=mti, zh=zh, en=en, rows=rows)

    def shown(self, paint: Paint) -> Iterator[str]:
        """For people: a line that says what it is, then its fields."""
        facts = self.facts()
        head = f"{_ARROWS[self.way]} {facts.mti} {facts.zh} {facts.en}"
        yield f"      {paint('warn' if self.way == LOST else 'name', head)}"
        rows = (
            (
                f"            {'  ' * row.depth}{row.label}",
                _both(row.zh, row.en),
                in_one_line(row.text),
                _both(row.means_zh, row.means_en),
            )
            for row in facts.rows
        )
        yield from columns(rows)

    def _explained(self) -> tuple[tuple[MessageLine, ...], tuple[str, str]]:
        if not self.payload:
            return (), self.words
        try:
            envelope, body = opened(self.payload)
            lines = message_lines(_CODEC.message(body))
        except UnreadableIso8583 as error:
            return (), (f"无法识别的报文，{len(self.payload)}字节", f"unreadable, {len(self.payload)} bytes: {error}")
        first = lines[0]
        return (*envelope_lines(envelope), *lines), (first.says_zh, first.says)


def _both(zh: str, en: str) -> str:
    """Once where both languages say the same."""
    return in_one_line(zh if zh == en else f"{zh} {en}")


class HeardLine:
    """``line``, of which ``hear`` is told all that passes, in order."""

    def __init__(self, line: AcquirerLine, hear: Callable[[HeardMessage], None]) -> None:
        self._line, self._hear = line, hear

    def ask(self, payload: bytes, belongs: Answering) -> bytes:
        """See ``AcquirerLine``."""
        self._hear(HeardMessage(SENT, payload))
        try:
            answer = self._line.ask(payload, belongs)
        except NoLineAnswer as silent:
            said = ("已发送，无应答", "sent, no answer") if silent.sent else ("未发送", "not sent")
            self._hear(HeardMessage(LOST, words=(said[0], f"{said[1]}: {silent}")))
            raise
        self._hear(HeardMessage(RECEIVED, answer))
        return answer


class HeardAloud:
    """Tells the view what passes on the line, among what card and terminal say to each other, where that is explained
    for people. ``half``: the bank's, where a terminal has another one.
    """

    def __init__(self, place: StandingPlace, half: CardHalf | None = None) -> None:
        self._half = half
        self._wanted = place.recorder.explains and not place.args.json
        self._recorder, self._view = place.recorder, place.view

    def hear(self, message: HeardMessage) -> None:
        """It has passed."""
        if self._wanted:
            self._recorder.behind(partial(self._tell, message))

    def _tell(self, message: HeardMessage) -> None:
        text = StyledText.painted(lambda paint: "\n".join(message.shown(paint)))
        self._view.message(message.way, text, self._half)


class NoLine:
    """A terminal whose acquirer nobody has named."""

    def ask(self, payload: bytes, belongs: Answering) -> bytes:
        """Raises NoLineAnswer: nothing leaves."""
        del payload, belongs
        raise NoLineAnswer("no acquirer is named: `--host HOST:PORT`", sent=False)
