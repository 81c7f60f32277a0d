"""A card of anybody's making, seen from outside: its commands and answers, and nothing of what is in it.

Its owner says which applications it has, how each is selected, and one command of each kind that the card accepts. That
makes a stack of each application like those of this COS, of which only the rows are used: traffic is drawn from them,
and violations are told with their names.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any, NamedTuple, NoReturn, Protocol

from msgspec import Struct

from apdu.command import CommandAPDU, MalformedAPDU, parse
from apdu.link import AroundCard, SmartCard
from cos.kernel.command_rows import ANY, CommandRow, Secret
from cos.kernel.stack import Place, Stack
from dualcos.dialogue.driver import Dialogue
from dualcos.explain import Explainer
from dualcos.explain.command_names import FAMILIAR, Familiar
from dualcos.lab.fuzzing.what_each_needs import CannotAsk
from dualcos.lab.properties.counted_card import CountedCard, Tally, carried_out
from dualcos.lab.properties.region_memory import Memory
from dualcos.lab.properties.sight_needed import Sight
from dualcos.lab.properties.specimen import BASE, LabBench, Side, data_of
from dualcos.lab.properties.traffic_steps import Macro, Play
from firewall.hardware.power import PowerRail
from firewall.trace import TraceBuffer

NOBODY = "none"
"""The environment in which the card stands behind a reset, before anything was selected."""
_BY_NAME = b"\x00\xa4\x04"
_SELECT = "SELECT"


class OwnCard(SmartCard, Protocol):
    """What a card must have to be asked: the four calls, and a way back to an earlier state.

    The same commands behind the same ``restore`` must get the same answers, random numbers included.
    """

    def snapshot(self) -> Any:  # noqa: ANN401 - each card's own kind; it is only given back
        """All that survives without power, and how far its random numbers have run."""
        ...

    def restore(self, snapshot: Any) -> None:  # noqa: ANN401 - as above
        """Become a snapshot again, as often as it is wanted; power is put on behind it."""
        ...


class OwnDialogue(NamedTuple):
    """A few commands of which a later one needs an earlier answer, as proving a key does.

    ``play(choice)`` yields commands and is sent the answers. ``earns``: it leaves a right (F6); ``spends``: it is a
    wrong presentation, which costs a try, ``ends``: it blocks something for good (F19); ``guarded``: its last command
    stands under a cryptogram over the last random number, at the beginning of its data (F11, F15).
    """

    play: Callable[[int], Dialogue[object]]
    earns: bool = False
    spends: bool = False
    ends: bool = False
    guarded: bool = False


class OwnApplication(NamedTuple):
    """One application of a card.

    ``select``: the command that enters it; ``commands``: by name one of each kind that it accepts, once it is entered;
    what is enumerated sends them in this order, so what proves a right stands best at the end. ``secret``: the names of
    those whose data nobody may be shown, nor the answer to them; ``dialogues``: by name, what takes several commands.
    """

    label: str
    select: bytes
    commands: Mapping[str, bytes]
    secret: Collection[str] = ()
    dialogues: Mapping[str, OwnDialogue] = MappingProxyType({})


class CardFromOutside(AroundCard[OwnCard]):
    """A card of which nothing but its answers is seen, as laboratories hold one: no cells, no cuts, no trace.

    Which application is current is followed from the outside: by the commands that select one, if they were accepted.
    """

    __slots__ = ("_current", "_enters", "_names", "rail")

    def __init__(self, card: OwnCard, applications: Sequence[OwnApplication]) -> None:
        super().__init__(card)
        self._enters = {each.select: each.label for each in applications}
        self._names = {name: each.label for each in applications if (name := _name(each.select))}
        self._current = ""
        self.rail = PowerRail()

    @property
    def environment(self) -> str:
        """The application that was selected last."""
        return self._current

    def power_on(self) -> bytes:
        """As the card; nothing is selected."""
        self._current = NOBODY
        return self.card.power_on()

    def reset(self) -> bytes:
        """As ``power_on``."""
        self._current = NOBODY
        return self.card.reset()

    def exchange(self, command: bytes) -> bytes:
        """As the card."""
        answer = self.card.exchange(command)
        if carried_out(answer):
            self._current = self._entered(command)
        return answer

    def _entered(self, command: bytes) -> str:
        """Which application is current behind ``command``, which was accepted. A name may be shortened (ISO 7816-4
        §11.2.2): the card answers for the first that begins so, unless the current one does.
        """
        if command in self._enters:
            return self._enters[command]
        name = _name(command)
        if not name or name in self._names:
            return self._names.get(name, self._current)
        meant = [label for each, label in self._names.items() if each.startswith(name)]
        return self._current if not meant or self._current in meant else meant[0]

    def snapshot(self) -> Any:  # noqa: ANN401 - the card's own kind
        """As the card."""
        return self.card.snapshot()

    def restore(self, snapshot: Any) -> None:  # noqa: ANN401 - as above
        """As the card; without power."""
        self.card.restore(snapshot)
        self._current = ""

    def dump(self) -> dict[str, dict[bytes, bytes]]:
        """Nothing is seen of it."""
        return {}

    def overwrite(self, region: str, cell: bytes, value: bytes | None) -> NoReturn:  # noqa: ARG002 - see LabCard
        """Raises CannotAsk: no cell is seen."""
        raise CannotAsk(f"cell {cell.hex()} of {region} is not seen from outside")


class OutsideSpecimen:
    """A card of anybody's making on the bench. Raises CannotAsk."""

    sight = Sight.ANSWERS
    variants = ()

    def __init__(self, card: OwnCard, applications: Sequence[OwnApplication], name: str) -> None:
        self.name = name
        self.tally = Tally()
        own = tuple(map(_stack, applications))
        self.stacks = (*own, _NOTHING_SELECTED)
        known = Familiar.of(self.stacks)
        sides = {each.label: _side(each, stack, known) for each, stack in zip(applications, own, strict=True)}
        on_bench = CountedCard(CardFromOutside(card, applications), self.tally)
        self._bench = LabBench(on_bench, TraceBuffer(), on_bench.snapshot(), sides)
        self._demand_that_all_is_right(applications)

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Every application against every other."""
        labels = tuple(self._bench.sides)
        return tuple((f, e) for f in labels for e in labels if f != e)

    def bench(self, variant: str = BASE) -> LabBench:  # noqa: ARG002 - whatever is asked for, there is this card
        """The card."""
        return self._bench

    def explainer(self) -> Explainer:
        """Who knows its commands by the names they were given."""
        return Explainer(under=NOBODY, stacks=self.stacks)

    def _demand_that_all_is_right(self, applications: Sequence[OwnApplication]) -> None:
        """Each application is entered from a fresh card, or nothing would be asked of it."""
        labels = [NOBODY, *(each.label for each in applications)]
        if len(set(labels)) < len(labels):
            raise CannotAsk(f"two applications of {self.name} have one label: {', '.join(labels)}")
        for each in applications:
            self._bench.fresh()
            answer = self._bench.card.exchange(each.select)
            entered = self._bench.card.environment
            if entered != each.label:
                said = f"{self.name} answers {answer.hex().upper()} to the command that selects {each.label}"
                raise CannotAsk(f"{said}, and stands in {entered} then")


# --- what an application's owner says, as a stack ---------------------------------------------------------------------


class _NoOptions(Struct, frozen=True):
    """Nobody here decides anything about somebody else's card."""


