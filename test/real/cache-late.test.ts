import { home, mountStage, ours, runStaged, sh, staged } from '../support/cache.ts';
import { expect, list, runIn, test } from '../support/real.ts';

// What stands at home where something else, or nothing, was staged.

test('a directory that became a link: nothing is written through it', async ({ world }) => {
  await mountStage(world);
  await sh(
    world,
    `mkdir -p ${home}/d /root/other; echo a > ${home}/d/a; echo b > ${home}/d/b; echo PRECIOUS > /root/other/a`,
  );
  const outcome = await runStaged(
    world,
    `cd ${staged}; rm -r d; ln -s /root/other d; echo q > q; echo r > r`,
  );
  expect(outcome).toMatchObject({ status: 0, stderr: '' });
  expect(await sh(world, `cat /root/other/a; ls /root/other; readlink ${home}/d`)).toBe(
    'PRECIOUS\na\n/root/other\n',
  );
  expect(list(world, '/root')).not.toContain(`.cache${ours}`);
});

test('a link at home that was followed by a directory: what it pointed to stays alone', async ({
  world,
}) => {
  await mountStage(world);
  await sh(world, `mkdir -p ${home}/d /root/other; echo a > ${home}/d/a; echo o > /root/other/o`);
  const outcome = await runStaged(
    world,
    `rm -r ${home}/d; ln -s /root/other ${home}/d; cd ${staged}; echo new > d/new; echo q > q`,
  );
  expect(outcome.status).toBe(0);
  expect(await sh(world, 'cd /root/other; ls; stat -c %h o')).toBe('o\n1\n');
  expect(list(world, `${home}/d`)).not.toContain('o');
});

test('a removed directory that is kept by what came there keeps its mode', async ({ world }) => {
  await mountStage(world);
  await sh(world, `mkdir -p ${home}/d; echo a > ${home}/d/a; chmod 755 ${home}/d`);
  await runStaged(world, `rm -r ${staged}/d; echo q > ${staged}/q; echo late > ${home}/d/late`);
  expect(await sh(world, `stat -c %a ${home}/d; cat ${home}/d/*`)).toBe('755\nlate\n');
});

test.for([false, true])(
  'a directory that became a file, and in which something was written at home: home counts; a mount point: %s',
  async (isMounted, { world }) => {
    await mountStage(world);
    if (isMounted) await sh(world, `mkdir -p ${home}; mount -t tmpfs volume ${home}`);
    await sh(world, `mkdir -p ${home}/d/e ${home}/f; touch ${home}/d/e/a ${home}/f/a`);
    const outcome = await runStaged(
      world,
      `echo late > ${home}/d/e/late; cd ${staged}; rm -r d f; echo d > d; touch -d tomorrow d; echo f > f; echo q > q`,
    );
    expect(outcome).toMatchObject({
      status: 0,
      stderr: `+ Cache: not copied from ${staged}:\n+   d: at home it is a directory, in which something was written\n`,
    });
    expect(await sh(world, `cd ${home}; cat d/e/late f q`)).toBe('late\nf\nq\n');
  },
);

/** A list that a run has left which was killed. */
const leave = (journal: string): string =>
  `mkdir -p -m 700 ${rest}/copies; echo copy > ${rest}/copies/0; echo '${journal}' > ${rest}/journal`;
const rest = `/root/.cache${ours}`;
const withoutStaging = { env: { XDG_CACHE_HOME: '' } };

test('a rest that is none of ours is left alone, and told', async ({ world }) => {
  await mountStage(world);
  await sh(world, `mkdir -p ${home} /root/other; echo PRECIOUS > /root/other/a`);
  await sh(world, `ln -s /root/other ${rest}`);
  const outcome = await runStaged(world, `echo q > ${staged}/q; echo r > ${staged}/r`);
  expect(outcome.status).toBe(0);
  expect(outcome.stderr).toContain(`it is none of ours. Remove ${rest}\n`);
  expect(outcome.stderr).toContain(`: ${rest} is in the way and must be removed. `);
  expect(
    await sh(
      world,
      `cat /root/other/a; rm ${rest}; mkdir ${rest}; touch ${rest}/a; chown 7 ${rest}`,
    ),
  ).toBe('PRECIOUS\n');
  expect((await runStaged(world, 'true', withoutStaging)).stderr).toContain(`Remove ${rest}\n`);
  expect(list(world, rest)).toEqual(['a']);
});

