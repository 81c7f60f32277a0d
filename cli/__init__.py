"""The ``dualcos`` command."""

from cli.main import run

__all__ = ["run"]
