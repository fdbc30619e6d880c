// @ts-check
// `npm run pictures`: takes the pictures of docs/user-guide.md again, with the test of them.
import './setup/node-version.mjs';
import { spawnSync } from 'node:child_process';
import { copyFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(fileURLToPath(import.meta.url), '../..');
const guide = join(root, 'docs', 'pictures');
const taken = join(root, 'test-output', 'guide');

const test = join(root, 'scripts', 'test.mjs');
const { status } = spawnSync(process.execPath, [test, '--suite', 'real', 'window/guide-pictures'], {
  cwd: root,
  stdio: 'inherit',
});
if (status === 0) {
  // Only those that the guide has.
  const names = readdirSync(guide).filter(name => name.endsWith('.png'));
  for (const name of names) copyFileSync(join(taken, name), join(guide, name));
  console.log(`Took ${names.length} pictures.`);
}
process.exitCode = status ?? 1;
