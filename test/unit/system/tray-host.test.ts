import { expect, it } from 'vitest';
import { hasTrayHost } from '../../../desktop/system/tray-host';

const printing = (text: string) => [process.execPath, ['-e', `console.log(${JSON.stringify(text)})`]] as const;
const failing = [process.execPath, ['-e', 'process.exit(1)']] as const;
const missing = ['cachibot-no-such-program', []] as const;

it.each([
  ['dbus-send finds a host', [printing('   variant       boolean true')], true],
  ['busctl finds a host', [missing, printing('b true')], true],
  ['gdbus finds a host', [missing, missing, printing('(<true>,)')], true],
  ['there is a tray without a host', [printing('b false')], false],
  ['there is no tray', [failing, printing('b true')], false],
  ['no program can ask', [missing], false],
])('%s: %j', async (_what, queries, expected) => {
  expect(await hasTrayHost(queries)).toBe(expected);
});
