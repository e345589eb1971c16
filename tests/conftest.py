"""What all tests share: a home of their own, one thread for numpy's algebra, and an engine of test tones."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from studio import Studio

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# How long an example takes says how loaded the machine is, and nothing of the example. They are the same in every run;
# `--hypothesis-profile=default` draws others.
settings.register_profile("livecode", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("livecode")

ENGINE = Path(__file__).parent / "data" / "engine"  # its entry point is found where the folder is on the path


def pytest_configure(config: pytest.Config) -> None:
    """Keep recordings, logs and snapshots of the tests, and of processes they start, out of the player's folder.

    So are IPython's history and jedi's cache, which kernels of tests that run side by side would else share: the newest
    line of the history would be another test's, and who reads the cache while another writes it completes nothing.
    The engine ``tones`` is made to be found, here and by those processes.
    """
    home = tempfile.mkdtemp(prefix="livecode-tests-")
    os.environ["LIVECODE_HOME"] = home
    os.environ["IPYTHONDIR"] = os.path.join(home, "ipython")
    os.environ["XDG_CACHE_HOME"] = os.path.join(home, "cache")
    config.add_cleanup(lambda: shutil.rmtree(home, ignore_errors=True))
    sys.path += [str(ENGINE), str(Path(__file__).parent)]  # the second for studio.py and ports.py
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (os.environ.get("PYTHONPATH"), str(ENGINE))))


@pytest.fixture(scope="session")
def test_tones(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a stand-in for Magenta RealTime 2, made by the mlx that reads it."""
    fixture = pytest.importorskip("livecode.engines.mrt2.mlx.fixture", reason="mlx is not installed here")
    made: Path = fixture.make_model(tmp_path_factory.mktemp("models"))
    return made.parent


@pytest.fixture
def studio() -> Iterator[Studio]:
    """A generator without a clock, and the session on it that all words mean."""
    from studio import Studio

    from livecode.session.current import speaking

    made = Studio()
    with speaking(made.session):
        yield made
    made.simulation.close()
