import { FuseV1Options, getCurrentFuseWire } from '@electron/fuses';
import { expect, it } from 'vitest';
import { given } from '../real/app';

/** Each fuse is a digit in the program. */
const ON = '1'.charCodeAt(0);
const OFF = '0'.charCodeAt(0);

it('the program that is shipped has its fuses as they should be', async () => {
  const fuses = await getCurrentFuseWire(given('CACHIBOT_TEST_UNPACKED'));
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
