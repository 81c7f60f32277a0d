"""Playing vectors: send, compare, judge.

A failing setup gives *inconclusive*: the card was never in the situation that is judged. So does a hand that does not
compute. Commands travel as through a terminal's driver: 61xx is fetched and 6Cxx repeated, except where the expectation
names 61 or 6C.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import Enum
from typing import NamedTuple, Protocol

from msgspec import structs

from apdu.link import SmartCard, fetched
from dualcos.explain.secret_parts import secret_parts
from dualcos.explain.trace_file_lines import dotted
from dualcos.explain.traced_card import OverheardCard
from dualcos.lab.conformance import answer_pattern, command_template, template_functions
from dualcos.lab.conformance.answer_pattern import PatternError
from dualcos.lab.conformance.applying import NotForThisCard
from dualcos.lab.conformance.attended_steps import HandAtReader, NotPulledError, prompt, question, wrong_answer
from dualcos.lab.conformance.card_on_bench import Dump, Target
from dualcos.lab.conformance.command_template import Bound, Call, TemplateError
from dualcos.lab.conformance.memory_compared import moved, torn
from dualcos.lab.conformance.vector_file import Case, VectorError
from dualcos.lab.conformance.vector_schema import Expect, VectorOperator, VectorPull, VectorState, VectorStep
from dualcos.lab.conformance.who_computes import HandRefused
from dualcos.lab.operator_steps.desk import NEEDS_OPERATOR, NobodyThereError, OperatorDesk, Unattended
from dualcos.reader.silent_card import CardGone, CardMute
from firewall.hardware.power import PowerLoss

_MOST_CUTS = 4096
_NOT_CUT = "the command was over before the byte at which its power was to end"
_NOBODY = "nobody is there to answer or to take the card out; nothing was sent"
_CUT_SHORT = f"the command programs more than {_MOST_CUTS} bytes, and was not cut at those behind"

Witness = Callable[[str, bytes, int], None]
"""Told of each step that was judged right: environment, command, status word."""


class VectorVerdict(Enum):
    """What a vector says of a card."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"
    NOT_APPLICABLE = "not-applicable"


class VectorResult(NamedTuple):
    """``where``: the step that decided; ``text``: what was expected and what came; ``requirement`` it decides.
    ``kind``: why it does not apply or was not judged, in words that all have which are not for the like of it.
    """

    case: Case
    verdict: VectorVerdict
    where: str = ""
    text: str = ""
    requirement: str = ""
    kind: str = ""


class VectorTable(Protocol):
    """Where cards come from: a bench."""

    def target(self, case: Case) -> Target:
        """The card for ``case``."""
        ...


class NoAnswerError(Exception):
    """A card in this process said nothing, as a card in a reader may; the text says how."""


class _Differs(Exception):
    """An answer is none of those that are right."""

    def __init__(self, text: str, requirement: str) -> None:
        super().__init__(text)
        self.requirement = requirement


def play_all(cases: Iterable[Case], bench: VectorTable, witness: Witness | None = None) -> Iterator[VectorResult]:
    """Play every vector. Raises VectorError, ProfileError where one cannot be used."""
    for case in cases:
        yield play(case, bench, witness)


def play(case: Case, bench: VectorTable, witness: Witness | None = None) -> VectorResult:
    """Play one vector. Raises VectorError, ProfileError."""
    try:
        target = bench.target(case)
    except NotForThisCard as why:
        return VectorResult(case, VectorVerdict.NOT_APPLICABLE, text=str(why), kind=why.kind)
    except HandRefused as refused:
        return VectorResult(case, VectorVerdict.INCONCLUSIVE, "before power-on", str(refused))
    if case.attended and not (target.operator is not None and target.operator.attended):
        return VectorResult(case, VectorVerdict.INCONCLUSIVE, text=_NOBODY, kind=NEEDS_OPERATOR)
    strides = [step.cut.stride for step in case.vector.steps if step.cut is not None and step.cut.tick == "each"]
    whole: Dump = {}
    if any(step.state is not None and step.state.atomic for step in (*case.vector.steps, *case.vector.after)):
        uncut = _Run(case, target, None, None)
        result = uncut.play()
        if result.verdict is not VectorVerdict.PASS:
            return result
        whole = uncut.after_cut
    asked: list[object] = []
    for tick in range(0, _MOST_CUTS, min(strides)) if strides else (0,):
        run = _Run(case, target, tick, witness, whole, asked)
        result = run.play()
        if result.verdict is not VectorVerdict.PASS or (strides and not run.lost_power):
            return result
        if not run.lost_power and any(step.cut is not None for step in case.vector.steps) and target.lab is not None:
            return result._replace(verdict=VectorVerdict.INCONCLUSIVE, text=_NOT_CUT)
    return result._replace(verdict=VectorVerdict.INCONCLUSIVE, text=_CUT_SHORT) if strides else result


