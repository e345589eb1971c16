"""The live view: beat, meters, what is about to play, the blend as a shape to drag, the level's history.

`scope.js` draws in the browser; here a thread looks ten times a second at what the generator tells anyway, and at the
patterns, which know the future. A picture beside it is what stays in the saved file.
"""

from __future__ import annotations

import contextlib
import math
import threading
import uuid
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

from livecode import extras, home
from livecode.controls import CONTROLS
from livecode.errors import LivecodeError
from livecode.pattern.budget import patiently
from livecode.pattern.incoming import KEY
from livecode.session.inputs import inputs_of
from livecode.session.player import Player
from livecode.session.session import Session
from livecode_kernel import forms

RATE: Final = 10.0  # snapshots a second
ROLL_EVERY: Final = 5  # snapshots between two looks at the patterns
STILL_EVERY: Final = 50  # snapshots between two pictures for the saved file
BEHIND, AHEAD = 4.0, 16.0  # beats of the roll; a little more than is drawn
MOST_EVENTS: Final = 400
MOST_STILL: Final = 4  # players in the picture
FLOOR_DB: Final = -90.0

_LIFE: Final = uuid.uuid4().hex
_active: View | None = None


class Feed:
    """What the generator tells, gathered from the session's line."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._lock = threading.Lock()
        self._voices: dict[str, tuple[str, float]] = {}  # slot -> words, share
        self._level = (0.0, 0.0)
        line: Any = session.line
        self._status: dict[str, Any] = line.status()
        line.news.append(self._take)
        for what, rate in (("meters", RATE), ("blend", 5.0), ("status", 1.0)):
            line.subscribe(what, rate)

    def close(self) -> None:
        """Stop listening."""
        line: Any = self._session.line
        if self._take in line.news:
            line.news.remove(self._take)

    def snapshot(self) -> dict[str, Any]:
        """Return what the view shows besides the roll."""
        session = self._session
        try:
            clock = session.line.clock()
            beat, tempo, running, answering = session.beat(), clock.tempo, clock.running, True
        except LivecodeError:
            beat, tempo, running, answering = 0.0, session.tempo, False, False
        with self._lock:
            status, (rms, peak) = self._status, self._level
            slots = self._slots()
        playing = [name for name in session.playing() if not name.startswith(forms.MASTER)]
        return {
            "beat": beat,
            "tempo": tempo,
            "running": running,
            "answering": answering,
            "rms": decibels(rms),
            "peak": decibels(peak),
            "slots": slots,
            "players": [f"{name}: {session.text(name)}" for name in playing],
            "lead": f"{status.get('lead_ms', 0)} ms",
            "dropouts": status.get("dropouts", 0),
            "engine": status.get("engine", ""),
            "reads": sorted(inputs_of(session).read()),
        }

    def _take(self, address: str, args: tuple[Any, ...]) -> None:
        word = address.rpartition("/")[2]
        with self._lock:
            if word == "meters" and len(args) == 4:
                self._level = (float(args[1]), float(args[3]))
            elif word == "status":
                status = dict(zip(args[::2], args[1::2], strict=False))
                if status.get("pid") != self._status.get("pid"):
                    self._voices.clear()  # of the generator of before
                self._status = status
            elif word == "blend" and len(args) == 3:
                self._blend(str(args[0]), float(args[1]), str(args[2]))

    def _blend(self, slot: str, share: float, text: str) -> None:
        """Take in a slot that has changed; one that has gone comes with no words."""
        if text:
            self._voices[slot] = (text, share)
        else:
            self._voices.pop(slot, None)

    def _slots(self) -> list[dict[str, Any]]:
        """Return a slot for each player: its words, and the share of all its voices."""
        found: dict[str, dict[str, Any]] = {}
        for slot, (text, share) in self._voices.items():
            name = slot.partition("/")[0]
            row = found.setdefault(name, {"name": name, "text": text, "share": 0.0})
            row["share"] += share
            if share > 0:
                row["text"] = text
        return list(found.values())


def roll(session: Session) -> list[list[Any]]:
    """Return what plays around now: [begin, end, kind, what, strength, player], times in beats."""
    try:
        here = session.beat()
    except LivecodeError:
        return []
    beats = float(session.beats_per_cycle)
    begin, end = (here - BEHIND) / beats, (here + AHEAD) / beats
    found: list[list[Any]] = []
    for name in session.playing():
        pattern = session.pattern(name)
        if pattern is None or name in session.muted or name.startswith(forms.MASTER):
            continue
        asked = partial(pattern.query, max(0.0, begin), max(0.0, end), seed=session.seed, player=name)
        try:
            events = patiently(asked)
        except Exception:  # noqa: BLE001  # a player's own function, of which the session tells; the others are shown
            continue
        for event in events:
            if event.whole is None or not isinstance(event.value, Mapping):
                continue
            kind = next((kind for kind in ("note", "hit", "prompt") if kind in event.value), None)
            if kind is None or event.value[kind] is None:
                continue
            what = float(event.value[kind]) if kind == "note" else str(event.value[kind])
            strength = float(event.value.get("velocity", CONTROLS["velocity"].default))
            times = float(event.whole.begin) * beats, float(event.whole.end) * beats
            found.append([*times, kind, what, strength, name])
    return found[:MOST_EVENTS]


def still(session: Session) -> str:
    """Return the picture for the saved file: the players, and their patterns around now."""
    playing = [name for name in session.playing() if not name.startswith(forms.MASTER)]
    drawings = [forms.drawing_now(session, Player(name)).html for name in playing[:MOST_STILL]]
    return f"<div class='livecode-still'>{forms.table_html(session)}{''.join(drawings)}</div>"


def decibels(level: float) -> float:
    """Return a level of 0 to 1 in dB below full scale, -90 for silence."""
    return round(max(FLOOR_DB, 20 * math.log10(level)), 1) if level > 0 else FLOOR_DB


class View:
    """One view and the thread that feeds it."""

    def __init__(self, session: Session) -> None:
        self.session, self.feed = session, Feed(session)
        self.widget = _widget()
        self.widget.on_msg(self._message)
        self._closed = threading.Event()
        self._still: Any = None

    def show(self) -> None:
        """Put it under the cell and let it run."""
        from IPython.display import HTML, display

        self._still = display(HTML(still(self.session)), display_id=True)  # type: ignore[no-untyped-call]
        self._refresh(0)
        display(self.widget)  # type: ignore[no-untyped-call]
        _remember(str(getattr(self._still, "display_id", "")))
        self._begin()

    def go_on(self, picture: str) -> None:
        """Feed the views, and the picture with this display id, that a kernel before this one has left in the page."""
        from IPython.display import DisplayHandle

        self._still = DisplayHandle(picture) if picture else None  # type: ignore[no-untyped-call]
        self._refresh(0)
        self._begin()

    def _begin(self) -> None:
        threading.Thread(target=self._run, name="scope", daemon=True).start()

    def close(self) -> None:
        """End the thread; the picture stays."""
        self._closed.set()
        self.feed.close()

    def _run(self) -> None:
        count = 0
        while not self._closed.wait(1 / RATE):
            count += 1
            try:
                self._refresh(count)
            except LivecodeError:
                continue  # the generator is away for the moment; the view says so with the next snapshot
            except (RuntimeError, OSError):
                return  # the kernel is going down
            except Exception as error:  # noqa: BLE001  # the view goes on with the next snapshot
                self.session.tellings.problem("", f"the live view: {type(error).__name__}: {error}", kind="scope")

    def _refresh(self, count: int) -> None:
        if count % ROLL_EVERY == 0:
            self.widget.roll = roll(self.session)
        self.widget.now = self.feed.snapshot()
        # with nobody's code known, as after a restart, the picture of before is the better one
        if count and count % STILL_EVERY == 0 and self._still is not None and self.session.playing():
            from IPython.display import HTML

            self._still.update(HTML(patiently(lambda: still(self.session))))  # type: ignore[no-untyped-call]

    def _message(self, _widget: Any, content: Mapping[str, Any], _buffers: Any) -> None:
        """Take what was dragged: weights for the players' slots, sent for the next frame; and the mouse and keys."""
        kind, inputs = content.get("kind"), inputs_of(self.session)
        if kind == "mouse":
            for name in ("mousex", "mousey"):
                inputs.hear(name, min(1.0, max(0.0, float(content.get(name, 0.0)))))
        elif kind == "key":
            inputs.hear(f"{KEY}{str(content.get('key', '')).lower()}", int(bool(content.get("down"))))
        if kind != "weights":
            return
        row = CONTROLS["weight"]
        for name, weight in dict(content.get("weights", {})).items():
            self.session.command("/livecode/weight", str(name), float(row.check(weight)))


