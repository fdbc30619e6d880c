// Reduces Markdown that the page draws to the allow-list of content_schema.js.
//
// content_sanitizer.py puts both functions into the list of plugins that upstream's renderer (react-markdown) runs:
//
//   Markdown -> hast with raw HTML -> showUnknownTags -> HTML parser -> sanitize -> React
//
// `sanitize` alone is what the page relies on: it builds a new tree, and copies only what the schema lists.
// `showUnknownTags` runs before, while the text of a tag is still known, so that the user sees what was written
// (`List<String>`, `<script>`), and the HTML parser meets no element that changes how it reads the rest.

{
  const schema = window.cachibotDesktop.contentSchema;
  const elements = new Set(schema.elements);
  const elementsInText = new Set(schema.elements.filter(name => !schema.madeByMarkdown.includes(name)));

  /** The start of a tag, and the name of its element, which ends where the HTML parser ends it. */
  const TAG = /<(?=\/?([a-z][^\t\n\f\r />]*))/gi;

  /** Escapes each tag in a node's raw HTML whose element is not in the schema. */
  function escapeTags(node) {
    if (node.type === 'raw') {
      const value = node.value.replace(TAG, (start, name) => (elementsInText.has(name.toLowerCase()) ? start : '&lt;'));
      return { ...node, value };
    }
    return node.children ? { ...node, children: node.children.map(escapeTags) } : node;
  }

  const text = value => ({ type: 'text', value: String(value) });

  /** The nodes to draw in place of a node. Comments and unknown kinds of nodes are dropped. */
  function clean(node) {
    if (node.type === 'text' || node.type === 'raw') return [text(node.value)];
    if (node.type !== 'element') return [];
    const { tagName } = node;
    const children = (node.content ?? node).children.flatMap(clean);
    if (!elements.has(tagName)) return [text(`<${tagName}>`), ...children, text(`</${tagName}>`)];
    if (tagName === 'img') return [pictureFor(propertiesOf(node))];
    return [{ type: 'element', tagName, properties: propertiesOf(node), children }];
  }

  /** A picture; in place of one of another computer, the placeholder of remote_pictures.js. */
  function pictureFor({ src, ...properties }) {
    if (src === undefined || src.startsWith('data:')) {
      return { type: 'element', tagName: 'img', properties: { ...properties, ...(src && { src }) }, children: [] };
    }
    return { type: 'element', tagName: 'cachibot-picture', properties: { ...properties, address: src }, children: [] };
  }

  function propertiesOf({ tagName, properties = {} }) {
    const kept = {};
    const attributes = { ...schema.attributes['*'], ...schema.attributes[tagName] };
    for (const [name, given] of Object.entries(properties)) {
      if (!Object.hasOwn(attributes, name)) continue;
      const rule = attributes[name];
      const value = Array.isArray(rule) ? rule.find(allowed => allowed === given) : RULES[rule](given);
      if (value !== undefined) kept[name] = value;
    }
    return { ...kept, ...schema.required[tagName] };
  }

  /** Each rule returns the value to draw, or undefined to remove the attribute. */
  const RULES = {
    text: value => (typeof value === 'string' ? value : undefined),
    flag: value => (value === true || value === '' ? value : undefined),
    size: value => (Number.isInteger(value) && value > 0 && value <= schema.largestPicture ? value : undefined),
    color: value => (typeof value === 'string' && /^(#[0-9a-f]{3,8}|[a-z]{3,20})$/i.test(value) ? value : undefined),
    language: value => classes(value, /^language-/),
    footnotes: value => classes(value, /^footnotes$/),
    id: value => {
      if (typeof value !== 'string' || value === '') return undefined;
      return value.startsWith(schema.idPrefix) ? value : schema.idPrefix + value;
    },
    link: value => (hasScheme(value, schema.linkSchemes) ? value : undefined),
    picture: value => {
      if (schema.pictureData.some(kind => String(value).startsWith(`data:${kind}`))) return value;
      // A picture at the page's own origin is a request to the server, with the user's token.
      return hasScheme(value, schema.pictureSchemes) && !isOwn(value) ? value : undefined;
    },
  };

  function classes(value, pattern) {
    const kept = [value].flat().filter(name => typeof name === 'string' && pattern.test(name));
    return kept.length > 0 ? kept : undefined;
  }

  /** Whether an address has one of these schemes, or has no scheme. */
  function hasScheme(address, schemes) {
    if (typeof address !== 'string') return false;
    const scheme = /^([^/?#:]*):/.exec(address);
    return scheme === null || schemes.includes(scheme[1].toLowerCase());
  }

  /** Whether an address is at the page's own origin, or cannot be read. */
  function isOwn(address) {
    try {
      return new URL(address, location.href).origin === location.origin;
    } catch {
      return true;
    }
  }

  Object.assign(window.cachibotDesktop, {
    /** Plugin of rehype: turns tags of elements that are not in the schema into text. */
    showUnknownTags: () => escapeTags,
    /** Plugin of rehype: reduces a tree to the schema. */
    sanitize: () => tree => ({ type: 'root', children: tree.children.flatMap(clean) }),
  });
}
