"""A status in as many messages as it needs: one datagram is too small for the names of hundreds of players."""

from __future__ import annotations

from typing import Any, Final

from livecode.osc.wire import Arg

MOST_PARTS: Final = 64  # of one status


class Parts:
    """Puts a status together again that came in parts; `take` gives it once it is whole."""

    def __init__(self) -> None:
        self._frame: Arg = None
        self._parts: dict[int, dict[str, Any]] = {}

    def take(self, args: tuple[Arg, ...]) -> dict[str, Any] | None:
        """Return the whole status, or None while a part is missing; a newer one drops what is left of an older."""
        pairs: dict[str, Any] = dict(zip((str(name) for name in args[::2]), args[1::2], strict=False))
        part = pairs.pop("part", None)
        if part is None:
            return pairs
        number, _, count = str(part).partition("/")
        if not (number.isdecimal() and count.isdecimal() and 1 <= int(number[:4]) <= int(count[:4]) <= MOST_PARTS):
            return None
        if pairs.get("frame") != self._frame:
            self._frame, self._parts = pairs.get("frame"), {}
        self._parts[int(number)] = pairs
        if len(self._parts) < int(count):
            return None
        whole = {name: value for part in sorted(self._parts) for name, value in self._parts[part].items()}
        self._parts = {}
        return whole


def parts(pairs: dict[str, Any], most: int) -> list[tuple[Any, ...]]:
    """Return names and values as the arguments of one message, or of several of at most ``most`` bytes of text."""
    groups: list[list[Any]] = [[]]
    size = 0
    for name, value in pairs.items():
        more = len(name.encode()) + (len(value.encode("utf-8", "replace")) if isinstance(value, str) else 8) + 12
        if groups[-1] and size + more > most:
            groups.append([])
            size = 0
        groups[-1] += [name, value]
        size += more
    if len(groups) == 1:
        return [tuple(groups[0])]
    head = ["frame", pairs.get("frame", 0)]
    return [
        (*head, "part", f"{number}/{len(groups)}", *_without(group, "frame")) for number, group in enumerate(groups, 1)
    ]


def _without(group: list[Any], name: str) -> list[Any]:
    return [item for pair in zip(group[::2], group[1::2], strict=True) if pair[0] != name for item in pair]
