import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { path } from 'zx';
import { writeWhole } from './files.ts';
import { Refusal } from './refusal.ts';

/**
 * When the release was made, in seconds: as SOURCE_DATE_EPOCH says, else when it was begun, which is
 * kept so that what goes on tomorrow is the same release.
 */
export async function readTime(directory: string, given: string | undefined): Promise<number> {
  const file = path.join(directory, 'time');
  const kept = existsSync(file) ? (await readFile(file, 'utf8')).trim() : undefined;
  const text = given ?? kept ?? String(Math.floor(Date.now() / 1000));
  if (!/^\d{1,11}$/.test(text)) throw new Refusal(`SOURCE_DATE_EPOCH is no time: '${text}'`);
  await writeWhole(file, `${text}\n`);
  return Number(text);
}

/** A time in seconds, as RFC 3339 has it. */
export function formatTime(time: number): string {
  return new Date(time * 1000).toISOString().replace(/\.\d+/, '');
}
