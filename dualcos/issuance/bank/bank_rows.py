"""The bank's input: columns, checks, and each good row as data elements over a bank template (PBOC-5 A, PBOC-10)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from cos.ssse.tables import card_numbers
from dualcos.issuance.bank.bank_columns import COLUMNS, NAMES, REQUIRED
from dualcos.issuance.bank.bank_key_names import CERTIFICATE, ISSUER_KEYS
from dualcos.issuance.exchange.checked_input import CheckedInput, RowRules, checked
from dualcos.issuance.exchange.input_columns import Policy, RowReader, are_digits, implausible, unusable
from dualcos.issuance.exchange.input_files import InputTable, RawRow, read
from dualcos.profile.bank_profile import BankProfile
from dualcos.profile.field_types import is_hex
from keys.custody.key_store_file import KeyFile
from keys.custody.ownership import KeyOwner, Purpose

_TRACK_NIBBLES = 37
_NAME = 26
_PIN_BLOCK, _KCV = 16, 6


class BankTerms(NamedTuple):
    """What the bank's rows are checked against.

    ``bins``: card numbers begin with one of these, empty for any. ``dkis``: key sets the bank's store has.
    ``plain_pins``: offline PINs may come unprotected, for test cards only.
    """

    templates: Mapping[str, BankProfile]
    bins: tuple[str, ...] = ()
    dkis: frozenset[int] = frozenset((1,))
    ca_indexes: frozenset[str] = frozenset()
    plain_pins: bool = False

    @classmethod
    def of_store(
        cls, templates: Mapping[str, BankProfile], store: KeyFile | None, bins: tuple[str, ...], *, plain_pins: bool
    ) -> BankTerms:
        """The terms a bank's key store allows; without one, a test bank's: key set 1, the test authority."""
        dkis = frozenset((1,))
        if store is not None and store.owner is KeyOwner.BANK:
            held = (key.version for key in store.entries(Purpose.ISSUER_AC) if key.name == ISSUER_KEYS[0])
            dkis = frozenset(held) or dkis
        indexes = frozenset(("F1",)) if store is None or CERTIFICATE in store.public else frozenset[str]()
        return cls(templates, bins, dkis, indexes, plain_pins)


class BankRow(NamedTuple):
    """A good row: its values by column, and the data elements that differ from the template's (tag to hex)."""

    number: int
    values: Mapping[str, str]
    elements: Mapping[str, str]

    @property
    def ssn(self) -> str:
        """The shared number."""
        return self.values["ssn"]

    @property
    def pan(self) -> str:
        """The card's account number (主账号)."""
        return self.values["pan"]

    @property
    def rejected(self) -> bool:
        """True if the bank refuses this person."""
        return self.values["kyc_result"] == "reject"

    def __repr__(self) -> str:
        return f"<BankRow {self.number}>"


BankInput = CheckedInput[BankRow]


def load(path: str | Path, terms: BankTerms, policy: Policy | None = None, *, once: tuple[str, ...] = ()) -> BankInput:
    """Read and check ``bank.csv`` or ``bank.jsonl``; ``once`` as in RowRules. Bad rows are findings. InputError."""
    policy = policy or Policy()
    return check(read(path, NAMES, REQUIRED, policy.bank_encoding), terms, policy, once=once)


def check(table: InputTable, terms: BankTerms, policy: Policy, *, once: tuple[str, ...] = ()) -> BankInput:
    """Every row alone, then what must be unique. Two rows of one person with one PAN are one duplicate."""
    rules = RowRules(
        BankRow,
        lambda reader, raw: _row(reader, raw, terms),
        # The matching reports both rows of a person listed twice; here only the account is remarked upon.
        {
            "row_id": lambda _, __: "error",
            "pan": lambda first, row: "warning" if first.ssn == row.ssn else "error",
        },
        same=("batch_no",),
        once=once,
    )
    return checked(table, policy, rules)


def _row(reader: RowReader, raw: RawRow, terms: BankTerms) -> BankRow | None:
    reader.read(COLUMNS)
    values = reader.values
    template = terms.templates.get(values.get("profile", ""))
    if reader.has("profile") and template is None:
        known = ", ".join(sorted(terms.templates))
        reader.blame("profile", unusable(f"no such bank template; there are {known}"))
    if terms.bins and reader.has("pan") and not values["pan"].startswith(terms.bins):
        reader.blame("pan", implausible(f"begins with none of {', '.join(terms.bins)}"))
    if reader.has("dki") and int(values["dki"]) not in terms.dkis:
        reader.blame("dki", unusable("the bank's key store has no such key set"))
    if reader.has("ca_index") and values["ca_index"].upper() not in terms.ca_indexes:
        reader.blame("ca_index", unusable("the bank's key store has no certificate under this key of the authority"))
    if reader.has("offline_pin"):
        _check_pin(reader, terms)
    if template is None or not reader.good:
        return None
    elements = dict(_elements(reader, template))
    return BankRow(raw.number, values, elements) if reader.good else None


