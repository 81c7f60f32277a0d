"""How long a right lasts: not beyond the tries of the key that earned it, nor its replacement, nor its directory.

One rule for every stack. A vector proves a key, shows that its right opens something, locks or replaces or erases that
key, and shows that the same thing is refused; beside it the cases in which the right must stay.
"""

from __future__ import annotations

from collections.abc import Iterator

from vectors.generate.items_and_requirements import for_items
from vectors.generate.rights.others import bank, card_manager, certificates, key_card
from vectors.generate.rights.pieces import SOCIAL
from vectors.generate.rights.social import puk, social_keys, social_masters
from vectors.generate.tries.pieces import FOLDER, Json
from vectors.generate.vector_layout import layout


def vectors() -> Iterator[Json]:
    """All of them."""
    yield from puk()
    yield from social_keys()
    yield from social_masters()
    yield from card_manager()
    yield from bank()
    yield from certificates()
    yield from key_card()


def units() -> dict[str, Json]:
    """By name of file."""
    unit: Json = {
        "unit": "RIGHTS",
        "title": {"zh": "权限的存续", "en": "How long a right lasts"},
        "purpose": "A right ends with the tries of the key that earned it, with its replacement, and with its directory.",
        "clause": ["SSC-7 §6.6", "SSC-7 §13.3", "SSC-4 §5.3"],
        "profile": SOCIAL,
        "destructive": True,
        "provenance": {
            "kind": "inferred",
            "source": "SSC-7 §13.3 for the PUK; for other keys no clause speaks: a locked key proves nothing any more, a new "
            "one has been shown by nobody",
            "confidence": "medium",
        },
        "vectors": list(vectors()),
    }
    return {"rights": for_items(unit)}


def write() -> None:
    """Write it."""
    for name, content in units().items():
        (FOLDER / f"{name}.json").write_text(layout(content), encoding="utf-8")
