/** A receipt day as the store lists it, and the days there are: folders are listed, hours never computed. */
import { attempts } from '../adapters/object-store/put.ts';
import {
  type Source,
  parseSealKey,
  rawDayPrefix,
  rawSourcePrefix,
  sealDayPrefix,
  settledDay,
  settledPrefix,
  windowOfFolder,
} from '../domain/layout.ts';
import type { Seal } from '../domain/seal.ts';
import { type Window, isDay, parseWindow } from '../domain/window.ts';
import type { Ports } from './ports.ts';
import { readSealsOf } from './seal-window.ts';

export interface WindowObjects {
  /** Keys of raw objects. */
  readonly raw: readonly string[];
  readonly seals: readonly Seal[];
}

/** The days of receipt that have raw objects. */
export function rawDays(ports: Pick<Ports, 'store' | 'log'>, source: Source): Promise<readonly string[]> {
  return attempts(async () => {
    const days: string[] = [];
    for await (const folder of ports.store.folders(rawSourcePrefix(source))) {
      const day = folder.replace(/^date=|\/$/g, '');
      if (isDay(day)) days.push(day);
      else ports.log.warn('raw.stray', { folder: `${rawSourcePrefix(source)}${folder}` });
    }
    return days;
  });
}

/** Every window that has raw objects. */
export async function windowsWithRaw(ports: Pick<Ports, 'store' | 'log'>, source: Source): Promise<readonly Window[]> {
  const windows: Window[] = [];
  for (const day of await rawDays(ports, source)) {
    for await (const hour of ports.store.folders(rawDayPrefix(source, day))) {
      const window = parseWindow(`${day}T${hour.replace(/^hour=|\/$/g, '')}`);
      if (window !== undefined) windows.push(window);
      else ports.log.warn('raw.stray', { folder: `${rawDayPrefix(source, day)}${hour}` });
    }
  }
  return windows;
}

/** The keys that say of a day that it is settled, by day: one, or two while it is settled anew. */
export function settledDays(
  ports: Pick<Ports, 'store'>,
  source: Source,
): Promise<ReadonlyMap<string, readonly string[]>> {
  return attempts(async () => {
    const days = new Map<string, string[]>();
    for await (const { key } of ports.store.list(settledPrefix(source))) {
      const day = settledDay(key);
      if (day !== undefined) days.set(day, [...(days.get(day) ?? []), key]);
    }
    return days;
  });
}

/** The raw objects and seals of a day, by window: one listing of each. */
export async function readDay(
  ports: Pick<Ports, 'store' | 'log'>,
  source: Source,
  day: string,
): Promise<ReadonlyMap<Window, WindowObjects>> {
  const [raw, seals] = await Promise.all([
    byWindow(ports, rawDayPrefix(source, day)),
    byWindow(ports, sealDayPrefix(source, day)),
  ]);
  const keys = [...seals.values()].flat().filter((key) => parseSealKey(key) !== undefined);
  const found = await readSealsOf(ports, keys);
  const windows = new Map<Window, WindowObjects>();
  for (const window of new Set([...raw.keys(), ...seals.keys()]))
    windows.set(window, {
      raw: raw.get(window) ?? [],
      seals: found.filter((seal) => seal.id.window === window),
    });
  return windows;
}

function byWindow(
  ports: Pick<Ports, 'store' | 'log'>,
  prefix: string,
): Promise<ReadonlyMap<Window, readonly string[]>> {
  return attempts(async () => {
    const windows = new Map<Window, string[]>();
    for await (const { key } of ports.store.list(prefix)) {
      const window = windowOfFolder(key);
      if (window === undefined) {
        ports.log.warn('raw.stray', { key });
        continue;
      }
      const keys = windows.get(window) ?? [];
      keys.push(key);
      windows.set(window, keys);
    }
    return windows;
  });
}
