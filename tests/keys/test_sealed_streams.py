"""What is sealed as it comes is the same as what is sealed whole; what fails at either end is told as it was said."""

from __future__ import annotations

from io import BytesIO, RawIOBase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys.custody.sealing import Lock, SealError, fresh_key_file, new_key_file

KEY_FILE, (OTHER, PUBLIC) = new_key_file(), fresh_key_file()
CHUNKS = st.lists(st.binary(max_size=300) | st.integers(0, 70_000).map(bytes), max_size=6)


@given(CHUNKS)
def test_any_chunks_come_back_as_one(chunks):
    file = BytesIO()
    Lock(KEY_FILE).seal_into(file, chunks, PUBLIC)
    for opens in (KEY_FILE, OTHER):
        assert Lock(opens).unseal(file.getvalue()) == b"".join(chunks)


def test_a_stranger_and_a_pass_phrase_are_as_ever():
    file, by_phrase = BytesIO(), BytesIO()
    Lock(KEY_FILE).seal_into(file, [b"plain", b" text"])
    with pytest.raises(SealError):
        Lock(OTHER).unseal(file.getvalue())
    phrase = Lock("a pass phrase of the tests", phrase=True)
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
