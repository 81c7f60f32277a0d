"""Three groups of each key (LD/T 6001.3 §9)."""

from __future__ import annotations

from vectors.generate.social.pieces import Json, enter, send, unit
from vectors.generate.social.structure import KIDS


def home_of(key: str) -> str:
    """The directory of a key."""
    return "DF04" if key == "DSK" else key[-4:]


def key_versions() -> Json:
    """Chapter 9 of LD/T 6001.3: three groups of each key."""
    vectors = [
        {
            "id": f"KEY-VER{version}-{key}",
            "title": {"zh": f"{key} 第 {version} 组", "en": f"{key}, version {version:02d}"},
            "item": f"KEY_VER{version}",
            "setup": [*enter(home_of(key)), {"routine": "challenge"}],
            "steps": [
                send(f"008200{kid}11{{ext_auth({key}:{version})}}{version:02X}", "9000"),
                {"routine": "challenge"},
                send(f"008200{kid}11{{ext_auth({key}:{version % 3 + 1})}}{version:02X}", "63C2"),
                {"routine": "challenge"},
                send(f"008200{kid}11{{ext_auth({key}:{version})}}04", "6A88"),
            ],
        }
        for key, kid in KIDS.items()
        for version in (1, 2, 3)
    ]
    purpose = (
        "Each of the three groups of each key is there under its version, is not another one, and there is no fourth."
    )
    clause = ["SSC-5 §6.4", "SSC-10 §6.4.1", "LD/T 6001.3 §9"]
    more = {"live": True, "destructive": True, "applies": "version >= 2"}
    return unit("SSC-KEY-VERSIONS", ("密钥多版本", "Versions of keys"), purpose, clause, vectors, **more)
