/** Whether a server is asked by HTTP. */
export function isHttpUrl(url: string): boolean {
  return URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);
}

/** A server's URL is a directory, whether it ends in a slash or not. */
export function trimSlashes(url: string): string {
  return url.replace(/\/+$/, '');
}
