/** The secret that Telegram sends with every update: https://core.telegram.org/bots/api#setwebhook */

const SECRET = /^[A-Za-z0-9_-]{1,256}$/;

/** True for what Telegram accepts as `secret_token`. */
export const isWebhookSecret = (text: string): boolean => SECRET.test(text);

/** The configured secrets, comma separated: one, or while it is rotated the new one and the old. Not checked; nothing gives one empty text. */
export const webhookSecrets = (configured: string | undefined): readonly string[] =>
  (configured ?? '').split(',').map((secret) => secret.trim());
