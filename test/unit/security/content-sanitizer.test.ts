/** The allow-list for Markdown in the page, on trees as upstream's parser makes them. `test/real/security/` has the page. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PAYLOADS } from '../../attack/payloads';

const FOLDER = join(__dirname, '../../../desktop/cachibot_desktop/patches/page');

interface Node {
  type: string;
  value?: string;
  tagName?: string;
  properties?: Record<string, unknown>;
  children?: Node[];
  content?: Node;
}

interface Schema {
  elements: string[];
  attributes: Record<string, Record<string, unknown>>;
}

interface Scripts {
  contentSchema: Schema;
  showUnknownTags(): (tree: Node) => Node;
  sanitize(): (tree: Node) => Node;
}

/** Runs the scripts as the page does, at its own origin. */
function load(): Scripts {
  const scripts = ['content_schema.js', 'content_sanitizer.js'].map(name => readFileSync(join(FOLDER, name), 'utf8'));
  const window = { cachibotDesktop: {} };
  const origin = 'http://127.0.0.1:5870';
  new Function('window', 'location', scripts.join('\n'))(window, { href: `${origin}/chats/1`, origin });
  return window.cachibotDesktop as Scripts;
}

const { contentSchema, showUnknownTags, sanitize } = load();

const root = (...children: Node[]): Node => ({ type: 'root', children });
const text = (value: string): Node => ({ type: 'text', value });
const element = (tagName: string, properties: Record<string, unknown> = {}, ...children: Node[]): Node => ({
  type: 'element',
  tagName,
  properties,
  children,
});

const sanitized = (...nodes: Node[]) => sanitize()(root(...nodes)).children;
const shown = (value: string) => showUnknownTags()(root({ type: 'raw', value })).children?.[0]?.value;

/** The attributes that are left of an element. */
const kept = (tagName: string, properties: Record<string, unknown>) =>
  sanitized(element(tagName, properties))?.[0]?.properties;

describe('elements', () => {
  it.each([
    ...[
      'script',
      'style',
      'meta',
      'link',
      'base',
      'form',
      'iframe',
      'object',
      'embed',
      'template',
      'title',
      'noscript',
    ],
    ...['dialog', 'button', 'textarea', 'select', 'video', 'audio', 'source', 'svg', 'math', 'area', 'map', 'frame'],
    ...[
      'cachibot-card',
      'cachibot-picture',
      'constructor',
      '__proto__',
      'toString',
      'menuitem',
      'body',
      'html',
      'marquee',
      'label',
      'picture',
    ],
  ])('shows <%s> as text', name => {
    expect(sanitized(element(name, { id: 'root', className: ['fixed'] }, text('x')))).toEqual(
      [`<${name}>`, 'x', `</${name}>`].map(text),
    );
  });

  it('keeps what is allowed inside an element that is not', () => {
    expect(sanitized(element('svg', {}, element('b', {}, text('x')), element('style', {}, text('*{}'))))).toEqual([
      text('<svg>'),
      element('b', {}, text('x')),
      ...['<style>', '*{}', '</style>'].map(text),
      text('</svg>'),
    ]);
  });

  it('reads the content of a template, and drops comments and unknown nodes', () => {
    const template = { ...element('template'), content: root(element('style', {}, text('*{}'))) };
    expect(
      sanitized(template, { type: 'comment', value: 'x' }, { type: 'doctype' }, { type: 'mdxJsxTextElement' }),
    ).toEqual(['<template>', '<style>', '*{}', '</style>', '</template>'].map(text));
  });

  it('lets no raw HTML through that an HTML parser has not read', () => {
    expect(sanitized({ type: 'raw', value: '<style>' })).toEqual([text('<style>')]);
  });

  it('copies nothing from a node but its name, attributes and children', () => {
    const node = { ...element('p'), data: { hName: 'style', hProperties: { style: 'x' } }, position: {} };
    expect(Object.keys(sanitized(node)?.[0] ?? {})).toEqual(['type', 'tagName', 'properties', 'children']);
  });
});

