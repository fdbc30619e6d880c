/** `npm run pins`: newer pins are proposed and tested in a copy, and accepted only if they have passed there. */

import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import semver from 'semver';
import { describe, expect, it } from 'vitest';
import { LOCKS, lockDifferences } from '../../../scripts/pins/locks.mjs';
import { newestFor } from '../../../scripts/pins/node-pins.mjs';
import { pinsIn, updateOverrides, withLowerBounds } from '../../../scripts/pins/overrides.mjs';
import { Clone } from '../../drivers/clone';

const OVERRIDES = `# Newer, as of 2026-01-01. Why: elsewhere
aiohttp==3.0
cryptography==48.0 ; sys_platform == 'darwin'  # no wheel for it since 49
cryptography==50.0 ; sys_platform != 'darwin'
gone==1.0
`;

describe('the list of overrides', () => {
  it('contains names, versions, systems, and reasons', () => {
    expect(pinsIn(OVERRIDES)[1]).toEqual({
      name: 'cryptography',
      version: '48.0',
      marker: "sys_platform == 'darwin'",
      reason: 'no wheel for it since 49',
    });
  });

  it('becomes lower bounds, except for pins with a reason', () => {
    expect(withLowerBounds(OVERRIDES).split('\n').slice(1, 4)).toEqual([
      'aiohttp>=3.0',
      "cryptography==48.0 ; sys_platform == 'darwin'  # no wheel for it since 49",
      "cryptography>=50.0 ; sys_platform != 'darwin'",
    ]);
  });

  it('is updated to the newest versions, without packages that are no longer needed, and with added packages', () => {
    const newest = { aiohttp: ['4.0'], cryptography: ['48.0', '51.0'], fastapi: ['1.0'], 'not-listed': ['9.0'] };
    expect(updateOverrides(OVERRIDES, newest, { date: '2026-02-02', extra: ['fastapi'] })).toBe(
      `# Newer, as of 2026-02-02. Why: elsewhere
aiohttp==4.0
cryptography==48.0 ; sys_platform == 'darwin'  # no wheel for it since 49
cryptography==51.0 ; sys_platform != 'darwin'
fastapi==1.0
`,
    );
  });

  it('changes the lock files, whose differences are listed by package', () => {
    expect(lockDifferences('a==1\nb==1 ; x\nb==2 ; y\nsame==1', 'b==1 ; x\nb==3 ; y\nc==1\nsame==1')).toEqual([
      'a: 1 → removed',
      'b: 1, 2 → 1, 3',
      'c: new → 1',
    ]);
  });
});

it('pins every list of Python packages in a lock file', () => {
  const lists = readdirSync(join(__dirname, '../../../build')).filter(name => name.endsWith('.in'));
  expect([...LOCKS].sort()).toEqual(lists.map(name => name.replace(/in$/, 'lock')).sort());
});

describe('the newest version of a Node package', () => {
  it.each([
    ['the highest version, in any order', ['41.7.1', '45.5.0', '45.4.1'], '45.5.0'],
    ['not a pre-release', ['1.0.0', '2.0.0-beta.1'], '1.0.0'],
    ['undefined if no version is published', [], undefined],
  ])('is %s', (_, versions, newest) => {
    const published = versions.map(version => ({ version }));
    expect(newestFor(published, '20.19.0', semver)).toBe(newest);
  });

  it('supports our oldest Node', () => {
    const published = [
      { version: '1.0.0', 'engines.node': '^20.19.0 || >=22.12.0' },
      { version: '2.0.0', 'engines.node': '>=22.12.0' },
    ];
    expect(newestFor(published, '20.19.0', semver)).toBe('1.0.0');
  });
});

