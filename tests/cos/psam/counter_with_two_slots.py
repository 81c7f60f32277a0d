"""A counter with two slots: a user card, a PSAM, and between them a terminal that holds no key.

What it knows are ATR, city code and the algorithm; it copies bytes (SSC-7 §5, §6, §12, §13; SSC-9 §8).
"""

from __future__ import annotations

from psam_hand import APPLICATION, MF, SX2, Hand

from dualcos.profile.schema import parse

SSSE = MF
SX3 = "00A404000F7378332E73682EC9E7BBE1B1A3D5CF"
DF01, DF04 = "00A4040006D15600000500", "00A4040006D15600000503"
TIME = "20240115093000"


def social(version, algorithm, more=""):
    """A user card of city 990000 with the test keys of every shipped PSAM."""
    return parse(
        f"""
        title = "test card"
        title_zh = "测试"
        ref = []
        chip.serial = "0000A1B2"
        keys.label = "demo"
        ssse = {{ version = "{version}", algorithm = "{algorithm}", city = "990000", pin = "123456"{more} }}
        """
    )


class Terminal:
    """What stands at a counter: a user card, a PSAM, no secrets."""

    def __init__(self, card, psam, *, wide=False, tier=1, enter=APPLICATION):
        self.card, self.psam, self.wide = Hand(card), Hand(psam), wide
        atr = card.power_on()
        self.tree = [atr[-8:].hex(), b"990000sx".hex(), b"990000sh".hex()]
        self.factors = "".join(self.tree[:tier])
        self.tier = tier
        psam.power_on()
        for command in enter.split():
            self.psam.ok(command)
        self.card.ok(SSSE)

    def deliver(self, kind, identifier, factor):
        """``kind``: the type of a key at the terminal's tier, or a whole usage byte, whose steps say the tier."""
        steps = kind >> 5 or self.tier
        data = "".join(self.tree[:steps]) + (factor.ljust(32, "0") if self.wide else factor)
        self.psam.ok(f"BFDE{steps << 5 | kind & 0x1F:02X}{identifier:02X}{len(data) // 2:02X}{data}")

    def authentication_data(self, kind, identifier, factor, original):
        self.deliver(kind, identifier, factor)
        if not self.wide:
            return self.psam.ok("80FA000008" + original)
        block = bytes.fromhex(self.psam.ok("80FA000010" + original + "00" * 8))
        return bytes(a ^ b for a, b in zip(block[:8], block[8:], strict=True)).hex().upper()

    def prove(self, kid, kind, identifier):
        """External authentication; the status word."""
        original = self.card.ok("0084000008")
        factor = self.card.ok("0084000008")
        data = self.authentication_data(kind, identifier, factor, original)
        return self.card.sw(f"008200{kid:02X}10{data}{original}")

    def secured(self, identifier, header, plain=""):
        """A command with MAC under STK; ``plain`` is enciphered first. The status word."""
        block = 16 if self.wide else 8
        random = self.card.ok("0084000008")
        cipher = ""
        if plain:
            self.deliver(0x08, identifier, random)
            padded = self._pad(f"{len(plain) // 2:02X}{plain}", block)
            cipher = self.psam.ok(f"80FA0000{len(padded) // 2:02X}{padded}")
        self.deliver(0x08 if plain else 0x06, identifier, random)
        lc = f"{len(cipher) // 2 + 4:02X}"
        message = "00" * block + self._pad(header + lc + cipher, block, always=True)
        mac = self.psam.ok(f"80FA0500{len(message) // 2:02X}{message}")
        return self.card.sw(header + lc + cipher + mac)

    def _pad(self, text, block, *, always=False):
        if not always and len(text) % (2 * block) == 0:
            return text
        text += "80"
        return text + "00" * (-len(text) // 2 % block)

    def terminal_number(self):
        """File 0016 of the environment whose application is current; the application is entered again."""
        self.psam.ok({"psam-sx2": SX2, "psam-sx3": SX3}.get(self.psam.card.environment, MF))
        number = self.psam.ok("00B0960006")
        self.psam.ok(APPLICATION)
        return number

    def settle(self):
        """MAC1 of the PSAM satisfies the card, MAC2 of the card the PSAM: sequence and answer of the card."""
        card, psam = self.card, self.psam
        card.ok(DF04)
        index = psam.ok("00B09A000A")[:2]
        number = self.terminal_number()
        amounts = "00000000" + "000000C8" + "000007D0"
        answer = card.ok(f"B028010113{index}{amounts}{number}")
        sequence, version, algorithm, random = answer[28:32], answer[32:34], answer[34:36], answer[36:44]
        assert algorithm == ("03" if self.wide else "00")
        data = random + sequence + amounts + "32" + TIME + version + algorithm + self.factors
        made = psam.ok(f"80700100{len(data) // 2:02X}{data}")
        answer = card.ok("B02C01000F" + made[:8] + TIME + made[8:])
        assert psam.sw("8072000004" + answer[8:]) == 0x9000
        return sequence, answer
