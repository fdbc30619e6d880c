// @ts-check
// `node scripts/backend/verify.mjs [FOLDER]`: compares a bundle with its manifest; prints one line for each difference.
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleDifferences, describe } from './manifest.mjs';

const root = resolve(fileURLToPath(import.meta.url), '../../..');
const bundle = resolve(process.argv[2] ?? join(root, 'resources', 'backend'));

const lines = bundleDifferences(bundle);
for (const line of lines) console.log(line);
console.log(lines.length === 0 ? `matches its manifest: ${describe(bundle)}` : `${lines.length} differences`);
process.exitCode = lines.length === 0 ? 0 : 1;
