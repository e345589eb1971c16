"""SuperDirt's words: notes, lengths, orbits and sounds become ours by SuperDirt's rules."""

from __future__ import annotations

from pathlib import Path

import pytest

from livecode.controls import HITS
from livecode.engines.band.engine import voices
from livecode.errors import MessageError, SetError
from livecode.osc.addresses import check
from livecode.osc.dirt import HANDSHAKE, translate
from livecode.osc.wire import Arg, Message
from livecode.sounds import default_sounds, load_sounds


def play(**pairs: Arg) -> list[Message]:
    return list(translate([part for pair in pairs.items() for part in pair]).messages)


def pitch(**pairs: Arg) -> Arg:
    return play(s="superpiano", **pairs)[0].args[0]


def length(**pairs: Arg) -> Arg:
    return play(s="superpiano", **pairs)[0].args[2]


def test_a_drum_sound_strikes_the_kit() -> None:
    assert play(s="bd") == [Message("/livecode/hit", ("bd", 0.8, 0.5))]
    assert play(s="sn", n=3.0, gain=1.25, pan=0.25) == [Message("/livecode/hit", ("sd", 1.0, 0.25))]
    assert play(sound="drum:2")[0].args[0] == "hh"
    assert play(s="drum", n=8.0)[0].args[0] == "hh"  # around and around
    assert play(s=808)[0].args[0] == "cb"


def test_a_note_counts_from_c4_and_octave_five() -> None:
    assert pitch(n=0.0) == 60
    assert pitch(n=7.0) == 67
    assert pitch(n=7.0, note=2.0) == 62
    assert pitch(note=2.0, octave=4) == 50
    assert pitch(note=0.4) == 60
    assert pitch(midinote=61.0, note=3) == 61
    assert pitch(freq=880.0) == 81
    assert pitch() == 60


def test_a_note_lasts_sustain_else_delta_times_legato() -> None:
    assert length(delta=0.5) == 0.5
    assert length(delta=0.5, legato=0.5) == 0.25
    assert length(delta=0.5, legato=0.5, sustain=0.125) == 0.125
    assert length() == 0.5
    short = translate(["s", "superpiano", "sustain", 0.0])
    assert short.messages == ()
    assert "too short" in short.problems[0]


def test_gain_moves_the_velocity_and_velocity_replaces_it() -> None:
    assert play(s="bd", gain=0.5)[0].args[1] == pytest.approx(0.4)
    assert play(s="bd", gain=3)[0].args[1] == 1.0
    assert play(s="bd", gain=0.5, overgain=0.25)[0].args[1] == pytest.approx(0.6)
    assert play(s="bd", gain=3, velocity=0.1)[0].args[1] == 0.1


def test_an_orbit_is_a_player() -> None:
    assert translate(["s", "bd", "orbit", 3]).player == "orbit3"
    assert translate(["s", "bd", "orbit", 3.0]).player == "orbit3"
    assert translate(["s", "bd"]).player == "orbit0"
    assert translate(["s", "bd", "orbit", 17]).player == "orbit1"


def test_lag_moves_the_time_and_nudge_does_not() -> None:
    assert translate(["s", "bd", "lag", 0.1, "nudge", 0.3]).lag == 0.1


def test_a_prompt_goes_to_the_orbits_slot_with_its_weight_left_alone() -> None:
    assert play(prompt="warm_pads", orbit=2) == [
        Message("/livecode/prompt", ("orbit2", "warm pads", None, 0, "linear"))
    ]
    assert play(prompt="warm", pweight=0.5, slot=1, glide=4)[0].args == ("1", "warm", 0.5, 4, "linear")
    assert play(prompt="warm", glide=4, curve="smooth")[0].args[3:] == (4, "smooth")
    assert play(weight=0.25, slot="pads") == [Message("/livecode/weight", ("pads", 0.25, 0, "linear"))]
    named = translate(["prompt", "pads"], bank={"pads": "warm analog pads, slow"})
    assert named.messages[0].args[1] == "warm analog pads, slow"


