/**
 * HTML artifacts that try to get out of their frame. `OTHER` is the address of another program on this machine, `APP` that
 * of the UI. Addresses contain `attack`, so that a test sees their responses. A script reports what it reaches.
 */

export interface Payload {
  name: string;
  html: string;
}

/** Reports the value of an expression, unless it throws or is undefined, false or empty. */
const reports = (expression: string): Payload => ({
  name: expression,
  html: `<script>(async () => {
    const value = await (${expression});
    if (value) (window.top ?? window.opener).postMessage({ reached: String(value) }, '*');
  })().catch(() => {})</script>`,
});

const runs = (code: string): Payload => ({ name: code, html: `<script>${code}</script>` });
const draws = (html: string): Payload => ({ name: html, html });

/** The page, what it stores, and what the shell gives it. */
export const REACHING: readonly Payload[] = [
  'parent.document.title',
  'top.document.body.innerText',
  'top.location.pathname',
  'parent.localStorage.length + 1',
  'parent.electronAPI.appVersion',
  'parent.cachibotDesktop.words',
  'parent.history.length',
  'frameElement.title',
  'window.electronAPI',
  'window.cachibotShell',
  'window.require',
  'window.process',
  'window.ipcRenderer',
  'localStorage.length + 1',
  'sessionStorage.length + 1',
  '(document.cookie = "attack=1") && document.cookie',
  'new Promise((done, fail) => Object.assign(indexedDB.open("attack"), { onsuccess: () => done("stored"), onerror: fail }))',
  'caches.open("attack").then(() => "stored")',
  'navigator.storage.getDirectory().then(() => "stored")',
  'navigator.serviceWorker.register("/attack.js").then(() => "registered")',
  'new BroadcastChannel("attack") && window.origin !== "null" && "a channel"',
  'new SharedWorker("/attack.js") && "a worker"',
  'navigator.clipboard.readText()',
  'navigator.mediaDevices.getUserMedia({ audio: true }).then(() => "microphone")',
  'navigator.permissions.query({ name: "microphone" }).then(({ state }) => state === "granted")',
  'new Promise(done => navigator.geolocation.getCurrentPosition(done))',
  'Notification.requestPermission().then(state => state === "granted")',
].map(reports);

/** Requests to the UI's server, which would carry the user's rights, and to another program. */
export const REQUESTS: readonly Payload[] = ['APPapi/attack', 'OTHERattack'].flatMap(url => [
  ...[
    `fetch('${url}')`,
    `fetch('${url}', { mode: 'no-cors', method: 'POST', body: '1' })`,
    `navigator.sendBeacon('${url}', '1')`,
    `Object.assign(new XMLHttpRequest(), {}).open('GET', '${url}')`,
    `const request = new XMLHttpRequest(); request.open('GET', '${url}', false); request.send()`,
    `new WebSocket('${url}'.replace('http', 'ws'))`,
    `new EventSource('${url}')`,
    `new Image().src = '${url}'`,
    `new Audio('${url}').play()`,
    `import('${url}')`,
    `new Worker('${url}')`,
    `new Worker(URL.createObjectURL(new Blob(["fetch('${url}')"])))`,
    `new FontFace('attack', 'url(${url})').load()`,
    `location.href = '${url}'`,
    `location.replace('${url}?replace')`,
    `open('${url}', '_self')`,
    `navigation.navigate('${url}')`,
    `const frame = document.createElement('iframe'); frame.src = '${url}'; document.documentElement.append(frame)`,
  ].map(runs),
  ...[
    `<img src="${url}">`,
    `<img srcset="${url} 2x">`,
    `<picture><source srcset="${url}"><img></picture>`,
    `<link rel="stylesheet" href="${url}">`,
    `<link rel="preload" as="image" href="${url}">`,
    `<link rel="prefetch" href="${url}">`,
    `<link rel="modulepreload" href="${url}">`,
    `<link rel="icon" href="${url}">`,
    `<link rel="manifest" href="${url}">`,
    `<script src="${url}"></script>`,
    `<script type="module" src="${url}"></script>`,
    `<script type="speculationrules">{"prefetch":[{"urls":["${url}"]}]}</script>`,
    `<style>@import url(${url});</style>`,
    `<style>body { background: url(${url}); cursor: url(${url}), auto }</style>`,
    `<style>@font-face { font-family: a; src: url(${url}) } body { font-family: a }</style>a`,
    `<video src="${url}" autoplay></video>`,
    `<video poster="${url}"></video>`,
    `<audio src="${url}" autoplay></audio>`,
    `<video><track default src="${url}"></video>`,
    `<object data="${url}"></object>`,
    `<embed src="${url}">`,
    `<iframe src="${url}"></iframe>`,
    `<iframe srcdoc="<img src='${url}'>"></iframe>`,
    `<iframe srcdoc="<script>fetch('${url}')</script>"></iframe>`,
    `<iframe srcdoc="<script>location.href = '${url}'</script>"></iframe>`,
    `<svg><image href="${url}"></image><use href="${url}#a"></use></svg>`,
    `<meta http-equiv="refresh" content="0;url=${url}">`,
    `<meta http-equiv="Content-Security-Policy" content="connect-src *"><script>fetch('${url}')</script>`,
    `<base href="${url}/"><img src="attack">`,
    `<form action="${url}"></form><script>document.forms[0].submit()</script>`,
    `<form action="${url}" method="post"></form><script>document.forms[0].requestSubmit()</script>`,
    `<a href="${url}">a</a><script>document.links[0].click()</script>`,
    `<a href="${url}" download>a</a><script>document.links[0].click()</script>`,
    `<a href="about:blank" ping="${url}">a</a><script>document.links[0].click()</script>`,
  ].map(draws),
]);

