"""No file is lost by an option that names an output: it refuses what is there, never writes on what the command reads,
and writes whole files or none.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import threading
from pathlib import Path

import pytest
from commands_with_files import (
    COMMANDS,
    PARSER,
    Place,
    one_parser,
    parsers,
    places,
    takes_text,
    typed,
)

import dualcos.cli.serve
from dualcos.cli import main
from dualcos.cli.file_arguments import FileRole, declared, demand_sound_files
from dualcos.cli.user_faults import UNWRITTEN, WRONG, Fault
from dualcos.issuance.personaliser.report_folder import REPORTS
from keys.custody import whole_file

__all__ = ["one_parser"]  # a fixture
pytestmark = pytest.mark.usefixtures("one_parser")

# What a user writes there is a name, a number, a date or a pattern, and never opened as a file.
NO_FILES = {
    "--cut-over", "--cut-over-minutes", "--key-hours", "--put-data", "--update-record",
    "--address", "--batch", "--body", "--bin", "--cluster", "--exchange", "--holder", "--host", "--kcv", "--key",
    "--laboratory",
    "--only", "--operator", "--pcsc", "--property", "--sam", "--sam-set", "--seed", "--set", "--since", "--slot",
    "--publisher", "--range", "--region", "--from", "--title", "--until", "--warn", "--who", "--write-off", "--id",
    "apdus", "holder", "name", "what",
    "--sam-pcsc", "--backend", "--clock", "--account", "--pooled", "--terminal", "words", "--agreed", "order",
    "--terminal-set", "--merchant", "--patience", "--day", "--reference", "--approval", "--voucher",
    "--application", "--telephone", "--social-terminal", "--bank-terminal", "--own", "--scheme", "--period",
}  # fmt: skip
BESIDES = {"serve --socket", "record session --socket", "blacklist add --card", "blacklist remove --card"}
"""A socket of the service's own: it takes the place of a dead socket, never of a file (tests of the reader). The code
and the number of a card.
"""
# What the card or the issuer would lose with it is never replaced, whatever the user says.
NEVER_REPLACED = {
    "issue @output", "card import @output", "keys init @store", "keys key-file @file", "keys invent @folder",
    "sample @folder", "lab key new @file", "blacklist key new @file", "blacklist new @list",
}  # fmt: skip
SHOWN_TO_ALL = ("lab key show", "lab report", "blacklist key show", "blacklist show")
"""What these write is for others."""
OLD = b"what was there before\n"
# Files in the folders that commands write into.
INSIDE = {"personalise": REPORTS, "personalise --link": REPORTS, "keys invent": ("bank.keys", "maker.keys.log"),
          "sample": ("run.sh", "bank.csv")}  # fmt: skip

DECLARED = {(name, file.dest): file for name, parser in parsers() for file in declared(parser)}


def key(place: Place) -> tuple[str, str]:
    return place.command.split(" --")[0], place.dest


def declaration(place: Place):
    return DECLARED[key(place)]


def role(place: Place) -> FileRole:
    return declaration(place).role


TABLE = [place for command in COMMANDS for place in places(command)]
ALL = [place for place in TABLE if key(place) in DECLARED]
OUTPUTS = [place for place in ALL if role(place) is FileRole.MADE]
INPUTS = [place for place in ALL if role(place) in (FileRole.READ, FileRole.KEPT)]
outputs = pytest.mark.parametrize("output", OUTPUTS, ids=str)


def test_the_table_has_every_file_that_a_command_names():
    assert set(map(key, TABLE)) == set(DECLARED)


def test_every_argument_that_takes_text_is_declared_or_names_no_file():
    """Whoever adds an option says here, or where it is declared, whether it names a file."""
    told = {
        f"{name} {option}"
        for name, parser in parsers()
        for action in parser._actions
        if takes_text(action) and action.dest not in {file.dest for file in declared(parser)}
        for option in [next((o for o in action.option_strings if o.startswith("--")), action.dest)]
    }
    assert {each for each in told if each.rpartition(" ")[2] not in NO_FILES} - BESIDES == set()


def test_what_is_never_replaced():
    kept = {
        str(place)
        for place in ALL
        if declaration(place).fresh
        and role(place) in (FileRole.MADE, FileRole.FOLDER)
        and "--force" not in declaration(place).taken
        and (declaration(place).inside or role(place) is FileRole.MADE)
    }
    assert kept == NEVER_REPLACED


# The rules are asked of the command line as it is parsed; that every command asks them, further below.


@pytest.fixture
def asked(sound, monkeypatch):
    """The folder with sound files, for tests that only add to it."""
    before = {*sound.rglob("*")}
    monkeypatch.chdir(sound)
    yield sound
    for path in sorted({*sound.rglob("*")} - before, reverse=True):
        path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()


def complaint(words: list[str]) -> str:
    """What is said of the files; empty if nothing is."""
    words = words[: words.index("--")] if "--" in words else words
    try:
        demand_sound_files(PARSER.parse_args(words))
    except Fault as fault:
        return str(fault)
    return ""


def forced(words: list[str]) -> list[str]:
    """The same with --force."""
    at = words.index("--") if "--" in words else len(words)
    return [*words[:at], "--force", *words[at:]]


def at(path: str) -> str:
    return path.removeprefix("file:")


def disguises(path: Path) -> dict[str, Path]:
    """Other names of a file."""
    link, hard = path.with_name("a link"), path.with_name("a hard link")
    link.unlink(missing_ok=True)
    hard.unlink(missing_ok=True)
    link.symlink_to(path)
    hard.hardlink_to(path)
    return {
        "itself": Path(os.path.relpath(path)),
        "absolute": path.absolute(),
        "link": link,
        "hard link": hard,
        "roundabout": path.parent / ".." / path.parent.name / path.name,
        "proc": Path("/proc/self/cwd") / os.path.relpath(path),
    }


@outputs
def test_an_output_is_never_what_the_command_reads(asked, output):
    for read in places(output.command):
        path = asked / at(read.sound)
        if role(read) not in (FileRole.READ, FileRole.KEPT) or not path.is_file():
            continue
        for disguise, name in disguises(path).items():
            words = typed(output.command, **{output.dest: name})
            for each in (words, *([] if str(output) in NEVER_REPLACED else [forced(words)])):
                assert "exists already and is what" in complaint(each), f"{read} as {disguise}: {each}"


def test_an_output_is_no_file_of_a_folder_that_is_read(there):
    (there / "vectors").mkdir()
    shutil.move(there / "v.json", there / "vectors")
    words = typed("conform", paths="vectors", junit="vectors/v.json")
    assert "is what" in complaint(forced(words))
    (there / "chips" / "00000001.card").write_bytes(OLD)
    (there / "newfolder").mkdir()
    (there / "newfolder" / "states.csv").hardlink_to(there / "chips" / "00000001.card")
    assert "is what" in complaint(forced(typed("personalise --link")))


@pytest.mark.parametrize("beside", ["a.card-journal", "k/maker.keys.log", "stock.db-wal"])
def test_an_output_is_no_file_that_goes_with_an_input(asked, beside):
    """A card's journal, a store's log, a register's latest commits."""
    (asked / beside).touch()
    reader = {"a.card-journal": "send", "k/maker.keys.log": "match", "stock.db-wal": "match"}[beside]
    output = next(place for place in OUTPUTS if place.command == reader)
    assert "is what" in complaint([*typed(reader, **{output.dest: beside}), "--force"])


