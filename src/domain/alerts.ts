/** What chatlake itself wakes a person for: a closed list. The names are those of ops/alerts.yml and of the runbook's paragraphs. */
export const ALERTS = {
  WindowNeedsAttention: { severity: 'warning' },
  VerificationFailed: { severity: 'critical' },
  CannotAcknowledge: { severity: 'critical' },
  WebhookFailing: { severity: 'warning' },
} as const;

/** What is told at the same address and wakes nobody: no rule of ops/alerts.yml, no paragraph. */
export const NEWS = { WeeklyReport: { severity: 'info' } } as const;

export type AlertName = keyof typeof ALERTS;
export type NewsName = keyof typeof NEWS;

/** Where the paragraph of an alert is: the runbook's address and the anchor its heading gets. */
export const runbookAddress = (runbook: string, name: string): string => `${runbook}#${name.toLowerCase()}`;

/** What a body may name, as `{{name}}`. */
export interface AlertWords {
  readonly alert: string;
  readonly severity: string;
  readonly thing: string;
  readonly summary: string;
  readonly runbook: string;
  /** ISO 8601. */
  readonly at: string;
}

/** The body when no template is configured. */
export const DEFAULT_ALERT_BODY =
  '{"alert":"{{alert}}","severity":"{{severity}}","thing":"{{thing}}","summary":"{{summary}}","runbook":"{{runbook}}","at":"{{at}}"}';

/** Puts the words into a JSON template, each escaped as the inside of a JSON string; a name that is none of them stays as it is. */
export function alertBody(template: string, words: AlertWords): string {
  return template.replace(/\{\{(\w+)\}\}/g, (whole, name: string) =>
    Object.hasOwn(words, name) ? JSON.stringify(words[name as keyof AlertWords]).slice(1, -1) : whole,
  );
}
