import { renderFailure } from '../errors/wording.ts';
import { renderEnding } from '../processes/ending.ts';
import { bootstrapRenderers } from './bootstrap.ts';
import { count, renderBuildLog } from './build-log.ts';
import { renderCacheLeftOut, renderCacheStaged, renderCacheStaging } from './cache.ts';
import { neutralize } from './control.ts';
import type { Event } from './event.ts';
import { quoteWords } from './quote.ts';
import type { Style } from './style.ts';
import { renderSubstitutes, renderUnauthorizedKey } from './substitutes.ts';

type Name = Exclude<Event['event'], 'build-log-line'>;
type OfName = { [K in Name]: Extract<Event, { event: K }> };
type Renderers = { [K in keyof OfName]: (event: OfName[K], style: Style) => string[] };

/** The lines that tell an event. Each begins with `+`, except a build log's own. */
export function renderEvent(event: Event, style: Style): string[] {
  return event.event === 'build-log-line'
    ? [neutralize(event.line, { colors: style.logColors })]
    : render(event.event, event, style).map(mark);
}

/** As in the trace of `set -x`, so that `grep -v '^+'` leaves what is the command's. */
function mark(line: string): string {
  return `+ ${line}`;
}

function render<K extends keyof OfName>(name: K, event: OfName[K], style: Style): string[] {
  return renderers[name](event, style).flatMap((text) => text.split(/\r\n|[\r\n]/));
}

