/** Checks that apply to every installed app. */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { bundleDifferences } from '../../scripts/backend/manifest.mjs';
import type { Outcome } from '../drivers/machine-view';

/** Expects that the server matches its manifest, including links and permissions, and that all licence files exist. */
export function expectComplete(folder: string): void {
  const resources = join(folder, 'resources');
  expect(bundleDifferences(join(resources, 'backend'))).toEqual([]);
  const licences = ['LICENSE.electron.txt', 'LICENSES.chromium.html', 'resources/papers/LICENCE.txt'];
  const ours = ['resources/papers/THIRD-PARTY-LICENCES.txt', 'resources/backend/THIRD-PARTY-LICENCES.txt'];
  for (const file of [...licences, ...ours]) expect(existsSync(join(folder, file)), file).toBe(true);
  expect(componentsIn(join(resources, 'papers', 'sbom.cdx.json'))).toEqual(
    expect.arrayContaining(['electron', 'tree-kill']),
  );
  expect(componentsIn(join(resources, 'backend', 'sbom.cdx.json'))).toEqual(
    expect.arrayContaining(['cachibot', 'fastapi']),
  );
}

/** Expects that `--smoke` has started the app and printed a successful report. */
export function expectSmokeReport({ code, stdout, stderr }: Outcome): void {
  const report = JSON.parse(stdout.split('\n').find(line => line.startsWith('{')) ?? 'null');
  expect(report, stderr).toMatchObject({ ok: true, server: { version: '0.3.0' } });
  expect(code).toBe(0);
}

function componentsIn(sbom: string): string[] {
  const { components } = JSON.parse(readFileSync(sbom, 'utf8')) as { components: { name: string }[] };
  return components.map(({ name }) => name);
}
