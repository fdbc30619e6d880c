/** The results of tests: their numbers, and the last line of a run. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { interpreter } from '../../../scripts/setup/python.mjs';
import { MOST_RETRIED, report, results, sum } from '../../../scripts/testing/results.mjs';
import { runSuites } from '../../../scripts/testing/run-suites.mjs';
import { NOT_HERE } from '../../../scripts/testing/systems.mjs';
import { resultsOf } from '../../vitest-reporter';

interface Outcome {
  state?: 'passed' | 'failed' | 'skipped';
  tags?: string[];
  flaky?: boolean;
}

const test = (name: string, { state = 'passed', tags = [], flaky = false }: Outcome = {}) => ({
  fullName: name,
  tags,
  result: () => ({ state, errors: state === 'failed' ? [{ message: `why ${name}` }] : undefined }) as never,
  diagnostic: () => ({ flaky }) as never,
  meta: () => ({ row: { fault: `of ${name}` } }),
});
const file = (tests: ReturnType<typeof test>[], errors: { message: string }[] = []) => ({
  moduleId: '/clone/test/a.test.ts',
  errors: () => errors,
  children: { allTests: () => tests },
});
const options = { root: '/clone', filtered: false };

describe('vitest', () => {
  it('counts tests that passed, failed and were skipped', () => {
    const tests = [test('one'), test('two', { state: 'failed' }), test('three', { state: 'skipped' })];
    expect(resultsOf([file(tests)], options)).toEqual({
      passed: 1,
      failed: [{ name: 'test/a.test.ts: two', detail: 'why two' }],
      skipped: ['test/a.test.ts: three'],
      elsewhere: [],
      retried: [],
      rows: [
        { name: 'one', ok: true, fault: 'of one' },
        { name: 'two', ok: false, fault: 'of two' },
      ],
    });
  });

  it.each([
    ['linux', 'win32', 'elsewhere'],
    ['linux', 'darwin', 'elsewhere'],
    ['linux', 'linux', 'skipped'],
    ['posix', 'win32', 'elsewhere'],
    ['posix', 'darwin', 'skipped'],
    ['', 'win32', 'skipped'],
  ] as const)('reports a skipped test that needs “%s” on %s as %s', (tag, platform, where) => {
    const skipped = test('a', { state: 'skipped', tags: tag ? [tag] : [] });
    const found = resultsOf([file([skipped])], { ...options, platform });
    expect({ skipped: found.skipped, elsewhere: found.elsewhere }).toEqual({
      skipped: [],
      elsewhere: [],
      [where]: ['test/a.test.ts: a'],
    });
  });

  it('counts a file that does not load as a failure', () => {
    const { failed } = resultsOf([file([], [{ message: 'no such module' }])], options);
    expect(failed).toEqual([{ name: 'test/a.test.ts', detail: 'no such module' }]);
  });

  it('lists a test that passed on its second run', () => {
    expect(resultsOf([file([test('a', { flaky: true })])], options)).toMatchObject({
      passed: 1,
      retried: ['test/a.test.ts: a'],
    });
  });

  it('does not count tests that a name pattern leaves out', () => {
    const skipped = test('a', { state: 'skipped' });
    expect(resultsOf([file([skipped])], { ...options, filtered: true }).skipped).toEqual([]);
  });
});

describe('pytest', () => {
  it('reports passed, failed and skipped tests; the worst result of set-up, test and teardown counts', () => {
    const folder = mkdtempSync(join(tmpdir(), 'cachibot-results-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const tests = `
import pytest
def test_good(): pass
def test_bad(): assert 1 < 0, 'arithmetic'
@pytest.mark.skip(reason='not today')
def test_later(): pass
@pytest.fixture
def untidy():
    yield
    raise OSError('left a file')
def test_untidy(untidy): pass
`;
    writeFileSync(join(folder, 'conftest.py'), readFileSync(join(__dirname, '..', '..', 'conftest.py')));
    for (const name of ['systems.py', 'stall_limit.py'])
      writeFileSync(join(folder, name), readFileSync(join(__dirname, '..', '..', 'python', name)));
    writeFileSync(join(folder, 'test_a.py'), tests);
    writeFileSync(join(folder, 'test_b.py'), 'import nowhere');
    const python = interpreter(join(__dirname, '..', '..', '..'), 'python-dev');
    const file = join(folder, 'results.json');
    const env = { ...process.env, CACHIBOT_TEST_RESULTS: file };
    const args = [
      '-m',
      'pytest',
      '-q',
      '--continue-on-collection-errors',
      '-p',
      'no:cacheprovider',
      '--rootdir',
      folder,
    ];
    spawnSync(python, [...args, folder], { cwd: folder, env });
    const { passed, failed, skipped } = JSON.parse(readFileSync(file, 'utf8'));
    expect({ passed, skipped }).toEqual({ passed: 1, skipped: ['test_a.py::test_later'] });
    expect(failed.map(({ name }: { name: string }) => name).sort()).toEqual([
      'test_a.py::test_bad',
      'test_a.py::test_untidy',
      'test_b.py',
    ]);
    expect(failed.map(({ detail }: { detail: string }) => detail).join()).toMatch(
      /arithmetic[\s\S]*left a file|left a file[\s\S]*arithmetic/,
    );
  });

  it('uses the same reason for another system as the scripts', () => {
    const text = readFileSync(join(__dirname, '..', '..', 'python', 'systems.py'), 'utf8');
    expect(text).toContain(`NOT_HERE = "${NOT_HERE}"`);
  });
});

describe('the last line', () => {
  const printed = (total: ReturnType<typeof results>) => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => {});
    const code = report(total);
    const lines = log.mock.calls.map(([line]) => String(line).trim());
    log.mockRestore();
    return { code, lines, last: lines.at(-1) };
  };

  it('contains the numbers of passed and failed tests', () => {
    expect(printed(results({ passed: 3 }))).toMatchObject({ code: 0, last: '3 passed, 0 failed' });
    const failed = [{ name: 'a', detail: 'b' }];
    expect(printed(results({ passed: 3, failed }))).toMatchObject({ code: 1, last: '3 passed, 1 failed' });
  });

  it('reports a failure if no test ran', () => {
    expect(printed(results({}))).toMatchObject({ code: 1, last: '0 passed, 0 failed' });
  });

  it('comes after the names of the tests that passed on their second run', () => {
    const { lines, code } = printed(results({ passed: 3, retried: ['x', 'y'] }));
    expect(lines).toContain('Passed on the second run, 2: x, y');
    expect(code).toBe(0);
  });
});

describe('a sum', () => {
  it('counts a skipped test as failed if every test must run', () => {
    const all = [results({ passed: 1, skipped: ['x'], elsewhere: ['y'] })];
    expect(sum(all, { skippedCountsAsFailed: true })).toMatchObject({ failed: [{ name: 'x' }], elsewhere: ['y'] });
    expect(sum(all, { skippedCountsAsFailed: false }).failed).toHaveLength(0);
  });

  it(`fails with more than ${MOST_RETRIED} tests that passed on their second run, over all suites`, () => {
    const names = Array.from({ length: MOST_RETRIED }, (_, index) => String(index));
    const steady = sum([results({ passed: 9, retried: names })], { skippedCountsAsFailed: true });
    expect(steady.failed).toEqual([]);
    const unsteady = [results({ passed: 9, retried: names }), results({ passed: 1, retried: ['one more'] })];
    expect(sum(unsteady, { skippedCountsAsFailed: true }).failed).toMatchObject([{ name: 'Steadiness' }]);
  });
});

describe('suites', () => {
  it('all run, even if one of them throws', async () => {
    const all = await runSuites(
      {
        'a build': async () => {},
        'a build that fails': () => Promise.reject(new Error('no room')),
        'a suite': async () => results({ passed: 2, failed: [{ name: 'a', detail: 'b' }] }),
      },
      () => {},
    );
    const { passed, failed } = sum(all, { skippedCountsAsFailed: true });
    expect(passed).toBe(3);
    expect(failed).toEqual([
      { name: 'a build that fails', detail: 'no room' },
      { name: 'a', detail: 'b' },
    ]);
  });
});
