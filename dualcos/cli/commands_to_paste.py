"""Commands that a message tells its reader to paste, named as this program was called.

Wherever a message is written it names commands in backticks, `` `dualcos issue PROFILE -o FILE` `` or
`` `pip install …` ``; here, at the edge to people, they become what works in that shell: ``.venv/bin/dualcos issue …``
if the program was started so and is not on the path.
"""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path

NAME = "dualcos"


def program() -> str:
    """What to type for this program: its bare name if a shell finds just this one by it, else as it was called."""
    called = sys.argv[0]
    path = Path(called)
    if path.name == "__main__.py" and path.parent.name == NAME:
        return f"{interpreter()} -m {NAME}"
    if path.stem != NAME or _found_by(NAME, called):  # otherwise we are a guest in another program
        return NAME
    return shlex.quote(called)


def interpreter() -> str:
    """What to type for the Python that runs us: it has our packages, another one may not."""
    names = ("python3", "python")
    return next((name for name in names if shutil.which(name) == sys.executable), shlex.quote(sys.executable))


def to_paste(words: str) -> str:
    """``words`` with every command in backticks as it can be pasted."""
    if "`" not in words:  # nearly always, where a line for each command passes
        return words
    return words.replace(f"`{NAME} ", f"`{program()} ").replace("`pip ", f"`{interpreter()} -m pip ")


def _found_by(name: str, called: str) -> bool:
    found = shutil.which(name)
    own = shutil.which(called)
    return found is not None and own is not None and Path(found).samefile(own)
