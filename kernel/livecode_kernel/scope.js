// The live view: beat and meters, what is about to play, the blend as a shape to drag, the level's history.
// The kernel sends a snapshot ten times a second; what moves between snapshots is worked out here.

const WIDTH = 720, ROLL = 150, BLEND = 230, HISTORY = 60, BEHIND = 4, AHEAD = 12; // pixels; beats
const COLOURS = { note: "#2a9d82", hit: "#c47f10", prompt: "#8668d4", now: "#d9483b", level: "#2a9d82", peak: "#d9483b" };

function element(kind, style, parent, className) {
  const made = document.createElement(kind);
  made.style.cssText = style;
  if (className) made.className = className;
  parent.append(made);
  return made;
}

function canvas(width, height, parent, className) {
  const made = element("canvas", `width:${width}px;height:${height}px;display:block;max-width:100%`, parent, className);
  const scale = window.devicePixelRatio || 1;
  made.width = width * scale;
  made.height = height * scale;
  const pen = made.getContext("2d");
  pen.scale(scale, scale);
  return [made, pen];
}

// Corners of the blend's shape: a line for two slots, else a regular polygon.
function corners(count, width, height) {
  if (count === 1) return [[width / 2, height / 2]];
  if (count === 2) return [[60, height / 2], [width - 60, height / 2]];
  const radius = height / 2 - 34;
  return Array.from({ length: count }, (_, index) => {
    const turn = (2 * Math.PI * index) / count - Math.PI / 2;
    return [width / 2 + 1.25 * radius * Math.cos(turn), height / 2 + radius * Math.sin(turn)];
  });
}

// Mean value coordinates (Floater 2003): shares whose weighted mean of the corners is the point itself.
export function shares(points, x, y) {
  const count = points.length;
  if (count === 1) return [1];
  if (count === 2) {
    const [[x0], [x1]] = points;
    const part = Math.min(1, Math.max(0, (x - x0) / (x1 - x0)));
    return [1 - part, part];
  }
  const arms = points.map(([px, py]) => [px - x, py - y]);
  const lengths = arms.map(([ax, ay]) => Math.hypot(ax, ay));
  const near = lengths.findIndex((length) => length < 4);
  if (near >= 0) return points.map((_, index) => (index === near ? 1 : 0));
  const tangents = arms.map(([ax, ay], index) => {
    const [bx, by] = arms[(index + 1) % count];
    const cross = ax * by - ay * bx;
    const dot = ax * bx + ay * by;
    return cross / (lengths[index] * lengths[(index + 1) % count] + dot); // tan of half the angle between
  });
  const weights = arms.map((_, index) => Math.max(0, (tangents[(index + count - 1) % count] + tangents[index]) / lengths[index]));
  const sum = weights.reduce((total, weight) => total + weight, 0) || 1;
  return weights.map((weight) => weight / sum);
}

function inside(points, x, y) {
  if (points.length < 3) return [Math.min(points.at(-1)[0], Math.max(points[0][0], x)), points[0][1]];
  const middle = [0, 1].map((axis) => points.reduce((sum, point) => sum + point[axis], 0) / points.length);
  let reach = 1; // how far the ray from the middle to the pointer may go
  points.forEach(([ax, ay], index) => {
    const [bx, by] = points[(index + 1) % points.length];
    const [ex, ey] = [bx - ax, by - ay];
    const outward = ey * (middle[0] - ax) - ex * (middle[1] - ay) > 0 ? -1 : 1;
    const here = outward * (ey * (x - ax) - ex * (y - ay));
    const centre = outward * (ey * (middle[0] - ax) - ex * (middle[1] - ay));
    if (here > 0) reach = Math.min(reach, -centre / (here - centre));
  });
  return middle.map((start, axis) => start + (([x, y][axis] - start) * reach * 0.999));
}

function fitted(pen, text, width) {
  if (pen.measureText(text).width <= width) return text;
  let end = text.length;
  while (end > 1 && pen.measureText(text.slice(0, end) + "…").width > width) end -= 1;
  return text.slice(0, end) + "…";
}

// Every view of this page. Each model has a copy of this module, so the list is the page's.
const views = (globalThis.livecodeScopes ??= new Set());

