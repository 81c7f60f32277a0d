"""A computation that did not fit, and the search for the input that was wrong (试算).

A ``Computation`` is declared: the refusals it explains, its inputs with the ways each is usually got wrong, how the
right inputs are gathered from the wire and the card's keys, and the formula. ``tried`` changes one input at a time
(never two) and asks what each change would have made the host send.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import Enum
from typing import Any, NamedTuple

from apdu.command import CommandAPDU
from apdu.status import StatusWord
from cos.kernel.command_rows import CommandRow
from dualcos.explain.command_names import Familiar
from dualcos.explain.diagnosis.finding import CERTAIN_BITS, Certainty, Diagnosis, NamedInput
from dualcos.explain.diagnosis.laboratory_view import CardKey, LaboratoryView, SeenKey
from dualcos.explain.diagnosis.session_history import SessionHistory
from dualcos.explain.secret_parts import Spans
from dualcos.explain.tracker import Spot, Tracker
from firewall.trace import Datum, Reason
from keys.algorithms import BadBlocks, BadKey
from keys.card_key_store import KeyRef
from keys.padding import BadPadding

MOST_TRIALS = 2000
Values = Mapping[str, Any]
"""The inputs of a computation by name: keys as ``SeenKey``, bytes, numbers, members of an enumeration."""
NONE_FITS = "inputs.none-fits"


class Situation(NamedTuple):
    """One exchange as whoever looks for its mistake sees it.

    ``command`` as it was sent, with zeros where ``hidden`` says so (it was masked when it was kept); it may hold PINs
    and keys, which no finding may say. ``spot`` before it; ``row``: the row that takes it there, None if there is none.
    ``reasons``: the card's own, the last one is that of the answer. ``at`` stands behind the exchange; ``history`` has
    what came before it. ``pin_form``: of a PIN that was refused, in which form it came, as a masked record
    keeps it. ``secret``: where the command, as bytes, has what nobody may be shown, whether it is hidden or not.
    ``region``: label of the memory that met it, empty if the record does not tell.
    """

    command: CommandAPDU
    hidden: Spans
    data: bytes
    sw: StatusWord
    spot: Spot
    row: CommandRow[Any] | None
    reasons: tuple[Reason, ...]
    at: Tracker
    history: SessionHistory
    known: Familiar
    view: LaboratoryView
    pin_form: str = ""
    secret: Spans = ()
    region: str = ""

    def tells(self, start: int, end: int) -> bool:
        """True if the bytes of the command from ``start`` to ``end`` may be shown."""
        return not any(first < end and start < behind for first, behind in self.secret)

    @property
    def accepted(self) -> bool:
        """True if the card did as it was told: 9000, 61xx, a warning 62xx."""
        return self.sw.is_success or self.sw.sw1 in (0x61, 0x62)

    @property
    def reason(self) -> Reason | None:
        """Why the card refused; None if it did not, or does not tell."""
        return self.reasons[-1] if self.reasons else None

    @property
    def why(self) -> str:
        """The phrase of the reason."""
        return self.reasons[-1].why if self.reasons else ""

    def own_keys(self) -> Iterator[CardKey]:
        """The keys of the environment that met the command."""
        regions = (self.region,) if self.region else self.view.regions_of(self.spot.environment)
        return (each for each in self.view.card_keys() if each.region in regions)

    def key(self, region: str, directory: int | None, ref: KeyRef) -> SeenKey | None:
        """The key of that name in the card; ``directory`` None: in whichever. None if it is not seen."""
        for each in self.view.card_keys():
            if each.region == region and directory in (None, each.directory) and _is(each, ref):
                return each.key
        return None

    def refused_key(self) -> SeenKey | None:
        """The key that the refusal names by ``ref``, ``directory``; None if another value lies there since."""
        about = self.reason.about if self.reason is not None else {}
        ref, directory = about.get("ref"), about.get("directory")
        if not isinstance(ref, tuple) or len(ref) != len(KeyRef._fields):
            return None
        numbers = [each for each in ref if isinstance(each, int)]
        where, name = directory if isinstance(directory, int) else None, KeyRef(*numbers)
        found = (each.key for each in self.own_keys() if where in (None, each.directory) and _is(each, name))
        return next((key for key in found if self.speaks_of(key)), None)

    def shown_key(self, *kinds: int) -> SeenKey | None:
        """The environment's key of one of these kinds whose check value the refusal tells, in the current directory
        if there are several; None if none has it, as where it was replaced since.
        """
        if not self._check_value:
            return None
        found = [each for each in self.own_keys() if each.key.name.kind in kinds and self.speaks_of(each.key)]
        found.sort(key=lambda each: each.directory != self.spot.directory)
        return found[0].key if found else None

    def same_directory(self, ref: KeyRef) -> SeenKey | None:
        """The environment's key ``ref`` in the directory that the refusal names, whatever check value it tells."""
        about = self.reason.about if self.reason is not None else {}
        where = about.get("directory")
        found = (each.key for each in self.own_keys() if where in (None, each.directory) and _is(each, ref))
        return next(found, None)

    def speaks_of(self, key: SeenKey) -> bool:
        """False if the refusal tells the check value of a key, and ``key`` has another."""
        return key.name.check_value == (self._check_value or key.name.check_value)

    @property
    def _check_value(self) -> str:
        about = self.reason.about if self.reason is not None else {}
        told = about.get("key")
        return told.partition(_KCV)[2][:6] if isinstance(told, str) else ""


