"""Whatever a mistaken terminal sends: no PIN and no key comes out of a trace, and what is no secret does.

Every row of every stack that carries a secret (the toy's too) × how terminals write one × what they get wrong in the
header and the lengths × where they send it. Nothing here is taken from what masks: a row's columns, and the rule that a
command which some stack takes exactly so, and which carries no secret there, is what it says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import pytest
from explain_bench import SELECT_SSSE, Bench

from apdu.command import MalformedAPDU, parse
from cos.kernel.command_rows import CommandRow, Secret
from cos.stacks import STACKS
from dualcos.explain import Exchange, Explainer, RawExchange, RawRecord, RawSilence, line, text
from dualcos.explain.command_names import Familiar
from dualcos.explain.secret_masking import SecretMasking
from dualcos.explain.secret_parts import secret_parts
from dualcos.explain.trace_file_lines import read, written
from dualcos.explain.trace_lines import encode
from tests.toy_stack.stack import TOY

STACKS_AND_TOY = (*STACKS, TOY)
KNOWN = Familiar.of(STACKS_AND_TOY)
ENVIRONMENTS = (None, "", *(stack.label for stack in STACKS_AND_TOY))
DIGITS = "9283716594"  # an invented PIN
KEY = bytes.fromhex("5EEDA7D1EEBEADFACADE1DEA5BADB0A7")  # an invented key
MAC = bytes.fromhex("A1B2C3D4")
KEY_HEADER = bytes.fromhex("0D0A01EF33003310")
INNOCENT_BYTES = 2  # a piece of a secret that short may stand in a trace by chance


class Payload(NamedTuple):
    """How a secret travels: the data field, and what of it is the secret."""

    name: str
    data: bytes
    secret: bytes


def _pins() -> Iterator[Payload]:
    packed = bytes.fromhex(DIGITS)
    swapped = bytes.fromhex("".join(a + b for b, a in zip(DIGITS[::2], DIGITS[1::2], strict=True)))
    odd = bytes.fromhex(DIGITS[:9] + "F")
    for name, data in (
        ("packed", packed),
        ("packed, filled", packed.ljust(8, b"\xff")),
        ("odd", odd),
        ("nibbles swapped", swapped),
        ("text", DIGITS.encode()),
        ("text, filled", DIGITS.encode().ljust(16, b"\xff")),
        ("PIN block", bytes.fromhex("2A" + DIGITS).ljust(8, b"\xff")),
        ("twice", packed + b"\xff" + packed),
    ):
        secret = data[1:6] if name == "PIN block" else data.rstrip(b"\xff")[:16]
        yield Payload(name, data, packed if name == "twice" else secret)


BARE = (*_pins(), Payload("key", KEY, KEY), Payload("half a key", KEY[:8], KEY[:8]))
ONE_EACH = (BARE[0], BARE[4], BARE[6], BARE[8])


def wrapped(one: Payload) -> Iterator[Payload]:
    """What terminals put around a secret, in the right command or in another."""
    data, length = one.data, bytes((len(one.data),))
    block = data.ljust(-(-len(data) // 8) * 8, b"\x80")
    yield one._replace(name=f"{one.name}, MAC", data=block + MAC)
    for name, before, after in (
        ("behind a key header", KEY_HEADER, b""),
        ("behind a key header, MAC", KEY_HEADER, MAC),
        ("as PIN group", b"\x80\x10" + length, b""),
        ("as key group, C-MAC", b"\x80\x00" + length, MAC * 2),
        ("as a group of another", b"\x01\x03" + length, b""),
        ("message", b"\xc1" + length, b""),
        ("private key", b"\xc2\x02\x00\x13\xcb" + length, b""),
        ("behind LD", length, b"\x80"),
    ):
        yield one._replace(name=f"{one.name} {name}", data=before + data + after)
    yield one._replace(name=f"{one.name}, cut short", data=KEY_HEADER + data[:-1], secret=one.secret[:-1])


PAYLOADS = (*BARE, *(each for one in ONE_EACH for each in wrapped(one)))


def headers(row: CommandRow[object]) -> list[bytes]:
    """The row's own header, in every class, with other P1 P2, and with each bit flipped."""
    p1, p2 = min(row.p1), min(row.p2)
    own = bytes((row.cla, row.ins, p1, p2))
    classes = (0x00, 0x04, 0x08, 0x0C, 0x10, 0x14, 0x80, 0x84, 0x8C, 0x90, 0x94, 0xA0, 0xB0, 0xBF, 0xFF)
    parameters = [(a, b) for a in {p1, max(row.p1), 0, 1, 0xFF} for b in {p2, max(row.p2), 0, 0x81, 0xFF}]
    flipped = (own[:at] + bytes((own[at] ^ 1 << bit,)) + own[at + 1 :] for at in range(4) for bit in range(8))
    return [
        own,
        *(bytes((cla,)) + own[1:] for cla in classes),
        *(own[:2] + bytes(each) for each in parameters),
        *flipped,
    ]


