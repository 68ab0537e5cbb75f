import {
  describeTree,
  entryPoint,
  env,
  home,
  mountStage,
  ours,
  oursStaged,
  runStaged,
  sh,
  staged,
} from '../support/cache.ts';
import { expect, expectNothingSurvives, list, start, test } from '../support/real.ts';

/** One of everything that can be in a cache. */
const everything = `mkdir -p ${home}/guix/checkouts/a/.git ${home}/empty && cd ${home}
  echo hello > guix/checkouts/a/file; printf x > guix/checkouts/a/byte
  ln guix/checkouts/a/file guix/one-file; ln -s ../nowhere guix/link; ln -s "$(printf 'caf\\351')" guix/odd-link
  mkfifo guix/fifo; : > "$(printf 'caf\\351 \\303\\251')"; : > nothing
  head -c 3000000 /dev/urandom > guix/big
  chown 1:2 nothing guix/big; chown -h 3:4 guix/link; chmod 4750 guix/big; chmod 0 guix/checkouts/a/byte
  chmod 2750 empty; chmod 555 guix/checkouts/a/.git
  touch -d '2001-02-03 04:05:06.123456789' guix/big guix/checkouts/a/byte; touch -h -d '1999-01-01 00:00:00.5' guix/link
  touch -d '2002-02-02 00:00:00.987654321' empty guix/checkouts/a/.git`;

test('the home cache is there, with all that copying keeps, and comes back as it was', async ({
  world,
}) => {
  await mountStage(world);
  await sh(world, everything);
  const before = await describeTree(world, home);
  const outcome = await runStaged(
    world,
    `test "$XDG_CACHE_HOME" = ${staged}; cat ${staged}/guix/one-file`,
  );
  expect(outcome).toEqual({ status: 0, signal: null, stdout: 'hello\n', stderr: '' });
  expect(await describeTree(world, staged)).toBe(before);
  const times = `cd %; find . -path ./${oursStaged} -prune -o -mindepth 1 -type d -printf '%p %T@\\n' | sort`;
  expect(await sh(world, times.replace('%', staged))).toBe(
    await sh(world, times.replace('%', home)),
  );
  expect(await describeTree(world, home)).toBe(before);
  expect(list(world, '/root')).not.toContain(`.cache${ours}`);
  expectNothingSurvives(world);
});

/** What can be done to a cache. */
const changes = `cd ${staged}
  echo more >> guix/checkouts/a/file; rm guix/link nothing; ln -s elsewhere guix/link
  rm -r guix/checkouts/a/.git; mkdir -p new/deep; echo new > new/deep/file; ln new/deep/file new/again
  rm -r empty; echo file > empty; chmod 600 guix/big; mv guix/fifo guix/pipe
  touch -d '2011-11-11 11:11:11.111111111' new/deep`;

test('what the command changes comes home, and nothing is copied that did not change', async ({
  world,
}) => {
  await mountStage(world);
  await sh(world, everything);
  expect(await runStaged(world, changes)).toMatchObject({ status: 0, stderr: '' });
  expect(await describeTree(world, home)).toBe(await describeTree(world, staged));
  expect(await sh(world, `cat ${home}/guix/one-file; stat -c %y ${home}/new/deep`)).toBe(
    'hello\nmore\n2011-11-11 11:11:11.111111111 +0000\n',
  );
  expect(list(world, '/root')).not.toContain(`.cache${ours}`);

  const again = await runStaged(world, 'true', { words: ['-v'] });
  expect(again.stderr).toContain(`+ Cache: staged in 0 files, 0 KiB, from ${home} to ${staged}, `);
  expect(again.stderr).toContain(`+ Cache: staged out 0 files, 0 KiB, from ${staged} to ${home}, `);
});

/** Changes a file, and gives it its old time. */
function forge(file: string): string {
  return `touch -r ${file} /tmp/time; printf two | dd of=${file} conv=notrunc status=none; touch -r /tmp/time ${file}`;
}

