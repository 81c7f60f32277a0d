"""``make lab-kills``: campaigns killed, pulled and shuffled, real processes and a real service; what comes of each is
what comes of one that was left alone.

* in process: a campaign is killed with SIGKILL at random points and goes on; verdicts, texts, transcripts are equal;
* in a reader: likewise, and a hand pulls the card at random points. A vector that was being played is inconclusive and
  says so, all others are equal; a card that counts has seen each vector that spoils it once, at most;
* in another order: shuffled, all verdicts are equal.

Points are drawn by what has happened (lines kept, commands seen), so that they are hit on any machine.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from msgspec import structs

import dualcos
from dualcos.lab.campaign.campaign_book import INTERRUPTED
from dualcos.lab.evidence.campaign_file import chain_of
from dualcos.lab.evidence.campaign_records import VectorJudged
from dualcos.lab.evidence.record_order import disorder, verdicts
from dualcos.reader.embedded import EmbeddedService
from dualcos.reader.hot_plug import HotPlug
from dualcos.reader.slot import Slot
from tests.dualcos.lab.campaign.spoiling_vectors import CountingCard, write_vectors, wrong_pin

ROOT = Path(__file__).parents[4]
READER = "dualcos Card Slot 00 00"
_A_MOMENT = 0.002


class Wrong(AssertionError):
    """What came of a campaign is not what should have."""


def judged(campaign: Path) -> dict[str, VectorJudged]:
    """The verdicts in a campaign file, without their times, of a file in which every record is where it may be."""
    records = chain_of(campaign.read_bytes()).records
    wrong = disorder(records)
    if wrong is not None:
        raise Wrong(f"{campaign}: record {wrong.number}: {wrong.text}")
    return {name: structs.replace(one, at="", seconds=0.0) for name, one in verdicts(records).items()}


def start(words: list[str], environment: dict[str, str] | None = None) -> subprocess.Popen[str]:
    """``dualcos lab run WORDS`` as a process of its own."""
    paths = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    return subprocess.Popen(  # noqa: S603 - ourselves
        [sys.executable, "-m", "dualcos", "lab", "run", *words, "--json"],
        env={**os.environ, "PYTHONPATH": paths, **(environment or {})},
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Exit code and stderr."""
    _, err = process.communicate()
    return process.returncode, err


def finished(words: list[str], environment: dict[str, str] | None = None) -> None:
    """Run to the end."""
    code, err = ended(start(words, environment))
    if code not in (0, 1, 2) or "Traceback" in err:
        raise Wrong(f"ended with {code}: {err}")


def killed_at(words: list[str], campaign: Path, lines: int, pause: float) -> bool:
    """Start, and kill with SIGKILL once the file has so many lines and a ``pause`` besides. False: it was over."""
    process = start(words)
    while process.poll() is None and _lines(campaign) < lines:
        time.sleep(_A_MOMENT)
    time.sleep(pause)
    alive = process.poll() is None
    process.kill()
    ended(process)
    return alive


def _lines(campaign: Path) -> int:
    return campaign.read_bytes().count(b"\n") if campaign.exists() else 0


def kills_in_process(folder: Path, words: list[str], kills: int, chance: random.Random) -> int:
    """One campaign left alone and one that is killed so often. Returns how many vectors were equal."""
    alone, cut = folder / "alone.campaign", folder / "killed.campaign"
    finished([*words, "--campaign", str(alone)])
    whole = _lines(alone)
    points = sorted(chance.randrange(3, whole - 1) for _ in range(kills))
    hit = sum(killed_at([*words, "--campaign", str(cut)], cut, at, chance.random() * 0.02) for at in points)
    if hit < kills // 2:
        raise Wrong(f"only {hit} of {kills} kills hit a campaign that was still going on")
    finished([*words, "--campaign", str(cut)])
    expected, found = judged(alone), judged(cut)
    if expected != found:
        raise Wrong(f"killed {kills} times, other verdicts: {_apart(expected, found)}")
    print(f"in process: killed {hit} times at lines {points} of {whole}, {len(found)} verdicts equal", flush=True)
    return len(found)


def shuffles(folder: Path, words: list[str], count: int) -> None:
    """The same in other orders."""
    alone = folder / "in-order.campaign"
    finished([*words, "--campaign", str(alone)])
    for number in range(count):
        other = folder / f"shuffled-{number}.campaign"
        finished([*words, "--shuffle", str(number), "--campaign", str(other)])
        if judged(alone) != judged(other):
            raise Wrong(f"shuffled by {number}, other verdicts: {_apart(judged(alone), judged(other))}")
    print(f"in {count} other orders: {len(judged(alone))} verdicts equal", flush=True)


def _apart(expected: dict[str, VectorJudged], found: dict[str, VectorJudged]) -> list[str]:
    return [name for name in {**expected, **found} if expected.get(name) != found.get(name)][:5]


# --- in a reader ------------------------------------------------------------------------------------------------------


