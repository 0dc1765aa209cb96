"""What holds for the project as a whole, whatever the model in it does."""

import ast
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

SLOW_TO_IMPORT = {"matplotlib", "mesa", "numba", "pandas", "pyarrow", "scipy"}


def run_python(*arguments: str, home: Path) -> subprocess.CompletedProcess[str]:
    """Run Python in an empty folder that is also its home, where anything it wrote would be seen."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "NUMBA", "COV"))
    }
    environment |= {"HOME": str(home), "XDG_CACHE_HOME": str(home / "cache"), "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-B", *arguments],
        cwd=home,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def package_files() -> set[tuple[str, int]]:
    return {
        (str(path), path.stat().st_mtime_ns)
        for path in (ROOT / "sim").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_importing_sim_prints_nothing_and_writes_nothing(tmp_path: Path) -> None:
    before = package_files()
    done = run_python("-c", "import sim", home=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert list(tmp_path.rglob("*")) == []
    assert package_files() == before


def test_a_checker_of_types_is_told_that_the_package_is_typed() -> None:
    assert files("sim").joinpath("py.typed").is_file()
    told = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"]
    assert "sim" in told["targets"]["wheel"]["packages"]  # with all files in it
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8") if (ROOT / ".gitignore").is_file() else ""
    assert "py.typed" not in ignored


def test_importing_sim_loads_nothing_heavy(tmp_path: Path) -> None:
    done = run_python("-c", "import sim, sys; print(*sys.modules)", home=tmp_path)
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert "sim" in loaded, done.stderr
    assert loaded.isdisjoint(SLOW_TO_IMPORT | {"pydantic", "rich"})


@pytest.mark.skipif(not (ROOT / "sim/__main__.py").exists(), reason="there is no command line yet")
def test_asking_for_help_loads_nothing_slow(tmp_path: Path) -> None:
    done = run_python("-X", "importtime", "-m", "sim", "--help", home=tmp_path)
    assert done.returncode == 0, done.stderr
    loaded = set(re.findall(r"^import time:.*\| +([A-Za-z_]\w*)", done.stderr, flags=re.MULTILINE))
    assert "argparse" in loaded or "typer" in loaded, "the import times were not understood"
    assert loaded.isdisjoint(SLOW_TO_IMPORT)


def imported_names(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield from (f"{node.module}.{name.name}" for name in node.names)


def distributions(requirements: list[str]) -> set[str]:
    """Give the names, spelled with dots throughout: `ruamel.yaml` and `ruamel-yaml` are one."""
    # An extra may be a package of its own name: dask[distributed] brings distributed.
    names = {
        name for requirement in requirements for name in re.match(r"[\w.,\[\]-]+", requirement)[0].split("[")
    }
    parts = {part for name in names for part in name.rstrip("]").split(",")}
    return {re.sub(r"[-_.]+", ".", name.lower()) for name in parts}


def test_every_third_party_import_is_declared() -> None:
    extras = PROJECT["optional-dependencies"]
    declared = distributions(PROJECT["dependencies"] + extras["dashboard"] + extras["explore"])
    undeclared = {
        f"{file.relative_to(ROOT)}: {name}"
        for file in (ROOT / "sim").rglob("*.py")
        for name in imported_names(file)
        if name.partition(".")[0] not in sys.stdlib_module_names | {"sim"}
        and not any(f"{name.lower()}.".replace("_", ".").startswith(f"{known}.") for known in declared)
    }
    assert undeclared == set()


def test_every_declared_package_is_locked() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    wanted = PROJECT["dependencies"] + PROJECT["optional-dependencies"]["dev"]
    declared = distributions([re.sub(r"\[.*?\]", "", requirement) for requirement in wanted])
    assert declared - distributions(lock) == set()


# Written in pieces, so that this file does not contain what it forbids. A path counts only where it begins:
# the address of a page may well have a folder of the same name.
PRIVATE_FOLDERS = ["ro" + "ot", "ho" + "me", "Us" + "ers", "wo" + "rk", "tm" + "p/bash"]
REGISTRIES = [
    "py" + r"pi\.",
    "pythonho" + r"sted\.",
    "artifac" + "tory",
    "dev" + r"pi\b",
    "find" + "-links",
    "index" + "-url",
]
FORBIDDEN = re.compile(rf"(?<![\w.~/-])/(?:{'|'.join(PRIVATE_FOLDERS)})/|(?i:{'|'.join(REGISTRIES)})")


def repository_files() -> list[Path]:
    if not (ROOT / ".git").exists():
        pytest.skip("this copy of the project is not a git repository")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_no_file_names_a_private_folder_or_a_package_registry() -> None:
    found = [
        f"{file.relative_to(ROOT)}: {hit.group()}"
        for file in repository_files()
        for hit in FORBIDDEN.finditer(file.read_text(encoding="utf-8", errors="replace"))
    ]
    assert found == []


def make_targets() -> set[str]:
    return set(
        re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    )


def make_commands(shell: str) -> set[str]:
    return set(re.findall(r"^(?:\$ )?make ([a-z-]+)", shell, flags=re.MULTILINE))


def test_the_commands_in_the_readme_exist() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    code = re.findall(r"```\w*\n.*?```|`[^`\n]+`", readme, flags=re.DOTALL)
    shown = make_commands("\n".join(code).replace("`", ""))
    assert {"demo", "test"} <= shown <= make_targets()


def test_continuous_integration_runs_the_test_command_of_the_readme() -> None:
    assert os.access(ROOT / ".ci/run", os.X_OK)
    commands = make_commands((ROOT / ".ci/run").read_text(encoding="utf-8"))
    assert {"test"} <= commands <= make_targets()


def test_every_lint_exception_has_its_reason() -> None:
    lines = (ROOT / "pyproject.toml").read_text(encoding="utf-8").splitlines()
    select = lines.index("select = [")
    exceptions = lines[:select] + lines[lines.index("]", select) :]
    unexplained = [line for line in exceptions if re.fullmatch(r' *"[A-Z]+\d*",?[^#]*', line)]
    assert unexplained == []


def test_the_citation_gives_the_version_of_the_package() -> None:
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\nversion: {PROJECT['version']}\n" in citation
