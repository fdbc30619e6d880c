import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openWorkFolder } from '../../../desktop/startup/work-folder';
import { createTemporaryFolder } from '../../drivers/temporary-folder';

function openHome() {
  const home = createTemporaryFolder();
  mkdirSync(join(home, '.cachibot'));
  const choose = (content: string) => writeFileSync(join(home, '.cachibot', 'work-folder.json'), content);
  return { home, own: join(home, 'CachiBot'), chosen: join(home, 'Project'), choose };
}

it('is the folder that the user has chosen, while it exists', async () => {
  const { home, own, chosen, choose } = openHome();
  const folder = openWorkFolder({ home, changed() {} });
  const found = async () => (await folder.find()).folder;
  expect(await found()).toBe(own);
  for (const content of [
    '',
    'null',
    '[]',
    '{"folder":1}',
    '{"folder":"relative"}',
    JSON.stringify({ folder: chosen }),
  ]) {
    choose(content);
    expect(await found(), content).toBe(own);
  }
  mkdirSync(chosen);
  expect(await found()).toBe(chosen);
  writeFileSync(join(home, 'file'), '');
  choose(JSON.stringify({ folder: join(home, 'file') }));
  expect(await found()).toBe(own);
});

it('does not wait for a pipe in the place of the file', { tags: 'posix' }, async () => {
  const { home, own } = openHome();
  execFileSync('mkfifo', [join(home, '.cachibot', 'work-folder.json')]);
  expect(openWorkFolder({ home, changed() {} }).get()).toBe(own);
});

it('says when the chosen folder is gone, and when it exists again', async () => {
  const { home, own, chosen, choose } = openHome();
  choose(JSON.stringify({ folder: chosen }));
  mkdirSync(chosen);
  let changes = 0;
  const folder = openWorkFolder({ home, changed: () => changes++ });
  expect(folder.get()).toBe(chosen);
  await folder.find();
  expect(changes).toBe(0);
  rmSync(chosen, { recursive: true });
  await folder.find();
  expect([folder.get(), changes]).toEqual([own, 1]);
  mkdirSync(chosen);
  await folder.find();
  expect([folder.get(), changes]).toEqual([chosen, 2]);
});

it('waits for no disk that does not respond, and asks it once', async () => {
  const { home, chosen, choose } = openHome();
  choose(JSON.stringify({ folder: chosen }));
  let asked = 0;
  const isFolder = () => {
    asked++;
    return new Promise<boolean>(() => {});
  };
  const folder = openWorkFolder({ home, changed() {}, isFolder, limitMs: 20 });
  for (const _time of [1, 2, 3]) expect(folder.get()).toBe(chosen);
  expect(await folder.find()).toEqual({ folder: chosen, isSilent: true });
  expect(asked).toBe(1);
});
