/** Rooms of CachiBot's page, in which several bots answer. */

import type { Locator, Page } from 'playwright-core';
import { expect } from 'vitest';
import { UI } from './electron-app';
import { callApi } from './user-journey';

/**
 * Makes a room through the page's API, opens it, and waits until it is connected.
 * @param models the model of each of its bots, by the bot's name
 * @returns the room's text box
 */
export async function openRoom(ui: Page, models: Record<string, string>, settings: object = {}): Promise<Locator> {
  const now = '2026-01-01T00:00:00Z';
  for (const [name, model] of Object.entries(models)) {
    const bot = { id: name, name, model, systemPrompt: '', createdAt: now, updatedAt: now };
    await callApi(ui, 'PUT', `/api/bots/${name}`, bot);
  }
  const made = { title: 'Room', bot_ids: Object.keys(models), settings: { cooldown_seconds: 0, ...settings } };
  const room = await callApi(ui, 'POST', '/api/rooms', made);
  await ui.goto(`${UI}default/rooms/${room.id}`);
  return roomBox(ui);
}

/** Waits until the room that is shown is connected. @returns its text box */
export async function roomBox(ui: Page): Promise<Locator> {
  const box = ui.getByPlaceholder(/^Type a message/);
  await box.waitFor({ timeout: 60_000 });
  await expect.poll(() => box.isEnabled(), { timeout: 60_000 }).toBe(true);
  return box;
}
