"""``--json``: every command that prints facts prints them as its schema says, and nothing else goes to stdout."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from jsonschema import Draft202012Validator

from dualcos.cli.facts import json_schemas
from dualcos.cli.machine_output import for_stream
from dualcos.cli.main import run
from dualcos.issuance.invented_citizens import citizens, write_inputs
from dualcos.lab.properties import list_of_properties
from dualcos.lab.properties.property_and_violation import Violation
from keys.custody.signing_key import SigningKey
from tests.honest_campaigns import IDS, two_campaigns

ROOT = Path(__file__).parents[3]
SELECT_SSSE = "00A404000F7378312E73682EC9E7BBE1B1A3D5CF"
PIN = "123456"

NO_JSON = {
    "run": "stdout is the program's own, which it runs",
    "lab schema": "it prints a JSON Schema and nothing else",
    "record session": "the same; what it keeps is lines of JSON",
    "record pcap": "it says nothing: what it makes is the file",
}
"""Commands without --json, and why."""


class Call(NamedTuple):
    """One command line, the exit code it has with and without --json, and the schemas of what comes out."""

    words: str
    code: int
    schemas: tuple[str, ...]

    @property
    def argv(self) -> list[str]:
        return self.words.split()


def validator(command: str) -> Draft202012Validator:
    schema = json.loads((ROOT / json_schemas.FOLDER / f"{command.replace(' ', '-')}.json").read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def command_of(argv: list[str]) -> str:
    known = dict(json_schemas.commands())
    return next(name for name in (" ".join(argv[:words]) for words in (3, 2, 1)) if name in known)


def demand_json(argv: list[str], out: str) -> list[dict[str, Any]]:
    """Everything on stdout as the command's schema has it."""
    valid, told = validator(command_of(argv)), []
    for line in out.splitlines() if argv[:2] != ["card", "export"] else [out]:
        told.append(json.loads(line))
        assert [error.message for error in valid.iter_errors(told[-1])] == []
    return told


def named(told: list[dict[str, Any]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.get("schema", "") for each in told))


