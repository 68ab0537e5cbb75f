import { readFileSync } from 'node:fs';
import { path } from 'zx';
import { compareImages } from '../../scripts/compare-images.ts';
import { type LayerFile, readArchive, readLayer } from '../../scripts/image-archive.ts';
import { fixtureMounts, tryBuildImage } from '../../scripts/build-engine.ts';
import { epoch, expect, test } from '../support/built-image.ts';
import { expectNoTraces, hello, helloPath, runLine } from '../support/containers.ts';

const repository = path.join(import.meta.dirname, '../..');

test('two builds from nothing are the same in every byte', async ({ built }) => {
  expect(await compareImages(built.one, built.other)).toEqual([]);
});

test('and so are two of the variant of an ordinary user', async ({ built }) => {
  expect(await compareImages(...built.rootless)).toEqual([]);
});

test('a comparison tells what differs', async ({ built }) => {
  const differences = await compareImages(built.guix, built.one);
  expect(differences).toContain('configuration: config');
  expect(differences[0]).toMatch(/^\d and \d layers$/);
});

test('its configuration', async ({ built }) => {
  const { config } = await readArchive(built.one);
  expect(config).toMatchObject({ created: '2023-11-14T22:13:20Z', os: 'linux' });
  expect(config.config).toEqual({
    Entrypoint: ['/entry-point.sh'],
    Env: [
      expect.stringMatching(/^PATH=/),
      'LANG=C.UTF-8',
      'SSL_CERT_DIR=/etc/ssl/certs',
      'SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt',
      'GIT_SSL_CAINFO=/etc/ssl/certs/ca-certificates.crt',
      'CURL_CA_BUNDLE=/etc/ssl/certs/ca-certificates.crt',
    ],
    Labels: {
      'org.opencontainers.image.title': 'guix-entry-point',
      'org.opencontainers.image.description': expect.stringContaining('GNU Guix'),
      'org.opencontainers.image.licenses': 'Apache-2.0',
      'org.opencontainers.image.version': 'v20261127',
      'org.opencontainers.image.revision': '198f765',
    },
    // The base has one, `bash`: an entry point of ours takes it away.
    Cmd: undefined,
  });
  expect(JSON.stringify(config.history)).not.toContain('127.0.0.1');
});

test('it adds less than 135 MB to its Guix', async ({ built }) => {
  const [image, guix] = await Promise.all([measure(built.one), measure(built.guix)]);
  expect(image - guix).toBeGreaterThan(0);
  expect(image - guix).toBeLessThan(135e6);
});

async function measure(archive: string): Promise<number> {
  const { layers } = await readArchive(archive);
  return layers.reduce((sum, { size }) => sum + size, 0);
}

/** The files of all layers but the base's, later ones in the place of older ones. */
async function readFiles(archive: string): Promise<Map<string, LayerFile>> {
  const { layers } = await readArchive(archive);
  const files = new Map<string, LayerFile>();
  for (const layer of layers.slice(1)) {
    for (const [name, file] of await readLayer(archive, layer)) files.set(name, file);
  }
  return files;
}

test('its files, and nothing left over', async ({ built }) => {
  const files = await readFiles(built.one);
  const describe = (name: string): unknown => {
    const { mode, uid, gid, linkname } = files.get(name) ?? {};
    return [mode?.toString(8), uid, gid, linkname];
  };
  expect({
    link: describe('entry-point.sh'),
    program: describe('usr/local/bin/guix-entry-point'),
    channels: describe('root/.config/guix/channels.scm'),
    acl: describe('etc/guix/acl'),
    store: describe('gnu/store'),
  }).toEqual({
    link: ['777', 0, 0, '/usr/local/bin/guix-entry-point'],
    program: ['755', 0, 0, null],
    channels: ['644', 0, 0, null],
    acl: ['644', 0, 0, null],
    store: ['1775', 0, 999, null],
  });
  // Whiteouts are what a layer takes away.
  const regular = [...files].filter(([name, { type }]) => type === 'file' && !/\.wh\./.test(name));
  const leftOver = regular.filter(([name]) =>
    /^(tmp|run|mnt|var\/(tmp|log|guix|lib\/apt\/lists)|root\/\.cache)\/|-wal$|\.log$|^etc\/[^/]*-$|-old$|^var\/cache\/(?!debconf\/)|__pycache__/.test(
      name,
    ),
  );
  expect(leftOver.map(([name]) => name)).toEqual([]);
  const newer = [...files].filter(([, { mtime }]) => mtime.getTime() > epoch * 1000);
  expect(newer.map(([name]) => name)).toEqual([]);
});

test('what is in them', async ({ built: { engine } }) => {
  const run = 'docker run --rm --entrypoint sh guix-entry-point -c';
  const { stdout: users } = await runLine(engine, `${run} 'grep guix /etc/group /etc/shadow'`);
  expect(users).toMatch(/^\/etc\/group:guixbuild:x:999:guixbuilder1,.*,guixbuilder10$/m);
  // Days since 1970: when the password was changed is of the epoch, too.
  const day = Math.floor(epoch / 86_400);
  expect([...users.matchAll(/^\/etc\/shadow:guixbuilder\d+:!:(\d+):/gm)].map(([, d]) => d)).toEqual(
    Array.from({ length: 10 }, () => String(day)),
  );
  const { stdout: acl } = await runLine(engine, `${run} 'cat /etc/guix/acl'`);
  const servers: readonly { key: string }[] = JSON.parse(read('substitutes/servers.json'));
  for (const { key } of servers) {
    const point = /#([0-9A-F]{64})#/.exec(read(`substitutes/${key}`))?.[1];
    expect(acl).toContain(`(q #${point}#)`);
  }
  const { stdout } = await runLine(engine, `${run} 'cat ~/.config/guix/channels.scm'`);
  expect(stdout).toBe(read('channels/channels.scm'));
  expect(stdout).toMatch(/^ +\(commit "[0-9a-f]{40}"\)$/m);
});

function read(file: string): string {
  return readFileSync(path.join(repository, file), 'utf8');
}

test('it runs', async ({ built: { engine } }) => {
  const run = `docker run --privileged ${fixtureMounts.join(' ')}`;
  const version = await runLine(engine, `${run} --rm guix-entry-point guix --version`);
  expect(version.stdout).toMatch(/^guix \(GNU Guix\) 1\.5\.0\n/);
  const built = await runLine(engine, `${run} --name=built guix-entry-point ${hello}`);
  expect(built).toMatchObject({ status: 0, stdout: expect.stringMatching(helloPath) });
  await runLine(engine, 'docker commit built committed');
  await expectNoTraces(engine, 'committed');
});

test('METACALL_GUIX_ARCH of another platform is an error', async ({ built: { engine } }) => {
  const argument = '--build-arg=METACALL_GUIX_ARCH=riscv64-linux';
  const { status, stderr } = await tryBuildImage(engine, ['--target=packages', argument]);
  expect(status).not.toBe(0);
  expect(stderr).toContain('METACALL_GUIX_ARCH=riscv64-linux is not x86_64-linux');
});
