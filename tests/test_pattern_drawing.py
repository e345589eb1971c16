"""Drawings of patterns: what is drawn as what, and that it is legible on light and on dark."""

from __future__ import annotations

import re
from collections import Counter
from xml.etree import ElementTree

import pytest
from pattern_golden import DRAWINGS, DRAWN, drawn

from livecode.errors import PatternError
from livecode.pattern import Pattern, bar, blend, hit, mini, note, pan, prompt, rand, saw, sine, stack, tour, weight
from livecode.pattern.draw import COLUMN
from livecode.pattern.lanes import Lanes, lanes_of

SVG = "{http://www.w3.org/2000/svg}"


def shapes(pattern: Pattern, name: str, cycles: int = 4) -> list[ElementTree.Element]:
    return ElementTree.fromstring(pattern.draw(cycles).svg).findall(f".//{SVG}{name}")


def lanes(pattern: Pattern, cycles: int = 1) -> Lanes:
    return lanes_of(pattern.query(0, cycles))


def test_prompts_are_bands_with_their_text() -> None:
    texts = [text.text for text in shapes(prompt("{<pads choir>}"), "text")]
    assert texts.count("pads") == 2
    assert texts.count("choir") == 2


def test_a_glide_is_a_slope_in_its_band() -> None:
    assert len(shapes(prompt("{<a b>}").glide(2), "line")) == len(shapes(prompt("{<a b>}"), "line")) + 4


def test_weights_are_curves_by_prompt() -> None:
    found = lanes(prompt(tour("techno", "choir")))
    assert list(found.weights) == ["techno", "choir"]
    assert [(piece.start, piece.stop) for piece in found.weights["techno"]] == [(1, 0), (0, 1)]
    steady = lanes(prompt(blend(a=1, b=3)))
    assert [piece.start for piece in steady.weights["b"]] == [0.75]


def test_a_ramp_that_is_cut_is_drawn_as_far_as_it_went() -> None:
    found = lanes(prompt(tour("a", "b").slow(4)))
    (piece,) = found.weights["a"]
    assert (piece.start, piece.stop) == (1, 0.5)


def test_a_signal_is_one_line() -> None:
    assert len(shapes(prompt("disco").weight(sine.slow(4)), "polyline")) == 1


def test_notes_are_a_roll_and_hits_have_a_row_each() -> None:
    found = lanes(stack(note("c4 e4"), hit("bd sd, hh*4")))
    assert [block.what for block in found.notes] == [60, 64]
    assert {name: len(blocks) for name, blocks in found.hits.items()} == {"bd": 1, "sd": 1, "hh": 4}


def test_a_note_is_drawn_as_long_as_it_sounds() -> None:
    def drawn(pattern: Pattern) -> list[tuple[float, float]]:
        return [(block.begin, block.end) for block in lanes(pattern).notes]

    assert drawn(note("c4 e4").legato("0.5 1.5")) == [(0, 0.25), (0.5, 1.25)]
    assert drawn(note("c4 e4").duration(1)) == [(0, 0.25), (0.5, 0.75)]
    assert drawn(note("c4").duration(2 * bar)) == [(0, 2)]
    assert drawn(Pattern.of("60").fmap(lambda pitch: {"note": pitch, "legato": 300})) == [(0, 1)]  # refused when played


def test_bare_values_are_drawn_too() -> None:
    assert len(shapes(mini("0 1 2"), "polyline")) >= 1
    assert [text.text for text in shapes(mini("<soft loud>"), "text")].count("soft") == 2
    assert shapes(saw, "polyline", 1) == []  # a signal of bare numbers belongs to no control yet


def test_silence_says_so() -> None:
    assert "silence" in [text.text for text in shapes(mini("~"), "text")]