def _check_pin(reader: RowReader, terms: BankTerms) -> None:
    """Never quotes the value: 16 hexadecimal digits ``:`` KCV of the PIN key; plain digits for test cards only."""
    block, colon, kcv = reader.values["offline_pin"].partition(":")
    if colon:
        if len(block) != _PIN_BLOCK or len(kcv) != _KCV or not is_hex(block + kcv):
            wanted = "16 hexadecimal digits under the PIN transport key, a colon, its check value"
            reader.blame("offline_pin", unusable(wanted))
    elif not terms.plain_pins:
        refused = unusable("a plain PIN is refused; send it under the PIN transport key", "only test cards take one")
        reader.blame("offline_pin", refused)
    elif not (are_digits(block) and 4 <= len(block) <= 12):
        reader.blame("offline_pin", unusable("4 to 12 digits are wanted"))


def _elements(reader: RowReader, template: BankProfile) -> Iterator[tuple[str, str]]:
    """The row as data elements; what the template has no place for is left out with a note, or an error."""
    values = reader.values
    placed = {tag for tags in (*template.records.values(), *template.internal.values()) for tag in tags} | {"9F10"}
    yield "5A", _filled(values["pan"])
    yield "5F34", values["psn"]
    yield "5F24", _last_day(values["expiry"])
    yield "5F30", values["service_code"].rjust(4, "0")
    yield "57", _track2(reader)
    issued = template.elements.get("9F10", "")
    yield "9F10", f"{issued[:2]}{int(values['dki']):02X}{issued[4:]}"
    if "9F61" in placed:
        yield "9F61", _characters(values["id_no"])
        yield "9F62", values["id_type"]
    else:
        _left_out(reader, "id_no", "9F61")
    if values.get("issuer_key_id"):
        reader.say("issuer_key_id", "left out: cards take the one issuer key of the bank's key store", "note")
    if values.get("effective"):
        yield from _optional(reader, "effective", "5F25", values["effective"], placed)
    yield from _latin(reader, placed)
    if values.get("track1_disc"):
        yield from _optional(reader, "track1_disc", "9F1F", _characters(values["track1_disc"]), placed)
    if "9F63" in placed:
        old = template.elements["9F63"]
        flags = values.get("product_flags", old[16:18])
        yield "9F63", old[:16] + flags.upper() + old[18:]
    elif values.get("product_flags"):
        _left_out(reader, "product_flags", "9F63")
    for part in filter(None, values.get("limits", "").split(";")):
        tag, _, content = part.partition("=")
        if tag in placed:
            yield tag, content.upper()
        else:
            reader.blame("limits", unusable(f"this template has no place for {tag}"))


def _latin(reader: RowReader, placed: set[str]) -> Iterator[tuple[str, str]]:
    """The name in Latin letters; what 5F20 has no room for is 9F0B's, and is cut nowhere."""
    latin = reader.values.get("name_latin", " /")
    if "5F20" not in placed:
        if reader.has("name_latin"):
            _left_out(reader, "name_latin", "5F20")
        return
    yield "5F20", _characters(latin[:_NAME])
    if "9F0B" in placed and len(latin) > _NAME:
        yield "9F0B", _characters(latin[_NAME:])
    elif len(latin) > _NAME:
        reader.blame("name_latin", unusable(f"{_NAME} characters at most: this template has no extension (9F0B)"))


def _optional(reader: RowReader, column: str, tag: str, value: str, placed: set[str]) -> Iterator[tuple[str, str]]:
    if tag in placed:
        yield tag, value
    else:
        _left_out(reader, column, tag)


def _left_out(reader: RowReader, column: str, tag: str) -> None:
    reader.say(column, f"left out: this bank template has no place for it ({tag})", "note")


def _characters(text: str) -> str:
    """What the checks have found to be printable ASCII, a byte each."""
    return text.encode("ascii").hex().upper()


def _filled(number: str) -> str:
    return number.ljust(20, "F") if len(number) > 16 else number


def _last_day(expiry: str) -> str:
    """YYMMDD; a month stands for its last day."""
    if len(expiry) == 6:
        return expiry
    return next(expiry + day for day in ("31", "30", "29", "28") if card_numbers.date_ok(f"20{expiry}{day}"))


def _track2(reader: RowReader) -> str:
    values = reader.values
    track = f"{values['pan']}D{values['expiry'][:4]}{values['service_code']}{values.get('track2_disc', '')}"
    if len(track) > _TRACK_NIBBLES:
        reader.blame("track2_disc", unusable(f"track 2 takes {_TRACK_NIBBLES} characters, these are {len(track)}"))
    return track + "F" * (len(track) % 2)
