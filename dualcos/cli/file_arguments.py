"""Which arguments name files, and what must hold of them before any work: nothing is overwritten that was not meant.

Every subcommand declares its files here, those it reads, those it makes and those it goes on writing;
``demand_sound_files`` looks at all of them before the subcommand runs. Who then writes a new file uses
``keys.custody.whole_file``, which finds a name taken if it was taken in between.
"""

from __future__ import annotations

import argparse
import os
import stat
from argparse import Namespace
from collections.abc import Callable, Iterable, Iterator
from enum import Enum
from pathlib import Path
from typing import Any, NamedTuple

from dualcos.cli.user_faults import Fault
from keys.custody.whole_file import is_standard_output, is_stream

# argparse gives what parsers and their groups have in common no public name.
Declaring = argparse._ActionsContainer  # noqa: SLF001
# A name in the arguments that no option has.
_DECLARED, _FORCE = "declared files", "force"
_REMOVE = "remove it or choose another name"
_REPLACE = "choose another name, or --force replaces it"


class FileRole(Enum):
    """What a subcommand does with a file or folder. KEPT: goes on with it if it is there, makes it if not."""

    READ = "read"
    MADE = "made"
    KEPT = "kept"
    FOLDER = "folder"


class FileArgument(NamedTuple):
    """One argument that names a file. ``label``: its option, or its metavar.

    ``where``: the file that a text of the user's means, None for none; ``beside``: endings of files that go with it;
    ``inside``: what is made in a folder; ``fresh``: none of that, and no file that is made, may be there, and
    ``taken`` says what to do about one.
    """

    dest: str
    label: str
    role: FileRole
    where: Callable[[str], Path | None] = Path
    beside: tuple[str, ...] = ()
    inside: tuple[str, ...] = ()
    fresh: bool = True
    taken: str = _REMOVE


def add_input(
    parser: Declaring,
    *names: str,
    where: Callable[[str], Path | None] = Path,
    beside: tuple[str, ...] = (),
    **described: Any,  # noqa: ANN401 - as add_argument takes them
) -> None:
    """Declare an argument that names a file or folder to read, or something else that ``where`` tells apart."""
    _declare(parser, names, described, FileArgument("", "", FileRole.READ, where, beside))


def add_output(
    parser: Declaring,
    *names: str,
    replaceable: bool = True,
    beside: tuple[str, ...] = (),
    taken: str = _REMOVE,
    **described: Any,  # noqa: ANN401 - as add_argument takes them
) -> None:
    """Declare an argument that names a file to make; ``replaceable``: --force, declared too, replaces one, and - is
    the standard output.
    """
    if replaceable:
        add_force(parser)
        described["type"] = _or_standard_output
    taken = _REPLACE if replaceable else taken
    _declare(parser, names, described, FileArgument("", "", FileRole.MADE, beside=beside, taken=taken))


def add_kept(
    parser: Declaring,
    *names: str,
    beside: tuple[str, ...] = (),
    **described: Any,  # noqa: ANN401 - as add_argument takes them
) -> None:
    """Declare an argument that names a file to go on with, or to make where there is none."""
    _declare(parser, names, described, FileArgument("", "", FileRole.KEPT, beside=beside))


def add_output_folder(
    parser: Declaring,
    *names: str,
    inside: tuple[str, ...] = (),
    fresh: bool = False,
    taken: str = _REMOVE,
    **described: Any,  # noqa: ANN401 - as add_argument takes them
) -> None:
    """Declare an argument that names a folder to write into, made if missing."""
    _declare(parser, names, described, FileArgument("", "", FileRole.FOLDER, inside=inside, fresh=fresh, taken=taken))


def add_force(parser: Declaring, words: str = "replace output files that are there already") -> None:
    """Declare --force, once."""
    if parser.get_default(_FORCE) is None:
        parser.add_argument("--force", action="store_true", help=words)


def _or_standard_output(text: str) -> str:
    return "/dev/stdout" if text == "-" else text


def _declare(parser: Declaring, names: tuple[str, ...], described: dict[str, Any], file: FileArgument) -> None:
    action = parser.add_argument(*names, **described)
    file = file._replace(dest=action.dest, label=next(iter(action.option_strings), ""))
    parser.set_defaults(**{_DECLARED: (*declared(parser), file)})


def declared(parser: Declaring) -> tuple[FileArgument, ...]:
    """The files that a parser's arguments name."""
    return parser.get_default(_DECLARED) or ()


class _Named(NamedTuple):
    """A file that the user named, or that goes with one."""

    file: FileArgument
    path: Path

    def __str__(self) -> str:
        return f"{self.file.label} {self.path}".strip()


def demand_sound_files(args: Namespace) -> None:
    """Every file that will be written can be written, and nothing is lost by it. Raises Fault before any work.

    An output is there already (--force replaces it where it is offered), is what the command reads (never replaced) or
    another output, is a folder, or its folder is missing or closed.
    """
    named = _named_in(args)
    read = [each for each in named if each.file.role in (FileRole.READ, FileRole.KEPT)]
    kept = [each for each in named if each.file.role is FileRole.KEPT]
    _demand_one_in_standard_output(named)
    made = _made(named)
    force = bool(getattr(args, _FORCE, False))
    for each in named:
        if each.file.role is FileRole.FOLDER:
            _demand_folder(each)
    folders = [each.path.resolve() for each in named if each.file.role is FileRole.FOLDER]
    for each in kept:
        if not each.path.is_file() and not is_stream(each.path) and each.path.parent.resolve() not in folders:
            _demand_place(each)
    _demand_unread(made, read)
    for each in made:
        _demand_free(each, force=force)
        if each.file.role is FileRole.MADE:
            _demand_place(each)
    _demand_apart([*made, *(each for each in kept if not is_stream(each.path))])


