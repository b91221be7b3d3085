/** Logs: one JSON line per batch and step on stdout; names are noun.past-verb; never bodies, never secrets. */
import { type Logger, pino } from 'pino';
import type { Log } from '../observe/events.ts';
import type { Config } from './config.ts';

/** The process's logger. */
export const createLogger = (config: Pick<Config, 'LOG_LEVEL'>): Logger =>
  pino({ level: config.LOG_LEVEL, base: null, timestamp: pino.stdTimeFunctions.isoTime });

/** The activities' view of it. */
export function activityLog(logger: Logger): Log {
  const told =
    (level: keyof Log) =>
    (event: string, facts: object): void =>
      logger[level](facts, event);
  return { info: told('info'), warn: told('warn') };
}
