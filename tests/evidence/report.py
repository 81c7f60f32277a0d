"""The evidence report: what was claimed, from which clause, how hard it was tried, with which seeds, what came of it.

``python -m tests.evidence.report --results FILE [--tests JUNIT …] [--about NAME=VALUE …] [--attach TITLE=FILE …]
--output FOLDER``

Reads what a campaign (``dualcos fuzz firewall --results``) and test runs (``pytest --junitxml``) have written; writes
``evidence.md`` and ``evidence.json``. Exit code 1 if anything did not hold, 2 if a file cannot be used.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from dualcos.lab.properties.list_of_properties import CONTRACT
from dualcos.lab.search.results import ResultsError, parse
from dualcos.lab.search.shard import Found
from dualcos.profile.schema import ProfileError
from tests.evidence.collect import Attached, Evidence, collect
from tests.evidence.subjects import EvidenceError, Tests

_INTRODUCTION = """\
This is a software card. What is shown here is shown of its code: of the answers it gives and of what is in its memory.
Not shown, and out of its scope: how long an answer takes, what power or radiation of a chip tell, and anything about
a physical card.

A property is either *enumerated* (all its cases are tried) or searched with generated traffic: commands from the
card's own command tables, right and with one thing wrong, whole dialogues with the right keys, garbage, resets and
power cuts. A search that finds nothing is no proof; the numbers say how hard it was. What such a search does find is
shown by the seeded bugs (`make assure` lists them).

In the sentences, e and f are any two of the card's environments (the card's manager is one): f is where something
happens, e is where it must not show."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Read, write, say in one line what came of it."""
    parser = argparse.ArgumentParser(prog="python -m tests.evidence.report", description=__doc__)
    parser.add_argument("--results", type=Path, action="append", required=True, metavar="FILE")
    parser.add_argument("--tests", type=Path, action="append", default=[], metavar="JUNIT")
    parser.add_argument("--about", action="append", default=[], metavar="NAME=VALUE", help="date, commit …")
    parser.add_argument(
        "--attach", action="append", default=[], metavar="TITLE=FILE", help="a text that is part of the evidence"
    )
    parser.add_argument("--output", type=Path, required=True, metavar="FOLDER")
    given = parser.parse_args(arguments)
    try:
        results = [each for path in given.results for each in parse(path.read_bytes().splitlines(), str(path))]
        about = dict(word.partition("=")[::2] for word in given.about)
        attach = [(title, Path(name)) for title, _, name in (word.partition("=") for word in given.attach)]
        evidence = collect(results, given.tests, about, attach)
        given.output.mkdir(parents=True, exist_ok=True)
        (given.output / "evidence.md").write_text(markdown(evidence), encoding="utf-8")
        encoded = msgspec.json.format(msgspec.json.encode(evidence, order="deterministic"))
        (given.output / "evidence.json").write_bytes(encoded + b"\n")
    except (ResultsError, EvidenceError, ProfileError) as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"{error.filename}: {error.strerror}", file=sys.stderr)
        return 2
    print(f"{given.output / 'evidence.md'}: {verdict(evidence)}")
    return 0 if evidence.held else 1


def verdict(evidence: Evidence) -> str:
    """In one sentence."""
    broken = [row.identity for row in evidence.properties if row.violated]
    unjudged = [row.identity for row in evidence.properties if row.failed]
    failed = [each.title for each in evidence.tests if each.failed]
    parts = [f"VIOLATED: {', '.join(broken)}"] if broken else []
    parts += [f"could not be judged: {', '.join(unjudged)}"] if unjudged else []
    parts += [f"tests FAILED: {', '.join(failed)}"] if failed else []
    if not evidence.properties:
        parts.append("no property was run")
    if not parts:
        parts.append("all properties held" + ", all tests passed" * any(each.passed for each in evidence.tests))
    if evidence.missing:
        parts.append(f"not run: {', '.join(evidence.missing)}")
    return "; ".join(parts) + "."


def markdown(evidence: Evidence) -> str:
    """The report as text."""
    parts = (
        "# Evidence: firewall (防火墙) and anti-pull (防拔)",
        f"**Verdict: {verdict(evidence)}**",
        *_violations(evidence.found),
        _INTRODUCTION,
        "## 1. What was tested, with what",
        _facts(evidence),
        _cards(evidence),
        "## 2. Properties",
        _properties(evidence),
        "## 3. Power cuts",
        _torn(evidence),
        *_tests(evidence.tests),
        *(_appendix(each) for each in evidence.attached),
    )
    return "\n\n".join(part for part in parts if part) + "\n"


def table(head: Sequence[str], lines: Iterable[Iterable[object]]) -> str:
    """A Markdown table."""
    shown = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    shown += ["| " + " | ".join(str(cell).replace("|", "\\|") for cell in line) + " |" for line in lines]
    return "\n".join(shown)


