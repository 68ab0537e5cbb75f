import { expect, test } from 'vitest';
import { explainDenial, explainObstacle } from '../../src/hints/obstacle.ts';
import type { Container } from '../../src/machine/container.ts';
import type { Obstacle } from '../../src/machine/sandbox.ts';

const obstacles: readonly Obstacle[] = [
  { is: 'no-capability', capability: 'CAP_SYS_ADMIN' },
  { is: 'no-capability', capability: 'CAP_NET_ADMIN' },
  { is: 'system-call-denied', isRoot: true, call: 'clone' },
  { is: 'no-user-namespaces', reason: 'user.max_user_namespaces is 0' },
  { is: 'no-user-namespaces', reason: 'operation not permitted' },
  { is: 'proc-masked', mounts: ['/proc/keys', '/proc/acpi'] },
  { is: 'mount-denied', profile: 'docker-default' },
  { is: 'emulated', machine: 'aarch64' },
  { is: 'root-not-mounted' },
];
const containers: readonly Container[] = [
  'BuildKit step',
  'GitLab job',
  'GitHub job',
  'Kubernetes pod',
  'Podman container',
  'Docker container',
  'machine',
];
const all = obstacles.flatMap((obstacle) =>
  containers.map((container) => [obstacle, container] as const),
);

test.for(all)('%j in a %s: a clause, sentences, one line to type', ([obstacle, container]) => {
  const { found, meaning, command } = explainObstacle(obstacle, container);
  expect(found).toMatch(/^[^\n]+[^.:\n]$/);
  expect(meaning).toMatch(/^[A-Z][^\n]*:$/);
  expect(command).toMatch(/^\S[^\n]*$/);
});

test('what is to be typed depends on what runs us', () => {
  const typed = containers.map(
    (container) =>
      explainObstacle({ is: 'no-capability', capability: 'CAP_SYS_ADMIN' }, container).command,
  );
  expect(typed).toEqual([
    "docker buildx create --use --buildkitd-flags='--allow-insecure-entitlement security.insecure' && docker buildx build --allow security.insecure .",
    'privileged = true',
    'options: --privileged',
    'securityContext: {privileged: true}',
    'podman run --privileged …',
    'docker run --privileged …',
    'guix-entry-point --chroot=off …',
  ]);
});

test.for<Obstacle>([
  { is: 'no-capability', capability: 'CAP_CHOWN' },
  { is: 'no-capability', capability: 'CAP_SETUID' },
  { is: 'system-call-denied', isRoot: true, call: 'personality' },
  { is: 'system-call-denied', isRoot: false, call: 'personality' },
])('%j: without a sandbox, it is no better', (obstacle) => {
  for (const container of containers) {
    expect(explainDenial(obstacle, container).command).not.toContain('--chroot=off');
  }
});

test('a sysctl is named with the value that it needs', () => {
  const reason = 'kernel.apparmor_restrict_unprivileged_userns is 1';
  const explained = explainObstacle({ is: 'no-user-namespaces', reason }, 'Docker container');
  expect(explained.command).toBe('sysctl --write kernel.apparmor_restrict_unprivileged_userns=0');
});
