"""The one door to onnxruntime, which reports to its maker unless it is told not to before it is imported.

From version 1.29 on its import writes a device id into the user's home folder, and a session looks up its maker's
server. No other module imports it, so no process of livecode does either.
"""

from __future__ import annotations

import os
from functools import cache
from typing import Any, Final

from livecode import extras

_ERRORS_ONLY: Final = 3  # onnxruntime's log severity


@cache
def import_runtime() -> Any:
    """Return the module `onnxruntime`, silent towards its maker; raises MissingExtra where it is not to be had."""
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # child processes inherit it
    try:
        import onnxruntime
    except ImportError as error:
        raise extras.missing("Magenta RealTime 2 on a CPU", "onnxruntime", "mrt2", error) from error
    untyped: Any = onnxruntime
    untyped.disable_telemetry_events()  # a notebook may have imported it before livecode
    untyped.set_default_logger_severity(_ERRORS_ONLY)
    return untyped
