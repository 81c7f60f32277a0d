"""The ``dualcos`` command."""

from dualcos.cli.main import run

__all__ = ["run"]
