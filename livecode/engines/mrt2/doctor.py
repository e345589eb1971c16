"""What `livecode doctor --engine mrt2...` looks at: files, versions, the step's habits and speed, prompts, threads.

It is also the checklist for the first machine of a kind: what can be measured is measured, the rest is named as
something to do by hand.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from statistics import median
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from livecode.engines.mrt2 import models
from livecode.engines.mrt2.mlx.layout import PINNED_MLX
from livecode.engines.mrt2.models import Home
from livecode.engines.mrt2.opening import Choice, Mark, encoder_of, sample_of, uses_stand_in, versions
from livecode.engines.mrt2.pace import BUDGET, COMFORT, Clock, measure
from livecode.engines.mrt2.parameters import untold
from livecode.engines.mrt2.prompts.blend import DEFAULT_CODES
from livecode.engines.mrt2.published import Standing, glance
from livecode.errors import EngineError, LivecodeError

if TYPE_CHECKING:
    from livecode.engines.mrt2.mlx.stepper import MlxStepper

Found = Iterator[tuple[Mark, str]]
Sleep = Callable[[float], object]
MANY: Final = 500  # frames that are timed on a GPU
FEW: Final = 40  # on a CPU
PACED: Final = 50  # frames with a pause after each, as in a set
BY_HAND: Final = (
    "render half a minute, `livecode render SET --engine {spec} --bars 16 -o first.wav`, and listen to it",
    "play with the sound card, `livecode play SET --engine {spec}`, and look at dropouts in `livecode status`",
)
WATCHED: Final[Mapping[Home, str]] = MappingProxyType(  # what ten minutes show, by home
    {
        "mlx": "look at engine_memory_mb in `livecode status` at its beginning and end: it should stand still",
        "cpu": "look at engine_codebooks in `livecode status` at its end: fewer than 12 were taken away to keep time",
    }
)
_THREAD_TRIAL: Final = """
import sys, threading
from livecode.engines.mrt2.mlx.stepper import import_mlx
from livecode.engines.mrt2.models import find_model
mx = import_mlx()
model = find_model(sys.argv[1])
function, stored = mx.import_function(str(model.step)), mx.load(str(model.state))
state = [stored[f"state_{i}"] for i in range(len(stored))]
mx.eval(state)
cond, one = mx.full((1, 1, 141), 6, mx.int32), mx.array([1.0], mx.float32)
said = ["works"]
def step():
    try:
        mx.eval(function([cond, one, mx.array([1], mx.int32), one, one, one, cond, cond,
                          mx.zeros((1, 0, 12), mx.int32), *state]))
    except Exception as error:
        said[0] = f"fails: {error}"
thread = threading.Thread(target=step)
thread.start()
thread.join()
print(said[0])
"""


def examine(
    choose: Callable[[], Choice], *, clock: Clock = time.perf_counter, sleep: Sleep = time.sleep, trial: bool = True
) -> Found:
    """Yield what is found of a model on this machine: a mark and a sentence each.

    Args:
        choose: gives the model and its home, or raises EngineError.
        clock: seconds.
        sleep: how a pause between frames is made.
        trial: try in another process whether a step on a second thread works.
    """
    spec, tries = "mrt2", list(BY_HAND)
    yield "ok", ", ".join(f"{package} {version}" for package, version in versions().items()) or "no package of mrt2"
    try:
        choice = choose()
        spec = choice.name if choice.folder is None else f"mrt2:{choice.folder}"
        tries = by_hand(choice)
        if choice.home == "cpu":
            yield from _cpu(choice)
        else:
            yield from _mlx(choice, clock, sleep, trial=trial)
        yield from _prompts(choice)
    except LivecodeError as error:
        yield "problem", str(error)
    for number, text in enumerate(tries, 1):
        yield "note", f"by hand, {number} of {len(tries)}: {text.format(spec=spec)}"


def by_hand(choice: Choice) -> list[str]:
    """Return what is left to do by hand on a model's home; nothing that it would refuse."""
    tries = [*BY_HAND, f"play ten minutes, `livecode play SET --engine {{spec}} --bars 312`; {WATCHED[choice.home]}"]
    if choice.home == "mlx" and encoder_of(choice.model())[0] is not None:
        tries.append("accompany(4*bar) with a microphone, and hear whether the music goes on from what you played")
    return tries


def _cpu(choice: Choice) -> Found:
    """Try the cpu home out with random weights: nothing has to be downloaded to know whether it plays live."""
    from livecode.engines.mrt2.cpu import trial
    from livecode.engines.mrt2.cpu.stepper import find_folder

    verdicts = trial.examine()
    for number, verdict in enumerate(verdicts, 1):
        last: Mark = "problem" if number == len(verdicts) else "note"
        for text in verdict.sentences:
            yield ("ok" if verdict.live else last), text
    try:
        folder = choice.folder or find_folder(random=choice.random)
        yield "ok", f"the model is here: {folder}"
    except EngineError as error:
        yield "note", str(error)


