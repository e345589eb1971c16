// The workloads of tests/benchmarks/patterns.py in Strudel: one JSON line each, CPU time.
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';

const log = console.log;
console.log = () => {}; // Strudel greets
const folder = process.argv[2];
const load = (name) => import(pathToFileURL(join(folder, 'node_modules', name, 'dist', 'index.mjs')).href);
const core = await load('@strudel/core');
const { mini } = await load('@strudel/mini');
const { stack, perlin, note } = core;

const layers = Array.from({ length: 100 }, (_, i) => mini('a b c d').fast(1 + (i % 3)).late(i / 100));
const workloads = {
  seq16: mini('a b c d e f g h i j k l m n o p'),
  polymeter: mini('{a b [c d]*2, h i {e f g}%4}%8'),
  euclid8: stack(...['a(3,8)', 'b(5,8)', 'c(7,16)', 'd(2,5)', 'e(4,9)', 'f(5,12)', 'g(9,16)', 'h(3,7)'].map((s) => mini(s))),
  every5: mini('0 1 2 3 4 5 6 7')
    .every(2, (x) => x.rev()).every(3, (x) => x.fast(2)).every(4, (x) => x.iter(4))
    .every(5, (x) => x.late(0.125)).every(6, (x) => x.rev()),
  degrade_perlin: mini('0*16').degradeBy(0.4).add(perlin),
  stack100: stack(...layers),
  controls: note(mini('c4 e4 g4 b4 c5 b4 g4 e4')).gain(mini('0.5 1')).clip(0.5).pan(mini('<0 1>')),
};

for (const [name, pattern] of Object.entries(workloads)) {
  const cycles = name === 'stack100' ? 100 : 1000;
  let best = Infinity;
  let events = 0;
  for (let turn = 0; turn < 2; turn++) {
    events = 0;
    const start = process.cpuUsage();
    for (let cycle = 0; cycle < cycles; cycle++) events += pattern.queryArc(cycle, cycle + 1).length;
    const spent = process.cpuUsage(start);
    best = Math.min(best, (spent.user + spent.system) / 1e6);
  }
  log(JSON.stringify({ workload: name, events_per_second: Math.round(events / best), events }));
}
