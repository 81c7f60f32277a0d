"""Where the vectors are that come with the program: inside an installed package, beside the card in the source tree."""

from __future__ import annotations

from pathlib import Path

_NAME = "vectors"


def shipped() -> Path:
    """The folder of all of them."""
    installed = Path(__file__).parents[1] / _NAME
    return installed if installed.is_dir() else Path(__file__).parents[3] / _NAME


def found(path: str) -> Path:
    """``path`` as it is if it is there, else what is called so among the shipped ones (``pse``, ``vectors/pse``)."""
    here, name = Path(path), path.removeprefix(f"{_NAME}/")
    inside = shipped() if path == _NAME else shipped() / name
    return inside if not here.exists() and inside.exists() else here
