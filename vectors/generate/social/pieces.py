"""Pieces of the social side's generated vectors: commands, ways to a directory, proofs, units."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from vectors.generate.social.structure import KIDS

Json = dict[str, Any]
PIN = "ssse.pin"  # the card's own, whatever it is


_STANDARD = {"kind": "standard", "source": "V2.0 tables 3 to 9, appendix B; SSC-9 table B1; 密钥索引表 2013"}


def send(command: str, expect: object) -> Json:
    """One command."""
    return {"send": command, "expect": expect}


def enter(directory: str) -> list[Json]:
    """To the directory."""
    steps = [{"routine": "ssse"}]
    return steps if directory == "SSSE" else [*steps, {"routine": f"app({directory})"}]


def proof(what: str) -> Json:
    """The PIN or a key proved."""
    return {"routine": f"pin({PIN})" if what == "PIN" else f"auth({what}, {KIDS[what]})"}


def tested(directory: str, what: str) -> str:
    """The test item of LD/T 6001.3 about a directory; it has none about DF06."""
    return "" if directory == "DF06" else f"{directory}_{what}"


def unit(
    name: str, title: tuple[str, str], purpose: str, clause: list[str], vectors: Iterable[Json], **more: object
) -> Json:
    """A whole file."""
    head = {"unit": name, "title": {"zh": title[0], "en": title[1]}, "purpose": purpose, "clause": clause}
    return {**head, "profile": "social-2.0", "provenance": _STANDARD, **more, "vectors": list(vectors)}
