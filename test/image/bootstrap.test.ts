// How a bootstrap is kept apart from its container: by what the engine allows, and with the same outputs.
import { seed, scripted } from '../support/bootstrap-definitions.ts';
import { expect, runLine, test } from '../support/containers.ts';

const definitions = `${seed}${scripted('look', 'mkdir $out; ls / >/dev/null; echo seen >$out/seen')}`;

/** Runs one in a directory of its own that the container is given. */
async function bootstrap(
  engine: Parameters<typeof runLine>[0],
  options: string,
): ReturnType<typeof runLine> {
  const line = `rm -rf /srv/bootstrap && mkdir -p /srv/bootstrap && cd /srv/bootstrap && cp /usr/bin/busybox seed &&
hash=$(docker run --rm -v $PWD:/b --entrypoint guix guix-entry-point hash /b/seed) &&
sed "s/@seed@/$hash/" >bootstrap0.scm &&
docker run --rm -v $PWD:/b -w /b ${options} guix-entry-point bootstrap bootstrap0.scm`;
  return runLine(engine, line, definitions);
}

test('a chroot by default, name spaces where they are allowed, and the same outputs', async ({
  engine,
}) => {
  const chroot = await bootstrap(engine, '');
  expect(chroot).toMatchObject({ status: 0 });
  expect(chroot.stderr).toMatch(
    /^\+ Builds have a root directory of their own, and no name spaces: /,
  );
  const isolated = await bootstrap(engine, '--privileged');
  expect(isolated.stderr).toMatch(/^\+ Building seed-1 /);
  expect(isolated.stdout).toBe(chroot.stdout);
  const none = await bootstrap(engine, '--cap-drop=ALL');
  expect(none).toMatchObject({ status: 0 });
  expect(none.stderr).toMatch(/^\+ Builds are not isolated: /);
  expect(none.stdout).not.toBe(chroot.stdout);
});
