import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { translate } from '../../../scripts/offline/fpm.mjs';

const args = ['-s', 'dir', '--force', '-t', 'deb', '-d', 'libgtk-3-0', '-d', 'libnss3', '--deb-compression', 'xz'];
const more = ['--architecture', 'amd64', '--name', 'cachibot-desktop', '--version', '0.1.0', '--package', 'out.deb'];

const root = join(__dirname, '..', '..', '..');
const configuration = parse(readFileSync(join(root, 'electron-builder.yml'), 'utf8'));

describe('the replacement of fpm in a rehearsal', () => {
  it('translates the options for nfpm', () => {
    const { packager, target, recompress, config } = translate([
      ...args,
      ...more,
      'app/=/opt/App',
      'a.png=/usr/share/a.png',
    ]);
    expect([packager, target, recompress]).toEqual(['deb', 'out.deb', 'xz']);
    expect(config).toMatchObject({
      name: 'cachibot-desktop',
      arch: 'amd64',
      version: '0.1.0',
      depends: ['libgtk-3-0', 'libnss3'],
      contents: [
        { src: 'app/', dst: '/opt/App', type: 'tree' },
        { src: 'a.png', dst: '/usr/share/a.png', file_info: { mode: 0o644 } },
      ],
    });
  });

  it('accepts the options for build ID links and owned folders, which nfpm does not need', () => {
    const options = ['--rpm-rpmbuild-define', '_build_id_links none', '--directories', '/opt/App'];
    const { config } = translate(['-t', 'rpm', ...more, ...options, 'app/=/opt/App']);
    expect(config).toMatchObject({ contents: [{ src: 'app/', dst: '/opt/App', type: 'tree' }] });
    const misplaced = ['-t', 'rpm', ...more, ...options, 'app/=/opt/Other'];
    expect(() => translate(misplaced)).toThrow('folders that it contains, not /opt/App');
    expect(() => translate(['-t', 'rpm', '--rpm-rpmbuild-define', '_target x'])).toThrow('the definition _target x');
  });

  it('knows all options in the configuration', () => {
    for (const target of ['deb', 'rpm'] as const)
      expect(() => translate(['-t', target, ...configuration[target].fpm, 'app/=/opt/CachiBot'])).not.toThrow();
  });

  it('throws for an unknown option', () => {
    expect(() => translate([...args, '--deb-systemd', 'unit'])).toThrow('does not know the option --deb-systemd');
  });

  it('builds only deb and rpm', () => {
    expect(() => translate(['-t', 'pacman'])).toThrow('builds deb and rpm, not pacman');
  });
});

it('the rpm does not conflict with other apps of the same Electron, and its folders are removed with it', () => {
  const options: string[] = configuration.rpm.fpm;
  expect(options[options.indexOf('--rpm-rpmbuild-define') + 1]).toBe('_build_id_links none');
  expect(options[options.indexOf('--directories') + 1]).toBe('/opt/CachiBot');
});

it('the deb depends on the new name of ALSA first, because apt could satisfy the old name by another sound system', () => {
  const depends: string[] = configuration.deb.depends;
  const { config } = translate([...args, ...more, ...depends.flatMap(name => ['-d', name])]);
  expect(config['depends']).toContain('libasound2t64 | libasound2');
});

if (process.platform !== 'win32') {
  describe.each(['deb', 'rpm'] as const)('the script that a %s runs after its removal', target => {
    /** Runs the script on a system in a temporary folder. Returns the remaining files. */
    function filesAfterRemoval(argument: string) {
      const system = mkdtempSync(join(tmpdir(), 'cachibot-removed-'));
      onTestFinished(() => rmSync(system, { recursive: true, force: true }));
      const files = [
        ...['usr/bin/cachibot-desktop', 'etc/apparmor.d/cachibot-desktop'],
        ...['var/cache/apparmor/a1.0/cachibot-desktop', 'var/cache/apparmor/b2.0/cachibot-desktop'],
        ...['var/cache/apparmor/a1.0/evince', 'etc/apparmor.d/evince'],
      ];
      for (const file of files) {
        mkdirSync(dirname(join(system, file)), { recursive: true });
        writeFileSync(join(system, file), '');
      }
      const script = readFileSync(join(root, configuration[target].afterRemove), 'utf8')
        .replaceAll(/\$\{executable\}/g, 'cachibot-desktop')
        .replaceAll(/\$\{sanitizedProductName\}/g, 'CachiBot')
        .replaceAll(/\/(?=(etc|opt|usr|var)\/)/g, `${system}/`);
      // The script finds only rm of the real system.
      mkdirSync(join(system, 'tools'));
      symlinkSync('/bin/rm', join(system, 'tools', 'rm'));
      const env = { PATH: join(system, 'tools') };
      expect(
        spawnSync('/bin/bash', ['--norc', '-c', script, 'after-remove', argument], { env, encoding: 'utf8' }),
      ).toMatchObject({
        status: 0,
        stderr: '',
      });
      return files.filter(file => existsSync(join(system, file)));
    }

    it('removes only its own command and AppArmor profiles, including compiled profiles', () => {
      expect(filesAfterRemoval(target === 'rpm' ? '0' : 'remove')).toEqual([
        'var/cache/apparmor/a1.0/evince',
        'etc/apparmor.d/evince',
      ]);
    });

    it('removes nothing when a version remains, according to rpm', () => {
      expect(filesAfterRemoval('1')).toHaveLength(6);
    });
  });
}
