"""What a PC/SC service answers to each call, and what is said of it: every return code with its kind and its words.

The service is a stand-in with the functions of pyscard's ``scard`` and the codes of PC/SC part 5; what a true one does
is in the tests that run pcscd. Each function answers one code, for which the case says what it is to become.
"""

from __future__ import annotations

import re

import pytest

from dualcos.reader import pcsc
from dualcos.reader.pcsc import PcscError, PcscLink, cards_in_readers, readers
from dualcos.reader.silent_card import CardGone, CardMute

ATR = [0x3B, 0x00]
EMPTY, PRESENT, CHANGED = 0x0010, 0x0020, 0x0002
UNKNOWN, TIMEOUT, NO_CARD, NO_SERVICE, NO_READERS = 0x80100009, 0x8010000A, 0x8010000C, 0x8010001D, 0x8010002E
NOT_TRANSACTED, COMM, UNRESPONSIVE, UNPOWERED, REMOVED = 0x80100016, 0x8010002F, 0x80100066, 0x80100067, 0x80100069


class Service:
    """pyscard's functions over one reader called Desk, with a card in it."""

    SCARD_S_SUCCESS = 0
    SCARD_E_UNKNOWN_READER, SCARD_E_TIMEOUT, SCARD_E_NO_SMARTCARD = UNKNOWN, TIMEOUT, NO_CARD
    SCARD_E_NOT_TRANSACTED, SCARD_E_NO_READERS_AVAILABLE = NOT_TRANSACTED, NO_READERS
    SCARD_W_UNRESPONSIVE_CARD, SCARD_W_UNPOWERED_CARD, SCARD_W_REMOVED_CARD = UNRESPONSIVE, UNPOWERED, REMOVED
    SCARD_SCOPE_USER = 0
    SCARD_SHARE_EXCLUSIVE, SCARD_SHARE_SHARED = 1, 2
    SCARD_PROTOCOL_T0, SCARD_PROTOCOL_T1 = 1, 2
    SCARD_PCI_T0, SCARD_PCI_T1 = "T=0", "T=1"
    SCARD_RESET_CARD, SCARD_UNPOWER_CARD = 1, 2
    SCARD_STATE_UNAWARE, SCARD_STATE_CHANGED, SCARD_STATE_PRESENT = 0, CHANGED, PRESENT

    def __init__(self) -> None:
        self.codes: dict[str, int] = {}
        self.names, self.answer, self.states = ["Desk"], [0x90, 0x00], [PRESENT]
        self.held = 0
        """Contexts that nobody has given back."""

    def __getattr__(self, name: str) -> object:
        if not name.startswith("SCard"):
            raise AttributeError(name)
        return getattr(self, re.sub("(?<!^)(?=[A-Z])", "_", name.removeprefix("SCard")).lower())

    def establish_context(self, _):
        code = self.codes.get("EstablishContext", 0)
        self.held += not code
        return code, "context"

    def release_context(self, _):
        self.held -= 1
        return 0

    def list_readers(self, *_):
        return self.codes.get("ListReaders", 0), self.names

    def get_status_change(self, _, __, asked):
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        return self.codes.get("GetStatusChange", 0), [(name, state | CHANGED, ATR) for name, _ in asked]

    def connect(self, *_):
        return self.codes.get("Connect", 0), "card", 1

    def reconnect(self, *_):
        return self.codes.get("Reconnect", 0), 1

    def status(self, _):
        return self.codes.get("Status", 0), "Desk", 0, 1, ATR

    def transmit(self, *_):
        return self.codes.get("Transmit", 0), self.answer

    def disconnect(self, *_):
        return 0

    def get_error_message(self, code):
        return f"code {code:08X} in words."


@pytest.fixture
def service(monkeypatch) -> Service:
    service = Service()
    monkeypatch.setattr(pcsc, "_library", lambda: service)
    yield service
    assert not service.held


CALLS = {
    "Connect": lambda link: link.power_on(),
    "Reconnect": lambda link: link.power_on(),
    "Status": lambda link: link.power_on(),
    "Transmit": lambda link: (link.power_on(), link.exchange(b"\0\xb0\0\0\0")),
    "GetStatusChange": lambda link: link.wait(present=True, seconds=0),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    ("code", "kind", "said"),
    [
        (REMOVED, CardGone, r"code 80100069 in words \(80100069\)"),
        (NO_CARD, CardGone, r"code 8010000C in words \(8010000C\)"),
        (UNRESPONSIVE, CardMute, r"code 80100066 in words \(80100066\)"),
        (UNPOWERED, CardMute, r"code 80100067 in words \(80100067\)"),
        (NOT_TRANSACTED, CardMute, r"code 80100016 in words \(80100016\)"),
        (UNKNOWN, PcscError, r"no reader called 'Desk'; there are: Other"),
        (COMM, PcscError, r"Desk: code 8010002F in words \(8010002F\)"),
    ],
)
def test_what_a_call_that_fails_says_of_the_card(service, call, code, kind, said):
    service.codes[call] = code
    service.names = ["Other"]
    link = PcscLink("Desk")
    with pytest.raises(kind, match=f"^{said}$"):
        CALLS[call](link)
    link.close()


