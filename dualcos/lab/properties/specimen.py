"""The card on the bench: what a property needs to know of a card, and the traffic player.

A ``Specimen`` makes benches: one per variant of its secrets (F2), each with a card, its starting image, and the two
or three sides with macros bound to that card's keys.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from apdu.command import MalformedAPDU, parse
from cos.kernel.command_rows import CommandRow
from dualcos.explain.command_names import FAMILIAR, Familiar
from dualcos.explain.raw_record import header_shown
from dualcos.explain.secret_parts import secret_parts
from dualcos.explain.trace_file_lines import dotted
from dualcos.lab.properties.counted_card import LabCard, Tally, carried_out
from dualcos.lab.properties.region_memory import Cells, Memory
from dualcos.lab.properties.traffic_steps import Cut, Do, Macro, Played, Raw, Step
from firewall.hardware.power import PowerLoss
from firewall.trace import Event, TraceBuffer

BASE, TWIN, COUNTERPART = "base", "twin", "counterpart"
_SELECT = b"\x00\xa4"
# What an environment sees of a SELECT that names another: whether it was left. The answer is the other's.
AWAY, STAYED = b"it was left", b"it was not left"


class Side(NamedTuple):
    """One environment as traffic sees it.

    ``label`` is also the region of its cells. ``enter`` selects it. ``names``, ``fids``: what leads to it from
    elsewhere (identifiers only to and from the ``root``).
    ``rows``: its command table. ``pool``: well-formed commands that hit its files. ``memory``: what its cells are.
    ``stack``: whose rows these are, where several environments have the same; else the label. ``cut``: the card's power
    can be cut at any byte it programs. ``known``: by which commands reports tell what is secret.
    """

    label: str
    enter: bytes
    names: tuple[bytes, ...]
    fids: tuple[bytes, ...]
    rows: tuple[CommandRow[Any], ...]
    pool: tuple[bytes, ...]
    macros: Mapping[str, Macro]
    memory: Memory
    root: bool = False
    stack: str = ""
    cut: bool = True
    known: Familiar = FAMILIAR

    def tagged(self, flag: str) -> tuple[Macro, ...]:
        """The macros with a flag set."""
        return tuple(macro for macro in self.macros.values() if getattr(macro, flag))


class LabBench(NamedTuple):
    """One card ready to be played with."""

    card: LabCard
    trace: TraceBuffer
    start: Any
    sides: Mapping[str, Side]

    def fresh(self) -> None:
        """Back to the starting image, powered, nothing noted."""
        self.card.rail.cut_after(None)
        self.card.restore(self.start)
        self.card.power_on()
        self.trace.take()


class Specimen(Protocol):
    """Something that can be put on the bench. ``pairs``: (f, e), f's traffic must not show in e."""

    @property
    def name(self) -> str:
        """For reports."""
        ...

    @property
    def tally(self) -> Tally:
        """What its cards have been put through so far, all variants together."""
        ...

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Ordered pairs of sides under test."""
        ...

    @property
    def variants(self) -> tuple[str, ...]:
        """Sides whose secrets can be varied (F2)."""
        ...

    def __hash__(self) -> int:
        """Its identity: what is made of a specimen is kept for it."""
        ...

    def bench(self, variant: str = BASE) -> LabBench:
        """The card with its own secrets, or with those of one side replaced; as ``twin`` the card made again, as
        ``counterpart`` with equal keys where its own differ, and the other way round.
        """
        ...


class PlayedExchange(NamedTuple):
    """One command as it happened. ``side``: current before; ``after``: current behind it; no answer: power was lost,
    ``ticks`` programmed bytes into the command. ``restarted``: "warm" or "cold" if a reset came just before.
    ``events``: what the card noted meanwhile.
    """

    side: str
    command: bytes
    answer: bytes
    after: str
    step: Step | None = None
    ticks: int = 0
    restarted: str = ""
    events: tuple[tuple[str, Event], ...] = ()

    @property
    def sw(self) -> int:
        """The status word, 0 if power was lost."""
        return int.from_bytes(self.answer[-2:], "big")

    @property
    def refused(self) -> bool:
        """True unless the command was carried out (9000, 61xx, or a warning 62xx)."""
        return bool(self.answer) and not carried_out(self.answer)


class CardDied(Exception):
    """The card's code raised something: F17 is violated, whatever was being looked at. ``record`` ends with it."""

    def __init__(self, text: str, record: Sequence[PlayedExchange]) -> None:
        super().__init__(text)
        self.record = tuple(record)


Watcher = Callable[[PlayedExchange], None]


