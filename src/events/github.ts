import { randomUUID } from 'node:crypto';
import { renderFailedBuild, renderFoldTitle } from './build-log.ts';
import type { BuildLog } from './event.ts';
import type { Fold, Folding } from './folding.ts';

/**
 * GitHub Actions. Its runner takes a line of stderr or stdout for a command if it begins with
 * `::NAME …::`, blanks aside, or has `##[NAME …]` anywhere; after `::stop-commands::TOKEN` none until
 * `::TOKEN::` (actions/runner, src/Runner.Common/ActionCommand.cs and
 * src/Runner.Worker/ActionCommandManager.cs).
 */
export const github: Folding = {
  // Lines of ours that quote a log aren't fenced, but begin with `+`. And a fence doesn't keep the page
  // from showing `##[group]` as a group.
  disarm: (line) => line.replaceAll('##[', '# #['),
  fold,
  point: ({ meaning, command }) => [`::notice title=Hint::${escapeData(`${meaning}\n${command}`)}`],
};

function fold(log: BuildLog, isFailure: boolean): Fold {
  const annotations = isFailure ? [renderAnnotation(log)] : [];
  if (log.shown === 0 || log.isOlder) return { begin: [], end: () => annotations };
  const token = randomUUID();
  return {
    begin: [`::group::${escapeData(renderFoldTitle(log))}`, `::stop-commands::${token}`],
    end: () => [`::${token}::`, '::endgroup::', ...annotations],
  };
}

function renderAnnotation(log: BuildLog): string {
  const title = `Failed build: ${log.package}`;
  return `::error title=${escapeProperty(title)}::${escapeData(renderFailedBuild(log))}`;
}

// As @actions/core does (actions/toolkit, packages/core/src/command.ts).

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