def test_a_prompt_and_a_sound_in_one_event_both_play() -> None:
    assert [message.address for message in play(s="bd", prompt="warm")] == ["/livecode/prompt", "/livecode/hit"]


def test_masters_are_set_and_effects_are_named_as_ignored() -> None:
    played = translate(["temperature", 1.5, "topk", 20.0, "room", 0.3, "s", "bd"])
    assert [message.args[:2] for message in played.messages[:2]] == [("temperature", 1.5), ("top_k", 20)]
    assert played.ignored == ("room",)
    assert "outside" in translate(["temperature", 9]).problems[0]


def test_notes_without_a_sound_play_and_tempo_alone_does_not() -> None:
    assert play(n=2.0, delta=0.5) == [Message("/livecode/note", (62, 0.8, 0.5, "", 0.5))]
    assert play(cps=0.9, cycle=2.5, delta=1.0) == []
    assert play(n=0.0, voice="flute")[0].args[3] == "flute"
    assert play(hit="cp", gain=1)[0] == Message("/livecode/hit", ("cp", 0.8, 0.5))


def test_an_unknown_sound_plays_as_a_note_and_is_named() -> None:
    played = translate(["s", "superpinao", "n", 4.0])
    assert played.messages[0].args[:1] == (64,)
    assert "did you mean 'superpiano'" in played.problems[0]


def test_tidals_panic_is_ours() -> None:
    assert play(s="superpanic") == [Message("/livecode/panic")]


def test_hush_and_panic_come_by_a_word_of_their_own() -> None:
    assert play(livecode="panic") == [Message("/livecode/panic")]
    hushed = play(livecode="hush")
    assert [message.args[0] for message in hushed] == [f"orbit{number}" for number in range(16)]
    assert {message.address for message in hushed} == {"/livecode/hush"}
    assert "hush or panic" in translate(["livecode", "louder"]).problems[0]


def test_a_voice_that_is_a_number_is_superdirts_and_names_no_instrument() -> None:
    assert play(s="superpiano", voice=0.5)[0].args[3] == "piano"
    assert play(s="superpiano", voice="flute")[0].args[3] == "flute"


def test_what_are_no_pairs_is_refused() -> None:
    with pytest.raises(MessageError, match="in pairs, not 1"):
        translate(["s"])
    with pytest.raises(MessageError, match="stands where a name should"):
        translate([1, "bd"])


def test_a_repeated_name_takes_the_last_value_and_wrong_types_are_named() -> None:
    assert translate(["s", "bd", "s", "sn"]).messages[0].args[0] == "sd"
    played = translate(["s", "bd", "gain", "c1"])
    assert played.messages[0].args[1] == 0.8
    assert "gain is a number, not 'c1'" in played.problems[0]
    outside = translate(["s", "superpiano", "note", 99.0])
    assert outside.messages == ()
    assert "pitch is a whole number from 0 to 127, not 159" in outside.problems[0]


def test_the_handshake_names_a_control_bus_so_that_tidal_stops_asking() -> None:
    assert HANDSHAKE.index("&controlBusIndices") == len(HANDSHAKE) - 2
    assert isinstance(HANDSHAKE[-1], int)
    assert check(Message("/dirt/handshake", HANDSHAKE))


def test_every_row_of_the_table_is_a_stroke_or_an_instrument() -> None:
    for sound, choices in default_sounds().items():
        assert all(choice in HITS or choice in voices() for choice in choices), sound


def test_players_add_their_own_sounds(tmp_path: Path) -> None:
    own = tmp_path / "sounds.toml"
    assert load_sounds(own) is default_sounds()
    own.write_text('[sounds]\nsuperpiano = "organ"\nnew = ["cp", "cb"]\n', encoding="utf-8")
    sounds = load_sounds(own)
    assert translate(["s", "superpiano"], sounds).messages[0].args[3] == "organ"
    assert translate(["s", "new", "n", 1], sounds).messages[0].args[0] == "cb"
    assert translate(["s", "bd"], sounds).messages[0].args[0] == "bd"
    for wrong in ("[sounds]\nx = 1", "[sounds]\nx = []", "sounds = 3", "[sounds\n"):
        own.write_text(wrong, encoding="utf-8")
        with pytest.raises(SetError, match=r"sounds\.toml"):
            load_sounds(own)


