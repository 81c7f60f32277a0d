"""Every column of both sides, damaged in every way, warned of or not, through the whole run.

Either the row has a finding of level error and no record, or its record becomes an order for a card that says exactly
what the row says (worked out here from SSC-3 §5.1.2 and PBOC-5); nothing raises. Some such cards are made and read.
"""

from __future__ import annotations

import base64
from typing import NamedTuple

import msgspec
import pytest
from full_rows import BANK, SOCIAL_2, raw_row
from issuance_data import POLICY
from issuance_world import build, read_back

from apdu import tlv
from cos.ssse.tables import card_numbers
from cos.ssse.tables.card_numbers import luhn_digit
from dualcos.issuance.bank import bank_rows
from dualcos.issuance.bank.bank_card_records import bank_record
from dualcos.issuance.bank.bank_columns import COLUMNS as BANK_COLUMNS
from dualcos.issuance.bank.bank_rows import BankTerms
from dualcos.issuance.bureau import social_rows
from dualcos.issuance.bureau.social_card_records import social_record
from dualcos.issuance.bureau.social_columns import COLUMNS as SOCIAL_COLUMNS
from dualcos.issuance.bureau.social_file_contents import contents
from dualcos.issuance.exchange.input_files import InputTable
from dualcos.issuance.exchange.input_findings import Finding
from dualcos.issuance.exchange.personalisation_file import CardRecord, joined
from dualcos.issuance.parties_together import bank_templates
from dualcos.issuance.personaliser.workshop import Job, Workshop
from dualcos.profile.schema import load

TEMPLATE = "dual-2.0-3des"
TERMS = BankTerms(bank_templates(TEMPLATE), ca_indexes=frozenset(("F1",)), plain_pins=True)
OWN = load(TEMPLATE).pse.elements
PINS = {"social": load(TEMPLATE).ssse.pin, "bank": load(TEMPLATE).pse.pin}
SOCIAL_POLICY = social_rows.for_template(POLICY, load(TEMPLATE).ssse)
WIDE = {ord(char): ord(char) - 0x20 + 0xFF00 for char in map(chr, range(0x21, 0x7F))}