const REPORT_RTC = `window.RTCPeerConnection && top.postMessage({ reached: 'WebRTC' }, '*')`;
const escaped = (html: string) => html.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
const inSrcdoc = (html: string) => `<iframe srcdoc="${escaped(html)}"></iframe>`;
const SCRIPT = `<script>${REPORT_RTC}</script>`;
const FRAME = inSrcdoc(SCRIPT);

/** Each makes another window object, which would have what was removed from the first. */
export const WEBRTC: readonly Payload[] = [
  FRAME,
  inSrcdoc(FRAME),
  SCRIPT,
  `<iframe sandbox="allow-scripts" srcdoc="${escaped(SCRIPT)}"></iframe>`,
  `<iframe srcdoc="<svg onload=&quot;${escaped(escaped(REPORT_RTC))}&quot;>"></iframe>`,
  `<div><template shadowrootmode="closed">${FRAME}</template></div>`,
  `<iframe src="javascript:${escaped(REPORT_RTC)}"></iframe>`,
  `<iframe srcdoc="x" src="javascript:${escaped(REPORT_RTC)}"></iframe>`,
  `<frameset><frame src="javascript:${escaped(REPORT_RTC)}"></frameset>`,
  `<object data="javascript:${escaped(REPORT_RTC)}"></object>`,
  `<embed src="javascript:${escaped(REPORT_RTC)}">`,
  `<svg><foreignObject><iframe src="javascript:${escaped(REPORT_RTC)}"></iframe></foreignObject></svg>`,
  inSrcdoc(`<iframe src="javascript:${escaped(REPORT_RTC)}"></iframe>`),
  `<script>
     const frame = document.createElement('iframe');
     frame.src = ${JSON.stringify(`javascript:${REPORT_RTC}`)};
     document.documentElement.append(frame)</script>`,
  `<iframe name="inner"></iframe><a target="inner" href="javascript:${escaped(REPORT_RTC)}">a</a>
   <script>document.links[0].click()</script>`,
  `<iframe src="about:blank"></iframe><script>
     const inner = frames[0];
     inner.RTCPeerConnection && top.postMessage({ reached: 'WebRTC' }, '*')</script>`,
  `<iframe src="data:text/html,${escaped(SCRIPT)}"></iframe>`,
  `<object data="data:text/html,${escaped(SCRIPT)}"></object>`,
  `<script>
     const frame = document.createElement('iframe');
     frame.src = URL.createObjectURL(new Blob([${JSON.stringify(SCRIPT).replace('</', '<\\/')}], { type: 'text/html' }));
     document.documentElement.append(frame);</script>`,
  `<script>location.href = "javascript:'${SCRIPT.replace('</', '<\\/').replaceAll("'", "\\'")}'"</script>`,
  `<script>location.href = URL.createObjectURL(new Blob([${JSON.stringify(SCRIPT).replace('</', '<\\/')}], { type: 'text/html' }))</script>`,
  `<script>location.href = 'data:text/html,' + encodeURIComponent(${JSON.stringify(SCRIPT).replace('</', '<\\/')})</script>`,
  `<script>document.open(); document.write(${JSON.stringify(SCRIPT).replace('</', '<\\/')}); document.close()</script>`,
  `<script>
     const frame = document.createElement('iframe');
     document.documentElement.append(frame);
     const made = Object.getOwnPropertyDescriptor(window, 'RTCPeerConnection') ?? frame.contentWindow.RTCPeerConnection;
     made && top.postMessage({ reached: 'WebRTC' }, '*')</script>`,
].map(draws);

/** Windows, dialogs, navigations and the focus of the page. */
export const QUESTIONS: readonly Payload[] = [
  `focus()`,
  `document.documentElement.tabIndex = 0; document.documentElement.focus()`,
  `setTimeout(() => { document.body.innerHTML = '<input autofocus>'; document.querySelector('input').focus() }, 100)`,
  `top.location.href = 'APPdefault/attack'`,
  `parent.location.replace('APPapi/attack')`,
  `top.location.hash = 'attack'`,
  `open('APPdefault/attack', '_top')`,
  `open('APPdefault/attack')`,
  `open('about:blank')`,
  `open('APPdesktop/content')`,
  `open(URL.createObjectURL(new Blob(['attack'])))`,
  `alert('attack')`,
  `confirm('attack')`,
  `prompt('attack')`,
  `print()`,
  `document.documentElement.requestFullscreen().then(() => top.postMessage({ reached: 'fullscreen' }, '*'))`,
  `document.body.requestPointerLock()?.then(() => top.postMessage({ reached: 'pointer' }, '*'))`,
  `onbeforeunload = () => 'attack'; location.reload()`,
]
  .map(runs)
  .concat(
    [
      `<a href="APPdefault/attack" target="_top">a</a><script>document.links[0].click()</script>`,
      `<a href="APPdefault/attack" target="_blank">a</a><script>document.links[0].click()</script>`,
      `<a href="data:text/plain,attack" download="attack">a</a><script>document.links[0].click()</script>`,
      `<form action="APPdefault/attack" target="_top"></form><script>document.forms[0].submit()</script>`,
      `<base target="_top"><a href="APPdefault/attack">a</a><script>document.links[0].click()</script>`,
    ].map(draws),
  );
