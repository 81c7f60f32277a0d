"""A card in front of which a fault script stands: the card's own work, and what the script makes of it.

A wrapper and not a switch in the card: the card does not know. Whatever happens to it (power lost, pulled out) happens
as it would in a reader, so its memory is what it would be. Deterministic: the same script over the same commands does
the same. Every fault is noted in words, with what the card had answered where that was taken away.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import NamedTuple, NoReturn, Protocol

from apdu.link import AroundCard, SmartCard
from dualcos.explain import FAULT
from dualcos.lab.faults.bent_answers import bend
from dualcos.lab.faults.fault_kinds import Answer, Delay, Flip, Lengthen, Malform, Mute, PowerCut, Remove, Truncate
from dualcos.lab.faults.fault_script import FaultScript, Rule
from dualcos.reader.silent_card import CardGone, CardMute
from firewall.hardware.power import PowerLoss, PowerRail
from firewall.hardware.randomness import SeededRng
from firewall.trace import Noted, Trace

Pull = Callable[[float | None], None]
"""Takes the card out of its reader, at once, and puts it back after so many seconds (None: not)."""

_GET_RESPONSE = 0xC0
_CHANCES = 1 << 32


class Patient(SmartCard, Protocol):
    """A card in the laboratory's hand: says where it stands, and its power can be cut."""

    @property
    def environment(self) -> str:
        """Which environment is current; empty without power."""
        ...

    @property
    def rail(self) -> PowerRail:
        """The power rail, to arm a power loss."""
        ...


class FaultTally(NamedTuple):
    """How a rule fared: how often its command came, how often the fault was injected."""

    rule: Rule
    seen: int
    injected: int


