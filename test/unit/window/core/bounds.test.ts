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

describe('placeWindow', () => {
  it.each<[string, Bounds]>([
    ['on the first display', window()],
    ['on the second display', window({ x: 3000, y: 200 })],
    ['across two displays', window({ x: 1500 })],
    ['on a display above the first, with negative coordinates', window({ y: -800 })],
    ['partly beyond the left edge', window({ x: -900 })],
    ['partly below the lower edge, with the title bar visible', window({ y: 990 })],
    ['with 80 pixels visible at the left edge', window({ x: -920 })],
    ['with 80 pixels visible at the right edge', window({ x: 4400 })],
    ['with 80 pixels visible at the lower edge', window({ x: 2000, y: 1360 })],
    ['one pixel above the work area, like a maximized window', window({ x: 2000, y: -1 })],
  ])('keeps a window %s', (_position, saved) => expect(placeWindow(saved, [left, right, above])).toEqual(saved));

  it.each<[string, Bounds]>([
    ['the display was removed', window({ x: 5000 })],
    ['less than 80 pixels would be visible at the left edge', window({ x: -950 })],
    ['less than 80 pixels would be visible at the right edge', window({ x: 1900 })],
    ['the title bar would be above the display', window({ y: -200 })],
    ['the title bar would be below the display', window({ y: 1050 })],
  ])('lets the system choose when %s', (_reason, saved) => expect(placeWindow(saved, [left])).toBeUndefined());

  it('lets the system choose the first time, and when there is no display', () => {
    expect(placeWindow(undefined, [left])).toBeUndefined();
    expect(placeWindow(window(), [])).toBeUndefined();
  });

  it('makes the window no larger than its display', () => {
    expect(placeWindow(window({ width: 4000, height: 3000 }), [left])).toEqual(window({ width: 1920, height: 1055 }));
  });
});

describe('the saved window state', () => {
  it('is read as it was written', () => {
    const state = { bounds: window(), maximized: true, background: 'rgb(10, 20, 30)' };
    expect(readWindowState(JSON.parse(JSON.stringify(state)))).toEqual(state);
  });

  it('may have the minimum size', () => {
    const bounds = window({ width: MIN_WIDTH, height: MIN_HEIGHT });
    expect(readWindowState({ bounds })).toEqual({ bounds, maximized: false });
  });

  it.each<[string, unknown]>([
    ['no file', undefined],
    ['an empty object', {}],
    ['a text', 'text'],
    ['null', null],
    ['a list', [1]],
    ['incomplete bounds', { bounds: { x: 1, y: 2 } }],
    ['a text for a number', { bounds: { x: '1', y: 2, width: 1000, height: 700 } }],
    ['a coordinate that is not a number', { bounds: window({ x: Number.NaN }) }],
    ['an infinite size', { bounds: window({ width: Number.POSITIVE_INFINITY }) }],
    ['fractions of a pixel', { bounds: window({ x: 0.5 }) }],
    ['a window below the minimum width', { bounds: window({ width: MIN_WIDTH - 1 }) }],
    ['a window below the minimum height', { bounds: window({ height: MIN_HEIGHT - 1 }) }],
    ['a text for "maximized"', { maximized: 'true' }],
  ])('%s counts as never saved', (_name, content) => expect(readWindowState(content)).toEqual({ maximized: false }));
});

describe('opaqueColour', () => {
  it.each(['rgb(0, 0, 0)', 'rgb(255, 255, 255)'])('accepts %s', colour => expect(opaqueColour(colour)).toBe(colour));

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
  ])('rejects %j', value => expect(opaqueColour(value)).toBeUndefined());
});
