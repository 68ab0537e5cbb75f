/** A build whose log stands in the daemon's tree of logs. */
export type Build = {
  /** The derivation's path in the store. */
  readonly derivation: string;
  /** The store items that it makes; none if the derivation has been collected as garbage. */
  readonly outputs: readonly string[];
  /** `succeeded`: its outputs are valid, and the daemon left no lock file; `unknown`: the derivation is gone. */
  readonly state: 'failed' | 'succeeded' | 'unknown';
  /** The log as the daemon wrote it, packed or plain. */
  readonly log: string;
  /** When the log was made and when it was written last, in milliseconds since the epoch. */
  readonly begunAt: number;
  readonly writtenAt: number;
};

/** `hello-2.12` of `/gnu/store/…-hello-2.12.drv`. */
export function packageName(derivation: string): string {
  return derivation.replace(/^.*\/[0-9a-z]{32}-/, '').replace(/\.drv$/, '');
}