_KCV = "KCV "
"""Behind it stands the check value in how a key shows itself."""


def _is(held: CardKey, ref: KeyRef) -> bool:
    name = held.key.name
    return (name.kind, name.number, name.version) == tuple(ref)


class Mistake(NamedTuple):
    """One way to get an input wrong: ``kind`` of the finding, and the values that a host then has instead of the right
    one. ``wrong`` is given the right value, all right values, and the situation.
    """

    kind: str
    wrong: Callable[[Any, Values, Situation], Iterable[Any]]


class Input(NamedTuple):
    """One input: its name, and how it is usually got wrong, the likeliest first. ``shown``: it may stand in a finding;
    False for what may hold a PIN or key. ``told``: it stands among the right inputs; False for how they are worked on.
    """

    name: str
    ways: tuple[Mistake, ...] = ()
    shown: bool = True
    told: bool = True


class Gathered(NamedTuple):
    """The right ``values`` by name, and the bytes that ``came`` where ``Computation.formula`` should stand."""

    values: Values
    came: bytes


class Computation(NamedTuple):
    """A computation of the host's that a card checks.

    ``name``: its id. ``whys``: phrases of the refusals that it explains, by ``stack`` alone if it is named.
    ``gather``: the right values from the wire and the keys; None if they cannot be told. ``formula``: what a host with
    such values sends, to be compared with the end of what came. ``redundancy`` instead, for what is enciphered: how
    many bits of what came are as they must be under such values. ``tells_inputs``: whether the right inputs are told
    when no wrong one fits.
    """

    name: str
    clause: str
    whys: frozenset[str]
    inputs: tuple[Input, ...]
    gather: Callable[[Situation], Gathered | None]
    formula: Callable[[Values], bytes] | None = None
    redundancy: Callable[[Values, bytes], int] | None = None
    stack: str = ""
    tells_inputs: bool = True

    def explains(self, situation: Situation) -> bool:
        """True if it is this computation that was refused."""
        return situation.why in self.whys and self.stack in ("", situation.spot.environment)

    def agreeing(self, values: Values, came: bytes) -> int:
        """How many bits of what came speak for ``values``: all that there are, or none."""
        try:
            if self.redundancy is not None:
                return self.redundancy(values, came)
            made = self.formula(values) if self.formula is not None else b""
        except (BadKey, BadBlocks, BadPadding, ValueError, KeyError, IndexError, OverflowError):
            return 0  # nobody can compute with these
        return 8 * len(made) if made and came.endswith(made) else 0


def tried(computation: Computation, situation: Situation) -> tuple[Diagnosis, ...]:
    """Which wrong input fits: nothing if what came is right after all or the inputs cannot be told, else the first that
    is certain or all that are likely; if none fits, what the right inputs are.
    """
    gathered = computation.gather(situation)
    if gathered is None or computation.agreeing(gathered.values, gathered.came):
        return ()
    likely: list[Diagnosis] = []
    for one, kind, value in _trials(computation, situation, gathered.values):
        bits = computation.agreeing({**gathered.values, one.name: value}, gathered.came)
        if not bits:
            continue
        found = _finding(computation, gathered.values, one, kind, value, bits)
        if found.certainty is Certainty.CERTAIN:
            return (found,)
        likely.append(found)
    if likely or not computation.tells_inputs:
        return tuple(likely)
    return (_none_fits(computation, gathered.values),)


def _trials(computation: Computation, situation: Situation, right: Values) -> Iterator[tuple[Input, str, Any]]:
    left = MOST_TRIALS
    for one in computation.inputs:
        for way in one.ways:
            for value in way.wrong(right[one.name], right, situation):
                if not left:
                    return
                left -= 1
                yield one, way.kind, value


def _finding(
    computation: Computation,
    right: Values,
    one: Input,
    kind: str,
    value: Any,  # noqa: ANN401 - as in Values
    bits: int,
) -> Diagnosis:
    about: dict[str, Datum] = {"computation": computation.name, "input": one.name}
    about["inputs"] = _shown_inputs(computation, right)
    sure = Certainty.CERTAIN if bits >= CERTAIN_BITS else Certainty.LIKELY
    told = getattr(value, "told", (right[one.name], value))  # a value in another place tells the two orders
    expected, received = (_datum(each) if one.shown else None for each in told)
    return Diagnosis(kind, sure, about, expected, received, computation.clause)


def _none_fits(computation: Computation, right: Values) -> Diagnosis:
    about: dict[str, Datum] = {"computation": computation.name, "inputs": _shown_inputs(computation, right)}
    return Diagnosis(NONE_FITS, Certainty.NOTE, about, clause=computation.clause)


def _shown_inputs(computation: Computation, right: Values) -> tuple[NamedInput, ...]:
    return tuple(NamedInput(one.name, _datum(right[one.name])) for one in computation.inputs if one.shown and one.told)


def _datum(value: Any) -> Datum:  # noqa: ANN401 - as in Values
    if isinstance(value, SeenKey):
        return value.name
    return value if value is None or isinstance(value, int | str | bytes | Enum | tuple) else str(value)
