"""Targets that come from a card or a terminal: APDUs, TLV, answers to reset, data elements, a whole dialogue."""

from __future__ import annotations

from collections.abc import Callable

from apdu import atr, command, response, tlv
from cos.kernel import directory_headers
from cos.kernel.directory_headers import LayoutError
from cos.pse.data.aip_afl_ada import LogEntry, parse_afl
from cos.pse.data.data_elements import BY_TAG
from cos.pse.transaction.cvr_and_cid import Iad
from cos.ssse.tables import card_numbers, item_encoding
from cos.ssse.tables.file_structure import structure
from dualcos.explain import Explainer, RawExchange, line, text
from dualcos.explain.bank_elements import describe
from dualcos.explain.trace_file_lines import read
from dualcos.explain.trace_lines import encode
from dualcos.issuance.personaliser import linking
from dualcos.messages.cvm_list import CvmList
from dualcos.profile.bank_data_groups import encode_afl, record_length
from keys import key_wrapping
from keys.padding import BadPadding, prefix_length, strip_length
from tests.echo_card import EchoCard
from tests.fuzzing.target import Target

AID = bytes.fromhex("A000000333010101")


# --- commands, answers, data objects ----------------------------------------------------------------------------------


def read_command(data: bytes) -> None:
    parsed = command.parse(data)
    assert parsed.encode() == data
    assert parsed.le is None or 1 <= parsed.le <= (65536 if parsed.extended else 256)


def read_response(data: bytes) -> None:
    parsed = response.parse_response(data)
    assert parsed.data + parsed.sw.to_bytes(2, "big") == data


def read_tlv(data: bytes) -> None:
    items = tlv.parse(data)
    again = b"".join(item.encode() for item in items)
    assert len(again) <= len(data)  # the shortest form of each length
    assert tlv.parse(again) == items
    for item in items:
        assert tlv.find(data, item.tag) == next(each.value for each in items if each.tag == item.tag)
    for leaf in tlv.leaves(data):
        assert not leaf.constructed


def read_simple_tlv(data: bytes) -> None:
    assert b"".join(item.encode() for item in tlv.parse_simple(data)) == data


def read_dol(data: bytes) -> None:
    entries = tlv.parse_dol(data)
    assert b"".join(tlv.encode_tag(tag) + bytes((length,)) for tag, length in entries) == data
    filled = bytes(at % 251 for at in range(tlv.dol_length(entries)))
    assert {tag for tag, _ in entries} == set(tlv.split_dol(entries, filled))
    assert record_length(data) == len(filled)


def read_atr(data: bytes) -> None:
    parsed = atr.parse(data)
    assert len(parsed.historical) <= 15
    assert parsed.protocols
    for protocol in (0, 1):
        assert atr.parse(atr.build(parsed.historical, protocol))[1:] == (parsed.historical, (protocol,))


def read_historical(data: bytes) -> None:
    if len(data) == 16:
        assert b"".join((bytes.fromhex(card_numbers.parse_identification(data)[0]), *data_parts(data))) == data
        return
    parts = card_numbers.parse_historical(data)
    assert b"".join((*parts[:3], bytes.fromhex(parts.region), parts.serial)) == data
    assert card_numbers.diversification_factor(data) == data[5:]


def data_parts(data: bytes) -> tuple[bytes, ...]:
    return tuple(card_numbers.parse_identification(data)[1:])


def read_creation_data(data: bytes) -> None:
    if directory_headers.is_directory(data):
        header = directory_headers.parse_directory(data)
        again = directory_headers.parse_directory(header.frame())
        assert again[:3] == header[:3]
        assert again.name == header.name
        assert (
            header.kind == directory_headers.DirectoryKind.ADF or again == header
        )  # an ADF's other bytes are reserved
        assert directory_headers.DirectoryHeader.decode(again.encode()) == again
    else:
        descriptor = directory_headers.parse_file(data)
        assert directory_headers.parse_file(directory_headers.frame_file(descriptor)) == descriptor
        directory_headers.access_words(descriptor.access)


def read_key_load(data: bytes) -> None:
    plain = strip_length(data)
    header, value = key_wrapping.split(plain)
    assert header.encode() + value == plain
    assert strip_length(prefix_length(plain, 8)) == plain


