"""What the page on the national interface shows runs as it stands, one program behind the other, and prints that."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

from dualcos.terminal.interface.return_codes import UNUSED

PAGE = (Path(__file__).parents[4] / "docs/how-to/call-the-national-interface.md").read_text("utf-8")
SHOWN = re.compile(r"```python\n(.*?)```\n\nprints\n\n```\n(.*?)```", re.DOTALL)


def test_the_programs_print_what_is_shown():
    shown = SHOWN.findall(PAGE)
    assert len(shown) == PAGE.count("```python") == 4
    names: dict[str, object] = {}
    for program, output in shown:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(program, "the page", "exec"), names)  # noqa: S102 - our own page
        assert printed.getvalue() == output


def test_the_page_names_every_code_that_nothing_returns():
    assert {code for code in UNUSED if f"{code}" not in PAGE} == set()
