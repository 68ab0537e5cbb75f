/** A workflow command as GitHub's runner takes it from a line. */
export type Command = {
  readonly name: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly data: string;
};

/**
 * The commands that GitHub's runner takes from what a step writes to one of its streams, after
 * actions/runner's ActionCommand.cs and ActionCommandManager.cs. It reads lines as .NET does, so a CR
 * ends one, too.
 */
export function takeCommands(written: string): readonly Command[] {
  const known = new Set(names);
  let stopToken: string | undefined;
  return written.split(/\r\n|[\r\n]/).flatMap((line) => {
    const command = parseCommand(line, known);
    if (command === undefined) return [];
    if (stopToken === undefined) {
      if (command.name !== 'stop-commands') return [command];
      stopToken = command.data.toLowerCase();
      known.add(stopToken);
      return [command];
    }
    if (command.name !== stopToken) return [];
    known.delete(stopToken);
    stopToken = undefined;
    return [command];
  });
}

const names = [
  ...[
    'add-mask',
    'add-matcher',
    'add-path',
    'debug',
    'echo',
    'endgroup',
    'error',
    'group',
    'notice',
  ],
  ...['remove-matcher', 'save-state', 'set-env', 'set-output', 'stop-commands', 'warning'],
];

function parseCommand(line: string, known: ReadonlySet<string>): Command | undefined {
  return parseNew(line.trimStart(), known) ?? parseOld(line, known);
}

/** `::NAME KEY=VALUE,…::DATA` */
function parseNew(line: string, known: ReadonlySet<string>): Command | undefined {
  const [, head = '', data = ''] = /^::(.*?)::(.*)$/s.exec(line) ?? [];
  const { name, properties } = splitHead(head, ',');
  if (!known.has(name)) return undefined;
  return {
    name,
    properties: mapValues(properties, (value) =>
      unescape(value, [...dataEscapes, ['%3A', ':'], ['%2C', ',']]),
    ),
    data: unescape(data, dataEscapes),
  };
}

/** `##[NAME KEY=VALUE;…]DATA`, anywhere in the line. */
function parseOld(line: string, known: ReadonlySet<string>): Command | undefined {
  const [, head = '', data = ''] = /##\[(.*?)\](.*)$/s.exec(line) ?? [];
  const { name, properties } = splitHead(head, ';');
  return known.has(name) ? { name, properties, data } : undefined;
}

function splitHead(
  head: string,
  separator: string,
): { readonly name: string; readonly properties: Readonly<Record<string, string>> } {
  const [name = '', ...rest] = head.split(' ');
  const pairs = rest
    .join(' ')
    .split(separator)
    .map((pair) => pair.split(/=(.*)/s));
  const properties = pairs.flatMap(([key = '', value]) =>
    value ? [[key.trim(), value] as const] : [],
  );
  return { name: name.toLowerCase(), properties: Object.fromEntries(properties) };
}

type Escapes = readonly (readonly [escaped: string, character: string])[];
const dataEscapes: Escapes = [
  ['%0D', '\r'],
  ['%0A', '\n'],
];

function unescape(text: string, escapes: Escapes): string {
  const unescaped = escapes.reduce(
    (rest, [escaped, character]) => rest.replaceAll(escaped, character),
    text,
  );
  return unescaped.replaceAll('%25', '%');
}

export function mapValues<Value>(
  record: Readonly<Record<string, Value>>,
  change: (value: Value) => string,
): Record<string, string> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}
