"""Everything a lab would file about one run, as plain data: what was tested, with what, how hard, what came of it.

Put together from results that others wrote: a campaign's lines and the JUnit files of test runs. Date, commit and the
like are told, not looked up: the same input gives the same evidence.
"""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Iterable, Mapping, Sequence
from importlib import metadata
from pathlib import Path

from msgspec import Struct

from dualcos.lab.properties.profile_specimens import profile_called
from dualcos.lab.search.shard import Found, ShardResult
from dualcos.lab.search.summary import SummaryRow, rows
from tests.evidence import subjects
from tests.evidence.subjects import Tests

_TOOLS = ("dualcos", "hypothesis", "cryptography", "msgspec")


class CardRow(Struct, frozen=True, kw_only=True):
    """One profile: what it is, digest of all it says, and what its cards were put through."""

    name: str
    title: str
    contents: str
    asked: int
    examples: int
    commands: int
    accepted: int
    cuts: int
    violated: tuple[str, ...]


class TornRows(Struct, frozen=True, kw_only=True):
    """A writing command under power cuts, over all profiles: at how many points power was lost (second losses in the
    recovery and partial writes included), and what was found behind: the state before the command, or after it.
    """

    environment: str
    command: str
    profiles: int
    ticks: int
    cuts: int
    before: int
    after: int


class Attached(Struct, frozen=True, kw_only=True):
    """Another text that belongs to the evidence, and its SHA-256 as filed."""

    title: str
    name: str
    sha256: str
    text: str


class Evidence(Struct, frozen=True, kw_only=True):
    """The whole. ``about``: date, commit, command and whatever else was told."""

    about: Mapping[str, str]
    versions: Mapping[str, str]
    code: tuple[str, ...]
    cards: tuple[CardRow, ...]
    properties: tuple[SummaryRow, ...]
    torn: tuple[TornRows, ...]
    tests: tuple[Tests, ...]
    found: tuple[Found, ...]
    attached: tuple[Attached, ...] = ()

    @property
    def held(self) -> bool:
        """True if nothing was violated, nothing failed, nothing was left unjudged, and something was run."""
        properties = bool(self.properties) and all(row.state in ("held", "not asked") for row in self.properties)
        return properties and not any(each.failed for each in self.tests)

    @property
    def missing(self) -> tuple[str, ...]:
        """The subjects no test was run on, unless it is a campaign's evidence alone."""
        missing = tuple(each.title for each in self.tests if each.state == "not run")
        return missing if len(missing) < len(self.tests) else ()


def collect(
    results: Sequence[ShardResult],
    junit: Iterable[Path] = (),
    about: Mapping[str, str] | None = None,
    attach: Iterable[tuple[str, Path]] = (),
) -> Evidence:
    """Put it together; ``attach`` are titles and files. Raises EvidenceError, ProfileError, OSError."""
    return Evidence(
        about=dict(about or {}),
        versions=_versions(),
        code=tuple(sorted({result.shard.code for result in results})),
        cards=_cards(results),
        properties=rows(results),
        torn=_torn(results),
        tests=subjects.tests(junit),
        found=tuple(result.found for result in results if result.found is not None),
        attached=tuple(_attached(title, path) for title, path in attach),
    )


def _attached(title: str, path: Path) -> Attached:
    raw = path.read_bytes()
    text = raw.decode("utf-8", errors="replace")
    return Attached(title=title, name=path.name, sha256=hashlib.sha256(raw).hexdigest(), text=text)


def _versions() -> dict[str, str]:
    versions = {"Python": platform.python_version(), "system": f"{platform.system()} {platform.machine()}"}
    return versions | {tool: metadata.version(tool) for tool in _TOOLS}


def _cards(results: Sequence[ShardResult]) -> tuple[CardRow, ...]:
    found = []
    for name in dict.fromkeys(result.shard.profile for result in results):
        mine = [result for result in results if result.shard.profile == name]
        active = [result for result in mine if result.verdict != "idle"]
        found.append(
            CardRow(
                name=name,
                title=profile_called(name).title,
                contents=", ".join(sorted({result.shard.contents for result in mine})),
                asked=len({result.shard.claim for result in active}),
                examples=sum(result.examples for result in active),
                commands=sum(result.commands for result in active),
                accepted=sum(result.accepted for result in active),
                cuts=sum(result.cuts for result in active),
                violated=tuple(sorted({result.shard.claim for result in mine if result.verdict == "violated"})),
            )
        )
    return tuple(found)


def _torn(results: Sequence[ShardResult]) -> tuple[TornRows, ...]:
    swept = [(result.shard.profile, sweep) for result in results for sweep in result.sweeps]
    found = []
    for label, macro in dict.fromkeys((sweep.label, sweep.macro) for _, sweep in swept):
        mine = [(name, sweep) for name, sweep in swept if (sweep.label, sweep.macro) == (label, macro)]
        found.append(
            TornRows(
                environment=label,
                command=macro,
                profiles=len({name for name, _ in mine}),
                ticks=sum(sweep.ticks for _, sweep in mine),
                cuts=sum(sweep.cuts for _, sweep in mine),
                before=sum(sweep.before for _, sweep in mine),
                after=sum(sweep.after for _, sweep in mine),
            )
        )
    return tuple(found)
