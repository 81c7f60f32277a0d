"""The steps that somebody asks a terminal for: words and options, on the command line, in a script, typed.

A script is lines, each as it stands on the command line; ``#`` begins a remark, ``try`` before a step lets the next one
come also where it stops.
"""

from __future__ import annotations

import shlex
from argparse import ArgumentError, ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from typing import NamedTuple, NoReturn

from dualcos.cli.file_arguments import Declaring
from dualcos.cli.user_faults import Fault, without_hex
from dualcos.terminal.terminal_parts import PartText
from dualcos.textforms.text_files import lines_in, text_of

TRY = "try"
_MOST_LINES = 10_000
_UNKNOWN = "有不认识的选项，或内容写在了选项后面"
_UNQUOTED = "引号不成对，或反斜杠后缺字符"


class StepFault(Fault):
    """A step cannot be carried out as it was asked for. As a fault it is one line in English, like all of a command
    line; ``said``: what whoever stands at the terminal is told.
    """

    def __init__(self, said: PartText, place: str = "") -> None:
        super().__init__(f"{place}{': ' if place else ''}{said.en}")
        self.said = said


def fault_told(fault: Exception, unsaid: str) -> PartText:
    """What whoever stands at the terminal is told of ``fault``; ``unsaid``: in Chinese, of one that has none."""
    return fault.said if isinstance(fault, StepFault) else PartText(unsaid, str(fault))


class StepAsked(NamedTuple):
    """One step: its words, the first of which names it, and its options by name, those that were given. ``place``: of
    its line in a script, for messages; ``tried``: whatever comes of it, the next one comes.
    """

    words: tuple[str, ...]
    options: dict[str, str | bool]
    place: str = ""
    tried: bool = False

    @property
    def shown(self) -> str:
        """As it is typed."""
        given = [f"--{name}" if value is True else f"--{name} {value}" for name, value in self.options.items()]
        return " ".join([*map(shlex.quote, self.words), *given])

    def with_word(self, word: str) -> StepAsked:
        """The same with one more word."""
        return self._replace(words=(*self.words, word))

    def fault(self, why: PartText) -> StepFault:
        """The step cannot be carried out as it was asked for."""
        return StepFault(why, self.place)


class StepOption(NamedTuple):
    """What only some steps take. ``metavar``: of what stands behind it; without that and ``choices`` nothing does."""

    name: str
    metavar: str
    help: str
    choices: tuple[str, ...] = ()

    def declare(self, parser: Declaring) -> None:
        """On the command line, or for a line of a script."""
        name = f"--{self.name}"
        if self.choices:
            parser.add_argument(name, choices=self.choices, help=self.help)
        elif self.metavar:
            parser.add_argument(name, metavar=self.metavar, help=self.help)
        else:
            parser.add_argument(name, action="store_true", help=self.help)


class _LineParser(ArgumentParser):
    """argparse, of one line."""

    def error(self, message: str) -> NoReturn:
        raise StepFault(PartText(_UNKNOWN, message))


def _of_line(error: Exception) -> PartText:
    """What is wrong with a line that says no step; what was typed stands in the English of argparse alone."""
    match error:
        case StepFault(said=said):
            zh = said.zh
        case ArgumentError(argument_name=str(name)):
            zh = f"选项{name}缺内容，或内容不对"
        case _:
            zh = _UNQUOTED
    return PartText(zh, without_hex(str(error)))


class StepLanguage:
    """How the steps of one kind of terminal are typed: words, and ``options``."""

    def __init__(self, options: Sequence[StepOption]) -> None:
        self._options = options

    def declare(self, parser: Declaring) -> None:
        """A step's words and options."""
        parser.add_argument("words", metavar="STEP", nargs="*", help="what the terminal is to do, below")
        for option in self._options:
            option.declare(parser)

    def step_of(self, args: Namespace, place: str = "") -> StepAsked:
        """The step that parsed arguments say."""
        given = {option.name: getattr(args, option.name.replace("-", "_")) for option in self._options}
        options = {name: value for name, value in given.items() if value not in (None, False)}
        words = tuple(args.words)
        tried = words[:1] == (TRY,)
        return StepAsked(words[1:] if tried else words, options, place, tried)

    def step_in(self, line: str, place: str = "") -> StepAsked | None:
        """The step that a line says, None for one that says nothing. Raises Fault."""
        parser = _LineParser(add_help=False, allow_abbrev=False, exit_on_error=False)
        self.declare(parser)
        try:
            typed = shlex.split(line, comments=True)
            asked = self.step_of(parser.parse_args(typed), place)
        except (ValueError, ArgumentError, StepFault) as error:
            raise StepFault(_of_line(error), place) from None
        if not typed:
            return None
        if not asked.words:
            raise asked.fault(PartText("只有选项，没有步骤", "which step? There is none behind its options"))
        return asked

    def steps_in_script(self, path: str) -> Iterator[StepAsked]:
        """The steps of a script. Raises Fault, UnreadableText."""
        lines = lines_in(text_of(path))
        if len(lines) > _MOST_LINES:
            raise Fault(f"{path}: {len(lines)} lines are more than {_MOST_LINES}")
        for number, line in enumerate(lines, 1):
            asked = self.step_in(line, f"{path} line {number}")
            if asked is not None:
                yield asked