@pytest.mark.parametrize(
    ("pairs", "velocity", "pan"),
    [
        ({"gain": 0.0}, 0.0, 0.5),
        ({"gain": -1.0}, 0.0, 0.5),
        ({"gain": 1.0, "overgain": -4.0}, 0.0, 0.5),
        ({"gain": 9.0, "overgain": -3.5}, pytest.approx(0.4), 0.5),
        ({"overgain": 0.125}, pytest.approx(0.9), 0.5),
        ({"vel": 0.25}, 0.25, 0.5),
        ({"vel": 0.25, "velocity": 0.5}, 0.5, 0.5),
        ({"velocity": 7.0}, 1.0, 0.5),
        ({"velocity": -7.0}, 0.0, 0.5),
        ({"pan": -1.0}, 0.8, 0.0),
        ({"pan": 0.0}, 0.8, 0.0),
        ({"pan": 3.0}, 0.8, 1.0),
    ],
)
def test_what_is_out_of_range_is_held_within_it(pairs: dict[str, float], velocity: float, pan: float) -> None:
    assert play(s="bd", **pairs)[0].args == ("bd", velocity, pan)


def test_pitches_lengths_and_orbits_at_their_edges() -> None:
    assert [pitch(midinote=value) for value in (0.0, 127.0, 60.5, 59.49)] == [0, 127, 61, 59]
    assert [pitch(freq=value) for value in (440.0, 261.63, 27.5)] == [69, 60, 21]
    assert pitch(octave=0, n=7) == 7
    assert pitch(n=5, octave=-99, midinote=50) == 50
    assert length(sustain=0.001) == 0.001
    assert play(s="superpiano", sustain=0.0009) == []
    assert length(sustain=9999.0) == 3600.0
    assert length(delta=3000.0, legato=3000.0) == 3600.0
    assert translate(["s", "bd", "orbit", -1]).player == "orbit15"
    assert translate(["s", "bd", "lag", 99.0]).lag == 42.0
    assert translate(["s", "bd", "lag", -99.0]).lag == -42.0
    assert translate(["s", "bd"]).lag == 0.0


def test_a_variant_behind_a_colon_is_a_short_number_and_n_comes_before_it() -> None:
    sounds = {"kit": ("bd", "sd", "hh")}

    def stroke(*args: Arg) -> Arg:
        return translate(args, sounds).messages[0].args[0]

    assert [stroke("s", f"kit:{n}") for n in (0, 1, 2, 3, 99_999)] == ["bd", "sd", "hh", "bd", "bd"]
    assert stroke("s", "kit:100001") == "bd"
    assert stroke("s", "kit:x") == "bd"
    assert stroke("s", "kit:1", "n", 2.9) == "hh"
    assert stroke("s", "kit", "n", -1.0) == "hh"
    assert stroke("s", "kit", "sound", "none") == "bd"


def test_what_is_no_number_or_word_is_named_and_the_rest_plays() -> None:
    played = translate(["s", "bd", "pan", True, "gain", float("nan"), "prompt", b"x", "orbit", (1,)])
    assert played.messages == (Message("/livecode/hit", ("bd", 0.8, 1.0)),)
    assert [problem.partition(" is ")[0] for problem in sorted(played.problems)] == [
        "/dirt/play: gain",
        "/dirt/play: orbit",
        "/dirt/play: prompt",
    ]
    assert translate(["s", None, "pan", None]).messages == ()
    assert translate(["s", 808.5]).problems[0].startswith("the sound '808.5' is not in the table")
    assert translate(["prompt", "_"]).messages == ()[:0] or "text" in translate(["prompt", "_"]).problems[0]
