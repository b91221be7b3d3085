/** Colours that people with any colour vision tell apart (after Okabe and Ito), with contrast in both themes. */

export interface Palette {
  readonly isDark: boolean;
  readonly ink: string;
  readonly muted: string;
  readonly line: string;
  readonly card: string;
  /** Of series, in the order in which they are given away. */
  readonly series: readonly string[];
  readonly good: string;
  readonly bad: string;
  readonly middle: string;
  /** From few to many. */
  readonly heat: readonly string[];
}

const LIGHT: Palette = {
  isDark: false,
  ink: '#1b2430',
  muted: '#56616f',
  line: '#e2e6ec',
  card: '#ffffff',
  series: ['#0b6cb3', '#d55e00', '#00875f', '#b0578d', '#c98500', '#2a9fd6', '#6b7785', '#5a4fa2'],
  good: '#0b6cb3',
  bad: '#d55e00',
  middle: '#98a3b0',
  heat: ['#eef3f8', '#bcd9ee', '#6db1db', '#1f78b4', '#08406e'],
};

const DARK: Palette = {
  isDark: true,
  ink: '#e8edf3',
  muted: '#a9b5c3',
  line: '#2d3743',
  card: '#1a212b',
  series: ['#56b1ea', '#ff9a56', '#3cc79a', '#e59cc6', '#f0c24b', '#9bd4f7', '#a3afbd', '#b3a8f2'],
  good: '#56b1ea',
  bad: '#ff9a56',
  middle: '#76828f',
  heat: ['#202a36', '#1f4a6e', '#2f7fb5', '#6fbcec', '#d3eeff'],
};

/** The palette of the theme that is shown. */
export const paletteOf = (isDark: boolean): Palette => (isDark ? DARK : LIGHT);

/** A series' colour by its place. */
export const colourOf = ({ series, muted }: Palette, place: number): string => series[place % series.length] ?? muted;

/** Channels keep their colour whatever else is shown. */
const CHANNELS = ['whatsapp', 'telefone', 'telegram', 'email', 'chat', 'presencial', '', 'sms'];
export const channelColour = (palette: Palette, channel: string): string =>
  colourOf(palette, Math.max(CHANNELS.indexOf(channel), 0));
