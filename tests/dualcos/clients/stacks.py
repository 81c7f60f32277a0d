"""What a program gets whose PC/SC stack fetches for it, or that fetches by hand; by stack and setting of the card.

The table is written from what unmodified programs were seen to do, not from the card:

* pyscard, scriptor, C on winscard.h: everything goes to the card as it is, everything comes back as it is.
* Java's ``javax.smartcardio`` (and its ports): Le behind data is taken off at T=0; 61xx is fetched under the *class of
  the command*; 6Cxx is repeated. At T=1 Le stays, the rest is the same.
* ``opensc-tool``: likewise, fetching under class 00; but whoever sent no Le gets no data.
* npm's ``smartcard`` with ``autoGetResponse``: fetches under class 00, repeats, and takes nothing off.

``tests/dualcos/clients/programs`` has one terminal for each; ``Model`` does the same without a socket.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from apdu.link import SmartCard
from tests.dualcos.clients.conversations import GET_RESPONSE, MORE, Setting

WRONG_LE, MOST_TURNS = 0x6C, 32


class Stack(NamedTuple):
    """A PC/SC stack as it treats a program's commands. ``fetches``: under which class, if at all."""

    name: str
    strips_le: bool = False
    fetches: Literal["", "own", "00"] = ""
    only_with_le: bool = False
    repeats: bool = False


RAW = Stack("raw")
JAVA = Stack("java", strips_le=True, fetches="own", repeats=True)
OPENSC = Stack("opensc", strips_le=True, fetches="00", only_with_le=True, repeats=True)
NPM = Stack("npm", fetches="00", repeats=True)
STACKS = (RAW, JAVA, OPENSC, NPM)

SETTINGS: dict[str, Setting] = {
    "as it comes": {},
    "T=1": {"protocol": "T=1"},
    "direct": {"case4": "direct"},
    "T=1, direct": {"protocol": "T=1", "case4": "direct"},
    "Le 00 data": {"le00": "data"},
    "no Le": {"trailing_le": "6700"},
    "T=1, no Le": {"protocol": "T=1", "trailing_le": "6700"},
    "class 00": {"get_response": "class 00"},
    "T=1, class 00": {"protocol": "T=1", "get_response": "class 00"},
    "contactless": {"protocol": "contactless", "case4": "direct", "le00": "data"},
}


class Wanted(NamedTuple):
    """A row of the table.

    Of commands with data and an answer, by class, with Le or without: ``data`` all of it, ``61`` how many bytes wait,
    ``empty`` 9000 and no data, ``6E00`` the answer is lost. ``by_own``: what a program gets that fetches under its
    command's class, where that is not 00. ``verify``: the word of a command that returns nothing, sent with Le.
    ``read``: READ RECORD with Le 00.
    """

    plain: str
    plain_le: str
    own: str
    own_le: str
    by_own: str
    verify: str
    read: str

    def of(self, cla: int, *, le: bool) -> str:
        """What is wanted of a command whose answer waits."""
        if cla:
            return self.own_le if le else self.own
        return self.plain_le if le else self.plain