def _not_ours(*_: object) -> NoReturn:
    raise CannotAsk("the card itself answers its commands, no stack of this COS")


def _name(select: bytes) -> bytes:
    """The name in a SELECT by name; empty in any other command."""
    return data_of(select) if select[:3] == _BY_NAME else b""


def _demand_that_names_fit(application: OwnApplication) -> None:
    """A name in the wrong place would hide another command, or leave a secret to be shown. Raises CannotAsk."""
    label, commands, secret = application.label, application.commands, application.secret
    if isinstance(secret, str | bytes):
        raise CannotAsk(f"the secrets of {label} are one {type(secret).__name__}: a set of names is wanted, `{{…}}`")
    if _SELECT in commands:
        raise CannotAsk(f"{label} has a command {_SELECT}: so is the one called that enters it, give it another name")
    if unknown := sorted(str(name) for name in secret if name not in commands):
        raise CannotAsk(f"{label} has no command {', '.join(unknown)} to be secret; there are {', '.join(commands)}")
    if twice := [name for name in application.dialogues if name in commands]:
        raise CannotAsk(f"{label} has a command and a dialogue that are called {', '.join(twice)}")


def _rows(application: OwnApplication) -> Iterator[CommandRow[Any]]:
    examples = {_SELECT: application.select, **application.commands}
    for name, raw in examples.items():
        if not isinstance(raw, bytes):
            raise CannotAsk(f"{name} of {application.label} is no command: bytes are wanted, `bytes.fromhex(…)`")
        try:
            command = parse(raw)
        except MalformedAPDU as error:
            raise CannotAsk(f"{name} of {application.label} is no command: {error}") from None
        yield _row(name, command, secret=name in application.secret)