def _mlx(choice: Choice, clock: Clock, sleep: Sleep, *, trial: bool) -> Found:
    from livecode.engines.mrt2.mlx.stepper import MlxStepper

    model = choice.model()
    written = models.written_by(model.step)
    yield "ok", f"{model.step} was written by mlx {written}"
    if not model.fixture and written != PINNED_MLX:
        yield "note", f"the published files are thought to be written by mlx {PINNED_MLX}"
    for path in (model.step, model.state):
        look = glance(path)
        if look.text:
            yield "problem" if look.standing is Standing.DAMAGED else "note", look.text
    stepper = MlxStepper(model)
    yield "ok", f"it opens: {stepper.kind}"
    yield _state(choice, stepper)
    yield (
        "ok",
        (
            "it notes given codes itself (exported since 2.0.3)"
            if stepper.forces
            else "it ignores given codes (exported before 2.0.3): they are written into its state, sound lags a moment"
        ),
    )
    real = stepper.hears_negatives()
    if real == bool(stepper.cfgs):
        yield "ok", f"the two negatives {'change' if real else 'do not change'} what is drawn, as its state says"
    else:
        yield (
            "note",
            f"its state has {stepper.cfgs} guidance rows, but the negatives change {'much' if real else 'nothing'}",
        )
    yield from _times(stepper, clock, sleep)
    if trial:
        yield from _threads(choice)
    stepper.close()


def _state(choice: Choice, stepper: MlxStepper) -> tuple[Mark, str]:
    arrays = stepper.arrays
    kinds = Counter(str(array.dtype).rpartition(".")[2] for array in arrays)
    text = f"{len(arrays)} state arrays ({', '.join(f'{count} {kind}' for kind, count in sorted(kinds.items()))})"
    wanted = models.SIZES[choice.size].state_arrays if choice.size in models.SIZES else len(arrays)
    if len(arrays) != wanted:
        return "problem", f"{text}; the published {choice.size} has {wanted}"
    if not stepper.seeded:
        return "note", f"{text}; no random key or no last frame among them: seeds, codes and rewind are off"
    return "ok", text


def _times(stepper: MlxStepper, clock: Clock, sleep: Sleep) -> Found:
    many = MANY if stepper.on_gpu else FEW
    ways = (False, True) if stepper.on_gpu else (False,)
    heard, times = {}, {}
    for compiled in ways:
        stepper.use_compiled(compiled)
        heard[compiled] = sample_of(stepper)
        before = float(stepper.status().get("memory_mb", 0))
        speed = measure(stepper, clock, free=many)
        times[compiled] = speed.free
        grown = float(stepper.status().get("memory_mb", 0)) - before
        way = "compiled again" if compiled else "plain"
        yield _speed(f"{way}: a frame (median of {many}, slowest {speed.slowest:.1f})", speed.free)
        yield "ok", f"{way}: the depth decoder takes {speed.depth:.1f} ms of it, memory grew by {grown:.1f} MB"
    if len(ways) == 2:
        same = heard[True] == heard[False]
        yield ("ok" if same else "note"), f"compiled and plain give {'the same numbers' if same else 'other numbers'}"
        stepper.use_compiled(same and times[True] <= times[False])
        for warm in (False, True):
            paced = _paced(stepper, clock, sleep, warm=warm)
            yield _speed(f"in time, {'kept warm' if warm else 'idle'} between frames", paced)


def _paced(stepper: MlxStepper, clock: Clock, sleep: Sleep, *, warm: bool) -> float:
    """Return the median of steps that are made 40 ms apart, milliseconds."""
    times = []
    for _ in range(PACED):
        begin = clock()
        stepper.step(untold(), 1.1, 50, (1.6, 2.4, 4.0))
        times.append(1000 * (clock() - begin))
        while (left := BUDGET / 1000 - (clock() - begin)) > 0:
            sleep(min(left, 0.001) if warm else left)
            if warm:
                stepper.keep_warm()
    return median(times)


def _speed(what: str, milliseconds: float) -> tuple[Mark, str]:
    text = f"{what} takes {milliseconds:.1f} ms of the {BUDGET:.0f} there are"
    if milliseconds <= COMFORT:
        return "ok", text
    return "problem", f"{text}: it will drop out live; livecode render has time"


def _threads(choice: Choice) -> Found:
    command = [sys.executable, "-c", _THREAD_TRIAL, str(choice.model().step)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    except (OSError, subprocess.TimeoutExpired) as error:
        yield "note", f"whether a second thread could step it was not found out: {error}"
        return
    said = done.stdout.strip() or done.stderr.strip().rpartition("\n")[2]
    yield "ok", f"a step on a second thread {said} (livecode steps it on the thread that opened it)"


def _prompts(choice: Choice) -> Found:
    from livecode.engines.mrt2.prompts.musiccoca import Quantiser, TextEncoder

    if uses_stand_in(choice):
        yield "note", "prompts go by their letters, not by their meaning: there is no MusicCoCa beside this model"
        return
    folder = models.musiccoca()
    try:
        codes = Quantiser(folder)(TextEncoder(folder)("piano"))
    except (EngineError, ImportError) as error:
        yield "problem", str(error)
        return
    if (codes == DEFAULT_CODES).all():
        yield "ok", "MusicCoCa gives 'piano' the codes that the official player begins with"
    else:
        yield (
            "note",
            f"MusicCoCa gives 'piano' {codes.tolist()}, the official player begins with {DEFAULT_CODES.tolist()}",
        )
    if choice.home == "mlx":
        encoder = models.spectrostream() / models.ENCODER
        if encoder.is_file():
            yield "ok", f"{encoder} is there"
        else:
            fetches = models.download_command("small", "mlx")
            yield "note", f"{encoder} is missing, so sounds and silence are no past to go on from; {fetches}"
