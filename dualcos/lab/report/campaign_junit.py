"""The report as JUnit XML, for build servers: known faults are told as skipped, with the entry that knows them."""

from __future__ import annotations

from collections.abc import Iterator

from dualcos.explain import FAULT
from dualcos.lab.conformance.junit_xml import JUNIT_OUTCOMES, JunitCase, junit_xml
from dualcos.lab.evidence.campaign_records import VectorJudged
from dualcos.lab.report.campaign_report import CampaignReport, ReportedVector

_GONE = "gone"


def campaign_junit(report: CampaignReport) -> bytes:
    """A suite with the campaign's file as its one case, then one for each unit with a case for each vector."""
    return junit_xml("dualcos lab report", (_file_case(report), *map(_case, report.vectors)))


def _file_case(report: CampaignReport) -> JunitCase:
    """An error where the file is not what it claims to be, or not finished; not where nobody meant to sign it."""
    faults = report.verification.faults
    wrong, meant = [str(each) for each in faults], report.campaign.public_key or report.verification.key_known
    good = all(each.what == "unsigned" and not meant for each in faults)
    told = [("sound", str(report.sound).lower()), *(("wrong", each) for each in wrong)]
    told += [("hidden setting", each) for each in report.hidden_settings]
    return JunitCase(
        "campaign",
        f"{report.name} campaign file 活动文件",
        "" if good else "error",
        "; ".join(wrong),
        "\n".join(wrong),
        properties=tuple(told),
    )


def _case(each: ReportedVector) -> JunitCase:
    judged = each.judged
    name = f"{each.id} {each.title.en} {each.title.zh}".rstrip()
    outcome = "skipped" if each.known is not None else JUNIT_OUTCOMES[each.verdict]
    if judged is None:
        return JunitCase(each.unit or _GONE, name, outcome, "waiting", properties=tuple(_properties(each)))
    known = f"known fault until {each.known.expires}: {each.known.reason}, {each.known.link}; " if each.known else ""
    return JunitCase(
        each.unit or _GONE,
        name,
        outcome,
        f"{known}{judged.text or judged.kind}",
        "\n".join((judged.where, "; ".join(each.clause), *_why(each))),
        judged.seconds,
        tuple(_properties(each)),
        "\n".join(_passed(judged)) if outcome else "",
    )


def _passed(judged: VectorJudged) -> Iterator[str]:
    """What was sent and came in the run that decided, with what a fault script made of it."""
    made = {each.at: each.what for each in judged.injected}
    for at, one in enumerate(judged.played):
        yield "; ".join((f"{one.sent} -> {one.came}", *(f"{FAULT}: {what}" for what in made.get(at, ()))))


def _why(each: ReportedVector) -> Iterator[str]:
    if each.verdict not in ("fail", "inconclusive"):
        return
    if each.answer is not None:
        yield f"sent {each.answer.sent}"
        yield f"expected {' or '.join(each.answer.expected)}"
        yield f"came {each.answer.came or 'nothing'}"
    yield from (f"{found.certainty}: {found.text} [{found.kind}]" for found in each.findings)
    if each.repeat:
        yield f"to repeat it: {each.repeat}"


def _properties(each: ReportedVector) -> Iterator[tuple[str, str]]:
    yield "verdict", each.verdict
    yield from (("clause", clause) for clause in each.clause)
    yield from (("item", item) for item in each.items)
    yield from (("requirement", requirement) for requirement in each.requirements)
    if each.standing != "same":
        yield "vector", each.standing
