"""The two input formats as a page, column by column, from the declarations that check the rows.

``python -m dualcos.cli.input_format_page`` writes it to ``docs/input-files.md``; a test says when that is to be done
again.
"""

from __future__ import annotations

from pathlib import Path

from dualcos.issuance.parties_together import input_formats
from dualcos.textforms.text_files import ENCODINGS

PAGE = "docs/input-files.md"

_HEAD = f"""# Input files

Made by `python -m dualcos.cli.input_format_page` from the declarations that check the rows. `dualcos prepare --social
FILE` or `--bank FILE` checks one file, `dualcos match --social FILE --bank FILE` both; `--findings FILE` keeps every
remark.

* **CSV** (`.csv`): the names of the columns in the first row, a person in each further row, quotation marks as in
  RFC 4180. Commas separate columns; semicolons, tabs, or what a line `sep=;` above the header says, are taken with a
  note.
* **JSON Lines** (`.jsonl`, `.ndjson`): an object a line, all values text in quotation marks; `extra` may be an object.
* **Encoding**: a byte order mark decides, else UTF-8. `--encoding {"|".join(ENCODINGS)}` says otherwise
  (`match`: `--social-encoding`, `--bank-encoding` for one file). Excel in China writes GB18030, unless it is told to
  save as "CSV UTF-8".
* **Excel**: columns with neither name nor values, rows of commas, and blanks around values are passed over. Values left
  out at the end of a row are taken as empty with a warning, where a column may be empty. Make a column text before
  numbers are typed into it: `6.22E+17` has lost its digits, and is an error in any column.
* Columns come in any order. `must`: the column, and a value in every row; `if`: where its condition holds; `may`: as
  you like, the column too. A column that is not below is refused.
"""
_SOCIAL_HEAD = """## The bureau's rows 社会保障

Where a value goes on a card of each edition: `directory/file/item`, as `extra` names it; behind `+` the item that takes
what the first has no room for. –: the edition has no item for it, and the value is left out with a note.
"""
_BANK_HEAD = """## The bank's rows 银行

Elements are filled where the bank template has a place for them; else the value is left out with a note.
"""


def page() -> str:
    """The whole page."""
    formats = input_formats()
    return "\n".join((_HEAD, _SOCIAL_HEAD, formats.social, _BANK_HEAD, formats.bank))


if __name__ == "__main__":
    (Path(__file__).parents[2] / PAGE).write_text(page(), "utf-8")
