"""What a profile says of the social-security environment, and for whom the card is."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from cos.ssse.options import SocialOptions
from cos.ssse.tables.item_encoding import Charset
from dualcos.profile.field_types import Date, Key16, Pin, Region, Tries
from dualcos.textforms.whole_texts import whole


class HolderProfile(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who the card is for, where it is not the invented demonstration holder. Never a real person.

    ``card_check``: a check character of the card number that is not the right one, as some issued cards have.
    """

    name: str | None = None
    birth: Date | None = None
    sex: Literal["1", "2", "9"] | None = None
    ethnic: Annotated[str, Meta(pattern=whole("[0-9]{2}"), description="2 digits")] | None = None
    sequence: Annotated[str, Meta(pattern=whole("[0-9]{3}"), description="3 digits")] | None = None
    card_body: Annotated[str, Meta(pattern=whole("[0-9A-Z]{8}"), description="8 digits and capitals")] | None = None
    card_check: Annotated[str, Meta(pattern=whole("[0-9A-Z]"), description="a digit or capital")] | None = None
    card_class: Literal["1", "2", "3", "4"] | None = None
    issued: Date | None = None
    expires: Date | None = None


class SocialProfile(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The social-security environment: edition, cipher, issuer's keys, holder.

    ``dir_sfi``: where the DIR file lies; SSC-3 §6.3 says 5 to 15, every card seen announces 30. ``dir_wrapped``: its
    entries inside template 70, as the personalisation dialect writes them, or bare 61 (SSC-3 §6.3, default).
    ``identification``: the card identification code (item 01) as it is to be; left out, it is worked out by the rule:
    city, D156000005, the chip's serial number of the ATR, authentication code under IRK. On issued 3.0 cards it has
    another number than the ATR. ``institution``: the initialising institution (item 04), whose last byte, a running
    number, is hexadecimal on issued cards; left out, number 01 of the city.
    ``extensions``: regional files and keys seen in the field. ``unemployment_in``: where item 60 lies (V2.0 §7 wants
    one of the two places). ``charset`` of the texts: GBK, or GB 18030 for names with rare characters, which has all of
    GBK under the same bytes.
    """

    version: Literal["1.0", "2.0", "3.0"]
    algorithm: Literal["3DES", "SM4"]
    city: Region
    pin: Pin = ""
    pin_tries: Tries = 3
    master: Key16 | None = None
    roots: dict[str, Key16] = {}
    holder: HolderProfile = HolderProfile()
    identification: (
        Annotated[str, Meta(pattern=whole("[0-9A-Fa-f]{32}"), description="16 bytes, 32 hex digits")] | None
    ) = None
    institution: Annotated[str, Meta(pattern=whole("[0-9A-Fa-f]{24}"), description="24 hex digits")] | None = None
    dir_sfi: Annotated[int, Meta(ge=1, le=30)] = 30
    dir_wrapped: bool = False
    extensions: tuple[Literal["SSSE/EF0C", "SSSE/EF0D", "DF03/EF0C-EF0F", "DF04/EF0C-EF0D"], ...] = ()
    unemployment_in: Literal["DF02", "DF03"] = "DF02"
    charset: Charset = "gbk"
    options: SocialOptions = SocialOptions()
