"""The engine: gates in their order, the first refusal wins and is told, small errors have one word each."""

from __future__ import annotations

from functools import partial
from types import SimpleNamespace

import pytest

from apdu.command import CommandAPDU
from apdu.response import ResponseAPDU
from apdu.status import SW, StatusWord
from apdu.tlv import TlvError
from cos.kernel import engine as kernel
from cos.kernel.command_rows import ANY, CommandRow, CommandTable, Secret
from cos.kernel.directory_headers import LayoutError
from cos.kernel.engine import Engine
from cos.kernel.files import FileExists, FileFull, FileNotFound, OffsetBeyond, RecordNotFound, WrongStructure
from cos.kernel.refusal import COMMON_ERRORS, ErrorWord, Gate, Refusal
from cos.kernel.transmission import Transmission, TransmissionOptions
from firewall.hardware.cells import CellsFull
from firewall.mint import NameConflict, NameTaken
from firewall.partition import DamagedCell
from firewall.trace import Reason, Refused, TraceBuffer
from keys.card_key_store import KeyNotFound, NoTriesLeft

READ, CREATE, VERIFY, GET_RESPONSE = 0xB0, 0xE0, 0x20, 0xC0


class Session(list[str]):
    """What happened in a session; of where it stands the engine looks at what shapes its answers only."""

    def __init__(self, case4: str = "direct") -> None:
        super().__init__()
        self.at = SimpleNamespace(tx=Transmission(TransmissionOptions(case4=case4)))


def answer(session: Session, command: CommandAPDU) -> ResponseAPDU:
    session.append(f"handler {command.ins:02X}")
    return ResponseAPDU(b"data", SW.OK)


def row(ins: int, name: str, cla: int = 0, **accepts) -> CommandRow[Session]:
    return CommandRow(cla, ins, name, "", accepts.pop("handler", answer), "a clause", **accepts)


TABLE = CommandTable(
    (
        row(READ, "READ", p1=ANY, p2=frozenset((0, 4)), le=frozenset((1, 2)), answers=True),
        row(CREATE, "CREATE FILE", 0x80, p1=frozenset((1,)), lc=frozenset((2, 3))),
        row(CREATE, "END", 0x80, p1=frozenset((2,)), p2=frozenset((7,))),
        row(VERIFY, "VERIFY", lc=range(9), answers=True),
    )
)


def run(command: CommandAPDU, table: CommandTable = TABLE, gates=(), alive=lambda *_: None, errors=()):
    """Answer, what the session saw, and the events told."""
    buffer, session = TraceBuffer(), Session()
    response = Engine(table.rows, alive, gates, errors).handle(session, command, buffer.writer("x"))
    return response, session, tuple(event for _, event in buffer.take())


def refused(command: CommandAPDU, **how) -> Refused:
    response, session, events = run(command, **how)
    assert response.data == b""
    assert not [each for each in session if each.startswith("handler")]
    (event,) = events
    assert event.sw == response.sw
    return event


def gate_named(name: str, sw: StatusWord | None = None):
    def gate(session, row, command):
        session.append(f"{name} {row.name}")
        if sw is not None:
            raise Refusal(sw, name, f"no {command.ins:02X}", "its clause")

    return gate


# --- order ----------------------------------------------------------------------------------------------------


def test_gates_pass_in_their_order_and_then_the_handler():
    response, session, events = run(
        CommandAPDU(0, READ, 0, 0),
        alive=lambda session, command: session.append(f"alive {command.ins:02X}"),
        gates=[gate_named("one"), gate_named("two")],
    )
    assert response == ResponseAPDU(b"data", SW.OK)
    assert session == ["alive B0", "one READ", "two READ", "handler B0"]
    assert events == ()


def test_the_first_refusal_wins_and_nothing_follows():
    response, session, events = run(
        CommandAPDU(0, READ, 0, 0),
        gates=[gate_named("one"), gate_named("two", SW.CONDITIONS_NOT_SATISFIED), gate_named("three", SW.WRONG_DATA)],
    )
    assert response == ResponseAPDU(b"", SW.CONDITIONS_NOT_SATISFIED)
    assert session == ["one READ", "two READ"]
    assert events == (Refused("READ", SW.CONDITIONS_NOT_SATISFIED, Reason("two", "no B0", "its clause")),)