@pytest.mark.usefixtures("service")
def test_a_card_that_is_not_connected_answers_nothing():
    link = PcscLink("Desk")
    with pytest.raises(CardMute, match="not connected"):
        link.exchange(b"\0\xb0\0\0\0")


@pytest.mark.parametrize("answer", [[], [0x90]])
def test_an_answer_without_a_status_word_is_a_card_that_has_gone(service, answer):
    with PcscLink("Desk") as link:
        assert link.exchange(b"\0\xb0\0\0\0") == b"\x90\0"
        service.answer = answer
        with pytest.raises(CardGone, match="no status word"):
            link.exchange(b"\0\xb0\0\0\0")


def test_a_single_byte_which_vpcd_takes_for_a_switch_is_not_passed_on(service):
    with PcscLink("Desk") as link:
        service.answer = [0x67, 0]
        assert link.exchange(b"\0\xa4") == b"\x67\0"
        with pytest.raises(PcscError, match="one byte is no command"):
            link.exchange(b"\0")


@pytest.mark.usefixtures("service")
@pytest.mark.parametrize("protocol", [None, 0, 1, 2, -1])
def test_the_protocols_there_are(protocol):
    if protocol in (None, 0, 1):
        PcscLink("Desk", protocol)
        return
    with pytest.raises(PcscError, match=f"T={protocol} does not exist in PC/SC"):
        PcscLink("Desk", protocol)


@pytest.mark.parametrize(
    ("states", "present", "came", "left"),
    [
        ([PRESENT, EMPTY], True, True, 1),
        ([EMPTY, PRESENT], False, True, 1),
        ([EMPTY, PRESENT, EMPTY], True, True, 1),
        ([PRESENT, EMPTY, PRESENT], False, True, 1),
        ([EMPTY, EMPTY, PRESENT, EMPTY], True, True, 1),  # something else has changed first
        ([PRESENT, PRESENT, EMPTY, PRESENT], False, True, 1),
    ],
)
def test_a_card_is_waited_for_until_it_is_there(service, states, present, came, left):
    service.states = states
    link = PcscLink("Desk")
    assert link.wait(present=present, seconds=1) is came
    assert len(states) == left
    link.close()


def test_a_wait_that_ends_is_no_failure(service):
    service.codes["GetStatusChange"] = TIMEOUT
    service.states = [EMPTY]
    link = PcscLink("Desk")
    assert not link.wait(present=True, seconds=0.01)
    link.close()


@pytest.mark.parametrize(
    ("call", "code", "said"),
    [
        ("EstablishContext", NO_SERVICE, r"^no PC/SC service answers: .* \(8010001D\)$"),
        ("ListReaders", COMM, r"^code 8010002F in words \(8010002F\)$"),
        ("GetStatusChange", COMM, r"^code 8010002F in words \(8010002F\)$"),
    ],
)
def test_a_service_that_cannot_say_which_cards_there_are(service, call, code, said):
    service.codes[call] = code
    with pytest.raises(PcscError, match=said):
        cards_in_readers()


def test_which_readers_and_cards_there_are(service):
    assert (readers(), cards_in_readers()) == (["Desk"], {"Desk": bytes(ATR)})
    service.codes["GetStatusChange"] = TIMEOUT  # nothing has changed since: that is an answer, too
    assert cards_in_readers() == {"Desk": bytes(ATR)}
    service.states = [EMPTY]
    assert cards_in_readers() == {}
    service.codes["ListReaders"] = NO_READERS
    assert (readers(), cards_in_readers()) == ([], {})


def test_who_asks_a_driver_leaves_the_card_without_a_protocol(service):
    """With the raw protocol wished for, pcscd offers the card under no other any more, to whoever comes next."""
    asked = []
    service.SCARD_SHARE_DIRECT, service.SCARD_LEAVE_CARD = 3, 0
    service.SCARD_ATTR_VENDOR_NAME, service.SCARD_ATTR_VENDOR_IFD_TYPE, service.SCARD_ATTR_VENDOR_IFD_VERSION = 1, 2, 3
    service.connect = lambda _context, name, *how: asked.append((name, *how)) or (0, "card", 0)
    service.get_attrib = lambda _card, name: (0, [*{1: b"Maker", 2: b"Kind\0", 3: b"\x05\x01\x04\x01"}[name]])
    assert pcsc.driver("Desk").startswith("Maker Kind 1.4.")
    assert asked == [("Desk", 3, 0)]
