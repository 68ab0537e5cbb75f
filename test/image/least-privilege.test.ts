// The ways without --privileged that docs/machine.md tells, as it tells them, with the images that the
// Dockerfile makes: builds are isolated, and each option is needed.
import type { Engine } from '../../scripts/engine.ts';
import type { Outcome } from '../../scripts/machine.ts';
import { expect, guixBuild, machineDocs, runLine, test } from '../support/containers.ts';

const section = /^## Least privilege\n(.*?)^## /ms.exec(machineDocs)?.[1] ?? '';
const [root = '', user = ''] = [...section.matchAll(/^```sh\n(.*)\n```$/gm)].map(
  ([, line = '']) => line,
);

/** As the page has it, with a build that tells what it sees. */
function build(engine: Engine, line: string): Promise<Outcome> {
  const built = line
    .replace('docker run ', 'docker run --rm ')
    .replace('guix build hello', guixBuild('alone.scm'));
  return runLine(engine, built);
}

const isolated = 'processes: 1\nhost: localhost\nsockets: 0\n';

test.for([
  ['root', root],
  ['an ordinary user', user],
])("%s's daemon isolates builds", async ([, line = ''], { engine }) => {
  const { status, stdout, stderr } = await build(engine, line);
  expect({ status, stdout, stderr }).toEqual({
    status: 0,
    stdout: expect.stringMatching(/^\/gnu\/store\/[0-9a-z]{32}-alone-1\.0\n$/),
    stderr: expect.stringContaining(isolated),
  });
  expect(stderr).not.toMatch(/^\+ (Builds|Hint)/m);
});

test.for([
  ['root', '--cap-add=SYS_ADMIN ', 'root has no CAP_SYS_ADMIN here', root],
  ['root', '--cap-add=NET_ADMIN ', 'root has no CAP_NET_ADMIN here', root],
  ['user', '--security-opt=systempaths=unconfined ', 'parts of /proc are hidden', user],
])('%s without %s: %s', async ([, option = '', found, line = ''], { engine }) => {
  expect(line).toContain(option);
  const { status, stderr } = await build(engine, line.replace(option, ''));
  expect({ status, stderr }).toEqual({
    status: 0,
    stderr: expect.stringContaining(`+ Builds are not isolated: ${found}`),
  });
  expect(stderr).toMatch(/^processes: 1 \d.*\nhost: [0-9a-f]{12}\nsockets: [1-9]/m);
});

test.for([
  ['root', root],
  ['user', user],
])('%s: without the filter there are no builds', async ([, line = ''], { engine }) => {
  const option = '--security-opt=seccomp=image/seccomp.json ';
  expect(line).toContain(option);
  const { status, stderr } = await build(engine, line.replace(option, ''));
  expect({ status, stderr }).toEqual({
    status: 1,
    stderr: expect.stringContaining('(seccomp) forbids personality'),
  });
});
