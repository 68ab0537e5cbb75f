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

/** What GitLab's runner has a container run, and sends the job's script to. */
export const detectShell = `if [ -x /usr/local/bin/bash ]; then
	exec /usr/local/bin/bash 
elif [ -x /usr/bin/bash ]; then
	exec /usr/bin/bash 
elif [ -x /bin/bash ]; then
	exec /bin/bash 
elif [ -x /usr/local/bin/sh ]; then
	exec /usr/local/bin/sh 
elif [ -x /usr/bin/sh ]; then
	exec /usr/bin/sh 
elif [ -x /bin/sh ]; then
	exec /bin/sh 
elif [ -x /busybox/sh ]; then
	exec /busybox/sh 
else
	echo shell not found
	exit 1
fi

`;
