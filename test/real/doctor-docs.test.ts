// What docs/doctor.md shows is what comes out.
import { readFileSync } from 'node:fs';
import { prepare } from '../support/doctor.ts';
import { entryPoint, expect, list, runIn, startIn, test } from '../support/real.ts';

const docs = new URL('../../docs/doctor.md', import.meta.url);

test('the doctor’s sample', async ({ world }) => {
  const block = /```text\n# (guix-entry-point .*)\n([^`]*)```/;
  const [, line = '', shown = ''] =
    block.exec(readFileSync(docs, 'utf8').replaceAll("`guixbuild'", "'guixbuild'")) ?? [];
  const daemon = startIn(world, ['guix-daemon', '--build-users-group=guixbuild']);
  await expect.poll(() => list(world, '/var/guix/daemon-socket')).toEqual(['socket']);
  process.kill(daemon.pid, 'SIGKILL');
  await daemon.ended;
  await prepare(
    world,
    'for n in 1 2 3 4; do userdel guixbuilder$n; done; groupdel guixbuild || true',
  );
  const by = ['setpriv', '--bounding-set=-net_admin', entryPoint];
  const { stdout } = await runIn(world, [...by, ...line.split(' ').slice(1)]);
  const isSo = stdout
    .replaceAll("`guixbuild'", "'guixbuild'")
    .replace(/guixbuilder01 .* guixbuilder10/, 'guixbuilder01 … guixbuilder10');
  expect(shown).toBe(isSo);
});
