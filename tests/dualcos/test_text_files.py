"""The one door for text: what it takes, what it refuses, and where it says that something is wrong (RFC 3629, 2781)."""

import os
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dualcos.textforms import text_files
from dualcos.textforms.text_files import (
    SaidEncoding,
    UnreadableText,
    begins_as_text,
    decoded,
    lines_in,
    lines_of,
    text_of,
)

TEXT = "row_id,姓名\r\n1,测试㛃𠀀\r2,é€\n\n3"
LINES = ["row_id,姓名\n", "1,测试㛃𠀀\n", "2,é€\n", "\n", "3\n"]

# Bytes as they are written, and what is said of them.
WAYS = {
    "UTF-8": (TEXT.encode(), ""),
    "UTF-8, said": (TEXT.encode(), "utf-8"),
    "UTF-8 with a mark": (b"\xef\xbb\xbf" + TEXT.encode(), ""),
    "UTF-8 with a mark, said": (b"\xef\xbb\xbf" + TEXT.encode(), "utf-8"),
    "UTF-16, little end first": (b"\xff\xfe" + TEXT.encode("utf-16-le"), ""),
    "UTF-16, big end first": (b"\xfe\xff" + TEXT.encode("utf-16-be"), ""),
    "UTF-16 with a mark, said": (b"\xfe\xff" + TEXT.encode("utf-16-be"), "utf-16"),
    "UTF-16 without a mark, said": (TEXT.encode("utf-16-le"), "utf-16"),
    "UTF-16 without a mark, big end first, said": (TEXT.encode("utf-16-be"), "utf-16"),
    "GB18030 with its mark": (b"\x84\x31\x95\x33" + TEXT.encode("gb18030"), ""),
    "GB18030, said": (TEXT.encode("gb18030"), "gb18030"),
    "GB18030, called GBK": (TEXT.encode("gb18030"), "gbk"),
}


@pytest.fixture(params=[4, 5, 7, 1 << 16], ids="pieces of {}".format)
def piece(request, monkeypatch):
    monkeypatch.setattr(text_files, "_CHUNK", request.param)


def said_of(path, encoding=""):
    """Why the lines of a file cannot be read."""
    with pytest.raises(UnreadableText) as caught:
        list(lines_of(path, SaidEncoding(encoding, "--encoding")))
    return str(caught.value).removeprefix(f"{path}")


@pytest.mark.usefixtures("piece")
@pytest.mark.parametrize("way", WAYS)
def test_the_same_text_in_every_encoding(way, tmp_path):
    content, said = WAYS[way]
    (tmp_path / "a").write_bytes(content)
    assert list(lines_of(tmp_path / "a", SaidEncoding(said, "--encoding"))) == LINES
    if not said:
        assert text_of(tmp_path / "a") == decoded(content, "a") == "".join(LINES).removesuffix("\n")


def test_every_character_of_gbk_is_the_same_in_gb18030():
    """So one codec reads both: what GBK has, GB18030 has at the same place."""
    pairs = [bytes((high, low)) for high in range(0x81, 0xFF) for low in range(0x40, 0xFF) if low != 0x7F]
    known = [
        pair
        for pair in pairs
        if pair.decode("gbk", "replace").isprintable() and "\ufffd" not in pair.decode("gbk", "replace")
    ]
    assert len(known) > 21_000
    assert [pair for pair in known if pair.decode("gbk") != pair.decode("gb18030")] == []


NO_LINE_ENDS = "\v\f\x1c\x1d\x1e\x85\u2028\u2029"


@pytest.mark.usefixtures("piece")
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_at_line_feeds_and_carriage_returns_only(end, tmp_path):
    lines = ["a", f"b{NO_LINE_ENDS}c", "", "d"]
    for last in ("", end):
        (tmp_path / "a").write_bytes((end.join(lines) + last).encode())
        assert list(lines_of(tmp_path / "a")) == [line + "\n" for line in lines]
        assert lines_in(end.join(lines) + last) == lines


