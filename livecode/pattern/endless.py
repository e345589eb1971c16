"""What a pattern answers where Python asks it to be a list, a number or a truth: at once, and with what to type."""

from __future__ import annotations

from typing import Any, NoReturn, Self

from livecode.errors import PatternError


class Endless:
    """Something that goes on for ever and never changes."""

    def __bool__(self) -> bool:
        raise PatternError("a pattern is neither true nor false; compare with p.same_as(q), or use p.when('1 0', ...)")

    def __iter__(self) -> NoReturn:
        raise PatternError("a pattern has no end, so it cannot be looped over; ask p.query(0, 1) for its first cycle")

    def __contains__(self, item: object) -> NoReturn:
        raise PatternError(
            f"a pattern has no end, so {item!r} may be in it later; "
            "any(e.value == x for e in p.query(0, 1)) looks through its first cycle"
        )

    def __reversed__(self) -> NoReturn:
        raise PatternError("a pattern has no end to begin at; p.rev() plays each cycle backwards")

    def __len__(self) -> NoReturn:
        raise PatternError("a pattern has no length; len(p.query(0, 1)) counts the events of its first cycle")

    def __getitem__(self, index: object) -> NoReturn:
        raise PatternError(
            f"a pattern has no item {index!r}; p.query(0, 1)[0] is its first event, p.zoom(0, 0.5) a half"
        )

    def __float__(self) -> NoReturn:
        raise PatternError("a pattern is no single number; p.query(0, 1)[0].value is its first value")

    __int__ = __index__ = __complex__ = __float__

    def __enter__(self) -> NoReturn:
        raise PatternError("a pattern needs no with; d1 >> p plays it")

    def __exit__(self, *_: object) -> None:
        """Never comes."""

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, _memo: dict[int, Any]) -> Self:
        return self
