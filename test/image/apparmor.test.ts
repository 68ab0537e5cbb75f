// The job in ci.yml that runs the ways without --privileged where AppArmor is: its commands work here,
// where none is, and are those of docs/machine.md.
import { readFileSync } from 'node:fs';
import { path } from 'zx';
import { expect, machineDocs, runLine, test } from '../support/containers.ts';

const file = path.join(import.meta.dirname, '../../.github/workflows/ci.yml');
const commands = [...readFileSync(file, 'utf8').matchAll(/docker run .* self-test$/gm)].flat();

test('there is one for each way', () => {
  expect(commands).toHaveLength(2);
});

test.for(commands)('%s', async (command, { engine }) => {
  const [, options = ''] = /--rm (.*) --chroot/.exec(command) ?? [];
  expect(machineDocs).toContain(`docker run ${options} guix build hello\n`);
  const { status, stdout } = await runLine(engine, command);
  expect({ status, stdout }).toEqual({
    status: 0,
    stdout: expect.stringContaining('a build with a sandbox works'),
  });
});
