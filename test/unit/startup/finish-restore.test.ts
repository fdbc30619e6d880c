import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import { finishRestore } from '../../../desktop/startup/finish-restore';

/** Runs a script in the place of the server, and returns the result and the lines of the log. */
function finish(script: string, file = process.execPath) {
  const lines: string[] = [];
  const server = { file, args: ['-e', script, '--'], env: process.env, home: tmpdir() };
  return { result: finishRestore({ server, profile: tmpdir() }, line => void lines.push(line)), lines };
}

it('logs which files the restore has kept beside', () => {
  const { result, lines } = finish('console.error("uploads was renamed"); console.log("Restored all.");');
  expect(result).toEqual({ restored: true, message: 'Restored all.' });
  expect(lines).toEqual(['backup: uploads was renamed', 'backup: Restored all.']);
});

it('logs all lines of a restore that failed, and returns the last one', () => {
  const { result, lines } = finish('console.error("uploads was renamed\\nThe disk is full."); process.exit(51);');
  expect(result).toEqual({ restored: false, message: 'The disk is full.' });
  expect(lines).toEqual(['backup: uploads was renamed', 'backup: The disk is full.']);
});

it('returns that another server uses the data', () =>
  expect(finish('console.error("CachiBot is running."); process.exit(49);').result).toBe('data-in-use'));

it('returns nothing if nothing was restored', () =>
  expect(finish('console.log("There was nothing to finish.");').result).toBeUndefined());

it('returns why the server could not be started', () =>
  expect(finish('', '/no such server').result).toMatchObject({
    restored: false,
    message: expect.stringContaining('ENOENT'),
  }));