class _Run:
    """One vector played once. ``tick``: where the power of a step with cut "each" ends; None: nothing is cut at all.
    ``whole``: all memory behind that step where it was not cut. ``asked``: over which cards other runs have sent the
    step that is sent ``once``, and were answered right.
    """

    def __init__(
        self,
        case: Case,
        target: Target,
        tick: int | None,
        witness: Witness | None,
        whole: Dump | None = None,
        asked: list[object] | None = None,
    ) -> None:
        self._case = case
        lab = target.lab
        self._card: SmartCard = target.card if lab is None else OverheardCard(target.card, lab.hear)
        self._target = target
        self._tick = tick
        self._witness = witness if target.lab is not None else None
        self._known: dict[str, bytes | Bound] = {}
        self._desk: OperatorDesk = target.operator or Unattended()
        self._hand = HandAtReader(
            case.id,
            self._desk,
            power_on=self._power_on_by_hand,
            power_off=target.card.power_off,
            answered=lambda: len(self._answers),
        )
        self._where = ""
        self._answers: list[bytes] = []  # since power-on
        self._asked = [] if asked is None else asked
        self._before: Dump = {}
        self._whole: Dump = whole or {}
        self._before_cut: Dump = {}
        self.after_cut: Dump = {}
        self.lost_power = False

    def play(self) -> VectorResult:
        """Setup, steps, what is looked at afterwards. An operator leaves the card where the next vector finds it."""
        result = self._played()
        self._hand.leave()
        return result

    def _played(self) -> VectorResult:
        case, lab = self._case, self._target.lab
        if lab is not None:
            lab.begin(case.vector.random)
        try:
            self._known["atr"] = self._power_on()
        except _Differs as difference:
            return VectorResult(case, VectorVerdict.INCONCLUSIVE, "power-on", str(difference))
        parts = (
            ("setup", case.setup, VectorVerdict.INCONCLUSIVE),
            ("steps", case.vector.steps, VectorVerdict.FAIL),
            ("after", case.vector.after, VectorVerdict.FAIL),
        )
        for name, steps, verdict in parts:
            if name == "steps" and lab is not None:
                self._before = lab.dump()
            for number, step in enumerate(steps):
                where = f"{name}[{number}]" + (f" {step.label}" if step.label else "")
                if step.cut is not None and step.cut.tick == "each":
                    where += f", cut at tick {self._tick}"
                self._where = where
                try:
                    self._step(step, self._known, counts=name != "setup")
                except _Differs as difference:
                    whole = ", ".join(case.requirements) if verdict is VectorVerdict.FAIL else ""
                    return VectorResult(case, verdict, where, str(difference), difference.requirement or whole)
                except NobodyThereError as nobody:
                    return VectorResult(case, VectorVerdict.INCONCLUSIVE, where, str(nobody), kind=NEEDS_OPERATOR)
                except NotPulledError as pulled:
                    return VectorResult(case, VectorVerdict.INCONCLUSIVE, where, str(pulled))
                except HandRefused as refused:  # whoever computes is at fault, not the card
                    return VectorResult(case, VectorVerdict.INCONCLUSIVE, where, str(refused))
                except (TemplateError, PatternError) as error:
                    raise VectorError(f"{case.path}: {case.id}.{where}: {error}") from None
        return VectorResult(case, VectorVerdict.PASS)

    # --- steps -------------------------------------------------------------------------------------------------

    def _step(self, step: VectorStep, scope: command_template.Scope, *, counts: bool) -> None:
        if step.when and not any(self._value(step.when, scope)):
            return
        for nth in range(1, self._times(step, scope) + 1):
            if step.times:
                self._known["nth"] = bytes((nth,))
            self._once(step, scope, counts=counts)

    def _times(self, step: VectorStep, scope: command_template.Scope) -> int:
        if not step.times:
            return 1
        return int.from_bytes(self._value(step.times, scope), "big")

    def _value(self, expression: str, scope: command_template.Scope) -> bytes:
        return template_functions.value(command_template.parse(expression), scope, self._target.hand)

    def _once(self, step: VectorStep, scope: command_template.Scope, *, counts: bool) -> None:
        if step.routine is not None:
            self._routine(step.routine, scope)
        elif step.reset is not None:
            atr = self._power_on() if step.reset == "cold" else _alive("reset", self._card.reset)
            self._known["atr"] = atr
            self._judge(step, step.alternatives(), scope, "reset", atr, None)
        elif step.damage is not None:
            if self._target.lab is not None:
                self._target.lab.damage(step.damage)
        elif step.state is not None:
            self._compare(step.state, step.requirement)
        elif step.operator is not None:
            self._ask(step.operator, scope, step.requirement)
        elif step.pull is not None:
            self._pull_out(step.pull, scope)
        else:
            self._send(step, scope, counts=counts)

    def _routine(self, text: str, scope: command_template.Scope) -> None:
        called = command_template.parse(text)
        name, args = (called.name, called.args) if isinstance(called, Call) else (called, ())
        routine = self._case.routines[name]
        parameters: dict[str, bytes | Bound] = {n: Bound(a, scope) for n, a in zip(routine.params, args, strict=True)}
        inner = ChainMap(parameters, self._known)
        for step in routine.steps:
            self._step(step, inner, counts=False)

    def _power_on(self) -> bytes:
        return _alive("power-on", self._switch_on)

    def _switch_on(self) -> bytes:
        self._answers.clear()
        return self._card.power_on()

    # --- what an operator does ---------------------------------------------------------------------------------

    def _ask(self, asked: VectorOperator, scope: command_template.Scope, requirement: str) -> None:
        words = prompt(asked, scope, self._target.hand)
        if asked.act is not None:
            self._hand.act(asked.act, self._where, words)
            return
        wrong = wrong_answer(asked, self._desk.answer(question(self._case.id, self._where, asked, words)))
        if wrong:
            raise _Differs(wrong, requirement)

    def _pull_out(self, pull: VectorPull, scope: command_template.Scope) -> None:
        words = prompt(pull, scope, self._target.hand)

        def send(number: int) -> None:
            self._known["round"] = number.to_bytes(2, "big")
            self._target.another_round()
            for step in pull.send:
                try:
                    self._step(step, scope, counts=False)
                except _Differs as difference:
                    if isinstance(difference.__cause__, CardGone | CardMute):
                        raise difference.__cause__ from None
                    raise

        self._hand.pull_out(pull.rounds, self._where, words, send)

    def _power_on_by_hand(self) -> None:
        self._known["atr"] = self._switch_on()

    # --- commands ----------------------------------------------------------------------------------------------

    def _send(self, step: VectorStep, scope: command_template.Scope, *, counts: bool) -> None:
        command = template_functions.fill(step.send or "", scope, self._target.hand)
        alternatives = tuple(self._filled(wanted, scope) for wanted in step.alternatives())
        masks = tuple(mask for wanted in alternatives for mask in wanted.masks)
        lab = self._target.lab
        before = lab.environment if lab is not None else ""
        standing = (lab.standing(), tuple(self._answers)) if step.once and lab is not None else None
        if standing in self._asked:
            return
        if step.cut is not None and lab is not None:
            self._before_cut = lab.dump()
            if self._tick is not None:
                lab.cut_after(self._tick if step.cut.tick == "each" else step.cut.tick)
        try:
            answer = _alive(shown(command), lambda: exchange(self._card, command, masks), step.requirement)
        except PowerLoss:
            if step.cut is None:
                raise
            self.lost_power = True
            self._known["atr"] = self._power_on()
            return
        finally:
            if step.cut is not None and lab is not None:
                lab.cut_after(None)
                self.after_cut = lab.dump()
        self._answers.append(answer)
        sw = int.from_bytes(answer[-2:], "big")
        self._judge(step, alternatives, scope, shown(command), answer[:-2], sw)
        if standing is not None:
            self._asked.append(standing)
        if counts and masks and self._witness is not None and lab is not None:
            # A SELECT that was taken is the command of the environment it leads to.
            self._witness(lab.environment if command[1:2] == b"\xa4" and sw == 0x9000 else before, command, sw)

    # --- judging -----------------------------------------------------------------------------------------------

    def _filled(self, wanted: Expect, scope: command_template.Scope) -> Expect:
        """With status words in place of expressions."""
        if not any(mask.startswith("{") for mask in wanted.masks):
            return wanted
        hand = self._target.hand
        words = [template_functions.fill(mask, scope, hand).hex() if mask[0] == "{" else mask for mask in wanted.masks]
        return structs.replace(wanted, sw=[word.upper() for word in words])

    def _judge(
        self,
        step: VectorStep,
        alternatives: tuple[Expect, ...],
        scope: command_template.Scope,
        sent: str,
        data: bytes,
        sw: int | None,
    ) -> None:
        if not alternatives:
            return
        for wanted in alternatives:
            found = self._fits(wanted, scope, data, sw)
            if found is not None:
                self._known.update(found)
                self._known.update({name: self._value(text, scope) for name, text in wanted.keep.items()})
                return
        came = data.hex().upper() if sw is None else f"{sw:04X} {data.hex().upper()}".strip()
        text = f"{sent} expected {' or '.join(described(each) for each in alternatives)}, came {came}"
        reason = self._target.lab.reasons() if self._target.lab is not None else ""
        raise _Differs(f"{text} ({reason})" if reason else text, step.requirement)

    def _fits(
        self, wanted: Expect, scope: command_template.Scope, data: bytes, sw: int | None
    ) -> Mapping[str, bytes] | None:
        if sw is not None and not any(answer_pattern.sw_fits(mask, sw) for mask in wanted.masks):
            return None

        def evaluate(expression: str, kept: Mapping[str, bytes]) -> bytes:
            return template_functions.value(command_template.parse(expression), {**scope, **kept}, self._target.hand)

        captured: dict[str, bytes] = {}
        pairs = [(wanted.data, data)] if wanted.data is not None else []
        for path, text in wanted.tlv.items():
            value = answer_pattern.tlv_at(data, path)
            if value is None and not path.endswith("?"):
                return None
            if value is not None:
                pairs.append((text, value))
        for text, value in pairs:
            found = answer_pattern.match(text or "", value, evaluate)
            if found is None:
                return None
            captured.update(found)
        return captured

    def _compare(self, state: VectorState, requirement: str) -> None:
        """White box; a card in a reader is not asked."""
        lab = self._target.lab
        if lab is None:
            return
        stacks = self._target.stacks
        now = lab.dump()
        for difference in moved(state, self._before, now, stacks):
            raise _Differs(difference, requirement)
        if self._tick is not None:
            for difference in torn(state, now, (self._before_cut, self._whole), stacks):
                raise _Differs(difference, requirement)


