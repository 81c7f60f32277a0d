"""What was paid, counted in four places: on slips, in the cards' logs, in the issuer's books, in the acquirer's.

The counts share no code with each other, nor with what they count: text on paper, APDUs, and SQL on the two files.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from sqlite3 import Connection
from typing import NamedTuple

from cos.card import Card

Key = tuple[str, str, str]
"""Terminal, batch, voucher number."""
APPROVED, VOIDED, REVERSED, LEFT = "交易成功", "已撤销", "已冲正", "冲正未成功，须人工处理"
COUNTED = (APPROVED, VOIDED)
_SIGNS = {"消费": -1, "取款": -1, "转账": -1, "存款": 1, "消费撤销": 1, "退货": 1}
_FIELDS = {
    "terminal": r"终端编号：(\d+)",
    "card": r"卡号：([\d*]+)",
    "kind": r"交易类型：(\S+)",
    "batch": r"(?<!原)批次号：(\d+)",
    "voucher": r"(?<!原)凭证号：(\d+)",
    "original_batch": r"原批次号：(\d+)",
    "original_voucher": r"原凭证号：(\d+)",
    "reference": r"参考号：(\d+)",
    "approval": r"授权码：(\S+)",
    "date": r"日期时间：(\d{4}/\d\d/\d\d)",
    "amount": r"金额 +RMB ([\d,.]+)",
    "state": r"交易状态：(\S+)",
    "atc": r"ATC: ([0-9A-F]{4})",
    "account_to": r"转入账号：([\d*]+)",
}


class SlipFacts(NamedTuple):
    """One slip as anybody reads it; empty where it says nothing. ``again``: it says that it was printed before."""

    terminal: str
    card: str
    kind: str
    batch: str
    voucher: str
    original_batch: str
    original_voucher: str
    reference: str
    approval: str
    date: str
    amount: str
    state: str
    atc: str
    account_to: str
    again: bool
    copy: str

    @property
    def key(self) -> Key:
        """What names the payment."""
        return self.terminal, self.batch, self.voucher

    @property
    def fen(self) -> int:
        """The amount."""
        return int(re.sub("[,.]", "", self.amount or "0"))

    @property
    def moved(self) -> int:
        """What the card's account got, in fen; negative if it paid."""
        return _SIGNS.get(self.kind, 0) * self.fen if self.state in COUNTED else 0


def read_slip(lines: Iterable[str]) -> SlipFacts | None:
    """What a slip says; None for one that is of no payment."""
    every = list(lines)
    text = "\n".join(every)
    if "交易类型" not in text:
        return None
    found = {name: match[1] if (match := re.search(form, text)) else "" for name, form in _FIELDS.items()}
    return SlipFacts(**found, again="重打印" in text, copy=every[-1].strip())


def last_slips(printed: Iterable[Iterable[str]]) -> dict[Key, SlipFacts]:
    """What each payment's last slip says. No payment is told to be two things that exclude each other, and nothing is
    on paper twice unless it says so.
    """
    last: dict[Key, SlipFacts] = {}
    once: Counter[tuple[Key, str, str]] = Counter()
    for slip in filter(None, map(read_slip, printed)):
        before = last.get(slip.key)
        if before is not None and before.state in (*COUNTED, REVERSED):
            assert slip.state == before.state or (before.state, slip.state) == (APPROVED, VOIDED), (before, slip)
        last[slip.key] = slip
        once[slip.key, slip.state, slip.copy] += not slip.again
    assert max(once.values(), default=0) <= 1
    return last


def moved_on_slips(slips: Iterable[SlipFacts]) -> Counter[str]:
    """Fen that each card's account got or paid, by the account as slips show it; who got a transfer, too."""
    moved: Counter[str] = Counter()
    for slip in slips:
        moved[slip.card] += slip.moved
        if slip.account_to and slip.moved:
            moved[slip.account_to] -= slip.moved
    return moved