_ITEMS = tuple(
    (item, file)
    for version in card_numbers.Version
    for directory in structure(version)
    for file in directory.files
    for item in file.items
)


def read_record(data: bytes) -> None:
    """The first two bytes choose the item, the rest is the record."""
    item, file = _ITEMS[int.from_bytes(data[:2], "big") % len(_ITEMS)]
    record = data[2:]
    value = item_encoding.decode_item(item, record)
    assert item_encoding.decode_item(item, item_encoding.encode_item(item, value)) == value
    assert file.item(item.tag) is not None or item.tag is None


def _record_seeds() -> list[bytes]:
    found = []
    for number, (item, _) in enumerate(_ITEMS):
        if number % 40 == 0:
            tag = b"" if item.tag is None else bytes((item.tag, item.length))
            found.append(number.to_bytes(2, "big") + tag + (b"1" * item.length if item.parts == () else b""))
    return [seed for seed in found if _taken(read_record, seed)]


def _taken(check: Callable[[bytes], None], seed: bytes) -> bool:
    try:
        check(seed)
    except item_encoding.EncodingError:
        return False
    return True


# --- what the bank's card says ----------------------------------------------------------------------------------------

_TAGS = tuple(BY_TAG)


def read_element(data: bytes) -> None:
    """The first byte chooses the tag. ``describe`` is total; what it is made of is checked beside it."""
    tag, value = _TAGS[data[0] % len(_TAGS)] if data else 0x9F7F, data[1:]
    assert describe(tag, value).startswith(f"{tag:X} ")
    for parse, build in ((parse_afl, encode_afl), (Iad.parse, Iad.build), (LogEntry.parse, bytes)):
        try:
            parsed = parse(value)
        except ValueError:
            continue
        assert build(parsed) == value or parse is Iad.parse  # a CVR's reserved bits are not kept
        if parse is Iad.parse:
            assert Iad.parse(parsed.build()) == parsed
    try:
        assert 8 + 2 * len(CvmList.parse(value).rules) == len(value)
    except ValueError:
        assert len(value) < 8 or len(value) % 2


def explain(data: bytes) -> None:
    """Length, command, length, answer …: all of it is explained, printed, written and read back."""
    explainer = Explainer()
    for sent, answered in _pairs(data):
        exchange = explainer.explain(RawExchange(sent, answered))
        assert line(exchange)
        assert text(exchange)
        (recorded,) = read([encode(exchange)]).lines
        assert exchange.masked or recorded.command == sent


def pieces(data: bytes) -> list[bytes]:
    """Data cut by length bytes; the last piece may be short."""
    found, at = [], 0
    while at < len(data):
        found.append(data[at + 1 : at + 1 + data[at]])
        at += 1 + data[at]
    return found


def _pairs(data: bytes) -> list[tuple[bytes, bytes]]:
    found = pieces(data)
    return list(zip(found[::2], found[1::2], strict=False))


def packed(*pieces: bytes) -> bytes:
    return b"".join(bytes((len(piece),)) + piece for piece in pieces)


_DIALOGUE = packed(
    bytes.fromhex("00A404000F7378312E73682EC9E7BBE1B1A3D5CF"),
    bytes.fromhex("6F1184 0F7378312E73682EC9E7BBE1B1A3D5CF9000"),
    bytes.fromhex("00B2090020"), bytes.fromhex("091EB2E2CAD4B3D6BFA8C8CB") + bytes(20) + b"\x90\x00",
    bytes.fromhex("0020000003123456"), bytes.fromhex("63C2"),
    bytes.fromhex("80A8000002830000"), bytes.fromhex("800E7C00080101001001030018010200 9000"),
)  # fmt: skip


class RepeatingCard(EchoCard):
    """Answers what it is told to, then 6F00; whoever keeps asking is counted."""

    __slots__ = ("_answers", "asked")

    def __init__(self, answers: list[bytes]) -> None:
        super().__init__()
        self._answers = answers
        self.asked = 0

    def exchange(self, _command: bytes) -> bytes:
        self.asked += 1
        assert self.asked < 20_000, "asks for ever"
        if not self._answers:
            return b"\x6f\x00"
        # The last answer is repeated for ever: a card that always says "more".
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


