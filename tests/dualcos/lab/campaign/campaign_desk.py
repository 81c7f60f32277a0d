"""A campaign without a command line: asked for, played, gone on with, looked at; with a clock that the test turns."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Executor, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import count
from pathlib import Path
from typing import Any

from msgspec import structs

from dualcos.lab.campaign.campaign_asked import CampaignAsked
from dualcos.lab.campaign.campaign_book import CampaignBook
from dualcos.lab.campaign.campaign_in_process import WorkPlaces, run_in_process
from dualcos.lab.campaign.campaign_sample import Sample
from dualcos.lab.campaign.campaign_session import CampaignOver, CampaignSession
from dualcos.lab.conformance.vector_file import Case, load
from dualcos.lab.evidence.campaign_file import CampaignFile, chain_of
from dualcos.lab.evidence.campaign_records import AnyRecord, SessionBegun, VectorJudged
from dualcos.lab.evidence.record_order import disorder, verdicts

PROFILE = "social-2.0"
OWN = Sample("profile", PROFILE)
IN_READER = Sample("reader", "Test reader", PROFILE, destructive=True)
SAT_DOWN = SessionBegun(
    at="", operator="测试员", attended=False, tool="dualcos", platform="test", reader="", driver="", sam_reader="",
    atr="", serial="",
)  # fmt: skip


def asked(path: Path, sample: Sample = OWN, **otherwise: Any) -> CampaignAsked:
    """All vectors of a file."""
    fields = {
        "sample": sample,
        "cases": _loaded(path, path.stat().st_mtime_ns),
        "selection": (path.name,),
        "paths": (path,),
        "tool": "dualcos 0",
    }
    return CampaignAsked(**{**fields, **otherwise})


@lru_cache(maxsize=8)
def _loaded(path: Path, _changed: int) -> tuple[Case, ...]:
    return load(path)


def clock() -> Callable[[], datetime]:
    """A second later each time."""
    seconds = count()
    return lambda: datetime(2026, 11, 29, 8, tzinfo=UTC) + timedelta(seconds=next(seconds))


def watch() -> Callable[[], float]:
    """A tenth of a second later each time."""
    tenths = count()
    return lambda: next(tenths) / 10


def in_this_thread() -> Executor:
    return ThreadPoolExecutor(1)


HERE = WorkPlaces(in_this_thread, 1, here=True)


def play(
    file: Path | None, what: CampaignAsked, *, stopped: Callable[[], bool] = lambda: False, again: bool = False,
    told: Callable[[VectorJudged], object] = lambda _: None, places: WorkPlaces = HERE,
) -> CampaignOver:  # fmt: skip
    """One session of a campaign on cards in process."""

    def on(book: CampaignBook) -> CampaignOver:
        return run_in_process(CampaignSession(what, book, again=again, told=told), SAT_DOWN, places, stopped)

    if file is None:
        return on(CampaignBook(None, clock(), watch()))
    with CampaignFile(file) as kept:
        return on(CampaignBook(kept, clock(), watch()))


def records(file: Path) -> tuple[AnyRecord, ...]:
    """All of a file, each where it may be."""
    found = chain_of(file.read_bytes()).records
    assert disorder(found) is None
    return found


def judged(file: Path) -> dict[str, VectorJudged]:
    """The verdicts that count, without their times."""
    return timeless(verdicts(records(file)))


def timeless(found: Any) -> dict[str, VectorJudged]:
    return {name: structs.replace(each, at="", seconds=0.0) for name, each in found.items()}


def ids(cases: Iterable[Case]) -> list[str]:
    return [case.id for case in cases]