class Logged(NamedTuple):
    """One transaction in a card's log: what it gave a certificate for. ``kind``: 9C."""

    fen: int
    kind: str


def log_of(card: Card) -> dict[int, Logged]:
    """The card's own transaction log by its counter, newest ten at most, as any reader sees it."""

    def say(command: str) -> str:
        answer = card.exchange(bytes.fromhex(command))
        if answer[-2] == 0x6C:
            answer = card.exchange(bytes.fromhex(command[:8] + f"{answer[-1]:02X}"))
        while answer[-2] == 0x61:
            answer = card.exchange(bytes.fromhex(f"00C00000{answer[-1]:02X}"))
        return answer.hex().upper()

    card.rail.cut_after(None)
    card.power_off()
    card.power_on()
    entry = say("00A4040008A000000333010101").partition("9F4D02")[2]
    form = say("80CA9F4F00").partition("9F4F")[2][2:-4]
    assert form == "9A039F21039F02069F03069F1A025F2A029F4E149C019F3602"
    log: dict[int, Logged] = {}
    for number in range(1, int(entry[2:4], 16) + 1):
        record = say(f"00B2{number:02X}{int(entry[:2], 16) << 3 | 4:02X}00")
        if not record.endswith("9000") or record.startswith("000000"):
            break
        log[int(record[-8:-4], 16)] = Logged(int(record[12:24]), record[-10:-8])
    card.power_off()
    return log


class Booked(NamedTuple):
    """One authorisation in the issuer's books that moves money. ``atc``: of the chip's cryptogram, None without one."""

    pan: str
    business: str
    fen: int
    atc: int | None


_POSTING = ("PURCHASE", "VOID", "REFUND", "WITHDRAWAL", "DEPOSIT", "TRANSFER")


def standing_at_issuer(db: Connection) -> dict[Key, Booked]:
    """What is approved, moves money and is not reversed; what was voided stands beside its void."""
    found: dict[Key, Booked] = {}
    for message, pan, atc, body in db.execute("SELECT message, pan, atc, body FROM authorisation"):
        told = json.loads(body)
        if told["code"] == "00" and told.get("state", "standing") in ("standing", "voided"):
            terminal, _, batch, voucher = message.split("/")
            if told["business"] in _POSTING:
                found[terminal, batch, voucher] = Booked(pan, told["business"], told["amount"], atc)
    return found


def balances_at_issuer(db: Connection) -> dict[str, int]:
    """Every account of the ledger by name."""
    return dict(db.execute("SELECT account, sum(fen) FROM posting GROUP BY account"))


def standing_at_acquirer(db: Connection) -> dict[Key, int]:
    """Fen of what the acquirer counts: minus where the card paid."""
    found: dict[Key, int] = {}
    for (body,) in db.execute("SELECT body FROM acquired"):
        told = json.loads(body)
        if told.get("standing") == "approved" and told.get("side"):
            terminal, _, batch, voucher = told["key"]
            found[terminal, batch, voucher] = told["amount"] * (1 if told["side"] == "C" else -1)
    return found


def merchants_at_acquirer(db: Connection) -> Counter[str]:
    """What each merchant is owed, and what issuers owe: sums to zero."""
    return Counter(dict(db.execute("SELECT account, sum(fen) FROM posting GROUP BY account")))


def states_in_terminal(db: Connection) -> dict[Key, tuple[str, bool]]:
    """Of every payment in a terminal's storage: where it stands, and whether it has been told."""
    rows = db.execute("SELECT batch, voucher, state, told, body FROM payment")
    return {
        (json.loads(body)["terminal"], batch, voucher): (state, bool(told))
        for batch, voucher, state, told, body in rows
    }


def waiting_in_terminal(db: Connection) -> Counter[tuple[str, str]]:
    """How many messages of which kind wait, were answered, or are left to a person."""
    return Counter({(kind, state): n for kind, state, n in db.execute(
        "SELECT kind, state, count(*) FROM waiting GROUP BY kind, state"
    )})  # fmt: skip
