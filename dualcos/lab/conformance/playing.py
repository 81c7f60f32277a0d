"""Playing vectors: send, compare, judge.

A failing setup gives *inconclusive*: the card was never in the situation that is judged. So does a hand that does not
compute, and an expression that gives nothing with what it is given. Commands travel as through a terminal's driver:
61xx is fetched and 6Cxx repeated, except where the expectation names 61 or 6C.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import Enum
from typing import NamedTuple, Protocol

from apdu.link import SmartCard
from dualcos.explain.control_characters import in_one_line
from dualcos.explain.raw_record import RawRecord
from dualcos.explain.traced_card import OverheardCard
from dualcos.lab.conformance import command_template, template_functions
from dualcos.lab.conformance.answer_pattern import PatternError
from dualcos.lab.conformance.answer_plan import AnswerPlan, plan_of
from dualcos.lab.conformance.applying import NotForThisCard
from dualcos.lab.conformance.attended_steps import HandAtReader, NotPulledError, prompt, question, wrong_answer
from dualcos.lab.conformance.card_on_bench import Dump, Target
from dualcos.lab.conformance.command_template import Bound, TemplateError, bound, called
from dualcos.lab.conformance.judged_answers import (
    UNTOLD,
    Differs,
    WrongAnswer,
    alive,
    came_instead,
    exchanged,
    fitting,
)
from dualcos.lab.conformance.memory_compared import moved, torn
from dualcos.lab.conformance.sitting import ReachedPlace, Sitting, Witnessed
from dualcos.lab.conformance.vector_file import Case, VectorError
from dualcos.lab.conformance.vector_schema import VectorCut, VectorOperator, VectorPull, VectorState, VectorStep
from dualcos.lab.conformance.who_computes import HandRefused
from dualcos.lab.operator_steps.desk import NEEDS_OPERATOR, NobodyThereError, OperatorDesk, Unattended
from dualcos.reader.silent_card import CardMute
from firewall.hardware.power import PowerLoss

_MOST_CUTS = 4096
_MOST_STEPS = 100_000
_WORD = 2
_MOST_TIMES = 0xFF  # ``nth`` is one byte
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
    ``answer``: the one that decided, if one did.
    """

    case: Case
    verdict: VectorVerdict
    where: str = ""
    text: str = ""
    requirement: str = ""
    kind: str = ""
    answer: WrongAnswer | None = None


class VectorTable(Protocol):
    """Where cards come from: a bench."""

    def target(self, case: Case) -> Target:
        """The card for ``case``."""
        ...


def play_all(cases: Iterable[Case], bench: VectorTable, witness: Witness | None = None) -> Iterator[VectorResult]:
    """Play every vector, in one sitting. Raises VectorError, ProfileError where one cannot be used."""
    cases = tuple(cases)
    sitting = Sitting(cases)
    for case in cases:
        yield play(case, bench, witness, sitting)


def play(
    case: Case, bench: VectorTable, witness: Witness | None = None, sitting: Sitting | None = None
) -> VectorResult:
    """Play one vector. Raises VectorError, ProfileError. ``sitting``: what those before it have found out."""
    try:
        target = bench.target(case)
    except NotForThisCard as why:
        return VectorResult(case, VectorVerdict.NOT_APPLICABLE, text=str(why), kind=why.kind)
    except HandRefused as refused:
        return VectorResult(case, VectorVerdict.INCONCLUSIVE, "before power-on", str(refused))
    if case.attended and not (target.operator is not None and target.operator.attended):
        return VectorResult(case, VectorVerdict.INCONCLUSIVE, text=_NOBODY, kind=NEEDS_OPERATOR)
    strides = [step.cut.stride for step in case.vector.steps if step.cut is not None and step.cut.tick == "each"]
    runs = _Runs(sitting)
    if any(step.state is not None and step.state.atomic for step in (*case.vector.steps, *case.vector.after)):
        uncut = _Run(case, target, None, None, runs)
        result = uncut.play()
        if result.verdict is not VectorVerdict.PASS:
            return result
        runs.whole = uncut.after_cut
    for tick in range(0, _MOST_CUTS, min(strides)) if strides else (0,):
        run = _Run(case, target, tick, witness, runs)
        result = run.play()
        if result.verdict is not VectorVerdict.PASS or (strides and not run.lost_power):
            return result
        if not run.lost_power and any(step.cut is not None for step in case.vector.steps) and target.lab is not None:
            return result._replace(verdict=VectorVerdict.INCONCLUSIVE, text=_NOT_CUT)
    return result._replace(verdict=VectorVerdict.INCONCLUSIVE, text=_CUT_SHORT) if strides else result


