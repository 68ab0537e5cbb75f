import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { findFindings } from '../../src/build-logs/findings.ts';
import { readLines } from '../../src/build-logs/lines.ts';

test.for([
  ["starting phase `build'\nx", { name: 'build', failed: false }, undefined],
  [
    "starting phase `unpack'\nphase `unpack' succeeded after 0.5 seconds\nstarting phase `build'\nphase `build' failed after 1.5 seconds\n",
    { name: 'build', failed: true, seconds: 1.5 },
    2,
  ],
  ["starting phase `unpack'\nphase `unpack' succeeded after 0.5 seconds\n", undefined, 0.5],
  ['no phases at all\n', undefined, undefined],
  ["starting phase `build\x1b[2J'\n", { name: 'build', failed: false }, undefined],
  [`starting phase \`${'x'.repeat(101)}'\n`, undefined, undefined],
  [
    'Running phase: unpackPhase\n@nix { "action": "setPhase", "phase": "unpackPhase" }\n@nix {"action":"setPhase","phase":"buildPhase"}\n',
    { name: 'buildPhase', failed: false },
    undefined,
  ],
  ['@nix { "action": "setPhase", "phase": "x" } or so\n', undefined, undefined],
  ["phase `build' failed after 1.2.3 seconds\n", undefined, undefined],
] as const)('the phases of %j', async ([text, phase, phasesSeconds]) => {
  const findings = await findFindings(readLines(Readable.from([Buffer.from(text)])), 1);
  expect(findings.phase).toEqual(phase);
  expect(findings.phasesSeconds).toBe(phasesSeconds);
});
