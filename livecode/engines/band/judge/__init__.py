"""Judges the band by instruments: what is heard and what the log says, against thresholds.

The checks and most thresholds are those of the measurements that the band was designed from. They prove that a
style is not broken, is balanced, in time, in key and distinct. They do not prove taste.
"""

from __future__ import annotations
