"""The bank's input: columns, checks, and each good row as data elements over a bank template (PBOC-5 A, PBOC-10)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from cos.pse.data.data_elements import BY_TAG, Format
from cos.ssse.tables import card_numbers
from dualcos.issuance.bank.bank_key_names import CERTIFICATE, ISSUER_KEYS
from dualcos.issuance.exchange.checked_input import CheckedInput, RowRules, checked
from dualcos.issuance.exchange.input_columns import Column, Policy, RowReader, anything, digits, free, one_of
from dualcos.issuance.exchange.input_files import InputTable, RawRow, read
from dualcos.profile.schema import BankProfile
from keys.custody.key_store_file import KeyFile
from keys.custody.ownership import KeyOwner, Purpose

_LIMITS = ("9F14", "9F23", "9F58", "9F59", "9F53", "9F72", "9F54", "9F5C", "9F75")
_TRACK_NIBBLES = 37


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


def luhn_digit(number: str) -> str:
    """The Luhn check digit that belongs behind the digits of ``number``."""
    products = "".join(str(int(digit) * (1 if at % 2 else 2)) for at, digit in enumerate(reversed(number)))
    return str(-sum(map(int, products)) % 10)


def _ssn(value: str, _: Mapping[str, str]) -> str | None:
    return None if len(value) == 18 else f"{len(value)} characters instead of 18"


def _pan(value: str, _: Mapping[str, str]) -> str | None:
    if not (value.isascii() and value.isdigit() and 16 <= len(value) <= 19):
        return "16 to 19 digits are wanted"
    return None if value[-1] == luhn_digit(value[:-1]) else "the Luhn check digit is wrong"


def _id_number(value: str, row: Mapping[str, str]) -> str | None:
    if len(value) > 40 or not value.isascii():
        return "at most 40 letters and digits"
    if row.get("id_type") == "00" and value != row.get("ssn"):
        return "differs from ssn, and id_type 00 is the identity card"
    return None


def _expiry(value: str, row: Mapping[str, str]) -> str | None:
    if len(value) not in (4, 6) or not value.isdigit() or not 1 <= int(value[2:4]) <= 12:
        return "YYMM or YYMMDD is wanted"
    if len(value) == 6 and not card_numbers.date_ok("20" + value):
        return "no such date"
    if row.get("effective", "")[:4] > value[:4]:
        return "before effective"
    return None


def _effective(value: str, _: Mapping[str, str]) -> str | None:
    return None if len(value) == 6 and card_numbers.date_ok("20" + value) else "a date YYMMDD is wanted"


def _service(value: str, _: Mapping[str, str]) -> str | None:
    if len(value) == 3 and value.isdigit() and value[0] in "26":
        return None
    return "three digits beginning 2 or 6 (chip card) are wanted"


def _latin(value: str, _: Mapping[str, str]) -> str | None:
    if not value.isascii() or not value.isprintable():
        return "capital letters, / and spaces only"
    return None if 2 <= len(value) <= 45 else "2 to 26 characters, 19 more in the extension"


def _flags(value: str, _: Mapping[str, str]) -> str | None:
    return None if len(value) == 2 and _is_hex(value) else "two hexadecimal digits are wanted (byte 9 of 9F63)"


def _is_hex(text: str) -> bool:
    return bool(text) and all(each in "0123456789ABCDEFabcdef" for each in text)


def _limits(value: str, _: Mapping[str, str]) -> str | None:
    """``9F58=03;9F59=05``."""
    for part in value.split(";"):
        tag, _equals, content = part.partition("=")
        if tag not in _LIMITS:
            return f"{tag[:8]} is none of {', '.join(_LIMITS)}"
        element = BY_TAG[int(tag, 16)]
        if not _is_hex(content) or len(content) != 2 * element.most:
            return f"{tag} takes {element.most} bytes, {2 * element.most} hexadecimal digits"
        if element.form is Format.N and not content.isdigit():
            return f"{tag} takes digits only"
    return None


COLUMNS: tuple[Column, ...] = (
    Column("row_id", "序号", "M", free(20)),
    Column("batch_no", "批次号", "M", free(20)),
    Column("ssn", "社会保障号码", "M", _ssn),
    Column("name", "姓名", "M", free(60)),
    Column("name_latin", "姓名拼音", "O", _latin),
    Column("id_type", "证件类型", "M", one_of("00", "01", "02", "03", "04", "05")),
    Column("id_no", "证件号码", "M", _id_number),
    Column("birth_date", "出生日期", "O", digits(8)),
    Column("sex", "性别", "O", one_of("1", "2", "9")),
    Column("pan", "主账号", "M", _pan),
    Column("psn", "主账号序列号", "M", digits(2)),
    Column("account_no", "金融账户", "O", free(32)),
    Column("expiry", "失效日期", "M", _expiry),
    Column("effective", "生效日期", "O", _effective),
    Column("service_code", "服务码", "M", _service),
    Column("track2_disc", "磁条2自定义数据", "O", digits(1, 13)),
    Column("track1_disc", "磁条1自定义数据", "O", free(24)),
    Column("product_flags", "产品标识", "O", _flags),
    Column("profile", "模板", "M", anything),
    Column("ca_index", "CA公钥索引", "O", _flags),
    Column("issuer_key_id", "发卡行密钥", "O", free(20)),
    Column("dki", "密钥索引", "M", digits(1, 3)),
    Column("offline_pin", "脱机密码", "O", anything),
    Column("ptl", "密码尝试上限", "O", one_of(*(str(n) for n in range(1, 16)))),
    Column("kyc_result", "审核结果", "M", one_of("ok", "reject")),
    Column("kyc_reason", "审核说明", "O", free(60)),
    Column("limits", "风险参数", "O", _limits),
)
NAMES = frozenset(column.name for column in COLUMNS)
REQUIRED = frozenset(column.name for column in COLUMNS if column.need == "M")


BankInput = CheckedInput[BankRow]


def load(path: str | Path, terms: BankTerms, policy: Policy | None = None) -> BankInput:
    """Read and check ``bank.csv`` or ``bank.jsonl``. Raises InputError; bad rows are findings."""
    policy = policy or Policy()
    return check(read(path, NAMES, REQUIRED, policy.bank_encoding), terms, policy)


def check(table: InputTable, terms: BankTerms, policy: Policy) -> BankInput:
    """Every row alone, then what must be unique. Two rows of one person with one PAN are one duplicate."""
    rules = RowRules(
        BankRow,
        lambda reader, raw: _row(reader, raw, terms),
        # The matching reports both rows of a person listed twice; here only the account is remarked upon.
        {
            "row_id": lambda _, __: "error",
            "pan": lambda first, row: "warning" if first.ssn == row.ssn else "error",
        },
    )
    return checked(table, policy, rules)


def _row(reader: RowReader, raw: RawRow, terms: BankTerms) -> BankRow | None:
    reader.read(COLUMNS)
    values = reader.values
    template = terms.templates.get(values.get("profile", ""))
    if "profile" in values and template is None:
        reader.say("profile", f"no such bank template; there are {', '.join(sorted(terms.templates))}")
    if terms.bins and "pan" in values and not values["pan"].startswith(terms.bins):
        reader.say("pan", f"begins with none of {', '.join(terms.bins)}")
    if values.get("dki", "").isdigit() and int(values["dki"]) not in terms.dkis:
        reader.say("dki", "the bank's key store has no such key set")
    if values.get("ca_index") and values["ca_index"].upper() not in terms.ca_indexes:
        reader.say("ca_index", "the bank's key store has no certificate under this key of the authority")
    if values.get("offline_pin"):
        _check_pin(reader, terms)
    if template is None or not reader.good:
        return None
    elements = dict(_elements(reader, template))
    return BankRow(raw.number, values, elements) if reader.good else None


def _check_pin(reader: RowReader, terms: BankTerms) -> None:
    """Never quotes the value: 16 hexadecimal digits ``:`` KCV of the PIN key; plain digits for test cards only."""
    block, _, kcv = reader.values["offline_pin"].partition(":")
    if kcv:
        if len(block) != 16 or not _is_hex(block) or len(kcv) != 6 or not _is_hex(kcv):
            reader.say("offline_pin", "16 hexadecimal digits under the PIN transport key, a colon, its check value")
    elif not terms.plain_pins:
        reader.say("offline_pin", "a plain PIN is refused; send it under the PIN transport key")
    elif not (block.isdigit() and 4 <= len(block) <= 12):
        reader.say("offline_pin", "4 to 12 digits are wanted")


def _elements(reader: RowReader, template: BankProfile) -> Iterator[tuple[str, str]]:
    """The row as data elements; only tags the template has a place for."""
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
        yield "9F61", values["id_no"].encode("ascii").hex().upper()
        yield "9F62", values["id_type"]
    if values.get("effective"):
        yield "5F25", values["effective"]
    latin = values.get("name_latin", " /")
    if "5F20" in placed:
        yield "5F20", latin[:26].encode("ascii").hex().upper()
    if len(latin) > 26:
        if "9F0B" in placed:
            yield "9F0B", latin[26:].encode("ascii").hex().upper()
        else:
            reader.say("name_latin", "26 characters at most: this template has no extension (9F0B)")
    if values.get("track1_disc"):
        yield "9F1F", values["track1_disc"].encode("ascii", "replace").hex().upper()
    if "9F63" in placed:
        old = template.elements["9F63"]
        flags = values.get("product_flags", old[16:18])
        yield "9F63", old[:16] + flags.upper() + old[18:]
    for part in filter(None, values.get("limits", "").split(";")):
        tag, _, content = part.partition("=")
        if tag in placed:
            yield tag, content.upper()
        else:
            reader.say("limits", f"this template has no place for {tag}")


def _filled(number: str) -> str:
    return number.ljust(20, "F") if len(number) > 16 else number


def _last_day(expiry: str) -> str:
    """YYMMDD; a month stands for its last day."""
    if len(expiry) == 6:
        return expiry
    for day in ("31", "30", "29"):
        if card_numbers.date_ok("20" + expiry + day):
            return expiry + day
    return expiry + "28"


def _track2(reader: RowReader) -> str:
    values = reader.values
    track = f"{values['pan']}D{values['expiry'][:4]}{values['service_code']}{values.get('track2_disc', '')}"
    if len(track) > _TRACK_NIBBLES:
        reader.say("track2_disc", f"track 2 takes {_TRACK_NIBBLES} characters, these are {len(track)}")
    return track + "F" * (len(track) % 2)
