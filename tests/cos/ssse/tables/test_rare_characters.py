"""GB 18030 as of 2022 and its private-use twins, against the standard's table written out.

The two-byte codes, the private-use code points that GBK gave them, the standard code points they have by now: as GNU
libc's iconv has them, which shares nothing with this program. Six of them keep the private-use code point in the
standard and have the standard one under four bytes besides; iconv gives both the standard one.
"""

from __future__ import annotations

import pytest

from cos.ssse.tables.item_encoding import EncodingError, decode_text, encode_text, split_name, text_length
from cos.ssse.tables.rare_characters import TWINS, from_gb18030, standard, to_gb18030
from dualcos.explain.card_texts import card_text
from dualcos.issuance.exchange.input_characters import normalise

TABLE = """
    E76C A2E3 20AC; E78D A6D9 FE10; E78E A6DA FE12; E78F A6DB FE11; E790 A6DC FE13;
    E791 A6DD FE14; E792 A6DE FE15; E793 A6DF FE16; E794 A6EC FE17; E795 A6ED FE18;
    E796 A6F3 FE19; E7C7 A8BC 1E3F; E7C8 A8BF 01F9; E7E7 A989 303E; E7E8 A98A 2FF0;
    E7E9 A98B 2FF1; E7EA A98C 2FF2; E7EB A98D 2FF3; E7EC A98E 2FF4; E7ED A98F 2FF5;
    E7EE A990 2FF6; E7EF A991 2FF7; E7F0 A992 2FF8; E7F1 A993 2FF9; E7F2 A994 2FFA;
    E7F3 A995 2FFB; E815 FE50 2E81; E816 FE51 20087; E817 FE52 20089; E818 FE53 200CC;
    E819 FE54 2E84; E81A FE55 3473; E81B FE56 3447; E81C FE57 2E88; E81D FE58 2E8B;
    E81E FE59 9FB4; E81F FE5A 359E; E820 FE5B 361A; E821 FE5C 360E; E822 FE5D 2E8C;
    E823 FE5E 2E97; E824 FE5F 396E; E825 FE60 3918; E826 FE61 9FB5; E827 FE62 39CF;
    E828 FE63 39DF; E829 FE64 3A73; E82A FE65 39D0; E82B FE66 9FB6; E82C FE67 9FB7;
    E82D FE68 3B4E; E82E FE69 3C6E; E82F FE6A 3CE0; E830 FE6B 2EA7; E831 FE6C 215D7;
    E832 FE6D 9FB8; E833 FE6E 2EAA; E834 FE6F 4056; E835 FE70 415F; E836 FE71 2EAE;
    E837 FE72 4337; E838 FE73 2EB3; E839 FE74 2EB6; E83A FE75 2EB7; E83B FE76 2298F;
    E83C FE77 43B1; E83D FE78 43AC; E83E FE79 2EBB; E83F FE7A 43DD; E840 FE7B 44D6;
    E841 FE7C 4661; E842 FE7D 464C; E843 FE7E 9FB9; E844 FE80 4723; E845 FE81 4729;
    E846 FE82 477C; E847 FE83 478D; E848 FE84 2ECA; E849 FE85 4947; E84A FE86 497A;
    E84B FE87 497D; E84C FE88 4982; E84D FE89 4983; E84E FE8A 4985; E84F FE8B 4986;
    E850 FE8C 499F; E851 FE8D 499B; E852 FE8E 49B7; E853 FE8F 49B6; E854 FE90 9FBA;
    E855 FE91 241FE; E856 FE92 4CA3; E857 FE93 4C9F; E858 FE94 4CA0; E859 FE95 4CA1;
    E85A FE96 4C77; E85B FE97 4CA2; E85C FE98 4D13; E85D FE99 4D14; E85E FE9A 4D15;
    E85F FE9B 4D16; E860 FE9C 4D17; E861 FE9D 4D18; E862 FE9E 4D19; E863 FE9F 4DAE;
    E864 FEA0 9FBB;
"""
ROWS = [
    (chr(int(private, 16)), bytes.fromhex(code), chr(int(known, 16)))
    for private, code, known in (row.split() for row in TABLE.split(";") if row.strip())
]
# The standard's appendix: what still has the private-use code point under two bytes, and four bytes for the other.
KEPT = {
    "FE51": "95329031",
    "FE52": "95329033",
    "FE53": "95329730",
    "FE6C": "9536B937",
    "FE76": "9630BA35",
    "FE91": "9635B630",
}
# Four bytes that each private-use code point has, or had: in a row from 8336C739 on, but for those that changed places.
RENEWED_2022 = {
    **{f"A6{0xD9 + n:02X}": code for n, code in enumerate(("84318236", "84318238", "84318237", "84318239"))},
    **{f"A6{0xDD + n:02X}": f"8431833{n}" for n in range(3)},
    **{code: f"8431833{n}" for n, code in enumerate(("A6EC", "A6ED", "A6F3"), 3)},
    **{code: f"8235903{n}" for n, code in enumerate(("FE59", "FE61", "FE66"), 7)},
    **{code: f"8235913{n}" for n, code in enumerate(("FE67", "FE6D", "FE7E", "FE90", "FEA0"))},
}
RENEWED_2005 = {"A8BC": "8135F437"}


