/** Parses addresses: origin, loopback. */

/** Returns the origin of an http(s) address; undefined for any other address, a `blob:` of that origin included. */
export function originOf(address: string): string | undefined {
  const url = parse(address);
  return url?.protocol === 'http:' || url?.protocol === 'https:' ? url.origin : undefined;
}

/** Whether a host name, as `URL` writes it, is a loopback name or address. */
export function isLoopback(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '[::1]' ||
    /^127(\.\d+){3}$/.test(hostname)
  );
}

/** Parses an address; undefined if it is not valid. */
export function parse(address: string): URL | undefined {
  try {
    return new URL(address);
  } catch {
    return undefined; // `URL` throws for an invalid address only
  }
}
