"""Whatever passes a card, no PIN, key or enciphered key comes out of an explanation, in any spelling of hex."""

from __future__ import annotations

import pytest
from explain_bench import SELECT_SSSE, Bench, explained

from cos.kernel.command_rows import Secret
from cos.stacks import STACKS
from dualcos.explain import Exchange, Explainer, RawExchange, RawRecord, RawSilence, line, text
from dualcos.explain.secret_masking import SecretMasking
from dualcos.explain.secret_parts import secret_parts
from dualcos.explain.trace_file_lines import BANNER, header, read, written
from dualcos.explain.trace_lines import encode

ROWS = {stack.label: stack.rows for stack in STACKS}

CANARY = "C0FFEE5AFEC0DE1234567890ABCDEF42"  # an invented test secret
SECRETS = {
    "VERIFY": "0020000008" + CANARY[:16],
    "VERIFY with Le": "0020000008" + CANARY[:16] + "00",
    "VERIFY in the wrong class": "8C20000008" + CANARY[:16],
    "VERIFY, extended": "00200000000008" + CANARY[:16],
    "VERIFY, Lc too small": "0020000002" + CANARY[:16],
    "VERIFY without Lc": "00200000" + CANARY[:16],
    "bank VERIFY": "0020008008" + CANARY[:16],
    "CHANGE PIN": "805E01000A" + CANARY[:20],
    "RELOAD PIN": "805E00000A" + CANARY[:20],
    "PIN CHANGE/UNBLOCK": "8424000114" + CANARY + "11223344",
    "bank PIN CHANGE": "8424000214" + CANARY + "11223344",
    "WRITE KEY, plain": "00D4000018" + "0D0A01EF33003310" + CANARY,
    "WRITE KEY, enciphered": "84D4000024" + CANARY * 2 + "11223344",
    "STORE DATA, enciphered": "80E2600013" + "800010" + CANARY,
    "STORE DATA, plain key group": "80E2000013" + "800010" + CANARY,
    "STORE DATA, no groups": "80E2000010" + CANARY,
    "STORE DATA, C-MAC": "84E260001B" + "800010" + CANARY + "1122334455667788",
    "CIPHER DATA": "80FA000010" + CANARY,
}


def spellings(secret: str) -> list[str]:
    """Every run of four secret bytes, as it could be written."""
    raw = bytes.fromhex(secret)
    pieces = [raw[at : at + 4] for at in range(len(raw) - 3)]
    return [
        shape for piece in pieces for shape in (piece.hex(), piece.hex(" "), piece.hex(","), str(list(piece))[1:-1])
    ]


def leaks(shown: str, secret: str) -> list[str]:
    return [shape for shape in spellings(secret) if shape in shown.lower()]


def kept(*records: RawRecord) -> str:
    """What a trace file keeps, and what a failing test would print."""
    masking = SecretMasking()
    lines = [written(masking.masked(record), at).decode() for at, record in enumerate(records, 1)]
    return "\n".join((*lines, *map(repr, records)))


def all_shapes(exchange: Exchange) -> str:
    return "\n".join((line(exchange), text(exchange), encode(exchange), repr(exchange)))


@pytest.mark.parametrize("environment", ["", "manager", "ssse", "pse"])
@pytest.mark.parametrize("name", SECRETS)
def test_secrets_stay_inside(environment, name):
    command = bytes.fromhex(SECRETS[name])
    record = RawExchange(command, b"\x69\x82", environment or None)
    exchange = Explainer().explain(record)
    assert exchange.masked
    assert not leaks(kept(record, RawSilence(command, "power was lost", environment or None)), CANARY[:16])
    assert not leaks(all_shapes(exchange), CANARY[:16])
    assert bytes.fromhex(SECRETS[name][:8]).hex().upper() in encode(exchange)


SECRET_ROWS = [
    pytest.param(environment, row, id=f"{environment} {row.name}")
    for environment, rows in ROWS.items()
    for row in rows
    if row.secret is Secret.DATA
]


def test_the_rows_that_carry_pins_and_keys_say_so():
    """From the specifications, not from the rows: SSC-5 §6.3, §6.8, §6.14, SSC-9 §7.1, §9.5, PBOC-5 B.10, B.15."""
    marked = {(environment, row.ins) for environment, row in (each.values for each in SECRET_ROWS)}
    pins = {("ssse", 0x20), ("ssse", 0x5E), ("ssse", 0x24), ("pse", 0x20), ("pse", 0x24), ("pki", 0x20), ("pki", 0x5E)}
    keys = {("manager", 0xD4), ("ssse", 0xD4), ("pse", 0xD4), ("pki", 0xD4), ("psam", 0xD4), ("pse", 0xE2)}
    assert marked >= pins | keys


def test_the_canary_is_seen_where_it_is_no_secret():
    """The search above can fail: in GET CHALLENGE's place nothing is cut out."""
    exchange = Explainer().explain(RawExchange(bytes.fromhex("0088000010" + CANARY), b"\x90\x00", "ssse"))
    assert leaks(text(exchange), CANARY)
    assert leaks(encode(exchange), CANARY)


def test_an_answer_to_a_secret_is_a_secret():
    exchange = explained(Explainer(), SECRETS["CIPHER DATA"], CANARY + "9000")
    assert exchange.answer_hidden == 16
    assert not leaks(all_shapes(exchange), CANARY)


def test_also_if_it_is_fetched_later():
    explainer = Explainer()
    explained(explainer, SECRETS["CIPHER DATA"], "6110")
    fetched = explained(explainer, "00C0000010", CANARY + "9000")
    assert not leaks(all_shapes(fetched), CANARY)
    asked = RawExchange(bytes.fromhex(SECRETS["CIPHER DATA"]), b"\x61\x10")
    piece = RawExchange(bytes.fromhex("00C0000010"), bytes.fromhex(CANARY + "6110"))
    assert not leaks(kept(asked, piece, piece), CANARY)
    assert leaks(kept(RawExchange(b"\x00\x84\x00\x00\x10", b"\x61\x10"), piece), CANARY)


def test_the_holders_pin_through_a_real_card():
    bench = Bench()
    bench.send(SELECT_SSSE, "0020000003123456", "805E010008123456FF98765432", "002000000498765432")
    assert [h.sw for h in bench.happened if isinstance(h, Exchange)][1:] == [0x9000, 0x9000, 0x9000]
    for happening in bench.happened:
        shown = line(happening) + text(happening) + encode(happening)
        assert "98765432" not in shown
        assert "9876 5432" not in shown
        assert "123456" not in shown
    assert "98765432" not in kept(*bench.records)
    assert "123456" not in kept(*bench.records)


def test_asking_for_tries_hides_nothing():
    assert not secret_parts("ssse", bytes.fromhex("00200000")).spans


def test_plain_groups_of_store_data_are_shown():
    assert not secret_parts("pse", bytes.fromhex("80E2000009" + "010306" + "70049F620100")).spans


def test_unsafe_keeps_everything_and_says_so():
    command = bytes.fromhex(SECRETS["VERIFY"])
    record = RawExchange(command, b"\x90\x00", "ssse")
    exchange = Explainer().explain(record)
    assert not leaks(line(exchange) + text(exchange), CANARY[:16])
    trace = read([*header({"card": "x"}, unsafe=True).splitlines(), written(record, 1, secret=True).decode()])
    assert BANNER in header({}, unsafe=True)
    assert trace.lines[0].command == command
