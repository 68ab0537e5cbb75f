// What staging the home cache costs, beside `cp -a`.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { path } from 'zx';
import { runIn } from './machine.ts';
import { median } from './median.ts';
import { requireRoot, runScript } from './script.ts';
import { openWorld, type World } from './world.ts';

const turns = 3;

/** As checkouts of Guix have them: a few packs, and very many small files. */
const shape = {
  checkouts: 4,
  directories: 50,
  below: 25,
  files: 40,
  small: 3500,
  pack: 75_000_000,
};

/** Prints the table. */
export async function benchCache(): Promise<void> {
  requireRoot();
  // On a disk, as home caches are; what machines write elsewhere is in memory.
  const disk = mkdtempSync(path.join(tmpdir(), 'guix-entry-point-bench-'));
  try {
    makeCheckouts(path.join(disk, 'home/.cache/guix/checkouts'));
    await using world = await openWorld([[disk, '/disk']]);
    await run(
      world,
      'mount -o remount,rw,bind /disk && mkdir /stage && mount -t tmpfs stage /stage',
    );
    await compare(world);
  } finally {
    rmSync(disk, { recursive: true });
  }
}

/** What is timed, and what is removed after it. */
type Side = {
  readonly name: string;
  readonly timed: string;
  readonly tidy?: string;
  /** It takes so long that a single turn must do. */
  readonly isOnce?: boolean;
  /** Whose time it is a ratio of, and what that ratio should be. */
  readonly beside?: string;
  readonly goal?: string;
};

const cache = '/disk/home/.cache';
const staged = '/stage/cache';
const entryPoint = `HOME=/disk/home XDG_CACHE_HOME=${staged} /entry-point.sh --substitutes=off`;
const [once, twice] = ['`cp -a` there', '`cp -a` there, and again in memory'];
/** In each checkout a file is written, one changed and one removed; and something elsewhere. */
const changeSome = `for each in ${staged}/guix/checkouts/*; do
  echo new > $each/new; echo more >> $each/directory-1/below-2/file-3.scm; rm -f $each/directory-4/below-5/file-6.scm
done; mkdir -p ${staged}/fontconfig; date > ${staged}/fontconfig/date`;

const sides: readonly Side[] = [
  { name: once, timed: `cp -a ${cache} ${staged}`, tidy: `rm -r ${staged}` },
  {
    name: twice,
    timed: `cp -a ${cache} ${staged}; cp -a ${staged} /stage/back`,
    tidy: `rm -r ${staged} /stage/back`,
  },
  {
    name: '`cp -a` there, and back to the disk',
    timed: `cp -a ${cache} ${staged}; cp -a ${staged} /disk/back`,
    tidy: `rm -r ${staged} /disk/back`,
    isOnce: true,
    beside: twice,
  },
  {
    name: 'first run of `true`',
    timed: `${entryPoint} true`,
    beside: once,
    goal: '≤ 1.10',
  },
  { name: 'second run of `true`', timed: `${entryPoint} true`, beside: twice, goal: '≤ 0.20' },
  {
    name: 'run that changes files in 5 places',
    timed: `${entryPoint} sh -c '${changeSome}'`,
    beside: twice,
    goal: '≤ 0.20',
    tidy: `rm -r ${staged}`,
  },
];

async function compare(world: World): Promise<void> {
  const times = new Map(sides.map(({ name }) => [name, [] as number[]]));
  // The first turn warms the page cache.
  for (let turn = -1; turn < turns; turn++) {
    for (const { name, timed, tidy, isOnce = false } of sides) {
      if (isOnce && turn < turns - 1) continue;
      const before = performance.now();
      await run(world, timed);
      if (turn >= 0) times.get(name)?.push(performance.now() - before);
      if (tidy !== undefined) await run(world, tidy);
    }
  }
  console.log('| a home cache of 200,000 files, 1 GB | median | ratio | goal |');
  console.log('| --- | --: | --: | --: |');
  for (const { name, beside = name, goal = '' } of sides) {
    const [time, base] = [name, beside].map((side) => median(times.get(side) ?? []));
    const ratio = ((time ?? Number.NaN) / (base ?? Number.NaN)).toFixed(2);
    console.log(`| ${name} | ${((time ?? Number.NaN) / 1000).toFixed(1)} s | ${ratio} | ${goal} |`);
  }
  console.log();
}

async function run(world: World, commands: string): Promise<void> {
  const { status, stderr } = await runIn(world, ['sh', '-c', commands]);
  if (status !== 0) throw new Error(stderr);
}

function makeCheckouts(directory: string): void {
  const { checkouts, directories, below, files, small, pack } = shape;
  const content = Buffer.alloc(2 * small, 'guix\n');
  for (const checkout of numbers(checkouts)) {
    const top = path.join(directory, String(checkout).repeat(40));
    for (const one of numbers(directories * below)) {
      const place = `${top}/directory-${one % directories}/below-${Math.floor(one / directories)}`;
      mkdirSync(place, { recursive: true });
      for (const file of numbers(files)) {
        const size = ((one * files + file) * 7919) % (2 * small);
        writeFileSync(`${place}/file-${file}.scm`, content.subarray(0, size));
      }
    }
    writeFileSync(`${top}/pack`, Buffer.alloc(pack, 'pack'));
  }
}

function numbers(count: number): readonly number[] {
  return Array.from({ length: count }, (_, number) => number);
}

if (import.meta.main) await runScript(benchCache);
