import { expect, it } from 'vitest';
import { frameFacts, parentFacts, senderFacts } from '../../../../desktop/security/core/frame-facts';

const page = { url: 'http://127.0.0.1:5870/', origin: 'http://127.0.0.1:5870' };

/** A frame that was disposed: Electron's objects throw then. */
const disposed = new Proxy(
  {},
  {
    get() {
      throw new Error('Render frame was disposed before WebFrameMain could be accessed');
    },
  },
) as typeof page & { parent: null };

it.each([
  ['a frame', page, page],
  ['no frame', undefined, undefined],
  ['a frame that Electron no longer finds', null, undefined],
  ['a frame that was disposed', disposed, undefined],
])('%s', (_what, frame, expected) => {
  expect(frameFacts(frame)).toEqual(expected);
});

it.each([
  ['of a main frame', { parent: null }, undefined],
  ['of a frame', { parent: page }, page],
  ['of a frame that Electron no longer finds', null, undefined],
  ['of a frame that was disposed', disposed, undefined],
  ['that was disposed', { parent: disposed }, undefined],
])('a parent %s', (_what, frame, expected) => {
  expect(parentFacts(frame)).toEqual(expected);
});

it.each([
  ['a page', page, page, page],
  ['a frame inside a page', { ...page }, page, undefined],
  ['a frame that Electron no longer finds', null, page, undefined],
  ['a page that was disposed', disposed, disposed, undefined],
])('a request of %s', (_what, senderFrame, mainFrame, expected) => {
  expect(senderFacts({ sender: { mainFrame }, senderFrame })).toEqual(expected);
});
