"""A trace as a capture file that Wireshark and tshark open without a plug-in: commands, answers and ATRs of ISO 7816.

Each command is a packet and so is its answer; each slot of the reader is an interface. A command's comment is its name
here, as Wireshark has none for commands of social and bank cards. What is secret is masked as in the trace: zeros stand
there, and a comment says which bytes they are. A card that was silent has a command without an answer, and why is a
comment of the next packet that there is; so is the loss of power.

No packet is shown as malformed. What is no APDU or no ATR (too short, lengths that contradict each other) is shown as
bytes, and so are the data of an answer that begins as ATRs do: Wireshark would read on in it as in an ATR.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from apdu import atr
from dualcos.explain.command_names import FAMILIAR
from dualcos.explain.raw_record import RawExchange, RawPower, RawSilence
from dualcos.explain.secret_masking import SecretMasking, blanked_form
from dualcos.explain.secret_parts import Spans
from dualcos.explain.trace_file_lines import Recorded, RecordedTrace
from dualcos.lab.recorder.pcapng_blocks import (
    CARD,
    DIRECTION,
    DISSECTOR,
    TERMINAL,
    CapturedPdu,
    interface,
    packet,
    section,
    ticks,
)

_ISO_7816, _BYTES = b"iso7816", b"data"  # names of dissectors
_FIRST_SLOT = "card"
_AS_ATRS_BEGIN = (b"\x3b", b"\x3f")
_APART = "data of the answer, apart from its status word: Wireshark takes what begins with 3B or 3F for an ATR"
_NO_COMMAND = "no command APDU"


class _Passed(NamedTuple):
    """What passed in one direction: who sent it, its bytes, what is said of them; for which dissector."""

    sender: bytes
    data: bytes
    comments: tuple[str, ...] = ()
    dissector: bytes = _ISO_7816


def capture(trace: RecordedTrace) -> Iterator[bytes]:
    """The blocks of the file, in order. What is secret in an unsafe trace is masked here as in any other."""
    slots = sorted({*trace.slots, *(one.slot for one in trace.lines)})
    yield section()
    for slot in slots:
        yield interface(_name(trace, slot))
    masking = {slot: SecretMasking() for slot in slots}
    untold: dict[str, list[str]] = {slot: [] for slot in slots}
    for one in trace.lines:
        told = untold[one.slot]
        for passed in _passed(one, masking[one.slot], told):
            tags = ((DISSECTOR, passed.dissector), (DIRECTION, passed.sender))
            comments = (*told, *passed.comments)
            told.clear()
            yield packet(CapturedPdu(slots.index(one.slot), ticks(one.record.at), tags, passed.data, comments))


def _name(trace: RecordedTrace, slot: str) -> str:
    """How the interface is called: as the slot's reader where the trace says which."""
    reader = trace.about(slot).get("reader")
    return reader if isinstance(reader, str) and reader else slot or _FIRST_SLOT


def _passed(one: Recorded, masking: SecretMasking, told: list[str]) -> Iterable[_Passed]:
    """The packets of a line; ``told`` gets what the next packet says besides, if there is none here."""
    record = masking.masked(one.record)
    if isinstance(record, RawPower):
        if record.atr:
            return (_reset(f"{record.kind} reset", record.atr),)
        told.append("power off" if record.kind == "off" else f"{record.kind} reset, no ATR")
        return ()
    if isinstance(record, RawSilence):
        told.append(f"no answer: {record.why}")
        return (_command(record.command, record.hidden, record.before),) if record.command else ()
    return (_command(record.command, record.hidden, record.before), *_answer(record))


def _reset(kind: str, shown: bytes) -> _Passed:
    try:
        atr.parse(shown)
    except atr.AtrError as fault:
        return _Passed(CARD, shown, (kind, f"no ATR: {fault}"), _BYTES)
    return _Passed(CARD, shown, (kind,))


def _command(command: bytes, hidden: Spans, environment: str | None) -> _Passed:
    masked = tuple(f"masked: bytes {start} to {end - 1} are secret, zeros stand for them" for start, end in hidden)
    shown = blanked_form(command, hidden)
    if shown is None:
        return _Passed(TERMINAL, command, (_NO_COMMAND, *masked), _BYTES)
    name = FAMILIAR.name(environment or "", shown)
    return _Passed(TERMINAL, command, (f"{name.name} {name.zh}", *masked))


def _answer(record: RawExchange) -> Iterator[_Passed]:
    answer, hidden = bytes(record.answer_hidden) + record.answer, record.answer_hidden
    masked = (f"masked: the first {hidden} bytes are secret, zeros stand for them",) if hidden else ()
    data, word = answer[:-2], answer[-2:]
    if len(word) < 2 or word.startswith(_AS_ATRS_BEGIN):
        if answer:
            yield _Passed(CARD, answer, ("no status word", *masked), _BYTES)
        return
    if data.startswith(_AS_ATRS_BEGIN):
        yield _Passed(CARD, data, (_APART,), _BYTES)
        answer = word
    yield _Passed(CARD, answer, masked)
