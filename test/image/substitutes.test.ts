// Substitutes from a real `guix publish`, by the options and the command that docs/image.md tells.
import { expect, expectEnded, guixBuild, runLine, test } from '../support/containers.ts';
import { startIn } from '../support/real.ts';

const build = guixBuild('substitutable.scm');
const server = 'http://127.0.0.1:8181';

test('what one container publishes is fetched by another, and by an ordinary user', async ({
  engine,
}) => {
  const publish = [
    'guix archive --generate-key && cp /etc/guix/signing-key.pub /keys/KEY.pub',
    `item=$(${build}) && sha256sum $item`,
    'exec guix publish --listen=127.0.0.1 --port=8181',
  ].join('\n');
  const options = '--privileged --network=host --volume=/job:/keys --name=publisher'.split(' ');
  const words = ['docker', 'run', ...options, 'guix-entry-point', 'sh', '-ec', publish];
  const publisher = startIn(engine, words);
  await publisher.says('publishing /gnu/store on 127.0.0.1, port 8181');
  await expect.poll(publisher.stdout).toMatch(/-substitutable-64\n$/);
  const published = publisher.stdout();

  for (const [name, image] of [
    ['root', 'guix-entry-point'],
    ['user', 'guix-entry-point:rootless'],
  ] as const) {
    const container = `docker run --privileged --network=host --volume="$PWD/KEY.pub:/KEY.pub:ro" --name=${name} ${image}`;
    const command = `guix archive --authorize </KEY.pub && ${build} | xargs sha256sum`;
    const line = `${container} --substitute-urls=${server} sh -c '${command}'`;
    const { status, stdout, stderr } = await runLine(engine, line);
    expect({ status, stdout, stderr }).toMatchObject({ status: 0, stdout: published });
    expect(stderr).toMatch(/^\+ Substitutes: 1 item, \d+ KiB from http:\/\/127\.0\.0\.1:8181$/m);
    expect(stderr).not.toContain('built here');
    await expectEnded(engine, name, 0);
  }

  await runLine(engine, 'docker stop publisher');
  expect(await publisher.ended).toEqual({ status: 143, signal: null });
  await expectEnded(engine, 'publisher', 143);
});
