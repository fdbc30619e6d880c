/** What must be true of the app wherever it is installed. */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { differences } from '../../scripts/backend/manifest.mjs';
import type { Outcome } from '../drivers/machine-view';

/** The server is as its manifest says, links and permissions included; the papers of everything are there. */
export function expectWhole(folder: string): void {
  const resources = join(folder, 'resources');
  expect(differences(join(resources, 'backend'))).toEqual([]);
  const licences = ['LICENSE.electron.txt', 'LICENSES.chromium.html', 'resources/papers/LICENCE.txt'];
  const ours = ['resources/papers/THIRD-PARTY-LICENCES.txt', 'resources/backend/THIRD-PARTY-LICENCES.txt'];
  for (const file of [...licences, ...ours]) expect(existsSync(join(folder, file)), file).toBe(true);
  expect(namesIn(join(resources, 'papers', 'sbom.cdx.json'))).toEqual(
    expect.arrayContaining(['electron', 'tree-kill']),
  );
  expect(namesIn(join(resources, 'backend', 'sbom.cdx.json'))).toEqual(expect.arrayContaining(['cachibot', 'fastapi']));
}

/** It has started by itself as for a person, and said so. */
export function expectGoodReport({ code, stdout, stderr }: Outcome): void {
  const report = JSON.parse(stdout.split('\n').find(line => line.startsWith('{')) ?? 'null');
  expect(report, stderr).toMatchObject({ ok: true, server: { version: '0.3.0' } });
  expect(code).toBe(0);
}

function namesIn(bill: string): string[] {
  const { components } = JSON.parse(readFileSync(bill, 'utf8')) as { components: { name: string }[] };
  return components.map(({ name }) => name);
}
