"""A few vectors of the tests' own, wrong on purpose, a campaign of them, and reports of campaigns."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dualcos.cli.main import run
from dualcos.lab.conformance.vector_file import load
from dualcos.lab.evidence.known_faults import KnownFault, KnownFaults
from dualcos.lab.evidence.vector_digests import file_digests
from dualcos.lab.report.campaign_report import CampaignReport, ReportAsked, campaign_report
from tests.honest_campaigns import NOW, verified

HOSTILE = '</script><b onclick="x()">&amp;\''
"""A title that would be markup wherever somebody forgot to escape it."""
PIN = "654321"
SELECT_SSSE = {"send": "00A404000F7378312E73682EC9E7BBE1B1A3D5CF", "expect": "9000"}
CHALLENGE = {"send": "0084000008", "expect": [{"sw": "9000", "data": "{challenge:8}"}]}


def vector(identity: str, steps: Sequence[Any], **fields: Any) -> dict[str, Any]:
    title = {"zh": f"试验 {identity}", "en": f"a test {identity}"}
    return {"id": identity, "title": title, "steps": list(steps)} | fields


VECTORS = (
    vector("REP-PASS", [CHALLENGE], item="命令功能"),
    vector("REP-WORD", [{"send": f"0020000003{PIN}", "expect": ["9000", "6A8?"]}], requirement="F9"),
    vector(
        "REP-OLDER",
        [CHALLENGE, {"send": "0084000008"}, {"send": "0082000A10{ext_auth(RKSSSE)}", "expect": "9000", "as": "proof"}],
        clause=["SSC-5 §6.4, §6.10"],
    ),
    vector("REP-TITLE", [{"send": "0084000007", "expect": "9000"}], title={"zh": HOSTILE, "en": HOSTILE}),
    vector("REP-SETUP", [CHALLENGE], setup=[{"send": "00A4020002EFEF", "expect": "9000"}]),
    vector("REP-STATE", [{"send": "0084000008"}, {"state": {"counter": {"SSSE.PIN": -1}}}]),
    vector("REP-LEFT", [{**SELECT_SSSE, "expect": ["9000", "6118", "61??"]}]),
    vector("REP-OTHER", [CHALLENGE], applies="pki"),
)
FAILED = ("REP-WORD", "REP-OLDER", "REP-TITLE", "REP-STATE")


def write_unit(path: Path, vectors: Sequence[dict[str, Any]] = VECTORS, **fields: Any) -> Path:
    unit = {
        "unit": "REPORTED",
        "title": {"zh": "报告试验", "en": "Reported"},
        "purpose": "what a report says of it",
        "clause": ["SSC-5 §6.5"],
        "profile": "social-2.0",
        "applies": "ssse",
        "setup": [SELECT_SSSE],
        "provenance": {"kind": "derived", "source": "SSC-5", "computed_by": "none needed", "confidence": "high"},
        "vectors": list(vectors),
    } | fields
    path.write_text(json.dumps(unit, ensure_ascii=False), "utf-8")
    return path


def play(unit: Path, campaign: Path, *words: str) -> Path:
    """``dualcos lab run`` on a file of vectors, kept in ``campaign``."""
    run(("lab", "run", str(unit), "--campaign", str(campaign), "--jobs", "1", "-q", *words))
    return campaign


def report_of(campaign: Path, *vectors: Path, known: Sequence[KnownFault] = (), **how: Any) -> CampaignReport:
    """The report of a campaign's file, with the vectors as they lie today."""
    cases = [case for path in vectors for case in load(path)]
    asked = ReportAsked(
        campaign.name,
        verified(campaign.read_bytes(), how.pop("signature", None), public=how.pop("public", None)),
        cases,
        file_digests(vectors),
        tuple(map(str, vectors)),
        frozenset(case.id for case in cases),
        KnownFaults(tuple(known)),
        how.pop("now", NOW),
    )
    return campaign_report(asked)
