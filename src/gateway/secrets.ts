/** The webhook's secret: whoever does not know it is not Telegram. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { SetupError } from '../domain/errors.ts';
import { isWebhookSecret, webhookSecrets } from '../domain/sources/telegram/webhook-secret.ts';

/** The old and the new one while it is rotated. */
const AT_ONCE = 2;

export type SecretCheck = (given: string) => boolean;

/**
 * A check for the configured secrets, comma separated. It takes as long for a wrong secret as for a right one: hashes are compared,
 * and always all of them. Throws SetupError when there is none, so that a gateway never stands open; never prints a secret.
 */
export function secretCheck(configured: string | undefined): SecretCheck {
  const secrets = webhookSecrets(configured);
  const good = secrets.length <= AT_ONCE && secrets.every(isWebhookSecret);
  if (!good) {
    throw new SetupError(
      'TELEGRAM_WEBHOOK_SECRET must hold one secret, or two with a comma between them while it is rotated, each 16 to 256 of A-Z, a-z, 0-9, _ and -, and not the same few over and over; make one with: openssl rand -hex 32. Without it anyone could post forged updates, so the gateway does not start.',
    );
  }
  const hashes = secrets.map(hash);
  return (given) => {
    const asked = hash(given);
    return hashes.filter((known) => timingSafeEqual(known, asked)).length > 0;
  };
}

const hash = (secret: string): Buffer => createHash('sha256').update(secret).digest();
