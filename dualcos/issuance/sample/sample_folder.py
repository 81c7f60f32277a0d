"""What lies in the sample folder, file by file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from importlib import resources
from types import MappingProxyType

from dualcos.issuance.invented_citizens import Citizen
from dualcos.issuance.sample.sample_rows import as_csv, as_json_lines, damaged_people, good_people
from dualcos.profile.schema import file_of
from dualcos.textforms.text_files import text_of

TEMPLATE = "dual-2.0-3des"
_EXCEL = "gb18030"

FILES: Mapping[str, str] = MappingProxyType(
    {
        "run.sh": "the tour: keys, checking, matching, making, reading; start with it",
        "social.csv": "the bureau's rows: holders with hard cases and some ordinary people",
        "bank.csv": "the bank's rows of the same people, in another order",
        "social-excel.csv": "the bureau's rows as Excel in China saves them (GB 18030)",
        "social.jsonl": "the same as JSON Lines",
        "template.toml": "what the cards are: the dual 2.0 card, with characters of GB 18030",
        "damaged-social.csv": "rows with one damage each",
        "damaged-bank.csv": "their partners",
        "damages.txt": "what is wrong with each",
    }
)
"""Every file and what it is there for."""


def sample_files(program: str) -> Mapping[str, bytes]:
    """Every file's content. ``program``: what the tour calls this program by."""
    good, bad = good_people(), list(damaged_people())
    damaged = [person for person, _ in bad]
    script = resources.files("dualcos.issuance.sample").joinpath("tour.sh").read_text("utf-8")
    social = [person.social for person in good]
    texts = {
        "run.sh": script.replace("PROGRAM", program, 1),
        "social.csv": as_csv(social),
        "bank.csv": as_csv(_bank_rows(reversed(good))),
        "social.jsonl": as_json_lines(social),
        "template.toml": _template(),
        "damaged-social.csv": as_csv(person.social for person in damaged),
        "damaged-bank.csv": as_csv(_bank_rows(damaged)),
        "damages.txt": "".join(_told(bad)),
    }
    contents = {name: text.encode("utf-8") for name, text in texts.items()}
    contents["social-excel.csv"] = as_csv(social, line_end="\r\n").encode(_EXCEL)
    return MappingProxyType({name: contents[name] for name in FILES})


def _bank_rows(people: Iterable[Citizen]) -> Iterator[Mapping[str, str]]:
    return (person.bank for person in people if person.bank)


def _told(bad: Iterable[tuple[Citizen, str]]) -> Iterator[str]:
    """A line for each row of the damaged files, numbered as the program counts them."""
    bank = 0
    for social, (person, seen) in enumerate(bad, 1):
        bank += bool(person.bank)
        rows = f"social row {social}, bank row {bank}" if person.bank else f"social row {social}"
        yield f"{rows}: {seen}\n"


def _template() -> str:
    """The shipped profile with one field more, and a title that says so."""
    text = text_of(file_of(TEMPLATE))
    titled = text.replace('edition 2.0, 3DES"', 'edition 2.0, 3DES, characters of GB 18030"', 1)
    return titled.replace("[ssse]\n", '[ssse]\ncharset = "gb18030"  # names that GBK has not\n', 1)
