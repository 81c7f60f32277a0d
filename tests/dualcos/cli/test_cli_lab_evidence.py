"""``dualcos lab key``, ``verify`` and ``diff`` as a laboratory types them: what is said, and how it ends."""

from __future__ import annotations

import re
import shutil
from contextlib import chdir
from pathlib import Path

import pytest
from msgspec import structs

from dualcos.cli.main import run
from keys.custody.sealing import Lock
from keys.custody.signing_key import SigningKey, key_fingerprint
from tests.honest_campaigns import IDS, judged, signed, two_campaigns, whole, written

LOCK = ("--lock", "file:lock")


@pytest.fixture(scope="module")
def evidence(tmp_path_factory):
    """A folder with a key, and two campaigns signed with it."""
    folder = tmp_path_factory.mktemp("evidence")
    with chdir(folder):
        for words in (("keys", "key-file", "lock"), ("lab", "key", "new", "laboratory", *LOCK)):
            assert run(words) == 0
        two_campaigns(folder, key())
    return folder


@pytest.fixture
def said(capfd, tmp_path, monkeypatch, evidence):
    """Run in a folder like it; code, stdout, stderr."""
    there = tmp_path / "there"
    shutil.copytree(evidence, there)
    monkeypatch.chdir(there)
    capfd.readouterr()

    def call(*argv: str) -> tuple[int, str, str]:
        return (run(argv), *capfd.readouterr())

    return call


def key() -> SigningKey:
    return SigningKey.open("laboratory", Lock(Path("lock").read_text(encoding="utf-8")))


# --- keys ------------------------------------------------------------------------------------------------------------


def test_a_key_is_shown_by_its_public_half(said):
    code, out, _ = said("lab", "key", "show", "laboratory", *LOCK, "-o", "p.pem")
    public = key().public
    assert code == 0
    assert public.hex().upper() in out
    assert key_fingerprint(public) in out
    assert Path("p.pem").read_text(encoding="utf-8") == Path("lab.pub").read_text(encoding="utf-8")
    assert said("lab", "verify", "a.campaign", "--public-key", "p.pem")[0] == 0
    assert said("lab", "key", "show", "laboratory", *LOCK, "-o", "p.pem")[0] == 2
    assert said("lab", "key", "show", "laboratory", *LOCK, "-o", "p.pem", "--force")[0] == 0


@pytest.mark.parametrize(
    ("words", "err"),
    [
        (("new", "laboratory", *LOCK), "laboratory exists already; campaigns signed with it"),
        (("new", "k"), "k is locked: give --lock"),
        (("new", "k", *LOCK, "--recipient", "nobody"), "--recipient takes a public key"),
        (("new", "nowhere/k", *LOCK), "nowhere does not exist"),
        (
            ("show", "laboratory", "--lock", "file:other"),
            "laboratory: it does not open with this key file",
        ),
        (("show", "a.campaign", *LOCK), "signing key a.campaign: it is no enciphered file"),
        (("show", "nope", *LOCK), "signing key nope: No such file"),
        ((), "required"),
    ],
)
def test_what_is_wrong_with_a_key_is_one_line(said, words, err):
    assert said("keys", "key-file", "other")[0] == 0
    before = Path("laboratory").read_bytes()
    code, out, told = said("lab", "key", *words)
    assert (code, out, told.count("\n")) == (2, "", 1)
    assert err in told
    assert Path("laboratory").read_bytes() == before
    assert not Path("k").exists()


def test_who_holds_another_key_file_opens_it_too(said):
    _, out, _ = said("keys", "key-file", "other")
    public = re.search(r"age1\w+", out)
    assert public is not None
    assert said("lab", "key", "new", "both", *LOCK, "--recipient", public[0])[0] == 0
    assert said("lab", "key", "show", "both", *LOCK)[1] == said("lab", "key", "show", "both", "--lock", "file:other")[1]


# --- verify ----------------------------------------------------------------------------------------------------------


def test_a_sound_campaign_is_told_with_the_key_that_signed(said):
    code, out, err = said("lab", "verify", "a.campaign")
    assert (code, err) == (0, "")
    assert out.startswith("a.campaign: a whole, finished and signed campaign\n")
    assert f"with the key {key_fingerprint(key().public)}\n" in out
    assert "that it is the laboratory's, you must know" in out
    for given in ("lab.pub", key().public.hex()):
        code, out, _ = said("lab", "verify", "a.campaign", "--public-key", given)
        assert (code, "it is the one that was given" in out, "you must know" in out) == (0, True, False)


def test_a_change_is_told_by_its_record(said):
    content = Path("a.campaign").read_bytes()
    Path("a.campaign").write_bytes(content.replace(f'"id":"{IDS[1]}"'.encode(), b'"id":"TEST-A-9"'))
    code, out, err = said("lab", "verify", "a.campaign")
    assert (code, err) == (1, "")
    assert out.splitlines()[:2] == [
        "a.campaign: NOT a whole, finished and signed campaign",
        "  ✗ record 4 (verdict of TEST-A-9): altered: it is not what was written here",
    ]


