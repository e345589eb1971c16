"""What follows a pattern: others behind it, in turn with it, at the same time."""

from __future__ import annotations

from typing import Any, Self

from livecode.pattern.core import Core
from livecode.pattern.node import stack
from livecode.pattern.steps import Cat, Steps


class Following(Core):
    """Concatenation as methods; each is a function, too."""

    def seq(self, *patterns: Any) -> Self:
        """Play other patterns behind this one in each cycle.

        >>> mini("a b").seq("c")
        a b c@2
        """
        nodes, draws = self._side_by_side([self, *map(self.of, patterns)])
        return self._like(Steps(nodes), steps=len(nodes), draws=draws)

    sequence = fastcat = seq

    def fast_append(self, pattern: Any) -> Self:
        """Play another pattern behind this one in each cycle.

        >>> mini("a").fast_append("b")
        a b
        """
        return self.seq(pattern)

    def cat(self, *patterns: Any) -> Self:
        """Play other patterns in turn with this one, a cycle of each.

        >>> mini("a").cat("b").fast(2)
        a b
        """
        nodes, draws = self._side_by_side([self, *map(self.of, patterns)])
        return self._like(Cat(nodes), draws=draws)

    slowcat = cat

    def append(self, pattern: Any) -> Self:
        """Play another pattern in turn with this one.

        >>> mini("a").append("b").fast(2)
        a b
        """
        return self.cat(pattern)

    def stack(self, *patterns: Any) -> Self:
        """Play other patterns at the same time.

        >>> mini("a b").stack("c")
        a b, c
        """
        nodes, draws = self._side_by_side([self, *map(self.of, patterns)])
        return self._like(stack(nodes), draws=draws)
