import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import { runServerCommand } from '../../../desktop/backups/server-command';

const server = { file: process.execPath, args: ['-e'], env: process.env, home: tmpdir() };

it('returns the last line of the server', async () => {
  expect(await runServerCommand(server, ['console.log("one\\ntwo")'])).toEqual({ code: 0, message: 'two' });
  expect(await runServerCommand(server, ['console.error("why"); process.exit(52)'])).toEqual({
    code: 52,
    message: 'why',
  });
});

it('returns why the command could not be run', async () => {
  for (const wrong of [{ home: '/dev/null/home' }, { file: '/nonexistent' }, { file: 'a\0b' }])
    expect(await runServerCommand({ ...server, ...wrong }, [])).toMatchObject({ code: -1 });
});
