import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { type Counted, report, sum } from '../scripts/testing/counted.mjs';
import { inTurn } from '../scripts/testing/in-turn.mjs';
import { countJunit } from '../scripts/testing/junit-report.mjs';
import { NOT_HERE } from '../scripts/testing/systems.mjs';
import { countVitest } from '../scripts/testing/vitest-report.mjs';

const test = (status: string, ...tags: string[]) => ({
  status,
  fullName: `a ${status} one`,
  tags,
  failureMessages: null,
});
const file = (status: string, ...tests: ReturnType<typeof test>[]) => ({
  name: '/clone/test/a.test.ts',
  status,
  message: '',
  assertionResults: tests,
});

describe('vitest', () => {
  it('counts tests that passed, failed and were skipped', () => {
    const testResults = [file('failed', test('passed'), test('failed'), test('pending'), test('todo'))];
    const { passed, failed, skipped } = countVitest({ success: false, testResults }, '/clone');
    expect([passed, failed.length, skipped.length]).toEqual([1, 1, 2]);
    expect(failed[0]?.name).toBe('test/a.test.ts: a failed one');
  });

  it.each([
    ['linux', 'win32', 'elsewhere'],
    ['linux', 'darwin', 'elsewhere'],
    ['linux', 'linux', 'skipped'],
    ['posix', 'win32', 'elsewhere'],
    ['posix', 'darwin', 'skipped'],
    ['', 'win32', 'skipped'],
  ] as const)('of a skipped test that needs “%s” says on %s: %s', (tag, platform, where) => {
    const testResults = [file('passed', test('skipped', ...(tag ? [tag] : [])))];
    const counted = countVitest({ success: true, testResults }, '/clone', platform);
    expect({ skipped: counted.skipped, elsewhere: counted.elsewhere }).toEqual({
      skipped: [],
      elsewhere: [],
      [where]: ['test/a.test.ts: a skipped one'],
    });
  });

  it('counts a file that does not load as a failure', () => {
    expect(countVitest({ success: false, testResults: [file('failed')] }, '/clone').failed).toHaveLength(1);
  });

  it('counts a run that failed outside of every test as a failure', () => {
    const testResults = [file('passed', test('passed'))];
    expect(countVitest({ success: false, testResults }, '/clone').failed).toHaveLength(1);
  });
});

describe('pytest', () => {
  it('counts cases, with what went wrong', () => {
    const xml = `<?xml version="1.0"?><testsuites><testsuite name="pytest">
      <testcase classname="test.a" name="good" time="0.1" />
      <testcase classname="test.a" name="bad" time="0.1"><failure message="short">1 &lt; 0
more</failure></testcase>
      <testcase classname="" name="test.b"><error message="collection failure">No module</error></testcase>
      <testcase classname="test.a" name="later"><skipped type="x" message="not here">x</skipped></testcase>
      <testcase classname="test.a" name="untidy" time="0.1" />
      <testcase classname="test.a" name="untidy"><error message="failed on teardown">left a file</error></testcase>
    </testsuite></testsuites>`;
    expect(countJunit(xml)).toEqual({
      passed: 1,
      failed: [
        { name: 'test.a: bad', detail: '1 < 0\nmore' },
        { name: 'test.b', detail: 'No module' },
        { name: 'test.a: untidy', detail: 'left a file' },
      ],
      skipped: ['test.a: later'],
      elsewhere: [],
    });
  });

  it.each([
    ['Not on this system: no mounts', 'win32', 'elsewhere'],
    ['Not on this system: no mounts', 'linux', 'skipped'],
    ['no network today', 'win32', 'skipped'],
  ] as const)('of one that is skipped as “%s” says on %s: %s', (message, platform, where) => {
    const xml = `<testcase classname="a" name="b"><skipped type="x" message="${message}">at x</skipped></testcase>`;
    expect(countJunit(xml, platform)).toMatchObject({ skipped: [], elsewhere: [], [where]: ['a: b'] });
  });

  it('says it in the words that are looked for', () => {
    const helper = readFileSync(join(__dirname, 'python', 'systems.py'), 'utf8');
    expect(helper).toContain(`NOT_HERE = "${NOT_HERE}"`);
  });
});

describe('the last line', () => {
  const last = (counted: Counted) => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => {});
    const code = report(counted);
    const line = String(log.mock.calls.at(-1)?.[0]).trim();
    log.mockRestore();
    return { code, line };
  };

  it('says how many passed and failed', () => {
    expect(last({ passed: 3, failed: [], skipped: [] })).toEqual({ code: 0, line: '3 passed, 0 failed' });
    const failed = [{ name: 'a', detail: 'b' }];
    expect(last({ passed: 3, failed, skipped: [] })).toEqual({ code: 1, line: '3 passed, 1 failed' });
  });

  it('is no success when nothing ran', () => {
    expect(last({ passed: 0, failed: [], skipped: [] })).toEqual({ code: 1, line: '0 passed, 0 failed' });
  });

  it('counts a skipped test as failed where every test must run', () => {
    const results = [{ passed: 1, failed: [], skipped: ['x'], elsewhere: ['y'] }];
    expect(sum(results, { skippedCountsAsFailed: true })).toMatchObject({ failed: [{ name: 'x' }], elsewhere: ['y'] });
    expect(sum(results, { skippedCountsAsFailed: false }).failed).toHaveLength(0);
  });
});

describe('suites in turn', () => {
  it('all run, whatever becomes of one of them', async () => {
    const results = await inTurn(
      {
        'a build': async () => {},
        'a build that fails': () => Promise.reject(new Error('no room')),
        'a suite': async () => ({ passed: 2, failed: [{ name: 'a', detail: 'b' }], skipped: [] }),
      },
      () => {},
    );
    const { passed, failed } = sum(results, { skippedCountsAsFailed: true });
    expect(passed).toBe(3);
    expect(failed).toEqual([
      { name: 'a build that fails', detail: 'no room' },
      { name: 'a', detail: 'b' },
    ]);
  });
});
