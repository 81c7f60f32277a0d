"""The maker's first steps on a chip: each of them may be the only one that the card refuses, and the maker stops there
and says which it was (SSC-10 §5). What exists already is taken for made only by who takes up a half-made card.
"""

import pytest

from cos.kernel.directory_headers import DirectoryKind
from dualcos.dialogue.driver import StepRefused, perform
from dualcos.dialogue.making import Maker, create, directory
from dualcos.dialogue.personalise_birth import BirthOrder, birth
from keys.algorithms import TDES
from keys.key_handle import KeyHandle

TRANSPORT, MASTER, LAST, OWN = (KeyHandle(TDES, bytes((each,)) * 16) for each in (0x1F, 0x2F, 0x3D, 0x4C))
SSSE = directory(0xDDF1, b"sx1.sh.TEST", DirectoryKind.DDF)
ENVIRONMENT = create(SSSE.frame())
ORDER = BirthOrder(bytes(13), TRANSPORT, MASTER, LAST, ((SSSE, OWN),), mf_fci=bytes.fromhex("6F0784055A5A5A5A5A"))


class Refusing:
    """A link that says yes to everything but commands that ``refused`` knows; notes what it was sent."""

    def __init__(self, word, refused):
        self.word, self.refused, self.sent = bytes.fromhex(word), refused, []

    def exchange(self, command):
        self.sent.append(command)
        if self.refused(command):
            return self.word
        return (bytes(8) if command[1] == 0x84 else b"") + b"\x90\x00"


def is_fci_file(command):
    """CREATE FILE of EF23, in which the MF's FCI stands."""
    return command.startswith(bytes.fromhex("80E00100")) and b"\xef\x23" in command


def is_environment(command):
    return command == ENVIRONMENT


def commands(maker, word, refused):
    link = Refusing(word, refused)
    perform(link, birth(ORDER, maker))
    return link.sent


@pytest.mark.parametrize("word", ["6A89", "6A84", "6985", "6A88"])
@pytest.mark.parametrize(
    ("refused", "said"),
    [(is_fci_file, r"create the MF's FCI file"), (is_environment, r"create environment DDF1")],
    ids=["FCI", "environment"],
)
def test_a_fresh_card_refuses_one_creation(refused, said, word):
    assert sum(map(refused, commands(Maker(), "6A89", lambda _: False))) == 1
    with pytest.raises(StepRefused, match=rf"{said} \(80E00100\) was answered {word}"):
        commands(Maker(), word, refused)
    if word == "6A89":  # it exists: whoever takes up a half-made card goes on
        assert sum(map(refused, commands(Maker(resuming=True), word, refused))) == 1
        return
    with pytest.raises(StepRefused, match=rf"{said} \(80E00100\) was answered {word}"):
        commands(Maker(resuming=True), word, refused)
