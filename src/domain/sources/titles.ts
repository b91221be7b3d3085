/** What people call the sources. */
import { type Text, text } from '../text.ts';

interface SourceTitle {
  /** Over what is about it alone. */
  readonly long: Text;
  /** Where it stands beside others. */
  readonly short: Text;
}

/** A source is named here first; whatever has to know it is then missed by the compiler. */
const TITLES = {
  desk: { long: text('Customer service desk', 'Central de atendimento'), short: text('Desk', 'Atendimento') },
  telegram: { long: text('Telegram', 'Telegram'), short: text('Telegram', 'Telegram') },
} satisfies Readonly<Record<string, SourceTitle>>;

export type SourceName = keyof typeof TITLES;

export const SOURCE_TITLES: Readonly<Record<string, SourceTitle>> = TITLES;
