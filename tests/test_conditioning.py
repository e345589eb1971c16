"""What an engine is told: blends, glides, masters, notes, mutes, and how they follow from messages."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from livecode.conditioning import FREE, HELD, OFF, ONSET, SOUNDING, Conditioning, Hit, NoteEvent, Prepared, Prompt
from livecode.conditioning import conditioner as conditioner_room
from livecode.conditioning.conditioner import Conditioner, Moment
from livecode.conditioning.line import Line
from livecode.controls import masters
from livecode.errors import ControlError
from livecode.frames import FRAME_SAMPLES, nearest, ticks
from livecode.osc.addresses import check
from livecode.osc.wire import Message

FRAME = Fraction(1, 12)  # beats, at 125 beats a minute


class Desk:
    """A conditioner at 125 beats a minute."""

    def __init__(self, *prepared: str) -> None:
        self.conditioner = Conditioner()
        self.frame = 0
        for text in prepared:
            self.conditioner.ready(Prepared(Prompt(text), text), 0)

    def moment(self, asked: Fraction | None = None, early: int = 0) -> Moment:
        first = self.frame * FRAME_SAMPLES
        stamp = None if asked is None else ticks(asked)
        return Moment(self.frame, first, ticks(self.frame * FRAME), stamp, ticks(early * FRAME))

    def play(self, address: str, *args: Any, player: str = "d1", asked: Fraction | None = None, early: int = 0) -> Any:
        good = check(Message(f"/livecode/{address}", args))
        return self.conditioner.apply(good.address, good.args, player, self.moment(asked, early))

    def next(self) -> Conditioning:
        made = self.conditioner.frame(self.moment(), tempo=125.0, running=True, fine=False)
        self.frame += 1
        return made

    def blend(self) -> dict[str, float]:
        return {str(prepared.prompt): share for prepared, share in self.next().blend}

    def until(self, frame: int) -> Conditioning:
        while self.frame < frame:
            self.next()
        return self.next()


def test_shares_are_weights_over_their_sum() -> None:
    desk = Desk("a", "b")
    desk.play("prompt", "d1", "a", 3.0)
    desk.play("prompt", "d2", "b", 1.0, player="d2")
    assert desk.blend() == {"a": 0.75, "b": 0.25}


def test_a_weight_of_a_player_counts_for_all_its_voices() -> None:
    desk = Desk("a", "b", "c")
    desk.play("prompt", "d1/0", "a", 1.0)
    desk.play("prompt", "d1/1", "b", 1.0)
    desk.play("prompt", "d2/0", "c", 1.0, player="d2")
    desk.play("weight", "d1", 0.5)
    assert desk.blend() == {"a": 0.25, "b": 0.25, "c": 0.5}


def test_a_prompt_that_two_slots_ask_for_is_one_colour() -> None:
    desk = Desk("a", "b")
    for player, text in (("d1", "a"), ("d2", "a"), ("d3", "b")):
        desk.play("prompt", player, text, player=player)
    assert desk.blend() == {"a": pytest.approx(2 / 3), "b": pytest.approx(1 / 3)}


def test_a_prompt_without_a_glide_is_there_in_its_frame_also_when_its_beat_is_later_in_it() -> None:
    desk = Desk("a", "b")
    desk.play("prompt", "d1", "a")
    assert desk.blend() == {"a": 1.0}
    desk.play("prompt", "d1", "b", asked=Fraction(1, 12) + Fraction(1, 30))
    assert desk.blend() == {"b": 1.0}


def test_a_weight_or_control_without_a_glide_is_there_in_its_frame_too() -> None:
    desk = Desk("a", "b")
    desk.play("prompt", "d1", "a")
    desk.play("prompt", "d2", "b", player="d2")
    desk.play("weight", "d2", 3.0, asked=Fraction(1, 30))
    desk.play("set", "temperature", 2.0, asked=Fraction(1, 30))
    now = desk.next()
    assert {str(p.prompt): share for p, share in now.blend} == {"a": 0.25, "b": 0.75}
    assert now.controls["temperature"] == 2.0


def test_a_glide_crossfades_old_and_new_words_in_a_straight_line_from_its_exact_beat() -> None:
    desk = Desk("a", "b")
    desk.play("prompt", "d1", "a")
    desk.until(11)
    desk.play("prompt", "d1", "b", 1.0, 1, asked=Fraction(49, 48))  # a quarter of a frame into frame 12
    shares = [desk.blend().get("b", 0.0) for _ in range(14)]
    assert shares == pytest.approx([max(0.0, min(1.0, (n - 0.25) / 12)) for n in range(14)])


def test_a_prompt_that_is_not_prepared_waits_and_what_was_there_goes_on() -> None:
    desk = Desk("a")
    desk.play("prompt", "d1", "a")
    desk.play("prompt", "d1", "b")
    assert desk.blend() == {"a": 1.0}
    desk.conditioner.ready(Prepared(Prompt("b"), "b"), 0)
    assert desk.blend() == {"b": 1.0}


def test_nobody_left_holds_the_last_blend_and_free_takes_it_away() -> None:
    desk = Desk("a")
    desk.next()
    assert not desk.conditioner.slots.holding, "there was never a blend to hold"
    desk.play("prompt", "d1", "a")
    desk.next()
    desk.play("clear", "d1")
    assert desk.blend() == {"a": 1.0}
    assert desk.conditioner.slots.holding
    desk.play("free")
    assert desk.blend() == {}


def test_a_name_of_the_bank_stands_for_its_text() -> None:
    desk = Desk("warm analog pads")
    desk.play("name", "pads", "warm analog pads")
    desk.play("prompt", "0", "pads", player="osc")
    assert desk.blend() == {"warm analog pads": 1.0}


def test_a_slot_named_like_a_player_is_that_players() -> None:
    desk = Desk("a", "b")
    desk.play("prompt", "d1/0", "a")
    desk.play("prompt", "d1", "b", player="osc")
    assert desk.blend() == {"b": 1.0}


def test_a_muted_player_counts_as_nothing_while_its_values_keep_tracking() -> None:
    desk = Desk("a", "b")
    desk.play("prompt", "d1", "a", 1.0)
    desk.play("prompt", "d2", "b", 1.0, player="d2")
    desk.play("mute", "d2", 1, player="")
    assert desk.blend() == {"a": 1.0}
    desk.play("weight", "d2", 3.0, player="d2")
    desk.next()
    desk.play("mute", "d2", 0, player="")
    assert desk.blend() == {"a": 0.25, "b": 0.75}


def test_solo_acts_within_its_kind() -> None:
    desk = Desk("a", "b")
    desk.play("prompt", "d1", "a")
    desk.play("prompt", "d2", "b", player="d2")
    desk.play("hit", "bd", player="d3")
    desk.play("hit", "sd", player="d4")
    desk.next()
    desk.play("solo", "d3", 1, player="")
    desk.play("hit", "bd", player="d3")
    desk.play("hit", "sd", player="d4")
    now = desk.next()
    assert [hit.name for hit in now.hits] == ["bd"]
    assert len(now.blend) == 2, "prompts are another kind"
    desk.play("solo", "d2", 1, player="")
    assert desk.blend() == {"b": 1.0}


def test_muting_the_last_prompt_closes_the_gate_within_two_frames_and_notes_sound_on() -> None:
    desk = Desk("a")
    desk.play("prompt", "d1", "a")
    desk.next()
    desk.play("mute", "d1", 1, player="")
    desk.play("note", 60, 0.8, "4", player="d2")
    gates = []
    for _ in range(3):
        now = desk.next()
        gates.append(now.gate)
    assert gates == [0.5, 0.0, 0.0]
    assert now.notes[60] == HELD
    desk.play("mute", "d1", 0, player="")
    assert [desk.next().gate for _ in range(3)] == [0.5, 1.0, 1.0]


def test_a_mute_ends_the_players_notes_and_the_ones_to_come_are_silent() -> None:
    desk = Desk()
    desk.play("note", 60, 0.8, "4")
    desk.next()
    desk.play("mute", "d1", 1, player="")
    assert desk.play("note", 64, 0.8, "4") is None
    now = desk.next()
    assert [(event.pitch, event.on) for event in now.note_events] == [(60, False)]
    assert set(now.notes) == {FREE}


def test_notes_begin_hold_and_end_by_their_ids() -> None:
    desk = Desk()
    first = desk.play("note", 60, 0.8, "1/2")
    assert desk.next().notes[60] == ONSET
    second = desk.play("note", 60, 0.5, "4")
    assert desk.next().notes[60] == ONSET
    assert desk.conditioner.end_note(first.note, desk.moment())
    now = desk.next()
    assert now.notes[60] == HELD, "the note struck again goes on"
    assert [event.id for event in now.note_events] == [first.note]
    assert not desk.conditioner.end_note(first.note, desk.moment())
    assert second.note != first.note


def test_a_note_lasts_a_frame_at_least() -> None:
    desk = Desk()
    off = desk.play("note", 60, 0.8, 0.001)
    assert off.sample == FRAME_SAMPLES
    desk.play("off", 60)
    now = desk.next()
    assert now.notes[60] == ONSET
    assert [event.on for event in now.note_events] == [True]
    now = desk.next()
    assert [event.on for event in now.note_events] == [False]


def test_an_off_for_beats_is_counted_from_the_exact_beat_of_its_note() -> None:
    desk = Desk()
    desk.frame = 12
    off = desk.play("note", 60, 0.8, "1/3", asked=Fraction(1) + Fraction(1, 100), early=2)
    assert off.tick == ticks(Fraction(1) + Fraction(1, 100) + Fraction(1, 3))


def test_a_control_glides_and_is_rounded_where_it_is_a_whole_number() -> None:
    desk = Desk()
    desk.play("set", "temperature", 0.1)
    desk.next()
    desk.play("set", "temperature", 2.5, 1)
    desk.play("set", "jam_width", 12, 1)
    values = [desk.next().controls for _ in range(13)]
    assert [v["temperature"] for v in values] == pytest.approx([0.1 + 0.2 * n for n in range(13)])
    assert [v["jam_width"] for v in values] == list(range(13))


def test_the_newest_writer_of_a_control_counts_and_when_it_ends_the_one_before() -> None:
    desk = Desk()
    desk.play("set", "temperature", 0.5, player="d1")
    desk.play("set", "temperature", 2.0, player="d2")
    assert desk.next().controls["temperature"] == 2.0
    desk.play("release", "", player="d2")
    assert desk.next().controls["temperature"] == 0.5
    desk.play("release", "temperature", player="d1")
    seen = [desk.next().controls["temperature"] for _ in range(14)]
    assert seen[0] == 0.5
    assert seen[-1] == 1.1, "nobody is left: the default, within a beat"
    assert seen == sorted(seen)


def test_curves_follow_on_each_other_and_are_read_at_each_frames_first_sample() -> None:
    desk = Desk()
    third = Fraction(1, 3)
    for frame in range(30):
        for number in range(6):
            begin = number * third + Fraction(1, 100)
            if nearest(begin / FRAME) == frame:
                desk.play("curve", "set", "temperature", 1.0, 2.0, "1/3", asked=begin)
        now = desk.next().controls["temperature"]
        beat = frame * FRAME - Fraction(1, 100)
        if 0 < beat < 2:
            assert now == pytest.approx(float(1 + beat % third / third), abs=1e-9)


def test_a_control_that_is_heard_later_is_drawn_so_much_earlier() -> None:
    desk = Desk()
    desk.frame = 10
    desk.play("curve", "set", "temperature", 0.0, 2.4, 1, asked=Fraction(1), early=2)
    assert [desk.next().controls["temperature"] for _ in range(3)] == pytest.approx([0.0, 0.2, 0.4])


def test_a_seek_lets_every_line_be_where_it_was_going() -> None:
    desk = Desk("a", "b")
    desk.frame = 1200
    desk.play("prompt", "d1", "a")
    desk.play("set", "temperature", 2.0)
    desk.next()
    desk.play("prompt", "d1", "b", 1.0, 4)
    desk.play("weight", "d1", 0.5, 4)
    desk.play("note", 60)
    desk.next()
    desk.conditioner.settle()
    desk.frame = 3
    now = desk.next()
    assert {str(p.prompt): share for p, share in now.blend} == {"b": 1.0}
    assert now.controls["temperature"] == 2.0
    assert desk.conditioner.slots.weight(("d1", "0"), 0) == 0.5
    assert [event.on for event in now.note_events] == [False]


def test_a_hush_of_one_player_takes_its_notes_slots_and_controls() -> None:
    desk = Desk("a", "b")
    desk.play("prompt", "d1/0", "a")
    desk.play("prompt", "d2/0", "b", player="d2")
    desk.play("note", 60)
    desk.play("note", 64, player="d2")
    desk.play("set", "temperature", 2.0)
    desk.next()
    desk.conditioner.hush("d1", desk.moment())
    now = desk.next()
    assert [str(prepared.prompt) for prepared, _ in now.blend] == ["b"]
    assert [event.pitch for event in now.note_events] == [60]
    assert now.notes[64] == HELD
    assert desk.until(20).controls["temperature"] == 1.1


def test_prompts_notes_and_hits_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk()
    for number in range(128):
        desk.play("prompt", number, "a", player="osc")
    with pytest.raises(ControlError, match="128 prompts of one player"):
        desk.play("prompt", "d9/7", "a", player="osc")  # d9 does not play: the slot is the sender's own
    for number in range(128):
        desk.play("prompt", f"p{number}/0", "a", player=f"p{number}")
    with pytest.raises(ControlError, match="256 prompts"):
        desk.play("prompt", "p128/0", "a", player="p128")
    for player, most in (("osc", 24), ("orbit3", 24), ("d1", 16)):
        for _ in range(most):
            desk.play("hit", "bd", player=player)
            if player == "d1":
                for pitch in range(4):
                    desk.play("on", 60 + pitch, player=player)
    with pytest.raises(ControlError, match="48 notes or hits of other programs"):
        desk.play("hit", "bd", player="orbit4")
    for address in ("hit", "on"):
        with pytest.raises(ControlError, match="64 notes or hits in one frame"):
            desk.play(address, "bd" if address == "hit" else 60)
    assert len(desk.next().hits) == 64
    for _ in range(12):
        for _ in range(64):
            desk.play("on", 60)
        desk.next()
    assert len(desk.conditioner.notes) == 128


def test_prompts_that_no_slot_has_are_forgotten_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conditioner_room, "MOST_PREPARED", 3)
    desk = Desk("a")
    desk.play("prompt", "d1", "a")
    for text in ("b", "c", "d", "e"):
        desk.conditioner.ready(Prepared(Prompt(text), text), 0)
    assert [str(prompt) for prompt in desk.conditioner.prepared] == ["a", "d", "e"]


def test_a_line_keeps_what_was_before_it_until_it_begins() -> None:
    line = Line(10, 20, 1.0, 2.0).after(Line(0, 10, 5.0, 0.0))
    assert [line.at(tick) for tick in (0, 5, 9, 10, 15, 20, 99)] == [5.0, 2.5, 0.5, 1.0, 1.5, 2.0, 2.0]


def test_the_codes_of_notes_are_the_models() -> None:
    assert (FREE, OFF, HELD, ONSET, SOUNDING) == (-1, 0, 1, 2, 3)


def test_a_frame_that_is_told_nothing_leaves_all_to_the_engine() -> None:
    told = Conditioning(0, 0.0, 125.0, True)
    assert (told.drums, told.gate, told.blend, told.notes, told.hits) == (-1, 1.0, (), (FREE,) * 128, ())
    assert Conditioning(0, 0.0, 125.0, True, controls={"drums": 1.0}).drums == 1
    assert told.beats_per_frame == pytest.approx(1 / 12)
    assert Conditioning(0, 0.0, 125.0, False).beats_per_frame == 0
    assert NoteEvent(1, 60, 0.5, True).offset == Hit("bd", 1.0).offset == 0
    assert Moment(0, 0, 0).begin == 0
    assert Moment(0, 0, 5, asked=7).begin == 7


def test_every_control_begins_at_its_default() -> None:
    controls = Desk().next().controls
    assert {row.name for row in masters()} <= set(controls)
    for row in masters():
        assert controls[row.name] == float(row.default or 0.0), row.name


@pytest.mark.parametrize(("curve", "quarter"), [("linear", 0.25), ("slow", 0.0625), ("fast", 0.4375), ("step", 0.0)])
def test_a_line_goes_the_way_of_its_curve(curve: str, quarter: float) -> None:
    line = Line(10, 20, 0.0, 1.0, curve=curve)
    assert line.at(10) == 0
    assert line.at(20) == line.at(99) == 1
    assert line.at(Fraction(25, 2)) == pytest.approx(quarter)
    assert Line(10, 20, 4.0, 6.0, curve=curve).at(Fraction(25, 2)) == pytest.approx(4 + 2 * quarter)


def test_a_note_of_no_velocity_strikes_nothing() -> None:
    desk = Desk()
    desk.play("note", 60, 0.0, 1.0)
    desk.play("hit", "bd", 0.0)
    told = desk.next()
    assert (told.note_events, told.hits) == ((), ())


def test_an_off_without_an_id_ends_only_its_players_notes_of_that_pitch() -> None:
    desk = Desk()
    for player, pitch in (("d1", 60), ("d2", 60), ("d1", 64)):
        desk.play("on", pitch, 0.8, player=player)
    desk.next()
    desk.play("off", 60, player="d1")
    assert [(off.player, off.pitch) for off in desk.next().note_events] == [("d1", 60)]
    assert len(desk.conditioner.notes) == 2


def test_after_a_crossfade_only_the_new_prompt_is_left_in_the_slot() -> None:
    desk = Desk("a", "b")
    desk.play("prompt", "d1", "a")
    desk.next()
    desk.play("prompt", "d1", "b", 1.0, 1)
    assert {prepared.prompt.text for prepared, _ in desk.until(6).blend} == {"a", "b"}
    assert [(prepared.prompt.text, share) for prepared, share in desk.until(14).blend] == [("b", 1.0)]
    (slot,) = desk.conditioner.slots.slots.values()
    assert [words.prepared.prompt.text for words in slot.words] == ["b"]


def test_a_name_too_many_is_refused_and_those_that_are_known_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conditioner_room, "MOST_NAMES", 2)
    desk = Desk()
    desk.play("mute", "d1", 1)
    desk.play("mute", "d2", 1)
    desk.play("mute", "d2", 1)
    with pytest.raises(ControlError, match="'d3' is one too many"):
        desk.play("mute", "d3", 1)


def test_a_player_is_known_by_what_it_plays_says_or_is_told() -> None:
    for word, args in (
        ("hit", ("bd",)),
        ("note", (60,)),
        ("mute", ("d1", 1)),
        ("solo", ("d1", 1)),
        ("prompt", ("d1", "a")),
    ):
        desk = Desk("a")
        assert not desk.conditioner.knows("d1")
        desk.play(word, *args)
        assert desk.conditioner.knows("d1"), word
        assert not desk.conditioner.knows("d2")


def test_a_voice_has_a_weight_of_its_own_beside_its_players_and_so_has_another_programs_slot() -> None:
    desk = Desk("a", "b")
    desk.play("prompt", "d1/0", "a", 1.0)
    desk.play("prompt", "d1/1", "b", 1.0)
    desk.play("weight", "d1/1", 0.25)
    assert desk.blend() == {"a": 0.8, "b": 0.2}
    assert desk.conditioner.slots.players == {}
    desk.play("curve", "weight", "d1/1", 0.25, 1.0, 0)
    desk.next()
    assert desk.blend() == {"a": 0.5, "b": 0.5}
    desk.play("curve", "weight", "d1", 1.0, 0.5, 0)
    assert set(desk.conditioner.slots.players) == {"d1"}
    desk.play("prompt", "pads", "a", 1.0, player="osc")
    desk.play("weight", "pads", 0.5, player="osc")
    desk.play("curve", "weight", "pads", 0.5, 0.25, 1, player="osc")
    assert set(desk.conditioner.slots.players) == {"d1"}


def test_a_prompt_whose_share_is_nothing_is_not_in_the_blend() -> None:
    desk = Desk("a", "b")
    desk.play("prompt", "d1", "a")
    desk.next()
    desk.play("prompt", "d1", "b", 1.0, 1)
    assert desk.blend() == {"a": 1.0}, "it has only begun"
    assert set(desk.blend()) == {"a", "b"}
    desk.until(13)
    assert desk.blend() == {"b": 1.0}
    desk.play("weight", "d1", 0)
    assert desk.blend() == {"b": 1.0}
    assert desk.conditioner.slots.holding


def test_a_note_of_this_frame_ends_with_the_next_and_is_told_from_one_that_has_ended() -> None:
    notes = Desk().conditioner.notes
    first, second = (notes.on(pitch, 0.8, 0, "d1", "", 0.5) for pitch in (60, 62))
    assert (notes.struck, len(notes)) == (2, 2)
    assert notes.sounds(first)
    assert notes.off(first, 0) is True
    assert notes.sounds(first), "it lasts a frame"
    notes.frame()
    assert (notes.sounds(first), notes.sounds(second), notes.struck) == (False, True, 0)
    assert notes.off(first, 0) is False
    assert notes.off_pitch(62, 0, "d2") is False
    assert notes.off_pitch(62, 0, "d1") is True
    assert notes.off_pitch(62, 0, "d1") is False


def test_the_oldest_striking_player_is_forgotten_when_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conditioner_room, "MOST_NAMES", 2)
    desk = Desk()
    for player in ("d1", "d2", "d1"):
        desk.play("hit", "bd", player=player)
    assert list(desk.conditioner._striking) == ["d1", "d2"]
    desk.play("hit", "bd", player="d3")
    assert list(desk.conditioner._striking) == ["d2", "d3"]


def test_every_action_can_be_applied_and_nothing_else() -> None:
    table = {"prompt", "audio", "name", "weight", "clear", "note", "on", "off", "hit", "set", "curve", "mute", "solo"}
    found = {address.rpartition("/")[2] for address in Desk().conditioner.addresses}
    assert table <= found
