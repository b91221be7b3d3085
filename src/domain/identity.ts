/**
 * Identity decides *duplicate*: the transport's id and a discriminator. The claim key is a frozen function of the same bytes;
 * it only says which ledger files can hold a claim, so it may never change for an identity once written.
 */

/** How the contract names a message's transport id: the receipt's own id, or a header the producer sets. */
export type IdentityRule = { readonly kind: 'transport' } | { readonly kind: 'header'; readonly name: string };

/** The text whose SHA-256 is the identity hash: transport id, line feed, SHA-256 of the body's bytes in hex. */
export const identityText = (transportId: string, bodySha256: string): string => `${transportId}\n${bodySha256}`;

/** For a message without a transport id: it is only itself, never a duplicate. */
export const ownIdentityText = (rawKey: string, line: number): string => `${rawKey}\n${line}`;

/** The day a desk's body names, as its bytes stand there: independent of decoding and contract, frozen. Only what JavaScript and RE2 read alike. */
export const CLAIM_DAY_PATTERN = '"date"[ \\t\\n\\r]*:[ \\t\\n\\r]*"([0-9]{2})/([0-9]{2})/([0-9]{4})';
const CLAIM_DAY = new RegExp(CLAIM_DAY_PATTERN);

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
