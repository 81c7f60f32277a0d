"""Loader and schema agree: whatever a loader takes its schema takes, and what a schema refuses its loader refuses.

Right files are spoilt in one place at a time, everywhere. What a loader refuses and its schema cannot say is one of the
kinds in the table of ``docs/schemas/README.md``, each of which is shown here.
"""

from __future__ import annotations

import copy
import itertools
import json
import re
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest
from jsonschema.protocols import Validator

from dualcos.lab.conformance import vector_file
from dualcos.lab.conformance.profile_data import fields
from dualcos.lab.schemas.published_schemas import FOLDER, PUBLISHED
from tests.dualcos.lab.schemas import right_files as right
from tests.dualcos.lab.schemas.editor_validator import EditorValidator, as_python
from tests.dualcos.lab.schemas.spoilt_files import IN_TOML, LOADERS, at, has_null, places, spoilt
from tests.honest_campaigns import attested, begun, whole

ROOT = Path(__file__).parents[4]
FIELDS = fields()
RECORDS = [*whole()[:3], whole()[-1], begun("TEST-A-1"), attested("TEST-A-1")]
LINES = [{"chain": "0" * 64, "record": json.loads(msgspec.json.encode(record))} for record in RECORDS]
RIGHT: dict[str, list[Any]] = {
    "vector": [right.UNIT, right.ATTENDED],
    "routines": [right.ROUTINES],
    "holes": [right.HOLES],
    "ics": [right.STATEMENT],
    "campaign": LINES,
    "report": right.REPORT,
    "known-faults": [right.KNOWN_FAULTS],
    "blacklist": [right.BLACKLIST],
    "fault-script": [right.FAULT_SCRIPT],
    "leash": [right.LEASH],
    "terminal": [right.TERMINAL],
}
EVERY = {"vector": 9, "routines": 3, "fault-script": 4, "campaign": 2, "report": 2, "leash": 2}
"""Of so many spoilt files one is tried on each commit; of the others all."""
STEP = ("vectors", 0, "steps")
ASKED = ("vectors", 0, "steps", 1, "operator")


DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
HOSTILE = (
    *("\n", "\0", "\x1c", "\x85", "\ufeff", "\u2028", "\u0661", "{", ")"),
    *("lc(" * 5000, "lc(" * 600 + "00" + ")" * 600, "9" * 5000, f"9000 [{'9' * 5000}]", "00" * 200_000),
)
"""One sign is put behind what stands there, all else in its place."""


CHAIN = {f"r{n}": {"title": right.TITLE, "steps": [{"routine": f"r{n + 1}"}] if n < 9 else []} for n in range(10)}


class Unsaid(NamedTuple):
    """What a schema cannot say: how the loader says it, and a file that shows it, by a change of a right one."""

    said: str
    form: str = ""
    path: tuple[Any, ...] = ()
    value: Any = None
    file: int = 0