def _alive(sent: str, act: Callable[[], bytes], requirement: str = "") -> bytes:
    """What the card answers. Whatever it is sent, a card answers; in process it may die instead, which is judged."""
    try:
        return act()
    except (OSError, RuntimeError):  # the reader or the way to it, not the card
        raise
    except NoAnswerError as silence:
        raise _Differs(f"{sent} was not answered: {silence}", requirement) from None
    except Exception as bug:
        raise _Differs(f"{sent} killed the card: {type(bug).__name__}", requirement) from bug


def exchange(card: SmartCard, command: bytes, masks: Iterable[str] = ()) -> bytes:
    """One command as a terminal's driver sends it; what ``masks`` name of 61xx and 6Cxx is left as it came."""
    kept = {mask[:2].upper() for mask in masks}
    answer = card.exchange(command)
    if answer[-2] == 0x6C and "6C" not in kept and len(command) in (4, 5):
        answer = card.exchange(command[:4] + answer[-1:])
    return answer if "61" in kept else fetched(card, answer)


def shown(command: bytes) -> str:
    """A command for a report: in groups, as it went out, with dots for what is secret."""
    digits = dotted(command, secret_parts(None, command).spans)
    return " ".join(part for part in (digits[:8], digits[8:10], digits[10:]) if part)


def described(wanted: Expect) -> str:
    """An alternative for a report."""
    tlv = ", ".join(f"{path}={text}" for path, text in wanted.tlv.items())
    return " ".join(part for part in ("/".join(wanted.masks), wanted.data or "", tlv) if part)
