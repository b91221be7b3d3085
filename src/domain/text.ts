/** What people read, in both languages. */

export type Language = 'en' | 'pt';

/** The same in the two languages of the desk's people; `pt` is pt-BR. */
export type Text = Readonly<Record<Language, string>>;

export const text = (en: string, pt: string): Text => ({ en, pt });
