// Substitutes for the daemon of an ordinary user.
import { expect, fetchItem, readUse, test } from '../support/substitutes.ts';
import { runIn } from '../support/real.ts';

test('they come through the gateway, and nothing of it is left', async ({ publisher, item }) => {
  const { world, real } = publisher;
  const giveAway = [
    'useradd --system --user-group --home-dir /home/guix --create-home guix',
    'chown --recursive guix:guix /gnu /var/guix /var/log/guix',
  ];
  const given = await runIn(world, ['sh', '-ec', giveAway.join('\n')]);
  expect(given).toMatchObject({ status: 0 });
  const words = ['--chroot=on', '--daemon-user=guix', `--substitute-urls=${real}`];
  const outcome = await fetchItem(publisher, item, words);
  expect(outcome).toMatchObject({ came: 'substituted', status: 0, stdout: `${item.path}\n` });
  expect(readUse(outcome)).toMatch(new RegExp(`^1 item, \\d+ KiB from ${real}$`));
  const { stdout } = await runIn(world, ['find', '/home/guix', '-path', '*substitute*']);
  expect(stdout).toBe('');
});
