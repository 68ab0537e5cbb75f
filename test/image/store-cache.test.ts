// image/store-cache, in jobs that are a container each, with a directory that goes from one to the next.
import { readdirSync, writeFileSync } from 'node:fs';
import type { Engine } from '../../scripts/engine.ts';
import type { Outcome } from '../../scripts/machine.ts';
import { expect, guixBuild, hello, runLine, test } from '../support/containers.ts';

const images = ['guix-entry-point', 'guix-entry-point:rootless'] as const;
const other = guixBuild('where.scm');

type Job = { readonly image: string; readonly cache: string; readonly limit?: string };

/** Runs lines of shell between what a job begins and ends with. */
async function runJob(engine: Engine, { image, cache, limit = '4G' }: Job, lines: string) {
  await runLine(engine, `mkdir -p ${cache} && chmod 777 ${cache}`);
  const script = [
    'set -e; guix-store-cache begin >/dev/null; guix-store-cache restore /cache',
    `/entry-point.sh sh -ec '${lines}'`,
    `guix-store-cache save /cache ${limit}`,
  ].join('\n');
  const options = `--rm --interactive --privileged --volume=${cache}:/cache`;
  const outcome = await runLine(engine, `docker run ${options} --entrypoint=bash ${image}`, script);
  expect(outcome, outcome.stderr).toMatchObject({ status: 0 });
  return outcome;
}

function builds({ stderr }: Outcome): readonly string[] {
  return [...stderr.matchAll(/^successfully built \/gnu\/store\/\w{32}-(.*)\.drv$/gm)].map(
    ([, name = '']) => name,
  );
}

test.for(images)(
  '%s: a cache that is broken is told, and the next is whole',
  async (image, { engine }) => {
    const job = { image, cache: `/cache-broken-${image.replace(':', '-')}` };
    const { stdout: name } = await runJob(engine, job, hello);
    const files = readdirSync(engine.at(job.cache));
    expect(files.toSorted()).toEqual(['home.tar', 'items.tar', 'records.tar', 'store', 'sums']);
    for (const file of files) {
      writeFileSync(engine.at(`${job.cache}/${file}`), 'junk');
      const broken = await runJob(engine, job, hello);
      expect(broken.stderr).toMatch(/^\+ Cache: it is broken, and not used$/m);
      expect(builds(broken)).toEqual(['hello-2.12']);
      // GitHub writes no cache again that is there.
      expect(broken.stdout.split('\n').at(-2)).not.toBe(name.split('\n').at(-2));
      const whole = await runJob(engine, job, hello);
      expect(whole.stderr).toMatch(/^\+ Cache: restored [1-9]\d* items of the store$/m);
      expect(builds(whole)).toEqual([]);
    }
  },
);

test.for(images)(
  '%s: one that has no room leaves the store as it was',
  async (image, { engine }) => {
    const job = { image, cache: `/cache-room-${image.replace(':', '-')}` };
    await runJob(engine, job, hello);
    // What stands in for tar gives up in the middle of the items.
    const lines = [
      'set -e; guix-store-cache begin >/dev/null; mkdir /tmp/bin',
      `printf '%s\\n' '#!/bin/sh' 'case $* in *items.tar*) /usr/bin/tar "$@" && exit 2 ;; esac' 'exec /usr/bin/tar "$@"' >/tmp/bin/tar`,
      'chmod +x /tmp/bin/tar; ls /gnu/store >/tmp/before; PATH=/tmp/bin:$PATH guix-store-cache restore /cache',
      'ls /gnu/store | diff /tmp/before -',
      `/entry-point.sh ${hello}`,
    ].join('\n');
    const options = `--rm --interactive --privileged --volume=${job.cache}:/cache`;
    const outcome = await runLine(
      engine,
      `docker run ${options} --entrypoint=bash ${image}`,
      lines,
    );
    expect(outcome, outcome.stderr).toMatchObject({ status: 0 });
    expect(outcome.stderr).toContain(
      '+ Cache: that of the store cannot be unpacked, and not used\n',
    );
    expect(builds(outcome)).toEqual(['hello-2.12']);
  },
);

test.for(images)(
  '%s: of more than the limit, what a root holds is left',
  async (image, { engine }) => {
    const job = { image, cache: `/cache-limit-${image.replace(':', '-')}` };
    const kept = '/var/guix/profiles/kept';
    const both = `rm -f ${kept}; ${hello} --root=${kept}; ${other}`;
    expect(builds(await runJob(engine, job, both))).toEqual(['hello-2.12', 'where-1.0']);
    const again = await runJob(engine, { ...job, limit: '1' }, both);
    expect(builds(again)).toEqual([]);
    expect(again.stderr).toMatch(/^\+ Cache: \S+ is more than 1\n\+ guix gc /m);
    expect(builds(await runJob(engine, job, both))).toEqual(['where-1.0']);
  },
);
