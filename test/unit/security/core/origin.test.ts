import { describe, expect, it } from 'vitest';
import { isLoopback, originOf } from '../../../../desktop/security/core/origin';

describe('isLoopback', () => {
  it.each(['localhost', 'a.localhost', '127.0.0.1', '127.1.2.3', '[::1]'])('%s: true', name => {
    expect(isLoopback(name)).toBe(true);
  });
  it.each(['', 'localhost.example', 'notlocalhost', '128.0.0.1', '127.0.0.1.example', '1127.0.0.1', '[::2]'])(
    '"%s": false',
    name => expect(isLoopback(name)).toBe(false),
  );
});

it.each([
  ['http://127.0.0.1:5870/a/b', 'http://127.0.0.1:5870'],
  ['https://example.com/x', 'https://example.com'],
  ['blob:http://127.0.0.1:5870/8a1f', undefined],
  ['about:blank', undefined],
  ['file:///x', undefined],
  ['', undefined],
])('the origin of %s is %s', (address, origin) => expect(originOf(address)).toBe(origin));