@pytest.fixture
def said(capfd, tmp_path, monkeypatch):
    """Run in an empty folder; code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)

    def call(*argv: str) -> tuple[int, str, str]:
        return (run(argv), *capfd.readouterr())

    return call


# --- which commands, which schemas -----------------------------------------------------------------------------------


def test_every_command_has_json_or_a_reason():
    known = {name: json_schemas.sheets(room) for name, room in json_schemas.commands()}
    assert len(known) > 25
    assert {name for name, sheets in known.items() if not sheets} == set(NO_JSON)
    for name, room in json_schemas.commands():
        assert ("--json" in room.format_help()) is (name not in NO_JSON), name


def test_the_schemas_are_those_of_the_declarations():
    kept = {path.name: path.read_text("utf-8") for path in (ROOT / json_schemas.FOLDER).glob("*.json")}
    for name, text in json_schemas.files().items():
        assert json.loads(kept.pop(name)) == json.loads(text), (
            "python -m dualcos.cli.facts.json_schemas writes them anew"
        )
    assert not kept, "no command prints these any more"


def objects(schema: Any) -> Iterator[dict[str, Any]]:
    """Every object that a schema describes by its fields."""
    if isinstance(schema, dict):
        if schema.get("type") == "object" and "properties" in schema:
            yield schema
        for each in schema.values():
            yield from objects(each)
    elif isinstance(schema, list):
        for each in schema:
            yield from objects(each)


@pytest.mark.parametrize("name", sorted(json_schemas.files()))
def test_a_schema_is_closed_says_its_version_and_has_no_place_for_a_key(name):
    found = list(objects(json.loads((ROOT / json_schemas.FOLDER / name).read_text("utf-8"))))
    assert found
    for each in found:
        assert each["additionalProperties"] is False, each["title"]
        assert each["description"], each["title"]
        versions = each["properties"].get("schema", {}).get("enum", [])
        assert all(re.fullmatch(r"dualcos\.[a-z.-]+/[1-9][0-9]*", version) for version in versions)
        assert not {"pin", "secret_key", "key_value"} & each["properties"].keys()
        # A value of a cell of an export: with --unsafe-secrets, which says so in the banner.
        # Published test keys: of the one command that is made to show them.
        shown = {"Fact", "ShownKey", "TierValue"} if name == "keys-show-test.json" else {"ExportedCell"}
        assert "value" not in each["properties"] or each["title"] in shown


# --- real output -----------------------------------------------------------------------------------------------------

FLIPPED = "flipped.json"
EMPTY_STORE = "keys init new.keys --owner bank --lock file:lock"

TILL = ("dualcos.terminal.financial.step/1", "dualcos.terminal.financial/1")
TERMINAL = ("dualcos.terminal.step/1", "dualcos.terminal.social/1")
FULL = ("dualcos.terminal.full.step/1", "dualcos.terminal.full/1")
SIDE = "dualcos.terminal.full.side/1"
CALLS = (
    Call("profiles", 0, ("dualcos.profiles/1",)),
    Call("holders", 0, ("dualcos.holders/1",)),
    Call("holders empty-items", 0, ("dualcos.holders.one/1",)),
    Call("why", 0, ("dualcos.why/1",)),
    Call("why no random number", 0, ("dualcos.why.entry/1",)),
    Call("why random.older", 0, ("dualcos.why.entry/1",)),
    Call("why 63C2", 0, ("dualcos.why.status-word/1",)),
    Call("sample new", 0, ("dualcos.sample/1",)),
    Call("inspect social-3.0-pki --options", 0, ("dualcos.inspect/1",)),
    Call("inspect --commands", 0, ("dualcos.inspect.commands/1",)),
    Call(f"send social-2.0 {SELECT_SSSE} 0020000003{PIN} 00B2010000", 0, ("dualcos.power/1", "dualcos.exchange/1")),
    Call("serve --faults list", 0, ("dualcos.serve.faults/1",)),
    Call("backend behaviours", 0, ("dualcos.backend.behaviours/1",)),
    Call("backend behaviours slow", 0, ("dualcos.backend.behaviours/1",)),
    Call("backend behaviours nope", 2, ()),
    Call("backend ledger --store nope", 2, ()),
    Call("host behaviours", 0, ("dualcos.host.behaviours/1",)),
    Call("host behaviours slow", 0, ("dualcos.host.behaviours/1",)),
    Call("host ledger --store nope", 2, ()),
    Call("host card bank-dda --store nope", 2, ()),
    Call("terminal social inquire DF01EF05", 0, TERMINAL),
    Call("terminal social read --explain", 0, ("dualcos.power/1", "dualcos.exchange/1", *TERMINAL)),
    Call("terminal social inquire DF01EF99", 1, TERMINAL),
    Call("terminal social read --card bank-only", 1, TERMINAL),
    Call("terminal social --faults list", 0, ("dualcos.serve.faults/1",)),
    Call("terminal social", 2, ()),
    Call("terminal financial read", 0, TILL),
    Call("terminal financial read --explain", 0, ("dualcos.power/1", "dualcos.exchange/1", *TILL)),
    Call("terminal financial read --card social-2.0", 1, TILL),
    Call("terminal financial", 2, ()),
    Call("terminal financial nope", 2, ()),
    Call("terminal full read", 0, FULL),
    Call("terminal full read --explain", 0, (SIDE, "dualcos.power/1", "dualcos.exchange/1", *FULL)),
    Call("terminal full cash 7", 1, FULL),
    Call("terminal full", 2, ()),
    Call("terminal full nope", 2, ()),
    Call("terminal interface iReadCardBas 1", 0, ("dualcos.terminal.interface/1",)),
    Call("terminal interface iReadCardBas 9", 1, ("dualcos.terminal.interface/1",)),
    Call("terminal interface nope", 2, ()),
    Call("terminal social nope", 2, ()),
    Call("card export bank-dda", 0, ("",)),
    Call("card diff blank blank", 0, ("dualcos.card.diff/1",)),
    Call("card diff blank bank-dda", 1, ("dualcos.card.diff/1",)),
    Call("conform ssse/verify.json", 0, ("dualcos.conform.result/1", "dualcos.conform/1")),
    Call("conform ssse/verify.json --quiet", 0, ("dualcos.conform/1",)),
    Call("conform --cards manager", 0, ("dualcos.conform.cards/1",)),
    Call("conform --coverage ssse/verify.json", 1, ("dualcos.conform.coverage/1",)),
    Call(f"conform {FLIPPED}", 1, ("dualcos.conform.result/1", "dualcos.conform/1")),
    Call("lab run ssse/verify.json --jobs 1", 0, ("dualcos.conform.result/1", "dualcos.lab.run/1")),
    Call(f"lab run {FLIPPED} -q --campaign new.campaign", 1, ("dualcos.conform.result/1", "dualcos.lab.run/1")),
    Call("lab run ssse/verify.json --card nope", 2, ()),
    Call("lab plan ssse/verify.json --card dual-2.0-3des", 0, ("dualcos.lab.plan.vector/1", "dualcos.lab.plan/1")),
    Call("lab plan ssse/verify.json -q", 0, ("dualcos.lab.plan/1",)),
    Call("lab plan ssse/verify.json --card nope", 2, ()),
    Call("lab ics questions", 0, ("dualcos.lab.ics.questions/1",)),
    Call("lab ics derive social-2.0 -o ics.toml", 0, ("dualcos.lab.ics/1",)),
    Call("lab ics derive bank-only", 0, ("dualcos.lab.ics/1",)),
    Call("lab ics check nope.toml", 2, ()),
    Call("lab ics ask", 0, ("dualcos.lab.ics/1",)),
    Call("lab items ssse/verify.json", 0, ("dualcos.lab.items/1",)),
    Call("lab items --requirements ssse/verify.json sw=6983", 0, ("dualcos.lab.requirements/1",)),
    Call("lab items --clauses ssse/verify.json", 0, ("dualcos.lab.clauses/1",)),
    # Commands that fail: nothing on stdout, one line on stderr.
    Call("inspect nope", 2, ()),
    Call("why nope", 2, ()),
    Call("why 6F12", 2, ()),
    Call("send social-2.0 XY", 2, ()),
    Call("card diff social-2.0 nope", 2, ()),
    Call("explain nope", 2, ()),
    Call("keys show-test dual-2.0-3des --for terminal", 0, ("dualcos.keys.show-test/1",)),
    Call("keys show-test social-2.0 --for issuer", 2, ()),
    Call("conform nope", 2, ()),
    Call("lab items --vectors ssse/verify.json item=nope", 2, ()),
    Call("keys list nope --lock env:NOT_SET", 2, ()),
    Call("fuzz firewall --property F99", 2, ()),
    Call("profiles --no-such-option", 2, ()),
)


def flip(path: Path) -> None:
    """A vector file whose first vector wants another answer than a card gives."""
    text = (ROOT / "vectors" / "ssse" / "verify.json").read_text("utf-8")
    unit = json.loads(text)
    unit |= {"setup": [], "vectors": unit["vectors"][:1]}
    unit["vectors"][0]["steps"] = [{"send": "0084000008", "expect": "6FFF"}]
    path.write_text(json.dumps(unit), "utf-8")


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.words.replace(SELECT_SSSE, "SELECT"))
def test_what_comes_out(said, call):
    if FLIPPED in call.words:
        flip(Path(FLIPPED))
    code, out, err = said(*call.argv, "--json")
    if call.schemas:
        assert named(demand_json(call.argv, out)) == call.schemas
    else:
        assert (out, err.count("\n")) == ("", 1)
    assert code == call.code
    # The invented account has such digits; test keys and PINs are shown by the command that is there for it.
    assert PIN not in out or call.argv[0] == "card" or call.argv[:2] == ["keys", "show-test"]


@pytest.mark.parametrize(
    "call", [call for call in CALLS if call.code == 1], ids=lambda call: call.words.replace(SELECT_SSSE, "SELECT")
)
def test_the_exit_code_is_that_of_the_words(said, call):
    if FLIPPED in call.words:
        flip(Path(FLIPPED))
    code, out, _ = said(*call.argv)
    assert code == call.code
    assert not out.startswith("{")


def test_traces(said):
    assert said("send", "social-2.0", SELECT_SSSE, "0084000008", "--trace", "t")[0] == 0
    _, out, _ = said("explain", "t", "--json")
    told = demand_json(["explain"], out)
    assert named(told) == ("dualcos.power/1", "dualcos.exchange/1")
    assert [each.get("command", "") for each in told] == ["", SELECT_SSSE, "0084000008"]
    code, out, _ = said("replay", "t", "--json")
    assert (code, named(demand_json(["replay"], out))) == (0, ("dualcos.replay/1",))
    code, out, _ = said("replay", "t", "--json", "--profile", "blank")
    told = demand_json(["replay"], out)
    assert (code, named(told)) == (1, ("dualcos.replay.difference/1", "dualcos.replay/1"))
    assert (told[-1]["different"], len(told)) == (3, 4)


def test_a_difference_shows_no_pin_of_an_unsafe_trace(said):
    commands = (SELECT_SSSE, "0020000003" + PIN)
    assert said("send", "social-2.0", *commands, "--trace", "t", "--unsafe-trace")[0] == 0
    for how in ((), ("--json",)):
        code, out, err = said("replay", "t", "--profile", "blank", *how)
        assert (code, "VERIFY" in out) == (1, True)
        assert PIN not in (out + err).replace(" ", "")


def test_card_files(said):
    for words, schema in (
        ("issue social-2.0 -o a.card", "dualcos.issue/1"),
        ("card import a.json -o b.card", "dualcos.card.import/1"),
    ):
        code, out, _ = said(*words.split(), "--json")
        assert (code, named(demand_json(words.split(), out))) == (0, (schema,))
        if words.startswith("issue"):
            assert said("card", "export", "a.card", "-o", "a.json", "--unsafe-secrets")[0] == 0
    validator("card export").validate(json.loads(Path("a.json").read_text("utf-8")))
    code, out, _ = said("card", "diff", "a.card", "b.card", "--json")
    assert (code, demand_json(["card", "diff"], out)[0]["differences"]) == (0, [])


KEYS = (
    Call("keys key-file lock", 0, ("dualcos.keys.key-file/1",)),
    Call("keys invent k --seed 1 --lock file:lock", 0, ("dualcos.keys.invent/1",)),
    Call(EMPTY_STORE, 0, ("dualcos.keys.init/1",)),
    Call(
        "keys components new.keys ex --purpose exchange --kcv 575613 --lock file:lock --who A --who B p0 p1 p2",
        0,
        ("dualcos.keys.key/1",),
    ),
    Call("keys generate new.keys k1 --purpose kmc --lock file:lock", 0, ("dualcos.keys.key/1",)),
    Call("keys validity new.keys k1 --until 20991231 --lock file:lock", 0, ("dualcos.keys.key/1",)),
    Call("keys list new.keys --lock file:lock", 0, ("dualcos.keys.list/1",)),
    Call("keys send new.keys k1 --exchange ex --lock file:lock", 0, ("dualcos.keys.send/1",)),
    Call("keys receive new.keys k2 block --exchange ex --lock file:lock", 0, ("dualcos.keys.key/1",)),
    Call("keys cryptogram new.keys k3 cryptogram --purpose kmc --exchange ex --kcv 000000 --lock file:lock", 2, ()),
    Call("keys log new.keys --lock file:lock", 0, ("dualcos.keys.log/1",)),
    Call("keys list k/bank.keys --lock file:lock", 0, ("dualcos.keys.list/1",)),
    Call("keys pool pool --add 1 --lock file:lock", 0, ("dualcos.keys.pool/1",)),
    Call("keys init new.keys --owner bank --lock file:lock", 2, ()),
)
PARTS = (
    "C2A4E69018B7D35F7E6021F394A8C5DB D08440",
    "6B31F8047D9AE2C6150F7B28D43E90A1 15B6EB",
    "F3898D73636289B41AA1624DE5661E57 7ABB54",
)


def play(said, calls: tuple[Call, ...]) -> Iterator[tuple[Call, list[dict[str, Any]]]]:
    """One after the other, each behind its check."""
    for call in calls:
        code, out, err = said(*call.argv, "--json")
        assert (code, err.count("\n") if code == 2 else 0) == (call.code, code // 2), err
        told = demand_json(call.argv, out)
        assert named(told) == call.schemas
        yield call, told


def test_key_stores(said):
    for number, part in enumerate(PARTS):
        Path(f"p{number}").write_text(part, "utf-8")
    Path("cryptogram").write_text("00" * 16, "utf-8")
    kcvs = set()
    for call, told in play(said, KEYS):
        if call.argv[1] == "send":
            Path("block").write_text(told[0]["block"], "utf-8")
        kcvs |= {each["key"]["kcv"] for each in told if "key" in each}
        if call.argv[1:3] == ["list", "new.keys"]:
            assert {each["kcv"] for each in told[0]["keys"]} == kcvs
            assert told[0]["keys"][1]["until"] == "20991231"
        if call.argv[1] == "log":
            assert [entry["action"] for entry in told[0]["entries"]][:3] == ["store made", "joined", "generated"]


LABORATORY = (
    KEYS[0],
    Call("lab key new laboratory --lock file:lock", 0, ("dualcos.lab.key/1",)),
    Call("lab key show laboratory --lock file:lock -o new", 0, ("dualcos.lab.key/1",)),
    Call("lab verify a.campaign", 0, ("dualcos.lab.verify/1",)),
    Call("lab verify a.campaign --signature b.campaign.sig --public-key lab.pub", 1, ("dualcos.lab.verify/1",)),
    Call("lab verify torn.campaign", 1, ("dualcos.lab.verify/1",)),
    Call("lab verify lab.pub", 2, ()),
    Call("lab diff a.campaign b.campaign --known known.toml", 0, ("dualcos.lab.diff/1",)),
    Call("lab diff a.campaign b.campaign", 1, ("dualcos.lab.diff/1",)),
    Call("lab diff a.campaign lab.pub", 2, ()),
    Call(
        "lab report b.campaign -o new.html --vectors ssse/verify.json --known known.toml", 0, ("dualcos.lab.report/1",)
    ),
    Call("lab report torn.campaign -o torn.html --vectors ssse/verify.json", 0, ("dualcos.lab.report/1",)),
    Call("lab report lab.pub -o no.html --vectors ssse/verify.json", 2, ()),
)


BLACKLIST = (
    KEYS[0],
    Call("blacklist key new publisher --lock file:lock", 0, ("dualcos.blacklist.key/1",)),
    Call("blacklist key show publisher --lock file:lock -o pub", 0, ("dualcos.blacklist.key/1",)),
    Call("blacklist new black --publisher X --region 990000 --public-key pub", 0, ("dualcos.blacklist.standing/1",)),
    Call(
        "blacklist add black --range A00000000 A00000009 --reason 02 --until 20361231",
        0,
        ("dualcos.blacklist.standing/1",),
    ),
    Call("blacklist publish black --key publisher --lock file:lock", 0, ("dualcos.blacklist.published/1",)),
    Call("blacklist remove black --range A00000000 A00000009", 0, ("dualcos.blacklist.standing/1",)),
    Call(
        "blacklist publish black --key publisher --lock file:lock --whole",
        0,
        ("dualcos.blacklist.published/1",),
    ),
    Call("blacklist show black --after 1 -o lists", 0, ("dualcos.blacklist.standing/1",)),
    Call("blacklist verify lists --public-key pub", 0, ("dualcos.blacklist.verified/1",)),
    Call("blacklist verify pub --public-key pub", 1, ("dualcos.blacklist.verified/1",)),
    Call("blacklist verify lists --public-key lists", 2, ()),
)


def test_a_blacklist(said):
    for call, told in play(said, BLACKLIST):
        if call.words.startswith("blacklist show"):
            assert (told[0]["sequence"], told[0]["entries"], told[0]["waiting"]) == (2, 0, 0)
        if call.words == "blacklist verify lists --public-key pub":
            assert [(each["kind"], each["sequence"], each["unlisted"]) for each in told[0]["lists"]] == [
                ("increment", 2, 1),
            ]


def test_a_laboratory(said):
    two_campaigns(Path(), SigningKey.generated())
    Path("torn.campaign").write_bytes(Path("a.campaign").read_bytes()[:-100])
    for call, told in play(said, LABORATORY):
        if call.words == "lab verify torn.campaign":
            assert [each["what"] for each in told[0]["wrong"]] == ["cut off", "unsigned"]
        if call.words == "lab verify a.campaign":
            assert (told[0]["sound"], told[0]["wrong"], told[0]["signed"]["known"]) == (True, [], False)
        if call.words.startswith("lab report b.campaign"):
            assert (told[0]["sound"], told[0]["known_failures"], told[0]["new_failures"]) == (True, [IDS[0]], [])
        if call.words == "lab diff a.campaign b.campaign":
            assert [each["change"] for each in told[0]["changes"]] == ["new failure"]


STORES = "--maker k/maker.keys --social k/social.keys --bank k/bank.keys --lock file:lock"
ISSUANCE = (
    *KEYS[:2],
    Call("prepare --social social.csv --synthetic", 0, ("dualcos.prepare/1",)),
    Call("prepare --bank bank.csv", 1, ("dualcos.prepare/1",)),
    Call(
        "match --social social.csv --bank bank.csv --synthetic --keys k/maker.keys --lock file:lock -o b.perso",
        0,
        ("dualcos.match/1",),
    ),
    Call("personalise --mode chips --maker k/maker.keys --lock file:lock -o c --jobs 1", 0, ("dualcos.personalise/1",)),
    Call(f"personalise b.perso {STORES} -o out --jobs 1", 0, ("dualcos.personalise/1",)),
    Call("personalise b.perso -o out --jobs 1", 2, ()),
)


def test_issuance(said):
    write_inputs(Path(), citizens(1))
    for call, told in play(said, ISSUANCE):
        if call.argv[0] == "match":
            assert told[0]["rows"] == {"MATCHED": 2}
            assert told[0]["output"]["cards"] == 1
        if call.argv[:2] == ["personalise", "b.perso"] and told:
            assert (told[0]["rows"], told[0]["complete"], told[0]["not_made"]) == ({"made": 1}, True, [])


def test_a_campaign(said, monkeypatch):
    """The property that finds fault with everything, and one that holds."""

    def never(_specimen, _case):
        raise Violation("F6", "nothing is right", (), [])

    claims = tuple(
        claim._replace(check=never) if claim.identity == "F6" else claim for claim in list_of_properties.PROPERTIES
    )
    monkeypatch.setattr(list_of_properties, "PROPERTIES", claims)
    limits = ("--jobs", "1", "--property", "F6", "--property", "F1", "--profile", "social-2.0", "--examples", "2")
    words = ["fuzz", "firewall", *limits]
    code, out, _ = said(*words, "--json")
    told = demand_json(words, out)
    assert (code, named(told)) == (1, ("dualcos.fuzz.found/1", "dualcos.fuzz/1"))
    assert told[-1]["violated"] == ["F6"]
    assert {each["property"]: each["state"] for each in told[-1]["properties"]} == {"F1": "held", "F6": "VIOLATED"}


def test_a_draft_of_a_record(said):
    for trace, words in (("safe", ()), ("unsafe", ("--unsafe-trace",))):
        changed = f"805E010007{PIN}FF271828"
        assert said("send", "social-2.0", SELECT_SSSE, changed, "0084000008", "--trace", trace, *words)[0] == 0
        argv = ["record", "vector", trace, "-o", f"{trace}.json", "--id", "MINE-1", "--json"]
        code, out, err = said(*argv)
        (told,) = demand_json(argv, out)
        assert (code, told["id"], told["steps"], told["random"]) == (0, "MINE-1", 3, 1)
        assert (told["stand_ins"], told["secret"], bool(err)) == ((1, False, False) if not words else (0, True, True))
    assert said("record", "vector", "safe.json", "-o", "other.json", "--json")[:2] == (2, "")


ELSEWHERE = {
    "dualcos.replay/1", "dualcos.replay.difference/1", "dualcos.issue/1", "dualcos.card.import/1",
    "dualcos.fuzz.found/1", "dualcos.fuzz/1", "dualcos.doctor/1", "dualcos.lab.ics.check/1",
    "dualcos.record.vector/1", "dualcos.backend.ready/1", "dualcos.backend.exchange/1", "dualcos.backend.ledger/2",
    "dualcos.host.ready/1", "dualcos.host.exchange/1", "dualcos.host.ledger/1", "dualcos.host.card/1",
}  # fmt: skip
"""Schemas of lines that tests with more to say play."""


def test_every_schema_was_tried():
    declared = {
        sheet.__struct_config__.tag or "" for _, room in json_schemas.commands() for sheet in json_schemas.sheets(room)
    }
    tried = {name for call in (*CALLS, *KEYS, *ISSUANCE, *LABORATORY, *BLACKLIST) for name in call.schemas}
    assert declared == tried | ELSEWHERE


# --- the same facts as in words --------------------------------------------------------------------------------------


def test_the_words_say_the_same(said):
    facts = demand_json(["profiles"], said("profiles", "--json")[1])[0]
    words = said("profiles")[1].splitlines()
    assert [line[2:].split()[0] for line in words[:-1]] == [each["name"] for each in facts["profiles"]]
    assert [line for line in words if line.startswith(f"* {facts['default']} ")]
    facts = demand_json(["inspect"], said("inspect", "dual-2.0-3des", "--json")[1])[0]
    words = said("inspect", "dual-2.0-3des")[1]
    directories = [one for environment in facts["environments"] for one in environment["directories"]]
    keys = [key for directory in directories for key in directory["keys"]]
    assert sorted(re.findall(r"\b[0-9A-F]{6}\b", " ".join(re.findall("KCV(?: [0-9A-F]{6})+", words)))) == sorted(
        key["kcv"] for key in keys if key["kcv"]
    )
    assert sum(len(directory["files"]) for directory in directories) == len(re.findall(" SFI ", words))


# --- whatever the screen is ------------------------------------------------------------------------------------------

NASTY = {"name": "社会保障 ✗ \x1b[31m \x9b31m \u202e 😀 \udcff", "number": 1}


@pytest.mark.parametrize("encoding", ["utf-8", "UTF8", "ascii", "latin-1", "gbk", "gb18030", "utf-16"])
def test_json_is_utf8_on_every_screen_and_no_terminal_control(encoding):
    kept = io.BytesIO()
    stream = io.TextIOWrapper(kept, encoding=encoding)
    print(for_stream(json.dumps(NASTY, ensure_ascii=False), stream), file=stream, flush=True)
    told = kept.getvalue().decode("utf-16" if encoding == "utf-16" else "utf-8")
    assert json.loads(told) == NASTY
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", told)
    assert ("社会保障" in told) is encoding.lower().startswith("utf") or encoding == "utf-16"


def test_the_doctor(said):
    """Whatever is missing here."""
    code, out, _ = said("doctor", "--json", "/nowhere")
    told = demand_json(["doctor"], out)
    assert (code, named(told), told[0]["checks"][-1]["state"]) == (1, ("dualcos.doctor/1",), "missing")


def test_a_path_that_is_no_text(said):
    name = "a\udcffb\x1b"
    code, out, _ = said("issue", "blank", "-o", name, "--json")
    assert code == 0
    assert demand_json(["issue"], out)[0]["card_file"] == name