describe('attributes', () => {
  const FORBIDDEN = [
    ...[
      'style',
      'className',
      'name',
      'ref',
      'key',
      'is',
      'children',
      'dangerouslySetInnerHTML',
      'srcDoc',
      'ping',
      'target',
    ],
    ...[
      'onClick',
      'onclick',
      'onError',
      'autoFocus',
      'tabIndex',
      'accessKey',
      'contentEditable',
      'popover',
      'slot',
      'part',
    ],
    ...[
      'action',
      'formAction',
      'form',
      'background',
      'poster',
      'data',
      'srcSet',
      'sizes',
      'useMap',
      'download',
      'nonce',
    ],
    ...['hidden', 'inert', 'role', 'ariaHidden', 'itemId', 'xLinkHref', 'hSpace', 'border', 'bgColor', 'dataAttack'],
  ];

  it.each(contentSchema.elements)('removes attributes that act from <%s>', name => {
    const properties = Object.fromEntries(FORBIDDEN.map(attribute => [attribute, 'attack']));
    const left = kept(name, properties);
    expect(left).toEqual(name === 'input' ? { type: 'checkbox', disabled: true } : {});
  });

  it.each([
    ['a', { href: 'https://a.example/?x=1#y' }],
    ['a', { href: 'HTTP://a.example' }],
    ['a', { href: 'mailto:ada@a.example' }],
    ['a', { href: '/settings/keys' }],
    ['a', { href: '#user-content-fn-1' }],
    ['a', { href: '?a:b' }],
    ['img', { src: 'data:image/gif;base64,AAAA', alt: 'x', width: 200, height: 100 }],
    ['img', { src: 'data:image/png;base64,AAAA' }],
    ['img', { src: 'data:audio/wav;base64,AAAA' }],
    ['div', { align: 'center', dir: 'rtl', lang: 'ar', title: 'x', id: 'user-content-x' }],
    ['details', { open: true }],
    ['font', { color: '#ff0000' }],
    ['font', { color: 'red' }],
    ['code', { className: ['language-js'] }],
    ['section', { className: ['footnotes'], dataFootnotes: true }],
  ])('keeps those of <%s %o>', (name, properties) => {
    expect(kept(name, properties)).toEqual(properties);
  });

  it.each([
    ...['javascript:x', 'JAVASCRIPT:x', ' javascript:x', '\u0001javascript:x', 'java\nscript:x', 'data:text/html,x'],
    ...['vbscript:x', 'blob:http://127.0.0.1:5870/x', 'file:///x', 'app://shell/x', 'about:blank', ':x', 'tel:1'],
    ...[undefined, null, true, 1, ['https://a.example'], {}],
  ])('removes the link %o', href => {
    expect(kept('a', { href })).toEqual({});
  });

  it.each([
    ...['/api/x', 'x', '', './x', '?x', '#x', '//127.0.0.1:5870/x', 'http://127.0.0.1:5870/x', '\\x', 'http:x'],
    ...['HTTP://127.0.0.1:5870/x', 'http://user@127.0.0.1:5870/x', 'http://[', 'data:text/html,x', 'DATA:image/png,x'],
    ...[
      'data:image',
      'blob:http://127.0.0.1:5870/x',
      'javascript:x',
      'file:///x',
      'ws://127.0.0.1:5870/x',
      null,
      ['x'],
    ],
  ])('removes the picture %o', src => {
    expect(kept('img', { src })).toEqual({});
  });

  it.each(['https://a.example/x.png', 'HTTP://a.example', '//a.example/x'])('shows a placeholder for %s', src => {
    const [drawn] = sanitized(element('img', { src, alt: 'x', width: 9, onError: 'x', style: 'y' })) ?? [];
    expect(drawn).toMatchObject({ tagName: 'cachibot-picture', children: [] });
    expect(drawn?.properties).toEqual({ address: src, alt: 'x', width: 9 });
  });

  it.each([0, -1, 1.5, 2001, '100%', '9000', Number.NaN, true, null])('removes the size %o of a picture', size => {
    expect(kept('img', { width: size, height: size })).toEqual({});
  });

  it.each(['root', '__proto__', 'cachibotDesktop', 'user-content'])('prefixes the id %s', id => {
    expect(kept('div', { id })).toEqual({ id: `user-content-${id}` });
  });

  it('keeps only the class that names the language of code, or footnotes', () => {
    expect(kept('code', { className: ['language-js', 'fixed', 'inset-0'] })).toEqual({ className: ['language-js'] });
    expect(kept('code', { className: ['fixed'] })).toEqual({});
    expect(kept('section', { className: ['footnotes', 'fixed'] })).toEqual({ className: ['footnotes'] });
  });

  it('makes each input a check box that cannot be changed', () => {
    expect(kept('input', { type: 'password', autoFocus: true, checked: true, disabled: false })).toEqual({
      ...{ checked: true, type: 'checkbox', disabled: true },
    });
  });

  it.each(['url(x)', 'red;position:fixed', '#12', 'a b', 7, null])('removes the color %o', color => {
    expect(kept('font', { color })).toEqual({});
  });

  it('ignores attributes that an element only inherits', () => {
    expect(sanitized({ ...element('a'), properties: Object.create({ href: 'https://a.example/' }) })).toEqual([
      element('a'),
    ]);
  });
});

