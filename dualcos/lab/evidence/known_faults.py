"""Known faults (已知缺陷): failures that somebody answers for, each with a reason, a link and a last day.

An entry is about one failure of one vector: the step that decides and what came there. Another failure of the same
vector is not that one and stays new. Behind its last day an entry counts as none.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, NamedTuple

import msgspec
from msgspec import Meta, Struct, field

from dualcos.explain.control_characters import in_one_line
from dualcos.lab.evidence.campaign_records import VectorJudged
from dualcos.textforms.json_and_toml import BadText, from_toml
from dualcos.textforms.text_files import UnreadableText, text_of
from dualcos.textforms.what_is_wrong import what_is_wrong
from dualcos.textforms.whole_texts import NotBlank

_DAY = {"pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
_CAME = re.compile(r", came ([0-9A-F.]*(?: [0-9A-F.]+)?)(?: \(.*\))?$", re.DOTALL)


class KnownFaultsError(Exception):
    """The file cannot be used; the message names it, the field and what is wrong with it."""


class KnownFault(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One failure. ``where``: the step that decides, as the verdict names it; ``came``: the status word and data that
    came there, or, where the verdict tells of no answer, its text. In both ``?`` is any character, ``*`` any number.
    """

    id: Annotated[NotBlank, Meta(description="of the vector that fails, as `SSC-VERIFY-04`")]
    where: Annotated[NotBlank, Meta(description="the step that decides, as the verdict names it: `steps[4]`")]
    came: Annotated[
        NotBlank, Meta(description="状态字 status word and data that came there, `6985`; else the verdict's text")
    ]
    reason: Annotated[NotBlank, Meta(description="why it is known, and what is done about it")]
    link: Annotated[NotBlank, Meta(description="where it is followed up")]
    expires: Annotated[
        datetime.date, Meta(description="the last day on which it counts, 2027-03-31", extra_json_schema=_DAY)
    ]

    def is_of(self, judged: VectorJudged) -> bool:
        """True if this is the failure that ``judged`` tells of."""
        if judged.verdict != "fail" or judged.id != self.id:
            return False
        return _fits(self.where, judged.where) and _fits(self.came, what_came(judged.text))

    @property
    def named(self) -> str:
        """The entry, in a line about it."""
        return in_one_line(f"{self.id}, {self.where}, {self.came}")


class KnownFaults(NamedTuple):
    """All entries of a file."""

    entries: tuple[KnownFault, ...] = ()

    def entry_for(self, judged: VectorJudged, today: datetime.date) -> KnownFault | None:
        """The entry that knows a failure, and has not expired."""
        return next((each for each in self.entries if each.expires >= today and each.is_of(judged)), None)

    def known(self, judged: VectorJudged, today: datetime.date) -> bool:
        """True if ``judged`` is a failure that is known ``today``."""
        return self.entry_for(judged, today) is not None

    def idle(self, verdicts: Mapping[str, VectorJudged], today: datetime.date) -> Iterator[str]:
        """A line for each entry that hides nothing: expired, or with no such failure among the ``verdicts``."""
        for each in self.entries:
            judged = verdicts.get(each.id)
            why = _why_idle(each, judged)
            if each.expires < today:
                yield f"known fault {each.named}: expired on {each.expires}; {why or 'the failure is there'}"
            elif why:
                yield f"known fault {each.named}: {why}"


def _why_idle(entry: KnownFault, judged: VectorJudged | None) -> str:
    """Why an entry is not of this verdict; empty if it is."""
    if judged is None:
        return "the vector has no verdict here"
    if judged.verdict != "fail":
        return f"the vector does not fail: {judged.verdict}"
    return "" if entry.is_of(judged) else f"the vector fails otherwise: {judged.where}, {what_came(judged.text)}"


class KnownFaultsFile(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Known faults 已知缺陷: failures that somebody answers for, `[[fault]]` each."""

    faults: Annotated[list[KnownFault], Meta(description="one failure of one vector")] = field(name="fault")


def load_known_faults(path: str | Path) -> KnownFaults:
    """The entries of a TOML file. Raises KnownFaultsError."""
    try:
        found = msgspec.convert(from_toml(text_of(path)), KnownFaultsFile)
    except UnreadableText as error:
        raise KnownFaultsError(f"known faults {error}") from None
    except BadText as error:
        raise KnownFaultsError(f"known faults {path}: {error}") from None
    except msgspec.ValidationError as error:
        raise KnownFaultsError(f"known faults {path}: {what_is_wrong(error)}") from None
    seen: set[str] = set()
    for each in found.faults:
        if each.named in seen:
            raise KnownFaultsError(f"known faults {path}: {each.named} stands there twice; which last day counts?")
        seen.add(each.named)
    return KnownFaults(tuple(found.faults))


def what_came(text: str) -> str:
    """What came where an answer decided, ``6982`` or ``9000 0102``, from a verdict's text; else the whole text."""
    answer = _CAME.search(text)
    return answer[1] if answer is not None else text


def _fits(wanted: str, text: str) -> bool:
    pattern = "".join({"*": ".*", "?": "."}.get(sign, re.escape(sign)) for sign in wanted)
    return re.fullmatch(pattern, text, re.DOTALL) is not None
