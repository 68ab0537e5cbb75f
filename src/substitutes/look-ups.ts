/**
 * A look-up of a name takes a thread for as long as it hangs, and libuv gives look-ups one half of its
 * threads, 4 unless told otherwise: nobody is to wait for another's. It is told before it starts them.
 */
export function makeRoomForLookUps(names: number): void {
  process.env['UV_THREADPOOL_SIZE'] = String(2 * names + 4);
}
