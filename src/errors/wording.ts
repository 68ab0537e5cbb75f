import { renderEnding } from '../processes/ending.ts';
import type { Failure } from './failure.ts';
import type { Hint } from './hint.ts';
import { machineWords } from './machine-wording.ts';
import { bootstrapWords } from './bootstrap-wording.ts';
import { cacheWords } from './cache-wording.ts';
import { substitutesWords } from './substitutes-wording.ts';
import type { OfKind, Wording, Words } from './words.ts';

/** The lines that tell a failure: headline, quoted words, hint. */
export function renderFailure(failure: Failure): string[] {
  const { headline, hint, command, quote } = describeFailure(failure);
  const quoted =
    quote === undefined || quote.lines.length === 0
      ? []
      : [quote.heading, ...quote.lines.map((line) => `  ${line}`)];
  const typed = command === undefined ? [] : [`  ${command}`];
  return [headline, ...quoted, `Hint: ${hint}`, ...typed];
}

/** A failure in words. */
export function describeFailure(failure: Failure): Wording {
  return word(failure.kind, failure);
}

function word<K extends keyof OfKind>(kind: K, failure: OfKind[K]): Wording {
  return words[kind](failure);
}

const seeHelp = "'guix-entry-point --help' lists the options.";

const words: Words = {
  'unknown-option': ({ option, nearest }) => ({
    headline: `There is no option '${option}'.`,
    hint: nearest === undefined ? seeHelp : `Did you mean '${nearest}'? ${seeHelp}`,
  }),
  'missing-value': ({ option, wanted }) => ({
    headline: `Option '${option}' has no value.`,
    hint: `Give it ${wanted}: '${option}=…'.`,
  }),
  'unwanted-value': ({ option, value }) => ({
    headline: `Option '${option}' takes no value, and '${value}' was given.`,
    hint: `Write '${option}' alone.`,
  }),
  'bad-value': ({ option, value, wanted }) => ({
    headline: `${option} is '${value}'.`,
    hint: `It takes ${wanted}.`,
  }),
  'unknown-action': ({ word: ours, action, allowed, nearest }) => ({
    headline: `'guix-entry-point ${ours}' does not know '${action}'.`,
    hint: `${nearest === undefined ? '' : `Did you mean '${nearest}'? `}It takes ${listWords(allowed)}, and names behind that: 'guix-entry-point ${ours} --help'.`,
  }),
  'unknown-check': ({ name, known, nearest }) => ({
    headline: `The doctor has no check '${name}'.`,
    hint: `${nearest === undefined ? '' : `Did you mean '${nearest}'? `}'guix-entry-point doctor --help' says what each looks at.`,
    quote: { heading: 'These are there:', lines: [known.join(' ')] },
  }),
  'unwanted-name': ({ behind, name }) => ({
    headline: `'guix-entry-point ${behind}' takes no name, and '${name}' was given.`,
    hint: `Write 'guix-entry-point ${behind}' alone.`,
  }),
  'output-lost': ({ reason }) => ({
    headline: `Cannot write to standard output: ${reason}.`,
    hint: 'Send it elsewhere, or make room where it goes.',
  }),
  'no-log-directory': ({ directory, reason }) => ({
    headline: `Cannot look for build logs in ${directory}: ${reason}.`,
    hint: 'guix-daemon makes it. GUIX_LOG_DIRECTORY names another one than /var/log/guix.',
  }),
  'log-not-found': ({ name, logs, directory, nearest }) => ({
    headline: `There is no build log of '${name}'.`,
    hint: `${nearest === undefined ? '' : `Did you mean '${nearest}'? `}'guix-entry-point logs --logs=all' lists what there is.`,
    quote: lookedAt(logs, directory),
  }),
  'no-log-selected': ({ which, logs, directory }) => ({
    headline:
      which === 'failed'
        ? 'There is no log of a build that is known to have failed.'
        : `There is no build log to select: --logs is '${which}'.`,
    hint:
      which === 'all'
        ? 'GUIX_LOG_DIRECTORY names another directory than /var/log/guix.'
        : "'--logs=all' selects those of successes and of unknown outcome, too.",
    quote: lookedAt(logs, directory),
  }),
  'build-unfinished': ({ derivation }) => ({
    headline: `${derivation} is being built: its log is not whole yet.`,
    hint: 'Ask again when the build has ended.',
  }),
  ...substitutesWords,
  ...machineWords,
  'profile-broken': ({ script, reason }) => ({
    headline: `Cannot load the Guix profile's ${script}.`,
    hint: `Try it alone: 'sh -c ". ${script}"'. GUIX_PROFILE names another profile.`,
    quote: { heading: 'What went wrong:', lines: reason.trim().split('\n') },
  }),
  ...cacheWords,
  ...bootstrapWords,
  'command-not-found': ({ command }) => ({
    headline: `Cannot run '${command}': there is no such command.`,
    hint: command.includes('/')
      ? `'ls -l ${command}' shows whether it is there.`
      : command === ''
        ? 'An empty word was given: a variable that is not set?'
        : `Look for it in the directories of PATH: 'command -v ${command}'.`,
  }),
  'interpreter-not-found': ({ script, interpreter }) => ({
    headline: `Cannot run '${script}': its interpreter ${interpreter} is not there.`,
    hint: `Install it, or name one that is there in the first line of ${script}: '#!/bin/sh', '#!/usr/bin/env bash'.`,
  }),
  'carriage-return': ({ script }) => ({
    headline: `Cannot run '${script}': its lines end as on Windows, with a carriage return.`,
    hint: `Take them out: 'sed -i "s/\\r$//" ${script}'.`,
  }),
  'loader-not-found': ({ command }) => ({
    headline: `Cannot run '${command}': the loader that it names is not there.`,
    hint: `It was built for another system: 'file ${command}' tells for which.`,
  }),
  'no-proc': ({ reason }) => ({
    headline: `Cannot read /proc: ${reason}.`,
    hint: "Mount it: 'mount -t proc proc /proc'.",
  }),
  'no-place-to-load': ({ reasons }) => ({
    headline: 'Cannot load what calls the C library: no directory takes a file to execute.',
    hint: "Name one that does by TMPDIR, or mount one: 'docker run --tmpfs /tmp:exec …'.",
    quote: { heading: 'Looked at:', lines: reasons },
  }),
  'command-not-executable': ({ command, reason }) => ({
    headline: `Cannot run '${command}': ${reason}.`,
    hint: `'ls -ld ${command}' shows what it is. A program or script, made executable by 'chmod +x', can be run.`,
  }),
  'daemon-not-found': ({ program, title, places }) => ({
    headline: `Cannot find ${program}.`,
    hint: `Install ${title}, or name the program: '--daemon-program=FILE'.`,
    quote: { heading: 'Looked at:', lines: places },
  }),
  'daemon-not-executable': ({ program, reason }) => ({
    headline: `Cannot start ${program}: ${reason}.`,
    hint: `Name a program that can be executed: '--daemon-program=FILE'.`,
  }),
  'daemon-exited': ({ program, ending, words: lines, advice }) => ({
    headline: `Cannot start ${program}: it ended at once (${renderEnding(ending)}).`,
    ...advise(
      advice,
      ending.by === 'exit' && ending.status === 64
        ? `It knows no such option: look at '--daemon-option' and at '${program} --help'.`
        : `Start it by hand to see more: '${program} --debug'.`,
    ),
    quote: { heading: 'It said:', lines },
  }),
  'daemon-refused': ({ program, reason, advice }) => ({
    headline: `${program} started, and refuses to work: ${reason}.`,
    ...advise(advice, 'Mend what it names, then run the same command again.'),
  }),
  'daemon-silent': ({ program, socket, seconds, words: lines, advice }) => ({
    headline: `${program} did not answer on ${socket} within ${seconds} s.`,
    ...advise(advice, "On a slow machine, give it more: '--daemon-timeout=SECONDS'."),
    quote: { heading: 'It said:', lines },
  }),
  'daemon-unreachable': ({ socket, reason }) => ({
    headline: `Cannot use the daemon on ${socket}: ${reason}.`,
    hint: 'It is not ours to start. See to it there, or name another place: --daemon-socket=ADDRESS.',
  }),
  'no-socket-directory': ({ directory, reason, advice }) => ({
    headline: `Cannot make the directory ${directory} for the daemon's socket: ${reason}.`,
    ...advise(advice, "Make it, or name another place for the socket: '--daemon-socket=FILE'."),
  }),
  'socket-occupied': ({ socket }) => ({
    headline: `Cannot start a daemon on ${socket}: something that is not a socket stands there.`,
    hint: `'ls -ld ${socket}' shows what it is. Move it away, or name another place: '--daemon-socket=FILE'.`,
  }),
};

/** What fits the fault (src/hints), else what can be said of any of its kind. */
function advise(advice: Hint | undefined, otherwise: string): Pick<Wording, 'hint' | 'command'> {
  return advice === undefined
    ? { hint: otherwise }
    : { hint: advice.meaning, command: advice.command };
}

function lookedAt(logs: number, directory: string): NonNullable<Wording['quote']> {
  return {
    heading: 'Looked at:',
    lines: [`${logs} ${logs === 1 ? 'log' : 'logs'} in ${directory}`],
  };
}

/** `'a', 'b' or 'c'`. */
function listWords(allowed: readonly string[]): string {
  const quoted = allowed.map((one) => `'${one}'`);
  return `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`;
}
