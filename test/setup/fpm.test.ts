import { describe, expect, it } from 'vitest';
import { translate } from '../../scripts/dist/fpm.mjs';

const args = ['-s', 'dir', '--force', '-t', 'deb', '-d', 'libgtk-3-0', '-d', 'libnss3', '--deb-compression', 'xz'];
const more = ['--architecture', 'amd64', '--name', 'cachibot-desktop', '--version', '0.1.0', '--package', 'out.deb'];

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

  it('leaves nothing out in silence: an option it does not know is an error', () => {
    expect(() => translate([...args, '--deb-systemd', 'unit'])).toThrow('does not know the option --deb-systemd');
  });

  it('makes deb and rpm only', () => {
    expect(() => translate(['-t', 'pacman'])).toThrow('makes deb and rpm, not pacman');
  });
});
