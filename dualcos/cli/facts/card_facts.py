"""Facts of cards: what there is to be had, what is on one, what is different between two."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct

from dualcos.cli.facts.fact_sheet import CheckValue, FactPart, FactSheet, Hex


class ProfileFacts(FactPart, frozen=True):
    """One profile. ``environments``: labels of the sides it describes; ``sides``: the same as people call them."""

    name: str
    title: str
    title_zh: str
    environments: list[str]
    sides: list[str]


class ProfileList(FactSheet, frozen=True, tag="dualcos.profiles/1"):
    """The profiles that come with the program. ``default``: the one that is taken if none is named."""

    default: str
    profiles: list[ProfileFacts]


class KeyOnCard(FactPart, frozen=True):
    """One key or PIN by check value. ``kcv`` is empty for a PIN; ``tries_left`` of ``tries``."""

    kid: Hex
    version: int
    name: str
    algorithm: str
    kcv: CheckValue
    tries_left: int
    tries: int
    level: Hex


class FileOnCard(FactPart, frozen=True):
    """One elementary file. Sizes in bytes; ``records`` null for a transparent file; the rules in words."""

    fid: Hex
    sfi: Hex
    name: str
    structure: str
    size: int
    records: int | None
    used: int
    read: str
    update: str


class GroupOnCard(FactPart, frozen=True):
    """One data group of the bank side."""

    dgi: Hex
    content: str
    size: int


class DirectoryOnCard(FactPart, frozen=True):
    """One directory with its files, keys and data groups."""

    fid: Hex
    name: str
    aid: Hex
    life: str
    files: list[FileOnCard]
    keys: list[KeyOnCard]
    groups: list[GroupOnCard]


class KeyRecordOnCard(FactPart, frozen=True):
    """One key for user cards in a key file of a PSAM, by check value. ``factors``: how many it takes down to a card;
    ``name``: of that card's key, empty if no table knows it.
    """

    place: str
    usage: Hex
    identifier: Hex
    factors: int
    algorithm: str
    kcv: CheckValue
    name: str


class EnvironmentOnCard(FactPart, frozen=True):
    """One environment. ``damaged``: what cannot be read, in words. ``records``: keys for user cards, of a PSAM."""

    label: str
    cells: int
    bytes: int
    damaged: list[str]
    directories: list[DirectoryOnCard]
    records: list[KeyRecordOnCard]


class InspectedCard(FactSheet, frozen=True, tag="dualcos.inspect/1"):
    """A card. ``settings``: fields set otherwise than in its profile, as --set has them. ``keys``: ``test`` if it is
    marked as a test card. ``identification``: its identification code, null where there is none to be read.
    ``notes``: what is worth a look and no fault, of its profile and of the card. ``options``: the settings of its
    operating system, with --options only.
    """

    card: str
    title: str
    settings: list[str]
    atr: Hex
    keys: Literal["test", "real"]
    edition: str | None
    identification: Hex | None
    notes: list[str]
    damaged: list[str]
    environments: list[EnvironmentOnCard]
    options: dict[str, Any] | None


class CommandFacts(FactPart, frozen=True):
    """One command row. ``p1``, ``p2``, ``lc``, ``le``: values it takes, hexadecimal, a run of them as ``00-7F``;
    ``le`` null where every length is taken, empty where there is nothing to ask for. ``secret``: its data are.
    """

    environment: str
    cla: Hex
    ins: Hex
    p1: list[str]
    p2: list[str]
    lc: list[str]
    le: list[str] | None
    name: str
    name_zh: str
    clause: str
    secret: bool
    words: list[str]


class CommandRows(FactSheet, frozen=True, tag="dualcos.inspect.commands/1"):
    """All commands of this COS, side by side. ``words``: status words besides 9000, ``63Cx`` with any tries left."""

    commands: list[CommandFacts]


class IssuedCard(FactSheet, frozen=True, tag="dualcos.issue/1"):
    """A card file that was made. ``notes``: what is unusual in the profile, in words."""

    card_file: str
    profile: str
    title: str
    title_zh: str
    atr: Hex
    notes: list[str]


class ImportedCard(FactSheet, frozen=True, tag="dualcos.card.import/1"):
    """A card file that was made of an export."""

    card_file: str
    regions: int
    cells: int


class DifferenceOfCards(FactPart, frozen=True):
    """One cell, key or setting, ``where``: of which region or environment. ``was``, ``becomes``: null where it is not
    there, or is ``hidden`` as it is secret.
    """

    kind: Literal["option", "key", "cell"]
    change: Literal["added", "gone", "changed"]
    where: str
    what: str
    was: str | None
    becomes: str | None
    hidden: bool


class CardDifferences(FactSheet, frozen=True, tag="dualcos.card.diff/1"):
    """What is different between two cards; nothing, if the list is empty."""

    old: str
    new: str
    differences: list[DifferenceOfCards]


class ExportedKey(FactPart, frozen=True):
    """One key or PIN by check value."""

    kid: Hex
    version: int
    name: str
    algorithm: str
    kcv: CheckValue
    tries: str
    level: Hex


class ExportedGroup(FactPart, frozen=True):
    """One data group of the bank side."""

    number: Hex
    content: str
    size: int


class ExportedDirectory(FactPart, frozen=True):
    """One directory with its files, keys and data groups."""

    fid: Hex
    name: str
    aid: Hex
    life: str
    files: list[FileOnCard]
    keys: list[ExportedKey]
    groups: list[ExportedGroup]


class ExportedCell(
    Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True, rename={"is_": "is"}
):
    """One cell: what it is, and its bytes; or, where they are secret, how many."""

    is_: str
    value: Hex = ""
    hidden: int = 0


class CardExport(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """``card export``: a whole card. Its format has a number of its own. Environments and regions go by label.

    ``banner`` stands in it only if ``secrets`` do, ``provenance`` only for a test card: ``keys`` is ``test``, and with
    ``secrets`` what it was made from.
    """

    card: Literal["dualcos"]
    format: Literal[2]
    secrets: bool
    banner: str = ""
    provenance: dict[str, str] = {}
    options: dict[str, Any]
    damaged: list[str] = []
    environments: dict[str, list[ExportedDirectory]]
    cells: dict[str, dict[str, ExportedCell]]


class RuleFacts(FactPart, frozen=True):
    """One rule of a fault script: when it acts and how, in words, why, and the clause it asks about."""

    name: str
    acts: str
    purpose: str
    clause: str


class FaultScriptFacts(FactPart, frozen=True):
    """One script that comes with the program."""

    name: str
    title: str
    path: str
    rules: list[RuleFacts]


class FaultScriptList(FactSheet, frozen=True, tag="dualcos.serve.faults/1"):
    """The scripts of ``--faults list``."""

    scripts: list[FaultScriptFacts]
