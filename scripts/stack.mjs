// @ts-check
// `npm run stack -- FILE`: prints a log or a report in which lines of out/shell*.js are replaced by those of the
// sources.
// Run it on the tag of the version that wrote the file: the build of a version is always the same.
import './setup/node-version.mjs';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setUp } from './setup/setup.mjs';
import { withSourceLines } from './setup/source-lines.mjs';
import { UserError } from './setup/user-error.mjs';

const root = resolve(fileURLToPath(import.meta.url), '../..');
const [file] = process.argv.slice(2);

try {
  if (file === undefined) throw new UserError('Which file?', 'npm run stack -- FILE');
  const text = readFileSync(file, 'utf8');
  await setUp(root, { say: console.error });
  process.stdout.write(withSourceLines(text, join(root, 'out')));
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
