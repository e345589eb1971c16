"""Picks: numbers, names or true and false choose between patterns and functions."""

from __future__ import annotations

from collections.abc import Callable, ItemsView, Mapping, Sequence
from fractions import Fraction
from typing import Any, Self

from livecode.errors import PatternError, nearest
from livecode.pattern.affine import fast
from livecode.pattern.amount import whole
from livecode.pattern.arithmetic import on_numbers, true
from livecode.pattern.chance import CycleChance, Rekey
from livecode.pattern.core import Core, Function
from livecode.pattern.join import DROP, BothJoin, InnerJoin, Join, OuterJoin, ResetJoin, RestartJoin, SqueezeJoin
from livecode.pattern.join import apply_right as struck_by
from livecode.pattern.node import SILENCE, Node, Pure, Stack
from livecode.pattern.steps import Cat, Steps


class Pick(Core):
    """A pattern of numbers, names or truth that chooses between others."""

    def pick(self, patterns: Any) -> Self:
        """Play patterns by number or name, with their own events; a number past the end is the last.

        >>> mini("0 1").pick(["a b", "c*4"])
        a@2 c c
        >>> mini("<x y>").pick({"x": "a b", "y": "c"})
        a b
        """
        return self._picked("pick", InnerJoin, patterns)

    def pickmod(self, patterns: Any) -> Self:
        """Play patterns by number; a number past the end begins again.

        >>> mini("2").pickmod(["a b", "c"])
        a b
        """
        return self._picked("pickmod", InnerJoin, patterns, wraps=True)

    def pick_out(self, patterns: Any) -> Self:
        """Play patterns by number or name, in this pattern's events.

        >>> mini("0 1").pick_out(["a", "b"])
        a b
        """
        return self._picked("pick_out", OuterJoin, patterns)

    def pickmod_out(self, patterns: Any) -> Self:
        """Play patterns by number, in this pattern's events; a number past the end begins again.

        >>> mini("0 3").pickmod_out(["a", "b"])
        a b
        """
        return self._picked("pickmod_out", OuterJoin, patterns, wraps=True)

    def pick_restart(self, patterns: Any) -> Self:
        """Play patterns by number or name, each begun anew from its cycle 0.

        >>> mini("<0 1>").pick_restart(["a", "<b c>"]).query(1, 2)[0].value
        'b'
        """
        return self._picked("pick_restart", RestartJoin, patterns)

    def pickmod_restart(self, patterns: Any) -> Self:
        """Play patterns by number, each begun anew; a number past the end begins again.

        >>> mini("2").pickmod_restart(["a", "b"])
        a
        """
        return self._picked("pickmod_restart", RestartJoin, patterns, wraps=True)

    def pick_reset(self, patterns: Any) -> Self:
        """Play patterns by number or name, the cycle of each begun anew.

        >>> mini("0 1").pick_reset(["a b", "c d"])
        a c
        """
        return self._picked("pick_reset", ResetJoin, patterns)

    def pickmod_reset(self, patterns: Any) -> Self:
        """Play patterns by number, the cycle of each begun anew; a number past the end begins again.

        >>> mini("0 3").pickmod_reset(["a b", "c d"])
        a c
        """
        return self._picked("pickmod_reset", ResetJoin, patterns, wraps=True)

    def inhabit(self, patterns: Any) -> Self:
        """Squeeze patterns into events, by number or name.

        >>> mini("0 1").inhabit(["a b", "c"])
        a b c@2
        """
        return self._picked("inhabit", SqueezeJoin, patterns)

    pick_squeeze = inhabit

    def inhabitmod(self, patterns: Any) -> Self:
        """Squeeze patterns into events, by number; a number past the end begins again.

        >>> mini("2").inhabitmod(["a b", "c"])
        a b
        """
        return self._picked("inhabitmod", SqueezeJoin, patterns, wraps=True)

    pickmod_squeeze = inhabitmod

    def select(self, patterns: Any) -> Self:
        """Play patterns by a number from 0 to 1.

        >>> mini("<0 0.9>").select(["a", "b"]).query(1, 2)[0].value
        'b'
        """
        if not isinstance(patterns, list | tuple) or not patterns:
            raise PatternError(f"select needs a list of patterns, not {patterns!r}; for example select(['a b', 'c'])")
        count = len(patterns)
        return self._values(on_numbers("select", lambda value: min(int(value * count), count - 1))).pick(patterns)

    def _picked(self, name: str, join: type[Join], patterns: Any, *, wraps: bool = False) -> Self:
        found, draws = self._lookup(name, patterns, wraps=wraps)
        return self._like(join(self.node, found), draws=draws)

    def _lookup(self, name: str, patterns: Any, *, wraps: bool) -> tuple[Callable[[Any], Node], int]:
        """Return what gives the node of a number or name, and how many draws are in them all."""
        if not isinstance(patterns, list | tuple | Mapping) or not patterns:
            raise PatternError(
                f"{name} needs a list or a dict of patterns, not {patterns!r}; for example {name}(['a b', 'c'])"
            )
        parts = [self.of(one) for one in (patterns.values() if isinstance(patterns, Mapping) else patterns)]
        draws = self.draws + sum(part.draws for part in parts)
        nodes = [Rekey(part.node, self.draws) if part.draws and self.draws else part.node for part in parts]
        if isinstance(patterns, Mapping):
            table = dict(zip(map(str, patterns), nodes, strict=True))

            def by_name(value: Any) -> Node:
                node = table.get(str(value))
                if node is None:
                    if value in ("~", "-") or not isinstance(value, str):
                        return SILENCE
                    raise PatternError(f"{name} has no {value!r}{nearest(value, table)} (it has {', '.join(table)})")
                return node

            return by_name, draws

        def by_number(value: Any) -> Node:
            index = whole(name, int(value) if isinstance(value, float) else value)
            return nodes[index % len(nodes) if wraps else min(max(index, 0), len(nodes) - 1)]

        return by_number, draws

    def pick_f(self, numbers: Any, functions: Any) -> Self:
        """Apply functions by number or name.

        >>> mini("a b").pick_f("<0 1>", [rev, fast(2)])
        b a
        """
        return self._functions("pick_f", numbers, functions, wraps=False)

    def pickmod_f(self, numbers: Any, functions: Any) -> Self:
        """Apply functions by number; a number past the end begins again.

        >>> mini("a b").pickmod_f(2, [rev, fast(2)])
        b a
        """
        return self._functions("pickmod_f", numbers, functions, wraps=True)

    def _functions(self, name: str, numbers: Any, functions: Any, *, wraps: bool) -> Self:
        if not isinstance(functions, list | tuple | Mapping) or not functions:
            raise PatternError(f"{name} needs a list or a dict of functions; for example {name}('0 1', [rev, fast(2)])")
        changed = (
            {word: self._apply(function) for word, function in functions.items()}
            if isinstance(functions, Mapping)
            else [self._apply(function) for function in functions]
        )
        chooser = self.of(numbers)
        found, draws = chooser._lookup(name, changed, wraps=wraps)
        return self._like(InnerJoin(chooser.node, found), draws=draws)

    def select_f(self, numbers: Any, functions: Sequence[Function]) -> Self:
        """Apply functions by a number from 0 to 1.

        >>> mini("a b").select_f("<0 0.9>", [rev, fast(2)]).query(1, 2)[1].value
        'b'
        """
        if not isinstance(functions, list | tuple) or not functions:
            raise PatternError(
                f"select_f needs a list of functions, not {functions!r}; try select_f('0', [rev, fast(2)])"
            )
        count = len(functions)
        places = self._argument(numbers)._values(on_numbers("select_f", lambda one: min(int(one * count), count - 1)))
        return self._functions("select_f", places, functions, wraps=False)

    def swap(self, others: Any) -> Self:
        """Put other values in the place of these, by a dict or pairs; what is not named is left out.

        >>> mini("a b c").swap({"a": "x", "b": "y"})
        x y ~
        """
        pairs = others.items() if isinstance(others, Mapping) else others
        if not isinstance(pairs, list | tuple | ItemsView) or any(
            not isinstance(pair, tuple | list) or len(pair) != 2 for pair in pairs
        ):
            raise PatternError(f"swap needs a dict or pairs of values, not {others!r}; for example swap({{'a': 'b'}})")
        table = [(one, other) for one, other in pairs]
        return self._values(lambda value: next((other for one, other in table if one == value), DROP))

    def spreadf(self, functions: Sequence[Function]) -> Self:
        """Apply functions in turns, one in each cycle.

        >>> mini("a b").spreadf([rev, fast(2)])
        b a
        """
        return self.spread(lambda function: function, functions)

    def spread_choose(self, function: Callable[[Any], Function], values: Sequence[Any]) -> Self:
        """Apply a function with one of several values in each cycle, by chance.

        >>> {len(mini("a").spread_choose(fast, [1, 4]).query(cycle, cycle + 1)) for cycle in range(32)} == {1, 4}
        True
        """
        ordinal = self.draws
        changed = self._like(self.node, draws=ordinal + 1)._spread_out("spread_choose", function, values)
        draws = max(one.draws for one in changed)
        return self._like(CycleChance([one.node for one in changed], ordinal), draws=draws)

    spreadr = spread_choose

    def spread(self, function: Callable[[Any], Function], values: Sequence[Any]) -> Self:
        """Apply a function with another value in each cycle.

        >>> mini("a b").spread(fast, [1, 2]).query(1, 2)[1].value
        'b'
        """
        changed = self._spread_out("spread", function, values)
        order = Steps([Pure(index) for index in range(len(values))])
        chooser = self._like(fast(order, Fraction(1, len(values))), draws=0)
        return chooser._picked("spread", InnerJoin, changed)

    slowspread = spread

    def fastspread(self, function: Callable[[Any], Function], values: Sequence[Any]) -> Self:
        """Apply a function with one value after the other in each cycle, a whole cycle of the pattern for each.

        >>> mini("a b").fastspread(fast, [1, 2])
        a@2 b@2 a b a b
        """
        changed = self._spread_out("fastspread", function, values)
        nodes, draws = self._side_by_side(changed)
        return self._like(fast(Cat(nodes), Fraction(len(nodes))), draws=draws)

    def _spread_out(self, name: str, function: Callable[[Any], Function], values: Sequence[Any]) -> list[Core]:
        if not callable(function) or not isinstance(values, list | tuple) or not values:
            raise PatternError(f"{name} needs a function and values for it; for example {name}(fast, [1, 2, 1.5])")
        return [self._apply(function(value)) for value in values]

    def sew(self, one: Any, other: Any) -> Self:
        """Play one pattern where this is true, another where it is false.

        >>> mini("1 0").sew("a b c d", "e f g h")
        a b g h
        """
        parts, draws = self._both(one, other)
        return self._like(BothJoin(self.node, lambda on: parts[0] if true(on) else parts[1]), draws=draws)

    def stitch(self, one: Any, other: Any) -> Self:
        """Strike one pattern where this is true, another where it is false, in this rhythm.

        >>> mini("1 0 1 1").stitch("a", "b")
        a b a a
        """
        (left, right), draws = self._both(one, other)
        where = struck_by(left, self.node, lambda own, on: own if true(on) else DROP)
        elsewhere = struck_by(right, self.node, lambda own, on: DROP if true(on) else own)
        return self._like(Stack([where, elsewhere]), draws=draws)

    def _both(self, one: Any, other: Any) -> tuple[list[Node], int]:
        nodes, draws = self._side_by_side([self, self.of(one), self.of(other)])
        return nodes[1:], draws