def test_the_life_cycle_comes_before_the_class():
    """And a command that never met its row has no name in the trace."""

    def dead(session, command):  # noqa: ARG001 - the contract's shape
        raise Refusal(SW.FUNCTION_NOT_SUPPORTED, Gate.LIFE_CYCLE, "blocked")

    event = refused(CommandAPDU(0x77, 0x77, 0, 0), alive=dead)
    assert event == Refused("", SW.FUNCTION_NOT_SUPPORTED, Reason("life cycle", "blocked", ""))


# --- class and instruction ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cla", "ins", "sw", "reason"),
    [
        (0x84, READ, SW.CLA_NOT_SUPPORTED, Reason("class", "class not supported", about={"cla": 0x84})),
        (0x84, 0x77, SW.CLA_NOT_SUPPORTED, Reason("class", "class not supported", about={"cla": 0x84})),
        (
            0x80,
            READ,
            SW.CLA_NOT_SUPPORTED,
            Reason("class", "instruction of another class", about={"ins": READ, "cla": 0x80}),
        ),
        (0x00, 0x77, SW.INS_NOT_SUPPORTED, Reason("instruction", "unknown instruction", about={"ins": 0x77})),
    ],
)
def test_an_unknown_command_is_6e00_or_6d00(cla, ins, sw, reason):
    assert refused(CommandAPDU(cla, ins, 0, 0)) == Refused("", sw, reason)


@pytest.mark.parametrize(
    ("p1", "p2", "name"), [(1, 0, "CREATE FILE"), (2, 7, "END"), (2, 0, "CREATE FILE"), (9, 9, "CREATE FILE")]
)
def test_rows_of_one_instruction_are_told_apart_by_p1_p2(p1, p2, name):
    _, session, _ = run(CommandAPDU(0x80, CREATE, p1, p2), gates=[gate_named("gate")])
    assert session[0] == f"gate {name}"


def test_the_only_row_of_an_instruction_is_it_whatever_p1_p2():
    _, session, _ = run(CommandAPDU(0, READ, 0, 0x99), gates=[gate_named("gate")])
    assert session[0] == "gate READ"


# --- the standard gates ---------------------------------------------------------------------------------------

LENIENT = (kernel.parameters_gate, kernel.length_gate)


def test_parameters_outside_the_row_are_6a86():
    for p1, p2 in ((9, 0), (0, 0)):
        event = refused(CommandAPDU(0x80, CREATE, p1, p2, bytes(2)), gates=LENIENT)
        about = {"row": "CREATE FILE", "p1": p1, "p2": p2}
        assert event == Refused("CREATE FILE", SW.WRONG_P1P2, Reason("P1 P2", "P1 P2 not taken", "a clause", about))
    assert refused(CommandAPDU(0, READ, 0xFF, 1, le=1), gates=LENIENT).sw == SW.WRONG_P1P2
    assert run(CommandAPDU(0, READ, 0xFF, 4, le=1), gates=LENIENT)[0].sw == SW.OK


def test_parameters_come_before_lengths():
    assert refused(CommandAPDU(0x80, CREATE, 1, 1, bytes(9)), gates=LENIENT).sw == SW.WRONG_P1P2


@pytest.mark.parametrize("length", [0, 1, 4])
def test_a_data_length_outside_the_row_is_6700(length):
    event = refused(CommandAPDU(0x80, CREATE, 1, 0, bytes(length)), gates=LENIENT)
    about = {"row": "CREATE FILE", "received": length}
    assert event == Refused("CREATE FILE", SW.WRONG_LENGTH, Reason("length", "length not taken", "a clause", about))
    assert run(CommandAPDU(0x80, CREATE, 1, 0, bytes(3)), gates=LENIENT)[0].sw == SW.OK


def test_extended_length_is_6700():
    event = refused(CommandAPDU(0x80, CREATE, 1, 0, bytes(2), extended=True), gates=LENIENT)
    assert event.sw == SW.WRONG_LENGTH