def show(session: Session) -> None:
    """Show the live view; an earlier one of this kernel stops, and its picture stays."""
    global _active
    if _active is not None:
        _active.close()
    _active = View(session)
    _active.show()


def end(*, for_good: bool = True) -> None:
    """End the live view, if there is one; unless it is for good, a kernel after this one takes it up."""
    global _active
    if _active is not None:
        _active.close()
        _active = None
    if for_good:
        with contextlib.suppress(OSError):
            _mark().unlink(missing_ok=True)


def left() -> str | None:
    """Return the display id of the picture beside the view that this kernel showed before it was restarted, or None."""
    try:
        return _mark().read_text(encoding="utf-8")
    except OSError:
        return None


def go_on(session: Session, picture: str) -> None:
    """Let the view of the kernel before this one go on."""
    global _active
    _active = View(session)
    _active.go_on(picture)


def kernel_name() -> str:
    """Return a name that a kernel keeps when it is restarted: that of its connection file; "" outside a kernel."""
    from ipykernel.kernelapp import IPKernelApp

    app: Any = IPKernelApp.instance() if IPKernelApp.initialized() else None
    return Path(getattr(app, "connection_file", "")).stem


def _mark() -> Path:
    return home.sessions() / f"{kernel_name() or 'nobody'}.scope"


def _remember(picture: str) -> None:
    with contextlib.suppress(OSError):  # then a restart ends the view
        _mark().parent.mkdir(parents=True, exist_ok=True)
        _mark().write_text(picture, encoding="utf-8")


def _widget() -> Any:
    import traitlets

    try:
        import anywidget
    except ImportError as error:
        raise extras.missing("scope()", "anywidget", "scope", error) from error

    class Scope(anywidget.AnyWidget):
        """The part that lives in the browser."""

        _esm = Path(__file__).with_name("scope.js")
        now: Any = traitlets.Dict().tag(sync=True)
        roll: Any = traitlets.List().tag(sync=True)
        kernel: Any = traitlets.Unicode().tag(sync=True)
        life: Any = traitlets.Unicode().tag(sync=True)  # differs after a restart

    return Scope(kernel=kernel_name(), life=_LIFE)
