import { expect, it } from 'vitest';
import { proxyIn } from '../../../../desktop/server/core/proxy';

it.each([
  ['DIRECT', null],
  ['', null],
  ['PROXY proxy.example:8080', 'http://proxy.example:8080'],
  ['PROXY 10.0.0.1:8080;PROXY 10.0.0.2:8080;DIRECT', 'http://10.0.0.1:8080'],
  ['DIRECT;PROXY 10.0.0.1:8080', null],
  ['HTTPS proxy.example:443', 'https://proxy.example:443'],
  ['SOCKS5 [::1]:1080; DIRECT', 'socks5h://[::1]:1080'],
  ['SOCKS 10.0.0.1:1080', 'socks4://10.0.0.1:1080'],
  ['SOCKS4 10.0.0.1:1080', 'socks4://10.0.0.1:1080'],
  ['QUIC proxy.example:443;PROXY proxy.example:80', 'http://proxy.example:80'],
  ['QUIC proxy.example:443; PROXY  proxy.example:80 ', 'http://proxy.example:80'],
])('%j is reached through %j', (resolved, proxy) => expect(proxyIn(resolved)).toBe(proxy));