_TABLE = """
stack  | setting       | 00    00+Le | 80,B0 80,B0+Le | by own class | VERIFY+Le READ,00
raw    | as it comes   | 61    61    | 61    61       | data         | 9000      6Cxx
raw    | T=1           | 61    61    | 61    61       | data         | 9000      6Cxx
raw    | direct        | data  data  | data  data     | -            | 9000      6Cxx
raw    | T=1, direct   | data  data  | data  data     | -            | 9000      6Cxx
raw    | Le 00 data    | 61    61    | 61    61       | data         | 9000      data
raw    | no Le         | 61    61    | 61    61       | data         | 6700      6Cxx
raw    | T=1, no Le    | 61    61    | 61    61       | data         | 6700      6Cxx
raw    | class 00      | 61    61    | 61    61       | 6E00         | 9000      6Cxx
raw    | T=1, class 00 | 61    61    | 61    61       | 6E00         | 9000      6Cxx
raw    | contactless   | data  data  | data  data     | -            | 9000      data
java   | as it comes   | data  data  | data  data     | -            | 9000      data
java   | T=1           | data  data  | data  data     | -            | 9000      data
java   | direct        | data  data  | data  data     | -            | 9000      data
java   | T=1, direct   | data  data  | data  data     | -            | 9000      data
java   | Le 00 data    | data  data  | data  data     | -            | 9000      data
java   | no Le         | data  data  | data  data     | -            | 9000      data
java   | T=1, no Le    | data  data  | data  data     | -            | 6700      data
java   | class 00      | data  data  | 6E00  6E00     | -            | 9000      data
java   | T=1, class 00 | data  data  | 6E00  6E00     | -            | 9000      data
java   | contactless   | data  data  | data  data     | -            | 9000      data
opensc | as it comes   | empty data  | empty data     | -            | 9000      data
opensc | T=1           | empty data  | empty data     | -            | 9000      data
opensc | direct        | data  data  | data  data     | -            | 9000      data
opensc | T=1, direct   | data  data  | data  data     | -            | 9000      data
opensc | Le 00 data    | empty data  | empty data     | -            | 9000      data
opensc | no Le         | empty data  | empty data     | -            | 9000      data
opensc | T=1, no Le    | empty data  | empty data     | -            | 6700      data
opensc | class 00      | empty data  | empty data     | -            | 9000      data
opensc | T=1, class 00 | empty data  | empty data     | -            | 9000      data
opensc | contactless   | data  data  | data  data     | -            | 9000      data
npm    | as it comes   | data  data  | data  data     | -            | 9000      data
npm    | T=1           | data  data  | data  data     | -            | 9000      data
npm    | direct        | data  data  | data  data     | -            | 9000      data
npm    | T=1, direct   | data  data  | data  data     | -            | 9000      data
npm    | Le 00 data    | data  data  | data  data     | -            | 9000      data
npm    | no Le         | data  data  | data  data     | -            | 6700      data
npm    | T=1, no Le    | data  data  | data  data     | -            | 6700      data
npm    | class 00      | data  data  | data  data     | -            | 9000      data
npm    | T=1, class 00 | data  data  | data  data     | -            | 9000      data
npm    | contactless   | data  data  | data  data     | -            | 9000      data
"""


def _table() -> dict[tuple[str, str], Wanted]:
    rows = [[cell.strip() for cell in line.split("|")] for line in _TABLE.strip().splitlines()[1:]]
    return {(stack, setting): Wanted(*" ".join(cells).split()) for stack, setting, *cells in rows}


TABLE = _table()


class Model:
    """A program on ``stack``, in process: ``send`` is what its user calls."""

    def __init__(self, stack: Stack, card: SmartCard, *, t0: bool) -> None:
        self._stack = stack
        self._card = card
        self._t0 = t0
        card.power_on()

    def send(self, command: bytes) -> bytes:
        """What the user gets."""
        stack = self._stack
        le_behind_data = len(command) > 5 and len(command) == 6 + command[4]
        asked = command[:-1] if le_behind_data and stack.strips_le and self._t0 else command
        answer, data, fetched = self._card.exchange(asked), b"", False
        for _ in range(MOST_TURNS):
            if stack.repeats and answer[-2] == WRONG_LE and len(asked) == 5:
                answer = self._card.exchange(asked[:4] + answer[-1:])
            elif stack.fetches and answer[-2] == MORE:
                cla = command[0] if stack.fetches == "own" else 0
                data, fetched = data + answer[:-2], True
                answer = self._card.exchange(bytes((cla, GET_RESPONSE, 0, 0, answer[-1])))
            else:
                break
        if fetched and stack.only_with_le and not le_behind_data:
            return answer[-2:]
        return data + answer