def _row(name: str, command: CommandAPDU, *, secret: bool) -> CommandRow[Any]:
    return CommandRow(
        command.cla,
        command.ins,
        name,
        "",
        _not_ours,
        "",
        p1=frozenset((command.p1,)),
        p2=frozenset((command.p2,)),
        lc=frozenset((len(command.data),)),
        le=frozenset((command.le,)),
        answers=command.le is not None,
        secret=Secret.DATA if secret else Secret.NOTHING,
    )


def _stack(application: OwnApplication) -> Stack:
    _demand_that_names_fit(application)
    rows = tuple(_rows(application))
    return _only_rows(Place(application.label, application.label, _name(application.select), 0), rows)


def _only_rows(place: Place, rows: tuple[CommandRow[Any], ...]) -> Stack:
    """A stack that nobody runs."""
    nobody: Callable[..., NoReturn] = _not_ours
    return Stack(place.label, "", NOBODY, (place,), _NoOptions, rows, (), 0, nobody, nobody, nobody)


# Under any other instruction may be anything: of a command that nobody has declared the header is shown, not the data.
_UNDECLARED = tuple(
    CommandRow[Any](0xFF, ins, "undeclared command", "", _not_ours, "", p1=ANY, p2=ANY)
    for ins in range(256)
    if ins in FAMILIAR.innocent or ins not in FAMILIAR.instructions
)
_NOTHING_SELECTED = _only_rows(Place(NOBODY, "-", b"", 0x3F00, root=True), _UNDECLARED)


def _side(application: OwnApplication, stack: Stack, known: Familiar) -> Side:
    name = _name(application.select)
    macros = {name: Macro(name, partial(_once, command)) for name, command in application.commands.items()}
    return Side(
        application.label,
        application.select,
        (name,) if name else (),
        (),
        stack.rows,
        (*application.commands.values(), application.select),
        macros | {name: Macro(name, **each._asdict()) for name, each in application.dialogues.items()},
        Memory(()),
        cut=False,
        known=known,
    )


def _once(command: bytes, _choice: int) -> Play:
    """What its owner has declared is half of all traffic: most of what else is drawn is refused, and shows nothing."""
    yield command


def specimen_from_outside(card: OwnCard, applications: Sequence[OwnApplication], name: str) -> OutsideSpecimen:
    """Raises CannotAsk, in one sentence, for a card that lacks a call, and for applications that cannot be asked."""
    if isinstance(card, type):
        raise CannotAsk(f"{card.__name__} is a class of cards: `specimen_of` takes a card that it has made")
    missing = [call for call in _CALLS if not hasattr(card, call)]
    if missing:
        raise CannotAsk(f"{name} has no {', '.join(missing)}: a card to be asked has {', '.join(_CALLS)}")
    if not applications:
        raise CannotAsk(f"{name} is no card of this COS: say which applications it has, `specimen_of(card, [...])`")
    return OutsideSpecimen(card, applications, name)


_CALLS = ("exchange", "power_on", "reset", "power_off", "atr", "snapshot", "restore")
