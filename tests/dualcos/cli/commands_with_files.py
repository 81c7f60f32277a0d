"""Every subcommand with all of its arguments that name files, and sound files for them."""

from __future__ import annotations

import shutil
from argparse import Action, ArgumentParser, _SubParsersAction
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

import dualcos
from dualcos.cli import main
from dualcos.issuance.acquirer.acquirer_books import AcquirerBooks
from dualcos.issuance.bank.authorisation.bank_books import BankBooks
from dualcos.issuance.bureau.terminal_services.desk_books import DeskBooks
from dualcos.issuance.invented_citizens import citizens, write_inputs
from dualcos.lab.conformance.vector_file import load
from keys.custody.sealing import Lock
from keys.custody.signing_key import SigningKey
from tests.honest_campaigns import two_campaigns

VECTORS = Path(__file__).parents[3] / "vectors"
LOCKED = "--lock @lock=file:lock"
STORES = f"--maker @maker=k/maker.keys --social @social=k/social.keys --bank @bank=k/bank.keys {LOCKED}"
ROWS = "--synthetic --keys @keys=k/maker.keys --recipient @recipient=lock.pub"
TEMPLATE = "--template @template=t.toml"
MADE = "-o @output=new --findings @findings=new3"
PREPARED = f"{ROWS} --regions @regions=regions --amend @amend=b.perso {MADE} {LOCKED}"
TRACE = "--trace @trace=new"
KEY = "--purpose kmc"

