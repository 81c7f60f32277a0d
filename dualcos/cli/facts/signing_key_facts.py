"""Facts of a key that signs: its public half."""

from __future__ import annotations

from dualcos.cli.facts.fact_sheet import FactSheet
from dualcos.lab.evidence.campaign_records import PublicKeyHex


class SigningKeyFacts(FactSheet, frozen=True):
    """A signing key. ``fingerprint``: a short name of the public key, to recognise it by."""

    file: str
    public_key: PublicKeyHex
    fingerprint: str


class LaboratoryKeyFacts(SigningKeyFacts, frozen=True, tag="dualcos.lab.key/1"):
    """A laboratory's key. ``fingerprint``: a short name of the public key, to recognise it by."""


class PublisherKeyFacts(SigningKeyFacts, frozen=True, tag="dualcos.blacklist.key/1"):
    """The key of whoever publishes a blacklist. ``fingerprint``: a short name of the public key, to recognise it by."""
