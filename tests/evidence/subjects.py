"""What the tests beside a campaign show, by subject, out of the JUnit files of test runs."""

# ruff: noqa: E501 - the table is read by column

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from xml.etree import ElementTree

from msgspec import Struct


class EvidenceError(Exception):
    """A file that should be part of the evidence cannot be used."""


class Tests(Struct, frozen=True, kw_only=True):
    """What a run of tests says about one subject. ``listed``: what single tests tell of themselves, by their name."""

    title: str
    says: str
    reference: str
    passed: int = 0
    failed: tuple[str, ...] = ()
    skipped: int = 0
    listed: tuple[Mapping[str, str], ...] = ()

    @property
    def state(self) -> str:
        """The verdict in a word."""
        return "FAILED" if self.failed else "passed" if self.passed else "not run"


# What the tests beside the campaign show: title, sentence, reference, and the test modules that show it.
_SUBJECTS = (
    ("Toy environments", "the wall itself holds the same properties around two environments small enough to know by heart", "LD/T 6001.2 防火墙", "tests.properties.test_properties_hold tests.properties.test_tearing"),
    ("Seeded bugs", "each of these mistakes, put into the card's code, is seen by the property named", "evidence that the tests bite", "tests.properties.test_seeded_bugs"),
    ("No path", "no chain of references leads from one environment's session to another's memory", "LD/T 6001.2 防火墙", "tests.architecture.test_no_path tests.architecture.test_state"),
    ("CARD BLOCK", "the one declared card-wide command reaches as far as the profile says, and no further", "SSC-5 §6.2.1; PBOC-5 B.4", "tests.properties.test_card_block"),
    ("Secrets", "keys and PINs made recognisable are in no answer, trace, error, report or command output", "SSC-4 §6.4, §7.4", "tests.properties.test_secrets tests.dualcos.explain.test_explain_masking tests.dualcos.cli.test_cli_secrets"),
    ("Card file", "a card kept in a file survives power loss, refuses damage and a second holder", "LD/T 6001.2 防拔", "tests.cos.test_card_file"),
    ("Campaigns", "a campaign loses nothing and counts nothing twice when workers die or it is interrupted", "soundness of this evidence", "tests.dualcos.lab.properties tests.dualcos.cli.test_cli_fuzz"),
    ("Regressions", "what was once found stays mended", "findings of earlier campaigns", "tests.properties.test_found"),
    ("Mutants", "every survivor of mutation has its reason (attached), and no reason outlives its mutant", "evidence that the tests bite", "tests.mutation"),
    ("Fuzz corpus", "every parser answers every input of the committed corpus", "SSC-2 §9", "tests.fuzzing"),
    ("Learned models", "each environment's session behaviour, learned from outside, is the committed state machine", "SSC-7; PBOC-5", "tests.models"),
)  # fmt: skip


def tests(junit: Iterable[Path]) -> tuple[Tests, ...]:
    """Every subject, those nothing was run on included. Raises EvidenceError."""
    cases = [case for path in junit for case in _cases(path)]
    return tuple(_tests(cases, *subject) for subject in _SUBJECTS)


class _Case(Struct, frozen=True):
    """One test of a JUnit file."""

    module: str
    name: str
    state: str
    told: Mapping[str, str]


def _cases(path: Path) -> list[_Case]:
    try:
        root = ElementTree.parse(path).getroot()  # noqa: S314 - a file our own test run has just written
    except (OSError, ElementTree.ParseError) as error:
        raise EvidenceError(f"{path} is no JUnit file: {error}") from None
    found = []
    for case in root.iter("testcase"):
        state = next((tag for tag in ("failure", "error", "skipped") if case.find(tag) is not None), "passed")
        told = {each.get("name", ""): each.get("value", "") for each in case.iter("property")}
        found.append(_Case(case.get("classname", ""), case.get("name", ""), state, told))
    return found


def _tests(cases: Sequence[_Case], title: str, says: str, reference: str, modules: str) -> Tests:
    mine = [case for case in cases if any(f"{case.module}.".startswith(f"{module}.") for module in modules.split())]
    return Tests(
        title=title,
        says=says,
        reference=reference,
        passed=sum(case.state == "passed" for case in mine),
        failed=tuple(f"{case.module}::{case.name}" for case in mine if case.state in ("failure", "error")),
        skipped=sum(case.state == "skipped" for case in mine),
        listed=tuple({**case.told, "result": case.state} for case in mine if case.told),
    )
