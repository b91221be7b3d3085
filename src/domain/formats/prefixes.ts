/** Every prefix of the store: what makes a key gives a `Key`, so that none lies where nobody looks (`cli/verify.ts` says what becomes of each). */

/** Whatever chatlake writes lies below one of these. */
export type Prefix =
  | 'raw/'
  | 'seals/'
  | 'ledger/'
  | 'manifests/'
  | 'tables/'
  | 'verified/'
  | 'reports/'
  | 'reports/files/'
  | 'staging/'
  | 'staging-texts/'
  | 'settled/'
  | 'parked/'
  | 'aside/'
  | 'closed/'
  | 'backfills/'
  | 'diffs/'
  | 'upkeep/'
  | 'meta/tables/'
  | 'meta/ledger/'
  | 'meta/moves/'
  | 'meta/fixes/'
  | 'meta/pseudonym-key.json'
  | 'meta/probe/';

/** The name of an object, or what such names begin with. */
export type Key = `${Prefix}${string}`;
