"""Which of the bank's vectors are for real cards, and which of those a card has only once in its life.

A vector that may be played live passes on a card with any past, as often as one likes, and leaves the card so that
all others still pass: counters move on, nothing else does. Found by playing and held by ``tests/conformance``; the
cards are those of ``vectors/pse/profiles`` and the built-in ones.
"""

from __future__ import annotations

from vectors.generate.build import Json, Unit

LIVE = frozenset(
    (
        "cards.json",
        "cases.json",
        "decisions.json",
        "log.json",
        "readings.json",
        "risk.json",
        "scripts.json",
        "selection.json",
        "states.json",
        "words.json",
    )
)
"""Files about cards in use; the others are about blank chips and published numbers of one moment."""

AS_ISSUED = frozenset(
    (
        # The first transaction of a card's life: new card, ATC 0001, last online ATC 0000.
        *("FXGL-NEW001", "FXGL-NEW010", "HQSJ-9000-9F36", "HQSJ-9000-9F13", "YYCS-6700-ATC", "DDCS-CVR", "YYMW-9000"),
        *("YYXZ-NEXT-TWICE", "YYXZ-KEPT", "YYXZ-AFRESH", "CKRZ-PINLESS", "RZSB-MANDATORY", "RZSB-OPTIONAL"),
        *(
            "FXGL-NEW005",
            "FXGL-NEW017",
            "FXGL-11-ADA-0",
            "FXGL-11-ADA-1",
            "LJSB-NEW-0",
            "LJSB-NEW-1",
            "YYMW-CDA-UNSUPPORTED",
        ),
        # The counter as it began, or at its end, which it reaches once.
        *("YYCS-FOREIGN-08400156", "YYCS-FOREIGN-01560840", "YYCS-FOREIGN-01560156", "ZTJ-BLOCKED-GPO"),
        *("YYCS-ATC-FFFF", "YYCS-ATC-FFFE"),
        *("YYCS-BANK-SDA", "YYCS-BANK-DDA", "YYCS-BANK-CDA", "YYCS-BANK-ONLY"),
        # An empty log, or one with the vector's own transactions only.
        *("JYMX-EMPTY", "JYMX-TC1", "JYMX-TC2", "JYMX-Y3", "JYMX-NONE", "JYMX-ORDER", "JYMX-BLOCKED", "DQSJ-6A83-LOG"),
        "JYMX-RING",
    )
)
"""Vectors that expect the card as it was issued."""

REGISTERS = ("LJPZ-NONE-EA", "LJPZ-OPTIONAL-EA", "LJPZ-MANDATORY-EA")
"""How vectors begin that look at the last online ATC register, and expect the first transaction's."""

SPOILING = frozenset(
    (
        # The application is blocked afterwards, the PIN locked or tries are spent.
        *("YYMW-T33-AAC-BLOCKED", "YYMW-T33-ARQC-BLOCKED", "YYMW-T33-TC-BLOCKED", "YYSD-PSE", "YYSD-TWICE"),
        *("YYSD-RESET", "YYSD-VERIFY", "YYXZ-BLOCKED", "YYXZ-BLOCKED-NEXT", "ZTJ-BLOCKED-BETWEEN", "YYXZ-6283"),
        *("HQSJ-PTC0", "YYJS-PTC", "CKRZ-63CX", "CKRZ-6983", "CKRZ-6984"),
        *("CKRZ-63C2-CONTROL", "CKRZ-63C2-LENGTH", "CKRZ-63C2-FILL", "CKRZ-OFA009", "FHDT-COM007", "MMJS-APP"),
        *("FXGL-12-B3", "FXGL-12-B6", "FXGL-12-B7", "FXGL-12-B7-B3", "FXGL-12-B7-B6", "FXGL-12-ABSENT"),
        *("FXGL-12-FIGURE-11", "FXGL-12-TRIED", "FXGL-ORDER-DECLINE", "FXGL-12-NONE", "LJSB-PIN-0", "LJSB-PIN-1"),
        *("YYMW-ADVICE-B4-EARLIER", "YYMW-ADVICE-B4-TRIES", "YYMW-ADVICE-B5-TRIES", "YYMW-ADVICE-B5-B4-TRIES"),
        *("YYMW-T33-AAC-DECLINE", "YYMW-T33-ARQC-DECLINE", "YYMW-T33-TC-DECLINE"),
        # A script's success or failure is still to be shown by the next transaction.
        *("JBSB-AFTER", "JBSB-SAME-AC", "JBSB-BEFORE"),
        # A limit, a record or the PIN is another one afterwards.
        *("GXSJ-PUT-9000", "GXSJ-PUT-9000-O", "GXSJ-PUT-9000-D", "GXSJ-PUT-9F58", "GXSJ-PUT-9F59", "GXSJ-PUT-9F53"),
        *("GXSJ-PUT-9F72", "GXSJ-UPR-READ-BACK", "ZZFW-WRITE"),
        *("MMXG-9000-P2-02", "MMXG-9000-P2-01", "MMXG-PCU086", "MMXG-TRIES"),
    )
)
"""Vectors that need a card of their own, besides those that block for good and say so in their tables."""


def marked(unit: Unit) -> Unit:
    """``unit`` with what its vectors do to a real card."""
    if unit.file not in LIVE:
        return unit
    return unit._replace(live=True, vectors=[_marked(vector) for vector in unit.vectors])


def _marked(vector: Json) -> Json:
    if vector["id"] in AS_ISSUED or vector["id"].startswith(REGISTERS):
        return {**vector, "live": False}
    return {**vector, "destructive": True} if vector["id"] in SPOILING else vector
