"""What a page holds besides what it shows: every vector and every exchange of it, to be searched and unfolded.

JSON, deflated (zlib), in base64. Exchanges that say the same are there once; each is HTML that was made here, and the
hex of command and answer, in which search looks.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Callable

import msgspec
from msgspec import Struct, structs

from dualcos.lab.report.campaign_report import CampaignReport, ReportedVector
from dualcos.lab.report.explained_runs import NO_COMMANDS, HappeningLine


class PageData(Struct):
    """``happenings``: HTML and hex of each; ``vectors``: id, verdict, HTML of what it is, the numbers of its
    happenings in order.
    """

    happenings: list[tuple[str, str]]
    vectors: list[tuple[str, str, str, list[int]]]


def page_data(
    report: CampaignReport,
    of_happening: Callable[[HappeningLine], str],
    of_vector: Callable[[ReportedVector], str],
) -> PageData:
    """The data of a page; the functions make HTML."""
    numbers: dict[bytes, int] = {}
    happenings: list[tuple[str, str]] = []
    vectors: list[tuple[str, str, str, list[int]]] = []
    encoder = msgspec.json.Encoder()
    for vector in report.vectors:
        run = []
        for each, played in zip(vector.run, vector.judged.played if vector.judged is not None else (), strict=True):
            digits = f"{played.sent if played.sent not in NO_COMMANDS else ''} {played.came}"
            key = encoder.encode((structs.replace(each, seq=0), digits))
            number = numbers.setdefault(key, len(happenings))
            if number == len(happenings):
                happenings.append((of_happening(each), digits))
            run.append(number)
        vectors.append((vector.id, vector.verdict, of_vector(vector), run))
    return PageData(happenings, vectors)


def packed(data: PageData) -> str:
    """As the page holds it."""
    return base64.b64encode(zlib.compress(msgspec.json.encode(data), 9)).decode("ascii")
