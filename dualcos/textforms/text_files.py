"""The one door for text that somebody hands in: whatever its format, it is decoded here and nowhere else.

* **Encoding.** A byte order mark decides. Without one the text is UTF-8, strictly, unless whoever hands it in has said
  otherwise (``encoding``); a mark that says another thing is refused, and nothing is ever guessed in silence. What can
  be known of bytes that are not UTF-8 is said: that all are GB18030, as Excel writes in China, or UTF-16 without mark.
* **Line ends** are CR LF, LF, and CR alone; all come out as LF. U+0085, U+2028, VT and FF end no line.
* **Control characters** other than white space stand in no text that is read whole (a profile, a script, a key block).
  Read line by line, they are left to the row's own check: one bad row is no bad file.
* **What is wrong** is one line that names the file, the line (from 1) and the byte (offset from 0), and what to do. It
  never quotes the text: it may be a pass phrase.
"""

from __future__ import annotations

import codecs
import re
import stat
from collections.abc import Callable, Generator, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

ENCODINGS: Mapping[str, str] = MappingProxyType(
    {"utf-8": "utf-8", "gb18030": "gb18030", "gbk": "gb18030", "utf-16": "utf-16"}
)
"""What a user may call an encoding, and the codec that reads it: GB18030 has all of GBK at the same places."""

Lines = Generator[str, None, None]
"""Lines as they are read; to close it closes the file."""

MOST_BYTES = 1 << 24
"""No text that is read whole is longer."""
LONGEST_LINE = 1 << 20
"""No line of a text that is read by lines is longer, in characters."""

_CHUNK = 1 << 16
_MARKS = (  # the longer first
    (b"\xff\xfe\0\0", "utf-32"),
    (b"\0\0\xfe\xff", "utf-32"),
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
    (b"\x84\x31\x95\x33", "gb18030"),
)
_CONTROL = re.compile("[\0-\x08\x0e-\x1f\x7f]")
_SURELY_UTF8 = 8
"""So many characters that are UTF-8 and no ASCII, and nothing else, are no accident of another encoding."""


class SaidEncoding(NamedTuple):
    """What somebody says a text is, one of ``ENCODINGS`` or empty; the ``option`` to say it by, for messages."""

    name: str = ""
    option: str = ""


NOBODY_SAID = SaidEncoding()


class UnreadableText(Exception):
    """The file cannot be read as text. The message names it and the place, and says what to do."""


def bytes_of(path: str | Path, most: int, *, regular: bool = True) -> bytes:
    """All of a file that is no longer than ``most`` bytes. ``regular``: a pipe or a device is none, as it can be read
    but once and may never end. Raises UnreadableText.
    """
    try:
        if regular and not stat.S_ISREG(Path(path).stat().st_mode):
            raise UnreadableText(f"{path} is no regular file, and one is wanted")
        with Path(path).open("rb") as file:
            content = file.read(most + 1)
    except (OSError, ValueError) as error:
        raise _unopened(path, error) from None
    if len(content) > most:
        raise UnreadableText(f"{path} is longer than {most} bytes; no such file is")
    return content


def text_of(path: str | Path, *, most: int = MOST_BYTES) -> str:
    """The whole text of a file, its lines ended by LF. Raises UnreadableText."""
    try:
        with Path(path).open("rb") as file:
            content = file.read(most + 1)
    except (OSError, ValueError) as error:
        raise _unopened(path, error) from None
    if len(content) > most:
        raise UnreadableText(f"{path} is longer than {most} bytes; no such text is")
    return decoded(content, str(path))


def decoded(content: bytes, name: str) -> str:
    """The text of bytes that were read already; ``name`` stands for them in messages. Raises UnreadableText."""
    reading = _Reading(_Source(name, lambda: iter((content,))), content[:4])
    return reading.text(content[reading.marked :], final=True, whole=True)


def lines_of(path: str | Path, said: SaidEncoding = NOBODY_SAID, *, may_be_torn: bool = False) -> Lines:
    """The lines of a file one by one, each with its LF; there is never more of it in memory than a line and a piece.

    ``may_be_torn``: whoever wrote it may have been killed. A last line without an end then comes without LF, and with
    U+FFFD for a character that it was cut off in. Raises UnreadableText, also far down, while lines are taken.
    """
    source = _Source(str(path), lambda: _pieces(path), said, path)
    pieces = _pieces(path)
    start = next(pieces, b"")
    reading = _Reading(source, start[:4])
    unended: list[str] = []
    for piece, final in _with_last(start[reading.marked :], pieces):
        *whole, rest = reading.text(piece, final=final, torn=may_be_torn).split("\n")
        for line in whole:
            unended.append(line + "\n")
            yield "".join(unended)
            unended.clear()
        unended.append(rest)
        if sum(map(len, unended)) > LONGEST_LINE:
            raise UnreadableText(f"{path}: line {reading.line} is longer than {LONGEST_LINE} characters; no line is")
    if last := "".join(unended) + reading.cut_off:
        yield last if may_be_torn else last + "\n"