def test_profiles_and_scripts_that_come_along_are_read_too():
    home = Path(dualcos.__file__).parent
    profile, script = home / "profile" / "cards" / "social-2.0.toml", home / "lab" / "faults" / "garbled.toml"
    for path in (profile, script):
        words = typed("run", card="social-2.0", sam="social-2.0", faults="garbled", sam_faults="garbled", trace=path)
        assert "is what" in complaint(["run", "--force", *words[1:]])
    assert "is what" in complaint(["issue", "social-2.0", "-o", str(profile)])


@outputs
@pytest.mark.usefixtures("asked")
def test_a_name_that_is_taken_is_refused(output):
    Path("taken").write_bytes(OLD)
    Path("dangling").symlink_to("nowhere")
    for name in ("taken", "dangling"):
        words = typed(output.command, **{output.dest: name})
        assert f"{name} exists already; " in complaint(words)
        if str(output) not in NEVER_REPLACED:
            assert "--force" in complaint(words)
            assert complaint(forced(words)) == ""


@pytest.mark.parametrize("command", INSIDE)
def test_a_folder_with_a_link_to_an_input_is_refused(asked, command):
    """What is going to be written in the folder is an output like any other."""
    for name in INSIDE[command][:2]:
        for read in places(command):
            if role(read) not in (FileRole.READ, FileRole.KEPT) or not (asked / at(read.sound)).is_file():
                continue
            (asked / "newfolder").mkdir(exist_ok=True)
            (asked / "newfolder" / name).unlink(missing_ok=True)
            (asked / "newfolder" / name).hardlink_to(asked / at(read.sound))
            words = typed(command)
            for each in (words, forced(words) if command != "keys invent" else words):
                assert "exists already and is what" in complaint(each), (name, str(read))


