"""The operator at a terminal: asked in Chinese and English, answers with validation, nonsense asked for again.

Questions go to stderr, so that stdout stays what the command prints. Ctrl-C and the end of input are the same: the
operator leaves.
"""

from __future__ import annotations

import re
import signal
import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime
from select import select

from dualcos.cli.user_faults import Fault
from dualcos.lab.evidence.campaign_records import AnyRecord, StepAttested
from dualcos.lab.operator_steps.attended_desk import AttendedDesk
from dualcos.lab.operator_steps.desk import OperatorDesk, OperatorWords, Unattended

Aside = Callable[[], AbstractContextManager[None]]
_NUMBER = re.compile(r"(\d{1,6}(?:[.,]\d{1,6})?) ?(\S*)")
_LOOK_SECONDS = 0.2
_DONE = OperatorWords("完成后按回车键", "press Enter when it is done")
_WHICH = OperatorWords("请输入序号或答案", "answer with the number or the word")
_MEASURE = OperatorWords("请输入数值，单位 {}", "a number, in {}")


def operator_desk(
    name: str | None,
    *,
    unattended: bool,
    now: Callable[[], datetime],
    note: Callable[[StepAttested], None],
    earlier: Iterable[AnyRecord] = (),
    aside: Aside = nullcontext,
) -> OperatorDesk:
    """The desk of the operator ``name`` at this terminal; nobody's if there is no name or ``unattended`` was asked for.
    ``aside``: what else is on the screen makes way while somebody is asked. Raises Fault where somebody is to answer
    and stdin is no terminal.
    """
    if unattended or not name:
        return Unattended()
    if not sys.stdin.isatty():
        raise Fault("--operator answers at a terminal, and stdin is none; --unattended leaves his steps inconclusive")
    return AttendedDesk(PersonAtTerminal(aside), name, now=now, note=note, earlier=earlier)


class InputEnded(KeyboardInterrupt):
    """Nothing more will be typed (Ctrl-D): the operator leaves, as by Ctrl-C."""


class PersonAtTerminal:
    """Whoever sits before stdin and stderr."""

    def __init__(self, aside: Aside = nullcontext) -> None:
        self._aside = aside

    def choice(self, words: OperatorWords, choices: Mapping[str, OperatorWords]) -> str:
        """The name of one of ``choices``: by its number, or by what it is called."""
        known: dict[str, str] = {}
        with self._aside(), leaving_at_once():
            _show(words)
            for number, (name, called) in enumerate(choices.items(), 1):
                _say(f"  {number}  {called.zh} {called.en}")
                known.update(dict.fromkeys((str(number), _plain(name), _plain(called.zh), _plain(called.en)), name))
            while (meant := _meant(_typed(_WHICH), known)) is None:
                _again(" / ".join(str(number) for number in range(1, len(choices) + 1)))
        return meant

    def number(self, words: OperatorWords, unit: str) -> float:
        """A number, with a point or a comma, and with its unit or without."""
        asked = OperatorWords(_MEASURE.zh.format(unit), _MEASURE.en.format(unit))
        with self._aside(), leaving_at_once():
            _show(words)
            while (found := _NUMBER.fullmatch(_typed(asked))) is None or found[2] not in ("", _plain(unit)):
                _again(f"0.76 / 0.76 {unit}")
        return float(found[1].replace(",", "."))

    def confirm(self, words: OperatorWords) -> None:
        """Returns when Enter was pressed."""
        with self._aside(), leaving_at_once():
            _show(words)
            _typed(_DONE)

    def text(self, words: OperatorWords) -> str:
        """The next line, as it was typed, without blanks around it."""
        with self._aside(), leaving_at_once():
            return _typed_line(words).strip()

    def text_unless(self, over: Callable[[], bool], words: OperatorWords) -> str | None:
        """The same, or None once it is ``over``, which is asked again and again and may raise."""
        with self._aside():
            _prompt(words)
            while not over():
                if select([sys.stdin], [], [], _LOOK_SECONDS)[0]:
                    return _line().strip()
            _say("")
        return None

    def show(self, words: OperatorWords) -> None:
        """Both languages, a line or more each."""
        with self._aside():
            _show(words)


@contextmanager
def leaving_at_once() -> Iterator[None]:
    """While somebody is asked, one Ctrl-C is enough: nothing is under way that would be finished first."""
    try:
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
    except ValueError:  # not in the main thread: whoever called keeps his own handling
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _show(words: OperatorWords) -> None:
    _say("")
    _say(words.zh)
    _say(words.en)


def _again(like: str) -> None:
    _say(f"  不能理解，例如 {like}  not understood; like {like}")


def _meant(typed: str, known: Mapping[str, str]) -> str | None:
    """The answer that was typed, whole or by a beginning that only one of them has."""
    if typed in known:
        return known[typed]
    begun = {name for text, name in known.items() if typed and text.startswith(typed)}
    return begun.pop() if len(begun) == 1 else None


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _typed(asked: OperatorWords) -> str:
    """The next line, plain. Raises KeyboardInterrupt at the end of input."""
    return _plain(_typed_line(asked))


def _typed_line(asked: OperatorWords) -> str:
    """The next line. Raises InputEnded."""
    _prompt(asked)
    return _line()


def _prompt(asked: OperatorWords) -> None:
    print(f"{asked.zh} {asked.en}> ", end="", file=sys.stderr, flush=True)


def _line() -> str:
    line = sys.stdin.readline()
    if not line:
        raise InputEnded
    return line


def _plain(text: str) -> str:
    """As it is compared: full-width forms as their plain ones, blanks around it gone, without case."""
    return unicodedata.normalize("NFKC", text).strip().casefold()