@pytest.mark.usefixtures("piece")
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_file_that_was_cut_off_at_any_byte(end, tmp_path):
    """Its last line has no LF, and U+FFFD for half a character; only for who asks is it a text at all."""
    whole = f"a{end}名字".encode()
    for length in range(len(whole)):
        (tmp_path / "a").write_bytes(whole[:length])
        kept, begun = whole[:length].decode(errors="ignore"), whole[:length].decode(errors="replace")
        lines = begun.replace(end, "\n").replace("\r", "\n").splitlines(keepends=True)
        assert list(lines_of(tmp_path / "a", may_be_torn=True)) == lines
        if kept != begun:
            with pytest.raises(UnreadableText):
                list(lines_of(tmp_path / "a"))


PIECES = st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=5), max_size=5)


@given(
    lines=PIECES, end=st.sampled_from(["\n", "\r\n", "\r"]), rest=PIECES, chunk=st.integers(4, 12), mark=st.booleans()
)
def test_the_place_of_a_wrong_byte_is_told(tmp_path_factory, lines, end, rest, chunk, mark):
    """Wherever the pieces of the file end: its line from 1, its offset from 0."""
    before = (b"\xef\xbb\xbf" if mark else b"") + end.join([*lines, ""]).encode() + "名".encode()
    path = tmp_path_factory.mktemp("wrong") / "a"
    path.write_bytes(before + b"\xff" + end.join(rest).encode())
    where = f": line {len(lines) + 1}, byte offset {len(before)}, is not UTF-8"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text_files, "_CHUNK", chunk)
        assert said_of(path).startswith(where)
    with pytest.raises(UnreadableText, match=f"^{path}{where}"):
        text_of(path)


# A file, what somebody says it is, and what must be told of it.
REFUSED = [
    ("姓名\n".encode("gb18030"), "", "all of it is GB18030, which Excel in China writes: give --encoding gb18030"),
    ("姓名\n".encode("gb18030") + b"\xff", "", "is not UTF-8: save it as UTF-8, or say what it is with --encoding"),
    ("a\n姓名".encode("utf-16-le"), "", "UTF-16 without a byte order mark; give --encoding utf-16"),
    (b"row_id\n".decode().encode("utf-16-be"), "", "is a NUL: this is UTF-16 without a byte order mark"),
    (b"\xef\xbb\xbfabc", "gb18030", "begins with the byte order mark of UTF-8: give --encoding utf-8"),
    (b"\xef\xbb\xbfabc", "utf-16", "begins with the byte order mark of UTF-8: give --encoding utf-8"),
    (b"\xff\xfea\0", "gbk", "begins with the byte order mark of UTF-16: give --encoding utf-16"),
    (b"\xff\xfea\0", "utf-8", "begins with the byte order mark of UTF-16: give --encoding utf-16"),
    (b"\x84\x31\x95\x33a", "utf-8", "begins with the byte order mark of GB18030: give --encoding gb18030"),
    ("\ufeffa".encode("utf-32-le"), "", "byte order mark of UTF-32: save it as UTF-8"),
    ("\ufeffa".encode("utf-32-be"), "", "byte order mark of UTF-32: save it as UTF-8"),
    (b"abc\n", "utf-16", "has neither its byte order mark nor its zero bytes"),
    ("测试甲乙丙丁戊己".encode(), "gb18030", "was said to be gb18030, and is UTF-8: give --encoding utf-8"),
    ("测试甲乙丙丁戊己\n".encode() * 2, "gbk", "was said to be gbk, and is UTF-8: give --encoding utf-8"),
    ("测\n".encode(), "gbk", "is not gbk, which it was said to be: give --encoding utf-8"),
    (b"\xff\xfea\0b", "", "is not UTF-16, as its byte order mark says: it is cut or damaged"),
    (b"\xff\xfe\0\xd8a\0", "", "is not UTF-16, as its byte order mark says"),
    (b"x" * ((1 << 20) + 1), "", "line 1 is longer than 1048576 characters"),
]


