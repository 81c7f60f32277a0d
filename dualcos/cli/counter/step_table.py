"""All steps of a counter, by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from dualcos.cli.counter.card_steps import CARD_STEPS
from dualcos.cli.counter.counter_at_work import CounterAtWork, StepDone, StepKind
from dualcos.cli.counter.list_steps import LIST_STEPS
from dualcos.cli.counter.money_steps import MONEY_STEPS
from dualcos.cli.counter.service_steps import SERVICE_STEPS
from dualcos.cli.counter.steps_asked import StepAsked

# A new step is one more line in its module's table.
STEPS: Mapping[str, StepKind] = MappingProxyType(
    {kind.name: kind for kind in (*CARD_STEPS, *MONEY_STEPS, *SERVICE_STEPS, *LIST_STEPS)}
)


def kind_of(asked: StepAsked) -> StepKind:
    """The kind of a step, its words looked at and its options known to it. Raises Fault."""
    name = asked.words[0]
    kind = STEPS.get(name)
    if kind is None:
        called = name if name.isalpha() else "that"  # which may be a PIN
        raise asked.fault(f"no step is called {called}; there are {', '.join(STEPS)}")
    words = len(asked.words) - 1
    if not kind.least <= words <= kind.most:
        raise asked.fault(f"{name} takes {kind.usage or 'nothing behind it'}")
    foreign = next((option for option in asked.options if option not in kind.options), None)
    if foreign is not None:
        takers = ", ".join(each.name for each in STEPS.values() if foreign in each.options)
        raise asked.fault(f"--{foreign} does not go with {name}" + (f"; it goes with {takers}" if takers else ""))
    kind.check(asked)
    return kind


def carry_out(counter: CounterAtWork, asked: StepAsked) -> StepDone:
    """Do it. Raises TerminalStopped, Fault."""
    return kind_of(asked).run(counter, asked)


def step_help() -> str:
    """A line a step."""
    rows = [(f"{each.name} {each.usage}".rstrip(), f"{each.said.en} {each.said.zh}") for each in STEPS.values()]
    widest = max(len(name) for name, _ in rows)
    return "\n".join(f"  {name.ljust(widest)}  {what}" for name, what in rows)