def luminance(colour: str) -> float:
    """Return the relative luminance of #rrggbb (WCAG 2.1)."""
    channels = [int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_colours_stand_out_on_light_and_on_dark() -> None:
    pattern = stack(note("c4"), hit("bd"), prompt("a").weight(sine))
    colours = set(re.findall(r"#[0-9a-f]{6}", pattern.draw().svg))
    assert len(colours) >= 3
    for colour in colours:
        assert contrast(colour, "#ffffff") >= 2.5, colour
        assert contrast(colour, "#111111") >= 3, colour


def test_text_takes_the_pages_colour_inside_a_page_and_one_for_both_alone() -> None:
    drawing = note("c4").draw()
    assert "color:inherit" in drawing.html
    assert "fill='currentColor'" in drawing.html
    alone = re.search(r" color='(#[0-9a-f]{6})'", drawing.svg)
    assert alone is not None
    assert min(contrast(alone.group(1), page) for page in ("#ffffff", "#111111")) >= 3.8


def test_notebooks_get_the_drawing() -> None:
    assert mini("a b")._repr_html_().startswith("<svg")
    assert ElementTree.fromstring(prompt('a & b, it\'s "c"')._repr_svg_()).tag == f"{SVG}svg"


@pytest.mark.parametrize("cycles", [0, -1, 10_000])
def test_a_drawing_has_a_sensible_length(cycles: int) -> None:
    with pytest.raises(PatternError, match="up to 256 cycles"):
        mini("a").draw(cycles)


def test_noise_is_drawn_with_no_more_points_than_can_be_seen() -> None:
    drawn = re.findall(r"<polyline points='([^']*)'", weight(rand).draw().svg)
    points = [tuple(map(float, point.split(","))) for line in drawn for point in line.split()]
    columns = Counter(int(x // COLUMN) for x, _ in points)
    assert len(columns) > 250  # all over the drawing
    assert max(columns.values()) <= 4 + 1  # one may have been rounded into its neighbour
    levels = [y for _, y in points]
    assert max(levels) - min(levels) > 30  # as high as the lane


@pytest.mark.parametrize("name", DRAWN)
def test_a_drawing_looks_as_it_has_always_looked(name: str) -> None:
    before = (DRAWINGS / f"{name}.svg").read_text(encoding="utf-8")
    assert drawn(name) == before, f"look at tests/data/drawings/{name}.svg; if the new one is meant: see pattern_golden"
    ElementTree.fromstring(before)


def test_no_more_is_drawn_than_can_be_seen_and_the_rest_is_counted() -> None:
    assert len(shapes(hit("hh*4003"), "rect", 1)) == 4000
    assert "and 3 events more" in [text.text for text in shapes(hit("hh*4003"), "text", 1)]
    assert not [text.text for text in shapes(hit("hh*4000"), "text", 1) if text.text and "more" in text.text]


@pytest.mark.parametrize(
    ("pattern", "characters", "line"),
    [
        (mini("ab bc"), 6, "|ab|"),
        (mini("ab bc"), 7, "|ab|ab|"),
        (mini("ab bc"), 1, "|ab|"),
        (mini("'x y' z"), 4, "|xz|"),
        (note("c4 [e4,g4]"), 8, "|ce|ce|\n|~g|~g|"),
        (hit("bd sd*2 ~"), 9, "|b-ss~~|"),
        (prompt("{pads choir}"), 6, "|pc|"),
        (pan("0 1"), 6, "|**|"),
        (mini("a@5 b").slow(2), 8, "|a|--b|"),
        (mini("a b, c*3"), 8, "|a--b--|\n|c-c-c-|"),
        (mini("<a [b c d]>"), 12, "|a|bcd|a|"),
        (saw, 6, "|~|~|"),
        (mini("a"), 1000, "|a" * 32 + "|"),
        (mini("a*40"), 33, "|" + "a" * 32 + "|\n|" + "~~a~" * 8 + "|"),
    ],
)
def test_a_line_shows_the_first_character_of_what_begins_and_how_long_it_lasts(
    pattern: Pattern, characters: int, line: str
) -> None:
    assert str(pattern.draw_line(characters)) == line


@pytest.mark.parametrize(
    ("pattern", "cycles", "text"),
    [
        (mini("a b"), 1, " 0  >  1/2  a\n1/2 >   1   b"),
        (mini("a*3"), 0.5, " 0  >  1/3  a\n1/3 >  2/3  a   (here 1/3 to 1/2)"),
        (mini("a b").slow(1.5), 1, " 0  >  3/4  a\n3/4 >  3/2  b   (here 3/4 to 1)"),
        (saw, 1, " 0  ~   1   0"),
        (mini("~"), 1, "~"),
    ],
)
def test_events_are_shown_with_their_begin_their_end_and_what_was_asked_of_them(
    pattern: Pattern, cycles: float, text: str
) -> None:
    assert str(pattern.show(cycles)) == text


def test_steps_are_written_as_rests_single_words_or_several_in_brackets() -> None:
    assert str(mini("a ~ [b,c] d*2").deconstruct(4)) == "a ~ [b, c] [d, d]"
    assert str(saw.deconstruct(2)) == "0 0.5"
