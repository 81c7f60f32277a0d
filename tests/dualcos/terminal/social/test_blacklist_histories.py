"""Whatever is lost, repeated, reordered, spoilt or cut between publisher and terminal, and however often either starts
anew: the terminal holds a list that was published, never an older one than before, and the last one after one pull
that reaches it.
"""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from dualcos.issuance.bureau.blacklist_publisher import BlacklistPublisher, PublisherError, PublisherFile
from dualcos.messages.blacklist import Listed, RangeNamed
from dualcos.messages.blacklist_pieces import fitting, sent_from
from dualcos.messages.social_services import Answer, BlacklistAsked, NoAnswer, Request
from dualcos.terminal.social.blacklist_held import BlacklistSettings, HeldBlacklist, VerdictKind
from tests.blacklist_lists import CODES, KEY, NUMBERS, OTHER_KEY, PUBLISHER, card, line, named, numbers, says

BEGINNING = datetime(2026, 11, 29, 12)  # noqa: DTZ001 - a wall clock, as terminals have
RANGES = (("A00000000", "A00000015"), ("A00000010", "B00000000"))
LAST_DAYS = ("20261129", "20261130", "20361231")
LONGEST_ANSWER = 1500
"""Bytes: one increment or two, and of a whole list a piece."""
WAYS = ("sound", "lost", "some lost", "repeated", "reordered", "spoilt", "cut", "foreign", "stored")

entries = st.one_of(
    st.builds(card, st.integers(0, 3), st.sampled_from(["02", "03"]), until=st.sampled_from(LAST_DAYS)),
    st.builds(
        lambda ends, until: numbers(*ends, "99", until=until), st.sampled_from(RANGES), st.sampled_from(LAST_DAYS)
    ),
)
names = st.one_of(
    st.builds(named, st.integers(0, 3)),
    st.builds(lambda ends: RangeNamed(first=ends[0], last=ends[1]), st.sampled_from(RANGES)),
)
steps = st.one_of(
    st.tuples(st.just("add"), entries),
    st.tuples(st.just("remove"), names),
    st.tuples(st.just("publish"), st.booleans()),
    st.tuples(st.just("pull"), st.sampled_from(WAYS)),
    st.tuples(st.just("start anew"), st.none()),
    st.tuples(st.just("wait"), st.sampled_from([1, 20, 24 * 8])),
    st.tuples(st.just("set back"), st.none()),
)


