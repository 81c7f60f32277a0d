"""Cards of several profiles for tests of findings: each case plays on a fresh one, without the laboratory's hand."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import dualcos
from cos.card import Card, Snapshot
from dualcos.explain import Exchange, Explainer, RawRecord, TracedCard
from firewall.trace import TraceBuffer

DUAL, SOCIAL_3, PSAM, PKI = "dual-2.0-3des", "dual-3.0-sm4", "psam-3des", "social-3.0-pki"
SSSE = "00A404000F7378312E73682EC9E7BBE1B1A3D5CF"
ADF = "00A4040007A0000003330101"
PSAM_APPLICATION = "00A4040006D15600000590"
PKI_ENVIRONMENT = "00A404000C504B492EC9E7BBE1B1A3D5CF"
CERTIFICATES = "00A404000C53532E434552542E41444631"
OPTIONS = "80A800000B8309000000000123450156"
CDOL1 = "000000012345000000000000015600000480000156261124003F7C21A9143052544553542053484F502020202020202020202020"


class _Made(NamedTuple):
    card: Card
    events: TraceBuffer
    first: Snapshot


@cache
def _made(profile: str) -> _Made:
    events = TraceBuffer()
    card = dualcos.card(profile, 0, trace=events)
    return _Made(card, events, card.snapshot())


class Played(NamedTuple):
    """What came of a case: the exchanges explained, and the raw records."""

    exchanges: tuple[Exchange, ...]
    records: tuple[RawRecord, ...]

    @property
    def last(self) -> Exchange:
        return self.exchanges[-1]

    @property
    def kinds(self) -> list[str]:
        """Ids of the last exchange's findings."""
        return [found.kind for found in self.last.findings]


def play(profile: str, *commands: str) -> Played:
    """Hex to a fresh card of ``profile``, in order."""
    made = _made(profile)
    made.card.restore(made.first)
    made.events.take()
    records: list[RawRecord] = []
    card = TracedCard(made.card, made.events, records.append)
    card.power_on()
    for command in commands:
        card.exchange(bytes.fromhex(command))
    explainer = Explainer(under="psam" if profile.startswith("psam") else "")
    happened = [explainer.explain(record) for record in records]
    return Played(tuple(each for each in happened if isinstance(each, Exchange)), tuple(records))
