/** Programs that the test runner starts. */

import { expect, it } from 'vitest';
import { runChild } from '../../../scripts/testing/child.mjs';

const run = (code: string) =>
  runChild(process.execPath, ['-e', code], { cwd: __dirname, quiet: true, maxSilenceMs: 2_000 });

it('kills a program that has written nothing for too long, and keeps its output', async () => {
  const { code, output } = await run('console.log("first"); setInterval(() => {}, 1000)');
  expect(code).toBe(1);
  expect(output).toMatch(/^first\n\n.* was killed, because it had written nothing for 2 s\.$/);
});

it('does not wait for a child of the program that keeps its output open', async () => {
  const child = 'process.stdout.write(String(process.pid)); setInterval(() => {}, 1000)';
  const { output } = await run(
    `require("node:child_process").spawn(process.execPath, ["-e", ${JSON.stringify(child)}], { stdio: "inherit" }).unref()`,
  );
  process.kill(Number.parseInt(output, 10));
});

it('lets a program run that writes again and again', async () => {
  const writes = 'let n = 0; const t = setInterval(() => { console.log(n); if (++n === 4) clearInterval(t) }, 800)';
  expect(await run(writes)).toEqual({ code: 0, output: '0\n1\n2\n3\n' });
});

it('runs with the niceness that it is given', async () => {
  const code = "setTimeout(() => console.log(require('node:os').getPriority()), 500)";
  const { output } = await runChild(process.execPath, ['-e', code], { cwd: __dirname, quiet: true, niceness: 19 });
  expect(Number(output)).toBe(19);
});