def lengths(header: bytes, data: bytes) -> list[bytes]:
    """The command as it should be, and with what goes wrong behind the header."""
    count = len(data)
    return [
        header + bytes((count,)) + data,
        header + bytes((count,)) + data + b"\0",
        header + bytes((0, count >> 8, count & 0xFF)) + data,
        header + bytes((0, count >> 8, count & 0xFF)) + data + b"\0\0",
        header + bytes((count - 1,)) + data,
        header + bytes((count + 1,)) + data,
        header + bytes((max(count - 3, 1),)) + data,
        header + data,
        header + b"\0" + data,
        header + bytes((count * 2,)) + data * 2,
        header + bytes((count,)) + data * 2,
    ]


def without_lengths(header: bytes, data: bytes) -> list[bytes]:
    """The secret in the place of P1, P2 and Lc, and the secret alone."""
    return [header[:2] + data[:2], header[:2] + data[:3], header[:2] + data, data, data[:3], data[:4], data[:5]]


def is_what_it_says(environment: str | None, raw: bytes) -> bool:
    """True if a stack takes exactly this command and it carries no secret there: of the environment, if that has one.

    Or if no stack carries a secret under its instruction, and one has it under this class.
    """
    pairs = [
        (stack.label, row) for stack in STACKS_AND_TOY for row in stack.rows if bytes((row.cla, row.ins)) == raw[:2]
    ]
    carrying = {row.ins for stack in STACKS_AND_TOY for row in stack.rows if row.secret is Secret.DATA}
    if pairs and raw[1] not in carrying | {0x24, 0x26, 0x28, 0x2C}:  # ISO 7816-4 §11.6: PINs of other cards
        return True
    exact = [(label, row) for label, row in pairs if raw[2] in row.p1 and raw[3] in row.p2]
    here = [row for label, row in exact if label == environment] or [row for _, row in exact]
    try:
        length = len(parse(raw).data)
    except MalformedAPDU:
        return False
    return bool(here) and all(row.secret is Secret.NOTHING and length in row.lc for row in here)


def visible(raw: bytes, spans: Iterable[tuple[int, int]]) -> list[bytes]:
    """The pieces between what is hidden."""
    pieces, at = [], 0
    for start, end in spans:
        pieces.append(raw[at:start])
        at = end
    return [*pieces, raw[at:]]


def shows(pieces: Iterable[bytes], secret: bytes) -> bool:
    windows = {secret[at : at + INNOCENT_BYTES] for at in range(len(secret) - INNOCENT_BYTES + 1)}
    return any(window in piece for piece in pieces for window in windows)


ROWS = [(stack.label, row) for stack in STACKS_AND_TOY for row in stack.rows if row.secret is Secret.DATA]
DIFFERENT = {
    f"{label} {row.name} {row.cla:02X}": row
    for (_, _), (label, row) in {(row.name, row.cla & 0x80): (label, row) for label, row in ROWS}.items()
}


def test_every_stack_has_a_row_that_carries_a_secret():
    assert {label for label, _ in ROWS} == {stack.label for stack in STACKS_AND_TOY}


@pytest.mark.parametrize("name", DIFFERENT)
def test_no_piece_of_a_secret_is_left(name):
    """Wherever it is sent, the right command and every wrong one."""
    every = headers(DIFFERENT[name])
    own = every[0]
    sent = [(raw, one) for one in PAYLOADS for raw in lengths(own, one.data)]
    sent += [(raw, one) for one in PAYLOADS for raw in without_lengths(own, one.secret)]
    hidden = 0
    for environment in ENVIRONMENTS:
        if environment in (None, name.partition(" ")[0], "manager"):
            wrong = [(raw, one) for one in ONE_EACH for header in every for raw in lengths(header, one.data)[:5]]
        for raw, one in sent + wrong:
            spans = secret_parts(environment, raw, KNOWN).spans
            pieces = visible(raw, spans)
            at_the_end = len(spans) > 0 and pieces[-1] != b"" and raw.endswith(one.secret)  # be it one byte
            if (shows(pieces, one.secret) or at_the_end) and not is_what_it_says(environment, raw):
                pytest.fail(f"{one.name} in {environment}: {raw.hex().upper()} hides {spans}")
            hidden += bool(spans)
        wrong = []
    assert hidden > len(sent)


