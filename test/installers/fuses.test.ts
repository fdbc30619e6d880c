/**
 * Electron's fuses in the executable that the installers contain.
 * @module-tag linux
 */

import { FuseV1Options, getCurrentFuseWire } from '@electron/fuses';
import { expect, inject, it } from 'vitest';

/** Each fuse is a digit in the executable. */
const ON = '1'.charCodeAt(0);
const OFF = '0'.charCodeAt(0);

it('the released executable has the expected fuses', async () => {
  const fuses = await getCurrentFuseWire(inject('installers').executable);
  const states = Object.fromEntries(
    Object.entries(fuses).flatMap(([number, state]) => {
      const name = FuseV1Options[Number(number)];
      return name === undefined ? [] : [[name, state]];
    }),
  );
  expect(states).toMatchObject({
    RunAsNode: OFF,
    EnableCookieEncryption: ON,
    EnableNodeOptionsEnvironmentVariable: OFF,
    EnableNodeCliInspectArguments: OFF,
    EnableEmbeddedAsarIntegrityValidation: ON,
    OnlyLoadAppFromAsar: ON,
    GrantFileProtocolExtraPrivileges: OFF,
  });
});
