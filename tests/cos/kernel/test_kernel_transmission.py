"""61xx, 6Cxx and GET RESPONSE at the APDU boundary (SSC-2 §9.3, SSC-5 §6.6, §6.10.4; JR/T 0025.3 §9.3.1)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apdu.command import CommandAPDU
from apdu.response import ResponseAPDU
from apdu.status import SW, StatusWord
from cos.kernel.refusal import Refusal
from cos.kernel.transmission import Transmission, TransmissionOptions
from firewall.trace import Reason, Setting

WITH_DATA = CommandAPDU(0, 0xA4, 4, 0, b"name")
WITHOUT = CommandAPDU(0, 0xB0, 0, 0, le=4)


def card(**options) -> Transmission:
    return Transmission(TransmissionOptions(**options))


def fetch(transmission: Transmission, le: int | None) -> ResponseAPDU:
    return transmission.get_response(CommandAPDU(0, 0xC0, 0, 0, le=le))


def refused(call) -> tuple[int, Reason]:
    with pytest.raises(Refusal) as caught:
        call()
    return caught.value.sw, caught.value.reason


# --- Le of a read ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [{}, {"le00": "data"}])
def test_the_right_le_is_right(options):
    for length in (1, 9, 255, 256):
        card(**options).expect(length, length)


@pytest.mark.parametrize("le", [None, 8, 10, 256])
def test_any_other_le_is_6cxx_with_the_right_one(le):
    # A Le that asks for all there is would be answered under another setting.
    settings = (Setting("chip.transmission.le00", "6Cxx", "data"),) if le in (None, 256) else ()
    wanted = (0x6C09, Reason("length", "another Le", "", {"expected": 9, "received": le}, settings))
    assert refused(lambda: card().expect(le, 9)) == wanted


def test_le00_gives_the_data_where_the_profile_says_so():
    lenient = card(le00="data")
    lenient.expect(256, 9)
    lenient.expect(None, 9)
    for le in (8, 10, 255):
        assert refused(lambda le=le: lenient.expect(le, 9))[0] == 0x6C09


def test_256_bytes_are_announced_as_00():
    assert refused(lambda: card().expect(4, 256))[0] == 0x6C00


# --- the answer of a command with data ------------------------------------------------------------------------


def test_a_t0_card_keeps_the_data_behind_61xx():
    transmission = card()
    assert transmission.shape(WITH_DATA, ResponseAPDU(b"12345")) == ResponseAPDU(b"", StatusWord(0x6105))
    assert fetch(transmission, 5) == ResponseAPDU(b"12345", SW.OK)


def test_a_warning_goes_out_first_and_bare():
    """JR/T 0025.3 annex A.7: the terminal fetches after 62xx, too."""
    transmission = card()
    shaped = transmission.shape(WITH_DATA, ResponseAPDU(b"12345", SW.APPLICATION_INVALIDATED))
    assert shaped == ResponseAPDU(b"", SW.APPLICATION_INVALIDATED)
    assert fetch(transmission, 5) == ResponseAPDU(b"12345", SW.OK)


@pytest.mark.parametrize(
    ("options", "command", "response"),
    [
        ({}, WITH_DATA, ResponseAPDU(b"", SW.OK)),
        ({}, WITH_DATA, ResponseAPDU(b"", SW.WRONG_DATA)),
        ({}, WITHOUT, ResponseAPDU(b"1234", SW.OK)),
        ({"case4": "direct"}, WITH_DATA, ResponseAPDU(b"1234", SW.OK)),
    ],
)
def test_everything_else_goes_out_as_it_is(options, command, response):
    transmission = card(**options)
    assert transmission.shape(command, response) == response
    assert refused(lambda: fetch(transmission, 4))[0] == 0x6F00  # nothing waits


# --- GET RESPONSE ---------------------------------------------------------------------------------------------


def waiting(data: bytes) -> Transmission:
    transmission = card()
    transmission.shape(WITH_DATA, ResponseAPDU(data))
    return transmission


@pytest.mark.parametrize("le", [None, 256, 1])
def test_nothing_waits_at_first(le):
    wanted = (0x6F00, Reason("state", "no answer waits"))
    assert refused(lambda: fetch(card(), le)) == wanted


@pytest.mark.parametrize("le", [None, 256, 6])
def test_too_much_is_6cxx_and_the_data_still_wait(le):
    transmission = waiting(b"12345")
    about = {"expected": 5, "received": le or 256}
    assert refused(lambda: fetch(transmission, le)) == (0x6C05, Reason("length", "fewer bytes wait", about=about))
    assert fetch(transmission, 5) == ResponseAPDU(b"12345", SW.OK)


@given(st.binary(min_size=1, max_size=300), st.lists(st.integers(1, 256), max_size=6))
def test_pieces_are_the_data_in_order(data, sizes):
    transmission, rest = waiting(data), data
    for size in sizes:
        if not rest:
            assert refused(lambda size=size: fetch(transmission, size))[0] == 0x6F00
        elif size > len(rest):
            assert refused(lambda size=size: fetch(transmission, size))[0] == 0x6C00 | len(rest) & 0xFF
        else:
            piece, rest = rest[:size], rest[size:]
            left = 0x6100 | (len(rest) if len(rest) < 256 else 0) if rest else 0x9000
            assert fetch(transmission, size) == ResponseAPDU(piece, StatusWord(left))


def test_le_00_takes_256_bytes_where_they_wait():
    transmission = waiting(bytes(256))
    assert fetch(transmission, 256) == ResponseAPDU(bytes(256), SW.OK)
    assert fetch(waiting(bytes(300)), None) == ResponseAPDU(bytes(256), StatusWord(0x612C))


def test_any_other_command_drops_what_waits():
    """F5: no answer of before is given to whoever asks next; whether the new one has an answer or not."""
    for response in (ResponseAPDU(b"", SW.OK), ResponseAPDU(b"", SW.WRONG_DATA), ResponseAPDU(b"read", SW.OK)):
        transmission = waiting(b"12345")
        assert transmission.shape(WITHOUT, response) == response
        assert refused(lambda transmission=transmission: fetch(transmission, 5))[0] == 0x6F00
    transmission = waiting(b"12345")
    transmission.shape(WITH_DATA, ResponseAPDU(b"", SW.WRONG_DATA))
    assert refused(lambda: fetch(transmission, 5))[0] == 0x6F00


def test_a_new_answer_replaces_what_waits():
    transmission = waiting(b"12345")
    transmission.shape(WITH_DATA, ResponseAPDU(b"67"))
    assert fetch(transmission, 2) == ResponseAPDU(b"67", SW.OK)


def test_the_defaults_are_those_of_a_t0_card():
    options = TransmissionOptions()
    assert (options.protocol, options.case4, options.le00, options.trailing_le) == ("T=0", "61xx", "6Cxx", "ignore")
    assert options.get_response == "same class"


# --- under which class it is fetched --------------------------------------------------------------------------


def fetching_classes(transmission: Transmission) -> list[int]:
    return [cla for cla in range(256) if transmission.fetched_by(cla)]


@pytest.mark.parametrize("cla", [0x00, 0x04, 0x80, 0x84, 0xB0, 0xBF])
@pytest.mark.parametrize(("setting", "own"), [("same class", True), ("class 00", False)])
def test_what_waits_is_fetched_under_class_00_or_by_setting_its_commands_own(cla, setting, own):
    transmission = card(get_response=setting)
    assert fetching_classes(transmission) == []
    transmission.shape(WITH_DATA._replace(cla=cla), ResponseAPDU(b"12345"))
    wanted = sorted({0, cla}) if own else [0]
    assert fetching_classes(transmission) == wanted
    fetch(transmission, 2)  # in pieces: the rest is still that command's
    assert fetching_classes(transmission) == wanted
    fetch(transmission, 3)
    assert fetching_classes(transmission) == []


def test_the_class_is_that_of_the_last_answer_and_goes_with_it():
    transmission = card()
    transmission.shape(WITH_DATA._replace(cla=0x80), ResponseAPDU(b"12345"))
    transmission.shape(WITH_DATA._replace(cla=0xB0), ResponseAPDU(b"67"))
    assert fetching_classes(transmission) == [0x00, 0xB0]
    transmission.drop()
    assert fetching_classes(transmission) == []
    assert refused(lambda: fetch(transmission, 2))[0] == 0x6F00