def test_two_outputs_are_two_files(asked):
    for other in ("new", "./new", asked / "new", asked / ".." / asked.name / "new", "/proc/self/cwd/new"):
        assert "same file" in complaint(typed("match", report=other))
    Path("out1").write_bytes(OLD)
    Path("out2").hardlink_to("out1")
    assert "same file" in complaint([*typed("match", output="out1", report="out2"), "--force"])
    assert "same file" in complaint(typed("personalise", stock="newfolder/feedback.csv"))
    assert complaint(typed("match", output="/dev/null", report="/dev/null")) == ""


@pytest.mark.parametrize("place", [place for place in ALL if role(place) is not FileRole.READ], ids=str)
def test_a_place_where_nothing_can_be_made_is_told_before_the_work(asked, place, monkeypatch):
    assert complaint(typed(place.command)) == ""
    folder = role(place) is FileRole.FOLDER
    wrong = {"taken/new": "is no folder", "taken" if folder else "chips": "is no folder" if folder else "is a folder"}
    Path("taken").write_bytes(OLD)
    if not folder:
        wrong |= {"missing/new": "missing does not exist", "": "is a folder"}
    for name, said in wrong.items():
        assert said in complaint(typed(place.command, **{place.dest: name})), name
    monkeypatch.setattr(os, "access", lambda path, _: Path(path).resolve() != asked)
    assert "you may not write into" in complaint(typed(place.command))


@outputs
@pytest.mark.usefixtures("asked")
def test_streams_are_always_free(output):
    os.mkfifo("pipe")
    for stream in ("/dev/null", "/dev/stdout", "/dev/fd/1", "pipe"):
        assert declaration(output).beside or complaint(typed(output.command, **{output.dest: stream})) == ""


# From here on the commands run.


@pytest.fixture
def told(capfd, monkeypatch):
    """Run a command line; exit code and what stands on stderr."""
    monkeypatch.setattr(dualcos.cli.serve, "_waited", lambda: None)

    def run(words: list[str]) -> tuple[int, str]:
        code = main.run(words)
        return code, capfd.readouterr().err

    return run


