/** Milliseconds on a clock that nobody sets; `performance` would load ten modules for the same. */
export function now(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** When this process began, in milliseconds since the epoch. */
export function startOfProcess(): number {
  return Date.now() - process.uptime() * 1000;
}
