"""Cards made in PC/SC readers by ``dualcos personalise --pcsc``, in a process of its own, with a hand that errs.

The hand reads what the program asks for on stderr, and puts cards in and takes them out as the test says.
"""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from issuance_world import TEMPLATE, read_card, wanted

import dualcos
from dualcos.cli.main import run
from dualcos.issuance.exchange import personalisation_file
from dualcos.issuance.personaliser.cards_in_folder import card_files
from dualcos.profile.schema import load
from dualcos.reader.embedded import EmbeddedService
from dualcos.reader.slot import Slot
from keys.custody.key_store_file import KeyFile
from tests.echo_card import EchoCard

ROOT = Path(__file__).parents[3]
BATCH = "b.perso"

pytestmark = [
    pytest.mark.pcsc,
    pytest.mark.skipif(
        importlib.util.find_spec("smartcard") is None, reason="pyscard is not installed (pip install 'dualcos[pcsc]')"
    ),
]


class Pulled:
    """A card the hand pulls out of ``slot`` after its ``at``-th command from now."""

    def __init__(self, card, slot, at):
        self.card, self.slot, self.left = card, slot, at

    def __getattr__(self, name):
        return getattr(self.card, name)

    def exchange(self, command):
        answer = self.card.exchange(command)
        self.left -= 1
        if self.left == 0:
            self.slot.remove()
        return answer


class Killed(Pulled):
    """A card at whose ``at``-th command somebody kills the program."""

    def __init__(self, card, program, at):
        super().__init__(card, None, at)
        self.program = program

    def exchange(self, command):
        if self.left == 1:
            self.program().kill()
        self.left -= 1
        return self.card.exchange(command)


class Bench:
    """One reader per name, the program, and everything it said."""

    def __init__(self, world, folder, names=("Desk",)):
        self.world, self.folder = world, folder
        self.slots = {name: Slot(f"{name} 00 00") for name in names}
        self.said = []
        self.rest = ""
        self.program = None

    def run(self, words, hands):
        """Run ``dualcos personalise``; each request for a card is answered with the reader's next card, then none."""
        hands = {name: iter(cards) for name, cards in hands.items()}
        stores = [f"--{owner}={self.world.folder / owner}" for owner in ("maker", "social", "bank")]
        given = [word for word in words if word.startswith("--only-store=")]
        if given:
            stores = [s for s in stores if given[0].partition("=")[2] in s]
            words = [word for word in words if word not in given]
        command = [sys.executable, "-m", "dualcos", "personalise", "--pcsc", "all", "--patience", "2.5", *stores]
        command += ["--lock", f"file:{self.world.folder / 'lock'}", "-o", str(self.folder / "out"), "--seed", "test"]
        command += words
        with EmbeddedService(list(self.slots.values())) as service:
            environment = {**os.environ, **service.environment, "PYTHONPATH": str(ROOT)}
            with subprocess.Popen(  # noqa: S603 - our own command line
                command, env=environment, cwd=self.folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
            ) as self.program:
                for line in self.program.stderr:
                    self.said.append(line.strip())
                    self._handle(line, hands)
                self.rest = self.program.stdout.read()
        for slot in self.slots.values():
            slot.remove()
        return self.program.returncode

    def _handle(self, line, hands):
        name = line.partition(" ")[0]
        slot = self.slots.get(name)
        if slot is None:
            return
        if ": put in" in line:
            card = next(hands.get(name, iter(())), None)
            if card is not None:
                slot.insert(card(slot) if callable(card) else card)
        elif "take it out" in line:
            slot.remove()

    def heard(self, *pieces):
        """Each piece was said, in this order."""
        at = 0
        for piece in pieces:
            at = next((n + 1 for n, line in enumerate(self.said[at:], at) if piece in line), 0)
            assert at, "\n".join(["not said: " + piece, *self.said, self.rest])


def blank():
    return dualcos.card("blank", "test")


@pytest.fixture
def bench(world, tmp_path):
    lock = world.lock.lock({})
    for name, batch, count in (("b", world.both, 3), ("s", world.social, 2), ("k", world.bank, 60)):
        owner = "bank" if name == "k" else "social"
        key = KeyFile.open(world.folder / owner, lock).key("file-mac").value
        some = world.some(batch, count)
        personalisation_file.write(tmp_path / f"{name}.perso", some.header, some.records, bytes.fromhex(key), lock)
    return Bench(world, tmp_path)


def people(cards):
    return [read_card(card) for card in cards]


def test_a_batch_with_every_mistake_a_hand_can_make(bench, world):
    chips = [blank() for _ in range(4)]
    made_elsewhere, stranger = dualcos.card(load(TEMPLATE)), EchoCard()
    cards = [
        lambda slot: Pulled(chips[0], slot, 300),
        stranger,
        made_elsewhere,
        chips[1],
        chips[1],
        lambda slot: Pulled(chips[2], slot, 1),
        chips[0],
        chips[3],
    ]
    before = made_elsewhere.dump()
    assert bench.run([BATCH], {"Desk": cards}) == 0
    bench.heard(
        "put in a blank chip; 3 to make",
        "making card 1 in chip 00000001",
        "card 1 unfinished at social: the card was taken out",
        "put in a blank chip or chip 00000001 again; 3 to make",
        "WRONG_CARD: ATR",
        "ALREADY_MADE: chip 0000A1C2 has an MF and is none of this register's",
        "card 2 made",
        "ALREADY_MADE: chip 00000002 is card 2 of batch BOTH",
        "CARD_LOST",
        "card 1 made",
        "card 3 made",
    )
    assert "batch BOTH: 3 made" in bench.rest
    assert made_elsewhere.dump() == before
    assert people([chips[0], chips[1], chips[3]]) == [wanted(person) for person in world.people[:3]]
    assert [c.atr[-4:].hex() for c in (chips[0], chips[1], chips[3])] == ["00000001", "00000002", "00000003"]


