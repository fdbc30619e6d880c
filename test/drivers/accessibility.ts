/** Checks pages for faults that keep some users from them: contrast, names, roles. The rules are those of axe-core. */

import axe, { type AxeResults, type Result } from 'axe-core';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';

/** Faults that hinder users seriously, or keep them out. */
const GRAVE = ['serious', 'critical'];

/** Fails if the page has a grave fault in one of the color schemes. @param part selector of what is to be checked */
export function expectAccessible(ui: Page, part = 'html'): Promise<void> {
  return expectNoFaults(ui, part, ({ impact }) => GRAVE.includes(impact ?? ''));
}

/** Fails if the page has any fault in one of the color schemes. @param except rules that do not apply, by their IDs */
export function expectFlawless(ui: Page, except: readonly string[] = []): Promise<void> {
  return expectNoFaults(ui, 'html', ({ id }) => !except.includes(id));
}

async function expectNoFaults(ui: Page, part: string, counts: (fault: Result) => boolean): Promise<void> {
  await ui.evaluate(axe.source);
  for (const colorScheme of ['light', 'dark'] as const) {
    await ui.emulateMedia({ colorScheme });
    const { passes, violations } = await ui.evaluate<AxeResults>(`axe.run(${JSON.stringify(part)})`);
    const faults = violations
      .filter(counts)
      .flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => ({ id, html, failureSummary })));
    expect(faults, `${new URL(ui.url()).pathname}, ${colorScheme}`).toEqual([]);
    expect(passes.length, 'rules that found something to check').toBeGreaterThan(0);
  }
  await ui.emulateMedia({ colorScheme: null });
}
