import { describe, expect, it } from 'vitest';
import { runProgram } from '../../../desktop/system/run-program';

const MISSING = 'cachibot-no-such-program';

/** Runs a script with this Node. */
const runScript = (script: string, limits: { limitMs?: number; limitBytes?: number } = {}) =>
  runProgram(process.execPath, ['-e', script], { limitMs: 20_000, ...limits });

describe('a program', () => {
  it('gets the end of its input', async () => {
    const result = await runScript('process.stdin.resume().on("end", () => console.log("ended"))');
    expect(result).toEqual({ output: 'ended\n', errors: '', failure: undefined });
  });

  it('may print a byte that is not UTF-8', async () => {
    expect((await runScript('process.stdout.write(Buffer.from([0x61, 0xfc, 0x0a]))')).output).toBe('a\uFFFD\n');
  });

  it('gets the environment and the folder of the call', async () => {
    const options = { limitMs: 20_000, env: { ...process.env, CACHIBOT_TEST: 'x' }, cwd: __dirname };
    const { output } = await runProgram(process.execPath, ['-p', 'process.env.CACHIBOT_TEST + process.cwd()'], options);
    expect(output).toBe(`x${__dirname}\n`);
  });

  it('is killed at its time limit, even if it ignores SIGTERM, and its output is kept', async () => {
    const script =
      'process.on("SIGTERM", () => {}); console.log("ready"); console.error("x"); setInterval(() => {}, 1000)';
    expect(await runScript(script, { limitMs: 5_000 })).toEqual({
      output: 'ready\n',
      errors: 'x\n',
      failure: { code: 'SIGKILL', reason: 'not finished after 5 s' },
    });
  });

  it('is killed at its limit of output', async () => {
    const { output, failure } = await runScript('console.error("warning"); setInterval(() => console.log("abc"), 1)', {
      limitBytes: 10,
    });
    expect(output).toBe('abc\nabc\nab');
    expect(failure).toEqual({
      code: 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER',
      reason: 'stdout maxBuffer length exceeded',
    });
  });

  it('may fail: the first line of its errors says why', async () => {
    const script = 'console.log("a"); console.error("Access is denied\\nAt line:1"); process.exitCode = 3';
    expect(await runScript(script)).toEqual({
      output: 'a\n',
      errors: 'Access is denied\nAt line:1\n',
      failure: { code: 3, reason: 'Access is denied' },
    });
  });

  it('may fail without a word', async () => {
    const { failure } = await runScript('process.exitCode = 3');
    expect(failure).toEqual({ code: 3, reason: expect.stringMatching(/^Command failed: .*process\.exitCode = 3$/) });
  });

  it('may be missing', async () => {
    const failure = { code: 'ENOENT', reason: `spawn ${MISSING} ENOENT` };
    expect(await runProgram(MISSING, [], { limitMs: 1_000 })).toEqual({ output: '', errors: '', failure });
  });

  it.skipIf(process.platform === 'win32')('may be forbidden by a policy, which Node throws', async () => {
    const result = await runProgram(`${process.execPath}/x`, [], { limitMs: 1_000 });
    expect(result).toEqual({ output: '', errors: '', failure: { code: 'ENOTDIR', reason: 'spawn ENOTDIR' } });
  });
});