# @argument=file: where an argument stands, and what is sound there; ``new`` is not there yet.
COMMANDS = {
    "serve": f"serve @card=a.card --sam @sam=s.card --faults @faults=f.toml --sam-faults @sam_faults=f.toml {TRACE}"
    " --socket sock",
    "run": f"run @card=a.card --sam @sam=s.card --faults @faults=f.toml --sam-faults @sam_faults=f.toml {TRACE}"
    " -- true",
    "send": f"send @card=a.card 00A4000000 {TRACE}",
    "explain": "explain @trace=t.jsonl --card @card=a.card",
    "replay": "replay @trace=t.jsonl --profile @profile=a.card",
    "record session": "record session @card=a.card --sam @sam=s.card --faults @faults=f.toml --sam-faults"
    " @sam_faults=f.toml -o @trace=new -- true",
    "record session --pcap": "record session @card=a.card -o @trace=new --pcap @pcap=new3 -- true",
    "record session --pcsc": "record session --pcsc none --profile @profile=p.toml -o new -- true",
    "record pcap": "record pcap @trace=t.jsonl -o @output=new",
    "record vector": "record vector @trace=t.jsonl --profile @profile=p.toml -o @output=new",
    "terminal social": "terminal social read --card @card=a.card --sam @sam=s.card --faults @faults=f.toml --sam-faults"
    f" @sam_faults=f.toml --pin-file @pin_file=pins {TRACE}",
    "terminal social --script": "terminal social --script @script=steps --storage @storage=newjournal --blacklist"
    " @blacklist=newfolder --publisher X --public-key @public_key=lab.pub",
    "terminal financial": "terminal financial read --card @card=d.card --faults @faults=f.toml"
    f" --pin-file @pin_file=pins --settings @settings=till.toml {TRACE}",
    "terminal financial --script": "terminal financial --script @script=till.steps --storage @storage=newtill"
    " --tmk @tmk=tmk",
    "terminal full": "terminal full bills --card @card=a.card --sam @sam=s.card --faults @faults=f.toml --sam-faults"
    f" @sam_faults=f.toml --pin-file @pin_file=pins --bank-pin-file @bank_pin_file=bank.pins {TRACE}",
    "terminal full --script": "terminal full --script @script=full.steps --storage @storage=newfull --tmk @tmk=tmk"
    " --settings @settings=till.toml --blacklist @blacklist=newfolder --publisher X --public-key @public_key=lab.pub",
    "terminal interface": "terminal interface iReadCardBas 1 --card @card=a.card --sam @sam=s.card"
    f" --faults @faults=f.toml --sam-faults @sam_faults=f.toml --pin-file @pin_file=pins {TRACE}",
    "terminal interface --script": "terminal interface --script @script=calls",
    "conform": "conform @paths=v.json --profile @profile=p.toml --junit @junit=new",
    "lab plan": "lab plan @selection=v.json --card @card=p.toml --faults @faults=f.toml --ics @ics=ics.toml",
    "lab plan --pcsc": "lab plan id=* --vectors @vectors=v.json --pcsc none --profile @profile=p.toml",
    "lab ics derive": "lab ics derive @card=a.card -o @output=new",
    "lab ics check": "lab ics check @statement=ics.toml",
    "lab ics ask": "lab ics ask --from @begun=ics.toml -o @output=new",
    "lab schema": "lab schema vector -o @output=new",
    "lab items": "lab items @selection=v.json * --vectors @vectors=v.json",
    "inspect": "inspect @card=a.card",
    "issue": "issue @profile=p.toml -o @output=new",
    "card export": "card export @card=a.card -o @output=new",
    "card import": "card import @text=a.json -o @output=new",
    "card diff": "card diff @old=a.card @new=p.toml",
    "prepare": f"prepare --social @social=social.csv {PREPARED}",
    "prepare --bank": f"prepare --bank @bank=bank.csv {TEMPLATE} {PREPARED}",
    "match": f"match --social @social=social.csv --bank @bank=bank.csv {TEMPLATE} {PREPARED} --report @report=new2"
    " --stock @stock=stock.db",
    "personalise": f"personalise @batch=b.perso -o @output=newfolder {STORES} --maker-lock @maker_lock=file:lock"
    " --social-lock @social_lock=file:lock --bank-lock @bank_lock=file:lock --pool @pool=pool"
    " --template @template=t.toml --stock @stock=newstock --jobs 1",
    "personalise --link": f"personalise @batch=b.perso -o @output=newfolder {STORES} --mode social --link feedback"
    " --cards @cards=chips --feedback @feedback=feedback.csv --stock @stock=stock2.db --jobs 1",
    "keys key-file": "keys key-file @file=new",
    "keys init": f"keys init @store=new --owner bank {LOCKED}",
    "keys invent": f"keys invent @folder=newfolder --template @template=t.toml {LOCKED}",
    "keys list": f"keys list @store=k/bank.keys {LOCKED}",
    "keys log": f"keys log @store=k/bank.keys {LOCKED}",
    "keys show-test": "keys show-test @card=a.card --for terminal",
    "keys generate": f"keys generate @store=k/bank.keys fresh {KEY} {LOCKED}",
    "keys validity": f"keys validity @store=k/bank.keys kmc --until 20990101 {LOCKED}",
    "keys components": f"keys components @store=k/bank.keys joined {KEY} --kcv 575613 --who A --who B"
    f" {LOCKED} @parts=part part2",
    "keys receive": f"keys receive @store=k/bank.keys x @block=part --exchange kmc {LOCKED}",
    "keys send": f"keys send @store=k/bank.keys kmc --exchange kmc {LOCKED}",
    "keys cryptogram": f"keys cryptogram @store=k/bank.keys x @block=part --exchange kmc --kcv 00 {KEY} {LOCKED}",
    "keys pool": f"keys pool @pool=newpool --add 1 {LOCKED}",
    "lab run": "lab run @selection=v.json --card @card=p.toml --faults @faults=f.toml"
    f" --campaign @campaign=newcampaign --key @key=laboratory {LOCKED} --known @known=known.toml"
    " --ics @ics=ics.toml --jobs 1",
    "lab run --pcsc": "lab run id=* --vectors @vectors=v.json --pcsc none --profile @profile=p.toml",
    "lab key new": f"lab key new @file=new --recipient @recipient=lock.pub {LOCKED}",
    "lab key show": f"lab key show @file=laboratory -o @output=new {LOCKED}",
    "blacklist key new": f"blacklist key new @file=new --recipient @recipient=lock.pub {LOCKED}",
    "blacklist key show": f"blacklist key show @file=laboratory -o @output=new {LOCKED}",
    "blacklist new": "blacklist new @list=new --publisher X --region 990000 --public-key @public_key=laboratory.pub",
    "blacklist add": "blacklist add @list=black --range A00000000 A00000001 --reason 02 --until 20361231",
    "blacklist remove": "blacklist remove @list=black --range B00000000 B00000001",
    "blacklist publish": f"blacklist publish @list=black --key @key=laboratory {LOCKED}",
    "blacklist show": "blacklist show @list=black -o @output=new",
    "blacklist verify": "blacklist verify @file=black.lists --public-key @public_key=laboratory.pub",
    "lab verify": "lab verify @campaign=a.campaign --signature @signature=a.campaign.sig"
    " --public-key @public_key=lab.pub --vectors @vectors=played",
    "lab report": "lab report @campaign=a.campaign -o @output=new --junit @junit=new2 --jsonl @jsonl=new3"
    " --known @known=known.toml --signature @signature=a.campaign.sig --public-key @public_key=lab.pub"
    " --vectors @vectors=v.json",
    "lab diff": "lab diff @before=a.campaign @after=b.campaign --known @known=known.toml",
    "backend serve": "backend serve --store @store=newbooks --rules @rules=leash.toml --card @card=p.toml"
    " --blacklist @blacklist=black",
    "backend ledger": "backend ledger --store @store=books.db",
    "host serve": "host serve --store @store=newbank --rules @rules=leash.toml --card @card=t.toml",
    "host ledger": "host ledger --store @store=bank.db",
    "host card": "host card @card=t.toml --change-pin --pin-file @pin_file=pins --store @store=bank.db",
    "sample": "sample @folder=newfolder",
    "doctor": "doctor @files=a.card",
    "fuzz": "fuzz firewall --profile @profile=p.toml --results @results=newresults --save @save=newfound"
    " --property F9 --examples 1 --jobs 1",
}  # fmt: skip


