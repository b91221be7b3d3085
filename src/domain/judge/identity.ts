/**
 * Identity decides *duplicate*: the transport's id and a discriminator. The claim key is a frozen function of the same bytes;
 * it only says which ledger files can hold a claim, so it may never change for an identity once written.
 */

/** How the contract names a message's transport id: the receipt's own id, or a header the producer sets. */
export type IdentityRule = { readonly kind: 'transport' } | { readonly kind: 'header'; readonly name: string };

/** What an identity's hash is made of, before the key: the transport's id, a line feed, the discriminator (a desk's: its body's bytes). */
export const identityBytes = (
  transportId: string,
  discriminator: string | Uint8Array,
): readonly (string | Uint8Array)[] => [`${transportId}\n`, discriminator];

/** For a message without a transport id: it is only itself, never a duplicate. */
export const ownIdentity = (rawKey: string, line: number): readonly string[] => [`${rawKey}\n${line}`];

/** The day a desk's body names, as its bytes stand there: independent of decoding and contract, frozen. */
const CLAIM_DAY = /"date"[ \t\n\r]*:[ \t\n\r]*"([0-9]{2})\/([0-9]{2})\/([0-9]{4})/;

/** `20210802` where the body names a day, else the first two hex digits of the identity hash (`undefined` body: bytes that are not UTF-8). */
export function claimKey(body: string | undefined, identityHash: string): string {
  const match = body === undefined ? null : CLAIM_DAY.exec(body);
  if (match === null) return identityHash.slice(0, 2);
  const [, day = '', month = '', year = ''] = match;
  return `${year}${month}${day}`;
}

/** The transport id by the contract's rule, or undefined when the transport gave none. */
export function transportIdOf(
  rule: IdentityRule,
  raw: { readonly id: string; readonly headers: Readonly<Record<string, string>> },
): string | undefined {
  const id = rule.kind === 'transport' ? raw.id : raw.headers[rule.name];
  return id === undefined || id === '' ? undefined : id;
}