def test_the_search_sees_what_is_not_hidden():
    raw = bytes.fromhex("0020000005") + BARE[0].data
    assert shows(visible(raw, ()), BARE[0].secret)
    assert not shows(visible(raw, ((5, 10),)), BARE[0].secret)
    assert shows(visible(raw, ((5, 8),)), BARE[0].secret)


# --- through cards, into every output ---------------------------------------------------------------------------------


def spellings(secret: bytes) -> set[str]:
    """Every run of three of its bytes as it may be written."""
    runs = [secret[at : at + 3] for at in range(len(secret) - 2)]
    shapes = {shape for run in runs for shape in (run.hex(), run.hex(" "), run.hex(","), str(list(run))[1:-1])}
    return shapes | {run[:2].hex() + " " + run[2:].hex() for run in runs} | {DIGITS[at : at + 5] for at in range(6)}


def outputs(record: RawRecord, explainer: Explainer, masking: SecretMasking) -> str:
    """All that is ever made of a record: at once, in a file, of the file."""
    happening = explainer.explain(record)
    kept = written(masking.masked(record), 1).decode()
    (again,) = read([kept]).lines
    later = Explainer().explain(again.record)
    shown = [kept, repr(record), repr(again), again.name]
    for each in (happening, later):
        shown += [line(each), text(each), encode(each), repr(each)]
    return "\n".join(shown).lower()


CARDS = {
    "ssse": ("dual-2.0-3des", (SELECT_SSSE,)),
    "ssse, PIN shown": ("dual-2.0-3des", (SELECT_SSSE, "0020000003123456")),
    "pse": ("dual-2.0-3des", ("00A4040008A000000333010101", "80A800000B8309000000000123450156")),
    "manager": ("dual-3.0-sm4", ()),
    "pki": ("social-3.0-pki", ("00A404000C504B492EC9E7BBE1B1A3D5CF", "00A4000002DF01")),
    "psam": ("psam-3des", ("00A4040006D15600000590",)),
}


@pytest.mark.parametrize("where", CARDS)
def test_nothing_that_a_card_says_of_a_secret_shows_it(where):
    """Answers, reasons, notes: what each of its own secret rows makes of the secrets, right and wrong."""
    name, way = CARDS[where]
    bench = Bench(name=name)
    for raw in way:
        bench.send(raw)
    bench.records.clear()
    label = where.partition(",")[0]
    for row in {row.name: row for owner, row in ROWS if owner == label}.values():
        own = headers(row)
        some = [raw for one in ONE_EACH for raw in lengths(own[0], one.data)[::4]]
        some += [lengths(own[0], one.data)[0] for one in wrapped(BARE[8])]
        some += [lengths(header, KEY)[0] for header in own[1::5]]
        for raw in (*some, *without_lengths(own[0], BARE[0].data)):
            bench.bare.exchange(bytes.fromhex("0084000008"))
            bench.card.exchange(raw)
    spelt = {shape for one in ONE_EACH for shape in spellings(one.secret)}
    explainer, masking = Explainer(under="psam" if label == "psam" else ""), SecretMasking()
    for record in bench.records:
        assert isinstance(record, RawExchange)
        shown = outputs(record, explainer, masking)
        shown += repr(RawSilence(record.command, "power was lost", record.before)).lower()
        leaked = {shape for shape in spelt if shape in shown}
        assert not leaked or is_what_it_says(record.before, record.command), (record.command.hex(), leaked)
    assert len(bench.records) > 20


def test_a_pin_that_no_card_asked_for_is_in_no_output():
    """The PKI environment's VERIFY, and whatever is no command."""
    for raw in ("0020018106123456789012", "123456789012", "00201234567890", "0020123456", "123456", "3930383336313532"):
        record = RawExchange(bytes.fromhex(raw), b"\x67\0", "pki")
        digits = {raw[-6:].lower(), raw[-5:].lower()}
        assert not [each for each in digits if each in outputs(record, Explainer(), SecretMasking()).replace(" ", "")]


def test_no_reason_quotes_what_is_hidden():
    """The card says what it did not take: P1 P2, Lc. Where they may be digits of a PIN, nobody is told which."""
    bench = Bench()
    bench.send(SELECT_SSSE, "00209283", "0020928371", "0020000092837165")
    for record in bench.records[2:]:
        shown = outputs(record, Explainer(), SecretMasking())
        assert not [each for each in ("92 83", "9283", "146", "lc 92", "837165") if each in shown]
        assert "••" in shown


# --- what is no secret is shown ---------------------------------------------------------------------------------------

