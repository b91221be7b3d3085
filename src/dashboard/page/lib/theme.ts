/** Light or dark, as the address or the system says. */
import type { View } from './view.ts';

/** Tells when the system's wish changes. */
export const darkness = matchMedia('(prefers-color-scheme: dark)');

export const isDark = ({ theme }: View): boolean => theme === 'dark' || (theme === 'auto' && darkness.matches);

/** Colours the page. */
export function applyTheme(view: View): void {
  document.documentElement.dataset['theme'] = isDark(view) ? 'dark' : 'light';
}
