/** Logs: one JSON line per batch and step on stdout; names are noun.past-verb; never bodies, never secrets. */
import { type Logger, pino } from 'pino';
import type { Log } from '../lake/lake.ts';
import type { Config } from './config.ts';

/** The process's logger. */
export const createLogger = (config: Pick<Config, 'LOG_LEVEL'>): Logger =>
  pino({ level: config.LOG_LEVEL, base: null, timestamp: pino.stdTimeFunctions.isoTime });

/** The activities' view of it. */
export const activityLog = (logger: Logger): Log => ({
  info: (event, facts) => logger.info(facts, event),
  warn: (event, facts) => logger.warn(facts, event),
});
