import { describe, expect, it } from 'vitest';
import { maskSecrets, withoutCutWord } from '../../../../desktop/log/core/redact';

// Put together here, so that no tool that looks for leaked keys takes them for real ones.
const random = 'Zk3vQ9xT7mB2nR5wY8cD4fG6hJ1kL0pS';
const hex64 = '0123456789abcdef'.repeat(4);
const jwt = ['eyJhbGciOiJIUzI1NiJ9', 'eyJzdWIiOiJhZGEifQ', 'c2lnbmF0dXJlLW9mLWFkYQ'].join('.');
const bcrypt = `$2b$12$${'a'.repeat(53)}`;

describe('what a log never shows', () => {
  it.each<[string, string, string]>([
    ['the token of a run', `key ${hex64} was`, hex64],
    ['the token, named', `CACHIBOT_DESKTOP_TOKEN=${hex64}`, hex64],
    ['a login in an address', `GET /ws?token=${jwt} HTTP/1.1`, jwt],
    ['a login by itself', `decoded ${jwt}`, jwt],
    ['a login in a header', `Authorization: Bearer ${random}`, random],
    ['a password in a header', `authorization: basic ${random}=`, random],
    ['a key of OpenAI', `Incorrect API key provided: sk-proj-${random}`, random],
    ['a key of Anthropic', `x-api-key: sk-ant-api03-${random}`, random],
    ['a key of Groq', `gsk_${random}`, random],
    ['a key of Google', `AIza${random}`, random],
    ['a token of Slack', `xoxb-${random}`, random],
    ['a setting', `api_key=${random}`, random],
    ['a setting among others', `a=1&access_token=${random}&b=2`, random],
    ['a setting in JSON', `{"password": "${random}", "name": "ada"}`, random],
    ['a setting in Python', `{'secret': '${random}'}`, random],
    ['a setting in YAML', `refresh_token: ${random}`, random],
    ['a setting in capitals', `API-KEY: ${random}`, random],
    ['a variable of a provider', `MISTRAL_API_KEY=${random}`, random],
    ['a variable with a secret', `CACHIBOT_JWT_SECRET=${random}`, random],
    ['a secret in the middle of a name', `AWS_SECRET_ACCESS_KEY=${random}`, random],
    ['a password in a variable', `export POSTGRES_PASSWORD="${random}"`, random],
    ['a login in a program’s own words', `accessToken: "${random}"`, random],
    ['a password in an address', `postgresql://ada:${random}@db.example/cachibot`, random],
    ['a password in an address, with an @ in it', `postgresql://ada:x@${random}@db.example/cachibot`, random],
    ['a kept password', `hash ${bcrypt} differs`, bcrypt],
    ['a header with its login', `"Authorization": "Bearer ${random}"`, random],
    ['a header with an odd login', `authorization=${random}`, random],
    ['a cookie', `Cookie: theme=dark; session=${random}`, random],
    ['a password of several words', `{"password": "correct horse ${random}"}`, random],
    ['JSON within JSON', String.raw`{"body":"{\"api_key\":\"${random}\"}"}`, random],
    ['a password with a quote in it', String.raw`{"password": "abcd\"${random}"}`, random],
    ['a token of ours with something before it', `x_${hex64}`, hex64],
    ['a key of CachiBot', `cb-${random}`, random],
    ['a key of xAI', `xai-${random}`, random],
    ['a token of GitHub', `ghp_${random}`, random],
    ['a token of a bot', `https://api.telegram.org/bot123456789:AA${random}/getMe`, random],
    ['a login that was cut off', `decoded ${jwt.slice(0, -20)}`, jwt.slice(21, -20)],
  ])('%s', (_what, text, secret) => expect(maskSecrets(text)).not.toContain(secret));

  it('is hidden each time it comes', () => {
    expect(maskSecrets(`${hex64} and ${hex64}\ntoken=${random} token=${random}`)).not.toMatch(/0123|Zk3v/);
  });
});

describe('what a log needs to show', () => {
  it.each([
    'INFO: 127.0.0.1 - "GET /api/bots?limit=20 HTTP/1.1" 200',
    'server: {"phase":"starting","proved":false,"modules":12}',
    'max_tokens: 4096 for this model',
    'the token is missing',
    'File "/usr/lib/python3/tokenize.py", line 123, in <module>',
    '2026-08-01T10:00:00.000Z settings: updateChannel must be "stable" or "beta".',
    'commit 0123456789abcdef0123456789abcdef01234567',
    'http://127.0.0.1:5870/chat',
    'task-force of disk-drivers',
    'eyJ is how base64 of JSON begins',
    'eyJhbGciOiJ.js is a file',
  ])('%s', line => expect(maskSecrets(line)).toBe(line));

  it('what was hidden, and where it stood', () => {
    expect(maskSecrets(`decoded ${jwt} today`)).toBe('decoded [token] today');
    expect(maskSecrets(String.raw`["{\"api_key\": \"${random}\"}"]`)).toBe(String.raw`["{\"api_key\": \"[hidden]\"}"]`);
    expect(maskSecrets(`GET /ws?token=${random}&bot=7`)).toBe('GET /ws?token=[hidden]&bot=7');
    expect(maskSecrets(`{"password": "${random}", "name": "ada"}`)).toBe('{"password": "[hidden]", "name": "ada"}');
  });
});

describe('a text without its cut word', () => {
  it.each([
    ['a word and anoth', 'a word and '],
    ['token=abc', ''],
    ['{"token":"abc', '{"token":"'],
    ['one ', 'one '],
    ['', ''],
  ])('%j', (text, kept) => expect(withoutCutWord(text)).toBe(kept));

  it('keeps the beginning of one endless word', () => {
    expect(withoutCutWord('x'.repeat(2_000)).length).toBe(2_000 - 256);
  });
});

describe('whatever a megabyte of text is made of', () => {
  const fill = (text: string) => text.repeat(Math.ceil(1_000_000 / text.length));
  it.each([
    'token ',
    'a',
    'eyJ-',
    'eyJ.',
    'eyJabcdefgh.',
    'token: ',
    'token=\\',
    'token="',
    "secret='",
    'cookie:',
    'cookie: a ',
    'Bearer ',
    'aa://',
    'aa://b:',
    'a+',
    'sk-',
    '12345678:',
    '0',
    '0123456789abcdef',
    '$2a$10$',
    '\n',
    '\0\ufffd',
  ])('it is looked through in a moment: %j', text => {
    for (const whole of [fill(text), `token${fill(' ')}${text}`, `token=${fill(text)}`]) {
      const began = performance.now();
      maskSecrets(whole);
      expect(performance.now() - began).toBeLessThan(3_000);
    }
  });
});
