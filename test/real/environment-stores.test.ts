import { copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { World } from '../../scripts/world.ts';
import {
  expect,
  expectNothingSurvives,
  findDaemon,
  guixBuild,
  run,
  runIn,
  start,
  test,
} from '../support/real.ts';

const item = '/gnu/store/s3jz1h9wqfcbb7w4r0b2xvmxslpnqkjs-poison';

function write(world: World, file: string, text: string): void {
  mkdirSync(world.at(dirname(file)), { recursive: true });
  writeFileSync(world.at(file), text);
}

/** A library of a store that no program of this machine can load, though all that need it want to. */
function poisonLibrary(world: World, name: string): Readonly<Record<string, string>> {
  write(world, `${item}/lib/${name}`, 'not for you');
  return { LD_LIBRARY_PATH: `${item}/lib:/opt/lib` };
}

/** A module that every Guile loads, as one of another version has it. */
function poisonGuile(world: World): Readonly<Record<string, string>> {
  write(world, `${item}/share/ice-9/match.scm`, '(error "a module of another Guile")');
  return { GUILE_LOAD_PATH: `${item}/share` };
}

const told = (names: string): string =>
  `+ ${names}: by this, programs of this machine load code from a store, and can fail. '--clean-environment' keeps it from them\n`;

test('a command of this machine that a library of a store breaks is told why, and works without', async ({
  world,
}) => {
  const env = poisonLibrary(world, 'libtinfo.so.6');
  const command = ['bash', '-c', 'echo "${LD_LIBRARY_PATH-none}"'];
  const broken = await run(world, command, { env });
  expect(broken).toMatchObject({ status: 127, stdout: '' });
  expect(broken.stderr.startsWith(told('LD_LIBRARY_PATH'))).toBe(true);
  expect(broken.stderr).toContain('error while loading shared libraries');
  expect(await run(world, ['--clean-environment', ...command], { env })).toEqual({
    status: 0,
    signal: null,
    stdout: '/opt/lib\n',
    stderr: `+ bash -c 'echo "\${LD_LIBRARY_PATH-none}"'\n`,
  });
  expectNothingSurvives(world);
});

test("a Guile of this machine works though another one's modules are named", async ({ world }) => {
  const env = poisonGuile(world);
  // Guix's own launcher unsets the variable; every other program in Guile heeds it.
  const command = ['guile', '--no-auto-compile', '-c', '(use-modules (ice-9 match))'];
  const broken = await run(world, command, { env });
  expect(broken.status).not.toBe(0);
  expect(broken.stderr).toContain('a module of another Guile');
  expect(await run(world, ['--clean-environment', ...command], { env })).toMatchObject({
    status: 0,
  });
});

test('a guix of this machine is kept from them', async ({ world }) => {
  const env = poisonLibrary(world, 'libgmp.so.10');
  const broken = await run(world, guixBuild('hello.scm'), { env });
  expect(broken.status).toBe(127);
  expect(broken.stderr).toContain('error while loading shared libraries');
  const clean = await run(world, ['--clean-environment', ...guixBuild('hello.scm')], { env });
  expect(clean.status).toBe(0);
  expect(clean.stdout).toMatch(/^\/gnu\/store\/\w{32}-hello-2\.12\n$/);
  expectNothingSurvives(world);
});

test('a daemon of this machine is kept from them, too', async ({ world }) => {
  const env = poisonLibrary(world, 'libsqlite3.so.0');
  const broken = await run(world, ['true'], { env });
  expect(broken.status).toBe(69);
  expect(broken.stderr).toContain(told('LD_LIBRARY_PATH'));
  const clean = await run(world, ['-v', '--clean-environment', 'true'], { env });
  expect(clean.status).toBe(0);
  const line = `+   LD_LIBRARY_PATH: ${item}/lib\n`;
  expect(clean.stderr).toContain(
    `+ Taken out of the environment of /usr/bin/guix-daemon:\n${line}`,
  );
  expect(clean.stderr).toContain(`+ Taken out of the environment of /usr/bin/true:\n${line}`);
  expectNothingSurvives(world);
});

test('what is found is told once, and is in the environment as before', async ({ world }) => {
  mkdirSync(world.at(`${item}/lib`), { recursive: true });
  symlinkSync(`${item}/lib`, world.at('/opt/modules'));
  mkdirSync(world.at(`${item}/bin`));
  writeFileSync(world.at(`${item}/bin/vi`), '', { mode: 0o555 });
  writeFileSync(world.at(`${item}/lib/x.so.1`), '', { mode: 0o555 });
  const env = {
    GIO_EXTRA_MODULES: '/opt/modules',
    NODE_OPTIONS: `--require ${item}/x.js --no-warnings`,
    // A program is executed, and a library loaded, though both can be executed.
    EDITOR: `${item}/bin/vi -n`,
    X_PLUGIN: `${item}/lib/x.so.1`,
    MESSAGE: `Update ${item} again`,
  };
  const outcome = await run(world, ['sh', '-c', 'echo "$GIO_EXTRA_MODULES $NODE_OPTIONS"'], {
    env,
  });
  expect(outcome).toMatchObject({
    status: 0,
    stdout: `${env.GIO_EXTRA_MODULES} ${env.NODE_OPTIONS}\n`,
    stderr: `${told('GIO_EXTRA_MODULES, NODE_OPTIONS, X_PLUGIN')}+ sh -c 'echo "$GIO_EXTRA_MODULES $NODE_OPTIONS"'\n`,
  });
});

test('a program in a store keeps its variables', async ({ world }) => {
  mkdirSync(world.at(`${item}/bin`), { recursive: true });
  copyFileSync(world.at('/usr/bin/bash'), world.at(`${item}/bin/bash`));
  copyFileSync(world.at('/usr/bin/guix-daemon'), world.at(`${item}/bin/guix-daemon`));
  mkdirSync(world.at('/opt/bin'), { recursive: true });
  symlinkSync(`${item}/bin/bash`, world.at('/opt/bin/bash'));
  const env = { QT_PLUGIN_PATH: `${item}/lib`, QUX: '' };
  const print = ['-c', 'echo "<${QT_PLUGIN_PATH-none}><${QUX-none}>"'];
  const clean = { ...env, GUIX_ENTRY_POINT_CLEAN_ENVIRONMENT: '1' };
  const shell = ['/opt/bin/bash', ...print];
  expect(await run(world, shell, { env: clean })).toMatchObject({ stdout: `<${item}/lib><>\n` });
  expect(await run(world, ['bash', ...print], { env: clean })).toMatchObject({
    stdout: '<none><>\n',
  });
  // Commands of the shell count by the shell, a script by its interpreter.
  const path = { ...clean, PATH: '/opt/bin:/usr/bin:/bin' };
  expect(await run(world, print, { env: path })).toMatchObject({ stdout: `<${item}/lib><>\n` });
  for (const [interpreter, value] of [
    ['/opt/bin/bash', `${item}/lib`],
    ['/bin/sh', 'none'],
  ] as const) {
    const script = `#!${interpreter}\necho "<\${QT_PLUGIN_PATH-none}><$QUX>"\n`;
    writeFileSync(world.at('/job/script'), script, { mode: 0o755 });
    expect(await run(world, ['./script'], { env: clean })).toMatchObject({
      stdout: `<${value}><>\n`,
    });
  }
  // Neither the daemon nor the command is of this machine.
  const daemon = `--daemon-program=${item}/bin/guix-daemon`;
  const quiet = await run(world, [daemon, '--trace=off', ...shell], { env });
  expect(quiet).toMatchObject({ status: 0, stderr: '' });
});

test('the prompt counts by its shell', async ({ world }) => {
  poisonLibrary(world, 'libtinfo.so.6');
  const line = "script -qec '/entry-point.sh --clean-environment' /dev/null";
  const outcome = await runIn(world, ['dash', '-c', line], {
    env: { LD_LIBRARY_PATH: `${item}/lib`, SHELL: '/bin/sh' },
    input: 'echo "<${LD_LIBRARY_PATH-none}>"\nexit\n',
  });
  expect(outcome.stdout).toContain('<none>');
});

test('what comes from the profile is only told with --verbose', async ({ world }) => {
  const profile = '/gnu/store/6yyvjivkwzbjjxsc7pxxlf0y1wzvjqvm-profile';
  mkdirSync(world.at(`${profile}/share/guile`), { recursive: true });
  write(
    world,
    `${profile}/etc/profile`,
    `export GUILE_LOAD_PATH="\${GUIX_PROFILE:-${profile}}/share/guile\${GUILE_LOAD_PATH:+:}$GUILE_LOAD_PATH"\n`,
  );
  symlinkSync(profile, world.at('/root/.guix-profile'));
  const print = ['sh', '-c', 'echo "${GUILE_LOAD_PATH-none}"'];
  const loaded = '/root/.guix-profile/share/guile';
  const off = '--trace=off';
  const plain = { status: 0, stdout: `${loaded}\n`, stderr: '' };
  expect(await run(world, [off, ...print])).toMatchObject(plain);
  // The profile sets no such variable.
  const link = { QT_PLUGIN_PATH: '/root/.guix-profile/share' };
  expect((await run(world, [off, ...print], { env: link })).stderr).toBe(told('QT_PLUGIN_PATH'));
  // A run inside of a run has it in its environment already.
  expect(await run(world, [off, '/entry-point.sh', off, ...print])).toMatchObject(plain);
  expect((await run(world, ['-v', ...print])).stderr).toContain(
    "+ GUILE_LOAD_PATH: from a profile that is loaded; programs of this machine get it, too, unless '--clean-environment' keeps it from them\n",
  );
  expect(
    await run(world, ['--clean-environment', off, ...print], { env: { GUILE_LOAD_PATH: '/opt' } }),
  ).toMatchObject({ status: 0, stdout: '/opt\n', stderr: '' });
  expect(await run(world, ['--clean-environment', off, ...print])).toMatchObject({
    stdout: 'none\n',
  });
});

test('what the daemon starts is kept from them, too', async ({ world }) => {
  const env = poisonGuile(world);
  const running = start(world, ['--clean-environment', 'cat'], { env });
  await running.says('+ cat');
  const daemon = findDaemon(world);
  const environ = await runIn(world, ['cat', `/proc/${daemon.pid}/environ`]);
  expect(environ.stdout).toContain('PATH=');
  expect(environ.stdout).not.toContain('GUILE_LOAD_PATH');
  running.child.stdin?.end();
  await running.ended;
  expectNothingSurvives(world);
});
