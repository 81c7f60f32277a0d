"""Reasons of the bank's making that no vector asks for: groups that make no directory, a channel that is spent."""

from __future__ import annotations

from collections.abc import Callable

from cos.pse.current_directory import Channel
from firewall.hardware.cells import Cells
from tests.cos.pse.bank_bench import KEY_DATA, KEYS, PSE, WHOLE, Bench, fill
from tests.provocations import Provocation, Refusals
from tests.provocations.card_by_hand import refusals

AFL = "94080801010018010201"
CHANNEL_KEYS = (
    "84D40000244C49D3DF97E5517F60FF964A7B69468032CB062E42F287EB0CB8DBA46035A667B6107928",
    "84D4000024DF4AEC7F106D2C266CAC369CB43F23F2B8E0BD69E799F312CF8B383249C114607A7B14C4",
    "84D40000240C7FF7D56B7AE374E01CD768D0350FEFA39293A0972EB9162B93DF1B6472FB98437BF3AC",
)
SM_KEYS = ((0x8400, KEYS),)
SM_GROUPS = ((0x9105, "82025C00" + AFL), (0x9201, "9F10080701010300000004"))
SHORT_LISTS = "70118C039F02068D058A029F02069F08020020"
LIST_THAT_BREAKS = "A50E5004544553548701019F38029F37"


def filled(*changed: tuple[int, str], secret: tuple[tuple[int, str], ...] = ()) -> Callable[[object], Refusals]:
    """An application whose groups are right but for those that are ``changed``, and is then to be ended."""

    def play(_) -> Refusals:
        bench = Bench().skeleton()
        sender = bench.open()
        otherwise = dict(changed)
        for dgi, value in WHOLE:
            sender.group(dgi, otherwise.pop(dgi, value))
        for dgi, value in ((0x8000, KEYS), *secret):
            sender.group(dgi, value, secret=True)
        for dgi, value in otherwise.items():
            sender.group(dgi, value)
        sender.group(0x9010, "0303", last=True)
        return refusals(bench.trace)

    return play


def sent(dgi: int, value: str, *, secret: bool = False) -> Callable[[object], Refusals]:
    """One group."""

    def play(_) -> Refusals:
        bench = Bench().skeleton()
        bench.open().group(dgi, value, secret)
        return refusals(bench.trace)

    return play


def raw(*pieces: tuple[int, str]) -> Callable[[object], Refusals]:
    """STORE DATA with P1 and data as they are."""

    def play(_) -> Refusals:
        bench = Bench().skeleton()
        sender = bench.open()
        for p1, data in pieces:
            sender.raw(p1, bytes.fromhex(data))
        return refusals(bench.trace)

    return play


def check_values(_) -> Refusals:
    bench = Bench().skeleton()
    sender = bench.open()
    sender.group(0x8000, KEYS, secret=True)
    sender.group(0x9000, "00" * 9)
    return refusals(bench.trace)


def stored_otherwise(_) -> Refusals:
    """STORE DATA lets no group pass that does not parse, so the cell is changed by hand."""
    bench = Bench().skeleton()
    sender = bench.open()
    fill(sender)
    sender.group(0x8400, KEYS, secret=True)
    for dgi, value in SM_GROUPS:
        sender.group(dgi, value)
    bench.session.current.groups.put(0x9105, bytes.fromhex("8203"))
    sender.group(0x9010, "0303", last=True)
    return refusals(bench.trace)


def directory_without_file(_) -> Refusals:
    bench = Bench()
    bench.prove()
    for command in CHANNEL_KEYS:
        bench.send("0084000008")
        bench.sw(command)
    bench.sw("80E006000A" + KEY_DATA.hex())
    sender = bench.open(name=PSE)
    sender.group(0x9102, "A5055003505345", last=True)
    return refusals(bench.trace)


def level_three(_) -> Refusals:
    bench = Bench().skeleton()
    bench.open(3)
    bench.sw("84E2000010" + "00" * 16)
    return refusals(bench.trace)


def counter_used_up(_) -> Refusals:
    bench = Bench().skeleton()
    bench.select()
    bench.session.current.put_channel(Channel(counter=0xFFFF))
    bench.sw("8050000008" + "00" * 8)
    return refusals(bench.trace)


def memory_used_up(monkeypatch) -> Refusals:
    bench = Bench().skeleton()
    sender = bench.open()
    monkeypatch.setattr(Cells, "free", property(lambda _: 0))
    sender.group(0x0101, WHOLE[2][1])
    return refusals(bench.trace)


PROVOCATIONS = (
    Provocation("cda-with-the-sm-set", 0x6A80, filled((0x9105, "82025D00" + AFL), SM_GROUPS[1], secret=SM_KEYS)),
    Provocation(
        "algorithm-of-the-sm-set",
        0x6A80,
        filled(SM_GROUPS[0], (0x9201, "9F10080701010300000001"), secret=SM_KEYS),
    ),
    Provocation("broken-list-in-a-group", 0x6A80, filled((0x9102, LIST_THAT_BREAKS))),
    Provocation("list-without-what-a-cryptogram-takes", 0x6A80, filled((0x0302, SHORT_LISTS))),
    Provocation("no-afl", 0x6A80, filled((0x9104, "82025C00940400010100"))),
    Provocation("no-aip", 0x6A80, stored_otherwise),
    Provocation("record-of-the-afl-missing", 0x6A80, filled((0x9104, "82025C0094080801020018010201"))),
    Provocation("no-issuer-application-data", 0x6A80, filled((0x9200, "9F10080601010300000001"))),
    Provocation(
        "parts-of-no-private-key",
        0x6A80,
        filled(
            (0x9104, "82027D00" + AFL),
            secret=tuple((dgi, "01" * 64 + "80" + "00" * 7) for dgi in range(0x8201, 0x8206)),
        ),
    ),
    Provocation("private-key-part-without-padding", 0x6A80, sent(0x8205, "00" * 8, secret=True)),
    Provocation("record-too-long", 0x6A80, raw((0, "0201FF00FF7081FC9081F9" + "00" * 200), (0, "00" * 49))),
    Provocation("wrong-check-values", 0x6A80, check_values),
    Provocation("end-inside-a-group", 0x6700, raw((0x80, "90100203"))),
    Provocation("group-of-no-whole-blocks", 0x6A80, raw((0x60, "8010050102030405"))),
    Provocation("no-directory-file-named", 0x6A80, directory_without_file),
    Provocation("channel-command-does-not-decipher", 0x6982, level_three),
    Provocation("channel-counter-used-up", 0x6985, counter_used_up),
    Provocation("memory-full", 0x6A84, memory_used_up),
)
