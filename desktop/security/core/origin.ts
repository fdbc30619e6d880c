/** Parses addresses: origin, loopback. */

/** The origin of an http(s) address; undefined for anything else, a `blob:` of that origin included. */
export function originOf(address: string): string | undefined {
  const url = parse(address);
  return url?.protocol === 'http:' || url?.protocol === 'https:' ? url.origin : undefined;
}

/** Whether a host name, as `URL` writes it, names this machine. */
export function isLoopback(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '[::1]' ||
    /^127(\.\d+){3}$/.test(hostname)
  );
}

/** Undefined for what is not an address. */
export function parse(address: string): URL | undefined {
  try {
    return new URL(address);
  } catch {
    return undefined; // only the address can be wrong
  }
}