@pytest.mark.parametrize(
    ("le", "why", "about"),
    [(None, "Le missing", {}), (3, "Le not taken", {"received": 3}), (256, "Le not taken", {"received": 256})],
)
def test_an_le_outside_the_row_is_6700(le, why, about):
    event = refused(CommandAPDU(0, READ, 0, 0, le=le), gates=LENIENT)
    reason = Reason("length", why, "a clause", {"row": "READ", **about})
    assert event == Refused("READ", SW.WRONG_LENGTH, reason)
    assert run(CommandAPDU(0, READ, 0, 0, le=2), gates=LENIENT)[0].sw == SW.OK


def test_a_superfluous_le_is_ignored_or_refused_as_the_profile_says():
    command = CommandAPDU(0x80, CREATE, 1, 0, bytes(2), le=256)
    lenient = kernel.standard_gates(TransmissionOptions(trailing_le="ignore"))
    strict = kernel.standard_gates(TransmissionOptions(trailing_le="6700"))
    assert lenient == LENIENT
    assert run(command, gates=lenient)[0].sw == SW.OK
    event = refused(command, gates=strict)
    reason = Reason("length", "Le without answer", "a clause", {"row": "CREATE FILE"})
    # Which setting decided is read from the card; this one has no profile (tests/conformance/test_settings_named.py).
    assert event._replace(reason=event.reason._replace(settings=())) == Refused("CREATE FILE", SW.WRONG_LENGTH, reason)
    for harmless in (
        CommandAPDU(0x80, CREATE, 1, 0, bytes(2)),  # no Le
        CommandAPDU(0x80, CREATE, 2, 7, le=256),  # no data in front of it
        CommandAPDU(0, VERIFY, 0, 0, bytes(2), le=256),  # a command that answers
    ):
        assert run(harmless, gates=strict)[0].sw == SW.OK


# --- errors and words -----------------------------------------------------------------------------------------


def raising(error: Exception) -> CommandTable:
    def handler(session, command):  # noqa: ARG001 - the contract's shape
        raise error

    return CommandTable((row(READ, "READ", handler=handler),))


def test_a_refusal_of_the_handler_is_told():
    table = raising(Refusal(SW.SECURITY_NOT_SATISFIED, Gate.RIGHT, "a key is missing", "SSC-4 §6"))
    response, _, events = run(CommandAPDU(0, READ, 0, 0), table)
    assert response == ResponseAPDU(b"", SW.SECURITY_NOT_SATISFIED)
    reason = Reason("access right", "a key is missing", "SSC-4 §6")
    assert events == (Refused("READ", SW.SECURITY_NOT_SATISFIED, reason),)


@pytest.mark.parametrize(
    ("error", "sw", "gate", "phrase"),
    [
        (FileNotFound, 0x6A82, "target", ""),
        (RecordNotFound, 0x6A83, "target", ""),
        (WrongStructure, 0x6981, "structure", ""),
        (OffsetBeyond, 0x6B00, "target", ""),
        (FileFull, 0x6A84, "space", ""),
        (FileExists, 0x6A89, "target", ""),
        (KeyNotFound, 0x6A88, "target", ""),
        (NoTriesLeft, 0x6983, "authentication", ""),
        (LayoutError, 0x6A80, "data", "broken creation data"),
        (TlvError, 0x6A80, "data", "broken data objects"),
        (CellsFull, 0x6A84, "space", "memory full"),
        (NameTaken, 0x6A89, "target", ""),
        (NameConflict, 0x6A80, "data", ""),
        (partial(DamagedCell, b"cell"), 0x6581, "memory", "damaged memory"),
    ],
)
def test_each_small_error_has_its_word(error, sw, gate, phrase):
    """SSC-5 table 5; 6A84 and 6A89 as the personalisation dialect has them. One that has no phrase is told as data."""
    response, _, events = run(CommandAPDU(0, READ, 0, 0), raising(error("what was wrong")))
    assert response == ResponseAPDU(b"", StatusWord(sw))
    told = (phrase, "a clause", {"fault": "what was wrong"}) if phrase else ("what was wrong", "a clause")  # the row's
    assert events == (Refused("READ", StatusWord(sw), Reason(gate, *told)),)


