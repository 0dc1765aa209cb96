from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder in which every drawn world may be written, one over the other."""
    return tmp_path_factory.mktemp("worlds")
