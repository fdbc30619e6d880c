/** Chromium's names of proxies, and the schemes that the server's libraries know. */
const SCHEMES: Record<string, string> = {
  PROXY: 'http',
  HTTPS: 'https',
  SOCKS: 'socks4',
  SOCKS4: 'socks4',
  SOCKS5: 'socks5h',
};

/**
 * Returns the URL of the first proxy in an answer of Electron's `resolveProxy`, such as `PROXY a:8080;DIRECT`; null for a
 * direct connection. The libraries of the server do not try a second one.
 */
export function proxyIn(resolved: string): string | null {
  for (const entry of resolved.split(';')) {
    const [name = '', address] = entry.trim().split(/\s+/);
    if (name === 'DIRECT') return null;
    const scheme = SCHEMES[name];
    if (scheme !== undefined && address) return `${scheme}://${address}`;
  }
  return null;
}
