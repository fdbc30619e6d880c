import { webFrame } from 'electron';

/**
 * Removes WebRTC from a page or frame that may run content: it looks up the name of a TURN server, which can carry data,
 * and no policy forbids that. Runs before the first script of each document but the blank one that every frame begins
 * with. There the policy for content forbids text that would become code (`require-trusted-types-for`).
 */
export function removeWebRtc(): void {
  webFrame.executeJavaScript(REMOVE_WEBRTC).catch((error: unknown) => console.error(error));
}

const REMOVE_WEBRTC = `delete window.RTCPeerConnection; delete window.webkitRTCPeerConnection;
  void (trustedTypes.defaultPolicy ?? trustedTypes.createPolicy('default',
    { createHTML: text => text, createScript: text => text, createScriptURL: text => text }));`;