def test_the_signature_may_lie_elsewhere(said):
    Path("a.campaign.sig").rename("there")
    code, out, _ = said("lab", "verify", "a.campaign")
    assert (code, "✗ it is not signed; it began with the key" in out) == (1, True)
    assert said("lab", "verify", "a.campaign", "--signature", "there")[0] == 0
    code, out, _ = said("lab", "verify", "a.campaign", "--signature", "b.campaign.sig")
    assert (code, "✗ not what was signed: records 2 to 6 end otherwise" in out) == (1, True)


@pytest.mark.parametrize(
    ("words", "err"),
    [
        (("nope",), "nope: No such file"),
        (("lab.pub",), "lab.pub: it is no campaign file"),
        (("empty",), "empty: it is empty"),
        (("a.campaign", "--signature", "nope"), "nope: No such file"),
        (
            ("a.campaign", "--public-key", "nope"),
            "takes 64 hex digits or a file with the key, and nope is neither",
        ),
        (("a.campaign", "--public-key", "known.toml"), "--public-key known.toml: this is no public Ed25519 key"),
        (("a.campaign", "--public-key", "AGE-SECRET-KEY-1QQQQ"), "a secret one stays with its owner"),
        (("a.campaign", "--vectors", "nope"), "nope: no such vector file or folder"),
    ],
)
def test_what_cannot_be_verified_is_one_line(said, words, err):
    Path("empty").touch()
    code, out, told = said("lab", "verify", *words)
    assert (code, out, told.count("\n")) == (2, "", 1)
    assert err in told
    assert "QQQQ" not in told


def test_a_laboratory_makes_no_line_of_its_own(said):
    records = whole(public=key().public, laboratory="A\nB\x1b[31m")
    signed(Path("c.campaign"), records, key())
    code, out, _ = said("lab", "verify", "c.campaign")
    assert (code, "\x1b" in out, r"A\u000aB\u001b[31m" in out) == (0, False, True)


# --- diff ------------------------------------------------------------------------------------------------------------


def test_a_new_failure_is_the_answer(said):
    code, out, err = said("lab", "diff", "a.campaign", "b.campaign")
    assert (code, err) == (1, "")
    assert "compared by every byte\nnew failures: 1\n  TEST-A-1  pass → fail\n" in out
    assert out.splitlines()[-1] == "the same 2, new failures 1"
    code, out, _ = said("lab", "diff", "b.campaign", "a.campaign")
    assert (code, "mended: 1\n  TEST-A-1  fail → pass\n" in out) == (0, True)
    assert said("lab", "diff", "a.campaign", "a.campaign")[0] == 0


def test_a_known_failure_is_told_and_is_not_new(said):
    code, out, _ = said("lab", "diff", "a.campaign", "b.campaign", "--known", "known.toml")
    assert code == 0
    assert "new failures: 0\nknown failures: 1\n" in out
    assert "known until 2099-12-31: a known failure, https://example.org/1" in out
    code, out, _ = said("lab", "diff", "a.campaign", "a.campaign", "--known", "known.toml")
    assert (code, "known fault TEST-A-1, steps[1], 63C2: the vector does not fail: pass\n" in out) == (0, True)
    Path("known.toml").write_text(Path("known.toml").read_text("utf-8").replace("2099", "2020"), "utf-8")
    code, out, _ = said("lab", "diff", "a.campaign", "b.campaign", "--known", "known.toml")
    assert (code, "expired on 2020-12-31; the failure is there\n" in out) == (1, True)


def test_what_makes_campaigns_differ_by_itself_is_a_warning(said):
    records = whole([judged(each) for each in IDS[:3]], ics={"medical": False}, seed="other")
    written(Path("c.campaign"), records)
    code, out, err = said("lab", "diff", "a.campaign", "c.campaign")
    assert code == 0
    assert err.splitlines()[-1] == "ICS, medical: True in A, False in B (warning)"
    assert "differ in ICS, medical: True | False\ndiffer in seed: test | other\n" in out
    assert "compared by status words and lengths: their random numbers began at two places; --bytes compares all" in out
    assert "compared by every byte\n" in said("lab", "diff", "a.campaign", "c.campaign", "--bytes")[1]


@pytest.mark.parametrize(
    ("words", "err"),
    [
        (("a.campaign", "nope"), "nope: No such file"),
        (("lab.pub", "a.campaign"), "lab.pub: it is no campaign file"),
        (("a.campaign", "changed"), "changed, record 3: it is not what was written here; `dualcos lab verify changed`"),
        (("a.campaign", "b.campaign", "--known", "lab.pub"), "known faults lab.pub: not TOML"),
        (("a.campaign", "other"), "no vector has a verdict in both"),
    ],
)
def test_what_cannot_be_compared_is_one_line(said, words, err):
    content = Path("a.campaign").read_bytes()
    Path("changed").write_bytes(content.replace(f'"id":"{IDS[0]}"'.encode(), b'"id":"TEST-A-9"'))
    written(Path("other"), [structs.replace(record, chosen=1) if hasattr(record, "chosen") else record
                            for record in whole([judged("TEST-Z")])])  # fmt: skip
    code, out, told = said("lab", "diff", *words)
    assert (code, out, told.count("\n")) == (2, "", 1)
    assert err in told
