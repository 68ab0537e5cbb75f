import { basename } from 'node:path';
import { renderSystemError } from '../errors/system.ts';
import type { Report } from '../events/event.ts';
import { openRegular } from '../files/compare.ts';
import { findExitStatus, lengthOfLastWords } from './last-words.ts';
import { describeBuild, type Manifest, type ManifestBuild } from './manifest.ts';
import { PackedLog } from './packed.ts';
import type { ShownBuild } from './show.ts';
import type { Tarball } from './tarball.ts';

/** A `.tar.gz` of build logs with a manifest; it is there when it is whole, in the place of an older one. */
export class LogsArchive {
  readonly #file: string;
  readonly #report: Report;
  readonly #builds: ManifestBuild[] = [];
  /** How often each derivation has come so far. */
  readonly #numbers = new Map<string, number>();
  #tarball: Tarball | undefined;
  #isLost = false;

  constructor(file: string, report: Report) {
    this.#file = file;
    this.#report = report;
  }

  /** Adds a log. What goes wrong is told; if it isn't the log's own fault, the archive is given up. */
  async add(build: ShownBuild): Promise<void> {
    await this.#try(async () => {
      this.#tarball ??= await openTarball(this.#file);
      this.#builds.push(await this.#append(build, this.#tarball));
    });
  }

  /** Writes the manifest and gives the file its name, if anything was added. */
  async close(undone: Pick<Manifest, 'interrupted' | 'untried'>): Promise<void> {
    await this.#try(async () => {
      if (this.#tarball === undefined) return;
      const created = new Date();
      const builds = this.#builds;
      const manifest: Manifest = { version: 1, created: created.toISOString(), builds, ...undone };
      const bytes = Buffer.from(`${JSON.stringify(manifest, undefined, 2)}\n`);
      await this.#tarball.finish({
        name: 'manifest.json',
        size: bytes.length,
        writtenAt: created.getTime(),
        content: only(bytes),
      });
      const logs = builds.filter(({ log }) => log !== null).length;
      this.#report({ event: 'logs-archived', file: this.#file, logs });
    });
  }

  async #append(build: ShownBuild, tarball: Tarball): Promise<ManifestBuild> {
    const { derivation, size, end, writtenAt } = build;
    const name = this.#nameEntry(derivation);
    const log = new WholeLog(build);
    try {
      await tarball.append({ name, size, writtenAt, content: log });
    } catch (error) {
      if (!(error instanceof UnfitLog)) throw error;
      this.#report({ event: 'log-not-archived', log: build.file, reason: error.message });
      return describeBuild(build, { log: null, exitStatus: null });
    }
    const exitStatus = end === 'whole' ? findExitStatus(derivation, log.lastWords) : null;
    return describeBuild(build, { log: name, exitStatus });
  }

  /** In a long session a derivation may be built more than once. */
  #nameEntry(derivation: string): string {
    const number = this.#numbers.get(derivation) ?? 0;
    this.#numbers.set(derivation, number + 1);
    return number === 0 ? basename(derivation) : `${basename(derivation)}.${number}`;
  }

  async #try(work: () => Promise<void>): Promise<void> {
    if (this.#isLost) return;
    try {
      await work();
    } catch (error) {
      this.#isLost = true;
      await this.#tarball?.[Symbol.asyncDispose]();
      const reason = renderSystemError(error);
      this.#report({ event: 'logs-archive-lost', file: this.#file, reason });
    }
  }
}

/** Loads what writes archives, which few runs need. */
async function openTarball(file: string): Promise<Tarball> {
  const module = await import('./tarball.ts');
  return module.openTarball(file);
}

/** A log that can't be read, or is not the one any more that was shown. */
class UnfitLog extends Error {}

/** The content of a log as it was shown; it fails if that has become another. */
class WholeLog implements AsyncIterable<Buffer> {
  readonly #build: ShownBuild;
  #end: Buffer = Buffer.alloc(0);

  constructor(build: ShownBuild) {
    this.#build = build;
  }

  /** What it ends with, when it has been read. */
  get lastWords(): string {
    return this.#end.toString('latin1');
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    let left = this.#build.size;
    try {
      for await (const chunk of await openLog(this.#build)) {
        left -= chunk.length;
        if (left < 0) break;
        this.#end = joinEnds(this.#end, chunk);
        yield chunk;
      }
    } catch (error) {
      throw new UnfitLog(renderSystemError(error));
    }
    if (left !== 0) throw new UnfitLog('it has changed since it was shown');
  }
}

/** It is unpacked already, unless that was impossible. */
async function openLog({ file, log }: ShownBuild): Promise<AsyncIterable<Buffer>> {
  if (file === log) return new PackedLog(log);
  const handle = await openRegular(file);
  return handle.createReadStream();
}

function joinEnds(end: Buffer, chunk: Buffer): Buffer {
  return chunk.length >= lengthOfLastWords
    ? chunk.subarray(-lengthOfLastWords)
    : Buffer.concat([end, chunk]).subarray(-lengthOfLastWords);
}

async function* only(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}
