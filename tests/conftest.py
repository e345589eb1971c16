"""What all tests share: a home of their own, and one thread for numpy's algebra."""

from __future__ import annotations

import os
import shutil
import tempfile

import pytest

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def pytest_configure(config: pytest.Config) -> None:
    """Keep recordings, logs and snapshots of the tests, and of processes they start, out of the player's folder."""
    home = tempfile.mkdtemp(prefix="livecode-tests-")
    os.environ["LIVECODE_HOME"] = home
    config.add_cleanup(lambda: shutil.rmtree(home, ignore_errors=True))
