"""The evidence report: what was claimed, from which clause, how hard it was tried, with which seeds, what came of it.

``python -m terminal.assurance.report [--profile NAME ...] [--examples N] [--seed S] [--output FILE]``
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

from cos import profile as profiles
from terminal.assurance import campaign, tearing
from terminal.assurance.campaign import Outcome
from terminal.assurance.cards import ProfileSpecimen, specimen
from terminal.assurance.registry import PROPERTIES
from terminal.assurance.verdict import Violation

CONTRACT = (
    ("T1", "each environment is as before or as after the interrupted command"),
    ("T2", "a try is spent, durably, before anything is compared"),
    ("T3", "recovery cut and run again ends the same"),
    ("T4", "the session is gone, the other environment's memory is byte-identical"),
    ("T5", "no try counter is higher after a cut than without it"),
    ("T7", "an answer that left the card was durable before it left"),
    ("T8", "only the card's edge sees the power loss"),
)


def issued_profiles() -> tuple[str, ...]:
    """The built-in profiles that make an issued user card."""
    loaded = {name: profiles.load(name) for name in profiles.names()}
    return tuple(name for name, each in loaded.items() if each.ssse is not None or each.pse is not None)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run and write. Returns 1 if anything did not hold."""
    parser = argparse.ArgumentParser(prog="python -m terminal.assurance.report", description=__doc__)
    parser.add_argument("--profile", action="append", help="profile by name or path; repeat for more (default: all)")
    parser.add_argument("--examples", type=int, default=50, help="examples per property")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--output", type=Path, help="write here instead of to standard output")
    given = parser.parse_args(arguments)
    parts, held = [], True
    for name in given.profile or issued_profiles():
        text, good = section(specimen(name), given.examples, given.seed)
        parts.append(text)
        held = held and good
    report = "\n".join([heading(given.examples, given.seed), *parts])
    if given.output:
        given.output.write_text(report, encoding="utf-8")
    else:
        sys.stdout.write(report)
    return 0 if held else 1


def heading(examples: int, seed: int) -> str:
    """Title and how to repeat the run."""
    return (
        "# Evidence: firewall (防火墙) and anti-pull (防拔)\n\n"
        f"Made with hypothesis {metadata.version('hypothesis')}, Python {sys.version.split()[0]}; "
        f"{examples} examples per property, seed {seed}. The same numbers give the same run.\n"
    )


def section(card: ProfileSpecimen, examples: int, seed: int) -> tuple[str, bool]:
    """One profile: properties, then the tearing contract. The text, and whether all of it held."""
    outcomes = campaign.run(PROPERTIES, card, examples=examples, seed=seed)
    lines = [f"\n## Profile {card.name}: {card.profile.title}\n", "| id | property | clause | examples | s | result |"]
    lines.append("|---|---|---|---|---|---|")
    for claim, outcome in zip(PROPERTIES, outcomes, strict=True):
        count = "all" if claim.cases is None else str(outcome.examples)
        cells = (claim.identity, claim.sentence, claim.clause, count, f"{outcome.seconds:.1f}", verdict(outcome))
        lines.append(f"| {' | '.join(cells)} |")
    text, whole = torn(card)
    lines += [text, *(failure(outcome) for outcome in outcomes if not outcome.held)]
    return "\n".join(lines) + "\n", whole and all(outcome.held for outcome in outcomes)


def verdict(outcome: Outcome) -> str:
    """One word."""
    return "holds" if outcome.held else "**violated**"


def failure(outcome: Outcome) -> str:
    """The shrunk counterexample."""
    return f"\n### {outcome.identity} violated\n\n{outcome.case}\n\n```\n{outcome.violation}\n```"


def torn(card: ProfileSpecimen) -> tuple[str, bool]:
    """The sweep over every writing macro."""
    lines = [
        "\n| environment | command | choices | ticks | power cuts | found before | found after |",
        "|---|---|---|---|---|---|---|",
    ]
    total, broken = 0, ""
    found: dict[tuple[str, str], list[tearing.Sweep]] = {}
    try:
        for each in tearing.sweeps(card, tearing.QUICK):
            found.setdefault((each.label, each.macro), []).append(each)
    except Violation as violation:
        broken = f"\n**violated**\n\n```\n{violation}\n```"
    for (label, macro), sweeps in found.items():
        sums = [sum(getattr(each, name) for each in sweeps) for name in ("ticks", "cuts", "before", "after")]
        total += sums[1]
        lines.append(f"| {label} | {macro} | {len(sweeps)} | " + " | ".join(map(str, sums)) + " |")
    claims = "\n".join(f"* {identity}: {sentence}" for identity, sentence in CONTRACT)
    return "\n".join(lines) + f"\n\n{total} power cuts; the contract:\n\n{claims}\n{broken}", not broken


if __name__ == "__main__":
    sys.exit(main())
