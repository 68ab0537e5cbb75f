import { failureStatus } from '../errors/status.ts';
import type { Word } from './options.ts';
import { type Row, table } from './table.ts';
import { words } from './words.ts';

const usage = `Usage: guix-entry-point [OPTION…] [--] COMMAND [ARG…]
       guix-entry-point [OPTION…] -c COMMANDS [NAME [ARG…]]
       guix-entry-point [OPTION…]
${Object.entries(words)
  .map(([word, { usage: takes }]) => `       ${renderUsage(word, takes)}\n`)
  .join('')}
Runs COMMAND, a program or a script, under a guix-daemon or nix-daemon that lives only as long
as the command. If a daemon answers already, that one is used and left alone. When the command
fails, the logs of the builds that failed are unpacked into the working directory and shown.

  -c, --commands=COMMANDS
      run these by the shell, in strict mode (-euxo pipefail)

Without COMMAND the commands come from standard input: a prompt where that is a terminal,
otherwise a script, run in strict mode as it arrives.

What else it knows, each with options before or behind the word; '--' before it runs a command of
that name instead, and 'WORD --help' says more:
${Object.entries(words)
  .map(([word, { summary }]) => `  ${word}\n      ${summary}\n`)
  .join('')}`;

const exitStatuses = `Exit status: the command's own, and 128+n when signal n ended it.
  ${failureStatus.usage}   an option is wrong
  ${failureStatus.daemonUnavailable}   the daemon can't be started
  ${failureStatus.bug}   a bug of guix-entry-point
  ${failureStatus.misconfigured}   a Guix profile or a mounted list of servers is broken, there is no /proc, no directory
       takes a file to execute, or the cache can't be staged
  ${failureStatus.notExecutable}  the command can't be executed
  ${failureStatus.notFound}  there is no such command
`;

const optionsHeading = 'Options, and the environment variables that mean the same:';

/** What `--help` prints; with a word of ours, what it prints of that. */
export function renderHelp(of?: Word): string {
  if (of !== undefined) return renderWord(of);
  const everybodys = Object.values(table).filter(({ only }) => only === undefined);
  return [usage, optionsHeading, renderOptions(everybodys), exitStatuses].join('\n');
}

function renderWord(word: Word): string {
  const { usage: takes, help, options, exitStatuses: others } = words[word];
  return [
    `Usage: ${renderUsage(word, takes)}\n`,
    help,
    optionsHeading,
    renderOptions(options.map((key) => table[key])),
    renderExitStatuses([...others, [failureStatus.usage, 'an option is wrong']]),
  ].join('\n');
}

function renderUsage(word: string, takes: string): string {
  return `guix-entry-point [OPTION…] ${word} ${takes}`.trimEnd();
}

function renderExitStatuses(meanings: (typeof words)[Word]['exitStatuses']): string {
  const lines = meanings
    .toSorted(([one], [other]) => one - other)
    .map(([status, meaning]) => `  ${String(status).padEnd(5)}${meaning}\n`);
  return `Exit status: 0 when all went well.\n${lines.join('')}`;
}

function renderOptions(rows: readonly Row<unknown>[]): string {
  const ofRows = rows.map(({ flag, short, value, help, defaultText, ...row }) => {
    const variables = listVariables(row).map((variable) => `      ${variable}\n`);
    const long = value === undefined ? `--${flag}` : `--${flag}=${value}`;
    return `  ${short === undefined ? long : `-${short}, ${long}`}\n      ${help} (default: ${defaultText})\n${variables.join('')}`;
  });
  return [...ofRows, '  -h, --help\n  -V, --version\n'].join('');
}

/** The variables that say the same as an option. */
export function listVariables({
  variable,
  clientVariables = [],
}: Pick<Row<unknown>, 'variable' | 'clientVariables'>): readonly string[] {
  return variable === undefined ? clientVariables : [variable];
}
