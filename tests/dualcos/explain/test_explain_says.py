"""What the stacks say is data: each row says something or nothing, each name in it is known, it reads no secret."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from types import MappingProxyType
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apdu.command import CommandAPDU
from cos.kernel import what_commands_say
from cos.kernel.command_rows import Secret
from cos.kernel.what_commands_say import (
    COMMON,
    OTHER,
    Choice,
    Decoder,
    Field,
    Fixed,
    MacTail,
    Objects,
    Phrase,
    Repeated,
    Says,
    Words,
    words,
)
from cos.ssse.tables.table_model import Version
from cos.stacks import STACKS
from dualcos.explain import Explainer, RawExchange, command_meaning
from dualcos.explain.command_meaning import details
from dualcos.explain.field_decoders import NAMES, NUMBERS, READERS, Scope
from dualcos.explain.tracker import Tracker

ROWS = {stack.label: stack.rows for stack in STACKS}
SAYS = {stack.label: stack.says for stack in STACKS}
ROOT = Path(__file__).parents[3]
SAYINGS = [pytest.param(saying, id=f"{label} {name}") for label, said in SAYS.items() for name, saying in said.items()]


def pieces(saying: Says) -> Iterator[Phrase | Field]:
    """Every piece of a saying, with the pieces inside."""
    waiting: list[Phrase | Field] = [*saying.meaning, *saying.sent, *saying.received]
    while waiting:
        piece = waiting.pop()
        yield piece
        match piece:
            case Words():
                waiting += [*piece.cases.values(), piece.otherwise, piece.absent]
            case Fixed():
                waiting.append(piece.reads)
            case Objects():
                waiting += piece.by_tag.values()
            case Choice():
                waiting += [*piece.there, *piece.absent]


ALL = [piece for param in SAYINGS for piece in pieces(param.values[0])]
TEMPLATES = [
    (name, form) for piece in ALL if isinstance(piece, str) for _, name, form, _ in Formatter().parse(piece) if name
]


SIZES = ((4, 4), (0, 300), (0, 60), (0, 9))  # of a header, data sent and received, a data object list


def scope(command: CommandAPDU, data: bytes | None = None) -> Scope:
    return Scope(command, command.data if data is None else data, Tracker(Version.V2))


# --- rows and names ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("label", ROWS)
def test_every_row_says_something_or_nothing_and_nothing_else_does(label):
    names = {row.name for row in ROWS[label]}
    assert names <= SAYS[label].keys() | COMMON.keys()
    assert SAYS[label] is COMMON or SAYS[label].keys() - {OTHER} <= names


def test_every_stack_says_and_what_is_common_is_not_said_again():
    assert SAYS.keys() == ROWS.keys()
    for label, said in SAYS.items():
        assert said is COMMON or not [name for name, saying in said.items() if COMMON.get(name) == saying], label


def test_what_is_common_is_said_in_more_than_one_stack():
    for name in COMMON:
        said = [label for label, rows in ROWS.items() if name in {row.name for row in rows}]
        assert [label for label in said if SAYS[label] is COMMON or name not in SAYS[label]][1:], name


def test_every_name_resolves_and_every_decoder_is_used():
    chosen = {piece.of for piece in ALL if isinstance(piece, Words | Choice)}
    named = {name for name, _ in TEMPLATES} - {"value"}
    assert chosen <= NUMBERS.keys()
    assert named <= NUMBERS.keys() | NAMES.keys()
    assert {piece.name for piece in ALL if isinstance(piece, Decoder)} == READERS.keys()
    assert NUMBERS.keys() | NAMES.keys() == chosen | named


def test_only_numbers_that_are_always_there_are_formatted():
    nothing = CommandAPDU(0, 0, 0, 0)
    for name, form in TEMPLATES:
        if form and name != "value":
            assert isinstance(NUMBERS[name](scope(nothing)), int), name


@pytest.mark.parametrize("saying", SAYINGS)
def test_the_value_is_spoken_of_only_where_one_was_chosen(saying):
    outside = [piece for piece in saying.meaning if isinstance(piece, str)]
    outside += [piece.reads for piece in pieces(saying) if isinstance(piece, Fixed) and isinstance(piece.reads, str)]
    assert not [text for text in outside if "{value" in text]


def test_a_mac_is_the_last_field():
    for param in SAYINGS:
        for fields in param.values[0][1:]:
            assert not [field for field in fields[:-1] if isinstance(field, MacTail)]


# --- the closed set ---------------------------------------------------------------------------------------------------


def test_every_kind_of_field_and_word_is_used():
    """A kind that nobody declares would be code for nobody."""
    kinds = {*get_args(Field), *get_args(Phrase)}
    assert kinds == {type(piece) for piece in ALL}


@pytest.mark.parametrize("path", sorted(ROOT.glob("cos/*/what_commands_say.py")), ids=lambda path: path.parent.name)
def test_a_saying_is_data(path):
    """No stack's saying has a function, and it knows nothing but the kinds of fields."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    kernel = path.parent.name == "kernel"
    functions = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    assert functions == ({"words"} if kernel else set())
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Lambda)]
    modules = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    outside = modules - {"__future__", "collections.abc", "types", "typing"}
    assert outside <= (set() if kernel else {"cos.kernel", "cos.kernel.what_commands_say"})


def test_every_stack_has_its_saying_in_its_own_folder():
    own = {label for label, said in SAYS.items() if said is not COMMON}
    assert {path.parent.name for path in ROOT.glob("cos/*/what_commands_say.py")} == {*own, "kernel"}


