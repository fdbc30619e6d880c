/** Random numbers for the server's token, from the system's device or from `crypto`. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { platformFor } from '../../../desktop/system/core/platform';
import { randomHex } from '../../../desktop/system/random-hex';
import { createTemporaryFolder } from '../../drivers/temporary-folder';

const { randomDevice } = platformFor(process.platform);

describe('randomHex', () => {
  it.for([1, 16, 32])('returns two digits for each of %i bytes, each time others', bytes => {
    const all = Array.from({ length: 20 }, () => randomHex(bytes, randomDevice));
    for (const hex of all) expect(hex).toMatch(new RegExp(`^[0-9a-f]{${2 * bytes}}$`));
    expect(new Set(all).size).toBeGreaterThan(bytes === 1 ? 1 : 19);
  });

  it.skipIf(randomDevice === undefined)('reads the device', () => {
    // Its zeros show that it was read.
    expect(randomHex(8, '/dev/zero')).toBe('0'.repeat(16));
  });

  it('does not use a file in the place of the device, nor a device that ends', () => {
    const file = join(createTemporaryFolder(), 'urandom');
    writeFileSync(file, 'not random at all');
    for (const place of [file, join(file, 'missing'), '/dev/null', undefined]) {
      const hex = randomHex(8, place);
      expect(hex).toMatch(/^[0-9a-f]{16}$/);
      expect(hex).not.toBe(Buffer.from('not rand').toString('hex'));
      expect(hex).not.toBe('0'.repeat(16));
    }
  });

  it('reads no device on Windows, where any user could create a file of that name', () => {
    expect(platformFor('win32').randomDevice).toBeUndefined();
  });
});
