"""How long tests wait for other programs. A busy machine makes them slow, and says nothing of what is tested."""

from __future__ import annotations

from typing import Final

PATIENCE: Final = 600.0  # seconds until something that does not come is given up; it has hung, or ended unnoticed
GLANCE: Final = 0.2  # seconds that one look lasts, where a test looks again and again
FAREWELL: Final = 1.0  # seconds that a program has to end by itself before it is killed
