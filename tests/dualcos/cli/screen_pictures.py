"""``make screen-pictures``: pictures of a terminal's screen for the pages, drawn anew: ``docs/pictures/*.svg``."""

from __future__ import annotations

import html
import re
from itertools import groupby
from pathlib import Path

from rich.cells import cell_len

from tests.dualcos.cli.host_in_shell import back_end_in_shell, host_in_shell
from tests.dualcos.cli.terminal_at_screen import terminal_at_screen
from tests.dualcos.terminal.screen.cashier_at_screen import SMALL, WIDE, AtScreen

PICTURES = Path(__file__).parents[3] / "docs/pictures"
CARD = "dual-2.0-3des"
_COLUMN = 12.2
_FONT = "'Noto Sans Mono CJK SC', 'Sarasa Mono SC', monospace"
_TEXT = re.compile(r'<text class="([^"]*)" x="([\d.]+)" y="([\d.]+)" textLength="[\d.]+"([^>]*)>([^<]*)</text>')


def in_columns(picture: str) -> str:
    """``picture`` with each run of characters of one width at its own columns, in fonts that have Chinese: Textual
    squeezes a line with both into as many columns as it has characters.
    """
    picture = re.sub(r"@font-face \{.*?\}\s*", "", picture, flags=re.DOTALL)
    picture = re.sub(r"font-family: Fira Code[^;]*;", f"font-family: {_FONT};", picture)
    return _TEXT.sub(_pieces, picture.replace("font-variant-east-asian: full-width;", ""))


def _pieces(found: re.Match[str]) -> str:
    style, x, y, rest, text = found.groups()
    at, pieces = float(x), []
    for _, run in groupby(html.unescape(text), key=cell_len):
        shown = "".join(run)
        wide = _COLUMN * cell_len(shown)
        said = html.escape(shown, quote=False).replace("\xa0", "&#160;")
        pieces.append(f'<text class="{style}" x="{at:.1f}" y="{y}" textLength="{wide:.1f}"{rest}>{said}</text>')
        at += wide
    return "".join(pieces)


def main() -> None:
    """Draw them."""
    PICTURES.mkdir(exist_ok=True)
    with host_in_shell(CARD) as host, back_end_in_shell(CARD) as back_end:
        words = ("--host", host, "--backend", back_end, "--card", CARD, "--seed", "1", "--clock", "20261129120000")
        terminal_at_screen("full", *words, person=_paid, size=WIDE)
        terminal_at_screen("full", *words, person=_at_the_pad, size=SMALL)


async def _typed(at: AtScreen, step: str) -> None:
    await at.until(lambda: at.app.query_one("#keys").lit)
    await at.presses("f2")
    await at.sees("type a step")
    await at.presses(*step, "enter")


async def _settles(at: AtScreen) -> None:
    await _typed(at, "sign-on")
    await at.sees("签到成功")
    await _typed(at, "settle 200 --own 15")
    await at.sees("请插卡")
    await at.presses("f3")
    await at.sees("社保密码")


async def _at_the_pad(at: AtScreen) -> None:
    await _settles(at)
    await at.presses(*"1234")
    await at.sees("● ● ● ●")
    _drawn(at, "pin-pad")


async def _paid(at: AtScreen) -> None:
    await _settles(at)
    await at.presses(*"123456", "enter")
    await at.sees("银行卡密码")
    await at.presses(*"1234", "enter")
    await at.sees("请取卡", "已用本卡支付")
    await at.presses("f3")
    await at.until(lambda: at.app.query_one("#keys").lit)
    _drawn(at, "cashier-screen")


def _drawn(at: AtScreen, name: str) -> None:
    picture = in_columns(at.app.export_screenshot(title="dualcos terminal full --screen"))
    (PICTURES / f"{name}.svg").write_text(re.sub(r"terminal-\d+", name, picture), encoding="utf-8")


if __name__ == "__main__":
    main()
