"""How the cashier's screen looks: Textual's style sheet, for wide terminals and small ones."""

from __future__ import annotations

from typing import Final

WIDE_FROM: Final = 110
LOOK: Final = """
Screen { background: #0d1117; color: #c9d1d9; layout: vertical; }
#status { height: 1; background: #161b22; }
#display {
    height: 4; padding: 0 1; background: #10233f; border: round #1f6feb; border-title-color: #79c0ff;
    content-align: left middle;
}
#work { height: 1fr; }
#left { width: 36; }
StepKeys { text-wrap: nowrap; text-overflow: ellipsis; }
StepKeys { height: 1fr; background: #0d1117; border: round #30363d; border-title-color: #79c0ff; padding: 0;
    scrollbar-size-vertical: 1; scrollbar-background: #0d1117; scrollbar-color: #30363d; }
StepKeys:focus { border: round #1f6feb; }
StepKeys > .option-list--option-highlighted { background: #1f3a5f; color: #ffffff; text-style: bold; }
StepKeys:focus > .option-list--option-highlighted { background: #1f6feb; color: #ffffff; text-style: bold; }
#hint { height: 5; padding: 0 1; color: #c9d1d9; background: #161b22; }
ToldPanel {
    background: #0d1117; border: round #30363d; border-title-color: #79c0ff; padding: 0; scrollbar-size-vertical: 1;
    overflow-x: hidden; scrollbar-background: #0d1117; scrollbar-color: #30363d;
}
ToldPanel:focus { border: round #1f6feb; }
#middle { width: 42; }
#steps { height: 1fr; }
#slips { height: 1fr; scrollbar-size-vertical: 1; }
#passed { width: 1fr; }
.-small #left { width: 32; }
.-small #middle, .-small #passed { display: none; }
.-small #middle { width: 1fr; }
.-small.-steps #middle, .-small.-slips #middle, .-small.-passed #passed { display: block; }
.-small.-steps #slips, .-small.-slips #steps { display: none; }
.-small #hint { height: 3; }
#foot { height: 1; background: #161b22; }
#foot DialogKey { width: auto; margin: 0 0 0 1; }
.-wide #foot DialogKey { margin: 0 2 0 1; }
ModalScreen { align: center middle; background: #000000 55%; }
.dialog, #pad {
    width: 60; max-width: 96%; height: auto; max-height: 96%; padding: 1 2; background: #161b22;
    border: round #1f6feb;
}
#pad { width: 54; }
#pad.social { border: round #56d4dd; }
#pad.bank { border: round #e3b341; }
#pad-title, #pad-tries, #pad-dots, #pad-prompt { width: 100%; content-align: center middle; text-align: center; }
#pad-tries { height: 1; }
#pad-dots { height: 1; margin: 0 0 1 0; }
#pad-keys { width: 20; height: 7; }
#pad-middle { height: auto; align-horizontal: center; }
.ways { height: 1; margin: 1 0 0 0; align-horizontal: center; }
.ways DialogKey { width: auto; margin: 0 1; }
.usage { height: auto; }
.dialog Input { margin: 1 0 0 0; border: round #1f6feb; background: #0d1117; }
.dialog OptionList { height: auto; max-height: 14; margin: 1 0 0 0; background: #161b22; border: none; }
"""
