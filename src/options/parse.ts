import { parseArgs } from 'node:util';
import { closestMatch } from 'leven';
import { EntryPointError } from '../errors/failure.ts';
import type { Options, Request, Task, Word } from './options.ts';
import { type Row, table } from './table.ts';
import { isWord, words } from './words.ts';

const rows: readonly Row<unknown>[] = Object.values(table);

/** The flags that stand for a row's own with a value: `--json` for `--log-format=json`. */
const aliases = rows.flatMap(({ flag: of, alias }) =>
  alias === undefined ? [] : [{ of, ...alias }],
);

/** The flags that ask for something else instead of a run. */
const questions = [
  { word: 'help', flag: 'help', short: 'h' },
  { word: 'version', flag: 'version', short: 'V' },
] as const;

/** What to run, said to us as to a shell: `-c 'commands'`. */
export const commands = {
  flag: 'commands',
  short: 'c',
  value: 'COMMANDS',
  wanted: "commands of the shell, as in 'guix pull && guix build hello'",
} as const;

/** Reads the command line and the environment; what is not understood is an error that names it. */
export function parseRequest(
  commandLine: readonly string[],
  environment: NodeJS.ProcessEnv,
): Request {
  const { given, word, rest } = splitCommandLine(commandLine);
  const foreign = rows.find(
    ({ flag, only }) => given.has(flag) && ![undefined, word].includes(only),
  );
  if (foreign !== undefined) throw unknownOption(`--${foreign.flag}`);
  const asked = questions.find(({ flag }) => given.has(flag));
  if (asked?.word === 'help' && word !== undefined) return { word: 'help', of: word };
  if (asked !== undefined) return { word: asked.word };
  const options = readOptions(given, environment);
  if (word !== undefined) return words[word].toRequest(rest, options);
  return { word: 'run', task: toTask(given.get(commands.flag)?.at(-1), rest), options };
}

/** As for a shell: `-c` has the commands, else the words are one, else they come from stdin. */
function toTask(text: string | undefined, rest: readonly string[]): Task {
  if (text !== undefined) return { is: 'text', text, arguments: rest };
  return rest.length > 0 ? { is: 'command', command: rest } : { is: 'input' };
}

type CommandLine = {
  readonly given: ReadonlyMap<string, readonly string[]>;
  /** The word of ours that stands where a command would. */
  readonly word?: Word;
  readonly rest: readonly string[];
};

/**
 * Our options end at the first word that is none: everything from there on is the command's. Behind
 * a word of ours there is no command, and options may stand anywhere.
 */
function splitCommandLine(commandLine: readonly string[]): CommandLine {
  const { tokens } = parseArgs({
    args: [...commandLine],
    options: parserOptions(),
    strict: false,
    tokens: true,
  });
  const end = tokens.findIndex(({ kind }) => kind !== 'option');
  const last = tokens[end];
  if (last === undefined) return { given: collectOptions(tokens), rest: [] };
  const given = collectOptions(tokens.slice(0, end));
  if (last.kind === 'option-terminator') return { given, rest: commandLine.slice(last.index + 1) };
  const word = commandLine[last.index];
  if (!isWord(word) || given.has(commands.flag)) {
    return { given, rest: commandLine.slice(last.index) };
  }
  const behind = tokens.slice(end + 1);
  const rest = behind.flatMap((token) => (token.kind === 'positional' ? [token.value] : []));
  return { given: collectOptions(tokens, [commands.flag]), word, rest };
}

type Token = NonNullable<ReturnType<typeof parseArgs>['tokens']>[number];

/** The texts that were given for each option, by its flag. */
function collectOptions(
  tokens: readonly Token[],
  refused: readonly string[] = [],
): ReadonlyMap<string, readonly string[]> {
  const given = new Map<string, readonly string[]>();
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    if (refused.includes(token.name)) throw unknownOption(token.rawName);
    const value = readValue(token);
    const alias = aliases.find(({ flag }) => flag === token.name);
    const [flag, text] = alias === undefined ? [token.name, value] : [alias.of, alias.text];
    given.set(flag, [...(given.get(flag) ?? []), text]);
  }
  return given;
}