@pytest.mark.parametrize(("content", "encoding", "told"), REFUSED, ids=[told for _, _, told in REFUSED])
def test_what_is_no_text_or_not_what_it_was_said_to_be(content, encoding, told, tmp_path):
    (tmp_path / "a").write_bytes(content)
    assert told in said_of(tmp_path / "a", encoding)


def test_a_short_text_may_be_both(tmp_path):
    """Few bytes of GBK can be UTF-8 too: who says which it is, is believed."""
    content = "隆".encode("gbk")
    assert content.decode() == "¡"
    (tmp_path / "a").write_bytes(content)
    assert list(lines_of(tmp_path / "a", SaidEncoding("gbk", "--encoding"))) == ["隆\n"]
    assert list(lines_of(tmp_path / "a")) == ["¡\n"]


@pytest.mark.parametrize("control", [*range(9), *range(14, 32), 127])
def test_no_control_character_stands_in_a_whole_text(control, tmp_path):
    (tmp_path / "a").write_bytes(b"\xef\xbb\xbfa\r\n" + "名".encode() + bytes((control,)))
    with pytest.raises(UnreadableText, match=r"line 2, byte offset 9, is (a NUL|the control character U\+00)"):
        text_of(tmp_path / "a")
    assert list(lines_of(tmp_path / "a"))[1] == f"名{chr(control)}\n"  # told of its row, which is bad alone


def test_it_is_never_quoted(tmp_path):
    """It may be a pass phrase, or a key."""
    (tmp_path / "a").write_bytes(b"Tr0ub4dor\n\xe9Tr0ub4dor")
    with pytest.raises(UnreadableText) as caught:
        text_of(tmp_path / "a")
    assert "Tr0ub4dor" not in str(caught.value)
    assert "E9" not in str(caught.value).upper()


def test_files_that_cannot_be_opened_are_told_like_all_others(tmp_path):
    for path in (tmp_path / "none", tmp_path, f"{tmp_path}/a\0b"):
        with pytest.raises(UnreadableText, match=r": (No such file|Is a directory|no name)"):
            text_of(path)
        with pytest.raises(UnreadableText, match=r": (No such file|Is a directory|no name)"):
            next(lines_of(path))


def test_no_text_read_whole_is_endless():
    with pytest.raises(UnreadableText, match="longer than 1000 bytes"):
        text_of("/dev/zero", most=1000)


def test_lines_come_before_the_rest_is_read(tmp_path):
    (tmp_path / "a").write_bytes(b"first\n" + b"x" * 100_000 + b"\n\xff")
    lines = lines_of(tmp_path / "a")
    assert next(lines) == "first\n"
    with pytest.raises(UnreadableText, match="line 3, byte offset 100007"):
        list(lines)


def test_a_pipe_is_read_once(tmp_path):
    os.mkfifo(tmp_path / "a")
    content = "姓名\n".encode("gb18030")
    for encoding, told in (("gbk", None), ("", "is not UTF-8: save it as UTF-8, or say")):
        writer = threading.Thread(target=(tmp_path / "a").write_bytes, args=(content,))
        writer.start()
        if told is None:
            assert list(lines_of(tmp_path / "a", SaidEncoding(encoding, "--encoding"))) == ["姓名\n"]
        else:
            assert told in said_of(tmp_path / "a", encoding)
        writer.join()


@pytest.mark.parametrize(
    ("start", "text"),
    [
        (b"name = 1", True),
        ("名".encode() * 1000 + "名".encode()[:2], True),
        (b"\xff\xfen\0", True),
        (b"SQLite format 3\0", False),
        (bytes(range(256)), False),
        (b"n\0a\0", False),
    ],
)
def test_the_start_of_a_file_says_whether_it_may_be_text(start, text):
    assert begins_as_text(start) is text
