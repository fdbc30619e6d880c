// The allow-list for Markdown that the page draws: elements, attributes, and values of attributes. Other elements are
// shown as text, and other attributes are removed. Modelled on the schema of rehype-sanitize.
//
// Names of attributes are those of hast, the syntax tree that Markdown becomes: `className`, `colSpan`.

Object.assign(window.cachibotDesktop, {
  contentSchema: {
    elements: [
      ...['a', 'abbr', 'b', 'bdi', 'bdo', 'blockquote', 'br', 'caption', 'center', 'cite', 'code', 'col', 'colgroup'],
      ...['dd', 'del', 'details', 'dfn', 'div', 'dl', 'dt', 'em', 'figcaption', 'figure', 'font'],
      ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'hr', 'i', 'img', 'input', 'ins', 'kbd', 'li', 'mark', 'ol', 'p', 'pre'],
      ...['q', 'rp', 'rt', 'ruby', 's', 'samp', 'section', 'small', 'span', 'strike', 'strong'],
      ...['sub', 'summary', 'sup'],
      ...['table', 'tbody', 'td', 'tfoot', 'th', 'thead', 'time', 'tr', 'tt', 'u', 'ul', 'var', 'wbr'],
    ],
    /** Elements that Markdown makes (`- [x]`), and that HTML in a text may not make. */
    madeByMarkdown: ['input'],
    /** The rule of each attribute, by element: a list of values, or the name of a rule in content_sanitizer.js. */
    attributes: {
      '*': {
        align: ['left', 'center', 'right', 'justify'],
        dir: ['ltr', 'rtl', 'auto'],
        id: 'id',
        lang: 'text',
        title: 'text',
      },
      a: { href: 'link' },
      code: { className: 'language' },
      details: { open: 'flag' },
      font: { color: 'color' },
      img: { alt: 'text', height: 'size', src: 'picture', width: 'size' },
      input: { checked: 'flag', disabled: 'flag', type: ['checkbox'] },
      section: { className: 'footnotes', dataFootnotes: 'flag' },
    },
    /** Attributes that an element always has. */
    required: { input: { type: 'checkbox', disabled: true } },
    /** Schemes of links. An address without a scheme is allowed, too. */
    linkSchemes: ['http', 'https', 'mailto', 'irc', 'ircs', 'xmpp'],
    /** Schemes of pictures that the user can load by a click. */
    pictureSchemes: ['http', 'https'],
    /** Kinds of pictures and sounds in a `data:` address. The page shows a sound as a player. */
    pictureData: ['image/', 'audio/'],
    /** Greatest width and height of a picture, in pixels. */
    largestPicture: 2000,
    /** Prefix of each id, so that it never equals an id or a global variable of the page. Markdown's footnotes have it. */
    idPrefix: 'user-content-',
  },
});
