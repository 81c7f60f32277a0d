"""Targets that come as files: card files, profiles, vectors, traces, the words of the command line."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

import msgspec

import dualcos
from dualcos.cardfile.card_file_format import CardFileError
from dualcos.cli.send import parse_commands
from dualcos.cli.user_faults import Fault
from dualcos.dialogue.driver import StepRefused
from dualcos.explain import Explainer, text, trace_file_lines
from dualcos.explain.trace_replay import ReplayOutcome, replay
from dualcos.lab.conformance import (
    answer_pattern,
    applicability,
    command_template,
    coverage,
    template_functions,
    vector_file,
)
from dualcos.lab.faults import fault_script as faults
from dualcos.lab.search import results as campaign_results
from dualcos.profile import schema as profiles
from tests.echo_card import EchoCard
from tests.fuzzing.target import Target

ROOT = Path(__file__).parents[2]
SELECT_SSSE = bytes.fromhex("00A404000F7378312E73682EC9E7BBE1B1A3D5CF")


@cache
def folder() -> Path:
    """A folder of this process; gone with it."""
    kept = tempfile.TemporaryDirectory(prefix="dualcos-fuzzing-")
    _KEPT.append(kept)
    return Path(kept.name)


_KEPT: list[tempfile.TemporaryDirectory[str]] = []


def as_file(data: bytes, name: str) -> Path:
    path = folder() / name
    path.write_bytes(data)
    path.chmod(0o600)
    return path


def text_of(data: bytes) -> str:
    """Text as a file gives it. Raises UnicodeDecodeError, which the caller of a text parser has answered already."""
    return data.decode("utf-8")


# --- SQLite images ----------------------------------------------------------------------------------------------------


def edited(base: bytes, data: bytes) -> bytes:
    """``base`` with edits: offset 2, value 1; the offset FFFF cuts the file at 256 times the value."""
    image = bytearray(base)
    for at in range(0, len(data) - 2, 3):
        offset, value = int.from_bytes(data[at : at + 2], "big"), data[at + 2]
        if offset == 0xFFFF:
            del image[256 * value :]
        elif offset < len(image):
            image[offset] = value
    return bytes(image)


@cache
def _card_image(profile: str) -> bytes:
    path = folder() / f"{profile}.card.dualcos"
    card = dualcos.card(profile)
    dualcos.keep_card(card, path)
    card.close()
    return path.read_bytes()


def card_file(data: bytes) -> None:
    """The first byte chooses the card that is edited; what opens behaves as a card."""
    base = _card_image(("blank", "social-1.0")[data[0] % 2] if data else "blank")
    path = as_file(edited(base, data[1:]), "edited.card.dualcos")
    path.with_name(path.name + "-journal").unlink(missing_ok=True)
    card = dualcos.open_card(path, seed=0)
    try:
        card.power_on()
        for command in (SELECT_SSSE, bytes.fromhex("0084000008"), bytes.fromhex("00B2090020")):
            assert len(card.exchange(command)) >= 2
    finally:
        card.close()


def _card_edits() -> list[bytes]:
    return [b"", b"\1", b"\0" + bytes.fromhex("001800"), b"\1" + bytes.fromhex("001800")]


# --- profiles ---------------------------------------------------------------------------------------------------------


def profile(data: bytes) -> None:
    found = profiles.parse(text_of(data))
    assert msgspec.json.encode(found, enc_hook=lambda word: f"{word:04X}")


_SMALL = ("blank", "social-1.0", "social-3.0", "psam-3des", "social-3.0-pki")


def _profile_text(name: str) -> bytes:
    return (ROOT / "dualcos" / "profile" / "cards" / f"{name}.toml").read_bytes()


def make_card(data: bytes) -> None:
    """A profile that is taken makes a card, or says in one line why not."""
    card = dualcos.card(profiles.parse(text_of(data)))
    card.power_on()
    assert len(card.exchange(SELECT_SSSE)) >= 2


# --- vectors ----------------------------------------------------------------------------------------------------------

_UNIT = {
    "unit": "FUZZ",
    "title": {"zh": "模糊", "en": "Fuzz"},
    "purpose": "p",
    "clause": ["SSC-5 §6"],
    "profile": "social-2.0",
    "provenance": {"kind": "derived", "source": "invented"},
    "notes": {"flag": {"bugType": "b", "effect": "e"}},
    "vectors": [
        {
            "id": "FUZZ-1",
            "title": {"zh": "一", "en": "One"},
            "flags": ["flag"],
            "applies": "version >= 3 and alg == SM4",
            "setup": [{"routine": "enter(00)"}, {"reset": "cold"}],
            "steps": [
                {"send": "0084000008", "expect": "9000 {r:8}", "as": "random"},
                {
                    "send": "0082000A10{ext_auth(RKSSSE)}",
                    "cut": {"tick": "each"},
                    "expect": [{"sw": "63C?", "tlv": {"6F/84": "*"}}],
                },
            ],
            "after": [{"state": {"unchanged": ["pse"], "counter": {"SSSE.PIN": -1}}}],
        }
    ],
}
_ROUTINES = {"routines": {"enter": {"title": {"zh": "入", "en": "in"}, "params": ["x"], "steps": [{"send": "00{x}"}]}}}


def vectors(data: bytes) -> None:
    (folder() / "routines.json").write_text(json.dumps(_ROUTINES), encoding="utf-8")
    for case in vector_file.load(as_file(data, "fuzzed.json")):
        assert case.clause or not case.unit.clause
        assert all(wanted.masks for step in case.vector.steps for wanted in step.alternatives())


def routines(data: bytes) -> None:
    (folder() / "routines").mkdir(exist_ok=True)
    (folder() / "routines" / "unit.json").write_text(json.dumps(_UNIT), encoding="utf-8")
    as_file(data, "routines/routines.json")
    vector_file.load(folder() / "routines" / "unit.json")


def holes(data: bytes) -> None:
    (folder() / "holes").mkdir(exist_ok=True)
    as_file(data, "holes/holes.json")
    coverage.read_holes(folder() / "holes")


def expression(data: bytes) -> None:
    written = text_of(data)
    template_functions.check_template(written)
    assert (
        template_functions.fill(written, {"challenge": bytes(range(8)), "atr": bytes(range(17))}, _hand()) is not None
    )


@cache
def _hand() -> template_functions.HostHand:
    return template_functions.HostHand(_loaded("dual-3.0-sm4"))


def data_pattern(data: bytes) -> None:
    """A pattern, and after a line feed the bytes it is held against."""
    written, _, subject = data.partition(b"\n")
    answer_pattern.expressions(text_of(written))
    found = answer_pattern.match(text_of(written), subject, lambda _expression, kept: b"".join(kept.values()))
    assert found is None or all(value in subject for value in found.values())


def condition(data: bytes) -> None:
    applicability.check(text_of(data))
    for name in ("social-1.0", "dual-3.0-sm4"):
        assert applicability.holds(text_of(data), applicability.facts(_loaded(name))) in (True, False)


@cache
def _loaded(name: str) -> profiles.Profile:
    return profiles.load(name)


# --- traces and the command line --------------------------------------------------------------------------------------


def trace(data: bytes) -> None:
    """A trace that is read can be sent again and put into words."""
    read = trace_file_lines.read(text_of(data).splitlines())
    outcomes = list(replay(read.lines, EchoCard(), random_differs=False))
    assert len(outcomes) == len(read.lines)
    assert all(isinstance(outcome, ReplayOutcome) for outcome in outcomes)
    explainer = Explainer()
    assert all(text(explainer.explain(one.record)) for one in read.lines)


_REFUSED = (
    '{"seq": 5, "env": "ssse", "command": "00B2013400", "answer": "6982", "refusals": ['
    '{"gate": "access right", "why": "right not held", "about": {"needed": [['
    '{"is": "Holder", "fields": {"directory": 57841, "level": 2, "entries": [[13, 5]]}}]]}}]}'
)
_TRACE = "\n".join(
    (
        trace_file_lines.header({"card": "social-2.0", "seed": "0"}, unsafe=True),
        '{"seq": 1, "event": "cold", "atr": "3B00"}',
        '{"seq": 2, "env": "manager", "command": "0084000008", "answer": "9000", "name": "GET CHALLENGE"}',
        '{"seq": 3, "masked": true, "command": "00200000", "answer": "9000", "slot": "sam"}',
        '{"seq": 4, "event": "off"}',
        _REFUSED,
    )
)


def fault_script(data: bytes) -> None:
    assert faults.parse(text_of(data), "fuzzed").rules


def results(data: bytes) -> None:
    """What a campaign has written down and another run takes up."""
    assert all(each.shard for each in campaign_results.parse(data.splitlines(), "fuzzed"))


_RESULT = msgspec.json.encode(
    {
        "shard": {"claim": "F1", "profile": "p", "contents": "c", "seed": 1, "examples": 2, "code": "d"},
        "verdict": "violated",
        "found": {"claim": "F1", "text": "t", "case": "[]", "told": ["one"], "vector": None},
    }
)


def words(data: bytes) -> None:
    """What stands behind `dualcos send CARD`. A dash would read the terminal."""
    for wanted in parse_commands([word for word in text_of(data).split() if word != "-"]):
        assert wanted is None or isinstance(wanted, bytes)


def _texts(*texts: str) -> Callable[[], Iterable[bytes]]:
    return lambda: [each.encode() for each in texts]


_PATTERN = (answer_pattern.PatternError, UnicodeDecodeError)
_TEMPLATE = (command_template.TemplateError, UnicodeDecodeError)

TARGETS = (
    Target(
        "card-file",
        card_file,
        (CardFileError,),
        "a card file that opens is a card that answers",
        _card_edits,
        60,
        slow=True,
    ),
    Target(
        "profile",
        profile,
        (profiles.ProfileError, UnicodeDecodeError),
        "a profile that is taken can be written down",
        lambda: [_profile_text(name) for name in profiles.names()],
        6000,
    ),
    Target(
        "make-card",
        make_card,
        (profiles.ProfileError, StepRefused, UnicodeDecodeError),
        "a profile that is taken makes a card that answers, or is refused in one line",
        lambda: [_profile_text(name) for name in _SMALL],
        6000,
        slow=True,
    ),
    Target(
        "vectors",
        vectors,
        (vector_file.VectorError,),
        "every vector that is taken is complete",
        lambda: [json.dumps(_UNIT, ensure_ascii=False).encode()],
        4000,
        slow=True,
    ),
    Target(
        "routines",
        routines,
        (vector_file.VectorError,),
        "routines that are taken can be called",
        lambda: [json.dumps(_ROUTINES, ensure_ascii=False).encode()],
        slow=True,
    ),
    Target(
        "holes",
        holes,
        (vector_file.VectorError,),
        "taken or refused",
        lambda: [b'{"holes": [{"rows": "pse*", "words": ["6581"], "reason": "none"}]}'],
        slow=True,
    ),
    Target(
        "template",
        expression,
        _TEMPLATE,
        "a template that is taken can be filled by a card's hand",
        _texts(
            "00A40000{challenge}",
            "0082000A10{ext_auth(RKSSSE)}",
            "00 20 00 00 03 12 34 56",
            "80{lc(flip(mac(sm4(00112233445566778899AABBCCDDEEFF),8424000008,AABB)))}",
        ),
        300,
    ),
    Target(
        "pattern",
        data_pattern,
        _PATTERN,
        "what a pattern keeps is in the data",
        _texts("01 {len:1} *\n\x01\x02\x03", "?0 .. [2] [1-3] {a:2} {=a}\n0123456789"),
        300,
    ),
    Target(
        "condition",
        condition,
        (applicability.ConditionError, UnicodeDecodeError),
        "a condition that is taken can be judged of every card",
        _texts("version >= 3 and alg == SM4", "not (psam or pse)", "scope != card or protocol == 1"),
        300,
    ),
    Target(
        "trace",
        trace,
        (trace_file_lines.TraceError, UnicodeDecodeError),
        "a trace that is read can be sent again and put into words",
        _texts(_TRACE),
        2000,
    ),
    Target(
        "fault-script",
        fault_script,
        (faults.ScriptError, UnicodeDecodeError),
        "a script that is taken has a rule",
        lambda: [path.read_bytes() for path in sorted((ROOT / "dualcos" / "lab" / "faults").glob("*.toml"))],
        3000,
    ),
    Target(
        "campaign-results",
        results,
        (campaign_results.ResultsError,),
        "each line taken names its shard",
        lambda: [_RESULT],
        1000,
    ),
    Target(
        "words",
        words,
        (Fault, UnicodeDecodeError),
        "each word is bytes or a reset",
        _texts("0084000008 reset", "00 84 00 00 08", "00A40000"),
        300,
    ),
)