// The fake tools are shell scripts.
describe('with fake tools', { tags: 'posix' }, () => {
  it('node scripts/lock.mjs limits the date of each lock file, so that it makes the same at any time', async () => {
    const clone = new Clone();
    expect((await clone.run('lock.mjs')).code).toBe(0);
    const compiled = clone.calls().filter(call => call.startsWith('uv pip compile'));
    expect(compiled).toHaveLength(LOCKS.length);
    for (const call of compiled) expect(call).toMatch(/ --exclude-newer 20\d\d-\d\d-\d\d /);
  });

  describe('npm run pins', () => {
    const COMMANDS = ['test', 'backend', 'test --suite frozen', 'bench'];

    /** A clone whose commands only print their name, and fail if FAILS names them. */
    function cloneWithPins() {
      const clone = new Clone();
      for (const name of ['test', 'backend', 'bench'])
        clone.write(
          `scripts/${name}.mjs`,
          `const command = ['${name}', ...process.argv.slice(2)].join(' ');
          console.log('ran', command, 'in', process.cwd());
          process.exit(process.env.FAILS === command ? 1 : 0);`,
        );
      cpSync(join(__dirname, '../../../node_modules/semver'), join(clone.root, 'node_modules/semver'), {
        recursive: true,
      });
      const build = join(clone.root, 'build');
      const locked = () =>
        Object.fromEntries([
          ...readdirSync(build)
            .filter(name => /\.(lock|in|txt)$/.test(name))
            .map(name => [name, readFileSync(join(build, name), 'utf8')]),
          ['package.json', readFileSync(join(clone.root, 'package.json'), 'utf8')],
        ]);
      return { clone, locked };
    }

    it('prints newer versions and does not change the clone’s pins', async () => {
      const { clone, locked } = cloneWithPins();
      const before = locked();
      const { code, stdout } = await clone.run('pins.mjs', ['--look']);
      expect(code).toBe(0);
      expect(stdout).toMatch(/^ {2}aiohttp: \S+ → 99\.0$/m);
      expect(stdout).toMatch(/^ {2}cryptography: \S+, \S+ → 48\.0\.1, 99\.0$/m);
      expect(stdout).toMatch(/^ {2}electron: \S+ → 99\.0\.0$/m);
      for (const lock of LOCKS.slice(1)) expect(stdout).toContain(`  ${lock}: one-tool: new → 1.0\n`);
      expect(stdout).not.toContain('ran test');
      expect(locked()).toEqual(before);
      const accepted = await clone.run('pins.mjs', ['--accept']);
      expect(accepted.code).toBe(1);
      expect(accepted.stderr).toEqual([expect.stringContaining('no proposed pins that have passed')]);
    });

    it('tests newer versions in the copy; then they can be accepted', async () => {
      const { clone, locked } = cloneWithPins();
      const before = locked();
      const { code, stdout } = await clone.run('pins.mjs');
      expect(code).toBe(0);
      for (const name of COMMANDS)
        expect(stdout).toMatch(new RegExp(`^ran ${name} in \\S+/cachibot-desktop/pins-`, 'm'));
      expect(stdout).toContain('4 passed, 0 failed');
      expect(locked()).toEqual(before);
      expect((await clone.run('pins.mjs', ['--accept'])).code).toBe(0);
      expect(locked()['overrides.txt']).toContain('aiohttp==99.0');
      expect(locked()['requirements.lock']).toContain('aiohttp==99.0');
      for (const lock of LOCKS.slice(1)) expect(locked()[lock]).toContain('one-tool==1.0');
      expect(locked()['package.json']).toContain('"electron": "99.0.0"');
      expect((await clone.run('pins.mjs', ['--accept'])).code).toBe(1);
    });

    it('does not accept pins that have failed, but runs all tests', async () => {
      const { clone } = cloneWithPins();
      const { code, stdout } = await clone.run('pins.mjs', [], { FAILS: 'backend' });
      expect(code).toBe(1);
      expect(stdout).toContain('ran bench');
      expect(stdout).toContain('3 passed, 1 failed');
      expect((await clone.run('pins.mjs', ['--accept'])).code).toBe(1);
    });

    it('does not accept pins if the pins of the clone have changed since', async () => {
      const { clone, locked } = cloneWithPins();
      await clone.run('pins.mjs');
      clone.write('build/requirements.in', 'cachibot==0.4.0\n');
      const before = locked();
      const { code, stderr } = await clone.run('pins.mjs', ['--accept']);
      expect(code).toBe(1);
      expect(stderr).toEqual([expect.stringContaining('have changed since')]);
      expect(locked()).toEqual(before);
    });
  });
});
