"""What every pattern can do: be asked, be made from what a player typed, and pass its values through functions."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, Final, NoReturn, Self

from livecode.errors import PatternError
from livecode.pattern import names
from livecode.pattern.chance import Rekey, side_by_side
from livecode.pattern.comparing import joined
from livecode.pattern.endless import Endless
from livecode.pattern.event import Event, Row, located
from livecode.pattern.given import function_of
from livecode.pattern.join import (
    DROP,
    BothJoin,
    InnerJoin,
    Join,
    OuterJoin,
    ResetJoin,
    RestartJoin,
    Rows,
    SqueezeJoin,
    Values,
    apply_left,
    mapped,
)
from livecode.pattern.node import Node, Pure, reads_live, settled, stack
from livecode.pattern.notation import parse
from livecode.pattern.pitch_names import CENTRE
from livecode.pattern.show import as_text
from livecode.pattern.state import State
from livecode.pattern.steps import Steps
from livecode.pattern.ticks import CYCLE, Tick, rational, ticks
from livecode.pattern.timed import all_made, first_made, resolving

Function = Callable[[Any], Any]  # takes a pattern and gives one: a Transform, a lambda, a method such as Pattern.rev


_PLAYED: Final = frozenset({"note", "hit", "chord", "prompt"})


class Core(Endless):
    """A node with what the expression around it has to know: its steps and how many draws are in it."""

    def __init__(self, node: Node, *, steps: Fraction | int | None = None, draws: int = 0) -> None:
        self.node = node
        self.steps_count = None if steps is None else Fraction(steps)
        self.draws = draws
        self._root: Node | None = None
        self._live: bool | None = None

    # -- making ----------------------------------------------------------------------------------------------------

    def _like(self, node: Node, *, steps: Fraction | int | None = None, draws: int | None = None) -> Self:
        """Return a pattern of this node, with this one's steps and draws unless told."""
        return type(self)(
            node,
            steps=self.steps_count if steps is None else steps,
            draws=self.draws if draws is None else draws,
        )

    @classmethod
    def of(cls, value: Any, *, pitched: bool = False) -> Self:
        """Make a pattern of what was typed: a pattern, notation (``pitched``: of pitches), a sequence, or one value.

        >>> from livecode.pattern import Pattern
        >>> Pattern.of("a b")
        a b
        """
        if isinstance(value, cls):
            return value
        if isinstance(value, Core):
            return cls(value.node, steps=value.steps_count, draws=value.draws)
        if isinstance(value, str):
            found = parse(value, names.look_up_pitched if pitched else names.look_up, pitched=pitched)
            return cls(found.node, steps=found.steps, draws=found.draws)
        if isinstance(value, list):
            if not value:
                raise PatternError("an empty list is no pattern; silence is the pattern of nothing")
            parts = [cls.of(part, pitched=pitched) for part in value]
            nodes, draws = cls._side_by_side(parts)
            return cls(Steps(nodes), steps=len(nodes), draws=draws)
        if callable(value):
            raise PatternError(f"a pattern was expected, not the function {_named(value)}; did you forget to call it?")
        return cls(Pure(value), steps=1)

    _side_by_side = staticmethod(side_by_side)

    def _stacked(self, *parts: Core) -> Self:
        """Return patterns at once, as one pattern with this one's steps."""
        nodes, draws = self._side_by_side(parts)
        return self._like(stack(nodes), draws=draws)

    def _apply(self, function: Function, draws: int | None = None) -> Self:
        """Return what a player's function makes of this pattern; its draws are numbered after ``draws``."""
        if not callable(function):
            raise PatternError(
                f"expected a function of a pattern, got {function!r}; for example fast(2), rev or lambda p: p.late(1)"
            )
        start = self.draws if draws is None else max(draws, self.draws)
        found = function(type(self)(self.node, steps=self.steps_count, draws=start))
        if found is None:
            raise PatternError(f"the function {_named(function)} gave nothing back; a lambda has to give a pattern")
        if callable(found) and not isinstance(found, Core):
            raise PatternError(f"{_named(function)} lacks its arguments; a function of a pattern is fast(2), not fast")
        return self.of(found)

    def _patterned(
        self,
        make: Callable[..., Node],
        *arguments: Any,
        join: type[Join] = InnerJoin,
        steps: Fraction | None = None,
        keep_steps: bool = True,
        draws: int = 0,
    ) -> Self:
        """Return ``make(*values)`` for each of the values that the arguments have in time.

        A constant costs nothing later. ``draws`` is how many draws ``make`` adds behind this pattern's.
        """
        counted = self.draws + draws
        patterns = [self._argument(argument) for argument in arguments]
        nodes: list[Node] = []
        for pattern in patterns:
            nodes.append(Rekey(pattern.node, counted) if counted and pattern.draws else pattern.node)
            counted += pattern.draws
        resolved = resolving(make)
        constants = [node.value for node in nodes if isinstance(node, Pure)]
        count = steps if steps is not None else self.steps_count if keep_steps else None
        if len(constants) == len(nodes):
            try:
                found = resolved(*constants)
            except PatternError as error:
                raise located(error, *(node.sources for node in nodes if isinstance(node, Pure))) from None
            return self._like(found, steps=count, draws=counted)
        if len(nodes) == 1:
            return self._like(join(nodes[0], resolved), steps=count, draws=counted)
        together = mapped(nodes[0], lambda value: (value,))
        for node in nodes[1:]:
            together = apply_left(together, node, lambda values, value: (*values, value))
        return self._like(join(together, lambda values: resolved(*values)), steps=count, draws=counted)

    def _argument(self, given: Any) -> Self:
        """Return an argument as a pattern: notation, a sequence, a pattern, or one value."""
        if isinstance(given, str | list | Core) or callable(given):
            return self.of(given)
        return type(self)(Pure(given))

    def _each(
        self, make: Callable[..., Core], *arguments: Any, join: type[Join] = InnerJoin, steps: Fraction | None = None
    ) -> Self:
        """Return the pattern that ``make`` gives for each of the values that the arguments have in time."""
        most = self.draws

        def node_of(*values: Any) -> Node:
            nonlocal most
            found = make(*values)
            most = max(most, found.draws)
            return found.node

        pattern = self._patterned(node_of, *arguments, join=join, steps=steps)
        first_made(pattern.node)  # a join makes its patterns when it is asked: how many draws have they?
        if most == self.draws:
            return pattern
        return self._patterned(node_of, *arguments, join=join, steps=steps, draws=most - self.draws)

    # -- asking ----------------------------------------------------------------------------------------------------

    def root(self) -> Node:
        """Return the node that queries go to: the pattern with its repeating parts remembered."""
        if self._root is None:
            self._root = settled(self.node)
        return self._root

    def rows(self, begin: Tick, end: Tick, state: State) -> list[Row]:
        """Return the rows of a span in ticks, in no order: the fast way to ask, without events."""
        return self.root().q(begin, end, state) if begin < end else []

    def query(
        self,
        begin: float | Fraction,
        end: float | Fraction,
        *,
        seed: int = 0,
        player: str = "",
        tempo: float | Fraction | None = None,
        beats_per_cycle: float | Fraction | None = None,
    ) -> list[Event]:
        """Return the events of a span of cycles, in the order of their parts.

        >>> from livecode.pattern import Pattern
        >>> [(str(e.whole.begin), e.value) for e in Pattern.of("a b").query(0, 1)]
        [('0', 'a'), ('1/2', 'b')]
        """
        state = State(seed, player)
        if tempo is not None:
            state.tempo = rational(tempo)
        if beats_per_cycle is not None:
            state.beats_per_cycle = rational(beats_per_cycle)
        found = self.rows(ticks(begin), ticks(end), state)
        found.sort(key=_place)
        return [Event.of_row(sounding(row)) for row in found]

    @property
    def live(self) -> bool:
        """Whether it reads something that cannot be known ahead."""
        if self._live is None:
            try:
                all_made(self.node)
            except Exception:  # noqa: BLE001  # what is wrong in a player's own function is told where it plays
                return reads_live(self.node)
            self._live = reads_live(self.node)
        return self._live

    def same_as(self, other: Any, cycles: int = 4, *, seed: int = 0) -> bool:
        """Whether both give the same events, fragments joined, over some cycles.

        >>> from livecode.pattern import Pattern
        >>> Pattern.of("a b").fast(2).same_as("a b a b")
        True
        """
        spans = [pattern.query(0, cycles, seed=seed) for pattern in (self, self.of(other))]
        return joined(spans[0]) == joined(spans[1])

    def __repr__(self) -> str:
        return as_text(self.query(0, 1))

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith(("__", "_repr_", "_ipython")):
            raise AttributeError(name)
        raise AttributeError(f"a pattern has no {name!r}{names.instead_of_method(name, type(self))}")

    # -- values ----------------------------------------------------------------------------------------------------

    def fmap(self, function: Callable[[Any], Any]) -> Self:
        """Pass each value through a function.

        >>> from livecode.pattern import Pattern
        >>> Pattern.of("1 2").fmap(lambda value: value * 10)
        10 20
        """
        function = function_of("fmap", function, "lambda value: value")
        return self._like(Values(self.node, function, repeats=False))

    def _values(self, function: Callable[[Any], Any]) -> Self:
        """Pass each value through one of our own functions, which always answers the same."""
        return self._like(mapped(self.node, function))

    def filter_values(self, test: Callable[[Any], bool]) -> Self:
        """Keep the events whose value passes a test.

        >>> from livecode.pattern import Pattern
        >>> Pattern.of("0 1 2 3").filter_values(lambda value: value > 1)
        ~@2 2 3
        """
        test = function_of("filter_values", test, "lambda value: value > 1")
        return self._like(Values(self.node, lambda value: value if test(value) else DROP, repeats=False))

    def filter_when(self, test: Callable[[Fraction], bool]) -> Self:
        """Keep the events whose begin, in cycles, passes a test.

        >>> from livecode.pattern import Pattern
        >>> Pattern.of("a b").filter_when(lambda begin: begin < 1).query(1, 2)
        []
        """

        test = function_of("filter_when", test, "lambda begin: begin < 1")

        def keep(row: Row) -> Row | None:
            begin = row[2] if row[0] is None else row[0]
            return row if test(Fraction(begin) / CYCLE) else None

        return self._like(Rows(self.node, keep, repeats=False))

    def filter(self, test: Callable[[Event], bool]) -> Self:
        """Keep the events that pass a test.

        >>> from livecode.pattern import Pattern
        >>> Pattern.of("0 1").filter(lambda event: event.value == 1)
        ~ 1
        """
        test = function_of("filter", test, "lambda event: event.value == 1")
        return self._like(Rows(self.node, lambda row: row if test(Event.of_row(row)) else None, repeats=False))

    def onsets_only(self) -> Self:
        """Keep the events that begin inside the query.

        >>> from livecode.pattern import Pattern
        >>> Pattern.of("a").onsets_only().query(Fraction(1, 2), 1)
        []
        """
        return self._like(Rows(self.node, lambda row: row if row[0] == row[2] else None, repeats=False))

    def discrete_only(self) -> Self:
        """Keep the events that have a begin and an end: no samples of signals.

        >>> from livecode.pattern import saw
        >>> saw.discrete_only().query(0, 1)
        []
        """
        return self._like(Rows(self.node, lambda row: None if row[0] is None else row))

    # -- patterns of patterns --------------------------------------------------------------------------------------

    def bind(self, function: Callable[[Any], Any]) -> Self:
        """Play the pattern that each value stands for, where both overlap.

        >>> from livecode.pattern import Pattern
        >>> Pattern.of("2 3").bind(lambda n: Pattern.of("a").fast(n))
        a@3 a a@2
        """
        return self._bind(BothJoin, function)

    def inner_bind(self, function: Callable[[Any], Any]) -> Self:
        """Play the pattern that each value stands for, with its own events.

        >>> from livecode.pattern import Pattern
        >>> Pattern.of("<2 3>").inner_bind(lambda n: Pattern.of("a").fast(n))
        a a
        """
        return self._bind(InnerJoin, function)

    def outer_bind(self, function: Callable[[Any], Any]) -> Self:
        """Play the pattern that each value stands for, in this pattern's events.

        >>> from livecode.pattern import Pattern
        >>> Pattern.of("0 1").outer_bind(lambda n: Pattern.of(["a", "b"][n]))
        a b
        """
        return self._bind(OuterJoin, function)

    def squeeze_bind(self, function: Callable[[Any], Any]) -> Self:
        """Squeeze a cycle of the pattern that each value stands for into its event.

        >>> from livecode.pattern import Pattern
        >>> Pattern.of("0 1").squeeze_bind(lambda n: Pattern.of(["a b", "c"][n]))
        a b c@2
        """
        return self._bind(SqueezeJoin, function)

    def reset_bind(self, function: Callable[[Any], Any]) -> Self:
        """Play the pattern that each value stands for, its cycle begun anew at each event.

        >>> from livecode.pattern import Pattern
        >>> Pattern.of("0 0").reset_bind(lambda n: Pattern.of("a b"))
        a a
        """
        return self._bind(ResetJoin, function)

    def restart_bind(self, function: Callable[[Any], Any]) -> Self:
        """Play the pattern that each value stands for, begun anew from its cycle 0 at each event.

        >>> from livecode.pattern import Pattern
        >>> Pattern.of("0").restart_bind(lambda n: Pattern.of("<a b>")).query(1, 2)[0].value
        'a'
        """
        return self._bind(RestartJoin, function)

    def _bind(self, join: type[Join], function: Callable[[Any], Any]) -> Self:
        function = function_of("bind", function, "lambda value: mini('a b').fast(value)")

        def node_of(value: Any) -> Node:
            found = self.of(function(value))
            return Rekey(found.node, self.draws) if found.draws and self.draws else found.node

        return self._like(join(self.node, node_of))


def sounding(row: Row) -> Row:
    """Return a row with the note that its controls stand for: c4 for a voice alone, so many above it for a number."""
    value = row[4]
    if type(value) is not dict or not ("n" in value or "voice" in value) or not _PLAYED.isdisjoint(value):
        return row
    number = value.get("n", 0)
    if not isinstance(number, int | float):
        return row
    return (*row[:4], {**value, "note": CENTRE + number}, row[5])


def _place(row: Row) -> Any:
    return row[2]


def _named(function: Any) -> str:
    return str(getattr(function, "__name__", None) or repr(function))