UNSAID = {
    "the inside of an expression or a pattern": Unsaid(
        r"no function|takes \d+ arguments, \d|a profile has no field|nothing may follow|is missing at"
        r"|hex in whole bytes|pieces of unknown length|the pattern cannot be|no data pattern|no way to show"
        r"|stands alone|more than 16 deep|no expression is|two values under one name",
        "vector",
        (*STEP, 0, "when"),
        "nonsense(00)",
    ),
    "a routine by its name and its arguments": Unsaid(
        r"there is no routine|takes \d+ arguments, not", "vector", ("setup", 1, "routine"), "none(00)"
    ),
    "a routine that calls itself": Unsaid(
        "it calls itself", "routines", ("routines", "r", "steps", 1), {"routine": "r(00)"}
    ),
    "routines that come to more than is played": Unsaid(
        "routines call routines|it comes to more than", "routines", ("routines",), CHAIN
    ),
    "the condition in applies": Unsaid(
        "is no condition|a profile has no field", "vector", ("applies",), "version is 2"
    ),
    "a flag that notes do not explain": Unsaid(r"not explained in \$\.notes", "vector", ("vectors", 0, "flags"), ["g"]),
    "once and atomic without a cut in the same vector": Unsaid(
        "once is for the last command of|atomic is about", "vector", (*STEP, 1, "once"), True
    ),
    "state in a routine that a setup calls": Unsaid("belongs behind it", "vector", ("setup", 1, "routine"), "s"),
    "an operator's step in a vector that is not live, or a white box": Unsaid(
        "an operator has a card in a reader", "vector", ("vectors", 0, "live"), False, 1
    ),
    "a command without a whole header in a vector that is live": Unsaid(
        "no reader passes on less than", "vector", ("vectors", 0, "steps", 5, "send"), "00", 1
    ),
    "answers that are right and not among the choices, or all of them": Unsaid(
        "right: .* is none of|some answers are right", "vector", (*ASKED, "right"), ["c"], 1
    ),
    "least that is not less than most": Unsaid(
        "least is less than most", "vector", ("vectors", 0, "steps", 2, "operator", "measure", "least"), 2, 1
    ),
    "a status word expected of a reset": Unsaid(
        "a reset answers no status word", "vector", (*STEP, 2, "expect"), "6A86"
    ),
    "an id that stands twice": Unsaid(
        r"id .* is taken|another rule has that name|stands there twice|is answered twice",
        "vector",
        ("vectors", 1, "id"),
        "U-1",
    ),
    "a whole number that is written with a point": Unsaid(
        r"takes .*a whole number.*, not a number|: \d+\.0 is no answer",
        "vector",
        (*STEP, 3, "cut", "stride"),
        1.0,
    ),
    "a day that no calendar has": Unsaid("Invalid RFC3339", "known-faults", ("fault", 0, "expires"), "2027-02-31"),
    "a fault that no reset can have": Unsaid(
        "at a reset a card can be", "fault-script", ("rule", 3, "fault"), {"kind": "flip"}
    ),
    "a chain that is not that of the line": Unsaid("not what was written", "campaign", ("chain",), "0" * 63 + "1"),
    "a signature that the key has not made": Unsaid(
        "has not signed it|is no signed blacklist", "blacklist", ("signature",), "1" * 128
    ),
    "an entry that stands twice, or has its end before its beginning": Unsaid(
        "an entry stands there twice|has its end before its beginning",
        "blacklist",
        ("listed", 0, "until"),
        "20251231",
    ),
    "an increment that does not lead on": Unsaid("is not before", "blacklist", ("follows", "sequence"), 2),
    "a moment that no calendar has": Unsaid("no calendar has", "blacklist", ("issued",), "20260230120000"),
    "text that no screen shows": Unsaid("a line of text", "ics", ("sample", "product"), "\u202e"),
}


@pytest.fixture(scope="module")
def schemas() -> dict[str, Validator]:
    return {name: EditorValidator(json.loads(published.text(name))) for name, published in PUBLISHED.items()}


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """Where files are written; the fields of all profiles are gathered once for all of them."""
    monkeypatch.setattr(vector_file, "fields", lambda _: FIELDS)
    return tmp_path


