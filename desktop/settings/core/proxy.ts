/** The proxy that the user has chosen: the system's, none, or an address such as `http://proxy.example:8080`. */

/** Electron's configuration of a session's proxy. Loopback is always reached directly. */
export type ProxyConfig = { mode: 'system' } | { mode: 'direct' } | { mode: 'fixed_servers'; proxyRules: string };

/** Whether a value is a valid setting. Chromium cannot be given a password in the address. */
export function isProxySetting(value: unknown): value is string {
  if (value === 'system' || value === 'direct') return true;
  return typeof value === 'string' && /^(https?|socks5):\/\/(\[[\da-f:.]+\]|[\w.-]+):\d{1,5}$/i.test(value);
}

/** Returns a typed address in the form of the setting: without spaces and a final slash, and with a scheme. */
export function proxyAddress(typed: string): string {
  const address = typed.trim().replace(/\/$/, '');
  return address === '' || address.includes('://') ? address : `http://${address}`;
}

export function proxyConfig(setting: string): ProxyConfig {
  if (setting === 'system' || setting === 'direct') return { mode: setting };
  return { mode: 'fixed_servers', proxyRules: setting };
}
