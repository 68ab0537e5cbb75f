import { expect, hello, runLine, test } from '../support/containers.ts';
import { readHints } from '../support/hints.ts';

// In containers that really lack what Guix needs: what is told to type is written as it is there, and
// where it can be typed here, it helps.

const filter =
  "Builds can't work here: a filter of system calls (seccomp) forbids personality. Container engines set it for all that they start. Change it";

const ourFilter =
  'docker run --rm IMAGE seccomp-profile >seccomp.json && docker run --security-opt=seccomp=seccomp.json';

const faults = [
  {
    name: 'Docker filters system calls',
    options: '',
    meaning: `${filter} where the container is started:`,
    command: `${ourFilter} …`,
  },
  {
    name: 'Docker gives root nothing',
    options: '--security-opt=seccomp=unconfined --cap-drop=ALL',
    meaning:
      "Builds can't work here: root has no CAP_CHOWN here. Builds run as users of their own, to whom root hands their files with it. Give it where the container is started:",
    command:
      'docker run --cap-add=CHOWN --cap-add=DAC_OVERRIDE --cap-add=FOWNER --cap-add=SETGID --cap-add=SETUID …',
  },
  {
    name: 'Docker runs an ordinary user',
    options: '--security-opt=seccomp=unconfined --user=65534',
    meaning:
      'A daemon with build users is started by root, and we are an ordinary user. Run the same command as root, or use a daemon that runs:',
    command: 'docker run --user=root …',
  },
] as const;

test.for(faults)('$name', async ({ options, meaning, command }, { engine }) => {
  const outcome = await runLine(engine, `docker run --rm ${options} guix-entry-point ${hello}`);
  expect(outcome.status).toBeOneOf([1, 69]);
  expect(readHints(outcome.stderr), outcome.stderr).toEqual([{ meaning, command }]);
  // As it says: what it names, behind what was there.
  const typed = command
    .replace('IMAGE', 'guix-entry-point')
    .replace(
      /^(.*)docker run (.*) …$/,
      `$1docker run --rm ${options} $2 guix-entry-point ${hello}`,
    );
  const mended = await runLine(engine, typed);
  expect(mended, mended.stderr).toMatchObject({ status: 0 });
  expect(readHints(mended.stderr)).toEqual([]);
});

test('a volume for the store that is read-only', async ({ engine }) => {
  const volume = '--volume=/mnt:/gnu/store:ro';
  const { stderr } = await runLine(engine, `docker run --rm ${volume} guix-entry-point ${hello}`);
  expect(readHints(stderr), stderr).toEqual([
    {
      meaning:
        "The daemon writes to /gnu/store, which is mounted read-only. Start the container without '--read-only', and with a volume there that has no ':ro' behind it:",
      command: 'docker run --volume=NAME:/gnu/store …',
    },
  ]);
});

test('no network', async ({ engine }) => {
  const source = 'guix build --source -e "(@ (gnu packages base) hello)"';
  const words = '--privileged --network=none guix-entry-point --substitutes=off';
  const { stderr } = await runLine(engine, `docker run --rm ${words} ${source}`);
  expect(readHints(stderr)).toEqual([
    {
      meaning:
        "A build log says 'Temporary failure in name resolution'. There is no network here but loopback. Start the container with one, not with '--network=none':",
      command: 'docker run --network=bridge …',
    },
  ]);
});

test.for([
  ['GITLAB_CI=true', 'CI_PROJECT_DIR=/job', 'privileged = true'],
  ['GITHUB_ACTIONS=true', 'GITHUB_WORKSPACE=/job', 'options: --security-opt=seccomp=unconfined'],
  // As the README has it for a log that is shown well: it makes no job of it.
  ['GITHUB_ACTIONS=true', 'OTHER=1', `${ourFilter} …`],
  [
    'KUBERNETES_SERVICE_HOST=10.0.0.1',
    'OTHER=1',
    'securityContext: {seccompProfile: {type: Unconfined}}',
  ],
] as const)('%s and %s: %s', async ([one, other, command], { engine }) => {
  const words = `docker run --rm --workdir=/job --env=${one} --env=${other} guix-entry-point ${hello}`;
  const { stderr } = await runLine(engine, words);
  expect(readHints(stderr).map((hint) => hint.command)).toEqual([command]);
});

test.for([
  ['by its host name', ''],
  ['under another name', '--build-arg=BUILDKIT_SANDBOX_HOSTNAME=other'],
])('a RUN without the entitlement, known %s', async ([, argument], { engine }) => {
  const dockerfile = ['FROM guix-entry-point', `RUN /entry-point.sh ${hello}`].join('\n');
  const line = `docker build --progress=plain --no-cache --network=none ${argument} -`;
  const { status, stderr } = await runLine(engine, line, dockerfile);
  expect(status).not.toBe(0);
  const told = stderr.replaceAll(/^#\d+ [\d.]+ /gm, '');
  expect(readHints(told)).toEqual([
    {
      meaning: `${filter} in the Dockerfile, by '# syntax=docker/dockerfile:1-labs' as its first line and 'RUN --security=insecure …' in place of 'RUN …', and allow it:`,
      command:
        "docker buildx create --use --buildkitd-flags='--allow-insecure-entitlement security.insecure' && docker buildx build --allow security.insecure .",
    },
  ]);
});

test('a RUN with the entitlement has none', async ({ engine }) => {
  const dockerfile = [
    '# syntax=docker/dockerfile:1-labs',
    'FROM guix-entry-point',
    `RUN --security=insecure /entry-point.sh ${hello}`,
  ].join('\n');
  const line =
    'docker buildx build --progress=plain --no-cache --network=none --allow security.insecure -';
  const { status, stderr } = await runLine(engine, line, dockerfile);
  expect(status, stderr).toBe(0);
  expect(stderr).not.toMatch(/Hint|not isolated/);
});
