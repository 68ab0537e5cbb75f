/** A marker of a section, as GitLab takes it from a job's log. */
export type Marker = {
  readonly kind: 'start' | 'end';
  readonly name: string;
  readonly options: string;
};

/** All that it takes: anywhere in the text, after GitLab's lib/gitlab/regex.rb (build_trace_section_regex). */
export function takeMarkers(log: string): readonly Marker[] {
  return [...log.matchAll(pattern)].map(([, kind, name = '', options = '']) => ({
    kind: kind === 'start' ? 'start' : 'end',
    name,
    options,
  }));
}

const escape = String.fromCodePoint(27);
const pattern = new RegExp(
  String.raw`section_(start|end):\d+:([a-zA-Z0-9_.-]+)(\[\w+=\w+(?:, ?\w+=\w+)*\])?\r${escape}\[0K`,
  'g',
);