const renderers: Renderers = {
  'profile-missing': ({ profile }) => [
    `GUIX_PROFILE names ${profile}, which is not there: it is left out`,
  ],
  'store-variables': ({ variables }) => [
    `${nameVariables(variables)}: by this, programs of this machine load code from a store, and can fail. '--clean-environment' keeps it from them`,
  ],
  'profile-variables': ({ variables }) => [
    `${nameVariables(variables)}: from a profile that is loaded; programs of this machine get it, too, unless '--clean-environment' keeps it from them`,
  ],
  'environment-cleaned': ({ program, removed }) => [
    `Taken out of the environment of ${program}:`,
    ...removed.map(({ name, entries }) => `  ${name}: ${quoteWords(entries)}`),
  ],
  'locales-replaced': ({ missing, instead }) =>
    missing.map(
      ({ name, locale }) =>
        `${name} is ${instead} instead of ${quoteWords([locale])}: Guix has no such locale`,
    ),
  'daemon-reused': ({ kind, socket }) => [
    `${kind}-daemon: one answers on ${socket}; it is used and left alone`,
  ],
  'daemon-started': ({ kind, daemon, program, arguments: given }) => [
    `${kind}-daemon: started as process ${daemon}: ${quoteWords([program, ...given])}`,
  ],
  'sandbox-off': ({ found, meaning, command }) => [
    `Builds are not isolated: ${found}. ${meaning}`,
    `  ${command}`,
  ],
  'proc-renewed': ({ kind }) => [
    `${kind}-daemon: it gets a /proc of its own, of which nothing is hidden`,
  ],
  'daemon-ready': ({ kind, milliseconds }) => [
    `${kind}-daemon: ready after ${milliseconds.toFixed(1)} ms`,
  ],
  'daemon-said': ({ kind, line }) => [`${kind}-daemon: ${line}`],
  'daemon-died': ({ kind, daemon, ending, words }) => [
    `${kind}-daemon (process ${daemon}) died during the run: ${renderEnding(ending)}`,
    ...words.map((line) => `  ${line}`),
  ],
  'daemon-stopped': ({ kind, milliseconds }) => [
    `${kind}-daemon: stopped within ${milliseconds.toFixed(1)} ms`,
  ],
  'stop-overdue': ({ what, pids, seconds, signal }) => [
    `${what} (${pids.join(', ')}) did not end within ${seconds} s: sending ${signal}`,
  ],
  'sessions-ended': ({ kind, pids }) => [
    `Sessions of ${kind}-daemon (${pids.join(', ')}) go on without the command: sending SIGTERM`,
  ],
  'daemons-abandoned': ({ kind, pids }) => [
    `A run that was killed has left its ${kind}-daemon (${pids.join(', ')}): sending SIGTERM`,
  ],
  'teardown-failed': ({ step, reason }) => [`The teardown failed in part (${step}): ${reason}`],
  'builders-orphaned': ({ pids }) => [
    `Builders (${pids.join(', ')}) have lost their session: sending SIGKILL`,
  ],
  'journal-left': ({ file }) => [
    `The store's database has a journal left: ${file}. The next run under a daemon takes it in.`,
  ],
  'orphans-unreachable': () => [
    'The kernel does not hand orphans to guix-entry-point: what the command leaves in the background may survive',
  ],
  'nothing-to-run': () => [
    "There is no command, and standard input is /dev/null. Add a command, or give it a terminal for a prompt ('docker run -it') or a script ('docker run -i')",
  ],
  'command-started': ({ command }) => [quoteWords(command)],
  'shell-started': ({ command }) => [quoteWords(command)],
  'command-ended': ({ ending, milliseconds }) => [
    `The command ended after ${milliseconds.toFixed(0)} ms: ${renderEnding(ending)}`,
  ],
  'signal-received': ({ signal, fate }) => [
    fate === 'stopping' ? `${signal}: stopping` : `${signal}: passed on to the command`,
  ],
  'signal-relayed': ({ signal }) => [`${signal}: passed on to the command`],
  'signal-escalated': ({ signal, pids }) => [
    `${signal} for the second time: sending SIGKILL to the command (${pids.join(', ')})`,
  ],
  'signal-left': ({ signal }) => [`${signal}: the command has it from the terminal`],
  'signal-undeliverable': ({ signal }) => [`${signal}: the command can't be sent it`],
  'leftovers-ended': ({ left }) => [
    `The command left processes behind (${left.map(({ pid, name }) => `${pid} ${name}`).join(', ')}): sending SIGTERM`,
  ],
  'line-failed': ({ status }) => [`exit status ${status}`],
  'history-lost': ({ file, reason }) => [`Cannot keep the history in ${file}: ${reason}`],
  'builds-failed': (event) =>
    event.failed.length + event.interrupted.length + event.untried.length > 1
      ? [renderFailedBuilds(event)]
      : [],
  'older-logs': ({ unpacked, isAll }) => [
    `This run wrote no build log. ${
      unpacked === 1
        ? 'There is 1 older one that is not known to be of a success:'
        : `${isAll ? 'There are' : 'These are the newest'} ${unpacked} older ones that are not known to be of successes:`
    }`,
    ...(isAll ? [] : ["'guix-entry-point logs --logs=all' lists the others."]),
  ],
  'build-log': renderBuildLog,
  'build-log-end': () => [],
  'build-logs-lost': ({ reason }) => [`Cannot look for build logs: ${reason}`],
  'build-log-lost': ({ log, directory, reason }) => [
    directory === undefined
      ? `Cannot read the build log ${log}: ${reason}`
      : `Cannot unpack the build log ${log} into ${directory === '.' ? 'the working directory' : directory}: ${reason}`,
  ],
  'log-unreadable': ({ path, reason }) => [`Cannot read ${path}: ${reason}`],
  'summary-lost': ({ file, reason }) => [`Cannot add to the job summary ${file}: ${reason}`],
  'logs-archived': ({ file, logs }) => [`Archive of ${count(logs, 'build log')}: ${file}`],
  'logs-archive-lost': ({ file, reason }) => [`Cannot write the archive ${file}: ${reason}`],
  'log-not-archived': ({ log, reason }) => [`The archive lacks the build log ${log}: ${reason}`],
  'gateway-lost': ({ reason }) => [
    `Cannot open the gateway to the substitute servers: ${reason}. The daemon asks them itself`,
  ],
  'substitutes-used': renderSubstitutes,
  'key-unauthorized': renderUnauthorizedKey,
  'key-authorized': ({ key, isNew }) => [
    isNew ? `Authorized the key ${key}` : `The key ${key} is authorized already`,
  ],
  hint: ({ meaning, command }) => [`Hint: ${meaning}`, `  ${command}`],
  'cache-staging': (event) => [renderCacheStaging(event)],
  'cache-staged': (event) => [renderCacheStaged(event)],
  'cache-staged-at-length': (event) => [renderCacheStaged(event)],
  'cache-not-staged': ({ home, staged, reason }) => [
    reason === 'nested'
      ? `Cache: ${staged} and ${home} are one in the other; nothing is staged`
      : `Cache: there is no ${home}, and none can be made; what is in ${staged} stays there`,
  ],
  'cache-left-out': renderCacheLeftOut,
  'cache-not-saved': ({ home, staged, reason }) => [
    `Cache: CANNOT STAGE OUT ${staged}: ${reason}. What this run has changed there is not in ${home}, which is as it was`,
  ],
  'cache-not-healed': ({ home, reason }) => [
    `Cache: a run that was killed has left changes for ${home}, which cannot be made: ${reason}`,
  ],
  ...bootstrapRenderers,
  failure: ({ failure }) =>
    renderFailure(failure).map((line, index) => (index === 0 ? `guix-entry-point: ${line}` : line)),
  bug: ({ stack }) => [
    'guix-entry-point: This is a bug. Please report it with the lines below.',
    ...stack.split('\n'),
  ],
};

/** A name can hold anything. */
function nameVariables(names: readonly string[]): string {
  return neutralize(names.join(', '), { colors: false });
}

/** `2 builds failed; 1 other was not tried because of them`. */
export function renderFailedBuilds({
  failed,
  interrupted,
  untried,
}: Omit<OfName['builds-failed'], 'event'>): string {
  const them = failed.length === 1 ? 'it' : 'them';
  return [
    `${count(failed.length, 'build')} failed`,
    ...(interrupted.length > 0
      ? [`${countOthers(interrupted.length)} interrupted by ${them}`]
      : []),
    ...(untried.length > 0 ? [`${countOthers(untried.length)} not tried because of ${them}`] : []),
  ].join('; ');
}

function countOthers(number: number): string {
  return number === 1 ? '1 other was' : `${number} others were`;
}
