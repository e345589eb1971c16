"""The kernel "livecode": IPython's, with the language in its namespace and the session behind it.

Cells only send; nothing here keeps time. So a busy cell, an interrupt or a restart of the kernel leaves the music
alone: the generator is a process of its own.
"""

from __future__ import annotations

from typing import Any

from ipykernel.ipkernel import IPythonKernel
from tornado.ioloop import IOLoop, PeriodicCallback

from livecode import __version__
from livecode_kernel import extension

WAKE_MILLISECONDS = 100  # how late an interrupt of an awaiting cell may be
GO_ON_SECONDS = 1.0  # after a start, until the page listens again


class LivecodeKernel(IPythonKernel):
    """Python with the names of livecode, its drawings, completion and errors."""

    implementation = "livecode"
    implementation_version = __version__

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)  # type: ignore[no-untyped-call]
        extension.load_ipython_extension(self.shell)
        self._waker: PeriodicCallback | None = None

    @property
    def banner(self) -> str:  # type: ignore[override]
        """What a console shows at its start."""
        return f'livecode {__version__}: d1 >> prompt("warm analog pads"), hush() to stop, help(prompt) for help\n'

    def start(self) -> None:
        """Start, and keep the event loop awake.

        The interrupt of a cell that awaits is queued on the loop from a signal handler, which does not wake it
        (ipykernel issue 881); a callback that does nothing does.
        """
        super().start()  # type: ignore[no-untyped-call]
        self._waker = PeriodicCallback(lambda: None, WAKE_MILLISECONDS)
        self._waker.start()
        IOLoop.current().call_later(GO_ON_SECONDS, extension.go_on, self.shell)

    def do_complete(self, code: str, cursor_pos: int | None) -> Any:
        """Complete controls, styles, players and what is inside strings; the rest as in Python."""
        position = len(code) if cursor_pos is None else cursor_pos
        ours = extension.complete(self.shell, code, position)
        return ours if ours is not None else super().do_complete(code, cursor_pos)  # type: ignore[no-untyped-call]

    def do_inspect(self, code: str, cursor_pos: int, detail_level: int = 0, omit_sections: tuple[str, ...] = ()) -> Any:
        """Explain a control, a player, a style or a piece of notation; the rest as in Python."""
        ours = extension.inspect(self.shell, code, cursor_pos)
        return ours if ours is not None else super().do_inspect(code, cursor_pos, detail_level, omit_sections)  # type: ignore[no-untyped-call]

    def do_shutdown(self, restart: bool) -> Any:
        """Let go of the generator, which plays on; after a restart a live view goes on too."""
        extension.unload_ipython_extension(self.shell, restart=restart)
        return super().do_shutdown(restart)  # type: ignore[no-untyped-call]