test.for([
  'no list',
  '[{"do":"remove","path":"../outside"},{"do":"place","copy":0,"path":"a"}]',
  '[{"do":"remove","path":"/root/outside"},{"do":"place","copy":0,"path":"a"}]',
  '[{"do":"place","copy":"../../outside","path":"a"}]',
])('a list that can not be ours is none: %s', async (journal, { world }) => {
  await sh(world, `mkdir -p ${home}; touch /root/outside; ${leave(journal)}`);
  expect(await runStaged(world, 'true', withoutStaging)).toMatchObject({ status: 0, stderr: '' });
  expect(list(world, home)).toEqual([]);
  expect(list(world, '/root')).toContain('outside');
  expect(list(world, '/root')).not.toContain(`.cache${ours}`);
});

test('a step of a list that can not be done is told, and holds up no other', async ({ world }) => {
  await sh(
    world,
    `mkdir -p ${home}/d/e /root/other; touch ${home}/d/e/late /root/other/f; ln -s /root/other ${home}/l`,
  );
  await sh(
    world,
    leave(
      '[{"do":"remove","path":"l/f","isDirectory":false},{"do":"place","copy":1,"path":"l/f"},{"do":"remove","path":"gone/f","isDirectory":false},{"do":"remove","path":"d/e","isDirectory":false},{"do":"place","copy":0,"path":"a"}]',
    ),
  );
  const outcome = await runStaged(world, 'true', withoutStaging);
  expect(outcome.status).toBe(0);
  expect(outcome.stderr).toMatch(/cannot be made: l\/f: not a directory\n.*cannot be made: d\/e: /);
  expect(await sh(world, `cat ${home}/a; ls ${home}/d/e /root/other`)).toBe(
    `copy\n/root/.cache/d/e:\nlate\n\n/root/other:\nf\n`,
  );
  expect(list(world, '/root')).not.toContain(`.cache${ours}`);
});

test('an ordinary user, with directories that can not be read or written: what can be done is done', async ({
  world,
}) => {
  await mountStage(world);
  const socket = '/var/guix/daemon-socket/socket';
  world.start(['guix-daemon', '--build-users-group=guixbuild', `--listen=${socket}`], {
    stdio: 'ignore',
  });
  await expect.poll(() => list(world, '/var/guix/daemon-socket')).toEqual(['socket']);
  await sh(
    world,
    `chmod 1777 /stage; mkdir -p /home/user/.cache; cd /home/user/.cache; mkdir closed mine read-only of-root; touch mine/a read-only/a of-root/a
     chmod 555 read-only; chown -R 1234:1234 /home/user; chown 0:0 of-root of-root/a; chmod 755 of-root`,
  );
  const command = `cd ${staged}; chmod 755 of-root read-only; rm of-root/a read-only/a; echo 1 > mine/b; echo 2 > read-only/b; chmod 555 read-only; chmod 0 /home/user/.cache/closed`;
  const outcome = await runIn(world, [
    ...['setpriv', '--reuid=1234', '--regid=1234', '--clear-groups'],
    ...['env', 'HOME=/home/user', `XDG_CACHE_HOME=${staged}`],
    ...['/entry-point.sh', '--trace=off', 'sh', '-euc', command],
  ]);
  expect(outcome.status).toBe(0);
  expect(outcome.stderr).toMatch(
    new RegExp(
      `^\\+ Cache: not copied from ${staged}:\n(\\+ {3}of-root(/a)?: (permission denied|operation not permitted)\n)+$`,
    ),
  );
  expect(
    await sh(
      world,
      'cd /home/user/.cache; cat mine/b read-only/b; ls read-only of-root; stat -c %a *',
    ),
  ).toBe('1\n2\nof-root:\na\n\nread-only:\nb\n0\n755\n755\n555\n');
  expect(list(world, '/home/user')).toEqual(['.cache']);
});
