"""Playing without a clock: a generator's core stepped as fast as it goes, and a set log played again."""

from __future__ import annotations

from livecode.offline.file import SoundFile
from livecode.offline.render import Rendered, render
from livecode.offline.replay import Replay
from livecode.offline.simulation import Simulation

__all__ = ["Rendered", "Replay", "Simulation", "SoundFile", "render"]
