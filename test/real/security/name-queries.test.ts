/** Content of the page makes the app ask for no name and contact no address, by any means that a text has. */
// @module-tag linux: uses electron-app.ts

import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { clickOn, quitApp, shownUi, startApp, temporaryFolder } from '../../drivers/electron-app';

/** Each element names a host of its own, so that the log tells which one was asked for. */
const HOSTILE = `
  <link rel="dns-prefetch" href="//dns-prefetch.evil.example">
  <link rel="preconnect" href="https://preconnect.evil.example" crossorigin>
  <link rel="preload" as="image" href="https://preload.evil.example/a.png">
  <link rel="preload" as="font" href="https://font.evil.example/a.woff2" crossorigin>
  <link rel="prefetch" href="https://prefetch.evil.example/">
  <link rel="prerender" href="https://prerender.evil.example/">
  <link rel="modulepreload" href="https://modulepreload.evil.example/a.js">
  <link rel="stylesheet" href="https://stylesheet.evil.example/a.css">
  <link rel="icon" href="https://icon.evil.example/a.ico">
  <link rel="manifest" href="https://manifest.evil.example/a.json">
  <meta http-equiv="x-dns-prefetch-control" content="on">
  <a href="https://anchor.evil.example/" ping="https://ping.evil.example/">a</a>
  <img src="https://img.evil.example/a.png" srcset="https://srcset.evil.example/b.png 2x" attributionsrc>
  <video src="https://video.evil.example/a.mp4" poster="https://poster.evil.example/a.png"></video>
  <audio src="https://audio.evil.example/a.mp3"></audio>
  <object data="https://object.evil.example/"></object>
  <embed src="https://embed.evil.example/">
  <iframe src="https://iframe.evil.example/"></iframe>
  <iframe srcdoc="<link rel=dns-prefetch href=//srcdoc.evil.example><img src=https://inner.evil.example/>"></iframe>
  <iframe sandbox srcdoc="<link rel=dns-prefetch href=//sandboxed.evil.example>"></iframe>
  <svg><image href="https://svg.evil.example/a.png"></image><use href="https://use.evil.example/a.svg#a"></use></svg>
  <p style="background: url(https://css.evil.example/a.png)">text</p>
  <style>@import "https://import.evil.example/a.css"; p { cursor: url(https://cursor.evil.example/a.cur), auto }</style>
  <form action="https://form.evil.example/"></form>`;

/** Time in which the network is recorded: in CI long enough for what Chromium does only later. */
const RECORDED_MS = process.env['CI'] === undefined ? 3_000 : 60_000;

/** Scripts do not run in content, and the page's policy covers most of this. The app refuses it without the policy, too. */
function runHostileScript(): void {
  const host = (name: string) => `${name}.evil.example`;
  fetch(`https://${host('fetch')}/`).catch(() => {});
  navigator.sendBeacon(`https://${host('beacon')}/`);
  new WebSocket(`wss://${host('websocket')}/`).onerror = () => {};
  new WebTransport(`https://${host('transport')}/`).ready.catch(() => {});
  new RTCPeerConnection({ iceServers: [{ urls: `stun:${host('stun')}` }] }).createDataChannel('data');
  new EventSource(`https://${host('events')}/`).onerror = event => (event.target as EventSource).close();
  document.querySelector('form')?.submit();
}

/** A frame with content, whose scripts run. Each has a frame of its own inside, too. */
const CONTENT = ['udp', 'tcp'].map(transport => {
  const script = (name: string) => `<script>
    const urls = 'turn:${name}-${transport}.evil.example?transport=${transport}';
    const connection = new RTCPeerConnection({ iceServers: [{ urls, username: 'a', credential: 'b' }] });
    connection.createDataChannel('data');
    connection.createOffer().then(offer => connection.setLocalDescription(offer));
  </script>`;
  return `${script('frame')}<iframe srcdoc="${script('inner')}"></iframe>`;
});

/** Starts the app. @returns also a function that quits it and reads the log of its network */
async function open() {
  const home = temporaryFolder();
  const netLog = join(home, 'net.json');
  const switches = [`--log-net-log=${netLog}`, '--net-log-capture-mode=Everything'];
  const app = await startApp({ home, server: 'healthy', switches });
  const readNetLog = async () => {
    // Proves that the log shows a name that is asked for.
    await app.evaluate(({ session }) => session.defaultSession.resolveHost('control.example').catch(() => {}));
    await quitApp(app);
    const text = readFileSync(netLog, 'utf8');
    // The hosts of connections, and the names of queries.
    const named = [...text.matchAll(/"(?:host|hostname|qname)":"(?:\w+:\/\/)?([^":]+)/g)].map(([, name]) => name);
    return [...new Set(named)].sort();
  };
  return { app, ui: await shownUi(app), readNetLog };
}

it('asks for no name, whatever the page and a preview contain', { timeout: 2 * RECORDED_MS + 60_000 }, async () => {
  const { app, ui, readNetLog } = await open();
  await ui.evaluate(html => {
    const answer = document.createElement('div');
    answer.innerHTML = html;
    document.body.append(answer);
    document.head.append(...[...answer.querySelectorAll('link')].map(link => link.cloneNode()));
  }, HOSTILE);
  await ui.evaluate(runHostileScript);
  await clickOn(ui, '#box');
  const [preview] = await Promise.all([
    app.waitForEvent('window'),
    ui.evaluate(html => void window.open(URL.createObjectURL(new Blob([html], { type: 'text/html' }))), HOSTILE),
  ]);
  await preview.waitForURL(/^blob:/);
  await ui.waitForTimeout(RECORDED_MS);
  expect(await readNetLog()).toEqual(['127.0.0.1', 'control.example']);
});

it('asks for no name, whatever the scripts in a sandboxed frame do', { tags: 'left-to-ci' }, async () => {
  const { ui, readNetLog } = await open();
  await ui.evaluate(contents => {
    for (const content of contents) {
      const frame = document.createElement('iframe');
      frame.setAttribute('sandbox', 'allow-scripts');
      frame.srcdoc = content;
      document.body.append(frame);
    }
  }, CONTENT);
  await ui.waitForTimeout(3_000);
  expect(await readNetLog()).toEqual(['127.0.0.1', 'control.example']);
});

it('sends nothing by WebRTC, and tells no address of this machine', { tags: 'left-to-ci' }, async () => {
  // WebRTC ignores loopback, so the test file's network gets another device.
  const device = 'ip link add t0 type veth peer name t1 && ip addr add 10.9.9.9/24 dev t0';
  execFileSync('sh', ['-c', `${device} && ip link set t0 up && ip link set t1 up && ip route add default dev t0`]);
  onTestFinished(() => void execFileSync('ip', ['link', 'delete', 't0']));
  const { ui } = await open();
  const packets: string[] = [];
  const server = createSocket('udp4', message => packets.push(message.toString('hex')));
  await new Promise<void>(resolve => server.bind(0, '10.9.9.9', resolve));
  onTestFinished(() => void server.close());
  const tried = await ui.evaluate(async port => {
    const connection = new RTCPeerConnection({ iceServers: [{ urls: `stun:10.9.9.9:${port}` }] });
    const candidates: string[] = [];
    connection.onicecandidate = ({ candidate }) => candidate?.candidate && candidates.push(candidate.candidate);
    connection.createDataChannel('data');
    await connection.setLocalDescription(await connection.createOffer());
    await new Promise(resolve => setTimeout(resolve, 3_000));
    return { state: connection.signalingState, candidates };
  }, server.address().port);
  expect({ ...tried, packets }).toEqual({ state: 'have-local-offer', candidates: [], packets: [] });
});