def _number(value: int) -> str:
    return f"{value:,}".replace(",", " ")


def _facts(evidence: Evidence) -> str:
    lines = [*evidence.about.items(), *evidence.versions.items()]
    lines.append(("digest of the judged code", ", ".join(evidence.code)))
    return table(("", ""), lines)


def _cards(evidence: Evidence) -> str:
    head = ("profile", "what it is", "digest", "properties", "examples", "APDUs", "accepted", "power cuts", "violated")
    return table(
        head,
        (
            (
                f"`{card.name}`",
                card.title,
                f"`{card.contents}`",
                card.asked,
                *map(_number, (card.examples, card.commands, card.accepted, card.cuts)),
                ", ".join(card.violated) or "none",
            )
            for card in evidence.cards
        ),
    )


def _properties(evidence: Evidence) -> str:
    head = ("id", "what it says", "reference", "profiles", "examples", "APDUs", "power cuts", "seeds", "result")
    lines = table(
        head,
        (
            (
                row.identity,
                row.sentence,
                row.clause,
                len(row.profiles),
                _number(row.examples) if row.drawn else "enumerated",
                _number(row.commands),
                _number(row.cuts),
                "–" if not row.drawn else "–".join(map(str, dict.fromkeys(row.seeds))),
                row.state if row.state == "held" else f"**{row.state}**",
            )
            for row in evidence.properties
        ),
    )
    lacking: dict[tuple[str, ...], list[str]] = {}
    for row in evidence.properties:
        lacking.setdefault(row.idle, []).append(row.identity)
    idle = [f"* {', '.join(who)}: {', '.join(names)}" for names, who in lacking.items() if names]
    if idle:
        lines += "\n\nCards that lack what a property is about:\n\n" + "\n".join(idle)
    unasked = [
        f"* {row.identity}, {each.environment} ({len(each.profiles)} of {len(row.profiles) + len(row.idle)} profiles):"
        f" {each.why}"
        for row in evidence.properties
        for each in row.unasked
    ]
    if unasked:
        lines += "\n\nEnvironments a property judged nothing of, and why:\n\n" + "\n".join(unasked)
    return lines


def _torn(evidence: Evidence) -> str:
    claims = "\n".join(f"* {claim.identity}: {claim.sentence}" for claim in CONTRACT)
    head = ("environment", "command", "profiles", "points", "power losses", "found as before", "found as after")
    lines = (
        (each.environment, each.command, each.profiles, *map(_number, (each.ticks, each.cuts, each.before, each.after)))
        for each in evidence.torn
    )
    total = _number(sum(each.cuts for each in evidence.torn))
    return (
        "Each command that writes is run once for every byte it programs, with power lost there; again with another"
        " part of the bytes programmed; and with power lost again while the card recovers. Judged each time:\n\n"
        f"{claims}\n\nT2 and T7 are properties of their own above, and T6 is F14.\n\n"
        f"{table(head, lines)}\n\n{total} power losses."
    )


def _tests(tests: Sequence[Tests]) -> Iterator[str]:
    if any(each.state != "not run" for each in tests):
        yield "## 4. Tests"
        yield _summary(tests)
        yield from (_listed(each) for each in tests if each.listed)


def _appendix(attached: Attached) -> str:
    """The text under a heading of its own: Markdown with its headings two levels down, anything else as it is."""
    text = attached.text.strip()
    lowered = re.sub("^(#+ )", r"##\1", text, flags=re.MULTILINE)
    text = lowered if attached.name.endswith(".md") else f"```\n{text}\n```"
    return f"## Appendix: {attached.title}\n\nSHA-256 of `{attached.name}`: `{attached.sha256}`\n\n{text}"


def _summary(tests: Iterable[Tests]) -> str:
    head = ("subject", "what is shown", "reference", "passed", "failed", "skipped", "result")
    lines = [
        (each.title, each.says, each.reference, each.passed, len(each.failed), each.skipped, _bold(each.state))
        for each in tests
    ]
    failed = [f"* {name}" for each in tests for name in each.failed]
    return "\n\n".join([table(head, lines), *(["Failed:\n\n" + "\n".join(failed)] if failed else [])])


def _bold(state: str) -> str:
    return state if state == "passed" else f"**{state}**"


def _listed(tests: Tests) -> str:
    columns = list(dict.fromkeys(name for each in tests.listed for name in each))
    return f"### {tests.title}\n\n" + table(
        columns, ([each.get(name, "") for name in columns] for each in tests.listed)
    )


def _violations(found: Iterable[Found]) -> Iterator[str]:
    for each in found:
        told = "\n".join(each.told)
        yield f"### {each.claim} is violated\n\n{each.text}\n\nSmallest case: {each.case}\n\n```\n{told}\n```"


if __name__ == "__main__":
    sys.exit(main())
