/** What the state of a webhook tells: whether updates come through, or wait at Telegram, which keeps them for 24 hours. */
import { KINDS_ON_REQUEST } from '../sources/telegram/kinds.ts';

/** How Telegram delivers to a bot, as it says itself. */
export interface WebhookInfo {
  /** Empty: no webhook is set. */
  readonly url: string;
  readonly pending: number;
  /** Milliseconds since the epoch; null: there was none since the webhook was set. */
  readonly lastErrorAt: number | null;
  readonly lastError: string | null;
  readonly maxConnections: number | null;
  /** Null: Telegram's default, without member changes and reactions. */
  readonly allowedUpdates: readonly string[] | null;
}

export interface WatchLimits {
  /** More waiting updates than this are an alert. */
  readonly pendingLimit: number;
  /** A delivery that failed longer ago than this is history. */
  readonly recentMs: number;
}

export interface WebhookJudgement {
  /** A webhook is set. */
  readonly set: boolean;
  /** Updates do not come through as they should: falling back to polling would help. */
  readonly failing: boolean;
  /** One sentence each, for the person who looks. */
  readonly alerts: readonly string[];
}

/** Judges what Telegram says of a webhook at the time `now`. */
export function judgeWebhook(info: WebhookInfo, now: number, limits: WatchLimits): WebhookJudgement {
  if (info.url === '') {
    const waiting = info.pending > limits.pendingLimit ? `${info.pending} updates wait. ` : '';
    const alert = `${waiting}No webhook is set: updates come only by polling; chatlake telegram set-webhook sets it.`;
    return { set: false, failing: info.pending > limits.pendingLimit, alerts: [alert] };
  }
  const gap: string[] = [];
  if (info.pending > limits.pendingLimit) {
    gap.push(
      `${info.pending} updates wait at Telegram, more than ${limits.pendingLimit}; they are kept for 24 hours: look at the gateway, or signal fallBack to poll them.`,
    );
  }
  if (info.lastErrorAt !== null && now - info.lastErrorAt <= limits.recentMs) {
    const minutes = Math.max(0, Math.round((now - info.lastErrorAt) / 60_000));
    gap.push(
      `Telegram could not deliver ${minutes} min ago (${info.lastError ?? 'no reason given'}); it tries again for 24 hours: look at the gateway and at the way to it.`,
    );
  }
  const missing = KINDS_ON_REQUEST.filter((kind) => info.allowedUpdates?.includes(kind) !== true);
  const kinds =
    missing.length === 0
      ? []
      : [`The webhook leaves out ${missing.join(', ')}: run chatlake telegram set-webhook once more.`];
  // An error with nothing waiting was made good.
  return { set: true, failing: gap.length > 0 && info.pending > 0, alerts: [...gap, ...kinds] };
}
