/** Alerts as POSTs of JSON to one address: a chat, a pager, a function. */
import { ALERTS, type AlertWords, NEWS, alertBody, runbookAddress } from '../../domain/alerts.ts';
import type { Log } from '../events.ts';
import type { Alert, Alerter, News } from './alerter.ts';

export interface AlertWebhookOptions {
  /** Absent: alerts are logged and counted only. */
  readonly url?: string;
  /** JSON with `{{words}}`, see alertBody. */
  readonly template: string;
  /** The runbook's address. */
  readonly runbook: string;
  readonly log: Pick<Log, 'warn'>;
  /** Hears of every alert that is told. */
  readonly raised: (name: string) => void;
  readonly now: () => number;
}

type Fixed = Pick<AlertWords, 'severity' | 'runbook'>;

class AnswerError extends Error {
  constructor(status: number) {
    super(`it answers ${status}`);
  }
}

/** What went wrong, in a word of Node's or of HTTP. */
function codeOf(error: unknown): string {
  if (error instanceof AnswerError) return error.message;
  const cause: unknown = error instanceof Error ? error.cause : undefined;
  if (cause instanceof Error && 'code' in cause && typeof cause.code === 'string') return cause.code;
  return error instanceof Error ? error.name : 'unknown';
}

const AGAIN_MS = 3_600_000;
const TIMEOUT_MS = 5_000;
const ATTEMPTS = 2;
/** Things remembered; far more than can be wrong at a time. */
const THINGS = 1_000;

/** An alerter. What it told is remembered by this process: two workers may both tell. */
export function createAlertWebhook(options: AlertWebhookOptions): Alerter {
  const { url, template, runbook, log, raised, now } = options;
  const told = new Map<string, number>();
  const underWay = new Set<Promise<void>>();

  async function post(url: string, { name, thing, summary }: Alert | News, words: Fixed): Promise<void> {
    const body = alertBody(template, {
      ...{ alert: name, thing, summary },
      ...words,
      at: new Date(now()).toISOString(),
    });
    for (let attempt = 1; ; attempt += 1) {
      try {
        const headers = { 'content-type': 'application/json' };
        const signal = AbortSignal.timeout(TIMEOUT_MS);
        const answer = await fetch(url, { method: 'POST', headers, body, signal, redirect: 'error' });
        if (answer.ok) return;
        throw new AnswerError(answer.status);
      } catch (error) {
        if (attempt < ATTEMPTS) continue;
        // The address may hold a token, and fetch's own message quotes it: only a code is told.
        log.warn('alert.undelivered', { alert: name, thing, reason: codeOf(error) });
        return;
      }
    }
  }

  function send(told: Alert | News, words: Fixed): void {
    if (url === undefined) return;
    const sending = post(url, told, words).finally(() => underWay.delete(sending));
    underWay.add(sending);
  }

  return {
    raise(alert) {
      const key = `${alert.name} ${alert.thing}`;
      if (now() - (told.get(key) ?? -Infinity) < AGAIN_MS) return;
      told.delete(key);
      told.set(key, now());
      const [oldest] = told.keys();
      if (told.size > THINGS && oldest !== undefined) told.delete(oldest);
      raised(alert.name);
      log.warn('alert.raised', { alert: alert.name, thing: alert.thing, summary: alert.summary });
      send(alert, { ...ALERTS[alert.name], runbook: runbookAddress(runbook, alert.name) });
    },
    tell: (news) => send(news, { ...NEWS[news.name], runbook }),
    async close() {
      await Promise.all(underWay);
    },
  };
}
