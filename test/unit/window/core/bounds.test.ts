import { describe, expect, it } from 'vitest';
import {
  type Bounds,
  MIN_HEIGHT,
  MIN_WIDTH,
  opaqueColour,
  placeWindow,
  readWindowState,
} from '../../../../desktop/window/core/bounds';

const left: Bounds = { x: 0, y: 25, width: 1920, height: 1055 };
const right: Bounds = { x: 1920, y: 0, width: 2560, height: 1440 };
const above: Bounds = { x: 0, y: -1080, width: 1920, height: 1080 };
const window = (changes: Partial<Bounds> = {}): Bounds => ({ x: 100, y: 100, width: 1000, height: 700, ...changes });

describe('where the window opens', () => {
  it.each<[string, Bounds]>([
    ['where it was', window()],
    ['on the second display', window({ x: 3000, y: 200 })],
    ['across two displays', window({ x: 1500 })],
    ['on a display above the first, whose places are negative', window({ y: -800 })],
    ['half out to the left: the rest can be taken hold of', window({ x: -900 })],
    ['half out below: the title bar is there', window({ y: 990 })],
    ['out to the left but for 80 pixels', window({ x: -920 })],
    ['out to the right but for 80 pixels', window({ x: 4400 })],
    ['out below but for 80 pixels', window({ x: 2000, y: 1360 })],
    ['one pixel above the work area, as maximized windows are', window({ x: 2000, y: -1 })],
  ])('%s', (_where, saved) => expect(placeWindow(saved, [left, right, above])).toEqual(saved));

  it.each<[string, Bounds]>([
    ['the display is gone', window({ x: 5000 })],
    ['only a sliver would be left of it', window({ x: -950 })],
    ['only a sliver would be right of it', window({ x: 1900 })],
    ['the title bar would be above the display', window({ y: -200 })],
    ['the title bar would be below it', window({ y: 1050 })],
  ])('the system chooses when %s', (_why, saved) => expect(placeWindow(saved, [left])).toBeUndefined());

  it('the system chooses the first time, and when there is no display at all', () => {
    expect(placeWindow(undefined, [left])).toBeUndefined();
    expect(placeWindow(window(), [])).toBeUndefined();
  });

  it('no larger than the display it is on', () => {
    expect(placeWindow(window({ width: 4000, height: 3000 }), [left])).toEqual(window({ width: 1920, height: 1055 }));
  });
});

describe('what is remembered of the window', () => {
  it('is read back as it was written', () => {
    const state = { bounds: window(), maximized: true, background: 'rgb(10, 20, 30)' };
    expect(readWindowState(JSON.parse(JSON.stringify(state)))).toEqual(state);
  });

  it('may be as small as a window can be', () => {
    const bounds = window({ width: MIN_WIDTH, height: MIN_HEIGHT });
    expect(readWindowState({ bounds })).toEqual({ bounds, maximized: false });
  });

  it.each<[string, unknown]>([
    ['no file', undefined],
    ['an empty one', {}],
    ['something else', 'text'],
    ['null', null],
    ['a list', [1]],
    ['half a place', { bounds: { x: 1, y: 2 } }],
    ['words for numbers', { bounds: { x: '1', y: 2, width: 1000, height: 700 } }],
    ['a place that is no number', { bounds: window({ x: Number.NaN }) }],
    ['a place at infinity', { bounds: window({ width: Number.POSITIVE_INFINITY }) }],
    ['fractions of a pixel', { bounds: window({ x: 0.5 }) }],
    ['a window too narrow to use', { bounds: window({ width: MIN_WIDTH - 1 }) }],
    ['a window too low to use', { bounds: window({ height: MIN_HEIGHT - 1 }) }],
    ['"maximized" in words', { maximized: 'true' }],
  ])('%s counts as never saved', (_what, content) => expect(readWindowState(content)).toEqual({ maximized: false }));
});

describe('the colour behind the page', () => {
  it.each(['rgb(0, 0, 0)', 'rgb(255, 255, 255)'])('%s', colour => expect(opaqueColour(colour)).toBe(colour));

  it.each([
    'rgba(0, 0, 0, 0)',
    'transparent',
    '#fff',
    'red',
    'rgb(0,0,0)',
    'rgb(0, 0, 0) url(x)',
    'url(x) rgb(0, 0, 0)',
    'rgb(1000, 0, 0)',
    '',
    7,
    undefined,
    ['rgb(0, 0, 0)'],
  ])('not %j', value => expect(opaqueColour(value)).toBeUndefined());
});
