"""Facts of a draft vector."""

from __future__ import annotations

from dualcos.cli.facts.fact_sheet import FactSheet


class DraftedVector(FactSheet, frozen=True, tag="dualcos.record.vector/1"):
    """A draft that plays on the card of its profile. ``stand_ins``: commands with expressions for what the record does
    not show; ``random``: random numbers of the card in it; ``secret``: PINs or keys stand in it in clear; ``live``: it
    may be played on a card in a reader.
    """

    file: str
    id: str
    profile: str
    steps: int
    stand_ins: int
    random: int
    secret: bool
    live: bool
