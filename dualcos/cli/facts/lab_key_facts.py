"""Facts of a laboratory's key: its public half."""

from __future__ import annotations

from dualcos.cli.facts.fact_sheet import FactSheet
from dualcos.lab.evidence.campaign_records import PublicKeyHex


class LaboratoryKeyFacts(FactSheet, frozen=True, tag="dualcos.lab.key/1"):
    """A laboratory's key. ``fingerprint``: a short name of the public key, to recognise it by."""

    file: str
    public_key: PublicKeyHex
    fingerprint: str