DAMAGES = {
    "as it is": lambda value: value,
    "empty": lambda _: "",
    "one short": lambda value: value[:-1],
    "too long": lambda value: value + value[-1] * 41,
    "huge": lambda value: value + "9" * 9_000,
    "letters": lambda _: "abc",
    "hexadecimal": lambda value: "ABCDEF0123456789ABCDEF01"[: len(value)],
    "control": lambda value: value + "\x07",
    "line": lambda value: value[:1] + "\n" + value[1:],
    "override": lambda value: "\u202e" + value,
    "half a pair": lambda value: value + "\ud800",
    "not ASCII": lambda value: value[:-1] + "é",
    "Chinese": lambda value: "测" * (len(value) // 2 or 1),
    "other digits": lambda value: "\u0661" * len(value),
    "wide": lambda value: value.translate(WIDE),
    "wrong digit": lambda value: value[:-1] + ("1" if value[-1] != "1" else "2"),
    "lost": lambda value: value[:-1] + "?",
    "rare": lambda value: value[:-1] + "㛃",
}
CASES = [
    pytest.param(side, column.name, id=f"{side}-{column.name}")
    for side, columns in (("social", SOCIAL_COLUMNS), ("bank", BANK_COLUMNS))
    for column in columns
]


class Bench(NamedTuple):
    """The parties' services, and a chip to make orders for."""

    workshop: Workshop
    historical: bytes
    ordered: set[str]


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    folder = tmp_path_factory.mktemp("damaged")
    world = build(folder, 1)
    workshop = Workshop(world.setting(folder))
    return Bench(workshop, workshop.maker.historical("999901", 1), set())


class Checked(NamedTuple):
    """What became of a row: its findings, its values and record, None if it has none."""

    findings: list[Finding]
    values: dict[str, str] | None
    record: CardRecord | None


def rows_of(side, rows, warned=frozenset()):
    """Each of ``rows`` of one file."""
    table = InputTable(f"{side}.csv", tuple(raw_row(values, number) for number, values in enumerate(rows, 1)))
    if side == "social":
        found, recorded = social_rows.check(table, SOCIAL_POLICY._replace(warnings=warned)), social_record
    else:
        found, recorded = bank_rows.check(table, TERMS, POLICY._replace(warnings=warned)), bank_record
    good, findings = {row.number: row for row in found.rows}, list(found.findings)
    assert good.keys() | found.bad == set(range(1, len(rows) + 1))
    assert not good.keys() & found.bad
    for number in range(1, len(rows) + 1):
        row = good.get(number)
        mine = [finding for finding in findings if finding.row == number]
        yield Checked(mine, row and row.values, row and through_a_file(recorded(1, row)))


def through_a_file(record):
    again = msgspec.json.decode(msgspec.json.encode(record), type=CardRecord)
    assert again == record
    return again


def one_row(side, values, warned=frozenset()):
    return next(rows_of(side, [values], warned))


GOOD = {"social": SOCIAL_2, "bank": BANK}
ALONE = ("row_id", "batch_no", "card_no", "card_ident", "pan")


def told_apart(side, values, number):
    """So that many can lie in one file: what must be another in each row, with its check character."""
    if side == "social":
        body = f"T{number:07d}"
        own = {"row_id": str(number), "card_no": body + card_numbers.card_number_check(body)}
        return values | own | {"card_ident": f"{GOOD[side]['card_ident'][:24]}{number:08X}"}
    body = f"{BANK['pan'][:-4]}{number:03d}"
    return values | {"row_id": str(number), "pan": body + luhn_digit(body)}


def damaged(side, column):
    return [GOOD[side] | {column: spoil(GOOD[side][column])} for spoil in DAMAGES.values()]


@pytest.mark.parametrize(("side", "column"), CASES)
def test_no_record_or_one_that_says_it(bench, side, column):
    errors = []
    for warned in (frozenset(), frozenset({column})):
        if column in ALONE:
            rows = damaged(side, column)
            found = [one_row(side, values, warned) for values in rows]
        else:
            rows = [told_apart(side, values, number) for number, values in enumerate(damaged(side, column), 1)]
            found = list(rows_of(side, rows, warned))
        errors.append([sum(finding.level == "error" for finding in each.findings) for each in found])
        for damage, values, each, wrong in zip(DAMAGES, rows, found, errors[-1], strict=True):
            assert bool(wrong) is (each.record is None), (damage, each.findings)
            if each.record is not None:
                unsaid = not any(f.column == column and f.level == "note" for f in each.findings)
                assert not unsaid or each.values.get(column, "") == values[column], damage
                says_exactly(bench, side, each.values, each.record, column)
            elif len(values[column]) > 40:
                assert not any(values[column] in finding.text for finding in each.findings), damage
        assert not all(errors[-1])
    assert all(one >= other for one, other in zip(*errors, strict=True))


def says_exactly(bench, side, values, record, column):
    """Of what is the same but for its number once: most damage is none to a card."""
    data = record.social or record.bank
    part = data.items if side == "social" else data.elements
    own = {"DDF1/EF05/01", "DDF1/EF05/07", "5A", "57"} if column not in ALONE else set()
    same = repr(({key: text for key, text in part.items() if key not in own}, data.pin, side))
    rest = repr((data.photo, data.city) if side == "social" else (data.tries, data.dki, data.template))
    if same + rest in bench.ordered:
        return
    bench.ordered.add(same + rest)
    if side == "social":
        order = bench.workshop.social.order(data, bench.historical)
        assert order.contents == wanted_records(values, order.contents[0xDDF1, 0xEF05][0][2:])
        assert order.pin == values.get("pin", PINS[side])
    else:
        order = bench.workshop.bank.order(data, bench.historical)
        says = bank_elements(order.data.groups)
        assert says == says | wanted_elements(values)
        pin = values.get("offline_pin", PINS[side])
        assert order.data.pin_block == bytes.fromhex(f"2{len(pin):X}{pin}".ljust(16, "F"))
        assert order.data.tries == bytes((int(values.get("ptl", "3")),)) * 2


# --- the social side as bytes say it (SSC-3 §5.1.2; places: V2.0 table 9) ---------------------------------------------

SOCIAL_PLACES = {
    "card_class": "DDF1/EF05/02",
    "spec_version": "DDF1/EF05/03",
    "card_ident": "DDF1/EF05/01",
    "init_org": "DDF1/EF05/04",
    "issue_date": "DDF1/EF05/05",
    "expiry_date": "DDF1/EF05/06",
    "card_no": "DDF1/EF05/07",
    "ssn": "DDF1/EF06/08",
    "name": "DDF1/EF06/09",
    "sex": "DDF1/EF06/0A",
    "ethnic": "DDF1/EF06/0B",
    "birth_place": "DDF1/EF06/0C",
    "birth_date": "DDF1/EF06/0D",
    "reg_type": "DF01/EF05/20",
    "reg_addr": "DF01/EF05/21",
    "reg_region": "DF01/EF05/0E",
    "res_addr": "DF01/EF06/23",
    "res_region": "DF01/EF06/24",
    "phone": "DF01/EF06/28",
    "guardian_name": "DF01/EF06/2C",
    "guardian_phone": "DF01/EF06/2D",
    "employ_state": "DF01/EF07/29",
    "marital": "DF01/EF08/2B",
    "employer": "DF01/EF09/2E",
    "employer_code": "DF01/EF09/30",
    "identity_class": "DF01/EF09/32",
    "nationality": "DF01/EF0A/37",
    "medical_scheme": "DF04/EF05/81",
    "medical_region": "DF04/EF05/84",
    "medical_kind": "DF04/EF05/8C",
    "medical_account": "DF04/EF05/8B",
}
DIGITS = {0x01, 0x04, 0x05, 0x06, 0x0B, 0x0C, 0x0D, 0x0E, 0x24, 0x84, 0x8C}
BLANK = contents(SOCIAL_POLICY.directories, {}, bytes(16))


def wanted_records(values, identification):
    """Every record of every file: what the columns say at their places, all else blank."""
    said = {place: values[column] for column, place in SOCIAL_PLACES.items() if values.get(column)}
    said["DDF1/EF05/01"] = identification.hex()
    if values.get("extra"):
        said["DF01/EF0A/38"] = "13"
    name = said["DDF1/EF06/09"]
    cut = max(at for at in range(len(name) + 1) if len(name[:at].encode("gbk")) <= 30)
    said["DDF1/EF06/09"], said["DDF1/EF06/4E"] = name[:cut], name[cut:]
    made = {
        (directory, file): tuple(
            written(record, said.pop(f"{directory:04X}/{file:04X}/{record[0]:02X}", "")) for record in records
        )
        for (directory, file), records in BLANK.items()
    }
    assert not said
    photo = base64.b64decode(values.get("photo", ""))
    return made | {(0xDDF1, 0xEF08): (photo.ljust(4096, b"\0"),)}


def written(blank, text):
    """A record: as characters filled with 00, or as digits two a byte filled with F."""
    if not text:
        return blank
    # Letters would be nibbles that no reader takes for digits; an institution's number has them (issued cards).
    assert blank[0] not in DIGITS - {0x01, 0x04} or (text.isascii() and text.isdigit())
    digits = bytes.fromhex(text.ljust(2 * blank[1], "F")) if blank[0] in DIGITS else b""
    raw = digits or text.encode("gbk").ljust(blank[1], b"\0")
    assert len(raw) == blank[1]
    return blank[:2] + raw


# --- the bank's as data elements say it (PBOC-5 A) --------------------------------------------------------------------


def bank_elements(groups):
    """Records of SFI 1 to 10 in their template 70, the other groups as they are."""
    said = {}
    for dgi, content in groups:
        plain = tlv.find(content, 0x70) if dgi >> 8 <= 10 else content
        said |= {f"{element.tag:X}": element.value.hex().upper() for element in tlv.parse(plain)}
    return said


def wanted_elements(values):
    expiry, latin = values["expiry"], values.get("name_latin", " /")
    track = f"{values['pan']}D{expiry[:4]}{values['service_code']}{values.get('track2_disc', '')}"
    wanted = {
        "5A": values["pan"] if len(values["pan"]) == 16 else values["pan"].ljust(20, "F"),
        "57": track + "F" * (len(track) % 2),
        "5F20": latin.encode("ascii").hex().upper(),
        "5F24": expiry if len(expiry) == 6 else expiry + "30",
        "5F30": f"0{values['service_code']}",
        "5F34": values["psn"],
        "9F61": values["id_no"].encode("ascii").hex().upper(),
        "9F62": values["id_type"],
    }
    if values.get("track1_disc"):
        wanted["9F1F"] = values["track1_disc"].encode("ascii").hex().upper()
    if values.get("effective"):
        wanted["5F25"] = values["effective"]
    own = OWN["9F63"]  # its byte 9 is the row's
    wanted["9F63"] = own[:16] + values.get("product_flags", own[16:18]).upper() + own[18:]
    wanted["9F10"] = f"{OWN['9F10'][:2]}{int(values['dki']):02X}{OWN['9F10'][4:]}"
    for part in filter(None, values.get("limits", "").split(";")):
        wanted[part[:4]] = part[5:].upper()
    return wanted


# --- whole cards ------------------------------------------------------------------------------------------------------

WARNED = [
    ("card_no", "T00000021", "social"),
    ("name", "测试?", "social"),
    ("pan", "6212340100000043021", "bank"),
]


@pytest.mark.parametrize(("column", "value", "side"), WARNED, ids=lambda value: value or "empty")
def test_what_is_warned_away_is_on_the_card(bench, tmp_path, column, value, side):
    """The numbers of some issued cards do not satisfy their check characters."""
    rows = {side: GOOD[side] | {column: value}}
    warned = frozenset({column})
    social, bank = (one_row(each, rows.get(each, GOOD[each]), warned) for each in ("social", "bank"))
    # A check character of a card number is told and passes by itself.
    assert (one_row(side, rows[side]).record is None) == (column != "card_no")
    workshop = Workshop(bench.workshop.setting._replace(cards=str(tmp_path)))
    outcome = workshop.make(Job(joined(social.record, bank.record), 1))
    assert outcome.verdict == "made", outcome.reason
    given = GOOD["social"] | GOOD["bank"] | {column: value}
    wanted = given["ssn"], given["name"], given["card_no"], given["pan"]
    assert read_back(tmp_path / "00000001.card") == wanted


# --- what other programs write into a personalisation file ------------------------------------------------------------

UNCHECKED = [
    ("social", {"pin": "abc"}, "column pin: 4 to 12 digits"),
    ("social", {"city": "99990A"}, "column city_code: 6 digits"),
    ("social", {"photo": "!"}, "column photo: not Base64"),
    ("social", {"items": {"DF01/EF99/20": "1"}}, "these cards have no item DF01/EF99/20"),
    ("social", {"items": {"DDF1/EF06/0B": "测"}}, "cn takes the digits"),
    ("bank", {"pan": "621234010000004302X"}, "are digits"),
    ("bank", {"elements": {"5F20": "4"}}, "5F20 is not hexadecimal"),
]


@pytest.mark.parametrize(("side", "changed", "said"), UNCHECKED)
def test_a_record_that_nobody_checked_is_refused_alone(bench, side, changed, said):
    record = one_row(side, GOOD[side]).record
    data = msgspec.structs.replace(record.social or record.bank, **changed)
    outcome = bench.workshop.make(Job(msgspec.structs.replace(record, **{side: data}), 1))
    assert outcome.verdict == "rejected"
    assert said in outcome.reason
    assert "abc" not in outcome.reason