class Bay(NamedTuple):
    """A reader with a card that counts, and the hand at it."""

    card: CountingCard
    hand: HotPlug
    environment: dict[str, str]


@contextmanager
def reader(profile: str) -> Iterator[Bay]:
    """Our own PC/SC service with one card."""
    slot = Slot(READER)
    card = CountingCard(dualcos.card(profile, seed=5))
    slot.insert(card)
    with EmbeddedService([slot]) as service:
        yield Bay(card, HotPlug(slot), dict(service.environment))


class Interruption(NamedTuple):
    """After how many more commands, by a kill of the program or a pull of the card, before or after it was done."""

    commands: int
    pull: bool
    pause: float


def interrupted(bay: Bay, words: list[str], how: Interruption) -> bool:
    """Start, and let it be interrupted. False: it was over before."""
    reached = threading.Event()
    act: Callable[[], object] = bay.hand.take if how.pull and not how.pause else reached.set
    bay.card.at[len(bay.card.commands) + how.commands] = act
    process = start(words, bay.environment)
    while process.poll() is None and not reached.is_set() and bay.card.at:
        time.sleep(_A_MOMENT)
    time.sleep(how.pause)
    over = process.poll() is not None and bool(bay.card.at)
    if how.pull:
        bay.hand.take()
    elif process.poll() is None:
        process.kill()
    ended(process)
    bay.card.at.clear()
    bay.hand.put_back()
    return not over


def in_reader(folder: Path, words: list[str], profile: str, plan: list[Interruption]) -> dict[str, VectorJudged]:
    """A campaign on a card in a reader, left alone and interrupted; the verdicts of the latter."""
    alone, cut = folder / "alone-reader.campaign", folder / "cut-reader.campaign"
    words = [*words, "--pcsc", READER, "--profile", profile]
    with reader(profile) as bay:
        finished([*words, "--campaign", str(alone)], bay.environment)
    with reader(profile) as bay:
        hit = sum(interrupted(bay, [*words, "--campaign", str(cut)], how) for how in plan)
        finished([*words, "--campaign", str(cut)], bay.environment)
        twice = [number for number in range(100) if bay.card.times(wrong_pin(number)) > 1]
    if twice:
        raise Wrong(f"spoiling vectors {twice} were played more than once")
    expected, found = judged(alone), judged(cut)
    if expected.keys() != found.keys():
        raise Wrong(f"other vectors were judged: {_apart(expected, found)}")
    left = [name for name, verdict in found.items() if verdict.kind == INTERRUPTED]
    apart = [name for name in found if name not in left and _said(expected[name]) != _said(found[name])]
    if apart:
        raise Wrong(f"interrupted, other verdicts: {apart[:5]}")
    if len(left) > hit:
        raise Wrong(f"{hit} interruptions, but {len(left)} vectors are told to be interrupted")
    print(f"in a reader: {hit} of {len(plan)} hit, {len(left)} interrupted, {len(found) - len(left)} equal", flush=True)
    return found


def _said(verdict: VectorJudged) -> tuple[str, ...]:
    """What does not hang on the card's random numbers, which run on over resets."""
    return verdict.verdict, verdict.where, verdict.text, verdict.requirement, verdict.kind, verdict.vector


def plan_of(kills: int, pulls: int, commands: int, chance: random.Random) -> list[Interruption]:
    """Interruptions spread over so many ``commands``, kills and pulls mixed."""
    each = max(8, commands // max(1, kills + pulls))
    kinds = [False] * kills + [True] * pulls
    chance.shuffle(kinds)
    return [Interruption(chance.randrange(1, 2 * each), pull, chance.choice((0.0, 0.001, 0.005))) for pull in kinds]


def main() -> None:
    """All of it, with the seed said."""
    parser = argparse.ArgumentParser(prog="make lab-kills")
    parser.add_argument("selection", nargs="*", help="in process: default all vectors")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--pulls", type=int, default=10)
    parser.add_argument("--shuffles", type=int, default=0, help="whole sets in another order, besides")
    parser.add_argument("--jobs", default="1")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    asked = parser.parse_args()
    print(f"seed {asked.seed}", flush=True)
    chance = random.Random(asked.seed)  # noqa: S311 - no secret
    words = [*asked.selection, "--jobs", asked.jobs]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if asked.kills:
            kills_in_process(folder, words, asked.kills, chance)
        if asked.shuffles:
            shuffles(folder, words, asked.shuffles)
        if asked.kills + asked.pulls:
            spoiling = [str(write_vectors(folder / "spoil.json", 60)), "--destructive"]
            in_reader(folder, spoiling, "social-2.0", plan_of(asked.kills, asked.pulls, 400, chance))
            (folder / "live").mkdir()
            live = ["ssse", "card"]
            in_reader(folder / "live", live, "social-2.0", plan_of(asked.kills, asked.pulls, 1500, chance))


if __name__ == "__main__":
    main()
