"""What terminals and issuing programs get wrong without computing anything: forms, lists, order, places, dates."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.erring_terminal import terminal_scenes as scenes
from tests.erring_terminal.bank_scenes import AID, ARQC, TC, BankDesk
from tests.erring_terminal.certificate_scenes import PKI
from tests.erring_terminal.erring_issuer import offline_block
from tests.erring_terminal.erring_personaliser import group
from tests.erring_terminal.explained_card import apdu
from tests.erring_terminal.making_scenes import HOST_RANDOM, NAME_GROUP
from tests.erring_terminal.mistake_case import ANY, LIKELY, NOTE, Expected, MistakeCase, Scene
from tests.erring_terminal.terminal_scenes import Do, send, verify

Ranges = tuple[tuple[int, int], ...]


def numbers(*values: int | tuple[int, int], counts: bool = False) -> tuple[Ranges, bool]:
    """Numbers that are taken, as findings have them: from, to."""
    return tuple(each if isinstance(each, tuple) else (each, each) for each in values), counts


def count(length: int) -> tuple[Ranges, bool]:
    """One length that is taken."""
    return numbers(length, counts=True)


def headers(*rows: tuple[tuple[Ranges, bool], tuple[Ranges, bool]]) -> tuple[Any, ...]:
    """P1 and P2 that are taken, row by row."""
    return (tuple((p1, p2, "") for p1, p2 in rows),)


_ZERO = headers((numbers(0), numbers(0)))


def _case(
    scene: Scene,
    name: str,
    ways: Do,
    sw: int,
    finding: str,
    certainty: str = LIKELY,
    *,
    right: Any = ANY,
    wrong: Any = ANY,
    next_step: str = "",
    among: bool = False,
) -> MistakeCase:
    told = Expected(right=right, wrong=wrong, next_step=next_step)
    return MistakeCase(
        f"{scene.name}: {name}", scene, ways, sw, finding, certainty, lambda _: told, seen=False, among=among
    )


# --- the offline PIN --------------------------------------------------------------------------------------------------

_PIN = "1234"
PINS: tuple[MistakeCase, ...] = (
    _case(scenes.PIN, "as text, filled", verify(_PIN.encode().ljust(8, b"\xff")), 0x63C2, "pin.ascii"),
    _case(scenes.PIN, "as text", verify(_PIN.encode()), 0x6700, "pin.ascii"),
    _case(scenes.PIN, "packed, filled", verify(bytes.fromhex(_PIN).ljust(8, b"\xff")), 0x63C2, "pin.packed-of-social"),
    _case(scenes.PIN, "packed", verify(bytes.fromhex(_PIN)), 0x6700, "pin.packed-of-social"),
    _case(scenes.PIN, "length nibble of more digits", verify(offline_block(_PIN, length=6)), 0x63C2, "pin.length-nibble"),
    _case(scenes.PIN, "length nibble of fewer digits", verify(offline_block("123456", length=4)), 0x63C2, "pin.length-nibble"),
    _case(scenes.PIN, "filled with 0", verify(offline_block(_PIN, fill="0")), 0x63C2, "pin.not-filled"),
    _case(scenes.PIN, "control nibble 0", verify(offline_block(_PIN, control="0")), 0x63C2, "pin.block-0"),
    _case(scenes.PIN, "as the social side's VERIFY", send("0020000003123456"), 0x6A86, "pin.packed-of-social", among=True),
)  # fmt: skip

# --- lists ------------------------------------------------------------------------------------------------------------


def _options(data: str) -> Do:
    return send(apdu("80A80000", bytes.fromhex(data)))


def _generated(p1: int, change: Callable[[bytes], bytes], arc: bytes = b"") -> Do:
    def ways(desk: BankDesk) -> None:
        command = desk.generate_command(p1, arc)
        desk.card.send(apdu(command[:4], change(command[5:])))

    return ways


_PDOL = "00" + "000000012345" + "0156"
LISTS: tuple[MistakeCase, ...] = (
    _case(scenes.OPTIONS, "no PDOL data", _options("8300"), 0x6700, "list.length", right=9, wrong=0),
    _case(scenes.OPTIONS, "last element left out", _options("8307" + _PDOL[:14]), 0x6700, "list.element", right=2, wrong=0),
    _case(scenes.OPTIONS, "an element too much", _options("830B" + _PDOL + "0156"), 0x6700, "list.length", right=9, wrong=11),
    _case(scenes.OPTIONS, "no template 83", _options(_PDOL), 0x6A80, "tlv.another-tag", right=b"\x83", wrong=b"\x00"),
    _case(scenes.OPTIONS, "another template", _options("8509" + _PDOL), 0x6A80, "tlv.another-tag", right=b"\x83", wrong=b"\x85"),
    _case(scenes.OPTIONS, "length of the template beyond the data", _options("830A" + _PDOL), 0x6700, "tlv.length-beyond", right=10, wrong=9),
    _case(scenes.OPTIONS, "data behind the template", _options("8309" + _PDOL + "00"), 0x6700, "tlv.rest", right=0, wrong=1),
    _case(scenes.OPTIONS_EMPTY, "PDOL data where there is no PDOL", _options("8309" + _PDOL), 0x6700, "list.length", right=0, wrong=9),
    _case(scenes.GENERATE, "merchant name left out", _generated(ARQC, lambda data: data[:-20]), 0x6700, "list.element", right=20, wrong=0),
    _case(scenes.GENERATE, "time left out", _generated(ARQC, lambda data: data[:29] + data[32:]), 0x6700, "list.element", right=3, wrong=0),
    _case(scenes.GENERATE, "amount in four bytes", _generated(ARQC, lambda data: data[2:]), 0x6700, "list.element", right=6, wrong=4),
    _case(scenes.GENERATE_AGAIN, "CDOL1's data", _generated(TC, lambda data: data), 0x6700, "list.another"),
    _case(scenes.GENERATE_AGAIN, "response code left out", _generated(TC, lambda data: data[2:], b"00"), 0x6700, "list.element", right=2, wrong=0),
    _case(scenes.SIGNED, "three bytes of random number", send("0088000003112233"), 0x6700, "list.length", right=4, wrong=3),
)  # fmt: skip

# --- what is taken ----------------------------------------------------------------------------------------------------

TAKEN: tuple[MistakeCase, ...] = (
    _case(scenes.OPTIONS, "class 00", send("00A800000B8309" + _PDOL), 0x6E00, "taken.class", right=numbers(0x80), wrong=bytes((0x00,))),
    _case(scenes.OPTIONS, "P2 01", send("80A800010B8309" + _PDOL), 0x6A86, "taken.p1-p2", right=_ZERO, wrong=b"\0\1"),
    _case(scenes.GENERATE, "type 11", _generated(0xC0, lambda data: data), 0x6A86, "taken.p1-p2", right=headers((numbers(0x00, 0x10, 0x40, 0x50, 0x80, 0x90), numbers(0))), wrong=b"\xc0\0"),
    _case(scenes.GENERATE, "class 00", lambda desk: desk.card.send(b"\x00" + desk.generate_command(ARQC)[1:]), 0x6E00, "taken.class", right=numbers(0x80), wrong=bytes((0x00,))),
    _case(scenes.ANSWER_SENT, "without response code", send(apdu("00820000", bytes(range(8)))), 0x6700, "taken.length", right=count(10), wrong=8),
    _case(scenes.ANSWER_SENT, "response code in three bytes", send(apdu("00820000", bytes(11))), 0x6700, "taken.length", right=count(10), wrong=11),
    _case(scenes.ANSWER_SENT, "class 80", send(apdu("80820000", bytes(10))), 0x6E00, "taken.class", right=numbers(0x00, 0x84), wrong=b"\x80"),
    _case(scenes.SCRIPT_SENT, "class without 04", send(apdu("801E0000", bytes(4))), 0x6E00, "taken.class", right=numbers(0x84), wrong=bytes((0x80,))),
    _case(scenes.SCRIPT_SENT, "P2 01 as on the social side", send(apdu("841E0001", bytes(4))), 0x6A86, "whose.social-command", wrong=bytes.fromhex("841E0001")),
    _case(scenes.SCRIPT_SENT, "MAC of 8 bytes", send(apdu("841E0000", bytes(8))), 0x6700, "taken.length", right=count(4), wrong=8),
    _case(scenes.SCRIPT_SENT, "MAC of 3 bytes", send(apdu("841E0000", bytes(3))), 0x6700, "taken.length", right=count(4), wrong=3),
    _case(scenes.LIMIT_SENT, "class 84", send(apdu("84DA9F58", bytes(5))), 0x6E00, "taken.class", right=numbers(0x04), wrong=bytes((0x84,))),
    _case(scenes.LIMIT_SENT, "class 00, in clear", send("00DA9F580105"), 0x6E00, "taken.class", right=numbers(0x04), wrong=bytes((0x00,))),
    _case(scenes.LIMIT_SENT, "without MAC", send("04DA9F5406000000500000"), 0x6700, "taken.length", right=count(10), wrong=6),
    _case(scenes.READ, "record identifier as on the social side", send("00B2091800"), 0x6A86, "taken.p1-p2", wrong=b"\x09\x18", next_step="record-by-number"),
    _case(scenes.OPENED, "level 02", lambda at: at[0].open({"header": lambda _: bytes.fromhex("84820200")}), 0x6A86, "taken.p1-p2", right=headers((numbers((0, 1), 3), numbers(0))), wrong=b"\2\0"),
    _case(scenes.OPENED, "challenge of 7 bytes", lambda at: at[0].card.send(apdu("80500000", HOST_RANDOM[:7])), 0x6700, "taken.length", right=count(8), wrong=7),
    _case(scenes.STORED, "number of the group before", lambda at: at[0].store({**at[1], "number": 0}, NAME_GROUP, {}), 0x6A86, "taken.p1-p2", right=headers((numbers(0), numbers(1))), wrong=b"\0\0"),
    _case(scenes.PROVED, "16 bytes as on the social side", lambda at: at[0].card.send(apdu("00820000", at[0].challenge() * 2)), 0x6700, "taken.length", right=count(8), wrong=16),
    _case(scenes.SHOWN, "PIN as on the social side", lambda desk: desk.card.send("0020018103123456"), 0x6700, "taken.length", right=count(16), wrong=3),
    _case(scenes.IMPORTED, "session key of 24 bytes", lambda desk: (desk.enter(), scenes.user_shown(desk), desk.card.send(apdu("804A0210", b"\xc1\x18" + bytes(24)))), 0x6700, "taken.length", right=count(0x12), wrong=0x1A),
    _case(scenes.IMPORTED, "private value of 31 bytes", lambda desk: (_transport(desk), desk.card.send(apdu("80C2C001", bytes.fromhex("C2020015CB1F") + bytes(range(1, 32))))), 0x6700, "taken.length", right=count(0x26), wrong=0x25),
)  # fmt: skip


def _transport(desk: Any) -> None:
    desk.enter()
    scenes.user_shown(desk)
    desk.card.ok(apdu("804A0210", bytes.fromhex("C110B19F2C6D08E3457AD1C4960B7F5E2A83")))


# --- steps left out ---------------------------------------------------------------------------------------------------


def _missing(scene: Scene, name: str, ways: Do, sw: int, next_step: str) -> MistakeCase:
    return _case(scene, name, ways, sw, "step.missing", next_step=next_step)


STEPS: tuple[MistakeCase, ...] = (
    _missing(scenes.GENERATE_UNASKED, "no options", lambda desk: desk.card.send(desk.generate_command(ARQC)), 0x6985, "gpo"),
    _missing(scenes.SIGNED_UNASKED, "no options", send("008800000411223344"), 0x6985, "gpo"),
    _missing(scenes.ANSWER_ASKED, "no GENERATE AC", send(apdu("00820000", bytes(range(10)))), 0x6985, "generate-ac"),
    _missing(scenes.ANSWER_ASKED, "script, no GENERATE AC", send(apdu("841E0000", bytes(4))), 0x6985, "generate-ac"),
    _missing(scenes.OPTIONS_FIRST, "options in the directory", lambda desk: (desk.card.ok(f"00A404000E{scenes.PSE_NAME}"), desk.card.send("80A800000B8309" + _PDOL)), 0x6D00, "select-adf"),
    _missing(scenes.OPTIONS_FIRST, "options twice", lambda desk: (desk.begin(), desk.card.send("80A800000B8309" + _PDOL)), 0x6985, "new-transaction"),
    _missing(scenes.FINISHED, "third GENERATE AC", lambda desk: (scenes.finished(desk), desk.card.send(desk.generate_command(TC, b"00"))), 0x6985, "new-transaction"),
    _missing(scenes.FINISHED, "answer behind the second cryptogram", lambda desk: (desk.ask(), desk.generate(TC, b"00"), desk.card.send(apdu("00820000", bytes(range(10))))), 0x6985, "new-transaction"),
    _missing(scenes.PROVED, "no random number", lambda at: at[0].prove({}, bytes(8)), 0x6984, "get-challenge"),
    _missing(scenes.LOADED, "no random number", lambda at: at[0].write_key({}, "KENC", bytes(8)), 0x6984, "get-challenge"),
    _missing(scenes.CREATED, "master key not proved", lambda at: at[0].card.send(apdu("80E00100", bytes.fromhex("000000FF01DFB1020000000000000000" + AID))), 0x6982, "prove-master-key-of-bank"),
    _missing(scenes.OPENED, "no INITIALIZE UPDATE", lambda at: at[0].card.send(apdu("84820100", bytes(16))), 0x6985, "initialize-update"),
    _missing(scenes.OPENED, "no channel", lambda at: at[0].card.send(apdu("80E20000", NAME_GROUP)), 0x6985, "initialize-update"),
    _missing(scenes.SHOWN, "no random number", lambda desk: desk.show("user", random=bytes(16)), 0x6984, "get-challenge-of-16"),
    _missing(scenes.ENTERED, "application not selected", lambda desk: (desk.card.ok(f"00A404000C{PKI}"), desk.show("user", random=desk.random())), 0x6A88, "select-cert-adf"),
    _missing(scenes.PAIR, "PIN not shown", send("8040000008C0020012C2020013"), 0x6982, "verify-user-pin"),
    _missing(scenes.IMPORTED, "no session key", lambda desk: (desk.enter(), scenes.user_shown(desk), desk.card.send(apdu("80C2C001", bytes.fromhex("C2020015CB20") + bytes(range(1, 33))))), 0x6985, "import-session-key"),
)  # fmt: skip

# --- whose it is ------------------------------------------------------------------------------------------------------


def _whose(scene: Scene, name: str, command: str, sw: int, finding: str, certainty: str = LIKELY) -> MistakeCase:
    return _case(scene, name, send(command), sw, finding, certainty)


WHOSE: tuple[MistakeCase, ...] = (
    _whose(scenes.GENERATE, "GET CHALLENGE", "0084000008", 0x6D00, "whose.social-command"),
    _whose(scenes.GENERATE, "READ BINARY", "00B0950010", 0x6D00, "whose.social-command"),
    _whose(scenes.GENERATE, "CHANGE PIN", "805E010007123456FF123456", 0x6D00, "whose.social-command"),
    _whose(scenes.GENERATE, "INITIALIZE FOR PURCHASE", "B028010113" + "00" * 19 + "16", 0x6E00, "whose.social-command"),
    _whose(scenes.GENERATE, "DELIVERY SESSION KEY", "BFDE2A0310" + "00" * 16, 0x6E00, "whose.psam-command"),
    _whose(scenes.GENERATE, "CIPHER DATA", "80FA000008" + "00" * 8, 0x6D00, "whose.psam-command"),
    _whose(scenes.GENERATE, "SM3", "80C4010305C10311223300", 0x6D00, "whose.pki-command"),
    _whose(scenes.GENERATE, "CREATE FILE", "80E0010010" + "00" * 16, 0x6D00, "whose.maker-command"),
    _whose(scenes.GENERATE, "WRITE KEY", "84D4000024" + "00" * 36, 0x6D00, "whose.maker-command"),
    _whose(scenes.SHOWN, "GENERATE AC", "80AE800000", 0x6D00, "whose.bank-command"),
    _whose(scenes.SHOWN, "READ RECORD", "00B2010C00", 0x6D00, "whose.social-command"),
    _case(scenes.OPTIONS_FIRST, "options on the social side", lambda desk: (desk.card.ok(f"00A404000F{scenes.SSSE_NAME}"), desk.card.send("80A800000B8309" + _PDOL)), 0x6D00, "whose.bank-command"),
    _whose(scenes.READ, "file of the social side", "00B2012C00", 0x6A82, "whose.sfi-of-another"),
    _whose(scenes.SELECT_DIRECTORY, "name of PSE a byte short", "00A404000D" + scenes.PSE_NAME[:-2], 0x6A82, "whose.aid-short"),
    _whose(scenes.SELECT_APPLICATION, "credit instead of debit", "00A4040008A000000333010102", 0x6A82, "whose.name-of-another", NOTE),
    _whose(scenes.SELECT_DIRECTORY, "contactless directory", "00A404000E325041592E5359532E4444463031", 0x6A82, "whose.name-of-another", NOTE),
)  # fmt: skip

# --- TLV and groups ---------------------------------------------------------------------------------------------------


def _stored(name: str, groups: bytes, finding: str, p1: int = 0) -> MistakeCase:
    return _case(scenes.STORED, name, lambda at: at[0].store({**at[1], "p1": p1}, groups, {}), 0x6A80, finding)


GROUPS: tuple[MistakeCase, ...] = (
    _stored("length of the template beyond the group", group("0103", bytes.fromhex("70139F610A393939393939303030319F620100")), "tlv.length-beyond"),
    _stored("data behind the template", group("0103", bytes.fromhex("700D9F610A393939393939303030319F620100")), "tlv.rest"),
    _stored("length of an element beyond the template", group("0103", bytes.fromhex("70119F611A393939393939303030319F620100")), "tlv.length-beyond"),
    _stored("an element of another length", group("0103", bytes.fromhex("70129F610A393939393939303030319F62020000")), "list.element"),
    _stored("second group without its value", NAME_GROUP + group("9010", b"\x03"), "list.element"),
    _stored("PIN in clear", group("8010", bytes.fromhex("26531970FFFFFFFF")), "cipher.in-clear"),
    _case(scenes.IMPORTED, "private value in front of its name", lambda desk: (_transport(desk), desk.card.send(apdu("80C2C001", bytes.fromhex("CB20") + bytes(range(1, 33)) + bytes.fromhex("C2020015")))), 0x6A80, "tlv.another-tag", right=b"\xc2", wrong=b"\xcb"),
    _case(scenes.HASHED, "length of the object beyond the data", send("80C4010305C10511223300"), 0x6A80, "tlv.length-beyond"),
)  # fmt: skip

# --- accepted, but not meant ------------------------------------------------------------------------------------------


def _noted(scene: Scene, name: str, finding: str, wrong: Any = ANY, right: Any = ANY, **values: str) -> MistakeCase:
    def ways(desk: BankDesk) -> None:
        desk.values |= {tag.removeprefix("t"): bytes.fromhex(value) for tag, value in values.items()}
        desk.generate(ARQC)

    return _case(scene, name, ways, 0x9000, finding, NOTE, right=right, wrong=wrong)


NOTES: tuple[MistakeCase, ...] = (
    _noted(scenes.GENERATE, "a month 13", "accepted.no-date", t9A="261301"),
    _noted(scenes.GENERATE, "the 30th of February", "accepted.no-date", t9A="260230"),
    _noted(scenes.GENERATE, "a date in binary", "accepted.no-date", t9A="1A030F"),
    _noted(scenes.GENERATE, "the year before the effective date", "accepted.before-effective", t9A="241231"),
    _noted(scenes.GENERATE, "day, month, year", "accepted.before-effective", t9A="150326"),
    _noted(scenes.GENERATE, "amount in binary", "accepted.amount-not-bcd", t9F02="00000000303A"),
    _noted(scenes.GENERATE, "other amount in binary", "accepted.amount-not-bcd", t9F03="0000000000FF"),
    _case(scenes.OPTIONS, "amount in binary", _options("8309" + "00" + "00000000303A" + "0156"), 0x9000, "accepted.amount-not-bcd", NOTE),
    _case(scenes.GENERATE_UNREAD, "lists not read", lambda desk: (desk.options(), desk.generate(ARQC)), 0x9000, "accepted.list-not-read", NOTE),
)  # fmt: skip

CASES = (*PINS, *LISTS, *TAKEN, *STEPS, *WHOSE, *GROUPS, *NOTES)
