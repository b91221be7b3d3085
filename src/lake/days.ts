/** A receipt day as the store lists it, and the days there are: folders are listed, hours never computed. */
import {
  type Source,
  parseSealKey,
  rawDayPrefix,
  rawSourcePrefix,
  sealDayPrefix,
  windowOfFolder,
} from '../domain/formats/layout.ts';
import { settledDay, settledPrefix } from '../domain/formats/marks.ts';
import type { Seal } from '../domain/formats/seal.ts';
import { type Window, isDay, parseWindow } from '../domain/window.ts';
import type { Lake } from './lake.ts';
import { readSealsOf } from './seals.ts';

export interface WindowObjects {
  /** Keys of raw objects. */
  readonly raw: readonly string[];
  readonly seals: readonly Seal[];
}

/** The days of receipt that have raw objects. */
export async function rawDays(lake: Pick<Lake, 'store' | 'log'>, source: Source): Promise<readonly string[]> {
  const days: string[] = [];
  for await (const folder of lake.store.folders(rawSourcePrefix(source))) {
    const day = folder.replace(/^date=|\/$/g, '');
    if (isDay(day)) days.push(day);
    else lake.log.warn('raw.stray', { folder: `${rawSourcePrefix(source)}${folder}` });
  }
  return days;
}

/** Every window that has raw objects. */
export async function windowsWithRaw(lake: Pick<Lake, 'store' | 'log'>, source: Source): Promise<readonly Window[]> {
  const windows: Window[] = [];
  for (const day of await rawDays(lake, source)) {
    for await (const hour of lake.store.folders(rawDayPrefix(source, day))) {
      const window = parseWindow(`${day}T${hour.replace(/^hour=|\/$/g, '')}`);
      if (window !== undefined) windows.push(window);
      else lake.log.warn('raw.stray', { folder: `${rawDayPrefix(source, day)}${hour}` });
    }
  }
  return windows;
}

/** The keys that say of a day that it is settled, by day: one, or two while it is settled anew. */
export async function settledDays(
  lake: Pick<Lake, 'store'>,
  source: Source,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const days = new Map<string, string[]>();
  for await (const { key } of lake.store.list(settledPrefix(source))) {
    const day = settledDay(key);
    if (day !== undefined) days.set(day, [...(days.get(day) ?? []), key]);
  }
  return days;
}

/** The raw objects and seals of a day, by window: one listing of each. */
export async function readDay(
  lake: Pick<Lake, 'store' | 'log'>,
  source: Source,
  day: string,
): Promise<ReadonlyMap<Window, WindowObjects>> {
  const [raw, seals] = await Promise.all([
    byWindow(lake, rawDayPrefix(source, day)),
    byWindow(lake, sealDayPrefix(source, day)),
  ]);
  const keys = [...seals.values()].flat().filter((key) => parseSealKey(key) !== undefined);
  const found = await readSealsOf(lake, keys);
  const windows = new Map<Window, WindowObjects>();
  for (const window of new Set([...raw.keys(), ...seals.keys()]))
    windows.set(window, {
      raw: raw.get(window) ?? [],
      seals: found.filter((seal) => seal.id.window === window),
    });
  return windows;
}

async function byWindow(
  lake: Pick<Lake, 'store' | 'log'>,
  prefix: string,
): Promise<ReadonlyMap<Window, readonly string[]>> {
  const windows = new Map<Window, string[]>();
  for await (const { key } of lake.store.list(prefix)) {
    const window = windowOfFolder(key);
    if (window === undefined) {
      lake.log.warn('raw.stray', { key });
      continue;
    }
    const keys = windows.get(window) ?? [];
    keys.push(key);
    windows.set(window, keys);
  }
  return windows;
}
