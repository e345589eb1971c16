"""The door of the generator: each message once, in order, judged by itself, answered to its sender."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livecode import schedule as schedule_room
from livecode.conditioning import Prompt
from livecode.errors import EngineError, MessageError
from livecode.frames import FRAME_SAMPLES
from livecode.generator import backlog as backlog_room
from livecode.generator import core as core_room
from livecode.generator import names as names_room
from livecode.generator import sessions as sessions_room
from livecode.generator.backlog import Backlog
from livecode.generator.inbox import Inbox, Timeline
from livecode.generator.memory import read_sound
from livecode.offline import Simulation
from livecode.osc.addresses import ADDRESSES
from livecode.osc.server import Arrival, Source
from livecode.osc.stamps import flatten
from livecode.osc.wire import Bundle, Message
from livecode.schedule import Due

ONE, TWO = Source("127.0.0.1", 1001), Source("127.0.0.1", 1002)


class Fixed(Timeline):
    """A device whose sample 0 left at second 100, with a foreign delay of 240 ms."""

    def heard_at(self, monotonic: float) -> float | None:
        return (monotonic + 0.24 - 100) * 48_000

    def plain_at(self, received: float) -> float | None:
        return (received - 100) * 48_000 + 4 * FRAME_SAMPLES


class Door:
    """An inbox on a simulation, with its answers."""

    def __init__(self, **options: Any) -> None:
        self.refused: list[tuple[str, str]] = []
        self.simulation = Simulation(
            "tones", report=lambda kind, player, text, _source: self.refused.append((kind, text)), **options
        )
        self.core = self.simulation.core
        self.replies: list[tuple[Source, str, tuple[Any, ...]]] = []
        self.errors: list[tuple[Source, str, str, str]] = []
        self.played: list[Due] = []
        self.core.watchers.append(self.played.append)
        self.inbox = Inbox(
            self.core,
            reply=lambda source, address, *args: self.replies.append((source, address, args)),
            error=lambda *told: self.errors.append(told),
            timeline=Fixed(),
        )

    def take(self, *messages: Message, source: Source = ONE, tag: float | None = None, bundle: bool = True) -> None:
        packet = Bundle(tag, messages) if bundle else messages[0]
        self.inbox.take(Arrival(100.0, 1e9, source, flatten(packet)))

    def open(self, player: str = "d1", session: int = 0, token: int = 0, source: Source = ONE) -> tuple[int, int]:
        self.take(Message("/livecode/open", (session, player, token)), source=source)
        args = self.replies[-1][2]
        return args[0], args[1]

    def command(self, session: int, number: int, *messages: Message, source: Source = ONE) -> None:
        self.take(Message("/livecode/command", (session, number)), *messages, source=source)

    def span(self, session: int, generation: int, *hits: str, seq: int = 0, source: Source = ONE, **more: Any) -> None:
        head = (session, more.get("player", "d1"), generation, seq, seq * 4, seq * 4 + 4, len(hits), 0, 4)
        body = [
            part
            for number, name in enumerate(hits)
            for part in (Message("/livecode/beat", (Fraction(seq * 4 + number),)), Message("/livecode/hit", (name,)))
        ]
        self.take(Message("/livecode/span", head), *body, source=source)

    def step(self, count: int = 1) -> None:
        for _ in range(count):
            self.core.advance()

    def heard(self) -> list[Any]:
        return [due.event.raw[0] for due in self.played]


@settings(max_examples=40, deadline=None)
@given(st.permutations(list(range(6))), st.lists(st.integers(0, 5), max_size=8))
def test_commands_are_applied_once_in_their_order_however_they_arrive(order: list[int], again: list[int]) -> None:
    door = Door()
    session, _ = door.open()
    for number in (*order, *again):
        door.command(session, number, Message("/livecode/on", (60 + number,)))
    door.step()
    assert door.heard() == [60, 61, 62, 63, 64, 65]
    acks = [args for _, address, args in door.replies if address == "/livecode/reply/ack"]
    assert acks == [(session, "command", number) for number in (*order, *again)]


def test_a_span_is_acknowledged_each_time_and_played_once() -> None:
    door = Door()
    session, generation = door.open()
    for _ in range(3):
        door.span(session, generation, "bd", "sd")
    door.step(30)
    assert door.heard() == ["bd", "sd"]
    acks = [args for _, address, args in door.replies if address == "/livecode/reply/ack"]
    assert acks == [(session, f"span:d1:{generation}", 0)] * 3


def test_what_is_wrong_in_a_span_is_told_once_and_the_rest_is_played() -> None:
    door = Door()
    session, generation = door.open()
    for _ in range(2):
        door.span(session, generation, "bd", "kick", "sd")
    door.step(30)
    assert door.heard() == ["bd", "sd"]
    assert len(door.errors) == len(door.refused) == 1
    assert "kick" in door.errors[0][3]


def test_an_open_that_comes_twice_is_the_same_one() -> None:
    door = Door()
    key, generation = door.open(token=7)
    assert door.open(token=7) == (key, generation)
    assert door.open(token=8, session=key) == door.open(token=8, session=key) == (key, generation + 1)
    other, _ = door.open(token=7, source=TWO)
    assert other != key


def test_a_session_of_before_a_restart_is_told_so() -> None:
    door = Door()
    door.span(9, 1, "bd")
    door.command(9, 0)
    door.take(Message("/livecode/open", (9, "d1", 0)))
    assert door.replies == [(ONE, "/livecode/reply/gone", (9,))] * 3
    assert [(kind, "no session of that number" in text) for _, kind, _, text in door.errors] == [("session", True)] * 3


def test_a_sessions_number_cannot_be_guessed_and_is_never_told_to_anyone_else() -> None:
    door, spy = Door(), Source("127.0.0.1", 3)
    keys = {door.open(source=Source("127.0.0.1", 2000 + number))[0] for number in range(50)}
    assert len(keys) == 50
    assert max(keys) > 2**48
    assert len({key >> 40 for key in keys}) > 25
    key, generation = door.open()
    door.span(key, generation, "bd")
    door.command(key, 0, source=spy)
    other, newer = door.open(source=spy)
    door.span(other, newer, "sd", source=spy)
    told = [str(args) for source, _, args in door.replies if source == spy]
    shown = [text for _, text in door.refused] + [text for _, _, _, text in door.errors]
    assert not any(str(key) in text for text in told[1:] + shown), "but for the echo of what the spy itself sent"
    owner = next(args for source, address, args in door.replies if address == "/livecode/reply/owner")
    assert owner == ("d1", 52, newer), "the loser learns a number that messages use, not the winner's secret"


def test_a_strangers_packets_use_up_no_number_of_a_session() -> None:
    door = Door()
    key, _ = door.open()
    for number in range(1000):
        door.command(1, number, source=TWO)
        door.command(key, number, source=TWO)
    door.command(key, 0, Message("/livecode/tempo", (140.0,)))
    door.step()
    door.command(key, 1, Message("/livecode/hush", ()))
    door.step()
    assert [due.event.address for due in door.played] == ["/livecode/tempo", "/livecode/hush"]
    assert {source for source, kind, _, _ in door.errors if kind == "session"} == {TWO}


def test_a_strangers_spans_and_opens_change_nothing_of_a_player_and_draw_no_answer_away() -> None:
    door = Door()
    key, generation = door.open()
    door.span(key, generation, "bd", "bd", "bd")
    before = len(door.replies)
    door.span(key, generation, "sd", seq=1, source=TWO)
    door.span(key, 2**31 - 1, "sd", source=TWO)
    door.take(Message("/livecode/open", (key, "d1", 5)), source=TWO)
    assert {address for _, address, _ in door.replies[before:]} == {"/livecode/reply/gone"}
    door.span(key, generation, "bd", "bd", "bd", seq=1)
    assert door.replies[-1] == (ONE, "/livecode/reply/ack", (key, f"span:d1:{generation}", 1))
    door.step(90)
    assert set(door.heard()) == {"bd"}


def test_a_generation_that_was_not_given_to_a_session_is_refused() -> None:
    door = Door()
    mine, generation = door.open()
    door.span(mine, generation, "bd", "bd")
    theirs, newer = door.open(player="d2", source=TWO)
    for wrong in (generation, newer, newer + 1, 2**31 - 1):
        door.span(theirs, wrong, "sd", source=TWO)  # of d1, for which it has opened none
    assert ["is none of this client's" in text for _, _, _, text in door.errors] == [True] * 4
    door.step(30)
    assert door.heard() == ["bd", "bd"]


def test_a_flood_of_opens_pushes_nobody_out_and_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    door = Door()
    key, generation = door.open()
    door.span(key, generation, "bd")
    for token in range(1, 1201):
        door.take(Message("/livecode/open", (0, "", token)), source=TWO)
    assert len(door.inbox.sessions) == 1 + sessions_room.MOST_OF_SOURCE
    assert "8 sessions of one address are the most" in door.errors[-1][3]
    for port in range(3000, 3400):
        door.take(Message("/livecode/open", (0, "", 1)), source=Source("127.0.0.1", port))
    assert len(door.inbox.sessions) == sessions_room.MOST_OF_HOST
    for net in range(400):
        door.take(Message("/livecode/open", (0, "", 1)), source=Source(f"10.0.{net // 200}.{net % 200}", 1))
    assert len(door.inbox.sessions) == sessions_room.MOST
    assert "256 clients are the most" in door.errors[-1][3]
    door.command(key, 0, Message("/livecode/hit", ("sd",)))
    door.step(30)
    assert set(door.heard()) == {"bd", "sd"}


def test_a_session_that_is_quiet_makes_room_but_not_one_that_plays() -> None:
    door = Door()
    sources = [Source("127.0.0.1", 4000 + number) for number in range(sessions_room.MOST_OF_HOST)]
    playing, *quiet = [door.open(source=source)[0] for source in sources]
    generation = door.replies[0][2][1]
    door.span(playing, generation, "bd", source=sources[0])
    late = flatten(Message("/livecode/open", (0, "", 0)))
    door.inbox.take(Arrival(100.0 + sessions_room.UNUSED_SECONDS + 1, 1e9, TWO, late))
    assert len(door.inbox.sessions) == sessions_room.MOST_OF_HOST
    door.command(quiet[0], 0, source=sources[1])
    assert door.errors[-1][:2] == (sources[1], "session"), "it had sent nothing yet, and was the first"
    door.command(playing, 0, source=sources[0])
    assert door.replies[-1][1] == "/livecode/reply/ack"


def test_commands_that_wait_for_one_before_them_are_bounded_in_bytes() -> None:
    door = Door()
    key, _ = door.open()
    for number in range(1, 40):
        items = flatten(Bundle(None, (Message("/livecode/command", (key, number)), Message("/livecode/start"))))
        door.inbox.take(Arrival(100.0, 1e9, ONE, items, 60_000))
    acks = [args[2] for _, address, args in door.replies if address == "/livecode/reply/ack"]
    assert acks == list(range(1, 18)), "the others are sent again"
    door.command(key, 0)
    assert door.replies[-1][2][2] == 0


def test_muting_or_hushing_a_name_that_never_played_is_answered_and_kept_nowhere() -> None:
    door = Door()
    conditioner = door.core.performance.conditioner
    for number in range(90):
        door.take(Message("/livecode/mute", (f"{number}" + "x" * 150, 1)))
        door.take(Message("/livecode/solo", (f"{number}" + "y" * 150, 1)))
        door.take(Message("/livecode/hush", (f"{number}" + "z" * 150,)))
    door.step()
    assert (conditioner.muted, conditioner.soloed) == (set(), set())
    assert len(door.core.schedule.players._ended) == 0
    assert len(door.errors) == 270
    assert "there is no player '0xxx" in door.errors[0][3]
    door.take(Message("/livecode/mute", ("nobody", 0)))  # nothing to end: nothing to say
    key, generation = door.open(player="pads")
    door.span(key, generation, "bd", player="pads")
    for name in ("pads", "d5", "orbit3", "kit", "osc"):
        door.take(Message("/livecode/mute", (name, 1)))
    door.step()
    assert conditioner.muted == {"pads", "d5", "orbit3", "osc"}
    assert len(door.errors) == 270


def test_prompts_of_other_programs_do_not_keep_a_clients_waiting() -> None:
    door = Door()
    key, _ = door.open()
    asked: list[Prompt] = []

    class Busy:
        waiting = names_room.MOST_READ - 1

        def want(self, prompt: Prompt) -> None:
            asked.append(prompt)
            self.waiting += 1

        def collect(self) -> list[Any]:
            return []

    door.core.performance.prompts = Busy()
    for number in range(3):
        door.take(Message("/livecode/prompt", ("a", f"theirs {number}")), source=TWO)
    door.take(Message("/dirt/play", ("prompt", "theirs_too")), source=TWO)
    door.command(key, 0, Message("/livecode/prompt", ("d1", "mine")))
    assert [prompt.text for prompt in asked] == ["theirs 0", "mine"]
    assert "prompts are being read already" in door.errors[0][3]


def test_a_flood_of_what_is_refused_does_not_fill_the_disk(tmp_path: Path) -> None:
    log = tmp_path / "set.jsonl"
    door = Door(log=log)
    for _ in range(5 * core_room.MOST_REFUSALS):
        door.take(Message("/livecode/tempo", (1e9,)))
    door.step(30)
    door.take(Message("/livecode/tempo", (1e9,)))
    door.simulation.close()
    assert log.read_text(encoding="utf-8").count('"error"') == core_room.MOST_REFUSALS + 1


PATHS = (
    "/etc/shadow",
    "/no/such/file",
    "../../etc/passwd",
    "..",
    "a/b.wav",
    "C:\\x.wav",
    "\\\\host\\share\\x.wav",
    ".x",
)


def test_a_text_names_no_file_and_a_path_is_refused_alike_whether_or_not_there_is_such_a_file(tmp_path: Path) -> None:
    there = tmp_path / "there.wav"
    there.write_bytes(b"RIFF")
    door = Door()
    asked: list[Prompt] = []
    door.core.performance.prompts.want = asked.append  # type: ignore[method-assign]
    key, generation = door.open()
    for number, path in enumerate((str(there), *PATHS)):
        door.take(Message("/livecode/prompt", ("b", f"audio:{path}")))
        door.take(Message("/livecode/name", ("b", f"audio:{path}")))
        door.take(Message("/livecode/audio", ("b", path)))
        door.command(key, number, Message("/livecode/audio", ("b", path)))
        head = Message("/livecode/span", (key, "d1", generation, number, 4 * number, 4 * number + 4, 1, 0, 4))
        door.take(head, Message("/livecode/beat", (0,)), Message("/livecode/audio", ("d1/0", path)))
    assert [(prompt.text, prompt.audio) for prompt in asked] == [(f"audio:{path}", "") for path in (str(there), *PATHS)]
    assert {text for _, _, _, text in door.errors} == {
        "/livecode/audio takes the name of a file in the folder sounds of livecode's home, never a path"
    }
    assert len(door.errors) == 3 * (1 + len(PATHS))


def test_a_sound_of_livecodes_own_folder_can_be_named_by_anyone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIVECODE_HOME", str(tmp_path))
    door = Door()
    asked: list[Prompt] = []
    door.core.performance.prompts.want = asked.append  # type: ignore[method-assign]
    door.take(Message("/livecode/audio", ("b", "riff.wav")))
    assert asked == [Prompt(audio=str(tmp_path / "sounds" / "riff.wav"))]
    assert str(asked[0]) == "audio('riff.wav')"
    assert door.errors == []


@pytest.mark.parametrize("name", [*PATHS, "~/x"])
def test_a_past_is_a_name_too_and_nobody_looks_for_a_path(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def looked(*_: Any, **__: Any) -> Any:
        raise AssertionError("somebody looked")

    monkeypatch.setattr(Path, "resolve", looked)
    monkeypatch.setattr(Path, "is_file", looked)
    with pytest.raises(EngineError, match="is outside"):
        read_sound(name, 0.0)


def test_nobody_fills_the_bank_for_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names_room, "MOST_NAMED", 3)
    door = Door()
    for number in range(5):
        door.take(Message("/livecode/name", (f"n{number}", "words")), source=TWO)
    door.take(Message("/livecode/name", ("n0", "other words")), source=TWO)
    door.take(Message("/livecode/name", ("mine", "words")))
    door.step()
    assert door.core.performance.conditioner.bank == {
        "n0": "other words",
        "n1": "words",
        "n2": "words",
        "mine": "words",
    }
    assert len(door.errors) == 2


def test_the_newest_evaluation_owns_a_player_and_the_loser_is_told() -> None:
    door = Door()
    first, old = door.open()
    door.span(first, old, "bd", "bd", "bd")
    second, new = door.open(source=TWO)
    door.span(second, new, "sd", "sd", "sd", source=TWO)
    door.step(40)
    assert set(door.heard()) == {"sd"}
    assert [(source, kind, player) for source, kind, player, _ in door.errors] == [(ONE, "owner", "d1")]


def test_one_wrong_message_in_a_bundle_leaves_the_others() -> None:
    door = Door()
    door.take(
        Message("/livecode/hit", ("bd",)),
        Message("/livecode/nonsense", ()),
        Message("/livecode/hit", ("bd", float("nan"))),
        Message("/livecode/tempo", (1e9,)),
        Message("/livecode/hit", ("sd",)),
    )
    door.step()
    assert door.heard() == ["bd", "sd"]
    assert [kind for _, kind, _, _ in door.errors] == ["unknown", "refused", "refused"]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (lambda s, g: (Message("/livecode/span", (s, "d1", g, 0, 0, 4, 2, 0, 4)),), "says 2 events and has 0"),
        (lambda s, g: (Message("/livecode/span", (s, "d1", g, 0, 4, 4, 0, 0, 4)),), "goes from beat 4 to 4"),
        (
            lambda s, g: (
                Message("/livecode/span", (s, "d1", g, 0, 0, 4, 1, 0, 4)),
                Message("/livecode/hit", ("bd",)),
            ),
            "no /livecode/beat before it",
        ),
        (
            lambda s, g: (
                Message("/livecode/span", (s, "d1", g, 0, 0, 4, 1, 0, 4)),
                Message("/livecode/beat", (1,)),
                Message("/livecode/quit", ()),
            ),
            "cannot stand in a span",
        ),
    ],
)
def test_a_broken_span_is_a_sentence(body: Callable[[int, int], tuple[Message, ...]], text: str) -> None:
    door = Door()
    door.take(*body(*door.open()))
    assert text in door.errors[0][3]


def test_what_only_the_generator_says_is_refused_from_outside() -> None:
    door = Door()
    for address in ("/livecode/ready", "/livecode/quality", "/livecode/raised", "/livecode/end"):
        door.take(Message(address, (1,)))
    door.step()
    assert door.heard() == []
    assert len(door.errors) == 4


def test_a_plain_message_acts_at_the_next_frame() -> None:
    door = Door()
    door.step(7)
    door.take(Message("/livecode/hit", ("bd",)), bundle=False)
    door.step()
    assert [(due.frame, due.late) for due in door.played] == [(7, False)]


def test_on_the_fine_grid_a_plain_message_keeps_a_constant_distance_from_its_arrival() -> None:
    door = Door(fine=True)
    door.step(3)
    door.inbox.take(Arrival(100.0501, 1e9, ONE, flatten(Message("/livecode/hit", ("bd",)))))
    door.step(10)
    (due,) = door.played
    assert due.sample == round(0.0501 * 48_000) + 4 * FRAME_SAMPLES


def test_a_time_tag_is_heard_so_much_later_and_no_tempo_moves_it() -> None:
    door = Door()
    door.take(Message("/livecode/hit", ("bd",)), tag=1e9 + 0.49)
    door.take(Message("/livecode/tempo", (250.0,)))
    door.step(30)
    hit = next(due for due in door.played if due.event.address == "/livecode/hit")
    assert hit.due == pytest.approx(0.73 * 48_000)
    assert hit.frame == 18


@pytest.mark.parametrize("tag", [1e9 - 5, 1e9 - 2_000_000])
def test_a_tag_that_is_long_past_acts_now(tag: float) -> None:
    door = Door()
    door.take(Message("/livecode/hit", ("bd",)), tag=tag)
    door.step()
    assert door.heard() == ["bd"]


def test_a_beat_stamps_the_rest_of_its_bundle_and_next_the_next_multiple() -> None:
    door = Door()
    door.step(13)  # beat 1 and a frame
    door.take(Message("/livecode/beat", (Fraction(7, 4),)), Message("/livecode/hit", ("bd",)))
    door.take(Message("/livecode/next", (2,)), Message("/livecode/hit", ("sd",)), Message("/livecode/hit", ("cp",)))
    door.step(30)
    assert [(due.event.raw[0], due.frame) for due in door.played] == [("bd", 21), ("sd", 24), ("cp", 24)]


@pytest.mark.parametrize("address", ["/livecode/hush", "/livecode/panic"])
def test_hush_and_panic_act_at_once_whatever_their_stamp_and_empty_the_queue(address: str) -> None:
    door = Door()
    session, generation = door.open()
    door.span(session, generation, "bd", "bd", "bd", "bd")
    door.take(Message("/livecode/beat", (3,)), Message("/livecode/hit", ("sd",)))
    door.step(2)
    door.take(Message("/livecode/beat", (100,)), Message(address, ()), tag=1e9 + 30)
    door.step(60)
    assert [due.event.raw[:1] for due in door.played] == [("bd",), ()]
    door.span(session, generation, "cp", "cp", "cp", seq=1)
    door.step(60)
    assert len(door.played) == 2, "what was on its way is void"


def test_queued_mute_acts_at_once_on_what_is_queued() -> None:
    door = Door()
    session, generation = door.open()
    door.span(session, generation, "bd", "bd", "bd", "bd")
    door.step(2)
    door.command(session, 0, Message("/livecode/mute", ("d1", 1)))
    told = []
    for _ in range(30):
        door.step()
        assert door.core.performance.last is not None
        told.append(len(door.core.performance.last.hits))
    assert sum(told) == 0


def test_a_service_answers_the_sender() -> None:
    door = Door()
    door.take(Message("/livecode/ping", (77,)), source=TWO, bundle=False)
    assert door.replies == [(TWO, "/livecode/reply/pong", (77,))]


def test_a_queue_that_is_full_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule_room, "MOST_WAITING", 2)
    door = Door()
    for _ in range(4):
        door.take(Message("/livecode/beat", (3,)), Message("/livecode/hit", ("sd",)))
    assert [text for _, _, _, text in door.errors] == ["/livecode/hit was dropped: too many events are waiting"] * 2


def test_any_mix_of_right_and_wrong_messages_leaves_the_music_going() -> None:
    door = Door()
    values: tuple[Any, ...] = (0, -1, 1e308, float("nan"), float("inf"), "", "x" * 5000, "17/4", None, True, b"\0\1")
    for address, value, count in itertools.product(ADDRESSES, values, (0, 1, 2, 4)):
        if address in ("/livecode/beat", "/livecode/next") or address.startswith("/dirt"):
            continue
        door.take(Message(address, (value,) * count), bundle=False)
    door.step(5)
    last = door.core.performance.last
    assert last is not None
    assert last.frame == 4


def arrival(port: int, number: int) -> Arrival:
    return Arrival(float(number), 0.0, Source("127.0.0.1", port), ())


def test_senders_are_read_in_turn_and_each_in_its_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backlog_room, "MOST_OF_ONE", 4)
    backlog = Backlog()
    backlog.add([*(arrival(1, number) for number in range(6)), arrival(2, 10), arrival(3, 20), arrival(2, 11)])
    assert (len(backlog), backlog.dropped) == (7, 2)
    taken = []
    while (one := backlog.next()) is not None:
        taken.append((one.source.port, int(one.received)))
    assert taken == [(1, 0), (2, 10), (3, 20), (1, 1), (2, 11), (1, 2), (1, 3)]


def test_a_session_keeps_a_bounded_number_of_players_generations_and_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, most in (("MOST_PLAYERS", 2), ("MOST_GENERATIONS", 2), ("MOST_TOKENS", 2)):
        monkeypatch.setattr(sessions_room, name, most)
    session = sessions_room.Session(1, 1, ONE, 0, 0.0)
    for number, player in enumerate(("d1", "d1", "d1", "d2"), 1):
        session.give(player, number, number * 10, ())
    assert session.generations == {"d1": [2, 3], "d2": [4]}
    assert session.tokens == {30: 3, 40: 4}
    session.give("d1", 5, 0, ())
    assert list(session.generations) == ["d2", "d1"]
    assert session.tokens == {30: 3, 40: 4}, "0 is no token"
    session.give("d3", 6, 60, ("d2",))
    assert session.generations == {"d2": [4], "d3": [6]}, "one that does not play makes room"
    with pytest.raises(MessageError, match="2 players of one client are the most"):
        session.give("d4", 7, 70, ("d2", "d3"))
    session.check("d2", 4)
    for player, generation in (("d2", 5), ("d1", 3)):
        with pytest.raises(MessageError, match=f"generation {generation} of {player} is none of this client's"):
            session.check(player, generation)


def test_next_is_a_multiple_that_is_not_over_yet() -> None:
    door = Door()
    for quantum, hit in ((Fraction(0), "bd"), (Fraction(1), "sd"), (Fraction(4), "cp")):
        door.take(Message("/livecode/next", (quantum,)), Message("/livecode/hit", (hit,)))
    door.step()
    assert door.heard() == ["bd", "sd", "cp"], "the beat 0 is here"
    door.take(Message("/livecode/next", (Fraction(1, 2),)), Message("/livecode/hit", ("hh",)))
    door.step(5)
    assert door.heard()[3:] == []
    door.step()
    assert door.heard()[3:] == ["hh"]


def test_a_token_is_at_most_a_name_and_a_stretch_of_music_has_a_length() -> None:
    door = Door()
    door.take(Message("/livecode/ping", ("x" * 200,)))
    assert door.replies[-1][1:] == ("/livecode/reply/pong", ("x" * 200,))
    door.take(Message("/livecode/ping", ("x" * 201,)))
    assert "a token has at most 200 characters" in door.errors[-1][3]
    session, generation = door.open()
    for begin, end, cycle in ((4, 4, 4), (4, 3, 4), (0, 4, 0)):
        door.take(Message("/livecode/span", (session, "d1", generation, 0, begin, end, 0, 0, cycle)))
        assert f"goes from beat {begin} to {end}, with a cycle of {cycle}" in door.errors[-1][3]


def test_the_log_of_what_is_refused_has_no_secret(tmp_path: Path) -> None:
    door = Door(log=tmp_path / "set.jsonl")
    session, generation = door.open()
    door.take(Message("/livecode/command", (session, "wrong")))
    door.take(Message("/livecode/open", (session, "d1", "wrong")))
    door.take(Message("/livecode/span", (session, "d1", generation, "wrong")))
    assert len(door.errors) == 3
    door.simulation.close()
    text = (tmp_path / "set.jsonl").read_text(encoding="utf-8")
    assert text.count("wrong") >= 3
    assert str(session) not in text
