"""The bureau's input: each row checked, and a good one as the items of the card (V2.0 §8)."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from cos.ssse.tables import card_numbers
from cos.ssse.tables.file_structure import find, structure
from cos.ssse.tables.item_encoding import EncodingError, Value, split_name
from cos.ssse.tables.table_model import Directory, Item, Version
from dualcos.issuance.bureau import item_plausibility
from dualcos.issuance.bureau.item_meanings import ColumnItems, column_items
from dualcos.issuance.bureau.social_columns import COLUMNS, NAMES, REQUIRED
from dualcos.issuance.bureau.social_file_contents import IDENTIFICATION, PHOTO
from dualcos.issuance.exchange import input_characters
from dualcos.issuance.exchange.checked_input import CheckedInput, RowRules, checked
from dualcos.issuance.exchange.input_columns import Policy, RowReader, implausible, unusable
from dualcos.issuance.exchange.input_files import InputTable, RawRow, read
from dualcos.issuance.exchange.personalisation_file import Place
from dualcos.profile.social_plan import directories, version_of
from dualcos.profile.social_profile import SocialProfile
from dualcos.textforms.json_and_toml import BadText, from_json, named_twice

_REGIONS = ("city_code", "birth_place", "reg_region", "res_region", "medical_region")
_PHOTO_BYTES = 4096


class SocialRow(NamedTuple):
    """A good row: its values by column, and by card item what is to be written. ``photo`` as a JPEG, may be empty."""

    number: int
    values: Mapping[str, str]
    items: Mapping[Place, Value]
    photo: bytes

    @property
    def ssn(self) -> str:
        """Social security number (社会保障号码)."""
        return self.values["ssn"]

    @property
    def version(self) -> Version:
        """Edition the card is to have."""
        return card_numbers.version_of(self.values["spec_version"])

    def __repr__(self) -> str:
        return f"<SocialRow {self.number}>"


class CardItems(NamedTuple):
    """What the cards of an edition have, and where each column is there."""

    edition: Version
    directories: tuple[Directory, ...]
    columns: Mapping[str, ColumnItems]

    def item(self, place: Place) -> Item | None:
        """The first item at ``place``."""
        directory = find(self.directories, place[0])
        file = directory.file(place[1]) if directory else None
        return file.item(place[2]) if file else None

    @property
    def photo(self) -> bool:
        """True if they have a file for the photo."""
        home = find(self.directories, PHOTO[0])
        return home is not None and home.file(PHOTO[1]) is not None


_Known = Callable[[Version], CardItems]
SocialInput = CheckedInput[SocialRow]


def for_template(policy: Policy, template: SocialProfile | None) -> Policy:
    """``policy`` for the cards a template makes: its charset, its edition, its files. None: any edition's own."""
    if template is None:
        return policy
    return policy._replace(charset=template.charset, edition=version_of(template), directories=directories(template))


@cache
def _of_edition(edition: Version) -> CardItems:
    there = structure(edition)
    return CardItems(edition, there, column_items(edition, there))


def _of_template(policy: Policy) -> CardItems | None:
    """None where the template's cards have what any of their edition has."""
    edition, there = policy.edition, policy.directories
    if edition is None or there == structure(edition):
        return None
    return CardItems(edition, there, column_items(edition, there))


def load(path: str | Path, policy: Policy | None = None, *, once: tuple[str, ...] = ()) -> SocialInput:
    """Read and check ``social.csv`` or ``social.jsonl``; ``once`` as in RowRules. Raises InputError; bad rows are
    findings.
    """
    policy = policy or Policy()
    return check(read(path, NAMES, REQUIRED, policy.social_encoding), policy, Path(path).parent, once=once)


def check(table: InputTable, policy: Policy, folder: Path = Path(), *, once: tuple[str, ...] = ()) -> SocialInput:
    """Every row alone, then what must be unique in the file. A number twice is the matching's business."""
    made = _of_template(policy)

    def known(edition: Version) -> CardItems:
        return made if made is not None and made.edition is edition else _of_edition(edition)

    rules = RowRules(
        SocialRow,
        lambda reader, raw: _row(reader, raw, folder, known),
        {column: lambda _, __: "error" for column in ("row_id", "card_no", "card_ident")},
        same=("batch_no",),
        optional=("card_ident",),
        once=once,
    )
    return checked(table, policy, rules)


def _row(reader: RowReader, raw: RawRow, folder: Path, known: _Known) -> SocialRow | None:
    reader.read(COLUMNS)
    values = reader.values
    birth, region = values.get("birth_date", ""), values.get("city_code", "")
    if card_numbers.date_ok(birth) and birth > reader.policy.today:
        reader.blame("birth_date", implausible("lies in the future"))
    if region and not card_numbers.region_ok(region, synthetic=reader.policy.synthetic):
        reader.blame("city_code", item_plausibility.no_region(region))
    _unknown_regions(reader)
    edition = _edition(reader)
    if edition is None:
        return None
    card = known(edition)
    owners: dict[Place, str] = {IDENTIFICATION: "card_ident"}
    items: dict[Place, Value] = {}
    for column, place, value in _items(reader, card):
        owners[place] = column
        if value:
            items[place] = value
    items.update(_extra(reader, card, owners))
    photo = _photo(reader, folder)
    if photo and not card.photo:
        reader.say("photo", f"not on the chip: edition {edition.label} has no file for it; it is printed only", "note")
    return SocialRow(raw.number, values, items, photo) if reader.good else None