# --- reading ----------------------------------------------------------------------------------------------------------


def test_words_by_a_value_under_a_mask():
    kinds = words("p1", {0x80: "high"}, otherwise="only {value:02X}", mask=0xF0)
    said = [command_meaning.meaning((kinds,), scope(CommandAPDU(0, 0, p1, 0))) for p1 in (0x83, 0x42)]
    assert said == ["high", "only 40"]


def test_words_of_what_is_not_there():
    assert (
        command_meaning.meaning((words("target", {}, "a file", absent="none"),), scope(CommandAPDU(0, 0xB2, 1, 4)))
        == "none"
    )


def test_fields_are_cut_from_the_front_and_the_rest_is_shown():
    layout = (Fixed("one", "一", 1), Fixed("two", "二", 2))
    shown = details(layout, scope(CommandAPDU(0, 0, 0, 0), bytes.fromhex("0102030405")))
    assert [(one.name, one.text) for one in shown] == [("one", "01"), ("two", "0203"), ("more", "0405")]
    assert [one.text for one in details(layout, scope(CommandAPDU(0, 0, 0, 0), b"\1\2"))] == ["01", "02"]


@pytest.mark.parametrize(("pieces_sent", "names"), [(1, ["last"]), (2, ["n1", "last"]), (3, ["n1", "n2", "last"])])
def test_repeated_pieces_leave_something_for_the_next(pieces_sent, names):
    shown = details(
        (Repeated("n{number}", "", 8), Fixed("last", "", 8)), scope(CommandAPDU(0, 0, 0, 0), bytes(8 * pieces_sent))
    )
    assert [one.name for one in shown] == names


@pytest.mark.parametrize(
    ("cla", "optional", "names"), [(0, True, ["data"]), (4, True, ["data", "MAC"]), (0, False, ["data", "MAC"])]
)
def test_a_mac_stands_at_the_end_of_secured_commands(cla, optional, names):
    fields = (what_commands_say.WHOLE, MacTail("MAC", 4, optional=optional))
    assert [one.name for one in details(fields, scope(CommandAPDU(cla, 0, 0, 0, bytes(6))))] == names


@pytest.mark.parametrize("label", SAYS)
@given(drawn=st.data())
def test_anything_can_be_read_by_any_saying(label, drawn):
    saying = drawn.draw(st.sampled_from(list(SAYS[label].values())))
    header, data, answer, dol = (drawn.draw(st.binary(min_size=least, max_size=most)) for least, most in SIZES)
    tracker = Tracker(Version.V2)
    tracker.lists = {0x9F38: dol, 0x8C: dol, 0x8D: dol, 0x9F49: dol, 0x9F4F: dol, 0x9F4D: header[:2]}
    command = CommandAPDU(*header, data)
    assert isinstance(command_meaning.meaning(saying.meaning, Scope(command, data, tracker)), str)
    for fields, raw in ((saying.sent, data), (saying.received, answer)):
        for one in details(fields, Scope(command, raw, tracker)):
            assert all(isinstance(text, str) for text in one)


@pytest.mark.parametrize(
    ("label", "command", "name", "said"),
    [
        ("manager", "80E00201", "END", "MF"),  # P2 is wrong, P1 says which
        ("ssse", "B028010213" + "00" * 19, "INITIALIZE FOR PURCHASE", ""),
        ("ssse", "8C24000104", "PIN CHANGE/UNBLOCK", "set a new PIN 重装密码"),  # in no class of the card's
        ("manager", "0020000003123456", "VERIFY", "PIN 个人密码"),  # the social side's, sent to the MF
        ("pse", "80E00200", "END", "PSE"),
        ("pse", "00B0950010", "READ BINARY", ""),  # no command of the bank's
    ],
)
def test_words_are_those_of_the_row_whose_name_is_shown(label, command, name, said):
    exchange = Explainer().explain(RawExchange(bytes.fromhex(command), b"\x6d\0", label))
    assert (exchange.name, exchange.meaning) == (name, said)


# --- secrets ----------------------------------------------------------------------------------------------------------

CANARY = bytes.fromhex("C0FFEE5AFEC0DE12")  # an invented test secret


@pytest.mark.parametrize("label", ROWS)
def test_no_decoder_sees_a_secret(label, monkeypatch):
    seen: list[Scope] = []

    def listening(registry):
        def wrapped(decoder):
            return lambda scope: (seen.append(scope), decoder(scope))[1]

        return MappingProxyType({name: wrapped(decoder) for name, decoder in registry.items()})

    for name in ("NUMBERS", "NAMES", "READERS"):
        monkeypatch.setattr(command_meaning, name, listening(getattr(command_meaning, name)))
    rows = [row for rows in ROWS.values() for row in rows if row.secret is Secret.DATA]
    for row in rows:
        for p1 in sorted(row.p1)[:3]:
            command = CommandAPDU(row.cla, row.ins, p1, next(iter(row.p2)), CANARY * 2)
            Explainer().explain(RawExchange(command.encode(), CANARY + b"\x90\0", label))
    assert not [one for one in seen if CANARY[:4] in one.data + one.command.data]
    Explainer().explain(RawExchange(CommandAPDU(0, 0xA4, 4, 0, CANARY).encode(), b"\x90\0", label))
    assert [one for one in seen if one.data == CANARY]  # it is seen where it is no secret
