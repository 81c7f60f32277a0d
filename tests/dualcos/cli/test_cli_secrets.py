"""Canaries (F8): every subcommand run with keys and PINs nobody could hit by chance, right and wrong; whatever it says
or writes for others to read is searched, raw, hex, spaced, base64.

Not searched: what is made to hold secrets. Card files (mode 0600), sealed key stores' own key file, input rows and
personalisation files, exported vectors (they are played again), what is asked for as ``--unsafe-…``.

One command shows keys because that is what it is for, ``keys show-test``: of cards that are marked as test cards and of
no other. Here it is run on the canary's card, which is refused, and at the end on a test card, which it shows.
"""

# ruff: noqa: S603 - the command lines are our own

from __future__ import annotations

import contextlib
import io
import re
import subprocess
import sys
from importlib import resources
from pathlib import Path
from typing import NamedTuple

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import dualcos
from dualcos.cli.main import run
from dualcos.cli.subcommand import SUBCOMMANDS
from dualcos.issuance.invented_citizens import citizens, write_inputs
from dualcos.lab.properties import profile_specimens
from dualcos.lab.properties.region_memory import memory_of
from dualcos.lab.properties.secrecy_and_robustness import leaks, secrets_of
from dualcos.profile.schema import Profile, load
from keys.bank_cryptography import pin_block
from keys.custody.sealing import Lock
from keys.custody.signing_key import SigningKey
from tests.honest_campaigns import two_campaigns

ROOT = Path(__file__).parents[3]
PIN, BANK_PIN = "864209753186", "975318642097"
WRONG_PIN = "135797531864"
MASTER, CARD_MASTER = "C0FFEE5AFEC0DE1234567890ABCDEF42", "D15EA5EDBADC0FFEE0DDF00D12345678"  # invented
PARTS = (
    "C2A4E69018B7D35F7E6021F394A8C5DB D08440",
    "6B31F8047D9AE2C6150F7B28D43E90A1 15B6EB",
    "F3898D73636289B41AA1624DE5661E57 7ABB54",
)
SIGNING_SEED = bytes.fromhex("5EA1ED" * 10 + "0DD5")  # invented
LABORATORY = SigningKey(Ed25519PrivateKey.from_private_bytes(SIGNING_SEED))
SELECT_SSSE = "00A404000F7378312E73682EC9E7BBE1B1A3D5CF"
SELECT_BANK = "00A4040008A000000333010101"
VERIFY = f"0020000006{PIN}"
WRONG_VERIFY = f"0020000006{WRONG_PIN}"
CHANGE = f"805E01000D{PIN}FF{WRONG_PIN}"
BANK_VERIFY = f"0020008008{pin_block(BANK_PIN).hex()}"
TERMINAL_STEPS = """
read
pin check
balance
try pin change
reset
pin change
inquire DF04EF05 SSSEEF06
pin unblock
pin reload
"""
TRIAL = ("terminal", "financial", "trial", "1", "--pin-file", "bankpins.in.csv")
FULL = ("terminal", "full", "--script", "full.steps", "--pin-file", "pins.in.csv", "--bank-pin-file", "bankpins.in.csv")
FULL_STEPS = """
read
social pin check
try settle 10
bank trial 1
bills --all
"""
TALK = ("00A4040002", SELECT_SSSE, VERIFY, WRONG_VERIFY, CHANGE, "00B2010400", SELECT_BANK, BANK_VERIFY, "0084000008")
MUST_NOT_BE_SEARCHED = (
    *("*.card", "cards/*", "lock", "part*", "*.in.csv", "*.perso", "found/*", "*.toml"),
    *("unsafe.jsonl", "torn.jsonl", "clear.json", "torn.json", "wrong.json", "unsafe draft.json"),
)


class Ran(NamedTuple):
    argv: tuple[str, ...]
    code: int
    said: str


class World(NamedTuple):
    """A folder in which everything was run, what each command said, and the secrets nobody may see."""

    folder: Path
    ran: list[Ran]
    secrets: tuple[bytes, ...]


