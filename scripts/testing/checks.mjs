// @ts-check
import { join } from 'node:path';
import { compilerOf } from '../setup/build.mjs';
import { besidePython } from '../setup/python.mjs';
import { runChild } from './child.mjs';
import { results } from './results.mjs';

/** @typedef {import('./results.mjs').Results} Results */

/**
 * Checks types, lint, format, imports and sizes, all in parallel. Prints one line for each check that passes.
 * @param {string} root
 * @param {string} pythonTools interpreter of the test tools' environment
 * @returns {Promise<Results>}
 */
export async function runChecks(root, pythonTools) {
  const node = process.execPath;
  const biome = join(root, 'node_modules', '@biomejs', 'biome', 'bin', 'biome');
  const oxlint = join(root, 'node_modules', 'oxlint', 'bin', 'oxlint');
  const ruff = besidePython(pythonTools, 'ruff');
  const checks = /** @type {[string, string, string[]][]} */ ([
    ['types of the shell and its tests', node, [compilerOf(root), '-p', '.', '--noEmit', '--pretty', 'false']],
    ['types of the scripts', node, [compilerOf(root), '-p', 'scripts', '--noEmit', '--pretty', 'false']],
    ['lint and format (biome)', node, [biome, 'ci', '--colors=off']],
    // Electron's promises change from version to version; biome does not know the types of packages.
    ['promises are awaited (oxlint)', node, [oxlint, '--type-aware', 'desktop', 'scripts', 'test']],
    ['lint of the Python half (ruff)', ruff, ['check']],
    ['format of the Python half (ruff)', ruff, ['format', '--check']],
    ['types of the Python half (mypy)', pythonTools, ['-m', 'mypy']],
    ['lengths of functions and files', node, [join(root, 'scripts/testing/check-code-sizes.mjs'), pythonTools]],
    ['imports of the Python half (pytest)', pythonTools, ['-m', 'pytest', '-q', 'test/python/test_architecture.py']],
  ]);
  const checked = await Promise.all(
    checks.map(async ([name, command, args]) => {
      const { code, output } = await runChild(command, args, { cwd: root, quiet: true });
      const longest = code === 0 ? (output.match(/^longest .*/gm) ?? []) : [];
      console.log([`  ${code === 0 ? 'ok    ' : 'FAILED'} ${name}`, ...longest].join('\n         '));
      return { name, code, output };
    }),
  );
  const failed = checked.filter(({ code }) => code !== 0).map(({ name, output }) => ({ name, detail: output }));
  return results({ passed: checked.length - failed.length, failed });
}
