"""Text that somebody hands in is decoded in one module, so that no two commands take the same file differently.

Looked for in ``dualcos``: whatever makes text of bytes, or cuts text into lines by Python's own idea of a line. Who
does it all the same is listed with the reason: what is decoded there is no text of a user's.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

import pytest

ROOT = Path(__file__).parents[2]
DOOR = "dualcos/textforms/text_files.py"
SOURCES = {
    here: ast.parse(path.read_text("utf-8"))
    for path in sorted((ROOT / "dualcos").rglob("*.py"))
    if (here := path.relative_to(ROOT).as_posix()) != DOOR
}

ALLOWED: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("dualcos/cli/doctor_checks.py", "read_text"): "pcscd's own configuration, searched for a name",
        ("dualcos/cli/surroundings.py", "read_text"): "the kernel's table of sockets",
        ("dualcos/cli/surroundings.py", "splitlines"): "the kernel's table of sockets",
        ("dualcos/cli/send.py", "stdin"): "text that a program has put into the place of its stdin",
        ("dualcos/cli/screen.py", "TextIOWrapper"): "what is written to a terminal, nothing that is read",
        ("dualcos/explain/bank_elements.py", "decode"): "values of a card",
        ("dualcos/explain/acquirer_message_words.py", "decode"): "fields of a message between hosts",
        ("dualcos/explain/chip_data_words.py", "decode"): "a response code in a message between hosts",
        ("dualcos/messages/iso8583_codec.py", "decode"): "what a library takes apart, and bytes of a message",
        ("dualcos/messages/switch_envelope.py", "decode"): "institutions in a header of a message, in ASCII",
        ("dualcos/explain/diagnosis/data_objects.py", "decode"): "a text as a terminal sent it",
        ("dualcos/explain/diagnosis/whose_names.py", "decode"): "a DF name as a terminal sent it",
        ("dualcos/issuance/bureau/blacklist_publisher.py", "decode"): "signed lists of ours, in ASCII",
        ("dualcos/terminal/social/blacklist_held.py", "decode"): "the name of a file of ours, in ASCII",
        ("dualcos/issuance/exchange/enciphered_spool.py", "decode"): "rows of ours that waited on a disk, as msgpack",
        ("dualcos/issuance/exchange/personalisation_file.py", "decode"): "its own decode, of what a MAC has covered",
        ("dualcos/issuance/exchange/personalisation_file.py", "splitlines"): "lines of bytes that a MAC covers",
        ("dualcos/issuance/personaliser/linking.py", "decode"): "numbers on a card",
        ("dualcos/issuance/personaliser/making_steps.py", "decode"): "the edition on a card",
        ("dualcos/issuance/sample/sample_folder.py", "read_text"): "the script that comes along, to be written out",
        ("dualcos/lab/evidence/campaign_file.py", "decode"): "an id in ASCII in a line of ours",
        ("dualcos/cli/operator_terminal.py", "stdin"): "what an operator types, at a terminal and nowhere else",
        ("dualcos/cli/standing/pins_typed.py", "stdin"): "PINs that a program writes, a line each",
        ("dualcos/terminal/social/updates_in_journal.py", "str"): "an update as JSON, which we made",
        ("dualcos/cli/statement_at_terminal.py", "stdin"): "answers of whoever makes a statement, a line each",
        ("dualcos/lab/conformance/attended_steps.py", "decode"): "a card's text shown to its operator, whatever it is",
        (
            "dualcos/lab/pytest_plugin/reader_under_test.py",
            "decode",
        ): "what a user's program printed before it was stopped",
        ("dualcos/lab/recorder/pcapng_blocks.py", "decode"): "comments of a capture file that we wrote",
        ("dualcos/lab/search/results.py", "splitlines"): "lines of bytes that we appended, the last may be torn",
        ("dualcos/lab/search/dialogue_in_words.py", "splitlines"): "an explanation of ours, to be indented",
        ("dualcos/messages/terminal_parameters.py", "decode"): "a date in a downloaded record",
        (
            "dualcos/terminal/financial/kernel/cardholder_verification.py",
            "decode",
        ): "the number of a document on a card",
        ("dualcos/terminal/financial/kernel/application_selection.py", "decode"): "an application's name on a card",
        ("dualcos/terminal/financial/payment_messages.py", "decode"): "texts of a card, and two letters of ours",
        ("dualcos/terminal/financial/value_added.py", "decode"): "texts of a card",
        ("dualcos/profile/social_keys_around.py", "decode"): "an ASCII factor of ours",
        ("dualcos/profile/psam_key_plan.py", "decode"): "an ASCII name of ours",
        ("dualcos/terminal/interface/text_charset.py", "decode"): "texts on a card, and in a caller's memory",
        ("dualcos/reader/pcsc.py", "decode"): "names of a reader's maker and driver from a PC/SC service",
        ("dualcos/reader/service_inquiry.py", "decode"): "names of readers from a PC/SC service",
    }
)
SUSPECT = frozenset(
    (
        *("decode", "read_text", "splitlines", "fdopen", "TextIOWrapper", "IncrementalNewlineDecoder"),
        *("getincrementaldecoder", "getreader", "getdecoder", "iterdecode", "fileinput", "input"),
    )
)


def decodings(tree: ast.Module) -> Iterator[str]:
    """The names of the calls that make text of bytes, or cut text into lines."""
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call):
            continue
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        whose = ast.unparse(call.func.value) if isinstance(call.func, ast.Attribute) else ""
        if name == "decode" and of_a_form(whose):
            continue
        opened, converted = name == "open" and opens_text(call, whose), name == "str" and len(call.args) > 1
        if name in SUSPECT or opened or converted:
            yield name
        elif name.startswith("read") and whose.endswith("stdin"):
            yield "stdin"


def of_a_form(whose: str) -> bool:
    """A declared form's own ``decode``, msgspec's, and bytes that were text a moment before."""
    return whose[:1].isupper() or whose.startswith(("msgspec.", "base64."))


def opens_text(call: ast.Call, whose: str) -> bool:
    """True if a file is opened to be read as text: no class's own ``open``, no service's, none to be written."""
    if whose[:1].isupper() and not whose.startswith("Path("):
        return False
    if whose == "os" or (not call.args and not call.keywords):
        return whose.startswith("Path(") or "path" in whose
    modes = [each.value for each in ast.walk(call) if isinstance(each, ast.Constant) and isinstance(each.value, str)]
    return not any(set(mode) <= set("rwxab+") and set(mode) & set("bwxa") for mode in modes)


def test_text_is_decoded_behind_one_door():
    found = {(here, name) for here, tree in SOURCES.items() for name in decodings(tree)}
    assert found == set(ALLOWED)


@pytest.mark.parametrize(
    "text",
    [
        "Path(name).read_text()",
        "path.read_text(encoding='utf-8')",
        "path.read_bytes().decode('utf-8-sig')",
        "raw.decode()",
        "str(raw, 'gbk')",
        "open(name)",
        "path.open()",
        "Path(name).open(encoding='utf-8')",
        "path.open('r', encoding='gb18030')",
        "text.splitlines()",
        "sys.stdin.read()",
        "sys.stdin.readline()",
        "io.TextIOWrapper(file)",
    ],
)
def test_another_door_is_seen(text):
    assert list(decodings(ast.parse(text)))


@pytest.mark.parametrize(
    "text",
    ["KeyFile.open(path, lock)", "path.open('rb')", "file.open('a+b')", "KeyHeader.decode(raw)", "os.open(a, b)"],
)
def test_what_is_no_text_passes(text):
    assert not list(decodings(ast.parse(text)))


def test_every_lock_gets_its_text_through_the_door():
    """``keys`` lies below and has no door: whoever fetches a lock from a file hands it over."""
    fetched = [
        (here, [ast.unparse(each) for each in call.args[1:]])
        for here, tree in SOURCES.items()
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr == "lock"
        and call.args
    ]
    assert len(fetched) >= 4
    assert [each for each in fetched if each[1] != ["decoded"]] == []
