/** The remote pictures of an HTML artifact (content_pictures.js), with a server half of the test. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { expect, it } from 'vitest';

const SCRIPT = readFileSync(
  join(__dirname, '../../../desktop/cachibot_desktop/patches/page/content_pictures.js'),
  'utf8',
);
const TOO_LARGE = 'too large';

type FetchPictures = (addresses: readonly string[]) => Promise<PromiseSettledResult<string>[]>;

function loadPage(fetchPicture: (address: string) => Promise<string>): FetchPictures {
  const cachibotDesktop = { words: { picturesTooLarge: TOO_LARGE }, fetchPicture };
  const document = { createElement: () => ({}), head: { append: () => undefined } };
  runInContext(SCRIPT, createContext({ window: { cachibotDesktop }, document, Error }));
  return (cachibotDesktop as unknown as { fetchPictures: FetchPictures }).fetchPictures;
}

it('fetches pictures until they are too large together, and says so of the others', async () => {
  const asked: string[] = [];
  const fetchPictures = loadPage(async address => {
    asked.push(address);
    return 'x'.repeat(14_000_000);
  });
  const fetched = await fetchPictures(['1', '2', '3', '4', '5']);
  expect(asked).toEqual(['1', '2', '3']);
  expect(fetched.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'rejected', 'rejected']);
  expect(fetched[4]).toMatchObject({ reason: { message: TOO_LARGE } });
});

it('fetches the others when one is refused', async () => {
  const fetchPictures = loadPage(async address => {
    if (address === '2') throw new Error('no such picture');
    return address;
  });
  const fetched = await fetchPictures(['1', '2', '3', '4']);
  expect(fetched.map(result => (result.status === 'fulfilled' ? result.value : result.reason.message))).toEqual([
    '1',
    'no such picture',
    '3',
    '4',
  ]);
});
