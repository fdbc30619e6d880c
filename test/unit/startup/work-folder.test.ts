import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { workFolder } from '../../../desktop/startup/work-folder';
import { createTemporaryFolder } from '../../drivers/temporary-folder';

it('is the folder that the user has chosen, while it exists', () => {
  const home = createTemporaryFolder();
  const own = join(home, 'CachiBot');
  const chosen = join(home, 'Project');
  const choose = (content: string) => writeFileSync(join(home, '.cachibot', 'work-folder.json'), content);
  expect(workFolder(home)).toBe(own);
  mkdirSync(join(home, '.cachibot'));
  for (const content of [
    '',
    'null',
    '[]',
    '{"folder":1}',
    '{"folder":"relative"}',
    JSON.stringify({ folder: chosen }),
  ]) {
    choose(content);
    expect(workFolder(home), content).toBe(own);
  }
  mkdirSync(chosen);
  expect(workFolder(home)).toBe(chosen);
  writeFileSync(join(home, 'file'), '');
  choose(JSON.stringify({ folder: join(home, 'file') }));
  expect(workFolder(home)).toBe(own);
});
