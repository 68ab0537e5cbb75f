import type { BootstrapEvent } from './bootstrap-event.ts';

type OfName = { [K in BootstrapEvent['event']]: Extract<BootstrapEvent, { event: K }> };
type Renderers = { readonly [K in keyof OfName]: (event: OfName[K]) => string[] };

/** What happens in a bootstrap, in words. */
export const bootstrapRenderers: Renderers = {
  'chroot-only': ({ found, meaning, command }) => [
    `Builds have a root directory of their own, and no name spaces: ${found}. ${meaning}`,
    `  ${command}`,
  ],
  'package-building': ({ package: name, number, of, log }) => [
    `Building ${name} (${number} of ${of}), its log: ${log}`,
  ],
  'host-tools-lent': ({ hostTools }) => [`The machine lends builds ${hostTools.join(', ')}`],
  'host-tools-named': ({ package: name }) => [
    `${name}: it names programs of the machine by /host-tools, where only builds find them`,
  ],
  'builders-ended': ({ pids }) => [
    `Ended what a killed bootstrap had left running: ${pids.length === 1 ? 'process' : 'processes'} ${pids.join(', ')}`,
  ],
  'workshop-left': ({ directory, reason }) => [
    `Cannot remove ${directory}: ${reason}; the next run tries it again`,
  ],
  'package-round': ({ package: name, round }) => [`${name}: round ${round}`],
  'package-phase': ({ package: name, phase, steps }) => [
    `${name}: ${phase}${steps === 0 ? ', in which nothing is to be done' : ''}`,
  ],
  'package-built': ({ package: name, output, narHash, isChecked, milliseconds }) => [
    `${name}: built in ${(milliseconds / 1000).toFixed(1)} s: ${output}`,
    isChecked
      ? `${name}: its NAR hash is the one wanted: ${narHash}`
      : `${name}: no NAR hash is wanted of it; this is it: #:output-hash "${narHash}"`,
  ],
  'package-reused': ({ package: name, output }) => [`${name}: built already: ${output}`],
  'rounds-left-out': ({ package: name }) => [
    `${name}: built already, so that --rounds compares nothing of it`,
  ],
  'build-kept': ({ directory }) => [`What the build has come to is ${directory}`],
  'build-not-kept': ({ reason }) => [`Cannot keep what the build has come to: ${reason}`],
  'items-packed': ({ file, items }) => [
    `Packed ${items === 1 ? '1 item' : `${items} items`}: ${file}`,
  ],
};
