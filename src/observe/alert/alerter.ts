/** The port through which chatlake wakes a person. Best effort: it never blocks and never throws. */
import type { AlertName, NewsName } from '../../domain/alerts.ts';

export interface Alert {
  readonly name: AlertName;
  /** What it is about: a window, a bot, a part. The same thing is told of at most once an hour. Nothing personal. */
  readonly thing: string;
  /** One sentence: what failed, what is safe, what to do next. */
  readonly summary: string;
}

/** Something to know that wakes nobody. */
export interface News extends Omit<Alert, 'name'> {
  readonly name: NewsName;
}

export interface Alerter {
  /** Tells of a thing, unless it was told of within the hour. Returns at once. */
  raise(alert: Alert): void;
  /** Tells of it each time. Returns at once. */
  tell(news: News): void;
  /** Waits a few seconds for what is on its way. */
  close(): Promise<void>;
}
