"""Damaged card files: every tool goes on with what can be read, and names what cannot in a line."""

from __future__ import annotations

import io
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

import dualcos
from dualcos.cli import main
from dualcos.explain.command_matrix import matrix
from dualcos.explain.memory_cells import cell_name

CARD = "dual-2.0-3des"
DAMAGES = {
    "bank's own header": ("pse", "directory DDF2", b"", "pse", "the header of directory DDF2 is none"),
    "social application's header": ("ssse", "directory DF01", b"\xff" * 23, "ssse", "directory DF01 is none"),
    "descriptor": ("ssse", "EF05 of DF01, descriptor", b"\xc5", "ssse", "the descriptor of EF05 of DF01 is none"),
    "record count": ("ssse", "EF15 of DF01, record count", b"", "ssse", "the record count of EF15 of DF01"),
    "record": ("ssse", "EF15 of DF01, record 2", None, "ssse", "record 2 of EF15 of DF01 is missing"),
    "key": ("ssse", "key 01/00/00 of DDF1, value and header", bytes(11), "ssse", "key 01/00/00 of DDF1"),
    "counter": ("pse", "key 01/00/00 of DFB1, tries", b"", "pse", "key 01/00/00 of DFB1"),
    "channel": ("pse", "personalisation channel of DFB1", b"\0", "pse", "the personalisation channel of DFB1"),
    "MF": ("manager", "directory 3F00", b"\x02", "manager", "the header of directory 3F00 is none"),
    "directory entry": ("directory", "environment pse", b"\0", "", "the directory entry of environment pse is none"),
    "historical bytes": ("chip", "historical", bytes(60), "", ""),
}  # fmt: skip


@pytest.fixture(scope="module")
def sound(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("cards") / "sound.card"
    dualcos.write_card(dualcos.card(CARD), path)
    return path


@pytest.fixture(params=DAMAGES, ids=lambda name: name.replace(" ", "-"))
def damaged(request, tmp_path) -> tuple[Path, str, str]:
    region, name, value, where, says = DAMAGES[request.param]
    card = dualcos.card(CARD)
    (cell,) = (key for key in card.dump()[region] if cell_name(region, key) == name)
    card.overwrite(region, cell, value)
    path = tmp_path / "damaged.card"
    dualcos.write_card(card, path)
    return path, where, says


def run(*words: object) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main.run([str(word) for word in words])
    return code, out.getvalue(), err.getvalue()


def test_inspect_names_the_cell(damaged):
    path, _, says = damaged
    code, out, err = run("inspect", path)
    assert (code, err) == (0, "")
    assert "KCV" in out, "the rest is shown"
    told = [line for line in out.splitlines() if "damaged" in line and ".card" not in line]
    assert (len(told) == 1 and says in told[0]) if says else not told


def test_export_and_import_keep_the_damage(damaged, tmp_path):
    path, where, says = damaged
    text = tmp_path / "card.json"
    assert run("card", "export", path, "--unsafe-secrets", "-o", text)[0] == 0
    told = f"{where}: " if where else ""
    assert told in text.read_text()
    assert says in text.read_text()
    assert run("card", "import", text, "-o", tmp_path / "again.card")[0] == 0
    assert run("card", "diff", path, tmp_path / "again.card")[0] == 0


def test_diff_says_what_is_different(damaged, sound):
    code, out, err = run("card", "diff", sound, damaged[0])
    assert (code, err) == (1, "")
    assert out


def test_send_gets_answers(damaged):
    code, out, err = run("send", damaged[0], "00A404000E315041592E5359532E4444463031", "reset", "00A4000000")
    assert (code, err) == (0, "")
    assert "ATR" in out


def test_no_stored_byte_becomes_a_command(damaged, sound):
    """硬掩膜: rows, words and code are the program's; nothing a card holds adds to them or takes away."""
    before = run("inspect", "--commands")
    rows = matrix()
    for path in (sound, damaged[0]):
        run("send", path, "00A404000E315041592E5359532E4444463031", "00A4000000", "80CA9F3600", "8050000008" + "00" * 8)
        assert run("inspect", "--commands") == before
        assert matrix() == rows
