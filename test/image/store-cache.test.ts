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

/** Runs lines of shell around what brings a cache back, where `tar` gives up in the middle of a file. */
async function restoreWithoutRoom(
  engine: Engine,
  { image, cache }: Job,
  { before, file, after }: { readonly [line in 'before' | 'file' | 'after']: string },
) {
  const script = [
    `set -e; mkdir /tmp/bin; ${before}`,
    `printf '%s\n' '#!/bin/sh' 'case $* in *${file}*) /usr/bin/tar "$@" && exit 2 ;; esac' 'exec /usr/bin/tar "$@"' >/tmp/bin/tar`,
    'chmod +x /tmp/bin/tar; guix-store-cache begin >/dev/null',
    `PATH=/tmp/bin:$PATH guix-store-cache restore /cache; ${after}`,
  ].join('\n');
  const options = `--rm --interactive --privileged --volume=${cache}:/cache`;
  const outcome = await runLine(engine, `docker run ${options} --entrypoint=bash ${image}`, script);
  expect(outcome, outcome.stderr).toMatchObject({ status: 0 });
  return outcome;
}

test.for(images)(
  '%s: a store that there is no room for leaves the image as it was',
  async (image, { engine }) => {
    const job = { image, cache: `/cache-room-${image.replace(':', '-')}` };
    await runJob(engine, job, hello);
    const outcome = await restoreWithoutRoom(engine, job, {
      before: 'ls /gnu/store >/tmp/before',
      file: 'items.tar',
      after: `ls /gnu/store | diff /tmp/before -; ls /var/tmp/guix-store-cache; /entry-point.sh ${hello}`,
    });
    expect(outcome.stderr).toContain(
      '+ Cache: that of the store cannot be unpacked, and not used\n',
    );
    expect(outcome.stdout).toMatch(/^items\nrejected\nstore\n/);
    expect(builds(outcome)).toEqual(['hello-2.12']);
  },
);

const keep = (text: string): string =>
  `mkdir -p ~/.cache/guix; echo ${text} >~/.cache/guix/${text}`;

test.for(images)(
  "%s: a home cache takes the place of the image's, which stays where there is no room",
  async (image, { engine }) => {
    const job = { image, cache: `/cache-home-${image.replace(':', '-')}` };
    await runJob(engine, job, `${keep('saved')}; ${hello}`);
    const list = { before: keep('own'), after: '(cd ~/.cache && find . -type f)' };
    const whole = await restoreWithoutRoom(engine, job, { ...list, file: 'none' });
    expect(whole.stdout).toBe('./guix/saved\n');
    const { stdout, stderr } = await restoreWithoutRoom(engine, job, { ...list, file: 'home.tar' });
    expect(stdout).toBe('./guix/own\n');
    expect(stderr).toMatch(
      /^\+ Cache: restored [1-9]\d* items .*\n\+ Cache: that of the home directory cannot be unpacked, and not used\n$/m,
    );
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
