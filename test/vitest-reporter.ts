import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import type { Reporter, TestCase, TestModule, Vitest } from 'vitest/node';
import type { Results } from '../scripts/testing/results.mjs';
import { canRun } from '../scripts/testing/systems.mjs';

/** A row of a printed table, which a test stores in `task.meta.row`. */
export type Row = Readonly<Record<string, unknown>>;

declare module 'vitest' {
  interface TaskMeta {
    row?: Row;
  }
}

/** Writes the results of a run for `scripts/test.mjs` into the file that CACHIBOT_TEST_RESULTS names. */
export default class ResultsReporter implements Reporter {
  #root = '';
  /** Whether tests are selected by name or tag. The others are skipped, which is not a failure. */
  #filtered = false;

  onInit(vitest: Vitest): void {
    this.#root = vitest.config.root;
    const { testNamePattern, tagsFilter } = vitest.config;
    this.#filtered = testNamePattern !== undefined || tagsFilter !== undefined;
  }

  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly { message: string; stack?: string }[]): void {
    const file = process.env['CACHIBOT_TEST_RESULTS'];
    if (file === undefined) return;
    const results = resultsOf(modules, { root: this.#root, filtered: this.#filtered });
    for (const { message, stack } of unhandled)
      results.failed.push({ name: 'outside of every test', detail: stack ?? message });
    writeFileSync(file, JSON.stringify(results));
  }
}

type Test = Pick<TestCase, 'fullName' | 'result' | 'diagnostic' | 'meta' | 'tags'>;
interface Module {
  moduleId: string;
  errors(): readonly { message: string }[];
  children: { allTests(): Iterable<Test> };
}

/** Counts tests, and files that failed outside of every test, such as one that does not load. */
export function resultsOf(
  modules: Iterable<Module>,
  { root, filtered, platform }: { root: string; filtered: boolean; platform?: NodeJS.Platform },
): Results {
  const results: Results = { passed: 0, failed: [], skipped: [], elsewhere: [], retried: [], rows: [] };
  for (const module of modules) {
    const file = relative(root, module.moduleId).replaceAll('\\', '/');
    for (const { message } of module.errors()) results.failed.push({ name: file, detail: message });
    for (const test of module.children.allTests()) {
      const name = `${file}: ${test.fullName}`;
      const { state, errors } = test.result();
      const row = test.meta().row;
      if (state === 'passed' || state === 'failed')
        results.rows.push({ ...row, name: test.fullName, ok: state === 'passed' });
      if (state === 'passed') {
        results.passed++;
        if (test.diagnostic()?.flaky) results.retried.push(name);
      } else if (state === 'failed') {
        const detail = (errors ?? []).map(({ message, stack }) => stack ?? message).join('\n');
        results.failed.push({ name, detail });
      } else if (!canRun(test.tags, platform)) results.elsewhere.push(name);
      else if (!filtered) results.skipped.push(name);
    }
  }
  return results;
}
