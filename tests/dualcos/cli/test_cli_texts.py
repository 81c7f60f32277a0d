"""Every kind of text that somebody hands in says the same in every encoding that a mark tells, with any line ends."""

import io
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import dualcos
from dualcos.cli import main
from dualcos.cli.keys import _written
from dualcos.cli.replay import read_trace
from dualcos.cli.send import parse_commands
from dualcos.explain.card_export import parts, up_to_date
from dualcos.issuance.exchange import region_codes
from dualcos.issuance.exchange.input_files import read
from dualcos.lab.conformance import vector_file
from dualcos.lab.evidence.known_faults import load_known_faults
from dualcos.lab.faults import fault_script
from dualcos.profile.schema import load
from dualcos.textforms.text_files import decoded, text_of
from keys.custody.sealing import LockSource, new_key_file, public_key
from keys.custody.signing_key import SigningKey, public_pem, signing_public_key
from tests.honest_campaigns import KNOWN

PACKAGE = Path(dualcos.__file__).parent
VECTORS = Path(__file__).parents[3] / "vectors"
ROWS = 'format,name\n1,测试\n2,"é\n·"\n'
OBJECTS = '{"format": "1", "name": "测试"}\n{"format": "2", "name": "é\u2028\x85"}\n'


def rows(path: Path) -> list[Any]:
    return list(read(path, frozenset(("format", "name")), frozenset(("format",))).rows)


def vectors(path: Path) -> list[Any]:
    return [(case.unit, case.vector, case.routines) for case in vector_file.load(path)]


def opened(path: Path) -> bytes:
    """What is sealed with the key file as it was made opens with it."""
    sealed = LockSource(file=str(path.parent / "lock")).lock({}, decoded).seal(b"sealed")
    return LockSource(file=str(path)).lock({}, decoded).unseal(sealed)


# A kind of text: the sound file, and who reads it.
KINDS: dict[str, tuple[str, Callable[[Path], object]]] = {
    "trace": ("t.jsonl", lambda path: read_trace(str(path))),
    "profile": ("p.toml", load),
    "fault script": ("f.toml", lambda path: fault_script.load(str(path))),
    "vectors": ("v.json", vectors),
    "card as text": ("a.json", lambda path: parts(up_to_date(text_of(path)))),
    "input rows, CSV": ("rows.csv", rows),
    "input rows, JSON Lines": ("rows.jsonl", rows),
    "region codes": ("regions", region_codes.load),
    "component": ("part", lambda path: _written(str(path)).split()),
    "lock": ("lock", opened),
    "recipient": ("lock.pub", lambda path: public_key(text_of(path))),
    "public key": ("lab.pub", lambda path: signing_public_key(text_of(path))),
    "known faults": ("known.toml", load_known_faults),
}
"""A feedback file is none of them: its MAC covers its bytes, which are UTF-8 with CR LF."""

MARKED = {
    "UTF-8": lambda text: b"\xef\xbb\xbf" + text.encode(),
    "UTF-16, little end first": lambda text: b"\xff\xfe" + text.encode("utf-16-le"),
    "UTF-16, big end first": lambda text: b"\xfe\xff" + text.encode("utf-16-be"),
    "GB18030": lambda text: b"\x84\x31\x95\x33" + text.encode("gb18030"),
}


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sound")
    shutil.copy(PACKAGE / "profile" / "cards" / "social-2.0.toml", folder / "p.toml")
    shutil.copy(PACKAGE / "lab" / "faults" / "garbled.toml", folder / "f.toml")
    shutil.copy(VECTORS / "ssse" / "unknown.json", folder / "v.json")
    shutil.copy(VECTORS / "routines.json", folder)
    (folder / "regions").write_text("2020 版\n990000 某省\n", encoding="utf-8")
    (folder / "part").write_text("C2A4E69018B7D35F7E6021F394A8C5DB D08440\n", encoding="utf-8")
    (folder / "lock").write_text(new_key_file(), encoding="utf-8")
    (folder / "lock.pub").write_text(new_key_file().splitlines()[0] + "\n", encoding="utf-8")
    (folder / "lab.pub").write_bytes(public_pem(SigningKey.generated().public))
    (folder / "known.toml").write_text(KNOWN.format("测试"), encoding="utf-8")
    (folder / "rows.csv").write_text(ROWS, encoding="utf-8")
    (folder / "rows.jsonl").write_text(OBJECTS, encoding="utf-8")
    for words in (
        ["issue", "social-2.0", "-o", f"{folder}/a.card"],
        ["card", "export", f"{folder}/a.card", "--unsafe-secrets", "-o", f"{folder}/a.json"],
        ["send", "social-2.0", "00A4000000", "--trace", f"{folder}/t.jsonl"],
    ):
        assert main.run(words) == 0
    return folder


@pytest.mark.parametrize("kind", KINDS)
def test_a_text_is_the_same_in_every_encoding_and_with_any_line_ends(kind, sound):
    name, reader = KINDS[kind]
    text = (sound / name).read_text("utf-8")
    as_it_is = reader(sound / name)
    for encoding, encoded in MARKED.items():
        for end in ("\n", "\r\n", "\r"):
            path = sound / f"other{Path(name).suffix}"
            path.write_bytes(encoded(text.replace("\n", end)))
            assert reader(path) == as_it_is, (encoding, end)


def test_commands_from_stdin_likewise(monkeypatch):
    for encoding, encoded in MARKED.items():
        for end in ("\n", "\r\n", "\r"):
            raw = encoded(end.join(("00A4000000", "# 名", "reset")))
            monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(raw), "ascii"))
            assert parse_commands(["-"]) == [bytes.fromhex("00A4000000"), None], encoding
    monkeypatch.setattr("sys.stdin", io.StringIO("00A4000000\u2028"))
    assert len(parse_commands(["-"])) == 1