describe('tags in a text', () => {
  it.each([
    ['<b>x</b>', '<b>x</b>'],
    ['<BR/>', '<BR/>'],
    ['List<String>', 'List&lt;String>'],
    ['</think>', '&lt;/think>'],
    ['<script src="x">1</script>', '&lt;script src="x">1&lt;/script>'],
    ['<div><style>*{}</style></div>', '<div>&lt;style>*{}&lt;/style></div>'],
    ['<input ref="name">', '&lt;input ref="name">'],
    ['<a\u00a0x>', '&lt;a\u00a0x>'],
    ['<a/x>', '<a/x>'],
    ['1 < 2 <3 <', '1 < 2 <3 <'],
    ['<!-- <b> -->', '<!-- <b> -->'],
    ['<constructor><__proto__>', '&lt;constructor><__proto__>'],
  ])('%s becomes %s', (raw, expected) => {
    expect(shown(raw)).toBe(expected);
  });

  it('leave no element but those of the schema in any payload', () => {
    const names = PAYLOADS.flatMap(payload =>
      [...(shown(payload) ?? '').matchAll(/<\/?([a-z][^\t\n\f\r />]*)/gi)].map(([, name = '']) => name.toLowerCase()),
    );
    expect(names.length).toBeGreaterThan(200);
    expect(names.filter(name => name === 'input' || !contentSchema.elements.includes(name))).toEqual([]);
  });

  it('are escaped wherever they stand in the tree, and the tree given is left unchanged', () => {
    const tree = root(element('p', {}, { type: 'raw', value: '<style>' }));
    const copy = structuredClone(tree);
    expect(showUnknownTags()(tree)).toEqual(root(element('p', {}, { type: 'raw', value: '&lt;style>' })));
    expect(tree).toEqual(copy);
  });
});

it('names a rule for attributes of allowed elements only', () => {
  const names = Object.keys(contentSchema.attributes).filter(name => name !== '*');
  expect(names.filter(name => !contentSchema.elements.includes(name))).toEqual([]);
  expect(new Set(contentSchema.elements).size).toBe(contentSchema.elements.length);
});

it('has 400 payloads, each of them once', () => {
  expect(PAYLOADS.length).toBeGreaterThanOrEqual(400);
  expect(new Set(PAYLOADS).size).toBe(PAYLOADS.length);
});