def state(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Every file below, with its time and contents."""
    return {str(p): (p.stat().st_mtime_ns, p.read_bytes()) for p in sorted(folder.rglob("*")) if p.is_file()}


@outputs
def test_every_command_asks_before_it_works(there, told, output):
    Path("taken").write_bytes(OLD)
    before = state(there)
    code, err = told(typed(output.command, **{output.dest: "taken"}))
    assert (code, err.count("\n")) == (2, 1)
    assert "exists already" in err
    assert state(there) == before


@outputs
def test_an_output_is_made_and_with_force_replaced(there, told, output):
    """Whatever it replaces: other names of the old file keep it."""
    code, _ = told(typed(output.command))
    made = there / output.sound
    assert code in (0, 1)
    assert made.stat().st_size > 0
    common = made.name == "new2" or output.dest == "junit" or output.command in SHOWN_TO_ALL
    assert made.stat().st_mode & 0o777 == (0o644 if common else 0o600)
    assert not list(there.glob("*.part")) + list(there.glob(".*"))
    if str(output) in NEVER_REPLACED:
        return
    made.write_bytes(OLD)
    Path("other name").hardlink_to(made)
    made.unlink()
    made.symlink_to("other name")
    for name in {"new", "new2"} - {made.name}:
        Path(name).unlink(missing_ok=True)
    assert told(forced(typed(output.command)))[0] in (0, 1)
    assert not made.is_symlink()
    assert OLD not in made.read_bytes()
    assert Path("other name").read_bytes() == OLD


GROWING = {"trace"}
BESIDES_THE_WORK = "record session --pcap @pcap"
"""If it cannot be written, all else is done, and the exit code of the program that was run stays."""
READ_AGAIN = "record session --pcap @trace"
"""What is read again in the end can be no stream."""
WHOLE = [place for place in OUTPUTS if place.dest not in GROWING]


class HostGone(BaseException):
    """Nothing of this process runs any more."""


@pytest.mark.parametrize("output", WHOLE, ids=str)
def test_interrupted_in_the_middle_there_is_no_file(there, told, output, monkeypatch):
    """Ctrl-C, the disk full, SIGTERM; until the whole is on disk nobody sees the name."""
    seen = []

    def interrupted(_: int) -> None:
        if "log" not in seen and output.command == "keys init":
            seen.append("log")  # the log's entry is on disk first
            return
        assert not (there / output.sound).exists()
        seen.append("at work")
        if how is KeyboardInterrupt:
            raise KeyboardInterrupt
        if how is OSError:
            raise OSError(28, "No space left on device")
        os.kill(os.getpid(), signal.SIGTERM)

    before = set(state(there))
    monkeypatch.setattr(os, "fsync", interrupted)
    full = UNWRITTEN if str(output) == BESIDES_THE_WORK else WRONG
    for how, code in ((KeyboardInterrupt, 130), (OSError, full), (signal.SIGTERM, 143)):
        seen.clear()
        ended, err = told(typed(output.command))
        assert (ended, seen[-1]) == (code, "at work")
        # Of several outputs the first that is written is the one that finds no space.
        names = [each.sound for each in places(output.command) if role(each) is FileRole.MADE]
        told_of = [line for line in err.splitlines() if any(re.search(rf"\b{name}\b", line) for name in names)]
        assert how is not OSError or any("No space left" in line for line in told_of), err
        Path("new.log").unlink(missing_ok=True)
        left = set(state(there)) - before - {str(there / name) for name in ("new", "new2")}
        assert not left
        assert not (there / output.sound).exists()
        Path("new").unlink(missing_ok=True)


@pytest.mark.parametrize("output", WHOLE, ids=str)
def test_a_name_taken_while_the_command_worked_stays(there, told, output, monkeypatch):
    put = whole_file._put

    def late(part: Path, path: Path, *, replace: bool) -> None:
        if path.name == output.sound:
            path.write_bytes(OLD)
        put(part, path, replace=replace)

    monkeypatch.setattr(whole_file, "_put", late)
    code, _ = told(typed(output.command))
    assert code == (UNWRITTEN if str(output) == BESIDES_THE_WORK else WRONG)
    assert (there / output.sound).read_bytes() == OLD


@outputs
@pytest.mark.usefixtures("there")
def test_a_full_device_is_told_and_stays_a_device(told, output):
    if declaration(output).beside or str(output) == READ_AGAIN:
        return  # its log would lie in /dev
    code, err = told(typed(output.command, **{output.dest: "/dev/full"}))
    assert "/dev/full" in err
    assert "No space left" in err
    assert Path("/dev/full").is_char_device()
    assert code != 0 or output.dest in GROWING


@outputs
@pytest.mark.usefixtures("there")
def test_a_pipe_is_written_to(told, output):
    """Not for a card: it lives in its file."""
    if declaration(output).beside or output.command in ("issue", "card import") or str(output) == READ_AGAIN:
        return
    os.mkfifo("pipe")
    received = []
    reader = threading.Thread(target=lambda: received.append(Path("pipe").read_bytes()))
    reader.start()
    assert told(typed(output.command, **{output.dest: "pipe"}))[0] in (0, 1)
    reader.join(20)
    assert len(received[0]) > 20
    assert Path("pipe").is_fifo()


@pytest.mark.usefixtures("asked")
def test_a_dash_is_the_standard_output(capfd):
    assert main.run(typed("card export", output="-")) == 0
    assert capfd.readouterr().out.startswith("{")
    assert main.run(typed("conform", junit="-", profile="p.toml")) in (0, 1, 2)
    assert "<testsuites" in capfd.readouterr().out
    assert not Path("-").exists()


@pytest.mark.usefixtures("there")
def test_a_trace_of_a_command_that_fails_at_once_is_none(told):
    """Neither an empty file, nor an older one lost."""
    for command, wrong in (("send", {"card": "none"}), ("run", {"sam": "none"}), ("serve", {"sam": "none"})):
        words = typed(command, **wrong)
        assert told(words)[0] == 2
        assert not Path("new").exists()
        Path("new").write_bytes(OLD)
        assert told([words[0], "--force", *words[1:]])[0] == 2
        assert Path("new").read_bytes() == OLD
        Path("new").unlink()


@pytest.mark.usefixtures("there")
def test_a_trace_is_there_as_soon_as_the_reader_is(monkeypatch):
    seen = []
    monkeypatch.setattr(dualcos.cli.serve, "_waited", lambda: seen.append(Path("new").exists()))
    assert main.run(typed("serve")) == 0
    assert seen == [True]


# Folders.


def test_reports_of_a_batch_are_renewed_and_nobody_elses_are_replaced(there, told):
    words = typed("personalise")
    assert told(words)[0] == 0
    assert told(words)[0] == 0
    mail = there / "newfolder" / "mail.csv"
    written = mail.read_bytes()
    mail.write_bytes(OLD)
    before = state(there / "newfolder")
    code, err = told(words)
    assert (code, "is not what an earlier run of batch B0001 wrote" in err) == (2, True)
    assert state(there / "newfolder") == before
    assert told([*words, "--force"])[0] == 0
    assert mail.read_bytes() == written


def test_a_folder_with_reports_and_no_register_is_refused(there, told):
    (there / "newfolder").mkdir()
    (there / "newfolder" / "face.jsonl").write_bytes(OLD)
    before = state(there)
    code, err = told(typed("personalise"))
    assert (code, "face.jsonl exists already" in err) == (2, True)
    assert state(there) == before


def test_a_card_that_the_register_does_not_know_is_not_made_anew(there, told):
    (there / "newfolder" / "cards").mkdir(parents=True)
    shutil.copy("a.card", there / "newfolder" / "cards" / "00000001.card")
    code, err = told(typed("personalise"))
    assert (code, "00000001.card is a card that the register does not know" in err) == (2, True)
    assert (there / "newfolder" / "cards" / "00000001.card").read_bytes() == Path("a.card").read_bytes()


def test_a_found_counterexample_replaces_no_other(tmp_path):
    from dualcos.lab.search.found_as_vector import save  # noqa: PLC0415 - needs hypothesis

    content = {"unit": "FUZZ-F1-0000", "steps": [1]}
    first = save(tmp_path, content)
    assert save(tmp_path, content) == first
    first.write_bytes(OLD)
    second = save(tmp_path, content)
    assert (second.name, first.read_bytes()) == ("FUZZ-F1-0000-2.json", OLD)
    assert save(tmp_path, content) == second
