import { domainToUnicode } from 'node:url';
import { describe, expect, it } from 'vitest';
import { describeLink, opensAtOnce, questionFor } from '../../../../desktop/security/core/external-link';
import { words } from '../../../../desktop/words/en';

const linkOf = (href: string) => describeLink(href, domainToUnicode);
const ask = (href: string) => questionFor(linkOf(href));

describe('the warnings', () => {
  it.each<[string, string[]]>([
    ['https://example.com/', []],
    ['https://example.com/?to=ada@evil.example', []],
    ['https://münchen.example/', ['foreign-letters']],
    ['https://xn--mnchen-3ya.example/', ['foreign-letters']],
    ['https://аррӏе.com/', ['foreign-letters']],
    ['https://www.xn--80ak6aa92e.com/', ['foreign-letters']],
    ['https://cachibot.ai@evil.example/', ['user-info']],
    ['https://:word@evil.example/', ['user-info']],
    ['http://127.0.0.1:5870@192.168.1.1/', ['user-info', 'private-network']],
    ['http://10.0.0.1/', ['private-network']],
    ['http://172.16.0.1/', ['private-network']],
    ['http://172.31.255.1/', ['private-network']],
    ['http://172.32.0.1/', []],
    ['http://192.168.1.1:8080/reboot?now', ['private-network']],
    ['http://0xc0a80101/', ['private-network']],
    ['http://192.169.1.1/', []],
    ['http://169.254.169.254/latest', ['private-network']],
    ['http://100.64.0.1/', ['private-network']],
    ['http://100.127.0.1/', ['private-network']],
    ['http://100.128.0.1/', []],
    ['http://8.8.8.8/', []],
    ['http://[fd00::1]/', ['private-network']],
    ['http://[fe80::1]/', ['private-network']],
    ['http://[::ffff:192.168.0.1]/', ['private-network']],
    ['http://[::ffff:192.168.1.1]/', ['private-network']],
    ['http://[::ffff:8.8.8.8]/', []],
    ['http://[2001:db8::1]/', []],
    ['http://router/', ['private-network']],
    ['http://router./', ['private-network']],
    ['http://printer.local/', ['private-network']],
    ['http://printer.local./', ['private-network']],
    ['http://nas.home.arpa/', ['private-network']],
    ['http://wiki.corp/', ['private-network']],
    ['https://local.example/', []],
    ['mailto:ada@example.com', []],
    ['mailto:ada@example.com?subject=attach', []],
    ['mailto:ada@xn--mnchen-3ya.example', ['foreign-letters']],
    ['mailto:ada@example.com?attach=/etc/passwd', ['attachment']],
    ['mailto:?ATTACHMENT=/etc/passwd', ['attachment']],
    ['mailto:?%20attach=/etc/passwd', ['attachment']],
    ['mailto:ada@example.com?unattached=yes', []],
  ])('%s: %j', (href, kinds) => expect(linkOf(href).warnings.map(({ kind }) => kind)).toEqual(kinds));

  it('name what the address hides', () => {
    expect(ask('https://xn--mnchen-3ya.example/').detail).toContain(words.links.foreignLetters('münchen.example'));
    expect(ask('https://cachibot.ai@evil.example/').detail).toContain(words.links.userInfo('evil.example'));
    expect(ask('http://10.0.0.1/').detail).toContain(words.links.privateNetwork);
    expect(ask('mailto:?attach=x').detail).toContain(words.links.attachment);
  });
});

describe('the question', () => {
  it('shows the whole address, which is exactly what opens', () => {
    const href = `https://example.com/${'data/'.repeat(300)}?end#last`;
    expect(linkOf(href).address).toBe(href);
    const { message, detail } = ask(href);
    expect(message).toBe(words.links.question);
    expect(detail.replaceAll('\n', '')).toBe(href);
    expect(Math.max(...detail.split('\n').map(line => line.length))).toBeLessThanOrEqual(70);
  });

  it('shows a warning as a paragraph below the address', () => {
    expect(ask('http://10.0.0.1/').detail).toBe(`http://10.0.0.1/\n\n${words.links.privateNetwork}`);
  });

  it.each(['https://example.com/\u202e\u200b\n\ta b"<>é', 'mailto:ada\n@example.com?body=é\u202e'])(
    'shows characters that hide others by their codes: %j',
    href => expect(ask(href).detail).toMatch(/^[ -~\n]+$/),
  );

  it('names the mail program for a mail address', () => {
    expect(ask('mailto:ada@example.com')).toEqual({
      message: words.links.mailQuestion,
      detail: 'mailto:ada@example.com',
      checkboxLabel: words.links.alwaysMail,
    });
  });

  it('offers to open always, but not where the address itself deceives', () => {
    expect(ask('https://example.com:8443/a').checkboxLabel).toBe(words.links.always('https://example.com:8443'));
    expect(ask('http://192.168.1.1/').checkboxLabel).toBe(words.links.always('http://192.168.1.1'));
    expect(ask('https://cachibot.ai@evil.example/').checkboxLabel).toBeUndefined();
    expect(ask('mailto:?attach=x').checkboxLabel).toBeUndefined();
  });

  it('refuses an address that is too long to be shown', () => {
    const longest = `https://example.com/${'x'.repeat(1_980)}`;
    expect(linkOf(longest)).toMatchObject({ isTooLong: false, canBeAllowed: true });
    expect(linkOf(`${longest}x`)).toMatchObject({ isTooLong: true, canBeAllowed: false });
    expect(ask(`${longest}x`)).toEqual({ message: words.links.tooLong(2_001), detail: '', checkboxLabel: undefined });
  });
});

describe('opensAtOnce', () => {
  const allowed = ['https://example.com', 'https://evil.example', 'mailto:'];

  it.each([
    ['https://example.com/any?path', true],
    ['mailto:ada@example.com', true],
    ['http://example.com/', false],
    ['https://example.com:8443/', false],
    ['https://www.example.com/', false],
    ['https://example.com@evil.example/', false],
    ['mailto:ada@example.com?attach=x', false],
    [`https://example.com/${'x'.repeat(2_000)}`, false],
  ])('%s: %s', (href, atOnce) => expect(opensAtOnce(linkOf(href), allowed)).toBe(atOnce));
});
