import { describe, expect, it } from 'vitest';
import { isProxySetting, proxyAddress, proxyConfig } from '../../../../desktop/settings/core/proxy';

describe('the setting of the proxy', () => {
  it.each([
    'system',
    'direct',
    'http://proxy.example:8080',
    'HTTPS://proxy.example:443',
    'socks5://127.0.0.1:1080',
    'http://[fd00::1]:3128',
    'http://my-proxy_1:1',
  ])('may be %s', value => expect(isProxySetting(value)).toBe(true));

  it.each([
    '',
    'System',
    'proxy.example:8080',
    'http://proxy.example',
    'http://proxy.example:8080/',
    'http://proxy.example:8080 ',
    ' http://proxy.example:8080',
    'http://proxy.example:123456',
    'http://proxy.example:x',
    'http://:8080',
    'http://ada:secret@proxy.example:8080',
    'http://a;https=b:8080',
    'http://a,b:8080',
    'http://[fd00::1:8080',
    'socks4://proxy.example:1080',
    'ftp://proxy.example:21',
    'file:///etc/passwd',
    true,
    null,
    ['system'],
    ['http://proxy.example:8080'],
  ])('may not be %j', value => expect(isProxySetting(value)).toBe(false));

  it.each([
    ['proxy.example:8080', 'http://proxy.example:8080'],
    [' proxy.example:8080 ', 'http://proxy.example:8080'],
    ['http://proxy.example:8080/', 'http://proxy.example:8080'],
    ['socks5://proxy.example:1080', 'socks5://proxy.example:1080'],
    ['', ''],
    ['  ', ''],
  ])('that is typed as %j is %j', (typed, address) => expect(proxyAddress(typed)).toBe(address));

  it.each([
    ['system', { mode: 'system' }],
    ['direct', { mode: 'direct' }],
    ['http://proxy.example:8080', { mode: 'fixed_servers', proxyRules: 'http://proxy.example:8080' }],
  ])('%s gives the session %j', (setting, config) => expect(proxyConfig(setting)).toEqual(config));
});
