"""Power cuts (防拔) in every writing command: known vectors, cut in the middle of the command they are about.

Situation, command and answer are the source vector's; after a cut at every ``stride``-th programmed byte the memory of
the environment must be as before or as after the command, and that of its neighbours untouched. Each row of the command
tables that writes has its source here.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

from vectors.generate.vector_layout import layout

FOLDER = Path(__file__).parents[1]
Json = dict[str, Any]
_CUTS = 6  # about so many in each command, evenly spread; `dualcos conform` plays them all in seconds


class Source(NamedTuple):
    """A vector and the number of the step that is cut; ``region``: whose memory it writes as a whole (empty: it spends a
    try first, which stays spent); ``ticks``: how much.
    """

    region: str
    vector: str
    step: int
    ticks: int


MANAGER = tuple(
    Source("manager", *row)
    for row in (
        ("MF-MANAGER-02", 0, 14),
        ("MF-MANAGER-02", 1, 14),
        ("MF-MANAGER-09", 0, 61),
        ("MF-MANAGER-10", 0, 61),
        ("MF-MANAGER-11", 0, 61),
        ("MF-MANAGER-12", 0, 61),
        ("MF-MANAGER-13", 7, 4),
        ("MF-MANAGER-27", 2, 71),
        ("MF-MANAGER-28", 0, 15),
        ("MF-MANAGER-28", 1, 4),
        ("MF-MANAGER-34", 2, 51),
        ("MF-MANAGER-34", 4, 31),
        ("MF-POWERLESS-13", 0, 41),
    )
)
SSSE = tuple(
    Source("ssse", *row)
    for row in (
        ("SSC-APP-BLOCK-01", 0, 53),
        ("SSC-BIRTH-07", 1, 61),
        ("SSC-BIRTH-15", 4, 45),
        ("SSC-BIRTH-17", 4, 35),
        ("SSC-BIRTH-20", 4, 53),
        ("SSC-BIRTH-23", 5, 71),
        ("SSC-CARD-BLOCK-01", 0, 73),
        ("SSC-CHANGE-PIN-01", 0, 39),
        ("SSC-EXTERNAL-01", 0, 4),
        ("SSC-MEDICAL-01", 1, 143),
        ("SSC-MEDICAL-03", 1, 137),
        ("SSC-MEDICAL-07", 0, 75),
        ("SSC-NUMBERS-11", 1, 29),
        ("SSC-NUMBERS-14", 1, 13),
        ("SSC-NUMBERS-27", 1, 599),
        ("SSC-PERSO-05", 0, 71),
        ("SSC-PERSO-06", 1, 13),
        ("SSC-PERSO-07", 4, 17),
        ("SSC-PERSO-09", 0, 5),
        ("SSC-PERSO-14", 3, 61),
        ("SSC-UPDATE-BINARY-02", 0, 599),
        ("SSC-UPDATE-RECORD-02", 0, 13),
        ("SSC-VERIFY-01", 0, 4),
    )
)
PSE = (
    Source("", "CKRZ-9000", 0, 94),
    Source("", "GRH-EXT-9000", 0, 30),
    *(
        Source("pse", *row)
        for row in (
            ("CKRZ-ABS012", 6, 47),
            ("FXGL-11-ABSENT", 1, 149),
            ("GRH-CREATE-9000", 0, 57),
            ("GRH-DELETE-APP", 1, 7),
            ("GRH-DELETE-EF", 1, 13),
            ("GRH-DELETE-ENV", 0, 5),
            ("GRH-END-9000", 0, 69),
            ("GRH-INCOMPLETE-0101", 0, 35),
            ("GRH-KEY-00", 0, 61),
            ("GRH-KEY-04", 1, 61),
            ("GRH-KEY-80", 0, 61),
            ("GRH-KEY-MASTER", 1, 61),
            ("GRH-KEY-MASTER", 4, 4),
            ("GRH-KEYDATA-9000", 0, 27),
            ("GRH-MADE-00", 0, 35),
            ("GXSJ-PUT-9000-D", 0, 139),
            ("GXSJ-UPR-9000-D", 0, 71),
            ("JSML-9000-D", 0, 47),
            ("KSML-9000-D", 0, 113),
            ("MMJS-9000-D", 0, 47),
            ("MMXG-9000-P2-01", 0, 89),
            ("SDML-9000-D", 0, 47),
        )
    ),
)
PSAM = (
    *(
        Source("manager", *row)
        for row in (
            ("PSAM-CREATE-01", 0, 61),
            ("PSAM-DELETE-01", 1, 13),
            ("PSAM-DELETE-02", 4, 40),
            ("PSAM-DELETE-03", 2, 30),
            ("PSAM-EXTERNAL-01", 0, 4),
            ("PSAM-FILES-07", 0, 19),
            ("PSAM-FILES-07", 2, 19),
            ("PSAM-MAKING-01", 0, 14),
            ("PSAM-MAKING-01", 1, 14),
            ("PSAM-MAKING-02", 0, 4),
            ("PSAM-MAKING-05", 0, 71),
            ("PSAM-MAKING-05", 2, 69),
            ("PSAM-MAKING-12", 0, 61),
            ("PSAM-MAKING-12", 1, 61),
            ("PSAM-MAKING-12", 3, 61),
            ("PSAM-MAKING-16", 0, 71),
            ("PSAM-NUMBERS-13", 0, 15),
        )
    ),
    Source("psam-sx2", "PSAM-CHANGE-01", 0, 61),
    Source("psam-sx2", "PSAM-DELETE-04", 6, 5),
)
PKI = tuple(
    Source("pki", *row)
    for row in (
        ("PKI-FILES-09", 2, 2055),
        ("PKI-MAKE-01", 0, 65),
        ("PKI-MAKE-01", 2, 61),
        ("PKI-MAKE-01", 7, 65),
        ("PKI-MK-01", 1, 4),
        ("PKI-MK-05", 2, 61),
        ("PKI-PAIR-01", 1, 339),
        ("PKI-PAIR-02", 4, 139),
        ("PKI-PAIR-02", 5, 203),
        ("PKI-PIN-01", 1, 4),
        ("PKI-PIN-09", 1, 65),
    )
)
FILES = {
    "generated/tearing.json": ("CUT-SOCIAL", "社保侧与卡片管理防拔", "card manager and social side", (*MANAGER, *SSSE)),
    "pse/tearing.json": ("CUT-BANK", "银行侧防拔", "bank side", PSE),
    "pki/tearing.json": ("CUT-PKI", "证书环境防拔", "certificates", PKI),
    "psam/tearing.json": ("CUT-PSAM", "PSAM卡防拔", "key card of a terminal", PSAM),
}
_NEIGHBOURS = {
    "ssse": ["pse"],
    "pse": ["ssse"],
    "manager": ["ssse", "pse"],
    "pki": ["ssse"],
    "psam-sx2": ["manager"],
    "": ["ssse"],
}


def units() -> dict[str, Json]:
    """The units by the name of their file."""
    known = _known()
    return {name: _unit(*row, known) for name, row in FILES.items()}


def _unit(unit: str, zh: str, en: str, sources: tuple[Source, ...], known: dict[str, tuple[Json, Json]]) -> Json:
    return {
        "unit": unit,
        "title": {"zh": zh, "en": f"{en}: power cut in every writing command"},
        "purpose": "A cut at any programmed byte leaves the environment as before or as after the command.",
        "clause": ["SSC-7 §14"],
        "item": "防拔",
        "profile": known[sources[0].vector][0]["profile"],
        "provenance": {
            "kind": "derived",
            "source": "the vector each id names, cut; SSC-7 §14 for all commands that write",
            "confidence": "high",
        },
        "vectors": [_vector(source, *known[source.vector]) for source in sources],
    }


def _vector(source: Source, unit: Json, vector: Json) -> Json:
    """The source vector up to the step, that step cut, and what must hold then."""
    title = vector["title"]
    command = vector["steps"][source.step]
    cut = {"tick": "each", "stride": max(1, source.ticks // _CUTS)}
    kept = {name: vector[name] for name in ("random",) if name in vector}
    state: Json = {"atomic": [source.region]} if source.region else {}
    state["unchanged"] = _NEIGHBOURS[source.region]
    return {
        "id": f"CUT-{source.vector}-{source.step}",
        "title": {"zh": f"{title['zh']}：断电", "en": f"{title['en']}: power cut"},
        "requirement": ["T1", "T4"] if source.region else "T4",
        "clause": vector.get("clause", unit["clause"]),
        "profile": vector.get("profile", unit["profile"]),
        "overrides": vector.get("overrides", unit.get("overrides", {})),
        "applies": " and ".join(f"({text})" for each in (unit, vector) if (text := each.get("applies"))),
        **kept,
        "setup": [*unit.get("setup", []), *vector.get("setup", []), *vector["steps"][: source.step]],
        "steps": [{**command, "cut": cut}, {"state": state}],
    }


def _known() -> dict[str, tuple[Json, Json]]:
    """Every vector of the repository with its unit, as written."""
    found = {}
    for path in sorted(FOLDER.rglob("*.json")):
        unit = json.loads(path.read_text(encoding="utf-8"))
        if "unit" in unit and path.stem != "tearing":
            found.update({vector["id"]: (unit, vector) for vector in unit["vectors"]})
    return found


def write() -> None:
    """Write the files."""
    for name, unit in units().items():
        (FOLDER / name).write_text(layout(unit), encoding="utf-8")
