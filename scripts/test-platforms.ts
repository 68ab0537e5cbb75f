// npm run test:platforms: builds the image of each platform, one after the other, runs what
// test/image/platforms.test.ts asks of it, and tells how long that took.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { buildConfig } from '../build.config.ts';
import { thisPlatform } from './emulation.ts';
import { runScript } from './script.ts';

type Result = { readonly platform: string; readonly passed: boolean; readonly minutes: number };

async function testPlatform(platform: string): Promise<Result> {
  const project = platform === thisPlatform ? 'image' : platform;
  const startedAt = performance.now();
  const words = ['run', `--project=${project}`, 'test/image/platforms.test.ts'];
  const [status] = await once(spawn('vitest', words, { stdio: 'inherit' }), 'exit');
  return { platform, passed: status === 0, minutes: (performance.now() - startedAt) / 60_000 };
}

await runScript(async () => {
  const results: Result[] = [];
  for (const platform of Object.keys(buildConfig.platforms)) {
    results.push(await testPlatform(platform));
  }
  for (const { platform, passed, minutes } of results) {
    console.log(
      `${platform.padEnd(14)} ${passed ? 'passed' : 'FAILED'} ${minutes.toFixed(1)} minutes`,
    );
  }
  if (results.some(({ passed }) => !passed)) process.exitCode = 1;
});