class FaultyCard(AroundCard[Patient]):
    """``card`` as a ``SmartCard`` that follows ``script``.

    ``trace`` hears of each fault before the answer goes on; ``pull`` is the hand at the reader. Raises
    CardMute, CardGone, PowerLoss where the script says so, and whatever the card raises.
    """

    __slots__ = ("_course", "_owner", "_pull", "_silent", "_sleep", "_trace")

    def __init__(
        self,
        card: Patient,
        script: FaultScript,
        *,
        trace: Trace,
        pull: Pull,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        super().__init__(card)
        self._course = _Course(script)
        self._trace = trace
        self._pull = pull
        self._sleep = sleep
        self._silent = ""
        self._owner = b""

    @property
    def tally(self) -> tuple[FaultTally, ...]:
        """Every rule, and how it fared so far."""
        return self._course.tally

    def exchange(self, command: bytes) -> bytes:
        """The card's answer, or what the script makes of it."""
        self._demand_voice()
        due = self._course.command(command[:4], self._owner, self.card.environment)
        answer = self._unseen(due)
        if answer is not None:
            return answer
        cutting = next((rule for rule in due if getattr(rule.fault, "bytes", None) is not None), None)
        answer = self.card.exchange(command) if cutting is None else self._cut(cutting, command)
        self._owner = _owner(command, self._owner, answer)
        return self._spoilt([rule for rule in due if rule is not cutting], answer)

    def power_on(self) -> bytes:
        """As the card, unless the script says otherwise."""
        return self._start(self.card.power_on)

    def reset(self) -> bytes:
        """As the card, unless the script says otherwise."""
        return self._start(self.card.reset)

    def power_off(self) -> None:
        """As the card."""
        self._silent, self._owner = "", b""
        self.card.power_off()

    @property
    def environment(self) -> str:
        """As the card."""
        return self.card.environment

    def _start(self, action: Callable[[], bytes]) -> bytes:
        self._silent, self._owner = "", b""
        due = self._course.reset()
        self._unseen(due)
        return self._spoilt(due, action())

    def _demand_voice(self) -> None:
        if self._silent:
            self._trace.note(Noted(FAULT, f"{self._silent}: still mute, until the next reset"))
            raise CardMute(f"FAULT injected ({self._silent})")

    def _unseen(self, due: Iterable[Rule]) -> bytes | None:
        """What happens instead of the command; None: it reaches the card."""
        for rule in due:
            match rule.fault:
                case Mute(executed=False):
                    self._fall_silent(rule, "no answer; the card never saw the command")
                case Remove(executed=False, back=back):
                    self._take_out(rule, back, "pulled out; the card never saw the command")
                case Answer(executed=False, sw=sw, data=data):
                    self._injected(rule, f"{sw.upper()}; the card never saw the command")
                    return bytes.fromhex((data or "") + sw)
                case _:
                    pass
        return None

    def _cut(self, rule: Rule, command: bytes) -> bytes:
        """The card's answer to a command too short to be cut; else its power goes."""
        fault = rule.fault
        assert isinstance(fault, PowerCut | Remove)  # noqa: S101 - the kinds that have ``bytes``
        rail = self.card.rail
        rail.cut_after(fault.bytes)
        start = rail.ticks
        try:
            answer = self.card.exchange(command)
        except PowerLoss:
            text = f"lost after {fault.bytes} programmed bytes"
            if isinstance(fault, PowerCut):
                self._injected(rule, f"power {text}")
                raise
            self._take_out(rule, fault.back, f"pulled out, power {text}")
        finally:
            rail.cut_after(None)
        self._passed_by(rule, f"the command programmed only {rail.ticks - start} bytes")
        return answer

    def _spoilt(self, due: Iterable[Rule], answer: bytes) -> bytes:
        """What is made of the card's answer (or ATR)."""
        had = f"{answer[-2:].hex().upper()} and {len(answer) - 2} bytes of data"
        for rule in due:
            match rule.fault:
                case Delay(seconds=seconds):
                    self._sleep(seconds)
                    self._injected(rule, f"answered {seconds:g} s late")
                case Mute():
                    self._fall_silent(
                        rule, "no answer to the reset" if rule.event == "reset" else f"no answer; it was {had}"
                    )
                case Remove(back=back):
                    self._take_out(
                        rule, back, "pulled out" if rule.event == "reset" else f"pulled out; the answer was {had}"
                    )
                case Answer() | Truncate() | Flip() | Lengthen() | Malform() as fault:
                    bent = bend(fault, answer, self._course.stream(rule))
                    if bent is None:
                        self._passed_by(rule, f"{had} give no occasion")
                    else:
                        answer = bent.answer
                        self._injected(rule, bent.text)
                case PowerCut():
                    pass
        return answer

    def _fall_silent(self, rule: Rule, text: str) -> NoReturn:
        self._injected(rule, text)
        self._silent = rule.name
        raise CardMute(f"FAULT injected ({rule.name})")

    def _take_out(self, rule: Rule, back: float | None, text: str) -> NoReturn:
        self._injected(rule, text + (f", back in {back:g} s" if back is not None else ""))
        self._pull(back)
        raise CardGone(f"FAULT injected ({rule.name})")

    def _injected(self, rule: Rule, text: str) -> None:
        self._course.injected(rule)
        self._trace.note(Noted(FAULT, f"{rule.name}: {text}"))

    def _passed_by(self, rule: Rule, text: str) -> None:
        self._trace.note(Noted("FAULT not injected", f"{rule.name}: {text}"))


class _Course:
    """How far a script has run."""

    def __init__(self, script: FaultScript) -> None:
        self._rules = tuple(script.rules)
        self._seen = dict.fromkeys((rule.name for rule in self._rules), 0)
        self._done = dict(self._seen)
        root = SeededRng(f"faults {script.seed}".encode())
        self._streams = {rule.name: root.fork(rule.name) for rule in self._rules}

    @property
    def tally(self) -> tuple[FaultTally, ...]:
        return tuple(FaultTally(rule, self._seen[rule.name], self._done[rule.name]) for rule in self._rules)

    def command(self, header: bytes, owner: bytes, environment: str) -> list[Rule]:
        """The rules due at a command. ``owner``: header of the command whose data wait to be fetched."""
        fetching = header[1:2] == bytes((_GET_RESPONSE,)) and bool(owner)
        return self._due(
            rule
            for rule in self._rules
            if rule.event == "command"
            and rule.environment in (None, environment)
            and rule.fetched <= fetching
            and len(header) == 4
            and rule.fits(owner if rule.fetched else header)
        )

    def reset(self) -> list[Rule]:
        """The rules due at a reset."""
        return self._due(rule for rule in self._rules if rule.event == "reset")

    def stream(self, rule: Rule) -> SeededRng:
        return self._streams[rule.name]

    def injected(self, rule: Rule) -> None:
        self._done[rule.name] += 1

    def _due(self, fitting: Iterable[Rule]) -> list[Rule]:
        due = []
        for rule in fitting:
            self._seen[rule.name] += 1
            if rule.due(self._seen[rule.name]) and self._happens(rule):
                due.append(rule)
        return due

    def _happens(self, rule: Rule) -> bool:
        drawn = int.from_bytes(self.stream(rule).bytes(4), "big") if rule.chance < 1 else 0
        return drawn < rule.chance * _CHANCES


def _owner(command: bytes, owner: bytes, answer: bytes) -> bytes:
    """Header of the command whose data wait for GET RESPONSE after this answer; empty: none do."""
    if command[1:2] == bytes((_GET_RESPONSE,)):
        # Fetched whole, or there was nothing; refused otherwise, by class or length, it leaves waiting what waits.
        return b"" if answer[-2] in (0x90, 0x6F) else owner
    # A warning goes out bare at T=0, its data wait too (JR/T 0025.3 annex A.7).
    return command[:4] if answer[-2] == 0x61 or (answer[-2] == 0x62 and len(answer) == 2) else b""
