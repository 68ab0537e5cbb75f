// What substitutes cost through the gateway, beside servers that the daemon is given directly.
import type { Turn } from '../bench/measure.ts';
import { type Outcome, runIn } from './machine.ts';
import { median } from './median.ts';
import { runScript } from './script.ts';
import {
  blackHole,
  faulty,
  type Item,
  mirror,
  mirrorNarinfos,
  openSite,
  publish,
  type Site,
  substitute,
  TookTooLong,
} from './substitute-site.ts';

/** Measured in turns with others: what it is called, and one turn of it, in milliseconds. */
type Side = { readonly name: string; readonly measure: () => Promise<number> };

/** The first side is what the others are a ratio of. */
type Comparison = {
  readonly what: string;
  readonly turns: number;
  readonly goal: string;
  readonly sides: readonly Side[];
};

const alone = faulty('none');
const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, n) => n);

/** The worst order for who asks one after the other. */
const partlyDead = [
  ...[faulty('stall'), blackHole('1'), blackHole('2')],
  ...numbers(13).map((number) => faulty(`none-${number}`)),
].join(' ');

/** Zeros in front make another server that takes as long. */
const onlyTheLast = [
  ...numbers(15).map((number) => faulty(`empty-${'0'.repeat(number)}50`)),
  faulty('slow-50'),
].join(' ');

const mirrors = [1, 5, 50].map((rate) => faulty(`rate-${rate}`)).join(' ');

/** Prints the tables. */
export async function benchSubstitutes(): Promise<void> {
  await using site = await openSite();
  const [small, large, huge] = [
    await publish(site, 64),
    await publish(site, 50_000),
    await publish(site, 300_000),
  ];
  const comparisons = [
    ...compareServers(site, small),
    compareModes(site, large, { what: '50 MB at 1, 5 and 50 MB/s', urls: mirrors, turns: 2 }),
    compareModes(site, huge, { what: '300 MB from one server', urls: alone, turns: 9 }),
    await compareNarinfos(site),
  ];
  console.log('| substitutes | beside | median | ratio | goal |\n| --- | --- | --: | --: | --: |');
  for (const comparison of comparisons) await compare(comparison);
  console.log();
  await showNothing(site);
  await showDead(site, small);
}

async function compare({ what, turns, goal, sides }: Comparison): Promise<void> {
  const times = sides.map((): number[] => []);
  // The first turn warms the caches, unless there are few.
  for (let turn = turns > 2 ? -1 : 0; turn < turns; turn++) {
    for (const [index, { measure }] of sides.entries()) {
      const milliseconds = await measure();
      if (turn >= 0) times[index]?.push(milliseconds);
    }
  }
  const medians = times.map(median);
  for (const [index, { name }] of sides.entries()) {
    const time = medians[index] ?? Number.NaN;
    const ratio = (time / (medians[0] ?? Number.NaN)).toFixed(2);
    const wanted = index === 0 ? '' : goal;
    console.log(`| ${what} | ${name} | ${time.toFixed(1)} ms | ${ratio} | ${wanted} |`);
  }
}

function side(site: Site, item: Item, [name, mode, urls]: readonly [string, string, string]): Side {
  const options = [`--substitutes=${mode}`, `--substitute-urls=${urls}`];
  return { name, measure: async () => substitute(site, item, { options }) };
}

function compareServers(site: Site, small: Item): readonly Comparison[] {
  const one = side(site, small, ['one healthy server, direct', 'direct', alone]);
  const dead: Comparison = {
    what: '16 servers, one stalls, two are black holes',
    turns: 15,
    goal: '≤ 1.30',
    sides: [one, side(site, small, ['gateway', 'gateway', partlyDead])],
  };
  const far = { what: '16 servers at 50 ms, the last has it', urls: onlyTheLast, turns: 9 };
  return [dead, compareModes(site, small, far), compareWaiting(site, small)];
}

function compareModes(
  site: Site,
  item: Item,
  { what, urls, turns }: { readonly what: string; readonly urls: string; readonly turns: number },
): Comparison {
  return {
    what,
    turns,
    goal: urls === alone ? '≤ 1.25' : '≤ 0.20',
    sides: [
      side(site, item, ['direct', 'direct', urls]),
      side(site, item, ['gateway', 'gateway', urls]),
    ],
  };
}

/** What a run takes longer for it than with a single server that answers at once. */
function compareWaiting(site: Site, item: Item): Comparison {
  const base = side(site, item, ['', 'direct', alone]);
  const beyond = (mode: string): Side => {
    const { measure } = side(site, item, [mode, mode, onlyTheLast]);
    return { name: mode, measure: async () => (await measure()) - (await base.measure()) };
  };
  const sides = [beyond('direct'), beyond('gateway')];
  return {
    what: '… beyond a run with one server that answers at once',
    turns: 9,
    goal: '≤ 0.20',
    sides,
  };
}

/** A run that asks for nothing: so little that only the differences of many pairs tell it from noise. */
async function showNothing({ world }: Site): Promise<void> {
  const commands = ['off', 'gateway'].map((mode) => [
    ...['/entry-point.sh', `--substitutes=${mode}`, 'true'],
  ]);
  const measure = ['node', '/bench/measure.ts', '200', JSON.stringify(commands)];
  const { stdout } = check(await runIn(world, measure));
  const found: readonly (readonly Turn[])[] = JSON.parse(stdout);
  const [off = [], gateway = []] = found.map((times) => times.map(({ whole }) => whole));
  const more = median(gateway.map((time, turn) => time - (off[turn] ?? Number.NaN)));
  const [least, most] = [off, gateway].map((times) => `${median(times).toFixed(1)} ms`);
  console.log('| whole run of `true` | off | gateway | median of differences | goal |');
  console.log('| --- | --: | --: | --: | --: |');
  console.log(`| 200 pairs | ${least} | ${most} | ${more.toFixed(1)} ms | < 2 ms |\n`);
}

async function compareNarinfos(site: Site): Promise<Comparison> {
  const list = await mirrorNarinfos(site, 1001);
  const ask = async (words: readonly string[], url: string): Promise<number> => {
    const command = [...words, 'node', '/bench/ask-narinfos.ts', url, list];
    return Number(check(await runIn(site.world, command)).stdout);
  };
  const gateway = ['/entry-point.sh', '--substitutes=gateway', `--substitute-urls=${mirror}`];
  const sides = [
    { name: 'direct', measure: async () => ask([], mirror) },
    { name: 'gateway', measure: async () => ask(gateway, 'gateway') },
  ];
  return { what: '1,000 narinfos on one connection', turns: 7, goal: '', sides };
}

/** What nobody wants to wait for more than once. */
async function showDead(site: Site, item: Item): Promise<void> {
  console.log('| directly, once | whole run |\n| --- | --: |');
  const hole = side(site, item, ['', 'direct', `${blackHole('1')} ${alone}`]);
  console.log(`| a black hole before a healthy server | ${(await hole.measure()).toFixed(0)} ms |`);
  const options = ['--substitutes=direct', `--substitute-urls=${partlyDead}`];
  const hangs = await substitute(site, item, { options, seconds: 60 }).then(
    (milliseconds) => `${milliseconds.toFixed(0)} ms`,
    (error: unknown) => {
      if (error instanceof TookTooLong) return error.message;
      throw error;
    },
  );
  console.log(`| those 16 servers | ${hangs} |\n`);
}

function check(outcome: Outcome): Outcome {
  if (outcome.status !== 0) throw new Error(outcome.stderr);
  return outcome;
}

if (import.meta.main) await runScript(benchSubstitutes);