class Place(NamedTuple):
    """One argument of one command of the table."""

    command: str
    dest: str
    sound: str

    def __str__(self) -> str:
        return f"{self.command} @{self.dest}"


def places(command: str) -> list[Place]:
    words = [word[1:].partition("=") for word in COMMANDS[command].split() if word.startswith("@")]
    return [Place(command, dest, sound) for dest, _, sound in words]


def typed(command: str, **files: object) -> list[str]:
    """The command line with sound files, but for those given by argument."""
    filled = []
    for word in COMMANDS[command].split():
        dest, _, sound = word[1:].partition("=")
        filled.append(str(files.pop(dest, sound)) if word.startswith("@") else word)
    assert not files, files
    return filled


def parsers(parser: ArgumentParser | None = None, name: str = "") -> Iterator[tuple[str, ArgumentParser]]:
    """Every subcommand that takes arguments of its own, by name."""
    parser = parser or main.parser()
    inner = [action for action in parser._actions if isinstance(action, _SubParsersAction)]
    if not inner:
        yield name, parser
    for action in inner:
        for word, each in action.choices.items():
            yield from parsers(each, f"{name} {word}".strip())


def takes_text(action: Action) -> bool:
    """True if a user can write anything there, a file's name too."""
    return action.nargs != 0 and action.choices is None and action.type not in (int, float)


PARSER = main.parser()


@pytest.fixture
def one_parser(monkeypatch):
    """To make the parser takes longer than most of what these tests run."""
    monkeypatch.setattr(main, "parser", lambda _only="": PARSER)