class Player:
    """Plays steps in one environment and keeps the record. ``watch`` is called after every exchange. ``sides``: whose
    names lead away, if not those of this bench alone.
    """

    def __init__(
        self, bench: LabBench, watch: Watcher | None = None, *, sides: Mapping[str, Side] | None = None
    ) -> None:
        self.bench = bench
        self.record: list[PlayedExchange] = []
        self.events: list[tuple[str, Event]] = []
        self._watch = watch
        self._restarted = ""
        known = bench.sides if sides is None else sides
        self._names = {
            label: frozenset(name for other in known.values() if other.label != label for name in other.names)
            for label in known
        }
        self._fids = {
            label: frozenset(
                fid
                for other in known.values()
                if other.label != label and (side.root or other.root)
                for fid in other.fids
            )
            for label, side in known.items()
        }

    def enter(self, label: str) -> bytes:
        """Select an environment; the answer."""
        return self.exchange(self.bench.sides[label].enter)

    def exchange(self, command: bytes, step: Step | None = None) -> bytes:
        """One command, recorded. A power loss is answered by nothing and a power-on."""
        card = self.bench.card
        before, ticks = card.environment, card.rail.ticks
        restarted, self._restarted = self._restarted, ""
        try:
            answer = card.exchange(command)
        except PowerLoss:
            ticks = card.rail.ticks - ticks
            card.rail.cut_after(None)
            card.power_on()
            answer, self._restarted = b"", "cold"
        except Exception as error:
            self.record.append(PlayedExchange(before, command, b"", card.environment, step, 0, restarted))
            # Type only: an exception's text may quote a key or a PIN.
            raise CardDied(f"{named(command)} raised {type(error).__name__}", self.record) from error
        else:
            if len(answer) < 2:
                raise CardDied(f"{named(command)} was answered {answer.hex() or 'nothing'}", self.record)
        noted = self.bench.trace.take()
        exchange = PlayedExchange(
            before, command, answer, card.environment, step, 0 if answer else ticks, restarted, noted
        )
        self.record.append(exchange)
        self.events.extend(noted)
        if self._watch is not None:
            self._watch(exchange)
        return answer

    def play(self, label: str, steps: Iterable[Step]) -> None:
        """Play ``steps`` in ``label``; a step that leaves it is followed by re-entering it. Behind one that was to
        leave it and is refused the stay simply goes on.

        Nothing is played where it cannot be entered. Cuts are disarmed behind.
        """
        card = self.bench.card
        for step in steps if card.environment == label else ():
            if isinstance(step, Raw):
                self.exchange(step.command, step)
            elif isinstance(step, Do):
                self.macro(label, step)
            elif isinstance(step, Cut):
                card.rail.cut_after(step.ticks)
            else:
                self.restart()
            if card.environment != label:
                self.enter(label)
                if card.environment != label:  # blocked for good: whatever follows would not be its traffic
                    break
        card.rail.cut_after(None)

    def restart(self, *, cold: bool = False) -> None:
        """Warm reset, or power off and on."""
        card = self.bench.card
        card.rail.cut_after(None)
        self._restarted = "cold" if cold else "warm"
        if cold:
            card.power_off()
            card.power_on()
        else:
            card.reset()

    def macro(self, label: str, step: Do) -> bool:
        """Play one macro; True if every command of it was carried out."""
        macro = self.bench.sides[label].macros[step.macro]
        return self.drive(macro.play(step.choice), step)

    def drive(self, play: Played, step: Step | None = None) -> bool:
        """Play a dialogue to its end, or to a power loss."""
        done = True
        try:
            command = next(play)
            while True:
                answer = self.exchange(command, step)
                if not answer:
                    play.close()
                    return False
                done = answer[-2] in (0x90, 0x61, 0x6C)
                command = play.send(answer)
        except StopIteration:
            return done

    def observed(self, label: str, start: int = 0) -> list[tuple[bytes, bytes]]:
        """Commands and answers of ``label``: executed while it was current or selecting it.

        Of a SELECT that names another environment it sees only whether it was left, AWAY or STAYED: the answer is the
        other's. (That one bit is the declared channel "which environment is current"; see ``same_answers``.)
        """
        return [
            (exchange.command, self._seen(label, exchange))
            for exchange in self.record[start:]
            if label in (exchange.after if exchange.answer else exchange.side, self._left(label, exchange))
        ]

    def _seen(self, label: str, exchange: PlayedExchange) -> bytes:
        if exchange.side != label or not self._leads_away(label, exchange.command):
            return exchange.answer
        return STAYED if exchange.after == label else AWAY

    def _left(self, label: str, exchange: PlayedExchange) -> str:
        """``label`` if that is what a SELECT has led away from."""
        return exchange.side if exchange.answer and self._leads_away(label, exchange.command) else ""

    def noted(self, label: str) -> list[Event]:
        """What the environment wrote into its trace."""
        return [event for environment, event in self.events if environment == label]

    def _leads_away(self, label: str, command: bytes) -> bool:
        if command[:2] != _SELECT or len(command) < 4:
            return False
        data = data_of(command)
        if command[2] == 0x04:
            return data in self._names[label]
        return command[2] == 0x00 and data in self._fids[label]


def changed(before: Mapping[str, Cells], after: Mapping[str, Cells]) -> Iterator[tuple[str, bytes]]:
    """Which cells differ between two dumps."""
    for region in sorted(before.keys() | after.keys()):
        old, new = before.get(region, {}), after.get(region, {})
        if old != new:
            for key in sorted(old.keys() | new.keys()):
                if old.get(key) != new.get(key):
                    yield region, key


def data_of(command: bytes) -> bytes:
    """The data field, of short and extended ones; of what cannot be read that which Lc announces, if it is there."""
    try:
        return parse(command).data
    except MalformedAPDU:
        return command[5 : 5 + command[4]] if len(command) > 5 else b""


def named(command: bytes) -> str:
    """A command in a sentence: its header. The data may be a PIN; the dialogue shows what of them is none."""
    shown = header_shown(command) or "(nothing)"
    return f"a command of {len(command)} bytes" if shown.startswith("+") else shown


def show(record: Sequence[PlayedExchange]) -> str:
    """A record as text: who, command (what is secret in it masked by its row), answer."""
    lines = []
    for exchange in record:
        command = dotted(exchange.command, secret_parts(exchange.side, exchange.command).spans)
        lines.append(f"  {exchange.side:8} {command} -> {exchange.answer.hex().upper() or '(power lost)'}")
    return "\n".join(lines)