def read_foreign_card(data: bytes) -> None:
    """A hostile card at the second body's. The first byte odd: read as bank card, even: as social card."""
    card = RepeatingCard([piece for piece in pieces(data[1:]) if len(piece) >= 2])  # no reader hands on less
    linked = linking.read_bank(card, AID) if data[:1] and data[0] & 1 else linking.read_social(card)
    assert isinstance(linked, linking.Linked)


_SOCIAL_CARD = b"\0" + packed(bytes.fromhex("9000"), b"\x08\x12999901198802290011\x90\x00")
_BANK_CARD = b"\1" + packed(
    bytes.fromhex("6F0A8408A0000003330101019000"), bytes.fromhex("80067C00080101009000"),
    bytes.fromhex("70159F6112393939393031313938383032323930303131 9000"), bytes.fromhex("6A83"),
)  # fmt: skip


def _hex(*texts: str) -> Callable[[], list[bytes]]:
    return lambda: [bytes.fromhex(each) for each in texts]


TARGETS = (
    Target(
        "apdu",
        read_command,
        (command.MalformedAPDU,),
        "parse, then encode, gives the same bytes",
        _hex(
            "00A40000",
            "0084000008",
            "0020000003123456",
            "00A4040005A00000033300",
            "00B000000000FF",
            "00D60000000002AABB",
            "00CB00000000023F000000",
        ),
    ),
    Target("answer", read_response, (ValueError,), "data and status word are the bytes", _hex("9000", "0102036110")),
    Target(
        "tlv",
        read_tlv,
        (tlv.TlvError,),
        "encoded again in the shortest form it says the same; leaves are primitive",
        _hex("6F0A8408A000000333010101", "5F2D027A689F3602000A", "70819F" + "5A819C" + "11" * 0x9C, "7082000257 00"),
    ),
    Target(
        "simple-tlv",
        read_simple_tlv,
        (tlv.TlvError,),
        "items encoded again are the bytes",
        _hex("0903414243", "1F003F01005F020001"),
    ),
    Target(
        "dol",
        read_dol,
        (tlv.TlvError,),
        "entries encoded again are the bytes; values of the right length are split",
        _hex("9F02069F03069F1A0295055F2A029A039C019F3704", "9F3800"),
    ),
    Target(
        "atr",
        read_atr,
        (atr.AtrError,),
        "the historical bytes make an ATR of ours that says the same",
        _hex("3B6D0000008144434F860099000000A1C2", "3BE400008131FE456563686FEE", "3B80800101"),
    ),
    Target(
        "historical",
        read_historical,
        (card_numbers.NumberError,),
        "the parts joined are the bytes",
        _hex("008144434F860099000000A1C2", "999901D15600000500000001A1B2C3D4"),
    ),
    Target(
        "creation-data",
        read_creation_data,
        (LayoutError,),
        "header and descriptor encoded again say the same",
        _hex(
            "000000FF013F00010000000000800000",
            "000000FF01DF03020000000000000000A000000333",
            "0000000020EF05C500050000F0000000".replace(" ", ""),
        ),
    ),
    Target(
        "key-load",
        read_key_load,
        (BadPadding,),
        "header and value joined are the plain text",
        _hex("180101010F33000110" + "11" * 16, "100101010F33000108" + "22" * 8),
    ),
    Target(
        "record",
        read_record,
        (item_encoding.EncodingError,),
        "decode, encode, decode gives the same value",
        _record_seeds,
        300,
    ),
    Target(
        "element",
        read_element,
        (),
        "every element is described; AFL, 9F10, 9F4D and 8E encoded again are the bytes",
        lambda: [bytes((number,)) + bytes(6) for number in range(0, len(_TAGS), 5)],
        64,
    ),
    Target(
        "explain", explain, (), "any dialogue is explained, printed, written as JSON and read back", lambda: [_DIALOGUE]
    ),
    Target(
        "foreign-card",
        read_foreign_card,
        (linking.LinkError,),
        "any card's answers give the holder or a reject, in a bounded number of commands",
        lambda: [_SOCIAL_CARD, _BANK_CARD],
    ),
)
