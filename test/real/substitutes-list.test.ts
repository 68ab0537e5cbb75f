// The list of servers: where it comes from, and what is wrong with it.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { World } from '../../scripts/world.ts';
import { expect, expectNothingSurvives, run, test } from '../support/real.ts';

const directory = '/etc/guix-entry-point';

function mount(world: World, text: string): void {
  mkdirSync(world.at(directory), { recursive: true });
  writeFileSync(world.at(`${directory}/servers.json`), text);
}

/** The URLs that a daemon is given which asks by itself. */
async function listUrls(world: World, words: readonly string[] = []): Promise<string | undefined> {
  const { stderr } = await run(world, ['-v', '--substitutes=direct', ...words, 'true']);
  return /'?--substitute-urls=([^'\n]*)/.exec(stderr)?.[1];
}

test('a mounted list takes the place of the built-in one', async ({ world }) => {
  mount(world, '[{"url": "https://a.example/x/"}, {"url": "http://b.example", "key": "b.pub"}]');
  expect(await listUrls(world)).toBe('https://a.example/x http://b.example');
  const more = ['--add-substitute-url=https://c.example', '--add-substitute-url=http://b.example/'];
  expect(await listUrls(world, more)).toBe(
    'https://c.example http://b.example https://a.example/x',
  );
  expect(await listUrls(world, ['--substitute-urls=https://d.example'])).toBe('https://d.example');
});

test.for([
  ['nonsense', 'https://a.example', "Unexpected token 'h'"],
  ['no list', '{"url": "https://a.example"}', 'it is not a list: […]'],
  ['no server', '["https://a.example"]', '"https://a.example" is not a server'],
  ['a bad URL', '[{"url": "ftp://a.example"}]', 'the "url" of {"url":"ftp://a.example"} is not'],
  ['a bad key', '[{"url": "https://a.example", "key": 1}]', 'is not the name of a file'],
  ['a bad mirror', '[{"url": "https://a.example", "mirrorOf": []}]', 'is not a URL'],
] as const)(
  'a mounted list with %s is an error before anything starts',
  async ([, text, said], { world }) => {
    mount(world, text);
    const outcome = await run(world, ['true']);
    expect(outcome.status).toBe(78);
    expect(outcome.stderr).toContain(
      `guix-entry-point: Cannot use the list of substitute servers in ${directory}/servers.json: `,
    );
    expect(outcome.stderr).toContain(said);
    expect(outcome.stderr).toMatch(/\n\+ Hint: It looks like this: .*\n$/);
    expect(readFileSync(world.at(`${directory}/servers.json`), 'utf8')).toBe(text);
    expectNothingSurvives(world);
  },
);

test('a bad URL is named', async ({ world }) => {
  const env = { SUBSTITUTE_URLS: 'https://a.example htp://b.example' };
  expect(await run(world, ['true'], { env })).toMatchObject({
    status: 64,
    stderr: expect.stringContaining("SUBSTITUTE_URLS is 'htp://b.example'."),
  });
});

test('a proxy that is none costs the gateway, and not the run', async ({ world }) => {
  const env = { http_proxy: 'http://user%@proxy.example' };
  expect(await run(world, ['true'], { env })).toMatchObject({
    status: 0,
    stderr:
      "+ Cannot open the gateway to the substitute servers: http_proxy is 'http://user%@proxy.example'. The daemon asks them itself\n+ true\n",
  });
});
