"""A command of the bank side and what it must refuse in each state of a transaction."""

from __future__ import annotations

from vectors.generate.build import (
    CARD_BLOCK,
    INFERRED,
    OPEN,
    TO_AAC,
    TO_ARQC,
    TO_TC,
    Json,
    call,
    lab_case,
    second,
    send,
    vector,
)

ADF = call("adf")


_WAY: dict[str, list[Json]] = {
    "S": [ADF],
    "I": [OPEN],
    "O": [OPEN, TO_ARQC],
    "D": [OPEN, TO_AAC],
    "A": [call("clean"), OPEN, TO_TC],
    "F": [OPEN, TO_ARQC, second("40")],
    "C": [OPEN, TO_ARQC, second("40"), call(f"script({CARD_BLOCK})")],
}


_IN = {
    "S": "应用已选择",
    "I": "交易已初始化",
    "O": "已答 ARQC",
    "D": "已答 AAC",
    "A": "已答 TC",
    "F": "交易已完成",
    "C": "卡片已锁定",
}


class Command:
    """A command: its group, names, the instruction well formed, other class, wrong lengths, wrong P1 P2."""

    def __init__(self, group: str, zh: str, en: str, clause: str, *, good: str, well: str = "S") -> None:
        self.group, self.zh, self.en, self.clause, self.good, self.well = group, zh, en, clause, good, well
        self.found: list[Json] = []

    def add(self, name: str, what: tuple[str, str], step: Json | list[Json], state: str = "", **more: object) -> None:
        """One vector, in the state ``state``."""
        steps = step if isinstance(step, list) else [step]
        where = state or self.well
        self.found.append(
            vector(
                f"{self.group}-{name}",
                f"{self.zh}：{what[0]}（{_IN[where]}）",
                f"{self.en}: {what[1]}",
                steps,
                _WAY[where],
                clause=[self.clause],
                **more,
            )
        )

    def bad_class(self, *classes: str) -> None:
        """A known instruction with another class: 6E00."""
        for cla in classes:
            self.add(
                f"6E00-{cla}",
                (f"类别 {cla}", f"class {cla}"),
                send(cla + self.good[2:], "6E00"),
                provenance=lab_case("card-block parameter test"),
            )

    def bad_length(self, *commands: str, provenance: Json | None = None) -> None:
        """A wrong length: 6700, before the state is looked at."""
        for number, command in enumerate(commands, 1):
            self.add(
                f"6700-{number}", ("长度错误", "wrong length"), send(command, "6700"), provenance=provenance or INFERRED
            )

    def bad_parameters(self, *p1p2: str) -> None:
        """P1 P2 the command does not have: 6A86."""
        for each in p1p2:
            self.add(
                f"6A86-{each}",
                (f"P1 P2 {each}", f"P1 P2 {each}"),
                send(self.good[:4] + each + self.good[8:], "6A86"),
                provenance=INFERRED,
            )

    def blocked(self) -> None:
        """After CARD BLOCK in the same session: 6A81."""
        self.add(
            "6A81-BLOCKED",
            ("6A81", "6A81 once the card is blocked"),
            send(self.good, "6A81"),
            "C",
            destructive=True,
            provenance=lab_case("APD024, INI070, IAU110, PSE110"),
        )