def changed(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    found = copy.deepcopy(document)
    here = at(found, path[:-1])
    if isinstance(here, list) and path[-1] == len(here):
        here.append(value)
    else:
        here[path[-1]] = value
    return found


@pytest.mark.parametrize("form", RIGHT)
def test_right_files_are_right(form, schemas, folder):
    for document in RIGHT[form]:
        assert LOADERS[form](folder, document) == ""
        assert [error.message for error in schemas[form].iter_errors(document)] == []


def test_every_form_has_right_files_and_every_field_stands_in_one(schemas):
    assert set(RIGHT) == set(LOADERS) == set(PUBLISHED)
    for form in ("vector", "holes", "known-faults", "fault-script"):
        written = json.dumps(RIGHT[form])
        told = {name for part in closed(schemas[form].schema) for name in part["properties"]}
        assert [name for name in told if f'"{name}":' not in written] == [], form


def closed(schema: Any) -> list[dict[str, Any]]:
    """Every object in a schema that takes no other fields than it names."""
    inner = schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ()
    own = [schema] if isinstance(schema, dict) and schema.get("additionalProperties") is False else []
    return own + [found for each in inner for found in closed(each)]


@pytest.mark.parametrize("form", RIGHT)
def test_whatever_a_loader_takes_its_schema_takes(form, schemas, folder):
    spoilt_files = [each for document in RIGHT[form] for each in spoilt(document)]
    if form in IN_TOML:
        spoilt_files = [each for each in spoilt_files if isinstance(each, dict) and not has_null(each)]
    tried = spoilt_files[:: EVERY.get(form, 1)]
    assert len(tried) > 100
    refused = 0
    for document in tried:
        said, valid = LOADERS[form](folder, document), schemas[form].is_valid(document)
        refused += not valid
        assert said or valid, (document, [error.message for error in schemas[form].iter_errors(document)])
        assert not (said and valid) or is_unsaid(said, document), said
    assert refused > len(tried) // 2


def is_unsaid(said: str, document: Any) -> bool:
    """True if no schema can say this. Of a day it can say the form, so only one that has it is excused."""
    if "Invalid RFC3339" in said and "fault" in document:
        return all(DAY.fullmatch(str(fault["expires"])) for fault in document["fault"])
    return any(re.search(each.said, said) for each in UNSAID.values())


@pytest.mark.parametrize("form", ["vector", "routines"])
def test_hostile_text_wherever_text_stands(form, schemas, folder):
    """One line, and nothing that an editor would not have underlined; each place has some of the texts."""
    hostile = itertools.cycle(HOSTILE)
    refused = set()
    for document in RIGHT[form]:
        for path in places(document):
            old = at(document, path) if path else None
            for _ in range(3 if isinstance(old, str) else 0):
                text = next(hostile)
                spoilt_file = changed(document, path, old + text if len(text) == 1 else text)
                said, valid = LOADERS[form](folder, spoilt_file), schemas[form].is_valid(spoilt_file)
                assert "\n" not in said
                assert len(said) < 700
                assert said or valid, (path, text)
                assert not (said and valid) or is_unsaid(said, spoilt_file), said
                refused |= {text} if said else set()
    assert len(refused) > len(HOSTILE) // 2


def test_the_patterns_of_editors():
    """What ECMA-262 says of these is seen, whatever Python says."""
    for pattern, text, fits in (
        ("^a$", "a\n", False),
        ("^a$", "a", True),
        (r"^\s$", "\x1c", False),
        (r"^[\s0]$", "\ufeff", True),
        ("^.$", "\u2028", False),
        (r"^[.$]\.$", "$.", True),
    ):
        assert (as_python(pattern).search(text) is not None) is fits, (pattern, text)


@pytest.mark.parametrize("kind", UNSAID)
def test_what_a_schema_cannot_say(kind, schemas, folder):
    unsaid = UNSAID[kind]
    document = changed(RIGHT[unsaid.form][unsaid.file], unsaid.path, unsaid.value)
    assert re.search(unsaid.said, LOADERS[unsaid.form](folder, document))
    assert schemas[unsaid.form].is_valid(document)


def test_the_page_lists_what_a_schema_cannot_say():
    page = (ROOT / FOLDER / "README.md").read_text("utf-8")
    table = page.split("| what only the loader sees |", 1)[1].split("\n\n", 1)[0]
    assert [row.split("|")[1].strip() for row in table.splitlines()[2:]] == [*UNSAID, "a name that an object has twice"]


def test_a_name_that_an_object_has_twice(schemas, folder):
    """JSON Schema sees an object, not its text."""
    text = json.dumps(right.UNIT).replace('"purpose": "p"', '"purpose": "o", "purpose": "p"', 1)
    (folder / "v.json").write_text(text, encoding="utf-8")
    with pytest.raises(vector_file.VectorError, match="purpose twice"):
        vector_file.load(folder / "v.json")
    assert schemas["vector"].is_valid(json.loads(text))