def test_every_common_error_was_asked_for():
    assert len(COMMON_ERRORS) == 14


class Own(Exception):
    """A stack's own error."""


def test_a_stacks_own_words_come_before_the_common_ones():
    own = (ErrorWord(Own, SW.MAC_INVALID, "mine"), ErrorWord(FileNotFound, SW.WRONG_STATE, "mine"))
    for error, sw in ((Own, SW.MAC_INVALID), (FileNotFound, SW.WRONG_STATE), (FileFull, SW.NO_SPACE)):
        assert run(CommandAPDU(0, READ, 0, 0), raising(error("")), errors=own)[0].sw == sw


def test_anything_else_is_a_bug_and_stays_one():
    for error in (Own, ValueError, KeyError):
        with pytest.raises(error):
            run(CommandAPDU(0, READ, 0, 0), raising(error()))


# --- the answer's way out -------------------------------------------------------------------------------------

T0 = CommandTable(
    (
        row(VERIFY, "VERIFY", lc=range(9), answers=True),
        row(READ, "READ"),
        row(GET_RESPONSE, "GET RESPONSE", handler=kernel.get_response, answers=True, fetches=True),
    )
)
ASK, FETCH = CommandAPDU(0, VERIFY, 0, 0, b"data"), CommandAPDU(0, GET_RESPONSE, 0, 0, le=4)


def play(*commands: CommandAPDU) -> list[ResponseAPDU]:
    """On a T=0 card, in one session."""
    session, engine = Session("61xx"), Engine(T0.rows, lambda *_: None, (kernel.parameters_gate,))
    return [engine.handle(session, command, TraceBuffer().writer("x")) for command in commands]


def test_an_answer_waits_for_get_response_and_is_fetched_once():
    assert play(ASK, FETCH, FETCH) == [
        ResponseAPDU(b"", StatusWord(0x6104)),
        ResponseAPDU(b"data", SW.OK),
        ResponseAPDU(b"", SW.NO_PRECISE_DIAGNOSIS),
    ]


def test_a_refused_get_response_leaves_waiting_what_waits():
    """6Cxx says how to ask: the same command again must find the answer (SSC-5 §6.6.4)."""
    short, wrong = FETCH._replace(le=9), FETCH._replace(p1=1)
    for refusal, sw in ((short, 0x6C04), (wrong, SW.WRONG_P1P2)):
        assert play(ASK, refusal, FETCH)[1:] == [ResponseAPDU(b"", StatusWord(sw)), ResponseAPDU(b"data", SW.OK)]


@pytest.mark.parametrize(
    "between",
    [
        CommandAPDU(0, READ, 0, 0),
        CommandAPDU(0, READ, 9, 9),  # refused by a gate
        CommandAPDU(0x77, READ, 0, 0),  # without a row
        CommandAPDU(0, GET_RESPONSE + 1, 0, 0),
        CommandAPDU(0x80, GET_RESPONSE + 1, 0, 0),
    ],
)
def test_any_other_command_drops_what_waits(between):
    """F5, and also where the command is refused."""
    assert play(ASK, between, FETCH)[2] == ResponseAPDU(b"", SW.NO_PRECISE_DIAGNOSIS)


OWN = CommandTable((*T0.rows, row(VERIFY, "VERIFY, own", 0x80, lc=range(9), answers=True)))
ASK_OWN, FETCH_OWN = ASK._replace(cla=0x80), FETCH._replace(cla=0x80)
NOT_HERE = [ResponseAPDU(b"", SW.CLA_NOT_SUPPORTED)]


def fetched(*commands: CommandAPDU, **options: str) -> tuple[list[ResponseAPDU], list[bool]]:
    """Answers of a T=0 card that has commands of two classes, and which of them continued the one before."""
    session, engine = Session("61xx"), Engine(OWN.rows, lambda *_: None, (kernel.parameters_gate,))
    session.at.tx = Transmission(TransmissionOptions(**options))
    answers, continued = [], []
    for command in commands:
        answers.append(engine.handle(session, command, TraceBuffer().writer("x")))
        continued.append(session.at.tx.continued)
    return answers, continued


