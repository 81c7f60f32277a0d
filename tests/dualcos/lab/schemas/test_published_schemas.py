"""The published schemas are those of the declarations, explain every field, and are kept by all that comes along."""

from __future__ import annotations

import json
import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from msgspec import UNSET, structs

from dualcos.cli.main import run
from dualcos.lab.campaign.vector_contents import VectorDigests
from dualcos.lab.conformance.host_functions import FUNCTIONS
from dualcos.lab.conformance.vector_file import load, vector_files
from dualcos.lab.faults.fault_script import shipped
from dualcos.lab.ics.statement import Statement
from dualcos.lab.ics.statement_text import as_toml
from dualcos.lab.schemas import published_schemas
from dualcos.lab.schemas.published_schemas import FOLDER, PUBLISHED, files
from dualcos.leash.ready_behaviours import BANK, SOCIAL, ready_behaviours, ready_path
from dualcos.profile.schema import load as load_profile
from dualcos.profile.schema import names
from tests.dualcos.lab.schemas.right_files import UNIT

ROOT = Path(__file__).parents[4]
VECTORS = ROOT / "vectors"
ONLY_PYTHON = re.compile(r"\(\?[PiLmsuax#]|\\[AZ]")


def schema(name: str) -> Any:
    return json.loads(PUBLISHED[name].text(name))


@pytest.fixture(scope="module")
def valid() -> dict[str, Draft202012Validator]:
    return {name: Draft202012Validator(schema(name)) for name in PUBLISHED}


def faults(validator: Draft202012Validator, document: Any) -> list[str]:
    return [f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(document)]


def objects(node: Any, path: str = "$") -> list[tuple[str, dict[str, Any]]]:
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    own = [(path, node)] if isinstance(node, dict) else []
    return own + [found for name, each in inner for found in objects(each, f"{path}.{name}")]


def test_the_files_are_those_of_the_declarations():
    kept = {path.name: path.read_text("utf-8") for path in (ROOT / FOLDER).glob("*.json")}
    assert kept == dict(files()), "python -m dualcos.lab.schemas.published_schemas writes them anew"


def test_the_page_lists_every_schema():
    page = (ROOT / FOLDER / "README.md").read_text("utf-8")
    assert re.findall(r"^\| `([\w-]+)\.json` \|", page, re.MULTILINE) == list(PUBLISHED)


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_schema_is_one_and_pretends_no_server(name):
    found = schema(name)
    Draft202012Validator.check_schema(found)
    assert found["$id"] == f"urn:dualcos:schema:{name}:1"
    for path, part in objects(found):
        assert not str(part.get("$ref", "#")).startswith("http"), path
        assert not ONLY_PYTHON.search(str(part.get("pattern", ""))), path
        if part.get("type") == "object" and "properties" in part and "required" in part and ".not" not in path:
            assert part["additionalProperties"] is False, path


@pytest.mark.parametrize("name", PUBLISHED)
def test_every_field_is_explained(name):
    found = schema(name)
    parts = [(path, part["properties"]) for path, part in objects(found) if part.get("additionalProperties") is False]
    assert parts
    silent = [
        f"{path}.{field}"
        for path, properties in parts
        for field, told in properties.items()
        if not explained(found, told) and len(told.get("enum", "")) != 1
    ]
    assert silent == []


def explained(whole: Any, told: dict[str, Any]) -> bool:
    """A field says what it is for, or what it refers to does."""
    if "$ref" in told:
        return explained(whole, whole["$defs"][told["$ref"].removeprefix("#/$defs/")])
    return bool(told.get("description")) and "``" not in told["description"]


# --- what comes along ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", vector_files(VECTORS), ids=lambda path: path.relative_to(VECTORS).as_posix())
def test_shipped_vectors(path, valid):
    """Of long files the first vectors, the last, and some between."""
    unit = json.loads(path.read_text("utf-8"))
    vectors = unit["vectors"]
    unit["vectors"] = [*vectors[:2], *vectors[2:-1:25], *vectors[2:][-1:]]
    assert faults(valid["vector"], unit) == []


def test_shipped_routines_holes_and_fault_scripts(valid):
    for name in ("routines", "holes"):
        assert faults(valid[name], json.loads((VECTORS / f"{name}.json").read_text("utf-8"))) == []
    for path in shipped().values():
        assert faults(valid["fault-script"], tomllib.loads(path.read_text("utf-8"))) == []


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind in (SOCIAL, BANK) for name in ready_behaviours(kind)])
def test_shipped_rules_of_the_leash(kind, name, valid):
    path = ready_path(kind, name)
    assert path is not None
    assert faults(valid["leash"], tomllib.loads(path.read_text("utf-8"))) == []


@pytest.mark.parametrize("profile", names())
def test_the_statement_of_every_profile(profile, valid):
    statement = Statement.derived(load_profile(profile))
    assert faults(valid["ics"], tomllib.loads(as_toml(statement))) == []


def test_a_campaign(tmp_path, valid):
    campaign = tmp_path / "c"
    argv = ["lab", "run", "SSC-VERIFY-0[1-3]", "--campaign", str(campaign), "--jobs", "1", "-q", "--vectors"]
    assert run([*argv, str(VECTORS)]) == 0
    lines = [json.loads(line) for line in campaign.read_text("utf-8").splitlines()]
    assert [line["record"]["record"] for line in lines] == ["campaign", "session", *["verdict"] * 3, "ended"]
    for line in lines:
        assert faults(valid["campaign"], line) == []


