"""险种类型: the codes of V2.0 table 41 with their names, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class SchemeName(NamedTuple):
    """A scheme for people."""

    zh: str
    en: str


SCHEMES: Mapping[str, SchemeName] = MappingProxyType(
    {
        "110": SchemeName("城镇企业职工基本养老保险", "pension, employees of enterprises"),
        "120": SchemeName("机关事业单位养老保险", "pension, public institutions"),
        "150": SchemeName("新型农村社会养老保险", "pension, rural, new form"),
        "160": SchemeName("城镇居民社会养老保险", "pension, residents of towns"),
        "170": SchemeName("城乡居民社会养老保险", "pension, residents"),
        "210": SchemeName("失业保险", "unemployment insurance"),
        "310": SchemeName("职工基本医疗保险", "medical insurance, employees"),
        "380": SchemeName("新型农村合作医疗", "rural cooperative medical care"),
        "390": SchemeName("城乡居民基本医疗保险", "medical insurance, residents"),
        "391": SchemeName("城镇居民基本医疗保险", "medical insurance, residents of towns"),
        "410": SchemeName("工伤保险", "work injury insurance"),
        "510": SchemeName("生育保险", "maternity insurance"),
    }
)
"""By code, in the order of the table."""


def scheme_name(code: str) -> SchemeName:
    """The code itself for one that the table has not."""
    return SCHEMES.get(code, SchemeName(code, code))
