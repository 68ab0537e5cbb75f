// What the doctor finds of the machine in containers, by the options that they are started with.
import type { Engine } from '../../scripts/engine.ts';
import { expect, runLine, test } from '../support/containers.ts';

type Finding = { readonly state: string; readonly text: string; readonly command: string | null };

async function examine(
  engine: Engine,
  options: string,
  check: string,
): Promise<readonly Finding[]> {
  const line = `docker run --rm ${options} guix-entry-point doctor --json ${check}`;
  const { stdout } = await runLine(engine, line);
  const lines = stdout.split('\n').slice(0, -1);
  return lines.map((finding): Finding => JSON.parse(finding));
}

const least = '--cap-add=SYS_ADMIN --cap-add=NET_ADMIN --security-opt=seccomp=unconfined';
const userSpaces = '--security-opt=seccomp=unconfined --security-opt=systempaths=unconfined';

const table = [
  ['', 'sandbox', 'broken', 'a filter of system calls (seccomp) forbids personality'],
  ['', 'sandbox', 'odd', 'the daemon of an ordinary user'],
  ['--security-opt=seccomp=unconfined', 'sandbox', 'odd', 'root has no CAP_SYS_ADMIN here'],
  [least, 'sandbox', 'fine', 'builds can be isolated'],
  ['', 'capabilities', 'odd', 'root has no CAP_SYS_ADMIN, CAP_NET_ADMIN'],
  ['--cap-drop=ALL', 'capabilities', 'broken', 'root has no CAP_CHOWN, CAP_DAC_OVERRIDE, '],
  [least, 'capabilities', 'fine', 'root has the capabilities'],
  ['--privileged', 'capabilities', 'fine', 'root has the capabilities'],
  ['', 'seccomp', 'broken', 'forbids clone, unshare, mount, '],
  ['--cap-add=SYS_ADMIN', 'seccomp', 'broken', 'forbids '],
  [least, 'seccomp', 'fine', 'no system call is filtered'],
  ['--user=1000', 'seccomp', 'broken', 'forbids '],
  ['--user=1000', 'proc', 'odd', 'parts of /proc are hidden (/proc/'],
  [`--user=1000 ${userSpaces}`, 'proc', 'fine', 'nothing of /proc is hidden'],
  ['', 'proc', 'fine', "which this daemon doesn't mind"],
  ['--memory=512m', 'limits', 'odd', '0.5 GiB of memory'],
  ['--pids-limit=100', 'limits', 'odd', 'no more than 100 processes'],
  ['--tmpfs=/tmp', 'exec', 'broken', '/tmp is mounted noexec'],
  ['--tmpfs=/tmp:exec', 'exec', 'fine', 'can be executed'],
] as const;

test.for(table)('docker run %s: %s is %s', async ([options, check, state, text], { engine }) => {
  const findings = await examine(engine, options, check);
  const found = findings.find((finding) => finding.state === state);
  expect({ findings, found }).toMatchObject({ found: { text: expect.stringContaining(text) } });
  if (state !== 'fine') expect(found?.command).toMatch(/^docker run --/);
});
