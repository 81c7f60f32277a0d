"""What was settled and loaded, counted in three places: on the card, in the terminal's storage, in the bureau's books.

The counts share no code with each other, nor with what they count: APDUs, and SQL on the two files. They are equal
when nothing is open: no purchase is lost, none is there twice, and no fen has come or gone on the way.
"""

from __future__ import annotations

import json
from sqlite3 import Connection
from typing import NamedTuple

from cos.card import Card
from tests.dualcos.terminal.terminal_bench import PIN


class Counted(NamedTuple):
    """``self_paid``, ``pooled``: what cards were told, summed; ``balance``: what is on the card."""

    settlements: int = 0
    self_paid: int = 0
    pooled: int = 0
    loads: int = 0
    balance: int = 0


def counted_on_card(card: Card) -> Counted:
    """By the counters and totals of DF04, which only the card writes; all within one payment year."""

    def say(command: str) -> bytes:
        answer = card.exchange(bytes.fromhex(command))
        while answer[-2] == 0x61:
            answer = card.exchange(bytes.fromhex(f"00C00000{answer[-1]:02X}"))
        assert answer[-2:] == b"\x90\x00", (command, answer.hex())
        return answer

    card.rail.cut_after(None)
    card.power_off()
    card.power_on()
    say("00A404000F7378312E73682EC9E7BBE1B1A3D5CF")
    say(f"0020000003{PIN}")
    say("00A4040006D15600000503")
    purchase = say("B02801011301" + "00" * 12 + "990000000000")
    load = say("B02800010B01" + "00000000" + "990000000000")
    card.power_off()
    number = int.from_bytes
    return Counted(
        number(purchase[14:16], "big"),
        number(purchase[4:8], "big"),
        number(purchase[8:12], "big"),
        number(load[4:6], "big"),
        number(purchase[:4], "big"),
    )


def counted_in_journal(db: Connection, card: str, *also: str) -> Counted:
    """Of the card with that identification code, transactions that are complete, or in one of the states ``also``."""
    found = Counted()
    for state, body in db.execute("SELECT state, body FROM record"):
        told = json.loads(body)
        if told["card"]["identification"] != card or state not in ("complete", *also):
            continue
        if told["mode"] is None:
            found = found._replace(loads=found.loads + 1, balance=found.balance + told["account"])
        else:
            found = Counted(
                found.settlements + 1,
                found.self_paid + told["self_paid"],
                found.pooled + told["pooled"],
                found.loads,
                found.balance - told["account"],
            )
    return found


_SUMS = """
SELECT entry.kind, entry.number, posting.account, posting.fen, paper.body
FROM entry JOIN posting ON posting.entry = entry.number JOIN paper ON paper.name = entry.reference
WHERE paper.kind IN ('SettlementPaper', 'LoadPaper')
"""


def counted_in_books(db: Connection, card: str, *, in_parts: bool = False) -> Counted:
    """Of one card: what the entries say, money of the card or not. ``in_parts``: of mode 3, where the three amounts are
    parts even if the card pays nothing of it.
    """
    entries: dict[int, tuple[str, dict[str, int]]] = {}
    for kind, number, account, fen, paper in db.execute(_SUMS):
        if json.loads(paper)["card"] == card:
            entries.setdefault(number, (kind, {}))[1][account.partition("/")[0]] = fen
    found = Counted()
    for kind, postings in entries.values():
        purse, fund = postings.get("purse", 0), -postings.get("fund", 0)
        if kind == "load credited":
            found = found._replace(loads=found.loads + 1, balance=found.balance + purse)
        elif kind == "load taken back":
            found = found._replace(loads=found.loads - 1, balance=found.balance + purse)
        elif kind.startswith("settlement") and kind != "settlement cancelled":  # of which the card hears nothing
            of_the_account = postings["provider"], fund - postings.get("holder", 0)
            told = (-postings.get("counter", 0), fund) if purse or in_parts else of_the_account
            found = Counted(
                found.settlements + 1,
                found.self_paid + told[0],
                found.pooled + told[1],
                found.loads,
                found.balance + purse,
            )
    return found


def left_over(db: Connection) -> dict[str, int]:
    """Money that is nobody's yet: loads in transit, what is disputed; and the sum of everything."""
    sums = dict(db.execute("SELECT account, sum(fen) FROM posting GROUP BY account"))
    return {"transit": sums.get("transit", 0), "disputed": sums.get("disputed", 0), "all": sum(sums.values())}


def concluded(db: Connection) -> dict[str, tuple[str, int]]:
    """Loads that only the card's next one has proved: voucher to card and fen."""
    papers = (json.loads(body) for (body,) in db.execute("SELECT body FROM paper WHERE kind = 'LoadPaper'"))
    return {
        each["voucher"]: (each["card"], each["amount"])
        for each in papers
        if each["state"] == "credited" and not each["proven"]
    }


def open_papers(db: Connection) -> list[str]:
    """States of settlements that the back end still holds money for."""
    bodies = db.execute("SELECT body FROM paper WHERE kind = 'SettlementPaper'")
    return [state for (body,) in bodies if (state := json.loads(body)["state"]) in ("open", "unknown")]