function parserOptions(): Record<string, { type: 'string' | 'boolean'; short?: string }> {
  const ofRows = rows.map(({ flag, short, value }) => {
    const type: 'string' | 'boolean' = value === undefined ? 'boolean' : 'string';
    return [flag, short === undefined ? { type } : { type, short }] as const;
  });
  const ofAliases = aliases.map(({ flag }) => [flag, { type: 'boolean' as const }] as const);
  const ofQuestions = questions.map(
    ({ flag, short }) => [flag, { type: 'boolean' as const, short }] as const,
  );
  const ofCommands = [commands.flag, { type: 'string' as const, short: commands.short }] as const;
  return Object.fromEntries([...ofRows, ...ofAliases, ...ofQuestions, ofCommands]);
}

function readValue(token: {
  readonly name: string;
  readonly rawName: string;
  readonly value: string | undefined;
}): string {
  const row = [...rows, commands].find(({ flag }) => flag === token.name);
  if (row === undefined && ![...aliases, ...questions].some(({ flag }) => flag === token.name)) {
    throw unknownOption(token.rawName);
  }
  if (row?.value !== undefined) {
    if (token.value !== undefined) return token.value;
    throw new EntryPointError({ kind: 'missing-value', option: token.rawName, wanted: row.wanted });
  }
  if (token.value === undefined) return '1';
  throw new EntryPointError({ kind: 'unwanted-value', option: token.rawName, value: token.value });
}

function readOptions(given: CommandLine['given'], environment: NodeJS.ProcessEnv): Options {
  const read = <K extends keyof Options>(key: K) => readOption(table[key], given, environment);
  return {
    daemon: read('daemon'),
    daemonProgram: read('daemonProgram'),
    daemonOptions: read('daemonOptions'),
    daemonSocket: read('daemonSocket'),
    daemonTimeout: read('daemonTimeout'),
    chroot: read('chroot'),
    daemonUser: read('daemonUser'),
    cleanEnvironment: read('cleanEnvironment'),
    substitutes: read('substitutes'),
    substituteUrls: read('substituteUrls'),
    addedSubstituteUrls: read('addedSubstituteUrls'),
    logs: read('logs'),
    logsDirectory: read('logsDirectory'),
    logsArchive: read('logsArchive'),
    logLines: read('logLines'),
    trace: read('trace'),
    grace: read('grace'),
    logFormat: read('logFormat'),
    verbose: read('verbose'),
    fix: read('fix'),
    hostTools: read('hostTools'),
    rounds: read('rounds'),
    keepFailed: read('keepFailed'),
    dryRun: read('dryRun'),
    pack: read('pack'),
  };
}

/** The flag, else the variable, else the default. An empty variable is as good as none. */
function readOption<Value>(
  row: Row<Value>,
  given: CommandLine['given'],
  environment: NodeJS.ProcessEnv,
): Value {
  const texts = given.get(row.flag);
  if (texts !== undefined) return readTexts(row, `--${row.flag}`, texts);
  const text = row.variable === undefined ? undefined : environment[row.variable];
  return text ? readTexts(row, row.variable ?? '', [text]) : row.default;
}

function readTexts<Value>(row: Row<Value>, option: string, texts: readonly string[]): Value {
  const value = row.parse(texts);
  if (value !== undefined) return value;
  const bad = row.findBad?.(texts) ?? texts.at(-1) ?? '';
  throw new EntryPointError({ kind: 'bad-value', option, value: bad, wanted: row.wanted });
}

function unknownOption(option: string): EntryPointError {
  return new EntryPointError({ kind: 'unknown-option', option, ...nearest(option) });
}

/** The flag that was probably meant. */
function nearest(option: string): { nearest?: string } {
  const everybodys = rows.filter(({ only }) => only === undefined);
  const known = [...everybodys, ...aliases, commands, ...questions].map(({ flag }) => `--${flag}`);
  if (known.includes(option)) return {};
  const match = closestMatch(option, known, { maxDistance: 3 });
  return match === undefined ? {} : { nearest: match };
}