LOAD = f"00D4000018{KEY_HEADER.hex()}{KEY.hex()}"
PUBLIC = {
    "key header": ("ssse", LOAD, [KEY_HEADER.hex()]),
    "key header, MAC": ("ssse", f"04D400001C{KEY_HEADER.hex()}{KEY.hex()}{MAC.hex()}", [KEY_HEADER.hex(), MAC.hex()]),
    "key header of a key that is too short": (
        "ssse",
        f"00D4000017{KEY_HEADER.hex()}{KEY[1:].hex()}",
        [KEY_HEADER.hex()],
    ),
    "MAC of an enciphered key": ("pse", f"84D4000024{KEY.hex() * 2}{MAC.hex()}", [MAC.hex()]),
    "MAC of a key for a PSAM": ("psam", f"84D4001124{KEY.hex() * 2}{MAC.hex()}", [MAC.hex()]),
    "MAC of an enciphered PIN": ("ssse", f"842400010C{KEY[:8].hex()}{MAC.hex()}", [MAC.hex()]),
    "MAC of a script": ("pse", f"8424000114{KEY.hex()}{MAC.hex()}", [MAC.hex()]),
    "MAC that unblocks": ("pse", f"8424000004{MAC.hex()}", [MAC.hex()]),
    "key group": ("pse", f"80E2600013800010{KEY.hex()}", ["800010"]),
    "groups, then one in clear": (
        "pse",
        f"80E2000021800010{KEY.hex()}010306" + "70049F620100".lower() + "901002" + "0a0a",
        ["800010", "0103067004" + "9f620100", "9010020a0a"],
    ),
    "a group that is none behind one that is": ("pse", f"80E2000014{'9010020303'}{KEY[:15].hex()}", ["9010020303"]),
    "a group that does not end": ("pse", f"80E2600013800030{KEY.hex()}", ["800030"]),
    "C-MAC": ("pse", f"84E260001B800010{KEY.hex()}{MAC.hex() * 2}", ["800010", MAC.hex() * 2]),
    "name of a private key": ("pki", f"80C2C00126c2020013cb20{KEY.hex() * 2}", ["c2020013cb20"]),
    "name of the key that deciphers": ("pki", f"804E000116c2020015c110{KEY.hex()}", ["c2020015c110"]),
    "an object that does not end": ("pki", f"80C2C00111c2020013cb40{KEY[:11].hex()}", ["c2020013"]),
    "a purchase": (
        "ssse",
        "B02C01000F" + "00000001" + "20250601093000" + MAC.hex(),
        ["0000000120250601093000" + MAC.hex()],
    ),
    "a MAC to compute": ("psam", f"80FA050010{KEY.hex()}", [KEY.hex()]),
}


@pytest.mark.parametrize("name", PUBLIC)
def test_what_is_no_secret_is_shown(name):
    """SSC-9 §7.1 (header, MAC), EMV CPS 3.2.7 (groups), PBOC-5 B.10: what is in front of the secret and behind it."""
    environment, command, shown = PUBLIC[name]
    raw = bytes.fromhex(command)
    exchange = Explainer().explain(RawExchange(raw, b"\x69\x82", environment))
    assert isinstance(exchange, Exchange)
    kept = written(SecretMasking().masked(RawExchange(raw, b"\x69\x82", environment)), 1).decode()
    for piece in shown:
        assert piece.upper() in kept, name
        assert piece.upper() in encode(exchange), name
        assert piece.upper() in text(exchange).replace(" ", ""), name
    if KEY.hex() not in shown:
        assert not {shape for shape in spellings(KEY) if shape in (kept + text(exchange)).lower()}


def test_a_header_is_told_in_words():
    shown = " ".join(text(Explainer().explain(RawExchange(bytes.fromhex(LOAD), b"\x90\0", "ssse"))).split())
    assert "kind 0D, number 0A, version 01, algorithm 00, 3 of 3 tries left, gives level 33, 16 bytes" in shown
    assert "16 bytes not shown" in shown
    groups = text(Explainer().explain(RawExchange(bytes.fromhex(PUBLIC["key group"][1]), b"\x90\0", "pse")))
    assert "DGI 8000" in groups
    assert "16 bytes not shown" in groups


def test_a_group_goes_on_in_the_next_command_unseen():
    """What stands at its beginning is the rest of a key, not a number; then the next group is one."""
    first = bytes.fromhex(f"80E2000010{'800030'}") + KEY[:13]
    second = bytes.fromhex("80E200012C") + KEY * 2 + KEY[:3] + bytes.fromhex("010306" + "70049F620100")
    for masking in (SecretMasking(), SecretMasking()):
        masking.masked(RawExchange(first, b"\x90\0", "pse"))
        kept = written(masking.masked(RawExchange(second, b"\x90\0", "pse")), 2).decode()
        assert "01030670049F620100" in kept
        assert not {shape for shape in spellings(KEY) if shape in kept.lower()}
    lost = written(SecretMasking().masked(RawExchange(second, b"\x90\0", "pse")), 1).decode()
    assert "010306" not in lost
