"""Facts of the invented cardholders that come with the program."""

from __future__ import annotations

from dualcos.cli.facts.fact_sheet import FactPart, FactSheet, Hex


class HolderFacts(FactPart, frozen=True):
    """One holder: what --holder calls him, his name, why he is a hard case and by which clause, what a card needs."""

    holder: str
    name: str
    why: str
    why_zh: str
    clause: str
    needs: list[str]


class HolderList(FactSheet, frozen=True, tag="dualcos.holders/1"):
    """The invented holders that come with the program."""

    holders: list[HolderFacts]


class HolderItem(FactPart, frozen=True):
    """One item of the social side: directory, file and tag; ``text`` as the input has it, ``record`` as it lies on the
    card. A compound item has a text for each of its parts.
    """

    directory: Hex
    file: Hex
    tag: Hex
    name: str
    name_zh: str
    text: list[str]
    record: Hex


class HolderElement(FactPart, frozen=True):
    """One data element of the bank's side, tag and bytes; ``text``: what they mean."""

    tag: Hex
    content: Hex
    text: str


class HolderOnProfile(FactPart, frozen=True):
    """A profile that comes with the program; ``misfits``: why the holder cannot be on its card."""

    profile: str
    misfits: list[str]


class HolderShown(FactSheet, frozen=True, tag="dualcos.holders.one/1"):
    """One holder with every item of a card of one edition."""

    about: HolderFacts
    edition: str
    items: list[HolderItem]
    elements: list[HolderElement]
    profiles: list[HolderOnProfile]