# --- what is written for editors -------------------------------------------------------------------------------------


def test_a_file_may_say_where_its_schema_is_and_says_nothing_by_it(tmp_path):
    digests = set()
    for editor_schema in ({"$schema": "../schema.json"}, {"$schema": "elsewhere.json"}, {}):
        path = tmp_path / "v.json"
        told = {name: value for name, value in UNIT.items() if name not in ("$schema", "setup")} | editor_schema
        path.write_text(json.dumps({**told, "vectors": UNIT["vectors"][:1]}), encoding="utf-8")
        (case,) = load(path)
        digests.add(VectorDigests().of(case))
        assert structs.replace(case.unit, editor_schema=UNSET) == structs.replace(
            load(path)[0].unit, editor_schema=UNSET
        )
    assert len(digests) == 1


def test_what_an_editor_offers_is_taken():
    """Examples, and the whole of a snippet with its gaps filled as they stand there."""
    found = schema("vector")
    for place in ("Unit.profile", "Vector.applies", "VectorStep.expect", "VectorStep.times", "VectorState.counter"):
        part, _, field = place.partition(".")
        told = found["$defs"][part]["properties"][field]
        assert told["examples"]
        assert [faults(inside(found, told), each) for each in told["examples"]] == [[]] * len(told["examples"])
    for part in ("VectorStep", "Vector", "Unit"):
        for snippet in found["$defs"][part]["defaultSnippets"]:
            body = json.loads(filled(json.dumps(snippet["body"], ensure_ascii=False)))
            assert faults(inside(found, found["$defs"][part]), body) == [], snippet["label"]
    for snippet in found["$defs"]["VectorStep"]["properties"]["send"]["defaultSnippets"]:
        assert re.fullmatch(r"[0-9A-F]{8}\$1", snippet["body"])


def test_what_a_function_is_given_is_told(valid):
    told = valid["vector"].schema["$defs"]["VectorStep"]["properties"]["send"]["markdownDescription"]
    assert [name for name, function in FUNCTIONS.items() if "-> " not in function.says] == []
    assert [name for name in FUNCTIONS if f"* `{name}`: " not in told] == []


PAGE = (ROOT / "docs/how-to/write-a-vector.md").read_text("utf-8")
# What the page has the author write: before its commands, by where they stand.
EDITED = {
    "there is no routine": ('"setup": [', '"setup": [{"routine": "auth(RKSSSE, 0A)"}, '),
    "0 pass, 1 fail": ('"{left(ssse.pin_tries, 01)}"', '"9000"'),
    "is no requirement": ('"requirement": "F9"', '"requirement": "F99"'),
}


def test_every_command_of_the_page_prints_what_stands_there(tmp_path, valid, capsys, monkeypatch):
    """Whoever goes along with ``docs/how-to`` sees the same; sed, taplo and mkdir are not ours."""
    monkeypatch.chdir(tmp_path)
    text = PAGE.split("```json\n", 1)[1].split("```", 1)[0]
    assert faults(valid["vector"], json.loads(text)) == []
    edited, commands = set(), 0
    for block in re.findall(r"^```\n(\$ .*?)^```", PAGE, re.MULTILINE | re.DOTALL):
        here = text
        for sign, (old, new) in EDITED.items():
            if sign in block:
                edited.add(sign)
                here = text.replace(old, new)
                assert here != text
        (tmp_path / "pin.json").write_text(here, encoding="utf-8")
        for command, printed in re.findall(r"^\$ dualcos (.*)\n((?:[^$].*\n)*)", block, re.MULTILINE):
            run(shlex.split(command))
            told = capsys.readouterr()
            assert told.out + told.err == printed, command
            commands += 1
    assert edited == set(EDITED)
    assert commands == len(re.findall(r"^\$ dualcos ", PAGE, re.MULTILINE))


def test_schemas_are_written_once_all_are_made(tmp_path, monkeypatch):
    """A declaration that is wrong leaves what was there; a schema that is one no more goes."""
    (tmp_path / "old.json").write_text("{}", encoding="utf-8")
    monkeypatch.setattr(published_schemas, "files", lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        published_schemas.write(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["old.json"]
    monkeypatch.setattr(published_schemas, "files", lambda: {"new.json": "[]"})
    published_schemas.write(tmp_path)
    assert [(path.name, path.read_text("utf-8")) for path in tmp_path.iterdir()] == [("new.json", "[]")]


def inside(whole: Any, part: Any) -> Draft202012Validator:
    return Draft202012Validator({**part, "$defs": whole["$defs"]})


def filled(snippet: str) -> str:
    """As an editor inserts it and the author leaves it: defaults and first choices; what has none is a hex word."""
    snippet = re.sub(r'"\^\$\{\d+:(\d+)\}"', r"\1", snippet)
    snippet = re.sub(r"\$\{\d+\|([^,|]*)[^}]*\}", r"\1", snippet)
    return re.sub(r"\$(\d+)", "6A82", re.sub(r"\$\{\d+:([^}]*)\}", r"\1", snippet))
