"""Every command on every kind of standard stream: the work is done, the exit code is right, no file is half.

A command's work must not depend on who reads what it prints. So each one is run on sound streams first; on all others
it leaves the same files, and its exit code is the same, or says that output was lost where it was 0.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
from contextlib import chdir
from pathlib import Path
from typing import NamedTuple

import pytest
from broken_streams import CLOSED, FULL, GONE, SOUND, Said, Stream, say, unspelled

import dualcos.cli.main
from dualcos.cli.main import parser
from dualcos.issuance.acquirer.acquirer_books import AcquirerBooks
from dualcos.issuance.bank.authorisation.bank_books import BankBooks
from dualcos.issuance.bureau.terminal_services.desk_books import DeskBooks
from dualcos.issuance.invented_citizens import citizens, write_inputs
from keys.custody.sealing import Lock
from keys.custody.signing_key import SigningKey
from tests.honest_campaigns import two_campaigns

ROOT = Path(__file__).parents[3]
LOST, READER_GONE = 74, 141  # EX_IOERR of sysexits.h; 128 and SIGPIPE
SELECT_SSSE, WRONG_PIN = "00A404000F7378312E73682EC9E7BBE1B1A3D5CF", "0020000003999999"
LOCK = ("--lock", "file:lock")
PURPOSE = ("--purpose", "kmc", *LOCK)
STORES = ("--maker", "k/maker.keys", "--social", "k/social.keys", "--bank", "k/bank.keys", *LOCK)
BOTH = ("--who", "Custodian A", "--who", "Custodian B")
PARTS = ("C2A4E69018B7D35F7E6021F394A8C5DB D08440", "6B31F8047D9AE2C6150F7B28D43E90A1 15B6EB",
         "F3898D73636289B41AA1624DE5661E57 7ABB54")  # fmt: skip

# A line for every command, and for every action of those that have some. None of them asks for anything.
COMMANDS = tuple(
    tuple(line.split())
    for line in f"""
    profiles
    holders
    holders one-character-name
    why
    why no random number
    why 6985
    doctor
    inspect one.card --options
    inspect --commands
    issue social-2.0 -o new.card
    card export one.card
    card import clear.json -o new.card
    card diff one.card social-1.0
    send one.card --trace new.jsonl {SELECT_SSSE} {WRONG_PIN}
    send one.card {SELECT_SSSE} 00B2090099 --json --check
    send no.card 00
    explain trace.jsonl
    replay trace.jsonl
    record session one.card -o new.jsonl --pcap new.pcap --explain -- true
    record pcap trace.jsonl -o new.pcap
    record vector trace.jsonl -o new.json
    terminal social inquire DF01EF05 SSSEEF06,09 --card one.card --seed 1 --explain --trace new.jsonl
    terminal social --script steps --pin-file pins --storage new.db --json
    terminal financial read --card bank-dda --seed 1 --explain --trace new.jsonl
    terminal financial --script till.steps --pin-file pins --json
    terminal full read --card dual-2.0-3des --seed 1 --explain --trace new.jsonl
    terminal full --script full.steps --pin-file pins --storage new.db --clock 20261129120000 --json
    terminal interface iReadCardBas 1 --card one.card --seed 1
    conform few.json --junit new.xml
    lab items few.json
    lab plan few.json --card social-2.0 --ics ics.toml
    lab ics derive one.card -o new.toml
    lab ics check ics.toml
    lab ics questions
    lab ics ask -o new.toml
    lab schema campaign
    run one.card --explain -- true
    run one.card -- false
    serve one.card --socket s --json
    serve one.card --socket s --faults wrong-words
    backend serve --store new.db --card social-2.0
    backend ledger --store books.db
    backend behaviours
    host serve --store newbank.db --card bank-dda
    host ledger --store bank.db
    host card bank-dda lost --store bank.db
    host behaviours
    prepare --social social.csv --synthetic -o new.perso --keys k/social.keys {" ".join(LOCK)}
    match --social social.csv --bank bank.csv --synthetic --report new.csv
    personalise b.perso -o out --jobs 1 {" ".join(STORES)}
    sample new
    keys key-file new
    keys init new.keys --owner bank {" ".join(LOCK)}
    keys invent k2 --seed 1 {" ".join(LOCK)}
    keys list k/bank.keys {" ".join(LOCK)}
    keys log k/bank.keys {" ".join(LOCK)}
    keys generate own.keys kmc {" ".join(PURPOSE)}
    keys validity own.keys exchange --until 20391231 {" ".join(LOCK)}
    keys components own.keys kmc --kcv 575613 {" ".join(PURPOSE)} CUSTODIANS part0 part1 part2
    keys send own.keys exchange2 --exchange exchange {" ".join(LOCK)}
    keys receive own.keys exchange3 block --exchange exchange {" ".join(LOCK)}
    keys cryptogram own.keys kmc part0 --exchange exchange --kcv 000000 {" ".join(PURPOSE)}
    keys show-test dual-2.0-3des --for terminal
    keys pool new.rsa --add 1 {" ".join(LOCK)}
    lab run few.json --campaign new.jsonl --jobs 1
    lab key new new {" ".join(LOCK)}
    lab key show laboratory {" ".join(LOCK)} -o new.pub
    lab verify a.campaign --public-key lab.pub
    blacklist key new new {" ".join(LOCK)}
    blacklist key show laboratory {" ".join(LOCK)} -o new.pub
    blacklist new new --publisher X --region 990000 --public-key laboratory.pub
    blacklist add black --range A00000000 A00000001 --reason 02 --until 20361231
    blacklist remove black --range B00000000 B00000001
    blacklist publish black --key laboratory {" ".join(LOCK)}
    blacklist show black -o new
    blacklist verify black.lists --public-key laboratory.pub
    lab diff a.campaign b.campaign
    lab report a.campaign -o new --vectors few.json
    fuzz firewall --profile social-2.0 --property F1 --examples 1 --jobs 1 --results new.jsonl
    """.strip().splitlines()
)


# What ends otherwise than well, on sound streams too.
NOT_WELL = {
    "card diff one.card": 1,
    f"send one.card {SELECT_SSSE}": 1,
    "send no.card 00": 2,
    "run one.card --": 1,
    "terminal social --script": 1,
    "terminal financial --script": 1,
    "terminal full --script": 1,
    "keys cryptogram own.keys": 2,
    "lab diff a.campaign": 1,
}


class Place(NamedTuple):
    """What stdout and stderr are, and whether stdin is closed."""

    out: Stream = SOUND
    err: Stream = SOUND
    no_stdin: bool = False


POOR = Place(Stream("gbk"), Stream("ascii"), no_stdin=True)
# Each command in one of them.
LOSSY = (
    Place(Stream(fault=FULL), Stream(fault=GONE)),
    Place(Stream(fault=GONE), Stream(closed=True)),
    Place(Stream(closed=True), Stream(fault=FULL), no_stdin=True),
)
STREAMS = (
    *(Stream(encoding) for encoding in ("utf-8", "ascii", "latin-1", "gbk")),
    *(Stream(fault=fault) for fault in (FULL, GONE, CLOSED)),
    Stream(closed=True),
)


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> Path:
    """A folder with everything that the commands need."""
    folder = tmp_path_factory.mktemp("world")
    with chdir(folder):
        write_inputs(folder, citizens(1))
        Path("pins").write_text("999999\n123456\n")
        Path("till.steps").write_text("read\ntrial 1\nread\n")
        Path("full.steps").write_text("bills\nsettle 10 --later\nread\n")
        Path("steps").write_text("pin check\ninquire DF01EF99\nread\n")
        for number, part in enumerate(PARTS):
            Path(f"part{number}").write_text(part)
        vectors = (ROOT / "vectors" / "ssse" / "verify.json").read_text(encoding="utf-8")
        Path("few.json").write_text(vectors, encoding="utf-8")
        shutil.copy(ROOT / "vectors" / "routines.json", folder)
        joined = ("--purpose", "exchange", "--kcv", "575613", *LOCK, *BOTH, "part0", "part1", "part2")
        for argv in (
            ("keys", "key-file", "lock"),
            ("keys", "invent", "k", "--seed", "1", *LOCK),
            ("keys", "init", "own.keys", "--owner", "bank", *LOCK),
            ("keys", "components", "own.keys", "exchange", *joined),
            ("keys", "components", "own.keys", "exchange2", *joined),
            ("lab", "key", "new", "laboratory", *LOCK),
            ("lab", "key", "show", "laboratory", *LOCK, "-o", "laboratory.pub"),
            ("blacklist", "new", "black", "--publisher", "X", "--region", "990000", "--public-key", "laboratory.pub"),
            ("blacklist", "add", "black", "--range", "B00000000", "B00000001", "--reason", "02", "--until", "20361231"),
            ("blacklist", "publish", "black", "--key", "laboratory", *LOCK),
            ("blacklist", "show", "black", "-o", "black.lists"),
            ("lab", "ics", "derive", "social-2.0", "-o", "ics.toml"),
            ("issue", "social-2.0", "-o", "one.card"),
            ("card", "export", "one.card", "-o", "clear.json", "--unsafe-secrets"),
            ("send", "social-2.0", SELECT_SSSE, "00B2090099", "0084000008", "--trace", "trace.jsonl"),
            ("match", "--social", "social.csv", "--bank", "bank.csv", "--synthetic", "--keys", "k/maker.keys", *LOCK,
             "-o", "b.perso"),
        ):  # fmt: skip
            assert say(argv).code == 0, argv
        block = say(("keys", "send", "own.keys", "exchange2", "--exchange", "exchange", *LOCK))
        Path("block").write_text(block.out)
        DeskBooks("books.db").close()
        BankBooks("bank.db").close()
        AcquirerBooks("bank.db-acquirer").close()
        two_campaigns(folder, SigningKey.open("laboratory", Lock(Path("lock").read_text(encoding="utf-8"))))
    return folder


def done(argv: tuple[str, ...], world: Path, there: Path, place: Place) -> tuple[Said, dict[str, bytes]]:
    """What ``argv`` says in a copy of ``world``, and all files that are there afterwards."""
    shutil.copytree(world, there)
    words = [word for each in argv for word in (BOTH if each == "CUSTODIANS" else (each,))]
    with chdir(there):
        said = say(words, place.out, place.err, None if place.no_stdin else "")
        files = {path.as_posix(): path.read_bytes() for path in sorted(Path().rglob("*")) if path.is_file()}
    shutil.rmtree(there)
    return said, files


def expected_code(sound: Said, place: Place) -> int:
    """Written from the table of exit codes: a failure keeps its own, and 0 is never said when something was lost."""
    lost = [stream for stream, said in ((place.out, sound.out), (place.err, sound.err)) if said and stream.lossy]
    if sound.code or not lost:
        return sound.code
    return READER_GONE if lost[0].fault == GONE else LOST


def steady(text: str) -> str:
    """Without what no two runs have in common: times, and what is drawn."""
    return re.sub(
        r"\d+\.\d s\b|127\.0\.0\.1:\d+|\d{4}-\d\d-\d\dT[\d:+.]+"
        r"|(?:KCV|key) [0-9A-F]+(?: [0-9A-F]{4})*|[0-9A-Z]{64,}|age1\w+",
        "",
        text,
    )


# Sealed anew each time, or with the time in it.
VOLATILE = re.compile(r"new$|black$|\.(keys|log|db|perso|rsa|jsonl)$|feedback\.csv|out/cards/")


@pytest.mark.parametrize("argv", COMMANDS, ids=lambda argv: " ".join(argv)[:50])
def test_the_work_is_done_and_the_code_is_right(argv, world, tmp_path, monkeypatch, capfd):
    monkeypatch.setattr(signal, "sigwait", lambda _: signal.SIGTERM)  # who serves is asked to stop at once
    sound, made = done(argv, world, tmp_path / "here", Place())
    machine = argv == ("doctor",)  # which says what it finds here, the streams among it
    assert machine or sound.code == NOT_WELL.get(" ".join(argv[:3]), 0), sound.err
    for place in (POOR, LOSSY[COMMANDS.index(argv) % len(LOSSY)]):
        said, files = done(argv, world, tmp_path / "here", place)
        assert said.code == expected_code(sound, place), place
        assert {path: bool(text) for path, text in files.items()} == {path: bool(text) for path, text in made.items()}
        for path, text in files.items():
            assert VOLATILE.search(path) or text == made[path], (place, path)
        for text, stream, whole in ((said.out, place.out, sound.out), (said.err, place.err, sound.err)):
            assert stream.lossy or machine or steady(unspelled(text)) == steady(whole), place
    assert capfd.readouterr() == ("", ""), "something was said past the streams"


@pytest.mark.parametrize(("code", "lines"), [(0, 1), (0, 900), (1, 1)])
def test_every_stream_with_every_other(code, lines, monkeypatch):
    """Of a command that ends so and says something here and there, more than a buffer holds or less."""

    def command(_argv):
        print("✗ 校验 🂡")
        print("» 警告", file=sys.stderr)
        sys.stdout.write("more 卡片\n" * lines)
        return code

    monkeypatch.setattr(dualcos.cli.main, "_run", command)
    sound = say(())
    assert (sound.code, sound.out.count("卡片"), sound.err) == (code, lines, "» 警告\n")
    for place in (Place(out, err, no) for out in STREAMS for err in STREAMS for no in (False, True)):
        said = say((), place.out, place.err, None if place.no_stdin else "")
        assert said.code == expected_code(sound, place), place
        assert place.out.lossy or unspelled(said.out) == sound.out
        why = os.strerror(place.out.fault or CLOSED)
        told = place.out.lossy and place.out.fault != GONE
        complaint = f"dualcos: the output could not be written: {why}\n" if told else ""
        assert place.err.lossy or unspelled(said.err) == sound.err + complaint


def actions(room: argparse.ArgumentParser, name: str = "") -> set[str]:
    below = [each for each in room._actions if isinstance(each, argparse._SubParsersAction)]
    return {
        found for each in below for word, inner in each.choices.items() for found in actions(inner, f"{name} {word}")
    } or {name.strip()}


def test_every_command_and_action_is_in_the_table():
    told = {" ".join(argv) for argv in COMMANDS}
    assert not [each for each in actions(parser()) if not any(f"{one} ".startswith(f"{each} ") for one in told)]


# --- in a process of its own: what only the interpreter's beginning and end can show --------------------------------


def own(line: str, folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """A shell's line, with ``dualcos`` for the command."""
    shell = f'dualcos() {{ "{sys.executable}" -m dualcos "$@"; }}; {line}'
    paths = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    return subprocess.run(  # noqa: S603 - the lines below
        ["/bin/bash", "-c", shell],
        cwd=folder, env={**os.environ, "PYTHONPATH": paths, **more}, capture_output=True, text=True, check=False,
        timeout=60,
    )  # fmt: skip