def after(code: int) -> int:
    """The four-byte code behind another one (GB 18030 §4.2)."""
    one, two, three, four = code.to_bytes(4, "big")
    four, three = (four + 1, three) if four < 0x39 else (0x30, three + 1)
    three, two = (three, two) if three <= 0xFE else (0x81, two + 1)
    return int.from_bytes((one, two, three, four), "big")


def four_bytes() -> dict[bytes, bytes]:
    """Two-byte code to the four bytes of its private-use code point."""
    others = RENEWED_2022 | RENEWED_2005 | KEPT
    found, at = {}, 0x8336C739
    for _, code, _ in ROWS:
        text = code.hex().upper()
        if text in others:
            found[code] = bytes.fromhex(others[text])
        else:
            found[code], at = at.to_bytes(4, "big"), after(at)
    return found


FOUR = four_bytes()


def test_the_table_is_whole():
    assert len(ROWS) == len(TWINS) == 106
    assert {ord(private): ord(known) for private, _, known in ROWS} == dict(TWINS)


def test_every_character_has_both_written_forms():
    """On a card either is the character; written by us, the standard code point has the two bytes (2022)."""
    for private, code, known in ROWS:
        kept = code.hex().upper() in KEPT
        plain, other = (FOUR[code], code) if kept else (code, FOUR[code])
        assert to_gb18030(known) == plain, known
        assert to_gb18030(private) == other, hex(ord(private))
        assert (from_gb18030(plain), from_gb18030(other)) == (known, private)
        assert {card_text(raw + fill) for raw in (code, FOUR[code]) for fill in (b"", b"\0" * 4, b"\xff" * 4)} == {
            known
        }
        assert standard(private) == standard(known) == known


def test_an_input_has_one_writing_and_says_so():
    for private, _, known in ROWS:
        for column in ("name", "reg_addr", "employer", "guardian_name"):
            text, changes = normalise(column, f"测{private}试")
            # What the compatibility forms make plain besides (⺁ and the like stay as they are in Chinese text).
            assert text == normalise(column, f"测{known}试").text
            assert private not in text
            assert f"U+{ord(private):04X} U+{ord(known):04X}" in changes[0]


def test_nothing_else_of_the_private_use_area_is_touched():
    """User-defined characters are whatever their register says: they stay, as text, as bytes, both ways."""
    text = "".join(chr(code) for code in range(0xE000, 0xF900) if code not in TWINS)
    assert standard(text) == text
    assert to_gb18030(text) == text.encode("gb18030")
    assert from_gb18030(to_gb18030(text)) == text


def test_all_the_rest_is_as_everywhere():
    """Every other character of the basic plane, and some beyond: the codec's own bytes, and back."""
    swapped = {ord(known) for _, code, known in ROWS if code.hex().upper() in RENEWED_2022 | RENEWED_2005}
    codes = (*range(0x20, 0xD800), *range(0xF900, 0x10000), *range(0x20000, 0x20100), 0x2A6D6, 0x10FFFF)
    text = "".join(chr(code) for code in codes if code not in swapped)
    assert to_gb18030(text) == text.encode("gb18030")
    assert from_gb18030(text.encode("gb18030")) == text


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("B2E2CAD4", "测试"),
        ("B2E2CAD400FF", "测试"),
        ("434553484920 4A4F484E 20", "CESHI JOHN "),
        ("B2E2CAD48230", "测试\\x82\\x30"),
        ("B2E2CAD4B7", "测试\\xB7"),
        ("", ""),
        ("FFFFFF", ""),
        ("B7", None),
        ("B2E2FF41", None),
    ],
)
def test_what_a_field_holds_is_shown_as_text(raw, text):
    """Fill of 00 and FF, blanks kept, a last character that a writer has cut; what is no text is none."""
    assert card_text(bytes.fromhex(raw)) == text


def test_both_fills_are_read_and_00_is_written():
    for charset in ("gbk", "gb18030"):
        written = encode_text("测试", 8, charset)
        assert written == bytes.fromhex("B2E2CAD400000000")
        assert decode_text(written, charset) == decode_text(bytes.fromhex("B2E2CAD4FFFFFFFF"), charset) == "测试"
    with pytest.raises(EncodingError):
        decode_text(b"\xff\x41", "gb18030")


def test_a_name_is_cut_by_the_bytes_it_takes():
    """U+9FB4 takes two bytes by now: fifteen of them fill item 09, as fifteen of any other do."""
    name = "\u9fb4" * 16
    assert text_length(name, "gb18030") == 32
    assert split_name(name, "gb18030") == (name[:15], name[15:])
