"""A card that is none of ours, with two applications: as it should be, and with one mistake at a time.

It knows nothing of dualcos. Each application has a total, a PIN with three tries, a key, and its random numbers; what
the PIN or the key has opened ends when the application is left.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from dualcos.lab.fuzzing import OwnApplication, OwnDialogue

h = bytes.fromhex
OK, REFUSED, BLOCKED, NOTHING_THERE, UNKNOWN = h("9000"), h("6982"), h("6983"), h("6985"), h("6D00")
PIN, KEY = b"\x73\x19\x55\x08", b"key of 8"
NAMES = {"wallet": h("F000000001"), "bonus": h("F000000002")}
FETCH, CHALLENGE, PROVE = h("00C0000004"), h("0084000008"), h("0082000008")
VERIFY, ADD, TOTAL, CLEAR = h("0020000004") + PIN, h("80500000020005"), h("8052000002"), h("80540000")


class Lasting:
    """What an application keeps without power."""

    def __init__(self):
        self.total, self.tries, self.drawn = 0, 3, 0


class TwoApplications:
    """As it should be."""

    atr = h("3B00")

    def __init__(self):
        self.kept = {name: Lasting() for name in NAMES.values()}
        self.power_on()

    def power_on(self):
        self.name, self.open, self.challenge = b"", False, b""
        return self.atr

    def reset(self):
        return self.power_on()

    def power_off(self):
        self.power_on()

    def snapshot(self):
        return {name: vars(kept).copy() for name, kept in self.kept.items()}

    def restore(self, snapshot):
        for name, kept in self.kept.items():
            vars(kept).update(snapshot[name])

    def select(self, name):
        self.name, self.open, self.challenge = name, False, b""

    def exchange(self, command):
        head, data = command[:4], command[5:]
        if head == h("00A40400") and len(data) == command[4] and data in self.kept:
            self.select(data)
            return OK
        if not self.name:
            return NOTHING_THERE
        mine = self.kept[self.name]
        if head == VERIFY[:4] and len(data) == 4:
            return self.verify(mine, data)
        if head == CHALLENGE[:4]:
            mine.drawn += 1
            self.challenge = self.name + mine.drawn.to_bytes(3, "big")
            return self.challenge + OK
        if head == PROVE[:4]:
            challenge, self.challenge = self.challenge, b""
            return self.opens(bool(challenge) and data == xor(challenge))
        if head == ADD[:4] and len(data) == 2:
            mine.total = (mine.total + int.from_bytes(data, "big")) % 0x10000
            return OK
        if head == TOTAL[:4]:
            return self.total(mine) + OK
        if head == CLEAR[:4]:
            mine.total = 0 if self.open else mine.total
            return OK if self.open else REFUSED
        return UNKNOWN

    def total(self, mine):
        return mine.total.to_bytes(2, "big")

    def opens(self, right):
        self.open = right
        return OK if right else REFUSED

    def verify(self, mine, pin):
        if not mine.tries:
            return BLOCKED
        mine.tries = 3 if pin == PIN else mine.tries - 1
        self.open = pin == PIN
        return OK if self.open else bytes((0x63, 0xC0 | mine.tries))


def xor(challenge):
    return bytes(one ^ other for one, other in zip(challenge, KEY, strict=True))


class OneBuffer(TwoApplications):
    """The last total that was said is said again, whoever asks."""

    said = b""

    def power_on(self):
        self.said = b""
        return super().power_on()

    def exchange(self, command):
        answer = super().exchange(command)
        if command[:4] == ADD[:4] and answer == OK:
            self.said = self.total(self.kept[self.name])
        return self.said + OK if command[:4] == TOTAL[:4] and self.said and self.name else answer


class Sums(TwoApplications):
    """What is added is answered by the sum of both totals."""

    def exchange(self, command):
        answer = super().exchange(command)
        both = sum(kept.total for kept in self.kept.values())
        return both.to_bytes(4, "big") + OK if command[:4] == ADD[:4] and answer == OK else answer


class FetchedSums(Sums):
    """The same, said when it is asked for, as over T=0; it waits until then, whatever comes between."""

    waiting = b""

    def exchange(self, command):
        if command[:2] == FETCH[:2]:
            return self.waiting or NOTHING_THERE
        answer = super().exchange(command)
        if len(answer) == 2:
            return answer
        self.waiting = answer
        return bytes((0x61, len(answer) - 2))

    def restore(self, snapshot):
        super().restore(snapshot)
        self.waiting = b""


class OneRight(TwoApplications):
    """What was opened in one application is open in the other."""

    def select(self, name):
        opened = self.open
        super().select(name)
        self.open = opened


class OnePin(TwoApplications):
    """Both have the same tries."""

    def verify(self, mine, pin):
        both = self.kept.values()
        mine.tries = min(each.tries for each in both)
        answer = super().verify(mine, pin)
        for each in both:
            each.tries = mine.tries
        return answer


class ResetForgetsNothing(TwoApplications):
    """A warm reset leaves everything as it was."""

    def reset(self):
        return self.atr


class Echo(TwoApplications):
    """A long name makes its code fall over."""

    def exchange(self, command):
        if command[1:2] == b"\xa4":
            return [super().exchange(command)][len(command) > 10]
        return super().exchange(command)


class Clock(TwoApplications):
    """It does not draw its random numbers from what is restored."""

    ticks = 0

    def exchange(self, command):
        answer = super().exchange(command)
        Clock.ticks += 1
        return Clock.ticks.to_bytes(8, "big") + OK if command[:4] == CHALLENGE[:4] and self.name else answer


class ChallengeStays(TwoApplications):
    """A random number may be answered twice."""

    def exchange(self, command):
        challenge = self.challenge
        answer = super().exchange(command)
        if command[:4] == PROVE[:4]:
            self.challenge = challenge
        return answer


class AnyProof(TwoApplications):
    """Only the first half of a proof is compared."""

    def exchange(self, command):
        if command[:4] == PROVE[:4] and self.challenge and command[5:9] == xor(self.challenge)[:4]:
            command = PROVE + xor(self.challenge)
        return super().exchange(command)


class ForeignChallenge(TwoApplications):
    """A random number outlives the application that drew it."""

    def select(self, name):
        challenge = self.challenge
        super().select(name)
        self.challenge = challenge


def prove(_choice):
    challenge = (yield CHALLENGE)[:-2]
    yield PROVE + xor(challenge)


def present_wrongly(choice):
    yield VERIFY[:5] + bytes((PIN[0] ^ 1 + choice % 8,)) + PIN[1:]


COMMANDS = {"CLEAR": CLEAR, "ADD": ADD, "TOTAL": TOTAL, "GET CHALLENGE": CHALLENGE, "VERIFY": VERIFY}
DIALOGUES = {
    "prove the key": OwnDialogue(prove, earns=True, guarded=True),
    "present a wrong PIN": OwnDialogue(present_wrongly, spends=True),
}
APPLICATIONS = tuple(
    OwnApplication(label, h("00A4040005") + name, COMMANDS, secret={"VERIFY"}, dialogues=DIALOGUES)
    for label, name in NAMES.items()
)


class Mistake(NamedTuple):
    """A card with one mistake, and a property that must see it."""

    card: Callable[[], TwoApplications]
    seen_by: str


MISTAKES = (
    Mistake(OneBuffer, "F1"),
    Mistake(OneBuffer, "F4"),
    Mistake(Sums, "F1"),
    Mistake(OneRight, "F1"),
    Mistake(OneRight, "F5"),
    Mistake(OneRight, "F5a"),
    Mistake(OneRight, "F6"),
    Mistake(OnePin, "F19"),
    Mistake(ResetForgetsNothing, "F5"),
    Mistake(Echo, "F17"),
    Mistake(Clock, "F18"),
    Mistake(ChallengeStays, "F15"),
    Mistake(ChallengeStays, "F15a"),
    Mistake(AnyProof, "F11"),
    Mistake(ForeignChallenge, "F15b"),
)
