"""How far a campaign has come, by its records; and the book in which it is written down as it goes on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from msgspec import structs

from dualcos.lab.evidence.campaign_file import CampaignFile, CampaignFileError
from dualcos.lab.evidence.campaign_records import (
    AnyRecord,
    CampaignBegun,
    SessionBegun,
    VectorBegun,
    VectorJudged,
    moment,
)

INTERRUPTED = "interrupted"
"""``kind`` of a vector that was being played when its session ended."""
_DURABLE_SECONDS = 0.5  # how much of what a card in process can show again may be lost with the power


class CampaignStanding(NamedTuple):
    """``begun``: the first record, None for a new campaign; ``judged``: the last verdict of each vector; ``open``:
    begun and not judged; ``ever``: all that ever began on a card; ``sample``: the first session with a card in a
    reader.
    """

    begun: CampaignBegun | None
    judged: Mapping[str, VectorJudged]
    open: tuple[str, ...]
    ever: frozenset[str]
    sample: SessionBegun | None


def standing_of(records: Sequence[AnyRecord]) -> CampaignStanding:
    """Raises CampaignFileError if they are those of no campaign."""
    begun: CampaignBegun | None = None
    judged: dict[str, VectorJudged] = {}
    open_: dict[str, None] = {}
    ever: set[str] = set()
    sample: SessionBegun | None = None
    for number, record in enumerate(records, 1):
        if isinstance(record, CampaignBegun) is not (number == 1):
            raise CampaignFileError(f"record {number}: a campaign begins once, with its first record")
        match record:
            case CampaignBegun():
                begun = record
            case SessionBegun():
                sample = sample or (record if record.atr else None)
            case VectorBegun():
                open_[record.id] = None
                ever.add(record.id)
            case VectorJudged():
                open_.pop(record.id, None)
                judged[record.id] = record
            case _:
                pass
    return CampaignStanding(begun, judged, tuple(open_), frozenset(ever), sample)


class CampaignBook:
    """Where a campaign is written down: its file, or nothing but memory. ``now``: the time in UTC; ``watch``: seconds
    that only go on.

    What is written survives the end of this process; the end of power what was written some half a second before, and
    all that was said to be durable.
    """

    def __init__(self, file: CampaignFile | None, now: Callable[[], datetime], watch: Callable[[], float]) -> None:
        self._file = file
        self._now = now
        self._watch = watch
        self._records: list[AnyRecord] = list(file.records) if file is not None else []
        self._durable = watch()

    @property
    def records(self) -> Sequence[AnyRecord]:
        """All of them, in order."""
        return tuple(self._records)

    @property
    def kept(self) -> bool:
        """True if there is a file."""
        return self._file is not None

    def moment(self) -> str:
        """Now, as records say it."""
        return moment(self._now())

    def write(self, record: AnyRecord, *, durable: bool = False) -> None:
        """``record``, as of now. Raises CampaignFileError if it cannot be kept; what was kept before, is."""
        record = structs.replace(record, at=self.moment())
        if self._file is not None:
            seconds = self._watch()
            durable = durable or seconds - self._durable >= _DURABLE_SECONDS
            try:
                self._file.append(record, durable=durable)
            except OSError as error:
                raise CampaignFileError(
                    f"{self._file.path} takes no more: {error.strerror or error}; what stands in it is whole"
                ) from None
            if durable:
                self._durable = seconds
        self._records.append(record)
