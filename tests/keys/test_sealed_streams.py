"""What is sealed as it comes is the same as what is sealed whole; what fails at either end is told as it was said."""

from __future__ import annotations

from io import BytesIO, RawIOBase

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyrage import DecryptError, passphrase

from keys.custody.phrase_sealing import sealed_under_phrase
from keys.custody.sealing import Lock, SealError, fresh_key_file, new_key_file

KEY_FILE, (OTHER, PUBLIC) = new_key_file(), fresh_key_file()
PHRASE = "a pass phrase of the tests"
CHUNKS = st.lists(st.binary(max_size=300) | st.integers(0, 70_000).map(bytes), max_size=6)


@given(CHUNKS)
def test_any_chunks_come_back_as_one(chunks):
    file = BytesIO()
    Lock(KEY_FILE).seal_into(file, chunks, PUBLIC)
    for opens in (KEY_FILE, OTHER):
        assert Lock(opens).unseal(file.getvalue()) == b"".join(chunks)


@pytest.mark.parametrize("size", [0, 1, 65535, 65536, 65537, 131071, 131072, 131073])
def test_another_program_opens_what_is_sealed_under_a_phrase(size):
    """The chunks of the format are 65536 bytes; the last is never empty but in an empty file."""
    plain = bytes(at % 251 for at in range(size))
    for step in (size or 1, 1000, 65536):
        pieces = [plain[at : at + step] for at in range(0, size, step)]
        made = b"".join(sealed_under_phrase(PHRASE, pieces, work=4))
        assert passphrase.decrypt(made, PHRASE) == plain
        assert len(made) == len(b"".join(sealed_under_phrase(PHRASE, [plain], work=4)))
        assert plain[:16] not in made or size < 16
    for at in (30, 60, 100, len(made) - 1):
        with pytest.raises(DecryptError):
            passphrase.decrypt(made[:at] + bytes((made[at] ^ 1,)) + made[at + 1 :], PHRASE)
    with pytest.raises(DecryptError):
        passphrase.decrypt(made, "another pass phrase")


def test_no_file_is_sealed_twice_alike():
    made = {b"".join(sealed_under_phrase(PHRASE, [b"x"], work=4)) for _ in range(4)}
    assert len(made) == 4
    assert len({one.split(b"\n")[1] for one in made}) == 4


def test_a_stranger_and_a_pass_phrase_are_as_ever():
    file, by_phrase = BytesIO(), BytesIO()
    Lock(KEY_FILE).seal_into(file, [b"plain", b" text"])
    with pytest.raises(SealError):
        Lock(OTHER).unseal(file.getvalue())
    phrase = Lock(PHRASE, phrase=True)
    phrase.seal_into(by_phrase, [b"plain", b" text"])
    assert phrase.unseal(by_phrase.getvalue()) == b"plain text"
    assert b"plain" not in file.getvalue() + by_phrase.getvalue()


class Full(RawIOBase):
    """A disk with no space."""

    def write(self, _):
        raise OSError(28, "No space left on device")


def broken_off():
    yield b"x" * 100_000
    raise LookupError("the third row")


@pytest.mark.parametrize(
    ("file", "chunks", "fault"), [(BytesIO(), broken_off(), LookupError), (Full(), [b"x"] * 9, OSError)]
)
def test_what_an_end_says_is_heard(file, chunks, fault):
    with pytest.raises(fault, match=r"third row|No space"):
        Lock(KEY_FILE).seal_into(file, chunks)