def demand_unread(args: Namespace, paths: Iterable[Path]) -> None:
    """No output is one of ``paths``, files that the command reads as an input of it names them. Raises Fault; to be
    asked as soon as they are known, before anything is written.
    """
    _demand_unread(_made(_named_in(args)), [_Named(FileArgument("", "", FileRole.READ), path) for path in paths])


def to_standard_output(args: Namespace) -> bool:
    """True if an output is the standard output: then nothing else belongs there."""
    made = (file for file in getattr(args, _DECLARED, ()) if file.role is FileRole.MADE)
    return any(is_standard_output(each.path) for file in made for each in _named(file, getattr(args, file.dest)))


def _named_in(args: Namespace) -> list[_Named]:
    files: tuple[FileArgument, ...] = getattr(args, _DECLARED, ())
    return [each for file in files for each in _named(file, getattr(args, file.dest))]


def _made(named: list[_Named]) -> list[_Named]:
    """The files that are made, those in folders too; no streams, which nothing replaces."""
    made = [each for each in named if each.file.role is FileRole.MADE]
    made += [_Named(each.file, each.path / name) for each in named for name in each.file.inside]
    return [each for each in made if not is_stream(each.path)]


def _demand_one_in_standard_output(named: list[_Named]) -> None:
    """Raise Fault if the standard output would carry two files."""
    there = [each for each in named if each.file.role is FileRole.MADE and is_standard_output(each.path)]
    if len(there) > 1:
        one, other, *_ = (each.file.label for each in there)
        raise Fault(f"{one} and {other} both go to the standard output; name a file for one of them")


def _named(file: FileArgument, value: object) -> Iterator[_Named]:
    """The paths that one argument names, with those that go with them."""
    for text in value if isinstance(value, list | tuple) else [value]:
        if text is None:
            continue
        path = file.where(str(text))
        if path is not None:
            yield _Named(file, path)
            for ending in file.beside:
                yield _Named(file, path.with_name(path.name + ending) if path.name else path)


def _demand_unread(outputs: list[_Named], read: list[_Named]) -> None:
    """Raise Fault if an output is a file that the command reads, whatever name it has there, or would be read beside
    one the next time.
    """
    there = {identity: each for each in outputs if (identity := _identity(each.path)) is not None}
    for each in read if there else ():
        for identity in _identities(each.path):
            if identity in there:
                raise Fault(f"{there[identity]} exists already and {_what_reads(each)}: choose another name")
    places = {_place(each.path): each for each in outputs}
    for each in read:
        taken = places.get(_place(each.path)) if each.path.name.endswith(each.file.beside or ("\0",)) else None
        if taken is not None:
            raise Fault(f"{taken} {_what_reads(each)}: choose another name")


def _what_reads(read: _Named) -> str:
    return f"is what {read} reads" if read.file.label else f"is what the command reads as {read.path}"


def _place(path: Path) -> str:
    """Where a file is or would be: its folder's name without links and its own as this system compares names."""
    return os.path.normcase(os.path.join(os.path.realpath(path.parent), path.name))  # noqa: PTH118 - no Path


def _identity(path: Path) -> tuple[int, int] | None:
    """What a file is, under any name; None for one that is not there, and for what is no regular file."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return (found.st_dev, found.st_ino) if stat.S_ISREG(found.st_mode) else None


def _identities(path: Path) -> Iterator[tuple[int, int]]:
    """Of a file, or of all files in a folder."""
    there = [path] if not path.is_dir() else (Path(at) / name for at, _, names in os.walk(path) for name in names)
    yield from filter(None, map(_identity, there))


def _demand_free(output: _Named, *, force: bool) -> None:
    path, file = output.path, output.file
    if path.is_dir() or not path.name:
        raise Fault(f"{output} is a folder; a file's name is wanted")
    if not os.path.lexists(path) or not file.fresh or (force and file.taken == _REPLACE):
        return
    raise Fault(f"{output} exists already; {file.taken}")


def _demand_place(output: _Named) -> None:
    folder = output.path.parent
    if output.path.is_dir():
        raise Fault(f"{output} is a folder; a file's name is wanted")
    if not folder.is_dir():
        what = "is no folder" if folder.exists() else "does not exist"
        raise Fault(f"{output} cannot be made: {folder} {what}")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise Fault(f"{output} cannot be made: you may not write into {folder.resolve()}")


def _demand_folder(output: _Named) -> None:
    path = output.path
    if path.exists() and not path.is_dir():
        raise Fault(f"{output} exists already and is no folder; choose another name")
    there = next(each for each in (path, *path.absolute().parents) if each.exists())
    if not there.is_dir():
        raise Fault(f"{output} cannot be made: {there} is no folder")
    if not os.access(there, os.W_OK | os.X_OK):
        raise Fault(f"{output} cannot be made: you may not write into {there.resolve()}")


def _demand_apart(outputs: list[_Named]) -> None:
    """Raise Fault if two outputs are one file."""
    taken: dict[object, _Named] = {}
    for each in outputs:
        for key in filter(None, (_place(each.path), _identity(each.path))):
            other = taken.setdefault(key, each)
            if other is not each and other != each:
                raise Fault(f"{other} and {each} are the same file; choose another name for one of them")
