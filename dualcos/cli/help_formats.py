"""How help is laid out: its commands can be pasted."""

from __future__ import annotations

from argparse import Action, HelpFormatter, RawDescriptionHelpFormatter

from dualcos.cli.commands_to_paste import to_paste


class PastedHelp(HelpFormatter):
    """Commands in a help text can be pasted."""

    def _expand_help(self, action: Action) -> str:
        return to_paste(super()._expand_help(action))


class PastedHelpWithLines(PastedHelp, RawDescriptionHelpFormatter):
    """Description and what stands below: their lines as they are."""