def test_a_blank_chip_of_another_maker_is_not_written_to(bench, world):
    """Its transport key is another: one try is gone, the number it came with is still its own."""
    profile = load("blank")
    other = dualcos.card(msgspec.structs.replace(profile, keys=msgspec.structs.replace(profile.keys, label="x")))
    good = blank()
    assert bench.run([BATCH, "--only", "1"], {"Desk": [other, good]}) == 0
    bench.heard("WRONG_CARD: this blank chip does not take the transport key", "card 1 made")
    assert other.atr[-4:].hex().upper() == "0000A1B0"
    assert people([good]) == [wanted(world.people[0])]


def test_a_killed_program_goes_on_with_the_very_chip(bench, world):
    one, other = blank(), blank()
    program = lambda: bench.program  # noqa: E731 - started later
    assert bench.run([BATCH, "--only", "1"], {"Desk": [Killed(one, program, 500)]}) == -signal.SIGKILL
    assert bench.run([BATCH, "--only", "1"], {"Desk": [other, one]}) == 0
    bench.heard("NO_ROW: only half-made cards are left: chip 00000001 of card 1", "card 1 made")
    assert people([one]) == [wanted(world.people[0])]
    assert other.dump() == blank().dump()


def test_a_lost_chip_is_written_off(bench, world):
    lost, other = blank(), blank()
    assert bench.run([BATCH, "--only", "1"], {"Desk": [lambda slot: Pulled(lost, slot, 100)]}) == 1
    assert "1 unfinished" in bench.rest
    assert ",failed\n" in (bench.folder / "out" / "feedback.csv").read_text("utf-8").replace("\r", "")
    words = [BATCH, "--only", "1", "--write-off"]
    assert bench.run([*words, "2"], {}) == 2
    bench.heard("chip 00000002 is not in the register: only a half-made one is written off")
    assert bench.run([*words, "1"], {"Desk": [lost, other]}) == 0
    bench.heard(
        "SPOILED: chip 00000001 is card 1 of batch BOTH, written off", "making card 1 in chip 00000002", "card 1 made"
    )
    assert people([other]) == [wanted(world.people[0])]


@pytest.mark.usefixtures("bench")
@pytest.mark.parametrize("link", ["card", "feedback"])
def test_two_readers_step_by_step(world, chips, tmp_path, link):
    """The first body at two readers, then the second, which reads the cards and gets them in another order."""
    two = Bench(world, tmp_path, ("Left", "Right"))
    cards = [dualcos.open_card(path, detached=True) for path in card_files(chips)[:3]]
    first = ["s.perso", "--mode", "social", "--only-store=social", "--stock", "social.db"]
    assert two.run(first, {"Left": [blank(), cards[0]], "Right": [cards[1]]}) == 0, "\n".join(two.said)
    two.heard("NOT_INITIALISED: chip 0000A1B0 has no environment for this side yet")
    assert "2 made" in two.rest
    again = Bench(world, tmp_path)
    second = ["k.perso", "--mode", "bank", "--only-store=bank", "--stock", "bank.db", "--link", link, "-o", "out2"]
    second += ["--feedback", "first.csv"] if link == "feedback" else []
    (tmp_path / "out" / "feedback.csv").rename(tmp_path / "first.csv")
    pulled = lambda slot: Pulled(cards[0], slot, 60)  # noqa: E731
    assert again.run(second, {"Desk": [cards[2], cards[1], pulled, cards[0], cards[1]]}) == 0
    again.heard("FIRST_SIDE_OPEN", "made", "unfinished at bank", "made", "this card is made already")
    assert {person[0] for person in people(cards[:2])} == {person.social["ssn"] for person in world.people[:2]}
    assert set(people(cards[:2])) <= {wanted(person) for person in world.people}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--cards", "x"], "--cards is for card files, --pcsc for readers"),
        (["--mode", "central", "--link", "card"], "--link is for the second body"),
        (["--pcsc", "Nobody"], "no one reader is called 'Nobody'; there are: Desk 00 00"),
        (["--pcsc", "Desk,Desk"], "names a reader twice"),
        (["--write-off", "xyz"], "eight hexadecimal digits"),
    ],
)
def test_a_mistake_is_one_line(bench, words, said):
    assert bench.run([BATCH, *words], {}) == 2
    assert len(bench.said) == 1
    bench.heard(said)


def test_no_service(bench, world, capsys, monkeypatch):
    monkeypatch.setenv("PCSCLITE_CSOCK_NAME", str(bench.folder / "nobody"))
    stores = ["--maker", str(world.folder / "maker"), "--lock", f"file:{world.folder / 'lock'}"]
    assert run(["personalise", "--mode", "chips", "-o", str(bench.folder / "o"), *stores, "--pcsc", "Desk"]) == 2
    assert "no PC/SC service answers" in capsys.readouterr().err