// The model of a kernel that was restarted takes up the views that its forerunner has left.
function initialize({ model }) {
  for (const view of views) if (view.kernel() === model.get("kernel") && view.life() !== model.get("life")) view.take(model);
}

function render({ model, el }) {
  el.style.cssText += ";font:12px system-ui,sans-serif;color:inherit;background:transparent";
  const box = element("div", `width:${WIDTH}px;max-width:100%;color:inherit`, el, "livecode-scope");
  const head = element("div", "display:flex;gap:1.2em;align-items:center;height:24px;font-variant-numeric:tabular-nums", box, "livecode-head");
  const [, roll] = canvas(WIDTH, ROLL, box, "livecode-roll");
  const row = element("div", "display:flex;gap:12px;margin-top:6px", box);
  const [blendCanvas, blend] = canvas(WIDTH - 252, BLEND, row, "livecode-blend");
  const side = element("div", "width:240px", row);
  const [, meters] = canvas(240, BLEND - HISTORY - 8, side, "livecode-meters");
  const [, history] = canvas(240, HISTORY, side, "livecode-history");
  blendCanvas.style.cursor = "grab";
  blendCanvas.style.touchAction = "none";

  // A picture for the saved file stands in an output of its own; while this view lives it is not needed.
  // The view is put into the page only after this function, so its place is looked up each time.
  const OUTPUT = ".jp-OutputArea, .output_area, .cell-output-ipywidget-background";
  const stills = () => el.closest(OUTPUT)?.querySelectorAll(".livecode-still") ?? [];
  const hide = () => stills().forEach((picture) => (picture.style.display = "none"));
  hide();
  setTimeout(hide, 500);

  let arrived = performance.now(), drag = null, lastSent = 0, waiting = null, alive = true;
  const levels = [];
  const now = () => model.get("now") || {};
  const colour = () => getComputedStyle(box).color;
  const beatNow = () => {
    const { beat = 0, tempo = 0, running = false } = now();
    const gone = Math.min(0.5, (performance.now() - arrived) / 1000); // when snapshots stop, so does the line
    return running ? beat + (gone * tempo) / 60 : beat;
  };

  function arrive() {
    arrived = performance.now();
    hide(); // the picture is made anew now and then
    const state = now();
    levels.push([state.peak ?? -90, state.rms ?? -90]);
    if (levels.length > 240) levels.shift();
    const words = state.answering
      ? [`beat ${(state.beat ?? 0).toFixed(1)}`, `${state.tempo ?? 0} bpm`, state.running ? "" : "stopped",
         `lead ${state.lead ?? ""}`, `dropouts ${state.dropouts ?? 0}`, state.engine ?? ""]
      : ["the generator does not answer"];
    head.replaceChildren(...words.filter(Boolean).map((word) => Object.assign(document.createElement("span"), { textContent: word })));
    drawMeters(state);
    drawHistory();
    if (!drag) drawBlend();
  }

  function drawRoll() {
    const ink = colour(), beat = beatNow();
    const x = (time) => ((time - beat + BEHIND) / (BEHIND + AHEAD)) * WIDTH;
    roll.clearRect(0, 0, WIDTH, ROLL);
    roll.lineWidth = 1;
    roll.strokeStyle = ink;
    for (let line = Math.ceil(beat - BEHIND); line <= beat + AHEAD; line += 1) {
      roll.globalAlpha = line % 4 === 0 ? 0.35 : 0.12;
      roll.beginPath(); roll.moveTo(x(line), 0); roll.lineTo(x(line), ROLL); roll.stroke();
    }
    const events = model.get("roll") || [];
    const pitches = events.filter((event) => event[2] === "note").map((event) => event[3]);
    const low = Math.min(...pitches, 60), high = Math.max(...pitches, 72);
    const names = [...new Set(events.filter((event) => event[2] === "hit").map((event) => event[3]))];
    const prompts = [...new Set(events.filter((event) => event[2] === "prompt").map((event) => event[5]))];
    const top = prompts.length * 16, bottom = ROLL - names.length * 10;
    for (const [begin, end, kind, what, strength, player] of events) {
      const left = x(begin), width = Math.max(2, x(end) - left - 1);
      if (left > WIDTH || left + width < 0) continue;
      roll.fillStyle = COLOURS[kind];
      roll.globalAlpha = begin <= beat && beat < end ? 1 : 0.25 + 0.45 * strength;
      if (kind === "note") {
        const step = (bottom - top - 4) / (high - low + 1);
        roll.fillRect(left, top + 2 + (high - what) * step, width, Math.max(2, step - 1));
      } else if (kind === "hit") {
        roll.fillRect(left, bottom + names.indexOf(what) * 10 + 1, Math.min(width, 7), 8);
      } else {
        const y = prompts.indexOf(player) * 16;
        roll.globalAlpha *= 0.5;
        roll.fillRect(left, y, width, 14);
        roll.globalAlpha = 0.9;
        roll.fillStyle = ink;
        roll.font = "11px system-ui,sans-serif";
        const start = Math.max(left, 0) + 4;
        roll.fillText(fitted(roll, what, left + width - start - 2), start, y + 11);
      }
    }
    roll.globalAlpha = 1;
    roll.strokeStyle = COLOURS.now;
    roll.beginPath(); roll.moveTo(x(beat), 0); roll.lineTo(x(beat), ROLL); roll.stroke();
  }

  function drawBlend() {
    const slots = now().slots || [], ink = colour(), width = WIDTH - 252;
    blend.clearRect(0, 0, width, BLEND);
    blend.font = "12px system-ui,sans-serif";
    blend.fillStyle = blend.strokeStyle = ink;
    if (!slots.length) {
      blend.globalAlpha = 0.7;
      blend.fillText("no prompts yet: d1 >> prompt(\"warm analog pads\")", 12, BLEND / 2);
      blend.globalAlpha = 1;
      return;
    }
    const points = corners(slots.length, width, BLEND);
    blend.globalAlpha = 0.4;
    blend.beginPath();
    points.forEach(([x, y], index) => (index ? blend.lineTo(x, y) : blend.moveTo(x, y)));
    blend.closePath();
    blend.stroke();
    const parts = drag ? drag.shares : slots.map((slot) => slot.share);
    const total = parts.reduce((sum, part) => sum + part, 0) || 1;
    const spot = [0, 1].map((axis) => parts.reduce((sum, part, index) => sum + (part / total) * points[index][axis], 0));
    points.forEach(([x, y], index) => {
      blend.globalAlpha = 0.25 + 0.75 * parts[index];
      blend.fillStyle = COLOURS.prompt;
      blend.beginPath(); blend.arc(x, y, 5 + 14 * Math.sqrt(parts[index]), 0, 7); blend.fill();
      blend.globalAlpha = 1;
      blend.fillStyle = ink;
      blend.textAlign = "center";
      const caption = `${slots[index].name}: ${slots[index].text}`;
      const below = y >= BLEND / 2 ? 30 : -24;
      const words = fitted(blend, caption, width / Math.max(2, Math.min(3, slots.length)) - 8);
      const half = blend.measureText(words).width / 2 + 2;
      blend.fillText(words, Math.min(width - half, Math.max(half, x)), y + below);
      blend.fillText(`${Math.round((100 * parts[index]) / total)} %`, x, y + 4);
      blend.textAlign = "start";
    });
    blend.strokeStyle = COLOURS.now;
    blend.lineWidth = 3;
    blend.beginPath(); blend.arc(spot[0], spot[1], 8, 0, 7); blend.stroke();
    blend.lineWidth = 1;
  }

  function drawMeters(state) {
    const ink = colour(), height = BLEND - HISTORY - 8;
    meters.clearRect(0, 0, 240, height);
    meters.font = "11px system-ui,sans-serif";
    meters.fillStyle = ink;
    const part = (db) => Math.max(0, Math.min(1, 1 + db / 60));
    [["peak", state.peak], ["rms", state.rms]].forEach(([name, db], index) => {
      const y = 14 + index * 34;
      meters.globalAlpha = 0.8; meters.fillStyle = ink;
      meters.fillText(`${name} ${db === undefined ? "" : db.toFixed(1)} dB`, 0, y);
      meters.globalAlpha = 0.15; meters.fillRect(0, y + 5, 236, 10);
      meters.globalAlpha = 1; meters.fillStyle = db > -1 ? COLOURS.peak : COLOURS.level;
      meters.fillRect(0, y + 5, 236 * part(db ?? -90), 10);
    });
    meters.fillStyle = ink; meters.globalAlpha = 0.8;
    (state.players || []).slice(0, 5).forEach((text, index) => meters.fillText(fitted(meters, text, 236), 0, 88 + index * 15));
    meters.globalAlpha = 1;
  }

  function drawHistory() {
    const part = (db) => Math.max(0, Math.min(1, 1 + db / 60));
    history.clearRect(0, 0, 240, HISTORY);
    history.fillStyle = COLOURS.level;
    levels.forEach(([peak, rms], index) => {
      history.globalAlpha = 0.35; history.fillRect(index, HISTORY * (1 - part(peak)), 1, HISTORY * part(peak));
      history.globalAlpha = 1; history.fillRect(index, HISTORY * (1 - part(rms)), 1, HISTORY * part(rms));
    });
  }

  function send(slots, parts) {
    waiting = Object.fromEntries(slots.map((slot, index) => [slot.name, parts[index]]));
    const time = performance.now();
    if (time - lastSent < 40) return; // a frame of the model; `flush` sends the last position
    flush();
  }
  function flush() {
    if (!waiting) return;
    lastSent = performance.now();
    model.send({ kind: "weights", weights: waiting });
    waiting = null;
  }

  function move(event) {
    const slots = now().slots || [];
    if (!drag || !slots.length) return;
    const frame = blendCanvas.getBoundingClientRect(), width = WIDTH - 252;
    const scale = width / frame.width;
    const points = corners(slots.length, width, BLEND);
    const [x, y] = inside(points, (event.clientX - frame.left) * scale, (event.clientY - frame.top) * scale);
    drag.shares = shares(points, x, y);
    drawBlend();
    send(slots, drag.shares);
  }
  blendCanvas.addEventListener("pointerdown", (event) => {
    if ((now().slots || []).length < 2) return;
    drag = { shares: [] };
    blendCanvas.setPointerCapture(event.pointerId);
    move(event);
  });
  blendCanvas.addEventListener("pointermove", move);
  const release = () => { flush(); setTimeout(() => (drag = null), 300); };
  blendCanvas.addEventListener("pointerup", release);
  blendCanvas.addEventListener("pointercancel", release);

  // The mouse over the page and its keys, for patterns that read them (mousex, key_down) and only while they play.
  const reads = (name) => (now().reads || []).includes(name);
  let pointed = 0;
  const point = ({ clientX, clientY }) => {
    if (!(reads("mousex") || reads("mousey")) || performance.now() - pointed < 40) return;
    pointed = performance.now();
    model.send({ kind: "mouse", mousex: clientX / window.innerWidth, mousey: clientY / window.innerHeight });
  };
  const press = ({ key, type, repeat }) => {
    if (reads("key:") && !repeat) model.send({ kind: "key", key, down: type === "keydown" });
  };
  const heard = { pointermove: point, keydown: press, keyup: press };
  for (const [kind, take] of Object.entries(heard)) window.addEventListener(kind, take, true);

  model.on("change:now", arrive);
  arrive();
  const view = {
    kernel: () => model.get("kernel"),
    life: () => model.get("life"),
    take(other) {
      model.off("change:now", arrive);
      model = other;
      model.on("change:now", arrive);
      el.closest(".jupyter-widgets-disconnected")?.classList.remove("jupyter-widgets-disconnected");
      arrive();
    },
  };
  views.add(view);
  function animate() {
    if (!alive) return;
    if (document.visibilityState === "visible" && box.isConnected) drawRoll();
    requestAnimationFrame(animate);
  }
  animate();
  return () => {
    for (const [kind, take] of Object.entries(heard)) window.removeEventListener(kind, take, true);
    alive = false; views.delete(view); model.off("change:now", arrive); stills().forEach((picture) => (picture.style.display = ""));
  };
}

export default { initialize, render };