def canary_profile(folder: Path) -> Path:
    """The demo card with recognisable PINs and keys, as a user's own profile."""
    text = (resources.files("dualcos.profile.cards") / "dual-2.0-3des.toml").read_text(encoding="utf-8")
    for plain, canary in (
        ('pin = "123456"', f'pin = "{PIN}"\nmaster = "{MASTER}"'),
        ('pin = "1234"', f'pin = "{BANK_PIN}"'),
        ('label = "demo"', f'label = "canary"\ncard_master = "{CARD_MASTER}"'),
    ):
        assert text.count(plain) == 1
        text = text.replace(plain, canary)
    path = folder / "canary.toml"
    path.write_text(text, encoding="utf-8")
    return path


def secrets(profile: Profile) -> tuple[bytes, ...]:
    """All key and PIN values of a card, and what hosts know of it."""
    bench = profile_specimens.make(profile, 0, profile_specimens.Tally())
    names = ("master", "kmc", "ac", "mac", "enc")
    given = (profile.transport_key, profile.card_master_key, *(profile.bank_key(name) for name in names))
    written = (bytes.fromhex(PIN), bytes.fromhex(BANK_PIN), bytes.fromhex(WRONG_PIN), pin_block(BANK_PIN))
    return (*secrets_of(bench), *given, *written, *(bytes.fromhex(part.split()[0]) for part in PARTS))


def made(folder: Path) -> tuple[bytes, ...]:
    """The secrets of the cards a batch has made."""
    found: list[bytes] = []
    for path in sorted(folder.iterdir()):
        with contextlib.closing(dualcos.open_card(path)) as card:
            dump = card.dump()
        found += [value for side in ("ssse", "pse") for value in memory_of(side).secrets(dump.get(side, {}))]
    return tuple(value for value in found if len(value) > 5)


def say(argv: tuple[str, ...]) -> Ran:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run(argv)
    return Ran(argv, code, out.getvalue() + err.getvalue())


def own_process(argv: tuple[str, ...], script: str) -> Ran:
    """``run`` with a PC/SC client of its own, which says nothing itself."""
    client = (
        "import os; from tests.dualcos.reader.wire import WireClient\n"
        "with WireClient(os.environ['PCSCLITE_CSOCK_NAME']) as c:\n"
        "    _, card, _ = c.connect(c.states()[0].name, wanted=1)\n"
        f"    for word in {script!r}: c.transmit(card, bytes.fromhex(word))\n"
    )
    command = [sys.executable, "-m", "dualcos", *argv, "--", sys.executable, "-c", client]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False, timeout=60)
    return Ran(argv, done.returncode, (done.stdout + done.stderr).decode())


