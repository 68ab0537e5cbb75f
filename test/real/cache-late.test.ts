import { home, mountStage, ours, runStaged, sh, staged } from '../support/cache.ts';
import { expect, list, test } from '../support/real.ts';

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
