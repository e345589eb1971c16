"""livecode inside IPython: names, drawings, completion, errors and the session; `%load_ext livecode_kernel` anywhere.

Nothing is connected here: the session attaches to a generator, or starts one, when a word first needs it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from livecode.errors import LivecodeError
from livecode.pattern import names as pattern_names
from livecode.session import current
from livecode.session.session import Session
from livecode_kernel import chains, forms, tracebacks
from livecode_kernel.recovery import Memo
from livecode_kernel.reports import Reports
from livecode_kernel.typed import Typed

_TYPES: Final = {"control": "keyword", "hit": "text", "style": "text", "player": "instance", "bank": "text"}
ALIVE_SECONDS: Final = 2.0  # that a generator has to answer a kernel that was restarted; it may be busy


@dataclass(slots=True)
class _Loaded:
    """What one shell was given."""

    shell: Any
    reports: Reports
    before_cell: Callable[..., object]  # what is done before each cell
    names: dict[str, Any]
    places: pattern_names.Places  # where $names were looked up before
    typed: Typed


_loaded: dict[int, _Loaded] = {}


def load_ipython_extension(shell: Any) -> None:
    """Give a shell the language, its drawings and its errors; a second time does nothing."""
    if id(shell) in _loaded:
        return
    import livecode
    from livecode_kernel import words

    names = {name: getattr(livecode, name) for name in livecode.__all__}
    names |= {name: getattr(words, name) for name in words.__all__}
    # IPython has words of its own among these; those that a player typed before are the player's
    names = {name: value for name, value in names.items() if name not in shell.user_ns or name in words.__all__}
    shell.push(names, interactive=False)
    reports = Reports(shell)
    words.use(shell, reports)
    current.opens_with(lambda: open_session(shell, reports))
    places = _names_without_session(shell)

    def before_cell(info: Any = None) -> None:
        reports.before_cell(info)
        _revive()

    shell.events.register("pre_run_cell", before_cell)
    tracebacks.install(shell, names)
    forms.install(shell)
    typed = Typed(shell, names)
    typed.install()
    _loaded[id(shell)] = _Loaded(shell, reports, before_cell, names, places, typed)


def unload_ipython_extension(shell: Any, *, restart: bool = False) -> None:
    """Take it all away again; the generator plays on, and a live view where a kernel comes after this one."""
    loaded = _loaded.pop(id(shell), None)
    if loaded is None:
        return
    shell.events.unregister("pre_run_cell", loaded.before_cell)
    tracebacks.remove(shell)
    loaded.typed.remove()
    forms.remove(shell)
    pattern_names.use(**loaded.places)
    shell.drop_by_id(loaded.names)
    from livecode_kernel import rendering, scope

    rendering.end()
    scope.end(for_good=not restart)
    session = current.present()
    current.opens_with(None)
    current.become_own(None)
    if session is not None:
        session.close()


def _names_without_session(shell: Any) -> pattern_names.Places:
    """Let ``$name`` mean the notebook's variables also while nothing plays yet; return who looked them up before."""
    before = pattern_names.use()
    within = before["variables"]
    pattern_names.use(variables=lambda: shell.user_ns if current.present() is None else within())
    return before


def go_on(shell: Any) -> None:
    """Let a live view go on that this kernel showed before it was restarted, if its generator still plays."""
    from livecode_kernel import scope

    picture = scope.left()
    if picture is None or current.present() is not None or id(shell) not in _loaded:
        return
    from livecode.osc.link import Link
    from livecode.session.connection import usual_port

    link = Link(port=usual_port())
    try:
        if not link.alive(ALIVE_SECONDS):
            return
    finally:
        link.close()
    reports = _loaded[id(shell)].reports
    session = open_session(shell, reports, tell=lambda sentence: reports.failed("", sentence))
    current.become_own(session)
    scope.go_on(session, picture)


def open_session(shell: Any, reports: Reports, tell: Callable[[str], object] | None = None) -> Session:
    """Find the generator or start one; what a kernel before this one left is found again, and told."""
    from livecode.session.connection import ALONE_TOLD_SECONDS, alone_sentence, connect
    from livecode.session.tellings import GOOD, RARE, STALLS

    session = connect()
    session.variables = lambda: shell.user_ns
    memo = Memo.of(session)
    memo.find()

    def told(kind: str, player: str, text: str) -> None:
        if kind == "started":
            reports.started(player)
            memo.write(session)
        elif kind == "ended":
            memo.write(session)
        elif kind == "word" or kind in STALLS or kind in GOOD:
            print(text, flush=True)
        else:
            if kind in RARE:  # it belongs to no cell: told under the newest one now, and again at the next
                print(text, file=sys.stderr, flush=True)
            elif kind == "generator":  # it belongs to no cell, and is for now
                _say(text)
            reports.failed(player, f"{player}: {text}" if player else text)

    session.listen(told)
    if session.alone >= ALONE_TOLD_SECONDS:
        (tell or _say)(alone_sentence(session.alone))
    if memo.left:
        (tell or _say)(memo.sentence())
    return session


def _revive() -> None:
    """Start a generator in the place of one that has ended, before a cell that would play there."""
    from livecode.session.connection import has_ended, revive

    session = current.present()
    if session is None or not has_ended(session):
        return
    try:
        revive(session)
        Memo.of(session).write(session)
    except LivecodeError as error:
        _say(str(error))


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


def complete(shell: Any, code: str, position: int) -> dict[str, Any] | None:
    """Answer a completion request with our own words; None where Python's are better."""
    from livecode import completion

    found = completion.complete(code, position, _known())
    if found is not None and found.words:
        begin, end = found.begin, found.end
        words = [(word.text, _TYPES.get(word.kind, word.kind)) for word in found.words]
    else:
        chain = chains.complete(code, position, shell.user_ns)
        if chain is None:
            return None
        begin, end, words = chain.begin, chain.end, [(word, chain.kind) for word in chain.words]
    kinds = [{"start": begin, "end": end, "text": text, "type": kind} for text, kind in words]
    return {
        "matches": [text for text, _ in words],
        "cursor_start": begin,
        "cursor_end": end,
        "metadata": {"_jupyter_types_experimental": kinds},
        "status": "ok",
    }


def inspect(shell: Any, code: str, position: int) -> dict[str, Any] | None:
    """Answer an inspection request about a control, a player, a style or notation; None for Python's own."""
    from livecode import completion

    text = completion.explain(code, position, _known())
    if text is None:
        return None
    return {"status": "ok", "found": True, "data": {"text/plain": text}, "metadata": {}}


def _known() -> Any:
    from livecode import completion

    session = current.present()
    return completion.Known() if session is None else completion.known_to(session)