def _unknown_regions(reader: RowReader) -> None:
    """Codes are abolished and live on: one that is not in the list is worth a look, no more."""
    known = reader.policy.regions
    for column in _REGIONS if known.codes else ():
        value = reader.values.get(column, "")
        if value and value not in known.codes:
            reader.say(column, f"{value} is not in the region list {known.edition}", "warning")


def _edition(reader: RowReader) -> Version | None:
    """The row's edition, if it can be made."""
    if not reader.has("spec_version"):
        return None
    edition, wanted = card_numbers.version_of(reader.values["spec_version"]), reader.policy.edition
    if wanted is None or wanted is edition:
        return edition
    reader.blame(
        "spec_version",
        unusable(f"the template makes cards of edition {wanted.label}; another is named with --template"),
    )
    return None


def _items(reader: RowReader, card: CardItems) -> Iterator[tuple[str, Place, Value]]:
    """Column values on their items; what an edition has no item for is left out with a note."""
    for column, (first, rest, why) in card.columns.items():
        if not reader.has(column):
            continue
        value = reader.values[column]
        if why:
            reader.say(column, f"left out: {why}", "note")
        if first is None:
            continue
        text, more = value, ""
        if rest is not None:
            try:
                text, more = split_name(value, reader.policy.charset, first=first.item.length, rest=rest.item.length)
            except EncodingError as error:
                reader.blame(column, item_plausibility.no_encoding(error))
                continue
        _look_at(reader, column, first.item, text)
        yield column, first.place, text
        if rest is not None:
            yield column, rest.place, more


def _look_at(reader: RowReader, column: str, item: Item, value: Value, where: str = "") -> None:
    charset, synthetic = reader.policy.charset, reader.policy.synthetic
    fault = item_plausibility.problem(item, value, charset, synthetic=synthetic)
    if fault:
        reader.blame(column, fault._replace(text=where + fault.text))


def _extra(reader: RowReader, card: CardItems, owners: Mapping[Place, str]) -> Mapping[Place, Value]:
    """``extra``: a JSON map of ``DF01/EF05/20`` to the item's text; parts of a compound item as a list."""
    found: dict[Place, Value] = {}
    text = reader.values.get("extra", "")
    try:
        given = from_json(text, dict[str, str | list[str]]) if text else {}
        twice = named_twice(text) if text else ""
    except BadText:
        reader.blame("extra", unusable('a JSON map is wanted, as {"DF01/EF08/2B": "2"}'))
        return found
    if twice:
        reader.blame("extra", unusable(f"{twice[:20]} is there twice"))
    for name, value in given.items():
        try:
            directory, file, tag = (int(part, 16) for part in name.split("/"))
        except ValueError:
            reader.blame("extra", unusable(f"{name[:20]} is no directory/file/tag"))
            continue
        place = directory, file, tag
        plain: Value = tuple(value) if isinstance(value, list) else value
        item, fault = card.item(place), _not_there(place, value, found, owners)
        if item is None:
            reader.blame("extra", unusable(f"{name[:20]}: this edition has no such item"))
        elif fault:
            reader.blame("extra", unusable(f"{name[:20]}: {fault}"))
        else:
            _look_at(reader, "extra", item, plain, f"{name}: ")
            found[place] = plain
    return found


def _not_there(
    place: Place, value: str | list[str], found: Mapping[Place, Value], owners: Mapping[Place, str]
) -> str | None:
    """Why ``extra`` may not say this item: it is said already, or with what nobody sees."""
    if place in owners:
        return f"column {owners[place]} fills this item"
    if place in found:
        return "is there twice"
    return input_characters.unfit("".join(value))


def _photo(reader: RowReader, folder: Path) -> bytes:
    if not reader.has("photo"):
        return b""
    text = reader.values["photo"]
    picture = _picture_file(reader, folder, text) if text.lower().endswith((".jpg", ".jpeg")) else _base64(reader, text)
    if picture and len(picture) > _PHOTO_BYTES:
        reader.blame("photo", unusable(f"{len(picture)} bytes, the card holds {_PHOTO_BYTES}"))
    elif picture is not None and not picture.startswith(b"\xff\xd8"):
        reader.blame("photo", implausible("not a JPEG picture"))
    return picture or b""


def _picture_file(reader: RowReader, folder: Path, name: str) -> bytes | None:
    # A name, never a path: the input must not make the tool read elsewhere.
    if Path(name).name != name:
        reader.blame("photo", unusable("a file name without folders is wanted"))
        return None
    try:
        return (folder / name).read_bytes()
    except OSError as error:
        reader.blame("photo", unusable(f"{name[:40]}: {error.strerror}"))
        return None


def _base64(reader: RowReader, text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:  # also for what is not ASCII
        reader.blame("photo", unusable("neither Base64 nor the name of a .jpg file"))
        return None
