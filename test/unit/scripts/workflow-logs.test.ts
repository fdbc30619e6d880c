/** The logs of a job that did not succeed are uploaded. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const WORKFLOWS = join(__dirname, '..', '..', '..', '.github', 'workflows');

interface Step {
  if?: string;
  uses?: string;
  with?: { name?: string };
}

interface Workflow {
  jobs: Record<string, { steps: Step[] }>;
}

describe.each(['ci.yml', 'mutants.yml', 'windows-server.yml'])('%s', name => {
  const { jobs } = parse(readFileSync(join(WORKFLOWS, name), 'utf8')) as Workflow;

  it.each(Object.keys(jobs))('uploads the logs of the job “%s”, also at its time limit', job => {
    const uploads = jobs[job]?.steps.filter(step => step.uses?.startsWith('actions/upload-artifact@'));
    expect(uploads?.map(step => step.with?.name)).toEqual([expect.stringMatching(/^logs-/)]);
    // GitHub cancels a job at its time limit, for which `failure()` is false.
    expect(uploads?.map(step => step.if)).toEqual(['$' + '{{ !success() }}']);
  });
});
