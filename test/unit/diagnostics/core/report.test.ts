import { describe, expect, it } from 'vitest';
import { type ReportParts, reportText, withoutHome } from '../../../../desktop/diagnostics/core/report';
import { words } from '../../../../desktop/words/en';

const parts: ReportParts = {
  made: '2026-08-01T10:00:00.000Z',
  about: 'CachiBot 0.1.0, Electron 45, linux x64',
  failure: 'The server stopped\nIt ended with code 3.',
  timeline: ['0.001 s  {"phase":"starting"}', '2.000 s  {"phase":"failed"}'],
  machine: { port: { number: 5870, free: true }, paths: { data: '/home/ada/.cachibot' } },
  files: [
    { name: 'main.log', text: 'GET /ws?token=abcdef0123\n' },
    { name: 'server.log', text: 'FileNotFoundError: /home/ada/CachiBot/x\n' },
  ],
};

describe('a report', () => {
  it('has a heading for each part, in reading order', () => {
    const text = reportText(parts, ['/home/ada']);
    const headings = [...text.matchAll(/={80}\n(.+)\n={80}\n/g)].map(([, heading]) => heading);
    expect(headings).toEqual([
      words.report.failure,
      words.report.timeline,
      words.report.machine,
      'main.log',
      'server.log',
    ]);
    expect(text).toMatch(
      /^CachiBot diagnostic report, created 2026-08-01T10:00:00.000Z\nCachiBot 0.1.0, Electron 45, linux x64\n/,
    );
  });

  it('has each part below its heading, after a blank line', () => {
    const text = reportText({ ...parts, failure: undefined, files: [{ name: 'a.log', text: ' one\n\n' }] }, []);
    const line = '='.repeat(80);
    expect(text).toContain('before you share it.\n\n=');
    expect(text).toContain('\n0.001 s  {"phase":"starting"}\n2.000 s  {"phase":"failed"}\n\n=');
    expect(text).toMatch(new RegExp(`\n\n${line}\na.log\n${line}\n one\n$`));
    expect(text.match(new RegExp(`^${line}$`, 'gm'))).toHaveLength(6);
  });

  it('contains no secret, and no path of the user’s home folder', () => {
    const text = reportText(parts, ['/home/ada']);
    expect(text).toContain('token=[hidden]');
    expect(text).not.toMatch(/abcdef|ada/);
    expect(text).toContain('FileNotFoundError: ~/CachiBot/x');
  });

  it('has no heading for the failure page when it is not shown', () => {
    expect(reportText({ ...parts, failure: undefined }, [])).not.toContain(words.report.failure);
  });
});

describe('the user’s home folder', () => {
  it.each([
    ['/home/ada', '/home/ada/x /home/ada', '~/x ~'],
    ['/home/ada', 'in /home/ada. File "/home/ada/x.py", HOME=/home/ada', 'in ~. File "~/x.py", HOME=~'],
    ['/home/ada/', 'file:///home/ada/x', 'file://~/x'],
    ['/Users/ada', '/Users/adam /Users/ada-old /Users/ada.old', '/Users/adam /Users/ada-old /Users/ada.old'],
    ['/srv', '/foo/srv and /srv/x', '/foo/srv and ~/x'],
    ['/Users/a.a+(1)', '/Users/a.a+(1)/x /Users/aba+(1)/x', '~/x /Users/aba+(1)/x'],
    ['C:\\Users\\ada', 'C:\\Users\\ada\\x', '~\\x'],
    ['C:\\Users\\ada', '{"data":"C:\\\\Users\\\\ada\\\\x"}', '{"data":"~\\\\x"}'],
    ['C:\\Users\\ada', 'c:/users/Ada/x', '~/x'],
    ['/home/ada//', 'in /home/ada/x', 'in ~/x'],
    ['/mnt/c:', 'in /mnt/c:/x', 'in ~/x'],
    ['/', '/ and /x', '/ and /x'],
    ['', 'x', 'x'],
    ['C:\\', 'C:\\x', 'C:\\x'],
  ])('%s: %s', (home, text, expected) => expect(withoutHome(text, [home])).toBe(expected));

  it('is replaced completely when it is inside another', () => {
    expect(withoutHome('/home/ada/test/x /home/ada/y', ['/home/ada', '/home/ada/test'])).toBe('~/x ~/y');
  });
});