def make_sound_files(folder: Path) -> None:
    """All that the table names, and that is there, in ``folder``; the working directory is there."""
    for source, name in (("social-2.0", "p.toml"), ("dual-2.0-3des", "t.toml")):
        shutil.copy(Path(dualcos.__file__).parent / "profile" / "cards" / f"{source}.toml", folder / name)
    shutil.copy(Path(dualcos.__file__).parent / "lab" / "faults" / "garbled.toml", folder / "f.toml")
    shutil.copy(Path(dualcos.__file__).parent / "leash" / "ready" / "social" / "slow.toml", folder / "leash.toml")
    DeskBooks(folder / "books.db").close()
    BankBooks(folder / "bank.db").close()
    AcquirerBooks(folder / "bank.db-acquirer").close()
    shutil.copy(VECTORS / "ssse" / "unknown.json", folder / "v.json")
    shutil.copy(VECTORS / "routines.json", folder)
    write_inputs(folder, citizens(1))
    (folder / "pins").write_text("123456\n", encoding="utf-8")
    (folder / "steps").write_text("read\n", encoding="utf-8")
    (folder / "till.steps").write_text("read\n", encoding="utf-8")
    (folder / "bank.pins").write_text("1234\n", encoding="utf-8")
    (folder / "full.steps").write_text("bills\n", encoding="utf-8")
    (folder / "tmk").write_text("C2A4E69018B7D35F7E6021F394A8C5DB", encoding="utf-8")
    (folder / "till.toml").write_text('form = "pos"\n', encoding="utf-8")
    (folder / "calls").write_text("iReadCardBas 1\n", encoding="utf-8")
    (folder / "regions").write_text("2020\n990000\n", encoding="utf-8")
    (folder / "part").write_text("C2A4E69018B7D35F7E6021F394A8C5DB D08440", encoding="utf-8")
    (folder / "part2").write_text("6B31F8047D9AE2C6150F7B28D43E90A1 15B6EB", encoding="utf-8")
    (folder / "feedback.csv").write_text("seq,atr\n1,3B\n#MAC,00\n", encoding="utf-8")
    (folder / "chips").mkdir()
    (folder / "played").mkdir()
    for name in ("v.json", "routines.json"):
        shutil.copy(folder / name, folder / "played")
    stores = ["--maker", "k/maker.keys", "--social", "k/social.keys", "--bank", "k/bank.keys", "--lock", "file:lock"]
    both = ["--social", "social.csv", "--bank", "bank.csv", "--synthetic", "--keys", "k/maker.keys"]
    for words in (
        ["issue", "social-2.0", "-o", "a.card"],
        ["issue", "bank-sda", "-o", "d.card"],
        ["card", "export", "a.card", "--unsafe-secrets", "-o", "a.json"],
        ["send", "social-2.0", "00A4000000", "--trace", "t.jsonl"],
        ["keys", "key-file", "lock"],
        ["lab", "key", "new", "laboratory", "--lock", "file:lock"],
        ["lab", "key", "show", "laboratory", "--lock", "file:lock", "-o", "laboratory.pub"],
        ["blacklist", "new", "black", "--publisher", "X", "--region", "990000", "--public-key", "laboratory.pub"],
        ["blacklist", "add", "black", "--range", "B00000000", "B00000001", "--reason", "02", "--until", "20361231"],
        ["blacklist", "publish", "black", "--key", "laboratory", "--lock", "file:lock"],
        ["blacklist", "show", "black", "-o", "black.lists"],
        ["lab", "ics", "derive", "p.toml", "-o", "ics.toml"],
        ["keys", "invent", "k", "--seed", "1", "--lock", "file:lock"],
        ["keys", "pool", "pool", "--add", "1", "--lock", "file:lock"],
        ["match", *both, "--lock", "file:lock", "-o", "b.perso"],
        ["personalise", "b.perso", "-o", "out", "--jobs", "1", *stores],
    ):
        assert main.run(words) == 0, words
    for name in ("stock.db", "stock2.db"):
        shutil.copy(folder / "out" / "stock.db", folder / name)
    (folder / "lock.pub").write_text((folder / "lock").read_text("utf-8").splitlines()[0], encoding="utf-8")
    shutil.copy(folder / "a.card", folder / "s.card")
    key = SigningKey.open(folder / "laboratory", Lock((folder / "lock").read_text(encoding="utf-8")))
    ids = [case.id for case in load(folder / "played")]
    two_campaigns(folder, key, ids, [folder / "played"])
