"""A boot file for TidalCycles with livecode beside SuperDirt, and every control as a Tidal parameter."""

from __future__ import annotations

from typing import Final, Literal

from livecode.clients.template import fill
from livecode.controls import CONTROLS
from livecode.errors import ControlError
from livecode.osc.server import PORT

Version = Literal["1.7", "1.10"]
VERSIONS: Final[tuple[Version, ...]] = ("1.7", "1.10")
FOREIGN_DELAY: Final = 0.24  # seconds; what a time tag is heard after unless `livecode serve` was told otherwise

# Tidal has these itself, with the same meaning or (voice) another one for SuperDirt; duration is not read from Tidal.
_LEFT_OUT: Final = frozenset(
    {"note", "velocity", "gain", "legato", "pan", "sustain", "dur", "duration", "voice", "amp"}
)
_KINDS: Final = {"float": "pF", "int": "pI", "text": "pS"}


def files(version: str = "1.7", *, port: int = PORT, foreign_delay: float = FOREIGN_DELAY) -> dict[str, str]:
    """Return the boot file for a version of Tidal; ControlError for one that is not known."""
    if version not in VERSIONS:
        raise ControlError(f"there is a boot file for Tidal {' and '.join(VERSIONS)}, not {version!r}")
    name = "BootTidal-1.7.hs" if version == "1.7" else "BootTidal-1.10.hs"
    values = {"port": port, "delay": f"{foreign_delay:g}", "parameters": "\n".join(_parameters())}
    # Tidal 1.7 sends `oLatency` ahead; from 1.9 on it sends cProcessAhead less oLatency ahead.
    values |= {"superdirt_ahead": f"{0.2 + foreign_delay:g}", "process_ahead": f"{0.3 + foreign_delay:g}"}
    values |= {"livecode_late": f"{0.05 + foreign_delay:g}"}
    return {"BootTidal.hs": fill(name, values)}


def _parameters() -> list[str]:
    """Return a line of Haskell for each control that Tidal has not."""
    return [
        f'    {name} = {_KINDS[control.type]} "{name}"  -- {control.help}'
        for control in CONTROLS.values()
        for name in (control.name, *control.aliases)
        if name not in _LEFT_OUT
    ]
