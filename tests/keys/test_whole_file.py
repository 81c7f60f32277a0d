"""A file of a host is there whole or not at all, whatever ends the program; nothing that has its name is lost."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

import pytest

from keys.custody.whole_file import COMMON, PRIVATE, is_standard_output, is_stream, open_new, open_whole, write_whole

OLD, NEW = b"old", b"new" * 1000


@pytest.fixture
def path(tmp_path):
    return tmp_path / "file"


def names(folder: Path) -> list[str]:
    return [each.name for each in folder.iterdir()]


@pytest.mark.parametrize("links", [True, False], ids=["", "a file system without links"])
def test_new_or_refused(path, monkeypatch, links):
    if not links:
        monkeypatch.setattr(os, "link", lambda *_: (_ for _ in ()).throw(PermissionError(1, "not permitted")))
    write_whole(path, OLD)
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (OLD, PRIVATE)
    with pytest.raises(FileExistsError) as taken:
        write_whole(path, NEW)
    assert (taken.value.filename, path.read_bytes(), names(path.parent)) == (str(path), OLD, [path.name])
    write_whole(path, NEW, replace=True, mode=COMMON)
    assert (path.read_bytes(), path.stat().st_mode & 0o077 & ~0o044) == (NEW, 0)
    assert names(path.parent) == [path.name]


def write_and_raise(path, fault):
    with open_whole(path, replace=True) as file:
        file.write(NEW)
        raise fault


@pytest.mark.parametrize("fault", [KeyboardInterrupt(), ValueError("x"), OSError(5, "gone", "another file")], ids=repr)
def test_what_fails_while_it_is_written_leaves_nothing_and_says_what_it_said(path, fault):
    for old in (None, OLD):
        if old:
            path.write_bytes(old)
        with pytest.raises(type(fault)) as told:
            write_and_raise(path, fault)
        assert str(told.value) == str(fault)
        assert names(path.parent) == ([path.name] if old else [])
        assert not old or path.read_bytes() == old


def test_a_full_disk_names_the_file(path, monkeypatch):
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError, match="No space") as told:
        write_whole(path, NEW)
    assert (told.value.filename, names(path.parent)) == (str(path), [])


@pytest.mark.parametrize("write", [write_whole, lambda path, _, **how: open_new(path, **how).close()])
def test_a_link_is_a_name_that_is_taken(path, write):
    target = path.with_name("target")
    for kept in (OLD, None):
        if kept is not None:
            target.write_bytes(kept)
        path.symlink_to(target)
        with pytest.raises(FileExistsError):
            write(path, NEW)
        write(path, NEW, replace=True)
        assert not path.is_symlink()
        assert (target.read_bytes() if target.exists() else None) == kept
        path.unlink()
        target.unlink(missing_ok=True)


@pytest.mark.parametrize("replace", [True, False])
def test_killed_while_it_writes_there_is_no_half_file(path, replace):
    if replace:
        path.write_bytes(OLD)
    child = os.fork()
    if not child:
        os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)
        write_whole(path, NEW, replace=replace)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    assert (path.read_bytes() if path.exists() else None) == (OLD if replace else None)
    write_whole(path, NEW, replace=replace)  # what the killed one left stands in nobody's way
    assert path.read_bytes() == NEW


def test_who_handles_a_signal_goes_on_to_handle_it(path, monkeypatch):
    seen = []
    before = signal.signal(signal.SIGTERM, lambda *_: seen.append("handled"))
    try:
        monkeypatch.setattr(os, "fsync", lambda _: os.kill(os.getpid(), signal.SIGTERM))
        write_whole(path, NEW, sync_name=False)
    finally:
        signal.signal(signal.SIGTERM, before)
    assert (seen, path.read_bytes()) == (["handled"], NEW)


def test_afterwards_a_signal_ends_the_process_as_before(path):
    before = signal.getsignal(signal.SIGTERM)
    write_whole(path, NEW)
    assert signal.getsignal(signal.SIGTERM) is before


def test_outside_the_main_thread_too(path):
    thread = threading.Thread(target=write_whole, args=(path, NEW))
    thread.start()
    thread.join()
    assert path.read_bytes() == NEW


def test_what_was_handed_over_is_written_where_it_stands(path):
    """As a shell's ``> file`` or ``>> file``: not from the file's beginning, and not replaced."""
    path.write_bytes(OLD)
    with path.open("ab") as file:
        name = f"/dev/fd/{file.fileno()}"
        assert is_stream(name)
        write_whole(name, NEW)
        with open_new(name) as again:
            again.write(OLD)
    assert path.read_bytes() == OLD + NEW + OLD


def test_what_is_a_stream(path):
    assert not is_stream(path)
    path.write_bytes(OLD)
    assert not is_stream(path)
    assert not is_stream(path.parent)
    pipe = path.with_name("pipe")
    os.mkfifo(pipe)
    assert all(map(is_stream, (pipe, "/dev/null", "/dev/stdout", "/proc/self/fd/1")))


def test_which_names_the_standard_output_has(path):
    assert all(map(is_standard_output, ("/dev/stdout", "/dev/fd/1", "/proc/self/fd/1")))
    assert not any(map(is_standard_output, (path, "stdout", "/dev/null", "/dev/stderr", "/dev/fd/2", "/dev/fd/11")))


def test_a_folder_is_never_replaced(path):
    path.mkdir()
    for replace in (False, True):
        with pytest.raises(OSError, match=r"exists|directory"):
            write_whole(path, NEW, replace=replace)
    assert names(path.parent) == [path.name]


def test_an_error_names_the_file_that_was_asked_for(path):
    for write in (write_whole, lambda path, _: open_new(path)):
        with pytest.raises(FileNotFoundError) as missing:
            write(Path(path / "in" / "nothing"), NEW)
        assert missing.value.filename == str(path / "in" / "nothing")