def served(argv: tuple[str, ...], socket: Path) -> Ran:
    """``serve`` with a client, then ended."""
    from tests.dualcos.reader.wire import WireClient  # noqa: PLC0415 - a socket of the operating system

    command = [sys.executable, "-m", "dualcos", *argv, "--socket", str(socket)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        said = b""
        assert process.stdout is not None
        for line in process.stdout:
            said += line
            if not line.strip():
                break
        with WireClient(str(socket)) as client:
            _, card, _ = client.connect(client.states()[0].name, wanted=1)
            for word in TALK[1:]:
                client.transmit(card, bytes.fromhex(word))
        process.terminate()
        rest, _ = process.communicate(timeout=30)
    return Ran(argv, process.returncode, (said + rest).decode())


def right(card: str) -> list[tuple[str, ...]]:
    """What users do."""
    lock = ("--lock", "file:lock")
    stores = ("--maker", "k/maker.keys", "--social", "k/social.keys", "--bank", "k/bank.keys", *lock)
    quick = ("--property", "F1", "--property", "F8", "--property", "F12")
    rows = ("--social", "social.csv.in.csv", "--bank", "bank.csv.in.csv")
    return [
        ("profiles",),
        ("holders",),
        ("holders", "every-item-full"),
        ("why",),
        ("why", "wrong", "PIN"),
        ("backend", "behaviours"),
        ("host", "behaviours"),
        ("sample", "sample"),
        ("inspect", card),
        ("inspect", card, "--options"),
        ("inspect", "--commands"),
        ("issue", card, "-o", "one.card"),
        ("inspect", "one.card", "--options"),
        ("inspect", "one.card", "--json"),
        ("doctor", "one.card"),
        ("card", "export", card),
        ("card", "export", "one.card", "-o", "reviewed.json"),
        ("card", "export", "one.card", "-o", "clear.json", "--unsafe-secrets"),
        ("card", "import", "clear.json", "-o", "again.card"),
        ("card", "diff", "one.card", "again.card"),
        ("card", "diff", card, "dual-3.0-sm4"),
        ("send", card, *TALK[1:]),
        ("send", card, "--json", "--fetch", *TALK[1:]),
        ("send", card, "--trace", "trace.jsonl", *TALK[1:]),
        ("send", card, "--trace", "unsafe.jsonl", "--unsafe-trace", *TALK[1:]),
        ("send", "one.card", "--json", "--trace", "file.jsonl", *TALK[1:]),
        ("explain", "trace.jsonl"),
        ("explain", "unsafe.jsonl"),
        ("explain", "unsafe.jsonl", "--json"),
        ("record", "pcap", "trace.jsonl", "-o", "trace.pcap"),
        ("record", "pcap", "unsafe.jsonl", "-o", "unsafe.pcap"),
        ("record", "vector", "trace.jsonl", "-o", "draft.json", "--json"),
        ("record", "vector", "unsafe.jsonl", "-o", "unsafe draft.json"),
        ("record", "session", card, "-o", "session.jsonl", "--explain", "--", "true"),
        ("replay", "trace.jsonl"),
        ("replay", "unsafe.jsonl"),
        ("replay", "unsafe.jsonl", "--profile", "dual-3.0-sm4"),
        ("replay", "unsafe.jsonl", "--profile", "blank", "--json"),
        ("conform", str(ROOT / "vectors" / "ssse" / "verify.json"), "--profile", card, "--junit", "junit.xml"),
        ("conform", str(ROOT / "vectors" / "card" / "emulators.json"), "--profile", card),
        ("lab", "run", str(ROOT / "vectors" / "ssse" / "verify.json"), "--card", card, "--campaign", "c.campaign"),
        ("lab", "plan", str(ROOT / "vectors" / "ssse"), "--card", card, "--json"),
        ("lab", "ics", "derive", card, "--json"),
        ("lab", "ics", "derive", card, "-o", "statement"),
        ("lab", "ics", "check", "statement", "--json"),
        ("lab", "items", str(ROOT / "vectors" / "ssse" / "verify.json"), "--json"),
        ("terminal", "social", "--script", "steps", "--card", card, "--pin-file", "pins.in.csv", "--explain"),
        (
            "terminal",
            "social",
            "--script",
            "steps",
            "--card",
            card,
            "--pin-file",
            "pins.in.csv",
            "--explain",
            "--json",
            "--trace",
            "terminal.jsonl",
        ),
        (
            "terminal",
            "interface",
            "--script",
            "calls",
            "--card",
            card,
            "--pin-file",
            "pins.in.csv",
            "--explain",
            "--json",
        ),
        (*TRIAL, "--card", card, "--explain"),
        (*TRIAL, "--card", card, "--json", "--trace", "till.jsonl"),
        (*FULL, "--card", card, "--explain"),
        (*FULL, "--card", card, "--json", "--trace", "full.jsonl"),
        ("terminal", "interface", "iVerifyPIN", "1", "--card", card, "--pin-file", "pins.in.csv"),
        ("keys", "key-file", "lock"),
        ("keys", "invent", "k", "--seed", "1", *lock),
        ("keys", "list", "k/bank.keys", *lock),
        ("keys", "list", "k/bank.keys", "--json", *lock),
        ("keys", "init", "own.keys", "--owner", "bank", *lock),
        ("lab", "key", "new", "laboratory", *lock),
        ("lab", "key", "show", "laboratory", *lock, "--json"),
        ("lab", "key", "show", "laboratory", *lock, "-o", "laboratory.pub"),
        ("lab", "verify", "a.campaign", "--public-key", "lab.pub"),
        ("blacklist", "key", "show", "laboratory", *lock, "--json"),
        ("blacklist", "new", "black", "--publisher", "X", "--region", "990000", "--public-key", "laboratory.pub"),
        ("blacklist", "add", "black", "--range", "A00000000", "A00000001", "--reason", "02", "--until", "20361231"),
        ("blacklist", "publish", "black", "--key", "laboratory", *lock),
        ("blacklist", "remove", "black", "--range", "A00000000", "A00000001"),
        ("blacklist", "publish", "black", "--key", "laboratory", *lock, "--json"),
        ("blacklist", "show", "black", "-o", "black.lists"),
        ("blacklist", "verify", "black.lists", "--public-key", "laboratory.pub"),
        ("lab", "diff", "a.campaign", "b.campaign", "--json"),
        (
            "lab",
            "report",
            "b.campaign",
            "-o",
            "b.html",
            "--jsonl",
            "b.jsonl",
            "--junit",
            "b.xml",
            "--vectors",
            "ssse/verify.json",
            "--json",
        ),
        ("match", *rows, "--synthetic", "--keys", "k/maker.keys", *lock, "-o", "b.perso", "--report", "match.csv"),
        ("prepare", *rows[:2], "--synthetic"),
        ("prepare", *rows[2:], "--synthetic"),
        ("personalise", "b.perso", "-o", "out", "--jobs", "1", *stores),
        ("personalise", "b.perso", "-o", "out", "--jobs", "1", *stores),
        ("fuzz", "firewall", "--profile", card, "--examples", "3", "--jobs", "1", "--results", "results.jsonl", *quick),
    ]


def wrong(card: str) -> list[tuple[str, ...]]:
    """What users do by mistake, with secrets in their hands."""
    lock = ("--lock", "file:lock")
    purpose = ("--purpose", "kek", *lock)
    return [
        ("send", card, VERIFY[:-1]),
        ("send", card, f"00200000{PIN}"),
        ("send", card, f"0020000002{PIN}"),
        ("send", card, f"FF20000006{PIN}"),
        ("send", card, f"84D4000024{MASTER}{MASTER}11223344"),
        ("send", card, f"80E2600013800010{MASTER}"),
        ("send", card, PIN),
        ("send", card, f"{VERIFY}Z"),
        ("send", card, f"{VERIFY[:10]} {VERIFY[10:]}0"),
        ("send", card, f"0020018106{PIN}", f"0020{PIN}", PIN[:8], PIN[:10], f"84200000{PIN}", f"0020000003{PIN}"),
        ("send", VERIFY, "00A4040002"),
        ("send", card, "--fetch", f"--json={VERIFY}", "00"),
        ("send", card, "00", f"--{VERIFY}"),
        ("inspect", card, VERIFY),
        ("terminal", "social", "pin", "check", PIN, "--card", card),
        ("terminal", "social", "pin", PIN, "--card", card),
        ("terminal", "social", PIN, "--card", card),
        ("terminal", "social", "update", "SSSEEF06", f"09={PIN}^", "--card", card),
        ("terminal", "social", "inquire", PIN, f"--pin-file={PIN}"),
        ("terminal", "social", "pin", "check", "--pin-file", PIN, "--card", card),
        ("terminal", "social", "pin", "check", f"--clock={PIN}"),
        ("terminal", "social", "--script", "pins.in.csv"),
        ("terminal", "financial", "trial", BANK_PIN, "--card", card),
        ("terminal", "financial", "trial", "1", "--pin-file", BANK_PIN, "--card", card),
        ("terminal", "financial", BANK_PIN, "--card", card),
        ("terminal", "financial", "--script", "bankpins.in.csv"),
        ("terminal", "full", "settle", PIN, "--own", BANK_PIN, "--card", card),
        ("terminal", "full", "pay", BANK_PIN, "--card", card),
        ("terminal", "full", BANK_PIN, "--card", card),
        ("terminal", "full", "social", "pin", PIN, "--card", card),
        ("terminal", "full", "bank", BANK_PIN, "--card", card),
        ("terminal", "full", "read", "--bank-pin-file", BANK_PIN, "--card", card),
        ("terminal", "full", "--script", "bankpins.in.csv"),
        ("terminal", "interface", "iVerifyPIN", PIN, "--card", card),
        ("terminal", "interface", PIN, "--card", card),
        ("terminal", "interface", "iVerifyPIN", "1", PIN, "--card", card),
        ("terminal", "interface", "--script", "pins.in.csv"),
        ("send", "one.card", WRONG_VERIFY, WRONG_VERIFY, WRONG_VERIFY, WRONG_VERIFY, VERIFY),
        ("send", "damaged.card", VERIFY),
        ("inspect", "damaged.card"),
        ("card", "export", "damaged.card"),
        ("card", "export", "one.card", "--unsafe-secrets"),
        ("card", "import", "reviewed.json", "-o", "two.card"),
        ("card", "import", "torn.json", "-o", "two.card"),
        ("card", "import", "wrong.json", "-o", "two.card"),
        ("inspect", "bad.toml"),
        ("issue", "bad.toml", "-o", "two.card"),
        ("issue", card, "-o", "one.card"),
        ("replay", "unsafe.jsonl", "--profile", "blank"),
        ("replay", "unsafe.jsonl", "--profile", "psam-3des"),
        ("replay", "torn.jsonl"),
        ("explain", "torn.jsonl"),
        ("keys", "components", "own.keys", "kek", *purpose, "--kcv", "000000", "part1", "part2"),
        ("keys", "components", "own.keys", "kek", *purpose, "--kcv", "000000", "part1", "part4"),
        ("keys", "receive", "own.keys", "kek", "part1", "--exchange", "none", *lock),
        ("keys", "cryptogram", "own.keys", "kek", "part1", "--exchange", "none", "--kcv", "000000", *purpose),
        ("keys", "list", "k/bank.keys", "--lock", "file:part1"),
        ("keys", "list", "lock", *lock),
        *(("keys", "show-test", each, "--for", "issuer", "--json") for each in (card, "one.card", "again.card")),
        ("lab", "key", "show", "laboratory", "--lock", "file:part1"),
        ("lab", "key", "show", "lock", *lock),
        ("lab", "key", "show", "k/bank.keys", *lock),
        ("lab", "verify", "clear.json"),
        ("blacklist", "verify", "clear.json", "--public-key", "lock"),
        ("blacklist", "verify", "clear.json", "--public-key", MASTER),
        ("blacklist", "show", "clear.json"),
        ("blacklist", "publish", "black", "--key", "k/bank.keys", *lock),
        ("lab", "verify", "a.campaign", "--public-key", "lock"),
        ("lab", "verify", "a.campaign", "--public-key", MASTER),
        ("lab", "diff", "a.campaign", "clear.json"),
        ("lab", "report", "clear.json", "-o", "c.html"),
        ("lab", "report", "a.campaign", "-o", "c.html", "--public-key", MASTER),
        ("personalise", "b.perso", "-o", "out2", "--bank", "k/social.keys", "--jobs", "1", *lock),
        ("conform", "bad.toml"),
        ("fuzz", "firewall", "--profile", "bad.toml", "--examples", "1", "--jobs", "1"),
    ]


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> World:
    folder = tmp_path_factory.mktemp("canary")
    card = canary_profile(folder).name
    ran: list[Ran] = []
    with contextlib.chdir(folder):
        write_inputs(folder, citizens(2))
        for name in ("social", "bank"):
            (folder / f"{name}.csv").rename(folder / f"{name}.csv.in.csv")
        for number, part in enumerate(PARTS, 1):
            (folder / f"part{number}").write_text(part)
        pins = (PIN, WRONG_PIN, PIN, PIN, WRONG_PIN, WRONG_PIN, PIN, PIN)
        (folder / "pins.in.csv").write_text("\n".join(pins))
        (folder / "steps").write_text(TERMINAL_STEPS)
        (folder / "full.steps").write_text(FULL_STEPS)
        (folder / "bankpins.in.csv").write_text(f"{BANK_PIN}\n")
        (folder / "calls").write_text("iVerifyPIN 1\niChangePIN 1\niReadDebitRecord 1\n")
        (folder / "part4").write_text(PARTS[0].split()[0] + " ZZ")
        two_campaigns(folder, LABORATORY)
        ran += [say(argv) for argv in right(card)]
        whole = (folder / "one.card").read_bytes()
        (folder / "damaged.card").write_bytes(whole[:5000] + b"\xff" * 200 + whole[5200:])
        (folder / "bad.toml").write_text((folder / card).read_text(encoding="utf-8").replace(PIN, PIN + "00000x"))
        (folder / "torn.jsonl").write_text((folder / "unsafe.jsonl").read_text(encoding="utf-8")[:-60])
        clear = (folder / "clear.json").read_text(encoding="utf-8")
        (folder / "torn.json").write_text(clear[:-300], encoding="utf-8")
        wrong_key, times = re.subn(CARD_MASTER, CARD_MASTER[:-1] + "z", clear, flags=re.IGNORECASE)
        assert times
        (folder / "wrong.json").write_text(wrong_key, encoding="utf-8")
        ran += [say(argv) for argv in wrong(card)]
    ran.append(own_process(("run", str(folder / card), "--explain"), TALK[1:]))
    ran.append(own_process(("run", str(folder / card), "--trace", str(folder / "run.jsonl")), TALK[1:]))
    ran.append(served(("serve", str(folder / card)), folder / "s1"))
    ran.append(served(("serve", str(folder / card), "--trace", str(folder / "served.jsonl")), folder / "s2"))
    key = SigningKey.open(folder / "laboratory", Lock((folder / "lock").read_text(encoding="utf-8")))
    signing = (SIGNING_SEED, key._key.private_bytes_raw())
    return World(folder, ran, (*secrets(load(str(folder / card))), *made(folder / "out" / "cards"), *signing))


def found(text: bytes, world: World) -> list[str]:
    return [secret.hex() for secret, _ in leaks((text,), world.secrets)]


def test_every_subcommand_was_run_and_each_line_did_what_it_was_meant_to(world):
    assert {each.argv[0] for each in world.ran} == set(SUBCOMMANDS)
    expected = len(right("x"))
    for each in world.ran[:expected]:
        assert each.code in (0, 1), each
    for each in world.ran[expected : expected + len(wrong("x"))]:
        assert each.code in (0, 1, 2), each
    assert [each.code for each in world.ran[-4:]] == [0] * 4


def test_what_was_said_shows_no_secret(world):
    for each in world.ran:
        assert not found(each.said.encode(), world), each.argv


def test_what_was_written_for_others_shows_no_secret(world):
    searched = []
    for path in sorted(each for each in world.folder.rglob("*") if each.is_file()):
        inside = path.relative_to(world.folder)
        if not any(inside.match(pattern) for pattern in MUST_NOT_BE_SEARCHED):
            searched.append(inside.as_posix())
            assert not found(path.read_bytes(), world), inside
    wanted = {"reviewed.json", "trace.jsonl", "file.jsonl", "run.jsonl", "served.jsonl", "junit.xml", "results.jsonl"}
    wanted |= {"terminal.jsonl", "till.jsonl", "full.jsonl", "trace.pcap", "unsafe.pcap", "draft.json", "session.jsonl"}
    assert wanted | {"out/feedback.csv", "out/pack.csv", "k/bank.keys", "out/stock.db"} <= set(searched)


def test_the_search_finds_what_there_is_to_find(world):
    """Where secrets belong they are seen, in a trace that was asked to keep them and in a card file."""
    assert len(world.secrets) > 150
    assert bytes.fromhex(PIN).hex() in found((world.folder / "unsafe.jsonl").read_bytes(), world)
    assert CARD_MASTER.lower() in found((world.folder / "one.card").read_bytes(), world)
    for form in (MASTER, MASTER.lower(), bytes.fromhex(MASTER).hex(" "), repr(bytes.fromhex(MASTER))):
        assert found(f"key {form}".encode(), world)


def test_the_one_command_that_shows_keys_shows_test_cards_alone(world):
    asked = [each for each in world.ran if each.argv[:2] == ("keys", "show-test")]
    assert [each.code for each in asked] == [2, 2, 2]
    (path, *_) = sorted((world.folder / "out" / "cards").iterdir())
    shown = say(("keys", "show-test", str(path), "--for", "psam"))
    assert shown.code == 0
    assert found(shown.said.encode(), world)


def test_the_presented_pins_were_masked_not_left_out(world):
    """The commands are there, header and all; only their data are not."""
    for name in ("trace.jsonl", "run.jsonl", "served.jsonl"):
        text = (world.folder / name).read_text(encoding="utf-8").replace(" ", "")
        assert re.search("00200000", text), name
        assert not re.search(f"{PIN}|{WRONG_PIN}|{BANK_PIN}", text), name
