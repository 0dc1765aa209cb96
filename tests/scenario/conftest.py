from collections.abc import Callable
from pathlib import Path

import pytest

Write = Callable[..., Path]


@pytest.fixture
def tree(tmp_path: Path) -> Write:
    """Give a function that writes files into a scenario folder and returns `main.yaml`."""

    def write(main: str, files: dict[str, str] | None = None) -> Path:
        for name, text in ({"main.yaml": main} | (files or {})).items():
            path = tmp_path / "tree" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return tmp_path / "tree" / "main.yaml"

    return write