test('a file of the same size and time is another one all the same, on both sides', async ({
  world,
}) => {
  await mountStage(world);
  await sh(world, `mkdir -p ${home}; echo one > ${home}/file; echo one > ${home}/other`);
  await runStaged(world, 'true');
  await sh(world, forge(`${home}/file`));
  const outcome = await runStaged(world, `cat ${staged}/file; ${forge(`${staged}/other`)}`);
  expect(outcome.stdout).toBe('two\n');
  expect(await sh(world, `cat ${home}/file ${home}/other`)).toBe('two\ntwo\n');
});

test('a command that fails, and one that is ended by SIGTERM', async ({ world }) => {
  await mountStage(world);
  await sh(world, `mkdir -p ${home}; echo old > ${home}/file`);
  expect(await runStaged(world, `echo failed > ${staged}/file; exit 3`)).toMatchObject({
    status: 3,
  });
  expect(await sh(world, `cat ${home}/file`)).toBe('failed\n');

  const words = [
    '--substitutes=off',
    'sh',
    '-c',
    `echo ended > ${staged}/file; echo begun >&2; exec sleep 1000`,
  ];
  const running = start(world, words, { env });
  await running.says('\nbegun\n');
  process.kill(running.pid, 'SIGTERM');
  expect(await running.ended).toEqual({ status: 143, signal: null });
  expect(await sh(world, `cat ${home}/file`)).toBe('ended\n');
});

test('no home cache, an empty one, and none that is wanted', async ({ world }) => {
  await mountStage(world);
  await sh(world, `rm -rf ${home}`);
  expect(await runStaged(world, 'true')).toMatchObject({ status: 0, stderr: '' });
  expect(list(world, '/root')).not.toContain('.cache');
  expect(
    await runStaged(world, `mkdir ${staged}/guix; echo 1 > ${staged}/guix/a; echo 2 > ${staged}/b`),
  ).toMatchObject({ status: 0, stderr: '' });
  expect(await describeTree(world, home)).toBe(await describeTree(world, staged));
  expect(await runStaged(world, `rm -r ${staged}/*`)).toMatchObject({ status: 0, stderr: '' });
  expect(list(world, home)).toEqual([]);
  for (const other of ['', home, `${home}/below`, '/root', 'relative']) {
    const options = { env: { XDG_CACHE_HOME: other } };
    expect(await runStaged(world, `mkdir -p ${home}; echo 1 > ${home}/x`, options)).toMatchObject({
      status: 0,
      stderr: '',
    });
  }
  expect(list(world, '/root')).not.toContain(ours);
});

test('who has no home: what is in the staging directory stays there', async ({ world }) => {
  await mountStage(world);
  for (const HOME of ['', '/nonexistent', '/proc/1']) {
    const outcome = await runStaged(world, `mkdir -p ${staged}; echo 1 > ${staged}/file`, {
      env: { HOME },
    });
    expect(outcome).toMatchObject({ status: 0, stderr: '' });
    expect(await sh(world, `rm -f ${staged}/*; ls -A /`)).not.toContain('.cache');
  }
});

test('a home cache that is a symbolic link', async ({ world }) => {
  await mountStage(world);
  await sh(
    world,
    `rm -rf ${home}; mkdir -p /srv/cache; echo 1 > /srv/cache/a; ln -s /srv/cache ${home}`,
  );
  expect(await runStaged(world, `echo 2 > ${staged}/b; rm ${staged}/a`)).toMatchObject({
    status: 0,
    stderr: '',
  });
  expect(await sh(world, `readlink ${home}; ls -A ${home} /srv`)).toBe(
    '/srv/cache\n/root/.cache:\nb\n\n/srv:\ncache\n',
  );
});

