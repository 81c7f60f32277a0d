"""The vector files of a campaign in other hands: what was played is what lies there, or it is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec import structs

from dualcos.lab.conformance.vector_file import VectorError
from dualcos.lab.evidence.campaign_records import FileDigest
from dualcos.lab.evidence.vector_digests import file_digests, vector_root
from tests.honest_campaigns import campaign, chained, judged, near, sha, verified, what, whole


def vector_folder(folder: Path) -> Path:
    """Two files of vectors that load, one in a folder, and the routines beside."""
    shipped = Path(__file__).parents[4] / "vectors"
    (folder / "ssse").mkdir(parents=True)
    for name in ("ssse/verify.json", "ssse/unknown.json", "routines.json"):
        (folder / name).write_bytes((shipped / name).read_bytes())
    return folder


@pytest.fixture(scope="module")
def vectors(tmp_path_factory) -> Path:
    return vector_folder(tmp_path_factory.mktemp("v") / "vectors")


def of_vectors(folder: Path, ids: tuple[str, ...] = ("SSC-VERIFY-01", "SSC-VERIFY-02")) -> bytes:
    files = file_digests([folder])
    return chained(whole([judged(each, 3) for each in ids], files=files, root=vector_root(files)))


def wrong_vectors(content: bytes, folder: Path) -> list[str]:
    return [str(each) for each in verified(content, None, vectors=[folder]).faults if each.what != "unsigned"]


def test_digests_are_those_of_sha256sum(vectors):
    found = file_digests([vectors])
    assert [each.path for each in found] == ["routines.json", "ssse/unknown.json", "ssse/verify.json"]
    assert [each.sha256 for each in found] == [sha((vectors / each.path).read_text(encoding="utf-8")) for each in found]
    assert vector_root(found) == sha("".join(f"{each.sha256}  {each.path}\n" for each in found))
    assert [each.path for each in file_digests([vectors / "ssse" / "verify.json"])] == [
        "../routines.json",
        "verify.json",
    ]
    several = file_digests([vectors, vectors / "ssse"])
    assert {"vectors/ssse/verify.json", "ssse/verify.json"} < {each.path for each in several}


def test_what_vectors_are_played_with_counts_wherever_it_lies(tmp_path):
    """Routines above, and profiles that a file or one of its vectors names."""
    for name in ("a/x.json", "b/x.json"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text('{"profile": "../p.toml", "vectors": [{"profile": "q.toml"}, {}]}', "utf-8")
        (tmp_path / name).with_name("q.toml").write_text(name, "utf-8")
    for name in ("p.toml", "routines.json"):
        (tmp_path / name).write_text(name, "utf-8")
    found = {each.path: each.sha256 for each in file_digests([tmp_path / "a"])}
    assert found.keys() == {"../p.toml", "../routines.json", "q.toml", "x.json"}
    assert found["q.toml"] == sha("a/x.json")
    two = file_digests([tmp_path / "a" / "x.json", tmp_path / "b" / "x.json"])
    assert [each.path for each in two] == ["../p.toml", "../routines.json", "2/q.toml", "2/x.json", "q.toml", "x.json"]
    assert {each.sha256 for each in two} >= {sha("a/x.json"), sha("b/x.json"), sha("p.toml"), sha("routines.json")}
    (tmp_path / "a" / "x.json").write_text("[", "utf-8")
    assert [each.path for each in file_digests([tmp_path / "a"])] == ["../routines.json", "x.json"]


def test_vectors_that_are_as_they_were(vectors):
    assert wrong_vectors(of_vectors(vectors), vectors) == []


def test_vectors_that_were_changed_or_taken_away_since(tmp_path):
    folder = vector_folder(tmp_path / "vectors")
    content = of_vectors(folder)
    path = folder / "ssse" / "verify.json"
    path.write_bytes(path.read_bytes() + b"\n")
    assert wrong_vectors(content, folder) == ["ssse/verify.json is not what was played: it was changed since"]
    path.unlink()
    assert wrong_vectors(content, folder) == ["ssse/verify.json was played, and is not where the vectors lie"]
    files = file_digests([folder])
    files[0] = structs.replace(files[0], sha256=near(files[0].sha256))
    content = chained(whole([judged("SSC-UNKNOWN-01")], files=files, root=vector_root(files)))
    assert wrong_vectors(content, folder) == ["routines.json is not what was played: it was changed since"]
    with pytest.raises(VectorError, match="no such vector file or folder"):
        verified(content, None, vectors=[tmp_path / "nowhere"])


def test_a_vector_file_that_came_later_is_told(tmp_path):
    folder = vector_folder(tmp_path / "vectors")
    content = of_vectors(folder)
    (folder / "new.json").write_bytes((folder / "ssse" / "verify.json").read_bytes().replace(b"VERIFY", b"VERIFYX"))
    judgement = verified(content, None, vectors=[folder])
    assert what(judgement) == ["unsigned"]
    assert judgement.remarks == ("vector files that are no part of this campaign: 1, the first is new.json",)


def test_a_verdict_on_a_vector_that_is_nowhere_is_told(vectors):
    content = of_vectors(vectors, ("SSC-VERIFY-01", "TEST-NOWHERE"))
    assert wrong_vectors(content, vectors) == [
        "record 4 (verdict of TEST-NOWHERE): the vector files have no such vector"
    ]


def test_a_root_that_is_not_that_of_the_files():
    files = [FileDigest(path="a.json", sha256=sha("a"))]
    told = verified(chained([campaign(files=files)]), None).faults[0]
    assert str(told) == "record 1 (campaign): its root is not that of its vector files"
