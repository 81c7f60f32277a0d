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
from dualcos.textforms.text_files import lines_in, text_of

TRY = "try"
_MOST_LINES = 10_000


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

    def fault(self, why: str) -> Fault:
        """The step cannot be carried out as it was asked for."""
        return Fault(f"{self.place}{': ' if self.place else ''}{why}")


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
        raise Fault(without_hex(message))


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
        except (ValueError, ArgumentError, Fault) as error:
            raise Fault(f"{place}{': ' if place else ''}{without_hex(str(error))}") from None
        if not typed:
            return None
        if not asked.words:
            raise asked.fault("which step? There is none behind its options")
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