test('what is removed between runs is staged in again, and a run that was killed has its changes kept', async ({
  world,
}) => {
  await mountStage(world);
  await sh(world, `mkdir -p ${home}; echo 1 > ${home}/a; echo 2 > ${home}/b`);
  await runStaged(world, 'true');
  await sh(
    world,
    `rm ${staged}/a; echo changed > ${staged}/b; echo new > ${staged}/c; echo home > ${home}/d`,
  );
  expect(await runStaged(world, `cat ${staged}/*`)).toMatchObject({
    stdout: '1\nchanged\nnew\nhome\n',
  });
  expect(await sh(world, `cat ${home}/*`)).toBe('1\nchanged\nnew\nhome\n');
  // A manifest that is lost costs the deletions, nothing else.
  await runStaged(world, `rm -r ${staged}/${oursStaged} ${staged}/a; echo 3 > ${staged}/b`);
  expect(await sh(world, `cat ${home}/*`)).toBe('1\n3\nnew\nhome\n');
});

test('a nested run leaves the staging to the outer one; of runs beside each other the last one does it', async ({
  world,
}) => {
  await mountStage(world);
  await sh(world, `mkdir -p ${home}; echo old > ${home}/file`);
  const inner = `${entryPoint} --substitutes=off sh -c 'echo inner > ${staged}/file'; cat ${home}/file`;
  expect(await runStaged(world, inner)).toMatchObject({ status: 0, stdout: 'old\n' });
  expect(await sh(world, `cat ${home}/file`)).toBe('inner\n');

  const waits = [
    '--substitutes=off',
    'sh',
    '-c',
    'echo begun >&2; read -r line; echo last > "$XDG_CACHE_HOME/last"',
  ];
  const running = start(world, waits, { env });
  await running.says('\nbegun\n');
  await runStaged(world, `echo beside > ${staged}/file`);
  expect(await sh(world, `cat ${home}/file`)).toBe('inner\n');
  running.child.stdin?.end('\n');
  expect(await running.ended).toEqual({ status: 0, signal: null });
  expect(await sh(world, `cat ${home}/file ${home}/last`)).toBe('beside\nlast\n');
});

test('two staging directories of one home cache: what each of them changed is there', async ({
  world,
}) => {
  await mountStage(world);
  await sh(
    world,
    `mkdir -p ${home}/d; cd ${home}; for file in a b c d/e; do echo old > $file; done`,
  );
  const words = [
    '--substitutes=off',
    'sh',
    '-c',
    'echo begun >&2; read -r line; cd "$XDG_CACHE_HOME"; echo one > a; rm b; echo one > c; echo one > n',
  ];
  const one = start(world, words, { env: { XDG_CACHE_HOME: '/stage/one' } });
  await one.says('\nbegun\n');
  await runStaged(world, `cd ${staged}; echo other > b; echo other > c; rm -r d; echo other > m`);
  one.child.stdin?.end('\n');
  expect(await one.ended).toEqual({ status: 0, signal: null });
  // A change counts more than a removal, the later change more than the earlier one.
  expect(await sh(world, `cd ${home}; tail -n +1 *`)).toBe(
    ['a\n==> one', 'b\n==> other', 'c\n==> one', 'm\n==> other', 'n\n==> one']
      .map((text) => text.replace(/^(.)\n==> (.*)$/, '==> $1 <==\n$2\n'))
      .join('\n'),
  );
  expect(await runStaged(world, `ls ${staged}`)).toMatchObject({ stdout: 'a\nb\nc\nm\nn\n' });
});

test('a signal while it is staged in calls the run off; the next one goes on', async ({
  world,
}) => {
  await mountStage(world);
  await sh(world, `mkdir -p ${home}/d; cd ${home}/d; seq 30000 | xargs touch; echo full > ../last`);
  const running = start(world, ['--substitutes=off', 'echo', 'ran'], { env });
  await expect
    .poll(() => list(world, `${staged}/${oursStaged}`), { interval: 5 })
    .toContain('unfinished');
  process.kill(running.pid, 'SIGTERM');
  expect(await running.ended).toEqual({ status: 143, signal: null });
  expect(running.stderr()).toBe('+ SIGTERM: stopping\n');
  expect(list(world, `${staged}/d`).length).toBeLessThan(30_000);
  expect(await runStaged(world, `ls ${staged}/d | wc -l`)).toMatchObject({
    status: 0,
    stdout: '30000\n',
  });
  expectNothingSurvives(world);
});
