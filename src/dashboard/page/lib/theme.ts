/** Light or dark, as the address or the system says; paper is light. */
import type { View } from './view.ts';

/** Tells when the system's wish changes. */
export const darkness = matchMedia('(prefers-color-scheme: dark)');

/** The page is as wide as a sheet while it is printed, so that charts are drawn for it. */
export const isOnPaper = (): boolean => document.documentElement.dataset['paper'] !== undefined;

export const isDark = ({ theme }: View): boolean =>
  !isOnPaper() && (theme === 'dark' || (theme === 'auto' && darkness.matches));

/** Colours the page. */
export function applyTheme(view: View): void {
  document.documentElement.dataset['theme'] = isDark(view) ? 'dark' : 'light';
}

/** Draws for paper before the page is printed, and for the screen after. */
export function drawForPaper(draw: () => void): void {
  addEventListener('beforeprint', () => {
    document.documentElement.dataset['paper'] = '';
    draw();
  });
  addEventListener('afterprint', () => {
    delete document.documentElement.dataset['paper'];
    draw();
  });
}