def lines_in(text: str) -> list[str]:
    """The lines of a text in hand, without their ends; what ends a line in a file ends one here."""
    lines = _by_line_feeds(text).split("\n")
    return lines if lines[-1] else lines[:-1]


def begins_as_text(start: bytes) -> bool:
    """True if a file with this start, of many bytes, can be text; the last character may be cut."""
    mark = _mark(start)
    try:
        text = codecs.getincrementaldecoder(mark.codec or "utf-8")().decode(start[mark.length :])
    except UnicodeDecodeError:
        return False
    return "\0" not in text


class _Mark(NamedTuple):
    """The byte order mark at a text's start: how long, and of which codec; 0 and empty without one."""

    length: int
    codec: str


def _mark(start: bytes) -> _Mark:
    return next((_Mark(len(mark), codec) for mark, codec in _MARKS if start.startswith(mark)), _Mark(0, ""))


class _Source(NamedTuple):
    """A text that is read: what it is called, its bytes once more, what somebody says of it; ``path`` if it has one."""

    name: str
    again: Callable[[], Iterator[bytes]]
    said: SaidEncoding = NOBODY_SAID
    path: str | Path | None = None


class _Reading:
    """Bytes on their way to text, with the place where they are. ``marked``: length of the byte order mark."""

    def __init__(self, source: _Source, start: bytes) -> None:
        self._source = source
        self._start = start
        mark = _mark(start)
        self.marked, self._at = mark.length, mark.length
        self._by_mark = bool(mark.codec)
        self._codec = mark.codec or self._said()
        if mark.codec:
            self._demand_agreement(mark.codec)
        self._decoder = codecs.getincrementaldecoder(self._codec)()
        self._held = ""  # a CR at the end of a piece: the LF that belongs to it may come
        self.line = 1
        asked = self._codec == "gb18030" and not mark.codec
        self._perhaps_utf8 = codecs.getincrementaldecoder("utf-8")() if asked else None
        self._utf8_seen = 0

    @property
    def cut_off(self) -> str:
        """U+FFFD while a character has begun and not ended."""
        return "\ufffd" if self._decoder.getstate()[0] else ""

    def _said(self) -> str:
        """The codec of a text without a mark."""
        said = self._source.said
        codec = ENCODINGS.get(said.name, "utf-8")
        if codec != "utf-16":
            return codec
        order = _order_without_mark(self._start)
        if not order and self._start:
            raise UnreadableText(
                f"{self._source.name} was said to be utf-16, and has neither its byte order mark nor its zero bytes:"
                f" say with {said.option} what it is, or save it as UTF-8"
            )
        return order or "utf-16-le"

    def _demand_agreement(self, codec: str) -> None:
        name, said = self._source.name, self._source.said
        if codec == "utf-32":
            raise UnreadableText(f"{name} begins with the byte order mark of UTF-32: save it as UTF-8")
        if said.name and not codec.startswith(ENCODINGS[said.name]):
            raise UnreadableText(
                f"{name} was said to be {said.name}, and begins with the byte order mark of {_called(codec)}:"
                f" give {said.option} {_called(codec).lower()}"
            )

    def text(self, piece: bytes, *, final: bool, whole: bool = False, torn: bool = False) -> str:
        """The next characters, or all (``whole``), their lines ended by LF; ``torn``: the last may be cut off. Raises
        UnreadableText.
        """
        waiting = self._decoder.getstate()[0]
        before = self._at - len(waiting)
        try:
            found = self._decoder.decode(piece, final and not torn)
        except UnicodeDecodeError as error:
            raise self._undecodable(error, before) from None
        if (whole or self._looks_like_utf16) and (control := _CONTROL.search(found)):
            raise self._no_text(found, control, before)
        self._at += len(piece)
        self._demand_no_utf8(piece, final=final)
        found = self._held + found
        self._held = "\r" if found.endswith("\r") and not final else ""
        found = _by_line_feeds(found.removesuffix(self._held) if self._held else found)
        self.line += found.count("\n")
        return found

    def _place(self, characters: str, offset: int) -> str:
        """Where something stands behind ``characters`` of this piece."""
        line = self.line + _by_line_feeds(self._held + characters).count("\n")
        return f"{self._source.name}: line {line}, byte offset {offset},"

    def _undecodable(self, error: UnicodeDecodeError, before: int) -> UnreadableText:
        place = self._place(error.object[: error.start].decode(self._codec), before + error.start)
        said = self._source.said
        if self._by_mark:
            why = f"is not {_called(self._codec)}, as its byte order mark says: it is cut or damaged"
        elif said.name:
            what = f"give {said.option} utf-8" if self._is_whole("utf-8") else f"say with {said.option} what it is"
            why = f"is not {said.name}, which it was said to be: {what}"
        elif self._looks_like_utf16:
            why = f"is not UTF-8: this is UTF-16 without a byte order mark; {self._advice('utf-16')}"
        elif b"\0" in self._start or b"\0" in error.object:
            why = "is not UTF-8, and NULs are there: this is no text"
        elif self._is_whole("gb18030"):
            why = f"is not UTF-8; all of it is GB18030, which Excel in China writes: {self._advice('gb18030')}"
        else:
            why = "is not UTF-8: save it as UTF-8" + (f", or say what it is with {said.option}" if said.option else "")
        return UnreadableText(f"{place} {why}")

    @property
    def _looks_like_utf16(self) -> bool:
        return self._codec == "utf-8" and not self._by_mark and bool(_order_without_mark(self._start))

    def _no_text(self, found: str, control: re.Match[str], before: int) -> UnreadableText:
        characters = found[: control.start()]
        place = self._place(characters, before + len(characters.encode(self._codec)))
        if control[0] == "\0" and self._looks_like_utf16:
            why = f"this is UTF-16 without a byte order mark; {self._advice('utf-16')}"
            return UnreadableText(f"{place} is a NUL: {why}")
        what = "a NUL" if control[0] == "\0" else f"the control character U+{ord(control[0]):04X}"
        return UnreadableText(f"{place} is {what}, which no text has: it is damaged, or no text at all")

    def _advice(self, encoding: str) -> str:
        option = self._source.said.option
        return f"give {option} {encoding}, or save it as UTF-8" if option else "save it as UTF-8"

    def _is_whole(self, codec: str) -> bool:
        """True if all of the bytes are of ``codec``; False too where they cannot be read a second time."""
        if self._source.path is not None and not Path(self._source.path).is_file():
            return False
        decoder = codecs.getincrementaldecoder(codec)()
        try:
            for piece in self._source.again():
                decoder.decode(piece)
            decoder.decode(b"", final=True)
        except (UnicodeDecodeError, UnreadableText):
            return False
        return True

    def _demand_no_utf8(self, piece: bytes, *, final: bool) -> None:
        """UTF-8 that is called GB18030 decodes to other characters, mostly without a complaint."""
        if self._perhaps_utf8 is None:
            return
        try:
            found = self._perhaps_utf8.decode(piece, final)
        except UnicodeDecodeError:
            self._perhaps_utf8 = None
            return
        self._utf8_seen += len(found) - len(found.encode("ascii", "ignore"))
        if self._utf8_seen >= _SURELY_UTF8:
            said = self._source.said
            raise UnreadableText(
                f"{self._source.name} was said to be {said.name}, and is UTF-8: give {said.option} utf-8"
            )


def _pieces(path: str | Path) -> Iterator[bytes]:
    try:
        with Path(path).open("rb") as file:
            while piece := file.read(_CHUNK):
                yield piece
    except (OSError, ValueError) as error:
        raise _unopened(path, error) from None


def _with_last(first: bytes, pieces: Iterator[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Each piece, and True with the last; at least one."""
    before = first
    for piece in pieces:
        yield before, False
        before = piece
    yield before, True


def _unopened(path: str | Path, error: Exception) -> UnreadableText:
    return UnreadableText(f"{path}: {getattr(error, 'strerror', None) or 'no name of a file'}")


def _order_without_mark(start: bytes) -> str:
    """UTF-16 that begins with ASCII, by the places of the zero bytes; empty for anything else."""
    zeros = [byte == 0 for byte in start[:4]]
    if len(zeros) % 2 or not zeros:
        return ""
    if zeros == [True, False] * (len(zeros) // 2):
        return "utf-16-be"
    return "utf-16-le" if zeros == [False, True] * (len(zeros) // 2) else ""


def _by_line_feeds(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _called(codec: str) -> str:
    return codec.upper().removesuffix("-LE").removesuffix("-BE")
