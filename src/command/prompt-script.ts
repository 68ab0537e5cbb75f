import { quoteWords } from '../events/quote.ts';

/** What a prompt's shell is to know of us. */
export type PromptPlan = {
  /** Where it keeps the lines that were typed; `undefined`: nowhere. */
  readonly history: string | undefined;
  readonly trace: boolean;
  /** The program whose daemon this is: the prompt says so, and it is completed. */
  readonly client: string;
  /** Files of its completion, of which the first one counts. */
  readonly completions: readonly string[];
  /** Where it writes the status of a line that failed, and reads a line when that has been dealt with. */
  readonly statuses: string;
  readonly answers: string;
};

const name = '__guix_entry_point';

/**
 * What bash reads before its first prompt. The user's own ~/.bashrc comes first, and stays; a
 * backslash keeps the user's aliases away from our words.
 *
 * A line that failed is reported, and its number waited for, so that what we have to say of it stands
 * before the next prompt.
 *
 * While a line is typed nothing is traced, or completion would be: each line's first command turns
 * the trace on (DEBUG, bash(1)), and what bash runs before a prompt turns it off. DEBUG doesn't come
 * for `( … )`, nor for `{ … }` in a pipeline: a line that begins so is traced as it was typed (PS0,
 * where also an assignment in the offset of `${letter:…}` notes that there was a line).
 */
export function renderBashScript({
  history,
  trace,
  client,
  completions,
  statuses,
  answers,
}: PromptPlan): string {
  // Backslashes have a meaning of their own there.
  const group = trace ? `\\$( { ${name}_group; } 3>&2 2>/dev/null)` : '';
  return `[ -r ~/.bashrc ] && . ~/.bashrc
${name}_options=$-
\\set +aeu
${history === undefined ? '\\unset HISTFILE' : `HISTFILE=${quoteWords([history])}`}
\\shopt -s checkwinsize cmdhist histappend
if ! \\complete -p ${client} >/dev/null 2>&1; then
  for ${name}_file in ${completions.join(' ')}; do
    if [ -r "$${name}_file" ]; then . "$${name}_file"; break; fi
  done
  \\unset ${name}_file
fi
[ "$PS1" = '\\s-\\v\\$ ' ] && PS1='\\w\\$ '
PS1="(${client}) $PS1"
${name}_group() {
  \\set +x
  \\trap - DEBUG ERR
  \\local line pattern='^ *([0-9]+)[* ] *([({].*)'
  line=$(HISTTIMEFORMAT= \\history 1)
  [[ $line =~ $pattern ]] || \\return
  # A line that isn't kept in the history leaves the one before it there.
  [ "\${BASH_REMATCH[1]}" = "$${name}_traced" ] && \\return
  \\printf '+ %s\\n' "\${BASH_REMATCH[2]//$'\\n'/$'\\n+ '}" >&3
}
${name}_prompt() {
  \\local line=$${name}_line answer pattern='^ *([0-9]+)'
  ${name}_line=0
  [[ $(HISTTIMEFORMAT= \\history 1) =~ $pattern ]] && ${name}_traced=\${BASH_REMATCH[1]}
  ${history === undefined ? '' : '\\history -a'}
  [ "$line" = 0 ] || [ "$1" = 0 ] && \\return
  ${name}_count=$((${name}_count + 1))
  \\echo "$1 $$ $${name}_count" >${statuses} || \\return
  while \\read -r answer && [ "$answer" != "$${name}_count" ]; do :; done <${answers}
}
\\declare +x ${name}_line=0 ${name}_letter=x ${name}_count=0 ${name}_traced= ${name}_status=0
\\export -n PS0 PS1 PROMPT_COMMAND
PS0="$PS0${group}\\\${${name}_letter:${name}_line=1}"
${name}_hooks=$(\\printf '%s\\n' "\${PROMPT_COMMAND[@]}")
\\unset PROMPT_COMMAND
PROMPT_COMMAND="{ ${name}_status=\\$?; \\set +x; } 2>/dev/null
$${name}_hooks
${name}_prompt \\"\\$${name}_status\\"${trace ? `\n\\trap '\\trap - DEBUG; \\set -x' DEBUG` : ''}"
[[ $${name}_options == *a* ]] && \\set -a
[[ $${name}_options == *e* ]] && \\set -e
[[ $${name}_options == *u* ]] && \\set -u
\\unset ${name}_options ${name}_hooks
`;
}

/**
 * The same for a shell without line editing, such as dash or BusyBox's, which reads `ENV`. Only the
 * prompt itself is a place for us there. (`read` instead of `head` would loop for ever in BusyBox
 * after a ^C.)
 */
export function renderShellScript(
  { trace, client, statuses, answers }: PromptPlan,
  userFile: string | undefined,
): string {
  return `${userFile === undefined ? 'unset ENV' : `ENV=${quoteWords([userFile])}; [ -r "$ENV" ] && . "$ENV"`}
${name}_report() {
  [ "$1" -eq 0 ] || { echo "$1 $$ 0" >${statuses} && head -n 1 <${answers} >/dev/null; }
}
PS1='$({ ${name}_report $?; } 2>/dev/null)(${client}) # '
${trace ? 'set -x' : ''}
`;
}
