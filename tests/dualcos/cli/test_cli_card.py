"""``dualcos card``: export, import and diff as a user types them."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


def dualcos(*argv: object, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(  # noqa: S603 - our own command line
        [sys.executable, "-m", "dualcos", *map(str, argv)],
        cwd=ROOT, capture_output=True, text=True, encoding="utf-8", timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == code, done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("card")
    dualcos("issue", "social-2.0", "-o", folder / "a.dualcos")
    return folder


def test_there_and_back(folder):
    a, text, b, again = (folder / name for name in ("a.dualcos", "a.json", "b.dualcos", "b.json"))
    assert "UNSAFE" in dualcos("card", "export", a, "--unsafe-secrets", "-o", text).stderr
    assert stat.S_IMODE(text.stat().st_mode) == 0o600
    dualcos("card", "import", text, "-o", b)
    assert stat.S_IMODE(b.stat().st_mode) == 0o600
    dualcos("card", "export", b, "--unsafe-secrets", "-o", again)
    assert text.read_bytes() == again.read_bytes()
    assert "no difference" in dualcos("card", "diff", a, b).stdout
    dualcos("send", b, "00A404000F7378312E73682EC9E7BBE1B1A3D5CF", "0020000003999999")
    assert "tries 3 of 3 → tries 2 of 3" in dualcos("card", "diff", a, b, code=1).stdout


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["export", "a.dualcos", "--unsafe-secrets"], "-o FILE"),
        (["export", "a.dualcos", "-o", "a.dualcos"], "exists already"),
        (["export", "none.dualcos"], "no such card file"),
        (["import", "bare.json", "-o", "c.dualcos"], "--unsafe-secrets"),
        (["import", "a.dualcos", "-o", "c.dualcos"], "cannot become a card"),
        (["import", "none.json", "-o", "c.dualcos"], "No such file"),
        (["diff", "a.dualcos", "none.dualcos"], "no such card file"),
    ],
)
def test_mistakes_are_one_line(folder, argv, said):
    if not (folder / "bare.json").exists():
        dualcos("card", "export", folder / "a.dualcos", "-o", folder / "bare.json")
    paths = [folder / word if "." in word else word for word in argv]
    error = dualcos("card", *paths, code=2).stderr
    assert (said in error, len(error.splitlines())) == (True, 1)
    assert not (folder / "c.dualcos").exists()
