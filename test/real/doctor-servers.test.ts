// Substitute servers that are alive and dead, as the doctor finds them.
import { examine } from '../support/doctor.ts';
import { expect, test } from '../support/substitutes.ts';

test('servers that answer, those that do not, and who is the fastest', async ({ publisher }) => {
  const { world, real, blackHole, faulty } = publisher;
  const all = await examine(world, ['servers', `--substitute-urls=${real}`]);
  expect(all).toMatchObject({ status: 0, findings: [{ state: 'fine' }] });
  expect(all.findings[0]?.text).toMatch(
    /^1 of 1 substitute servers answer, the fastest http:\/\/127\.0\.0\.1:8181 in \d+ ms$/,
  );
  const urls = `--substitute-urls=${real} ${blackHole} ${faulty('500')}`;
  const some = await examine(world, ['servers', urls]);
  expect(some.status).toBe(0);
  expect(some.findings).toMatchObject([
    { state: 'fine', text: expect.stringMatching(/^1 of 3 substitute servers answer/) },
    { state: 'odd', text: expect.stringContaining(`${blackHole} (no answer within 2 s)`) },
  ]);
});
