"""Any bytes, in any order, get an explanation that can be printed, written and read back; never an exception."""

from __future__ import annotations

import json

from hypothesis import example, given
from hypothesis import strategies as st

from cos.kernel.files import Structure
from cos.stacks import STACKS
from dualcos.explain import Explainer, RawExchange, RawSilence, line, text
from dualcos.explain.refusal_sentences import BY_PHRASE
from dualcos.explain.secret_masking import SecretMasking
from dualcos.explain.trace_file_lines import read, written
from dualcos.explain.trace_lines import encode
from firewall.trace import Noted, Reason, Refused

ROWS = {stack.label: stack.rows for stack in STACKS}

CODES = [(row.cla, row.ins) for rows in ROWS.values() for row in rows] + [
    (0x80, 0xA8), (0x80, 0xCA), (0x80, 0xAE), (0x84, 0x18), (0x04, 0xDA), (0x80, 0x50), (0x84, 0x82), (0x80, 0xE2),
    (0x84, 0xE2), (0xBF, 0xDE), (0x80, 0xFA), (0xB0, 0x28), (0xB0, 0x26),
]  # fmt: skip
TAGS = ("6F", "70", "77", "80", "84", "A5", "BF0C", "8C", "8D", "9F38", "9F4D", "9F4F", "9F0C", "61", "50", "03", "09")
WORDS = ("9000", "6110", "6C10", "6283", "6982", "63C2")
BYTE = st.integers(0, 255)
TLV_LIKE = st.builds(
    lambda tag, value: tag + bytes((len(value),)) + value,
    st.sampled_from([bytes.fromhex(tag) for tag in TAGS]),
    st.binary(max_size=40),
)
NAMES = st.sampled_from(
    [bytes.fromhex(name) for name in (
        "7378312E73682EC9E7BBE1B1A3D5CF", "315041592E5359532E4444463031", "A000000333010101", "D15600000502", "3F00",
        "DF03", "EF05", "EF06",
    )]
)  # fmt: skip
DATA = st.one_of(st.binary(max_size=255), NAMES, TLV_LIKE, st.builds(bytes.__add__, TLV_LIKE, TLV_LIKE))


@st.composite
def near_commands(draw):
    cla, ins = draw(st.sampled_from(CODES))
    header = bytes((cla, ins, draw(BYTE | st.sampled_from([0, 1, 4])), draw(BYTE | st.sampled_from([0, 4, 0x2C]))))
    data = draw(DATA)[:255]
    body = bytes((len(data),)) + data if data and draw(st.booleans()) else b""
    return header + body + draw(st.sampled_from([b"", b"\0", b"\x10"]))


COMMANDS = st.one_of(st.binary(max_size=300), near_commands())
ANSWERS = st.one_of(
    st.binary(max_size=300),
    st.builds(bytes.__add__, DATA, st.sampled_from([bytes.fromhex(word) for word in WORDS])),
)
DATUM = st.one_of(st.integers(), st.text(max_size=9), st.binary(max_size=9), st.none(), st.sampled_from(Structure))
REASON = st.builds(
    Reason,
    st.text(max_size=10),
    st.text(max_size=30) | st.just("key KID 0A of SSSE") | st.sampled_from(sorted(BY_PHRASE)),
    st.text(max_size=9),
    st.dictionaries(st.sampled_from(("needed", "received", "row", "key", "any")), DATUM | st.tuples(DATUM, DATUM)),
)
EVENTS = st.lists(
    st.tuples(
        st.text(max_size=5), st.builds(Refused, st.text(), BYTE, REASON) | st.builds(Noted, st.text(), st.text())
    ),
    max_size=2,
)
LABELS = st.sampled_from([None, "", *ROWS])
STEP = st.tuples(COMMANDS, ANSWERS, LABELS, LABELS, EVENTS)


@given(st.lists(STEP, min_size=1, max_size=8))
@example(
    [
        (
            bytes.fromhex("00000000020001"),
            b"\0\0",
            "",
            None,
            [("", Refused("", 0, Reason("", "record is not one item", "")))],
        )
    ]
)
@example([(b"", b"", None, None, [("", Refused("", 0, Reason("", "read rule not met", "", {"needed": (0, None)})))])])
def test_everything_gets_an_explanation(steps):
    explainer, later, masking = Explainer(), Explainer(), SecretMasking()
    for at, (command, answer, before, after, events) in enumerate(steps, 1):
        record = RawExchange(command, answer, before, after, tuple(events))
        exchange = explainer.explain(record)
        (kept,) = read([written(masking.masked(record), at).decode()]).lines
        told = later.explain(kept.record)
        if all(step[2] for step in steps):  # else nobody says where it was, and more is masked than need be
            assert text(told) == text(exchange)
        assert line(exchange).startswith(f"{exchange.seq:>4}")
        assert text(exchange)
        fields = json.loads(encode(exchange))
        digits = command.hex().upper()
        assert all(shown in (digit, ".") for shown, digit in zip(fields["command"], digits, strict=True))
        assert ("." in fields["command"]) is bool(exchange.hidden)
        (recorded,) = read([encode(exchange)]).lines
        if not exchange.masked:
            assert recorded.command == command


@given(st.binary(max_size=40))
def test_silence_to_anything(command):
    assert line(Explainer().explain(RawSilence(command, "power was lost")))