def test_an_output_that_is_taken_in_part_is_lost(world, tmp_path):
    """A disk takes what it has room for and refuses the rest, of which Python says nothing where it does not buffer."""
    shutil.copy(world / "one.card", tmp_path)
    line = "trap '' XFSZ; ulimit -f 8; dualcos card export one.card > part"
    ran = own(line, tmp_path, PYTHONUNBUFFERED="1")
    assert (ran.returncode, ran.stderr.count("\n")) == (LOST, 1), ran
    assert (tmp_path / "part").stat().st_size <= 8192


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize(
    ("line", "code", "err"),
    [
        ("dualcos issue social-2.0 -o made.card <&- >&- 2>&-", LOST, ""),
        ("dualcos send one.card 00B2090099 - <&- >/dev/full", LOST, "could not be written: No space left on device"),
        ("dualcos inspect one.card | exec 0<&-; exit ${PIPESTATUS[0]}", READER_GONE, ""),
    ],
)
def test_at_the_ends_of_a_process(line, code, err, world, tmp_path):
    shutil.copy(world / "one.card", tmp_path)
    ran = own(line, tmp_path)
    assert ran.returncode == code, ran
    assert err in ran.stderr
    assert ran.stderr.count("\n") == bool(err), "more was said than the one line"
    for card in tmp_path.glob("*.card"):
        assert "no difference" in say(("card", "diff", str(card), "social-2.0")).out
