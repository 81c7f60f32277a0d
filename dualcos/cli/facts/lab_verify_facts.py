"""Facts of a campaign file that was verified."""

from __future__ import annotations

from dualcos.cli.facts.fact_sheet import FactPart, FactSheet
from dualcos.lab.evidence.campaign_records import Moment, PublicKeyHex, Sha256, VerdictTotals
from dualcos.lab.evidence.verification import WhatIsWrong


class WrongEvidence(FactPart, frozen=True):
    """One thing that is wrong. ``record``: the number of the record it is about, from 1, or 0; ``kind`` and ``id`` of
    that record, as far as they can be read.
    """

    what: WhatIsWrong
    record: int
    kind: str
    id: str
    text: str


class CampaignSigned(FactPart, frozen=True):
    """The signature. ``known``: the key is the one that was given as the laboratory's."""

    public_key: PublicKeyHex
    fingerprint: str
    at: Moment
    records: int
    known: bool


class CampaignVerified(FactSheet, frozen=True, tag="dualcos.lab.verify/1"):
    """Whether a campaign is finished, whole and signed (``sound``); if not, why, the first altered record first.

    ``records``, ``bytes``, ``root``: as far as the chain holds; ``totals``: of its verdicts, null if no campaign is in
    it; ``signed``: null without a signature that fits itself.
    """

    campaign: str
    sound: bool
    wrong: list[WrongEvidence]
    remarks: list[str]
    records: int
    bytes: int
    root: Sha256
    laboratory: str
    tool: str
    totals: VerdictTotals | None
    signed: CampaignSigned | None
