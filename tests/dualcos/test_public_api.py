"""``import dualcos`` is the public API: lazy, guarded against folders in the way, and whole in a wheel."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

import dualcos

ROOT = Path(__file__).parents[2]
SELECT = "00A404000F7378312E73682EC9E7BBE1B1A3D5CF"
ABOVE = (
    "dualcos.lab",
    "dualcos.issuance",
    "dualcos.profile",
    "dualcos.dialogue",
    "dualcos.reader",
    "dualcos.cli",
)


def python(*argv: str, program: Path | str = sys.executable, cwd: Path = ROOT, **more: str):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **more}
    return subprocess.run(  # noqa: S603 - this interpreter or one of its own making
        [str(program), *argv], cwd=cwd, env=environment, capture_output=True, text=True, check=False, timeout=300
    )


def loaded(statement: str) -> set[str]:
    """The modules of ours that a fresh interpreter has behind ``statement``."""
    done = python("-c", f"import sys; {statement}; print(*sys.modules)")
    assert done.returncode == 0, done.stderr
    return {
        name for name in done.stdout.split() if name.split(".")[0] in ("dualcos", "cos", "keys", "firewall", "apdu")
    }


def test_every_name_is_there_and_named_once():
    assert set(dualcos.__all__) == set(dualcos._API)
    assert all(getattr(dualcos, name) is not None for name in dualcos.__all__)
    assert set(dualcos.__all__) <= set(dir(dualcos))
    with pytest.raises(AttributeError, match="dualcos has no attribute wallet"):
        _ = dualcos.wallet


def test_import_loads_nothing():
    assert loaded("import dualcos") == {"dualcos"}


def test_explaining_loads_nothing_above_it():
    found = loaded("import dualcos.explain")
    assert "dualcos.explain" in found
    assert not [name for name in found if name.startswith(ABOVE)]


def test_readmes_four_lines():
    card = dualcos.card("dual-3.0-sm4", seed=7)
    assert card.power_on()[:1] == b"\x3b"
    assert card.exchange(bytes.fromhex(SELECT))[-2] in (0x61, 0x90)
    assert dualcos.card("dual-3.0-sm4", seed=7).snapshot() == dualcos.card("dual-3.0-sm4", seed=7).snapshot()


@pytest.mark.parametrize("name", ["apdu", "firewall", "keys", "cos"])
@pytest.mark.parametrize("kind", ["folder", "file"])
def test_what_stands_in_the_way_is_named(tmp_path, name, kind):
    stranger = tmp_path / (name if kind == "folder" else f"{name}.py")
    if kind == "folder":
        stranger.mkdir()
        (stranger / "__init__.py").touch()
    else:
        stranger.touch()
    path = f"{tmp_path}{os.pathsep}{ROOT}"
    use = "import dualcos.explain" if kind == "folder" else "import dualcos; dualcos.Card"
    imported = python("-c", use, cwd=tmp_path, PYTHONPATH=path)
    assert imported.stderr.splitlines()[-1].startswith(f"ImportError: dualcos: {stranger.resolve()} stands in the way")
    command = python("-m", "dualcos", "profiles", cwd=tmp_path, PYTHONPATH=path)
    assert (command.returncode, command.stdout) == (2, "")
    assert command.stderr.startswith(f"dualcos: {stranger.resolve()} stands in the way")
    assert len(command.stderr.splitlines()) == 1


def test_a_namesake_that_is_imported_already_is_named():
    done = python("-c", "import sys, types; sys.modules['keys'] = types.ModuleType('keys'); import dualcos.explain")
    assert "another module named keys is imported already" in done.stderr


@pytest.mark.parametrize("stray", [None, "/usr/lib/python3/dist-packages/firewall"])
def test_another_softwares_package_is_named(monkeypatch, stray):
    real = dualcos.find_spec

    def found(name: str) -> ModuleSpec | None:
        if name != "firewall":
            return real(name)
        if stray is None:
            return None
        spec = ModuleSpec(name, None, is_package=True)
        spec.submodule_search_locations = [stray]
        return spec

    assert dualcos.in_the_way() == ""
    monkeypatch.setattr(dualcos, "find_spec", found)
    sentence = dualcos.in_the_way()
    assert "package firewall" in sentence
    assert "in a virtual environment" in sentence
    assert stray is None or stray in sentence


def test_a_folder_without_code_is_not_in_the_way(tmp_path):
    (tmp_path / "keys").mkdir()
    path = f"{tmp_path}{os.pathsep}{ROOT}"
    assert python("-c", "import dualcos.explain", cwd=tmp_path, PYTHONPATH=path).returncode == 0


def test_whoever_imports_it_before_the_folder_comes_is_told(tmp_path):
    """As pytest does, which puts folders of tests in front later."""
    (tmp_path / "cos").mkdir()
    (tmp_path / "cos" / "__init__.py").touch()
    for use in ("dualcos.card", "dualcos.Card", "import dualcos.profile"):
        done = python("-c", f"import sys, dualcos; sys.path.insert(0, {str(tmp_path)!r}); {use}")
        assert "stands in the way of its package cos" in done.stderr


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A fresh environment with nothing but the wheel and what it asks for."""
    place = tmp_path_factory.mktemp("wheel")
    built = python("-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(place), str(ROOT), PYTHONPATH="")
    assert built.returncode == 0, built.stderr
    (wheel,) = place.glob("dualcos-*.whl")
    venv.create(place / "venv")
    program = place / "venv" / "bin" / "python"
    into = ("--python", str(program), "install", "--quiet", "--no-compile")
    done = python("-m", "pip", *into, str(wheel), PYTHONPATH="")
    assert done.returncode == 0, done.stderr
    return program


def test_the_wheel_beside_namesakes(installed, tmp_path):
    """Folders that are no packages do no harm, one that is is named; all works, with the vectors that come along."""
    for name in ("keys", "cos", "vectors"):
        (tmp_path / name).mkdir()
    use = f"import dualcos; c = dualcos.card('social-2.0'); c.power_on(); c.exchange(bytes.fromhex('{SELECT}'))"
    done = python("-c", use, program=installed, cwd=tmp_path, PYTHONPATH="")
    assert done.returncode == 0, done.stderr
    (tmp_path / "cos" / "__init__.py").touch()
    done = python("-c", use, program=installed, cwd=tmp_path, PYTHONPATH="")
    assert f"dualcos: {(tmp_path / 'cos').resolve()} stands in the way of its package cos" in done.stderr
    script = installed.with_name("dualcos")
    done = python("profiles", program=script, cwd=tmp_path, PYTHONPATH="")
    assert done.returncode == 0, done.stderr
    done = python("conform", "-q", "manager", program=script, cwd=tmp_path, PYTHONPATH="")
    assert done.returncode == 0, done.stderr
    assert "0 failed" in done.stdout or " pass" in done.stdout
    for words in ("lab run manager --campaign c -q --jobs 1", "lab report c -o c.html --vectors manager"):
        done = python(*words.split(), program=script, cwd=tmp_path, PYTHONPATH="")
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "c.html").stat().st_size > 50_000
