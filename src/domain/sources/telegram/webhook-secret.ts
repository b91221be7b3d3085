/** The secret that Telegram sends with every update: https://core.telegram.org/bots/api#setwebhook */

/** What Telegram accepts; shorter than this, or of few characters, it can be guessed. */
const SECRET = /^[A-Za-z0-9_-]{16,256}$/;
const LEAST_DIFFERENT = 8;

/** True for what Telegram accepts as `secret_token` and nobody guesses. */
export const isWebhookSecret = (text: string): boolean => SECRET.test(text) && new Set(text).size >= LEAST_DIFFERENT;

/** The configured secrets, comma separated: one, or while it is rotated the new one and the old. Not checked; nothing gives one empty text. */
export const webhookSecrets = (configured: string | undefined): readonly string[] =>
  (configured ?? '').split(',').map((secret) => secret.trim());
