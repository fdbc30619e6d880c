// @ts-check
// `node scripts/backend/verify.mjs [FOLDER]`: is a bundle what its manifest says? One line a difference.
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, differences } from './manifest.mjs';

const root = resolve(fileURLToPath(import.meta.url), '../../..');
const bundle = resolve(process.argv[2] ?? join(root, 'resources', 'backend'));

const lines = differences(bundle);
for (const line of lines) console.log(line);
console.log(lines.length === 0 ? `as its manifest says: ${describe(bundle)}` : `${lines.length} differences`);
process.exitCode = lines.length === 0 ? 0 : 1;
