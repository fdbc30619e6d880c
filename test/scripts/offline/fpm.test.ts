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

describe('what stands in for fpm in a rehearsal', () => {
  it('says the same to nfpm', () => {
    const { packager, target, again, config } = translate([
      ...args,
      ...more,
      'app/=/opt/App',
      'a.png=/usr/share/a.png',
    ]);
    expect([packager, target, again]).toEqual(['deb', 'out.deb', 'xz']);
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

  it('makes no links of build ids, and lets the package own its folders, as nfpm always does', () => {
    const asked = ['--rpm-rpmbuild-define', '_build_id_links none', '--directories', '/opt/App'];
    const { config } = translate(['-t', 'rpm', ...more, ...asked, 'app/=/opt/App']);
    expect(config).toMatchObject({ contents: [{ src: 'app/', dst: '/opt/App', type: 'tree' }] });
    expect(() => translate(['-t', 'rpm', ...more, ...asked, 'app/=/opt/Other'])).toThrow('brings whole, not /opt/App');
    expect(() => translate(['-t', 'rpm', '--rpm-rpmbuild-define', '_target x'])).toThrow('the definition _target x');
  });

  it('is told by the configuration only what it knows', () => {
    for (const target of ['deb', 'rpm'] as const)
      expect(() => translate(['-t', target, ...configuration[target].fpm, 'app/=/opt/CachiBot'])).not.toThrow();
  });

  it('leaves nothing out in silence: an option it does not know is an error', () => {
    expect(() => translate([...args, '--deb-systemd', 'unit'])).toThrow('does not know the option --deb-systemd');
  });

  it('makes deb and rpm only', () => {
    expect(() => translate(['-t', 'pacman'])).toThrow('makes deb and rpm, not pacman');
  });
});

it('the rpm conflicts with no other app of the same Electron, and takes its folders along when it goes', () => {
  const words: string[] = configuration.rpm.fpm;
  expect(words[words.indexOf('--rpm-rpmbuild-define') + 1]).toBe('_build_id_links none');
  expect(words[words.indexOf('--directories') + 1]).toBe('/opt/CachiBot');
});

it('the deb asks for ALSA by its new name first, which apt would else be free to fill with another sound system', () => {
  const asked: string[] = configuration.deb.depends;
  const { config } = translate([...args, ...more, ...asked.flatMap(name => ['-d', name])]);
  expect(config['depends']).toContain('libasound2t64 | libasound2');
});

if (process.platform !== 'win32') {
  describe.each(['deb', 'rpm'] as const)('what a %s runs when it has gone', target => {
    /** A system whose files lie in a folder, after that script. */
    function removed(word: string) {
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
      // Of the real system it finds nothing but rm.
      mkdirSync(join(system, 'tools'));
      symlinkSync('/bin/rm', join(system, 'tools', 'rm'));
      const env = { PATH: join(system, 'tools') };
      expect(
        spawnSync('/bin/bash', ['--norc', '-c', script, 'after-remove', word], { env, encoding: 'utf8' }),
      ).toMatchObject({
        status: 0,
        stderr: '',
      });
      return files.filter(file => existsSync(join(system, file)));
    }

    it('takes its command and its AppArmor profile away, compiled ones too, and nobody else’s', () => {
      expect(removed(target === 'rpm' ? '0' : 'remove')).toEqual([
        'var/cache/apparmor/a1.0/evince',
        'etc/apparmor.d/evince',
      ]);
    });

    it('leaves everything where rpm says that a version is left', () => {
      expect(removed('1')).toHaveLength(6);
    });
  });
}