def test_the_class_of_the_command_fetches_its_answer_and_no_other_class_does():
    waits, data = ResponseAPDU(b"", StatusWord(0x6104)), ResponseAPDU(b"data", SW.OK)
    for fetch in (FETCH, FETCH_OWN):
        assert fetched(ASK_OWN, fetch) == ([waits, data], [False, True])
    assert fetched(ASK, FETCH_OWN, FETCH) == ([waits, *NOT_HERE, data], [False, False, True])
    for stranger in (0x04, 0x81, 0xB0):
        assert fetched(ASK_OWN, FETCH._replace(cla=stranger), FETCH_OWN)[0] == [waits, *NOT_HERE, data]


def test_by_setting_class_00_alone_fetches():
    waits, data = ResponseAPDU(b"", StatusWord(0x6104)), ResponseAPDU(b"data", SW.OK)
    assert fetched(ASK_OWN, FETCH_OWN, FETCH, get_response="class 00") == (
        [waits, *NOT_HERE, data],
        [False, False, True],
    )


def test_a_fetch_continues_only_what_waits():
    """6Cxx says how to ask, so it belongs to the same fetch; with nothing waiting there is nothing to continue."""
    assert fetched(ASK_OWN, FETCH_OWN._replace(le=9), FETCH_OWN, FETCH)[1] == [False, True, True, False]
    assert fetched(FETCH_OWN) == (NOT_HERE, [False])
    assert fetched(ASK_OWN, CommandAPDU(0, READ, 0, 0), FETCH_OWN, FETCH)[1] == [False] * 4


def test_a_new_answer_replaces_what_waits():
    assert play(ASK, ASK, FETCH)[1:] == [ResponseAPDU(b"", StatusWord(0x6104)), ResponseAPDU(b"data", SW.OK)]


# --- the table ------------------------------------------------------------------------------------------------


def name_or_word(table: CommandTable, *header: int) -> str:
    """The row a command with this header finds, or the word that refuses it."""
    try:
        return table.row(CommandAPDU(*header)).name
    except Refusal as refusal:
        return str(refusal.sw)


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ((0x80, CREATE, 1, 0), "CREATE FILE"),
        ((0x80, CREATE, 2, 7), "END"),
        ((0x80, CREATE, 2, 0), "CREATE FILE"),  # the first, whose P1 P2 gate refuses
        ((0x00, READ, 0, 0), "READ"),
        ((0x00, READ, 0, 1), "READ"),
        ((0x80, READ, 0, 0), "6E00"),
        ((0x00, CREATE, 1, 0), "6E00"),
        ((0x84, READ, 0, 0), "6E00"),
        ((CREATE, CREATE, 1, 0), "6E00"),
        ((0x00, 0x77, 0, 0), "6D00"),
        ((0x80, 0x00, 0, 0), "6D00"),
        ((0x80, 0x80, 0, 0), "6D00"),
    ],
)
def test_a_table_finds_its_rows(header, found):
    assert name_or_word(TABLE, *header) == found
    assert [each.name for each in TABLE.rows] == ["READ", "CREATE FILE", "END", "VERIFY"]


def test_a_table_is_made_of_what_it_is_given():
    """Made here, so that the making itself is under test."""
    rows = (row(READ, "READ"), row(READ, "READ, protected", 0x04), row(READ, "READ, again", p1=frozenset((1,))))
    table = CommandTable(iter(rows))
    assert table.rows == rows
    assert [name_or_word(table, 0x00, READ, p1, 0) for p1 in range(3)] == ["READ", "READ, again", "READ"]
    assert name_or_word(table, 0x04, READ, 9, 9) == "READ, protected"
    assert name_or_word(table, 0x80, READ, 0, 0) == "6E00"
    assert name_or_word(table, 0x04, VERIFY, 0, 0) == "6D00"


def test_a_row_accepts_nothing_by_default():
    plain = row(READ, "READ")
    assert (set(plain.p1), set(plain.p2), set(plain.lc), plain.le) == ({0}, {0}, {0}, None)
    assert (plain.answers, plain.secret, plain.writes, plain.words) == (False, Secret.NOTHING, (), ())
    assert not plain.fetches
    assert list(ANY) == list(range(256))