class World:
    """A publisher, a terminal, and what lies between; ``published``: what each list was, kept apart from both."""

    def __init__(self, folder: Path, draw: st.DataObject) -> None:
        self._draw = draw
        self._path, self._folder = folder / "list", folder / "held"
        self._folder.mkdir()
        self._clock = BEGINNING
        file = PublisherFile(publisher=PUBLISHER, regions=("990000",), public_key=KEY.public.hex().upper(), kept=3)
        self.publisher = BlacklistPublisher.begin(self._path, file)
        self.terminal = self._started()
        self._running = itertools.count()
        self._way = "sound"
        self._wanted: dict[str, Listed] = {}
        self._backup = (self._path.read_bytes(), {})
        self._seen: list[str] = []
        self.published: dict[int, list[list[Listed]]] = {0: [[]]}

    @property
    def now(self) -> str:
        return self._clock.strftime("%Y%m%d%H%M%S")

    def _started(self) -> HeldBlacklist:
        return HeldBlacklist(self._folder, BlacklistSettings(PUBLISHER, KEY.public, increments=4))

    def step(self, kind: str, what: object) -> None:
        before = self.terminal.sequence
        getattr(self, f"_{kind.replace(' ', '_')}")(what)
        assert self.terminal.sequence >= before, "it went back"
        self.demand_published()

    def demand_published(self) -> None:
        """The terminal says what one of the lists with its number says."""
        assert self._verdicts() in [self._expected(each) for each in self.published[self.terminal.sequence]]

    def _verdicts(self) -> list[str]:
        found = [self.terminal.verdict(code, number, self.now) for code in CODES for number in NUMBERS]
        assert all((each.kind is VerdictKind.LISTED) <= bool(each.reason) for each in found)
        return [each.reason for each in found]

    def _expected(self, listed: Iterable[Listed]) -> list[str]:
        there = [each for each in listed if each.until >= self.now[:8]]
        cards = {each.key: each.reason for each in there if not isinstance(each, RangeNamed)}
        ranges = [each for each in there if isinstance(each, RangeNamed)]
        return [
            cards.get(code + number, "99" if any(each.first <= number <= each.last for each in ranges) else "")
            for code in CODES
            for number in NUMBERS
        ]

    # --- what happens ---

    def _add(self, entry: Listed) -> None:
        if entry.until >= self.now[:8]:
            self.publisher.add([entry], self.now)
            self._wanted[entry.key] = entry

    def _remove(self, name) -> None:
        try:
            self.publisher.remove([name])
        except PublisherError:
            assert name.key not in self._wanted
        else:
            del self._wanted[name.key]

    def _publish(self, whole: bool) -> None:
        self._seen += self.publisher.publish(KEY, self.now, whole=whole)
        self._wanted = {key: each for key, each in self._wanted.items() if each.until >= self.now[:8]}
        self.published.setdefault(self.publisher.standing().sequence, []).append(list(self._wanted.values()))

    def _wait(self, hours: int) -> None:
        self._clock += timedelta(hours=hours)

    def _start_anew(self, _: None) -> None:
        before = self.terminal.sequence
        self.terminal = self._started()
        assert (self.terminal.sequence, self.terminal.fault) == (before, "")
        self.publisher = BlacklistPublisher(self._path)

    def _set_back(self, _: None) -> None:
        """The bureau puts back a copy of its file, or makes one."""
        if self._draw.draw(st.booleans()):
            self._backup = (self._path.read_bytes(), dict(self._wanted))
        else:
            self._path.write_bytes(self._backup[0])
            self._wanted = dict(self._backup[1])
            self.publisher = BlacklistPublisher(self._path)

    def _pull(self, way: str) -> None:
        self._way = way
        try:
            taken = self.terminal.pull(self, "000000000001", self._running.__next__, self.now)
        except NoAnswer:
            assert way == "lost"
            return
        if way == "sound" and self.publisher.standing().sequence > self.terminal.sequence:
            raise AssertionError(f"it was told everything and did not take it: {taken}")

    def ask(self, request: Request) -> Answer:
        assert isinstance(request, BlacklistAsked)
        lists = list(self.publisher.since(request.after, request.history))
        self._seen += lists
        return fitting(sent_from(request, self._underway(lists)), LONGEST_ANSWER)

    def _underway(self, lists: list[str]) -> list[str]:
        draw = self._draw.draw
        if self._way == "lost":
            raise NoAnswer("lost")
        if self._way == "some lost":
            return [each for each in lists if draw(st.booleans())]
        if self._way == "repeated":
            return lists + lists[: draw(st.integers(0, 2))] + lists
        if self._way == "reordered":
            return draw(st.permutations(lists))
        if self._way == "stored":  # somebody kept all that ever passed
            return draw(st.lists(st.sampled_from(self._seen), max_size=4)) if self._seen else []
        if self._way == "foreign":
            foreign = says(card(0, "04"), issued=self.now)
            return [line(foreign, OTHER_KEY).decode(), *lists]
        if lists and self._way in ("spoilt", "cut"):
            at = draw(st.integers(0, len(lists) - 1))
            place = draw(st.integers(0, len(lists[at]) - 1))
            rest = chr(ord(lists[at][place]) ^ 1) + lists[at][place + 1 :] if self._way == "spoilt" else ""
            lists[at] = lists[at][:place] + rest
        return lists


@settings(max_examples=80)
@given(st.lists(steps, max_size=25), st.data())
def test_the_terminal_holds_what_was_published(history, draw):
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder), draw)
        for kind, what in history:
            world.step(kind, what)
        while world.publisher.standing().sequence <= world.terminal.sequence:
            world.step("publish", False)
        world.step("pull", "sound")
        assert world.terminal.sequence == world.publisher.standing().sequence
        last = world.published[world.terminal.sequence][-1]
        assert world._verdicts() == world._expected(last)