class _Runs:
    """What the runs of one vector tell each other. ``whole``: all memory behind the step that is cut where it was not.
    ``asked``: over which cards the step that is sent ``once`` was sent, and answered right. ``uncut``: where the first
    step that is cut finds the card, which is the same in every run. ``stops``: before which steps others want to find
    it, by the sitting's numbers. ``judged``: cards that lost power in the last such
    step and were right in all that follows, and what witnesses were told of that.
    """

    def __init__(self, sitting: Sitting | None) -> None:
        self.sitting = sitting
        self.whole: Dump = {}
        self.asked: list[object] = []
        self.uncut: ReachedPlace | None = None
        self.stops: Mapping[int, int] | None = None
        self.judged: list[tuple[object, tuple[Witnessed, ...]]] = []
        self._plans: dict[int, tuple[VectorStep, AnswerPlan]] = {} if sitting is None else sitting.plans

    def plan(self, step: VectorStep) -> AnswerPlan:
        """Which answers to ``step`` are right."""
        known = self._plans.get(id(step))
        if known is None:
            known = self._plans[id(step)] = step, plan_of(step)
        return known[1]


class _Run:
    """One vector played once. ``tick``: where the power of a step with cut "each" ends; None: nothing is cut at all."""

    def __init__(self, case: Case, target: Target, tick: int | None, witness: Witness | None, runs: _Runs) -> None:
        self._case = case
        self._runs = runs
        lab = target.lab
        self._heard: list[RawRecord] = []  # of a card in a reader, since power-on; one in process hears by itself
        self._card: SmartCard = OverheardCard(target.card, self._heard.append if lab is None else lab.hear)
        # Where nobody has put anything around the card: it is left standing, and goes on from there in other runs.
        self._standing = lab if lab is not None and lab.has_bare(target.card) else None
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
        self._before: Dump = {}
        self._before_cut: Dump = {}
        self._from = -1  # the place it went on from
        self._lost: VectorStep | None = None  # the step in which it lost power last
        self._left: tuple[object, Mapping[str, bytes | Bound]] | None = None  # how that left the card
        self._told: list[Witnessed] = []
        self._told_before = 0  # of these, before that
        self._steps = 0
        self.after_cut: Dump = {}
        self.lost_power = False

    def play(self) -> VectorResult:
        """Setup, steps, what is looked at afterwards. An operator leaves the card where the next vector finds it."""
        result = self._played()
        self._hand.leave()
        self._target.over()
        return result

    def _played(self) -> VectorResult:
        case = self._case
        setup, steps = case.setup, case.vector.steps
        every = (*setup, *steps, *case.vector.after)
        cuts = [at for at, step in enumerate(every) if step.cut is not None and at >= len(setup)]
        try:
            begun = self._begun()
        except Differs as difference:
            return VectorResult(case, VectorVerdict.INCONCLUSIVE, "power-on", str(difference))
        for at in range(begun, len(every) + 1):
            if at == len(setup) and self._target.lab is not None:
                self._before = self._target.lab.dump()
            self._leave_standing(at, cuts)
            if at == len(every):
                break
            name, number = ("setup", at) if at < len(setup) else ("steps", at - len(setup))
            if number >= len(steps) and name == "steps":
                name, number = "after", number - len(steps)
            failed = self._judged(every[at], name, number)
            if failed is not None:
                return failed
            if cuts and at == cuts[-1] and self._lost is every[at] and self._judged_before():
                break
        if self._left is not None:
            self._runs.judged.append((self._left, tuple(self._told[self._told_before :])))
        return VectorResult(case, VectorVerdict.PASS)

    def _judged(self, step: VectorStep, name: str, number: int) -> VectorResult | None:
        """None if it is right."""
        case = self._case
        where = f"{name}[{number}]" + (f" {step.label}" if step.label else "")
        if step.cut is not None and step.cut.tick == "each":
            where += f", cut at tick {self._tick}"
        self._where = where
        verdict = VectorVerdict.INCONCLUSIVE if name == "setup" else VectorVerdict.FAIL
        try:
            self._step(step, self._known, counts=name != "setup")
        except Differs as difference:
            whole = ", ".join(case.requirements) if verdict is VectorVerdict.FAIL else ""
            decided = difference.requirement or whole
            return VectorResult(case, verdict, where, str(difference), decided, answer=difference.answer)
        except NobodyThereError as nobody:
            return VectorResult(case, VectorVerdict.INCONCLUSIVE, where, str(nobody), kind=NEEDS_OPERATOR)
        except NotPulledError as pulled:
            return VectorResult(case, VectorVerdict.INCONCLUSIVE, where, str(pulled))
        except HandRefused as refused:  # whoever computes is at fault, not the card
            return VectorResult(case, VectorVerdict.INCONCLUSIVE, where, str(refused))
        except (TemplateError, PatternError) as error:  # the vector is at fault, or what it is computed from
            return VectorResult(case, VectorVerdict.INCONCLUSIVE, where, in_one_line(str(error)))
        except VectorError as error:  # what the white box has not
            raise VectorError(f"{case.path}: {case.id}.{where}: {error}") from None
        return None

    # --- where a card was left standing ------------------------------------------------------------------------

    def _begun(self) -> int:
        """Begin; before which step: the first, or the one before which this card was left standing on the same way."""
        lab, runs = self._standing, self._runs
        place = runs.uncut
        if place is None and lab is not None and runs.sitting is not None and runs.stops is None:
            place, runs.stops = runs.sitting.reached(self._case, lab), runs.sitting.stops(self._case)
        if place is not None and lab is not None:
            lab.go_on(place.card)
            self._known.update(place.known)
            self._answers += place.answers
            self._before, self._from = place.before, place.at
            for told in place.told:
                self._tell(told)
            return place.at
        if self._target.lab is not None:
            self._target.lab.begin(self._case.vector.random)
        self._known["atr"] = self._power_on()
        return 0

    def _leave_standing(self, at: int, cuts: list[int]) -> None:
        """Leave the card standing before step ``at`` if others go on from there."""
        lab, runs, sitting = self._standing, self._runs, self._runs.sitting
        if lab is None or at <= self._from:
            return
        cut, number = at in cuts[:1] and runs.uncut is None, (runs.stops or {}).get(at)
        if cut or number is not None:
            told = tuple(self._told)
            place = ReachedPlace(at, lab.standstill(), self._known.copy(), tuple(self._answers), self._before, told)
            if cut:
                runs.uncut = place
            if sitting is not None and number is not None:
                sitting.leads(number, lab, place)

    def _judged_before(self) -> bool:
        """True if a card that lost power was left as this one is, and was right in all that follows."""
        if self._standing is None:
            return False
        left = self._standing.standing(), self._known.copy()
        seen = next((seen for known, seen in self._runs.judged if known == left), None)
        if seen is None:
            self._left, self._told_before = left, len(self._told)
            return False
        for each in seen:
            self._tell(each)
        return True

    def _tell(self, seen: Witnessed, *, once: bool = False) -> None:
        if self._witness is not None:
            self._witness(*seen)
        if not once:  # who comes to the same card later does not ask it again
            self._told.append(seen)

    # --- steps -------------------------------------------------------------------------------------------------

    def _step(self, step: VectorStep, scope: command_template.Scope, *, counts: bool) -> None:
        if not step.when and not step.times:
            self._once(step, scope, counts=counts)
            return
        if step.when and not any(self._value(step.when, scope)):
            return
        for nth in range(1, self._times(step, scope) + 1):
            if step.times:
                self._known["nth"] = bytes((nth,))
            self._once(step, scope, counts=counts)

    def _times(self, step: VectorStep, scope: command_template.Scope) -> int:
        if not step.times:
            return 1
        times = int.from_bytes(self._value(step.times, scope), "big")
        if times > _MOST_TIMES:
            raise TemplateError(f"{step.times} comes to more than {_MOST_TIMES} times")
        return times

    def _value(self, expression: str, scope: command_template.Scope) -> bytes:
        return template_functions.value(command_template.parse(expression), scope, self._target.hand)

    def _once(self, step: VectorStep, scope: command_template.Scope, *, counts: bool) -> None:
        self._steps += 1
        if self._steps > _MOST_STEPS:
            raise TemplateError(f"with its routines and times it comes to more than {_MOST_STEPS} steps")
        if step.send is not None:
            self._send(step, step.send, scope, counts=counts)
        elif step.routine is not None:
            self._routine(step.routine, scope)
        elif step.reset is not None:
            atr = self._power_on() if step.reset == "cold" else alive("reset", self._card.reset)
            self._known["atr"] = atr
            self._judge(step, self._runs.plan(step), scope, "reset", atr, None)
        elif step.damage is not None:
            if self._target.lab is not None:
                self._target.lab.damage(step.damage)
        elif step.state is not None:
            self._compare(step.state, step.requirement)
        elif step.operator is not None:
            self._ask(step.operator, scope, step.requirement)
        elif step.pull is not None:
            self._pull_out(step.pull, scope)

    def _routine(self, text: str, scope: command_template.Scope) -> None:
        name, args = called(text)
        routine = self._case.routines[name]
        parameters: dict[str, bytes | Bound] = {n: bound(a, scope) for n, a in zip(routine.params, args, strict=True)}
        inner = command_template.Within(parameters, self._known)
        for step in routine.steps:
            self._step(step, inner, counts=False)

    def _power_on(self) -> bytes:
        return alive("power-on", self._switch_on)

    def _switch_on(self) -> bytes:
        self._answers.clear()
        self._heard.clear()
        return self._card.power_on()

    # --- what an operator does ---------------------------------------------------------------------------------

    def _ask(self, asked: VectorOperator, scope: command_template.Scope, requirement: str) -> None:
        words = prompt(asked, scope, self._target.hand)
        if asked.act is not None:
            self._hand.act(asked.act, self._where, words)
            return
        wrong = wrong_answer(asked, self._desk.answer(question(self._case.id, self._where, asked, words)))
        if wrong:
            raise Differs(wrong, requirement)

    def _pull_out(self, pull: VectorPull, scope: command_template.Scope) -> None:
        words = prompt(pull, scope, self._target.hand)

        def send(number: int) -> None:
            self._known["round"] = number.to_bytes(2, "big")
            self._target.another_round()
            for step in pull.send:
                try:
                    self._step(step, scope, counts=False)
                except Differs as difference:
                    if isinstance(difference.__cause__, CardMute):
                        raise difference.__cause__ from None
                    raise

        self._hand.pull_out(pull.rounds, self._where, words, send)

    def _power_on_by_hand(self) -> None:
        self._known["atr"] = self._switch_on()

    # --- commands ----------------------------------------------------------------------------------------------

    def _send(self, step: VectorStep, template: str, scope: command_template.Scope, *, counts: bool) -> None:
        command = template_functions.fill(template, scope, self._target.hand)
        plan = self._runs.plan(step)
        if plan.computed:
            plan = plan.filled(lambda mask: self._word(mask, scope))
        lab, seen = self._target.lab, counts and plan.asks
        before = lab.environment if lab is not None and seen else ""
        standing = (lab.standing(), tuple(self._answers)) if step.once and lab is not None else None
        if standing in self._runs.asked:
            return
        answer = self._answered(step, command, plan) if step.cut is None else self._cut(step, step.cut, command, plan)
        if answer is None:
            return
        self._answers.append(answer)
        sw = answer[-2] << 8 | answer[-1]
        self._judge(step, plan, scope, command, answer[:-2], sw)
        if standing is not None:
            self._runs.asked.append(standing)
        if seen and lab is not None:
            # A SELECT that was taken is the command of the environment it leads to.
            place = lab.environment if command[1:2] == b"\xa4" and sw == 0x9000 else before
            self._tell(Witnessed(place, command, sw), once=step.once)

    def _word(self, mask: str, scope: command_template.Scope) -> str:
        """The status word that an expression gives."""
        word = template_functions.fill(mask, scope, self._target.hand)
        if len(word) != _WORD:
            raise TemplateError(f"{mask} gives {len(word)} bytes: no status word")
        return word.hex()

    def _answered(self, step: VectorStep, command: bytes, plan: AnswerPlan) -> bytes:
        def act() -> bytes:
            return exchanged(self._card, command, plan)

        return alive(command, act, step.requirement, plan)

    def _cut(self, step: VectorStep, cut: VectorCut, command: bytes, plan: AnswerPlan) -> bytes | None:
        """The answer to a command whose power ends; None if it did."""
        lab = self._target.lab
        if lab is None:
            return self._answered(step, command, plan)
        self._before_cut = lab.dump()
        if self._tick is not None:
            lab.cut_after(self._tick if cut.tick == "each" else cut.tick)
        try:
            return self._answered(step, command, plan)
        except PowerLoss:
            self.lost_power, self._lost = True, step
            self._known["atr"] = self._power_on()
            return None
        finally:
            lab.cut_after(None)
            self.after_cut = lab.dump()

    # --- judging -----------------------------------------------------------------------------------------------

    def _judge(
        self,
        step: VectorStep,
        plan: AnswerPlan,
        scope: command_template.Scope,
        sent: bytes | str,
        data: bytes,
        sw: int | None,
    ) -> None:
        if not plan.rights:
            return
        hand, lab = self._target.hand, self._target.lab
        for right in plan.rights:
            if sw is not None and not right.has(sw):
                continue
            found = fitting(right.wanted, data, scope, hand)
            if found is not None:
                self._known.update(found)
                if right.wanted.keep:
                    self._known.update({name: self._value(text, scope) for name, text in right.wanted.keep.items()})
                return
        heard, why = (self._heard, UNTOLD) if lab is None else (lab.heard, lab.reasons())
        answer = came_instead(sent, plan, data, sw, heard, why)
        raise Differs(str(answer), step.requirement, answer)

    def _compare(self, state: VectorState, requirement: str) -> None:
        """White box; a card in a reader is not asked."""
        lab = self._target.lab
        if lab is None:
            return
        stacks = self._target.stacks
        now = lab.dump()
        for difference in moved(state, self._before, now, stacks):
            raise Differs(difference, requirement)
        if self._tick is not None:
            for difference in torn(state, now, (self._before_cut, self._runs.whole), stacks):
                raise Differs(difference, requirement)
