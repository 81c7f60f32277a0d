"""Every message that a person can see is a sentence of our own: as it is written, and as it comes out.

Sentences of refusals have their own tests (``test_phrases``, ``tests/conformance/test_reasons.py``).
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from msgspec import Meta, Struct

from dualcos.cli.trace_file import TraceFile
from dualcos.lab.properties import profile_specimens
from dualcos.lab.properties.list_of_properties import PROPERTIES
from dualcos.lab.properties.traffic_steps import Raw
from dualcos.lab.search.case_in_words import in_words
from dualcos.textforms.what_is_wrong import what_is_wrong
from keys.card_key_store import KeyRef
from tests.mishaps import mishaps

ROOT = Path(__file__).parents[2]
FILES = [
    path for room in ("apdu", "firewall", "keys", "cos", "dualcos") for path in sorted((ROOT / room).rglob("*.py"))
]
OF_PYTHON = {"a member of a class", "a value as Python writes it", "an object's address", "a class", "a placeholder"}
PUNCTUATION = {"a gap", "a bracket", "an end that is none", "one word"}
"""What a message with a code in front, a list of signs, or an "is" at its end may well have."""


def messages(path: Path) -> list[tuple[int, str]]:
    """The first text of each error that is raised, with a word for each value in it."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            found += [(node.lineno, text) for each in node.exc.args if (text := written(each)) is not None]
    return found


def written(node: ast.expr) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(each.value) if isinstance(each, ast.Constant) else "x" for each in node.values)
    return None


def test_what_is_raised_is_written_as_sentences():
    wrong, count = [], 0
    for path in FILES:
        for line, text in messages(path):
            count += 1
            found = set(mishaps(text)) - PUNCTUATION
            if found:
                wrong.append(f"{path.relative_to(ROOT)}:{line}: {text}: {found}")
    assert count > 500
    assert wrong == []


# --- what comes out ---------------------------------------------------------------------------------------------------


class Inside(Struct, forbid_unknown_fields=True):
    pin: Annotated[str, Meta(pattern="^([0-9]{4,12})?$")] = ""
    key: Annotated[str, Meta(pattern="^[0-9A-Fa-f]{32}$")] = "00" * 16
    octets: Annotated[str, Meta(pattern="^([0-9A-Fa-f]{2})*$")] = ""
    tries: Annotated[int, Meta(ge=1, le=15)] = 1
    edition: Literal["1.0", "2.0"] = "2.0"
    title: Annotated[str, Meta(min_length=2)] = "ab"
    level: int | None = None
    parts: tuple[int, ...] = ()
    share: float = 1.0
    on: bool = True


class Outside(Struct, forbid_unknown_fields=True):
    card: Inside


WRONG = {
    '{"pin":"12x4"}': "$.card.pin takes 4 to 12 digits or nothing",
    '{"key":"00"}': "$.card.key takes 32 hex digits",
    '{"octets":"0"}': "$.card.octets takes hex, two digits a byte",
    '{"tries":0}': "$.card.tries takes a whole number of at least 1",
    '{"tries":16}': "$.card.tries takes a whole number of at most 15",
    '{"edition":"4.0"}': "$.card.edition does not take '4.0'",
    '{"title":"a"}': "$.card.title takes text of at least 2 characters",
    '{"level":"a"}': "$.card.level takes a whole number or nothing, not text",
    '{"parts":["a"]}': "$.card.parts[0] takes a whole number, not text",
    '{"parts":{"a":1}}': "$.card.parts takes a list, not a table",
    '{"share":"a"}': "$.card.share takes a number, not text",
    '{"on":1}': "$.card.on takes true or false, not a whole number",
    '{"pine":"1"}': "$.card has no field pine",
    f'{{"{"x" * 9999}":"1"}}': f"$.card has no field {'x' * 40}…",
}


@pytest.mark.parametrize("text", WRONG, ids=lambda text: text[:20])
def test_a_field_that_does_not_fit(text):
    with pytest.raises(msgspec.ValidationError) as caught:
        msgspec.json.decode(f'{{"card":{text}}}', type=Outside)
    assert what_is_wrong(caught.value) == WRONG[text]
    assert "`" not in WRONG[text]


def test_a_field_that_is_missing():
    with pytest.raises(msgspec.ValidationError) as caught:
        msgspec.json.decode("{}", type=Outside)
    assert what_is_wrong(caught.value) == "$ lacks the field card"


class Full:
    """A file opened by its number, on a disk without room."""

    name = 3

    def write(self, _: bytes) -> None:
        raise OSError(28, "No space left on device")

    def close(self) -> None:
        """Nothing was opened."""


def test_a_trace_file_that_cannot_be_written_is_called_by_its_name(tmp_path, capsys):
    file = TraceFile(str(tmp_path / "kept.jsonl"))
    file.begin()
    assert file._file is not None
    file._file.close()
    file._file = Full()
    file.say("{}")
    file.close()
    told = capsys.readouterr().err
    assert f"{tmp_path / 'kept.jsonl'} cannot be written: No space left on device" in told


DRAWN = [claim for claim in PROPERTIES if claim.cases is not None]


@pytest.mark.parametrize("claim", DRAWN, ids=lambda claim: claim.identity)
@settings(max_examples=1, phases=[Phase.generate], suppress_health_check=list(HealthCheck), deadline=None)
@given(data=st.data())
def test_a_case_is_told_in_words(claim, data):
    specimen = profile_specimens.specimen("dual-2.0-3des")
    cases = claim.cases(specimen)
    if not cases.is_empty:
        told = in_words(data.draw(cases))
        assert not set(mishaps(told)) & OF_PYTHON, told[:500]


def test_a_case_shows_no_pin_and_no_python():
    told = in_words(([Raw(bytes.fromhex("0020000003123456"))], KeyRef(1, 0, 0), None, b"\1" * 16, ()))
    assert told == "0020000003......, key of kind 01, number 00, version 00, nothing, 16 bytes, none"
