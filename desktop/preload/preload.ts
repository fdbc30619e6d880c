import { contextBridge } from 'electron';
import { argument, electronApi, shellApi, windowApi } from './bridge';
import { saveDrafts } from './drafts';
import { watchLinks } from './links';
import { watchForBlank, watchForPaint } from './page-watch';
import { removeWebRtc } from './webrtc';

// These load this file: the shell's pages; CachiBot's page; its previews and frames, which get no API. A preview shares
// the process, the arguments and, as a `blob:`, the origin of CachiBot's page: only the protocol differs. Content has the
// address of CachiBot's page, but an origin of its own.
if (!process.isMainFrame) {
  removeWebRtc();
} else if (location.protocol === 'app:') {
  contextBridge.exposeInMainWorld('cachibotShell', shellApi);
} else if (location.protocol === 'http:' && window.origin === argument('cachibot-origin')) {
  contextBridge.exposeInMainWorld('electronAPI', argument('cachibot-attached') === 'yes' ? windowApi : electronApi);
  watchForPaint();
  watchForBlank();
  watchLinks();
  saveDrafts();
} else {
  removeWebRtc();
  if (location.protocol === 'blob:' || location.protocol === 'about:') watchLinks();
}
